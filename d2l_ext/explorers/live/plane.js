// The plane: contours of the objective, traces over them, a start that can be dragged.

const GRID = [121, 91];

// The objective on a grid over the window, and the levels that split it by area (plots.contour_levels).
function survey(value, window, { levels, power }) {
  const [nx, ny] = GRID, [[x0, x1], [y0, y1]] = window;
  const grid = new Float64Array(nx * ny), some = [];
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const k = j * nx + i, f = value(x0 + ((x1 - x0) * i) / (nx - 1), y0 + ((y1 - y0) * j) / (ny - 1));
      grid[k] = f;
      if (k % 4 === 0 && Number.isFinite(f)) some.push(f); // enough to split the area
    }
  }
  const sorted = new Float64Array(some).sort();
  const chosen = [];
  for (let k = 1; k < levels && sorted.length; k++) {
    const at = (k / levels) ** power * (sorted.length - 1), i = Math.floor(at);
    const next = sorted[Math.min(i + 1, sorted.length - 1)];
    chosen.push(sorted[i] + (next - sorted[i]) * (at - i));
  }
  return { grid, levels: chosen };
}

// Line segments where the grid crosses levels, cell by cell.
function contours(pen, grid, levels, toX, toY) {
  const [nx, ny] = GRID, lowest = levels[0], highest = levels.at(-1);
  for (let j = 0; j + 1 < ny; j++) {
    for (let i = 0; i + 1 < nx; i++) {
      const k = j * nx + i, a = grid[k], b = grid[k + 1], c = grid[k + nx + 1], d = grid[k + nx];
      const least = Math.min(a, b, c, d), most = Math.max(a, b, c, d);
      if (!(least <= highest && lowest < most && Number.isFinite(least + most))) continue;
      for (let n = 0; levels[n] < most; n++) {
        const level = levels[n];
        if (least <= level) crossing(pen, i, j, a - level, b - level, c - level, d - level, toX, toY);
      }
    }
  }
}

// Where the corners of a cell, anticlockwise, differ in sign (marching squares, saddles split by the cell's mean).
function crossing(pen, i, j, a, b, c, d, toX, toY) {
  const kind = (a > 0) | ((b > 0) << 1) | ((c > 0) << 2) | ((d > 0) << 3);
  // Where the level crosses the four sides; those that it does not cross are not used.
  const low = toX(i + a / (a - b)), high = toX(i + d / (d - c)), left = toY(j + a / (a - d)), right = toY(j + b / (b - c));
  const x0 = toX(i), x1 = toX(i + 1), y0 = toY(j), y1 = toY(j + 1);
  const saddle = kind === 5 || kind === 10, joined = saddle && (kind === 5) === a + b + c + d > 0;
  if (saddle ? !joined : kind === 1 || kind === 14) { pen.moveTo(x0, left); pen.lineTo(low, y0); }
  if (saddle ? joined : kind === 2 || kind === 13) { pen.moveTo(low, y0); pen.lineTo(x1, right); }
  if (kind === 3 || kind === 12) { pen.moveTo(x0, left); pen.lineTo(x1, right); }
  if (saddle ? !joined : kind === 4 || kind === 11) { pen.moveTo(x1, right); pen.lineTo(high, y1); }
  if (kind === 6 || kind === 9) { pen.moveTo(low, y0); pen.lineTo(high, y1); }
  if (saddle ? joined : kind === 7 || kind === 8) { pen.moveTo(x0, left); pen.lineTo(high, y1); }
}

// `floor(pen, place, theme)` draws under the contours, `beneath` over them and under the traces; `place` has toX, toY,
// width and height.
function plane({ spec, get, set, commit, floor, beneath }) {
  const paper = sheet(), { canvas, pen } = paper;
  const [cx, cy] = spec.points;
  let width = 1, height = 1, [[x0, x1], [y0, y1]] = spec.window;
  const toX = (x) => ((x - x0) / (x1 - x0)) * width, toY = (y) => height - ((y - y0) / (y1 - y0)) * height;
  const at = (px, py) => [x0 + (px / width) * (x1 - x0), y1 - (py / height) * (y1 - y0)];
  const start = draggable({ canvas, controls: [cx, cy], at, get, set, commit, name: `${spec.title}: start` });
  const node = element("div", { class: "picture plane" }, canvas, ...start.nodes);

  // Equal scales on both axes where that adds at most as much again to one: a right angle should look like one.
  function resize() {
    paper.resize();
    ({ width, height } = paper);
    [[x0, x1], [y0, y1]] = spec.window;
    const ratio = ((x1 - x0) * height) / ((y1 - y0) * width);
    const more = (low, high, factor) => [(low + high - factor * (high - low)) / 2, (low + high + factor * (high - low)) / 2];
    if (ratio > 1 && ratio <= 2) [y0, y1] = more(y0, y1, ratio);
    if (ratio < 1 && ratio >= 0.5) [x0, x1] = more(x0, x1, 1 / ratio);
  }

  function paint(pen, value, theme) {
    const { grid, levels } = survey(value, [[x0, x1], [y0, y1]], spec.contours), [nx, ny] = GRID;
    pen.strokeStyle = theme("line");
    const gx = (i) => (i / (nx - 1)) * width, gy = (j) => height - (j / (ny - 1)) * height;
    pen.beginPath();
    contours(pen, grid, levels, gx, gy);
    pen.stroke();
    pen.strokeStyle = theme("soft");
    pen.lineWidth = 1.6;
    pen.beginPath();
    for (const [x, y] of spec.minimizers) {
      for (const s of [-1, 1]) { pen.moveTo(toX(x) - 5, toY(y) - 5 * s); pen.lineTo(toX(x) + 5, toY(y) + 5 * s); }
    }
    pen.stroke();
    pen.font = FONT;
    pen.fillStyle = theme("soft");
    pen.textAlign = "center";
    for (const x of ticks(x0, x1, 6)) if (toX(x) > 24 && toX(x) < width - 24) pen.fillText(show(x), toX(x), height - 6);
    pen.textAlign = "left";
    for (const y of ticks(y0, y1, 5)) if (toY(y) > 24 && toY(y) < height - 24) pen.fillText(show(y), 6, toY(y) + 4);
    pen.font = `italic ${FONT}`;
    pen.fillText(cy.label, 6, 16);
    pen.textAlign = "right";
    pen.fillText(cx.label, width - 8, height - 6);
  }

  // How much of a run to draw: a diverging one stops where it has left the picture for good.
  function reach({ theta, last }) {
    const farX = 1.5 * (x1 - x0), farY = 1.5 * (y1 - y0), midX = (x0 + x1) / 2, midY = (y0 + y1) / 2;
    for (let k = 0; k <= last; k++) {
      const x = theta[2 * k], y = theta[2 * k + 1];
      if (!(Math.abs(x) < 1e9 && Math.abs(y) < 1e9)) return k - 1;
      if (Math.abs(x - midX) > farX || Math.abs(y - midY) > farY) return k;
    }
    return last;
  }

  function trace(run, color) {
    const { theta, last } = run, end = reach(run), few = last <= spec.maxDots;
    const x = (k) => toX(theta[2 * k]), y = (k) => toY(theta[2 * k + 1]);
    pen.strokeStyle = pen.fillStyle = color;
    pen.lineWidth = few ? 1.5 : 1.1;
    pen.lineJoin = "round";
    pen.setLineDash(run.dash ?? []);
    polyline(pen, end, x, y);
    pen.setLineDash([]);
    if (!few) return;
    pen.beginPath();
    for (let k = 1; k <= end; k++) {
      pen.moveTo(x(k) + 2.6, y(k));
      pen.arc(x(k), y(k), 2.6, 0, 7);
    }
    pen.fill();
  }

  function draw(value, paramsKey, runs, theme) {
    const place = { toX, toY, width, height };
    paper.floor = floor && ((pen) => floor(pen, place, theme));
    paper.backdrop((pen) => paint(pen, value, theme), paramsKey, theme("line"));
    beneath?.(pen, place, theme);
    for (const run of runs) trace(run, theme(run.color));
    start.place(toX(get(cx.key)), toY(get(cy.key)));
  }
  return { node, draw, resize, describe: paper.describe };
}
