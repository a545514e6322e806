// Where a map of one number ends up, for every learning rate of a window: a column of dots each, the darker the
// more often they are met. Below it, how fast neighbours part: the Lyapunov exponent.
//
// `map` is { step(x, lr), slope(x, lr), start(lr) }, functions of a page's program.

// The map at one learning rate, from its start: what it does after `settle` steps, told by the next `keep`.
//   gone: the step at which |x| passed `limit`, -1 if none; exponent: mean of log |slope|;
//   period: the smallest after which it is back within `returns`, 0 if none up to `longest`; multiplier: the product
//   of its slopes over one period; orbit: one period, or `hold` points.
function followMap(map, lr, { settle, keep, hold, longest, returns, limit }) {
  let x = map.start(lr), sum = 0;
  const orbit = [];
  for (let k = 0; k < settle + keep; k++) {
    if (!(Math.abs(x) < limit)) return { gone: k, exponent: null, period: 0, multiplier: null, orbit: [] };
    if (k >= settle) {
      if (orbit.length < hold) orbit.push(x);
      sum += Math.log(Math.abs(map.slope(x, lr)));
    }
    x = map.step(x, lr);
  }
  const period = 1 + orbit.slice(1, longest + 1).findIndex((later) => Math.abs(later - orbit[0]) <= returns);
  const multiplier = period ? orbit.slice(0, period).reduce((product, at) => product * map.slope(at, lr), 1) : null;
  return { gone: -1, exponent: sum / keep, period, multiplier, orbit: period ? orbit.slice(0, period) : orbit };
}

// Dots met in each cell of a `width` × `height` grid over the window. For each column also its exponent (NaN where
// gone), and in `joined` whether it has been on both sides of zero.
function cascade(map, [low, high], [bottom, top], width, height, { settle, keep, limit }) {
  const counts = new Uint16Array(width * height), exponents = new Float64Array(width).fill(NaN), joined = new Uint8Array(width);
  const scale = height / (top - bottom);
  for (let i = 0; i < width; i++) {
    const lr = low + ((i + 0.5) / width) * (high - low);
    let x = map.start(lr), product = 1, sum = 0, most = -Infinity, least = Infinity, k = 0;
    while (k < settle && Math.abs(x) < limit) { x = map.step(x, lr); k++; }
    for (k = 0; k < keep && Math.abs(x) < limit; k++) {
      const row = Math.floor((top - x) * scale);
      if (row >= 0 && row < height) counts[row * width + i]++;
      most = Math.max(most, x);
      least = Math.min(least, x);
      product *= map.slope(x, lr);
      // A logarithm of several factors at once costs as much as of one.
      if (k % 8 === 7) { sum += Math.log(Math.abs(product)); product = 1; }
      x = map.step(x, lr);
    }
    joined[i] = Number(least < 0 && most > 0);
    if (k === keep) exponents[i] = (sum + Math.log(Math.abs(product))) / keep;
  }
  return { counts, exponents, joined };
}

// Pixels for 0 to 255 dots of a colour "#rrggbb", the darker the more.
function inks(color) {
  const bytes = new Uint8ClampedArray(4 * 256), rgb = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  for (let n = 1; n < 256; n++) bytes.set([...rgb, 255 * (1 - Math.exp(-0.2 * n))], 4 * n);
  return new Uint32Array(bytes.buffer);
}

// The dots of a `cascade` in `color`. With a colour for its `mirror` image, x and -x: the map is odd.
function inked({ counts, joined }, width, height, color, mirror) {
  const canvas = new OffscreenCanvas(width, height), pen = canvas.getContext("2d"), image = pen.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer), own = inks(color), other = mirror ? inks(mirror) : null;
  // Two cells high, so that a single branch is a line one can see.
  const met = (row, i) => counts[row * width + i] + (row ? counts[(row - 1) * width + i] : 0);
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < width; i++) {
      const here = met(row, i), there = other ? met(height - 1 - row, i) : 0, all = here + (joined[i] ? there : 0);
      if (here + there) pixels[row * width + i] = all ? own[Math.min(255, all)] : other[Math.min(255, there)];
    }
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

// The part of a range that is `zoom` times narrower and has `lr` at this `share` of it, moved to lie inside. Its ends
// are rounded to hundredths of it: a hand that trembles moves nothing.
function windowAround(lr, share, zoom, { min, max }) {
  const width = (max - min) / zoom, grain = width / 100;
  const low = Math.round((lr - share * width) / grain) * grain;
  const begin = Math.min(Math.max(low, min), max - width);
  return [begin, begin + width];
}

// The picture. `controls` are those of the learning rate and, in a window that moves, of its place there (0 to 1);
// `view()` gives the window [low, high]; `values` is the range of x up; `ends` are learning rates at which a regime
// ends. `draw(found, theme, color)` marks what `followMap` found.
function bifurcation({ map, controls: [rate, ...share], view, values, trials, mirror, below = true, ends = [], unit = "", get, set, commit, name }) {
  const paper = sheet(), { canvas, pen } = paper;
  const strip = below ? 108 : 0;
  let up, chart;
  const frame = () => {
    const place = { x: view(), left: 38, right: 12 };
    up = axes(paper, { ...place, y: values, top: 30, bottom: 24 + strip });
    chart = axes(paper, { ...place, y: [-1.25, 1.25], top: paper.height - strip + 18, bottom: 24 });
  };
  // Steps of the ring: a round number, about a five-hundredth of the window.
  const fine = { ...rate, get step() { const [low, high] = view(); return 10 ** Math.floor(Math.log10((high - low) / 500) + 1e-9); } };
  const at = (px) => {
    const [low, high] = view(), lr = clamp(up.fromX(px), rate);
    return [lr, (lr - low) / (high - low)];
  };
  const ring = draggable({ canvas, controls: [fine, ...share], at, get, set, commit, name });
  const node = element("div", { class: "picture bifurcation" }, canvas, ...ring.nodes);
  const label = (u) => String(digits(u)).replace("-", "−");

  function exponentLine(under, exponents, theme, columns) {
    const { toX, toY } = chart, [low, high] = view();
    under.strokeStyle = theme("line");
    under.beginPath();
    under.moveTo(toX(low), toY(0));
    under.lineTo(toX(high), toY(0));
    under.stroke();
    under.font = FONT;
    under.fillStyle = theme("soft");
    under.textAlign = "right";
    for (const v of [-1, 0, 1]) under.fillText(show(v), toX(low) - 5, toY(v) + 4);
    under.textAlign = "left";
    under.fillText("Lyapunov exponent", 8, chart.toY(1.25) - 6);
    const wide = (toX(high) - toX(low)) / columns;
    for (const [color, holds] of [["danger", (v) => v > 0], ["gd", (v) => v <= 0]]) {
      under.fillStyle = theme(color);
      exponents.forEach((v, i) => {
        if (!holds(v)) return;
        const y = toY(clamp(v, { min: -1.25, max: 1.25 }));
        under.fillRect(toX(low) + i * wide, Math.min(y, toY(0)), wide, Math.abs(y - toY(0)));
      });
    }
  }

  // A regime by its number, and a line where it ends.
  function regimeEnd(under, theme, from, to, i) {
    const { toY } = up, [bottom, top] = values;
    under.fillText(i + 1, (from + to) / 2, toY(top) + 12);
    under.strokeStyle = theme("line");
    under.setLineDash([4, 3]);
    under.beginPath();
    under.moveTo(to, toY(top));
    under.lineTo(to, toY(bottom));
    under.stroke();
    under.setLineDash([]);
  }

  function paint(under, theme, color) {
    const { toX, toY, paint: paintAxes } = up, [low, high] = view(), [bottom, top] = values;
    const wide = toX(high) - toX(low), tall = toY(bottom) - toY(top);
    const columns = Math.max(1, Math.round(wide)), rows = Math.max(1, Math.round(tall * paper.ratio));
    paintAxes(under, theme, { atX: [], atY: ticks(bottom, top, 4), title: `where x ends up, against ${rate.symbol}${unit}` });
    const found = cascade(map, [low, high], values, columns, rows, trials), { exponents } = found;
    under.imageSmoothingEnabled = false;
    under.drawImage(inked(found, columns, rows, theme(color), mirror && theme(mirror)), toX(low), toY(top), wide, tall);
    under.font = FONT;
    under.fillStyle = theme("soft");
    under.textAlign = "center";
    ends.forEach((end, i) => regimeEnd(under, theme, toX(i ? ends[i - 1] : low), toX(Math.min(end, high)), i));
    for (const u of ticks(low, high, wide > 380 ? 6 : 3)) under.fillText(label(u), clamp(toX(u), { min: 40, max: paper.width - 34 }), paper.height - 7);
    const gone = exponents.findIndex(Number.isNaN);
    if (gone >= 0) {
      under.fillStyle = theme("danger");
      under.textAlign = "right";
      under.fillText("runs away", paper.width - 12, 17);
      under.globalAlpha = 0.15;
      under.fillRect(toX(low) + (gone * wide) / columns, toY(top), wide - (gone * wide) / columns, tall);
      under.globalAlpha = 1;
    }
    if (below) exponentLine(under, exponents, theme, columns);
  }

  function draw({ orbit }, theme, color) {
    frame();
    const [low, high] = view(), lr = get(rate.key), { toX, toY } = up;
    paper.backdrop((under) => paint(under, theme, color), low, high, theme("line"), theme(color));
    pen.strokeStyle = theme("ink");
    pen.lineWidth = 1;
    pen.globalAlpha = 0.7;
    pen.beginPath();
    pen.moveTo(toX(lr), toY(values[1]));
    pen.lineTo(toX(lr), paper.height - 24);
    pen.stroke();
    pen.globalAlpha = 1;
    pen.fillStyle = theme("ink");
    pen.beginPath();
    const size = orbit.length > 4 ? 2 : 3;
    for (const x of orbit.slice(0, 64)) { pen.moveTo(toX(lr) + size, toY(x)); pen.arc(toX(lr), toY(x), size, 0, 7); }
    pen.fill();
    ring.place(toX(lr), toY(values[0]));
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
