// Loss against step on a logarithmic axis, as many runs as there are rules.

function chart(title) {
  const canvas = element("canvas", { role: "img" });
  const node = element("div", { class: "chart" }, canvas);

  // `base` is the objective's minimum where it is known: the axis shows what is left to lose.
  function draw(runs, base, theme) {
    const { pen, width, height } = fit(canvas);
    const steps = runs[0].last, left = 40, right = 10, top = 26, bottom = 24;
    const start = Math.max(...runs.map((run) => run.loss[0] - base));
    const ceiling = Math.max(start, 1e-300) * 1e4, floor = Math.max(start, 1e-300) * 1e-16;
    let low = Infinity, high = -Infinity;
    for (const { loss, last } of runs) {
      for (let k = 0; k <= last; k++) {
        const v = loss[k] - base;
        if (v > 0 && v < low) low = v;
        if (v > high) high = v;
      }
    }
    const hi = Math.ceil(Math.log10(Math.min(high, ceiling)) + 0.05);
    const lo = Math.min(hi - 2, Math.floor(Math.log10(Math.max(low, floor))));
    const toX = (k) => left + (k / Math.max(1, steps)) * (width - left - right);
    const toY = (e) => top + ((hi - e) / (hi - lo)) * (height - top - bottom);
    pen.font = FONT;
    pen.fillStyle = theme("soft");
    pen.strokeStyle = theme("line");
    pen.textAlign = "right";
    pen.beginPath();
    for (const e of ticks(lo, hi, 4).filter(Number.isInteger)) {
      pen.moveTo(left, toY(e));
      pen.lineTo(width - right, toY(e));
      pen.fillText(e === 0 ? "1" : `10${superscript(e)}`, left - 5, toY(e) + 4);
    }
    pen.stroke();
    pen.textAlign = "left";
    pen.fillText(title, 8, 16);
    pen.fillText("0", left, height - 7);
    pen.textAlign = "right";
    pen.fillText(`${steps} step${steps === 1 ? "" : "s"}`, width - right, height - 7);
    pen.save();
    pen.beginPath();
    pen.rect(left, top - 4, width - left - right + 4, height - top - bottom + 8);
    pen.clip();
    pen.lineWidth = 1.8;
    pen.lineJoin = "round";
    for (const { loss, last, color } of runs) {
      pen.strokeStyle = theme(color);
      pen.beginPath();
      for (let k = 0, down = false; k <= last; k++) {
        const v = loss[k] - base;
        // Zero and below have no logarithm: they lie under the axis.
        const y = Number.isFinite(v) ? toY(v > 0 ? Math.min(Math.log10(v), hi + 9) : lo - 1) : NaN;
        if (Number.isNaN(y)) break;
        if (down) pen.lineTo(toX(k), y); else pen.moveTo(toX(k), y);
        down = true;
      }
      pen.stroke();
    }
    pen.restore();
  }
  const describe = (text) => canvas.setAttribute("aria-label", text);
  return { node, draw, describe };
}
