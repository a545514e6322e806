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
    const height = (loss) => (loss - base > 0 ? Math.log10(loss - base) : low - 1);
    return { low, high, height, tick: powerOfTen, at: ticks(low, high, 4).filter(Number.isInteger), title: base ? "loss above the minimum" : "loss" };
  }
  const span = start - lowest || 1, high = Math.min(largest, start + 3 * span);
  return { low: lowest - 0.05 * span, high: high + 0.05 * span, height: (loss) => loss, tick: show, at: ticks(lowest, high, 4), title: "loss" };
}

function chart() {
  const paper = sheet(), { pen } = paper;
  const node = element("div", { class: "picture chart" }, paper.canvas);

  function draw(runs, minimum, theme) {
    const steps = runs[0].last, { low, high, height, tick, at, title } = scaleFor(runs, minimum);
    const { toX, toY, paint, inside } = axes(paper, { x: [0, steps], y: [low, high] });
    const across = `${steps} step${steps === 1 ? "" : "s"}`;
    const words = { atX: [0], atY: at, tickY: tick, title, across };
    paper.backdrop((under) => paint(under, theme, words), low, high, title, steps, theme("line"));
    inside(pen, () => {
      pen.lineWidth = 1.8;
      pen.lineJoin = "round";
      for (const { loss, last, color, dash = [] } of runs) {
        pen.strokeStyle = theme(color);
        pen.setLineDash(dash);
        curve(pen, loss, last, toX, (v) => toY(Math.min(height(v), high + 9 * (high - low))));
      }
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
