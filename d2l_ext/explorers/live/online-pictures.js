// The pictures of OnlineExplorer: positions, effective learning rates, one cycle.

const onlinePicture = (name, paper, draw, handles = []) =>
  ({ node: element("div", { class: `picture ${name}` }, paper.canvas, ...handles), draw, resize: paper.resize, describe: paper.describe });

// Names in a row, each with a piece of its line.
function onlineLegend(pen, theme, { colors, labels }, names, x) {
  pen.font = FONT;
  pen.textAlign = "left";
  for (const name of names) {
    pen.strokeStyle = theme(colors[name]);
    pen.lineWidth = name === "gd" ? 1.2 : 2.2;
    pen.beginPath();
    pen.moveTo(x, 13);
    pen.lineTo(x + 16, 13);
    pen.stroke();
    pen.fillStyle = theme("soft");
    pen.fillText(labels[name], x + 21, 17);
    x += 21 + pen.measureText(labels[name]).width + 12;
  }
}

function onlineDots(pen, last, xOf, yOf, size) {
  pen.beginPath();
  for (let k = 0; k <= last; k++) { pen.moveTo(xOf(k) + size, yOf(k)); pen.arc(xOf(k), yOf(k), size, 0, 7); }
  pen.fill();
}

function onlinePositions({ spec, get, set, commit }) {
  const paper = sheet(), { pen } = paper, [start] = spec.points, [low, high] = spec.walls;
  let fromY = () => 0;
  const ring = draggable({ canvas: paper.canvas, controls: [start], at: (_, py) => [fromY(py)], get, set, commit, name: `${spec.title}: start` });
  function draw(runs, steps, best, theme) {
    const scale = axes(paper, { x: [-steps / 40, steps], y: [low, high], left: 64, right: 14, bottom: 28 }), { toX, toY, paint } = scale;
    fromY = scale.fromY;
    const named = (v) => (best && Math.abs(v) === 1 ? `${v === best ? "best" : "worst"} ${show(v)}` : show(v));
    paper.backdrop((under) => {
      paint(under, theme, { atX: [0], atY: [low, (low + high) / 2, high], tickY: named, across: `${steps} step${steps === 1 ? "" : "s"}` });
      onlineLegend(under, theme, spec, spec.drawn, 8);
    }, steps, best, theme("line"));
    pen.lineJoin = "bevel";
    for (const name of [...spec.drawn].reverse()) {
      pen.strokeStyle = pen.fillStyle = theme(spec.colors[name]);
      pen.lineWidth = name === "gd" ? 1 : 2;
      curve(pen, runs[name], steps, toX, toY, 1);
      if (steps <= spec.maxDots && name !== "gd") onlineDots(pen, steps, toX, (k) => toY(runs[name][k]), 2.2);
    }
    ring.place(toX(0), toY(get(start.key)));
  }
  return onlinePicture("positions", paper, draw, ring.nodes);
}

// η over the root of v for the last steps; a band and the letter C where the large gradient arrives.
function onlineRatesPicture(spec) {
  const paper = sheet(), { pen } = paper;
  function draw({ first, slopes, rates }, theme) {
    const last = first + slopes.length - 1, all = spec.adaptive.flatMap((name) => rates[name]), high = 1.25 * Math.max(...all);
    const { toX, toY, paint } = axes(paper, { x: [first - 0.5, last + 0.5], y: [0, high], left: 52, right: 22 }), wide = clamp(toX(1) - toX(0), { min: 2, max: 60 });
    pen.clearRect(0, 0, paper.width, paper.height);
    pen.fillStyle = theme("shade");
    pen.font = FONT;
    const rare = slopes.map((slope, i) => [slope, first + i]).filter(([slope]) => slope > 0);
    for (const [, t] of rare) pen.fillRect(toX(t) - wide / 2, toY(high), wide, toY(0) - toY(high));
    paint(pen, theme, { atX: [...new Set([first, last])], atY: ticks(0, high, 3), title: "effective learning rate" });
    pen.textAlign = "center";
    for (const [, t] of rare) pen.fillText("C", toX(t), toY(high) + 13);
    for (const name of ["amsgrad", "adam"]) {
      pen.strokeStyle = pen.fillStyle = theme(spec.colors[name]);
      pen.lineWidth = 1.2;
      const y = (k) => toY(rates[name][k]);
      polyline(pen, slopes.length - 1, (k) => toX(first + k), y);
      if (slopes.length <= spec.maxDots) onlineDots(pen, slopes.length - 1, (k) => toX(first + k), y, 3);
    }
  }
  return onlinePicture("rates", paper, draw);
}

// How far a cycle has moved each method after each of its steps, in units of the learning rate.
function onlineCyclePicture(spec) {
  const paper = sheet(), { pen } = paper;
  function draw(cycle, theme) {
    const sums = spec.adaptive.map((_, i) => cycle.reduce((list, moves) => [...list, list.at(-1) + moves[i]], [0]));
    const low = Math.min(...sums.flat()), high = Math.max(...sums.flat()), room = 0.1 * (high - low) || 1;
    const { toX, toY, paint } = axes(paper, { x: [0, cycle.length], y: [low - room, high + room], left: 40, right: 54 });
    pen.clearRect(0, 0, paper.width, paper.height);
    paint(pen, theme, { atX: [0], atY: [...new Set([0, ...ticks(low - room, high + room, 3)])], title: "one cycle, in units of η", across: `${cycle.length} steps` });
    pen.strokeStyle = theme("soft");
    pen.beginPath();
    pen.moveTo(toX(0), toY(0));
    pen.lineTo(toX(cycle.length), toY(0));
    pen.stroke();
    const ends = sums.map((list) => toY(list.at(-1)));
    if (Math.abs(ends[0] - ends[1]) < 14) {
      const middle = (ends[0] + ends[1]) / 2, first = ends[0] <= ends[1] ? 0 : 1;
      ends[first] = middle - 7;
      ends[1 - first] = middle + 7;
    }
    spec.adaptive.forEach((name, i) => {
      const list = sums[i], y = (k) => toY(list[k]);
      pen.strokeStyle = pen.fillStyle = theme(spec.colors[name]);
      pen.lineWidth = 1.8;
      polyline(pen, cycle.length, toX, y);
      if (cycle.length <= spec.maxDots) onlineDots(pen, cycle.length, toX, y, 2.6);
      pen.textAlign = "left";
      pen.fillText(`${list.at(-1) < 0 ? "−" : "+"}${Math.abs(list.at(-1)).toFixed(2)}`, toX(cycle.length) + 8, ends[i] + 4);
    });
  }
  return onlinePicture("cycle", paper, draw);
}
