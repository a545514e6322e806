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

// Values against step: of all that fall on the same half pixel, the lowest and the highest. Stops where they end.
function curve(pen, values, last, toX, toY) {
  pen.beginPath();
  for (let k = 0; k <= last && Number.isFinite(values[k]); ) {
    const edge = toX(k) + 0.5;
    let low = k, high = k;
    for (; k <= last && Number.isFinite(values[k]) && toX(k) < edge; k++) {
      if (values[k] < values[low]) low = k;
      if (values[k] > values[high]) high = k;
    }
    const [first, second] = low < high ? [low, high] : [high, low];
    pen.lineTo(toX(first), toY(values[first]));
    if (second !== first) pen.lineTo(toX(second), toY(values[second]));
  }
  pen.stroke();
}

const superscript = (n) => String(n).replace(/[-\d]/g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));

function chart() {
  const paper = sheet(), { pen } = paper;
  const node = element("div", { class: "chart" }, paper.canvas);

  function axes(pen, { at, tick, title }, steps, { toX, toY }, theme) {
    pen.font = FONT;
    pen.fillStyle = theme("soft");
    pen.strokeStyle = theme("line");
    pen.textAlign = "right";
    pen.beginPath();
    for (const h of at) {
      pen.moveTo(toX(0), toY(h));
      pen.lineTo(toX(steps), toY(h));
      pen.fillText(tick(h), toX(0) - 5, toY(h) + 4);
    }
    pen.stroke();
    pen.fillText(`${steps} step${steps === 1 ? "" : "s"}`, toX(steps), paper.height - 7);
    pen.textAlign = "left";
    pen.fillText(title, 8, 17);
    pen.fillText("0", toX(0), paper.height - 7);
  }

  function draw(runs, minimum, theme) {
    const { width, height } = paper, steps = runs[0].last, scale = scaleFor(runs, minimum);
    const { low, high } = scale, left = 42, right = 10, top = 34, bottom = 24;
    const toX = (k) => left + (k / steps) * (width - left - right);
    const toY = (h) => top + ((high - h) / (high - low)) * (height - top - bottom);
    paper.backdrop((under) => axes(under, scale, steps, { toX, toY }, theme), low, high, scale.title, steps, theme("line"));
    pen.save();
    pen.beginPath();
    pen.rect(left, top - 4, width - left - right + 4, height - top - bottom + 8);
    pen.clip();
    pen.lineWidth = 1.8;
    pen.lineJoin = "round";
    for (const { loss, last, color } of runs) {
      pen.strokeStyle = theme(color);
      curve(pen, loss, last, toX, (v) => toY(Math.min(scale.height(v), high + 9 * (high - low))));
    }
    pen.restore();
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
