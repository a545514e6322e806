// The landscape: a 1-D objective over its window, iterates on the curve, a start that can be dragged along it.

// So many samples for each pixel across: ripples finer than a pixel show as the band that they fill.
const SAMPLES = 24;

// The objective along the window, with what its heights are: `far` of them cut off where it shoots up at an end.
function profile(value, [x0, x1], count, far = 12) {
  const x = new Float64Array(count), f = new Float64Array(count), some = [];
  let low = Infinity, high = -Infinity;
  for (let k = 0, jitter = 0; k < count; k++) {
    // Irregular steps: regular ones could keep in time with the ripples, and miss them.
    jitter = (Math.imul(jitter, 1664525) + 1013904223) >>> 0;
    x[k] = x0 + ((x1 - x0) * Math.min(count - 1, k && k + jitter / 2 ** 32)) / (count - 1);
    f[k] = value(x[k]);
    if (!Number.isFinite(f[k])) continue;
    low = Math.min(low, f[k]);
    high = Math.max(high, f[k]);
    if (k % 8 === 0) some.push(f[k]); // enough to know the middle one
  }
  if (low > high) [low, high] = [0, 1];
  const middle = new Float64Array(some).sort()[some.length >> 1] ?? 1;
  return { x, f, low, high: middle > low ? Math.min(high, low + far * (middle - low)) : high };
}

// `spec.points[0]` is the start; `window` and `minimizers` are as in Python: one interval, one coordinate each.
function landscape({ spec, get, set, commit }) {
  const paper = sheet(), { canvas, pen } = paper, [control] = spec.points, [[x0, x1]] = spec.window;
  let heights = [0, 1], known = null, place = null;
  const at = (px) => [place.fromX(px)];
  const start = draggable({ canvas, controls: [control], at, get, set, commit, name: `${spec.title}: start` });
  const node = element("div", { class: "picture landscape" }, canvas, ...start.nodes);

  function paint(pen, value, { x, f }, theme) {
    const { toX, toY, paint, inside } = place;
    paint(pen, theme, { atX: ticks(x0, x1, 6), atY: ticks(...heights, 5), title: `f(${control.label})`, across: control.label });
    inside(pen, () => {
      pen.strokeStyle = theme("soft");
      pen.lineWidth = 1.4;
      pen.lineJoin = "bevel"; // fine ripples have thousands of corners
      // Piece by piece, where it is not a number everywhere.
      for (let k = 0; k < x.length; ) {
        if (!Number.isFinite(f[k])) { k += 1; continue; }
        let end = k;
        while (end + 1 < x.length && Number.isFinite(f[end + 1])) end += 1;
        const from = k;
        curve(pen, f.subarray(from, end + 1), end - from, (i) => toX(x[from + i]), toY, 1);
        k = end + 1;
      }
      pen.lineWidth = 1.8;
      pen.beginPath();
      for (const [u] of spec.minimizers) {
        for (const s of [-1, 1]) { pen.moveTo(toX(u) - 5, toY(value(u)) - 5 * s); pen.lineTo(toX(u) + 5, toY(value(u)) + 5 * s); }
      }
      pen.stroke();
    });
  }

  // How much of a run to draw: one that runs away stops where it has left the picture for good.
  function reach({ theta, last }) {
    const middle = (x0 + x1) / 2, far = 1.5 * (x1 - x0);
    for (let k = 0; k <= last; k++) {
      if (!(Math.abs(theta[k]) < 1e9)) return k - 1;
      if (Math.abs(theta[k] - middle) > far) return k;
    }
    return last;
  }

  // Few iterates are dots joined in their order, many are faint dots that darken where a run comes again and again.
  function dots(run, color) {
    const { theta, loss } = run, end = reach(run), few = run.last <= spec.maxDots;
    const cut = 9 * (place.toY(heights[0]) - place.toY(heights[1]));
    const x = (k) => place.toX(theta[k]), y = (k) => Math.max(-cut, place.toY(loss[k]));
    pen.strokeStyle = pen.fillStyle = color;
    if (!few) {
      pen.globalAlpha = Math.max(0.12, Math.min(0.4, 60 / run.last));
      for (let k = 1; k <= end; k++) pen.fillRect(x(k) - 1.6, y(k) - 1.6, 3.2, 3.2);
      pen.globalAlpha = 1;
      return;
    }
    pen.lineWidth = 1.2;
    pen.globalAlpha = 0.7;
    polyline(pen, end, x, y);
    pen.globalAlpha = 1;
    pen.beginPath();
    for (let k = 1; k <= end; k++) { pen.moveTo(x(k) + 3, y(k)); pen.arc(x(k), y(k), 3, 0, 7); }
    pen.fill();
  }

  // `value` is the objective, whose parameters are in `depends`; a run has `theta`, `loss`, `last` and `color`.
  // What `between` draws, with pen and axes, lies over the curve and under the iterates.
  function draw(value, depends, runs, theme, between = () => {}) {
    const key = [depends, paper.width].join();
    if (known?.key !== key) {
      known = { key, ...profile(value, [x0, x1], SAMPLES * Math.max(1, Math.round(paper.width))) };
      const margin = 0.07 * (known.high - known.low || 1);
      heights = spec.heights ?? [known.low - margin, known.high + margin];
    }
    place = axes(paper, { x: [x0, x1], y: heights, right: 14 });
    paper.backdrop((under) => paint(under, value, known, theme), depends, theme("line"));
    place.inside(pen, () => {
      between(pen, place, theme);
      for (const run of runs) dots(run, theme(run.color));
    });
    const x = get(control.key), y = place.toY(value(x));
    start.place(place.toX(x), Number.isFinite(y) ? Math.min(paper.height - 24, Math.max(34, y)) : paper.height / 2);
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
