// Loss against step, as many runs as there are rules. Logarithmic where a logarithm exists.

// The smallest and the largest finite loss above `base`; `smallest` counts positive ones only.
function extent(runs, base) {
  let smallest = Infinity, lowest = Infinity, largest = -Infinity;
  for (const { loss, last } of runs) {
    for (let k = 0; k <= last; k++) {
      const v = loss[k] - base;
      if (!Number.isFinite(v)) break;
      if (v > 0 && v < smallest) smallest = v;
      if (v < lowest) lowest = v;
      if (v > largest) largest = v;
    }
  }
  return { smallest, lowest, largest };
}

// From loss to height: what to show of it, between which ends, and the words at the ticks. `minimum` is the
// objective's where it is known: then the axis shows what is left to lose.
function scaleFor(runs, minimum) {
  const base = Number.isNaN(minimum) ? 0 : minimum;
  const start = Math.max(...runs.map((run) => run.loss[0] - base));
  const { smallest, lowest, largest } = extent(runs, base);
  // A diverging run must not flatten the others, nor rounding errors near zero.
  if (!Number.isNaN(minimum) || lowest > 0) {
    const size = start > 0 ? start : 1;
    const high = Math.ceil(Math.log10(Math.max(Math.min(largest, size * 1e4), size * 1e-15)) + 0.05);
    const low = Math.min(high - 2, Math.floor(Math.log10(Math.max(Math.min(smallest, size), size * 1e-16))));
    const tick = (e) => (e === 0 ? "1" : `10${superscript(e)}`);
    const height = (loss) => (loss - base > 0 ? Math.log10(loss - base) : low - 1);
    return { low, high, height, tick, at: ticks(low, high, 4).filter(Number.isInteger), title: base ? "loss above the minimum" : "loss" };
  }
  const span = start - lowest || 1, high = Math.min(largest, start + 3 * span);
  return { low: lowest - 0.05 * span, high: high + 0.05 * span, height: (loss) => loss, tick: show, at: ticks(lowest, high, 4), title: "loss" };
}

function chart() {
  const canvas = element("canvas", { role: "img" });
  const node = element("div", { class: "chart" }, canvas);

  function draw(runs, minimum, theme) {
    const { pen, width, height } = fit(canvas);
    const { low, high, at, ...scale } = scaleFor(runs, minimum);
    const steps = runs[0].last, left = 42, right = 10, top = 34, bottom = 24;
    const toX = (k) => left + (k / steps) * (width - left - right);
    const toY = (h) => top + ((high - h) / (high - low)) * (height - top - bottom);
    pen.font = FONT;
    pen.fillStyle = theme("soft");
    pen.strokeStyle = theme("line");
    pen.textAlign = "right";
    pen.beginPath();
    for (const h of at) {
      pen.moveTo(left, toY(h));
      pen.lineTo(width - right, toY(h));
      pen.fillText(scale.tick(h), left - 5, toY(h) + 4);
    }
    pen.stroke();
    pen.textAlign = "left";
    pen.fillText(scale.title, 8, 17);
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
      for (let k = 0; k <= last && Number.isFinite(loss[k]); k++) {
        const x = toX(k), y = toY(Math.min(scale.height(loss[k]), high + 9 * (high - low)));
        if (k) pen.lineTo(x, y); else pen.moveTo(x, y);
      }
      pen.stroke();
    }
    pen.restore();
  }
  const describe = (text) => canvas.setAttribute("aria-label", text);
  return { node, draw, describe };
}
