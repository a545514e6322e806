// The pictures of FlowExplorer.

// An interval that holds all of these numbers, with ends on round numbers.
function roundInterval(numbers) {
  const low = Math.min(...numbers), high = Math.max(...numbers);
  const raw = (high - low || 1) / 5, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw);
  return [step * Math.floor(low / step), step * Math.ceil(high / step)].map(digits);
}

function runPicture({ minimizers, finer, maxDots }) {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture" }, paper.canvas);
  const looks = (order) => [["gradient descent", "gd"], ["gradient flow", "soft", 1.6, [5, 4]], ...(order ? [[`order ${order}`, "ink", 2]] : [])];
  const stroke = (on, theme, color, width, dash = []) => {
    on.strokeStyle = theme(color);
    on.lineWidth = width;
    on.setLineDash(dash);
  };
  function legend(on, order, theme) {
    let at = 8;
    on.textAlign = "left";
    for (const [label, color, width, dash] of looks(order)) {
      on.fillStyle = theme(color);
      on.beginPath();
      if (width) {
        stroke(on, theme, color, width, dash);
        on.moveTo(at, 13);
        on.lineTo(at + 18, 13);
        on.stroke();
      } else {
        on.arc(at + 9, 13, 3.2, 0, 7);
        on.fill();
      }
      on.fillStyle = theme("soft");
      on.fillText(label, at + 23, 17);
      at += 34 + on.measureText(label).width;
    }
    on.setLineDash([]);
  }

  function draw(x, flow, order, modified, theme) {
    const steps = x.length - 1, ends = [x[0], flow[flow.length - 1], ...minimizers].filter(Number.isFinite);
    const reach = 4 * Math.max(...ends.map(Math.abs), 1e-9);
    const [low, high] = roundInterval([...ends, ...x.filter((v) => Math.abs(v) <= reach)]);
    const { toX, toY, paint, inside } = axes(paper, { x: [0, steps], y: [low, high], right: 14 });
    const across = `${steps} step${steps === 1 ? "" : "s"}`;
    paper.backdrop((under) => {
      paint(under, theme, { atX: [0], atY: ticks(low, high, 5), across });
      legend(under, order, theme);
    }, low, high, steps, order, theme("line"));
    inside(pen, () => {
      pen.lineJoin = "round";
      const at = (k) => toX(k / finer);
      for (const [curveOf, look] of [[modified, looks(order)[2]], [flow, looks(order)[1]]]) {
        if (!look) continue;
        stroke(pen, theme, ...look.slice(1));
        curve(pen, curveOf, curveOf.length - 1, at, (v) => toY(Math.max(low - 9 * (high - low), Math.min(high + 9 * (high - low), v))));
      }
      pen.setLineDash([]);
    });
    const size = steps > maxDots / 2 ? 2.4 : 3.6;
    pen.fillStyle = theme("gd");
    pen.beginPath();
    for (let k = 0; k <= steps; k++) {
      if (!(x[k] >= low && x[k] <= high)) continue;
      pen.moveTo(toX(k) + size, toY(x[k]));
      pen.arc(toX(k), toY(x[k]), size, 0, 7);
    }
    pen.fill();
    const outside = x.filter((v) => !(v >= low && v <= high)).length;
    if (!outside) return;
    pen.fillStyle = theme("soft");
    pen.textAlign = "right";
    pen.fillText(`${outside} of ${x.length} dots are outside`, toX(steps), toY(low) - 8);
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

// Whole powers of ten around the errors; what is below `floor` is rounding.
function decades(errors, floor) {
  const powers = errors.filter(Number.isFinite).map((error) => Math.log10(Math.max(error, floor)));
  if (!powers.length) return [-1, 0];
  const low = Math.floor(Math.min(...powers));
  return [low, Math.max(low + 1, Math.ceil(Math.max(...powers)))];
}

function orderPicture({ orders, floor }) {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture" }, paper.canvas);
  function draw(errors, order, theme) {
    const [bottom, top] = decades(errors, floor);
    const { toX, toY, paint, inside } = axes(paper, { x: [0, orders], y: [bottom, top], left: 46, right: 16 });
    const words = { atX: ticks(0, orders, 5).filter(Number.isInteger), atY: ticks(bottom, top, 5).filter(Number.isInteger), tickY: powerOfTen, title: "largest error, by order" };
    paper.backdrop((under) => paint(under, theme, words), bottom, top, theme("line"));
    const shown = errors.map((error) => (error < Infinity ? Math.log10(Math.max(error, floor)) : NaN));
    inside(pen, () => {
      pen.strokeStyle = pen.fillStyle = theme("ink");
      pen.lineWidth = 1.2;
      curve(pen, shown, orders, toX, toY);
      pen.beginPath();
      shown.forEach((v, n) => { pen.moveTo(toX(n) + 2.6, toY(v)); pen.arc(toX(n), toY(v), 2.6, 0, 7); });
      pen.fill();
    });
    if (!Number.isFinite(shown[order])) return;
    pen.strokeStyle = theme("ink");
    pen.fillStyle = theme("field");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(toX(order), toY(shown[order]), 5.5, 0, 7);
    pen.fill();
    pen.stroke();
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
