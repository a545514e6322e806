// The pictures of DescentExplorer beside its landscape: the cobweb of the map, and x against step.

// The map from x to the next x as a curve, the diagonal, and the run between them as stairs.
function cobweb({ window: [[x0, x1]], points: [{ label }] }) {
  const paper = sheet(), { pen } = paper;
  const node = element("div", { class: "picture cobweb" }, paper.canvas);
  function draw(next, { theta, last, color }, theme) {
    const side = Math.max(1, Math.min(paper.width - 52, paper.height - 58)), left = 42 + (paper.width - 52 - side) / 2;
    const place = axes(paper, { x: [x0, x1], y: [x0, x1], left, right: paper.width - left - side, bottom: paper.height - 34 - side });
    const { toX, toY, paint, inside } = place, at = ticks(x0, x1, 4);
    paper.backdrop((under) => {
      paint(under, theme, { atY: at, title: `next ${label}, by ${label}` });
      under.textAlign = "center";
      for (const u of at) under.fillText(show(u), toX(u), toY(x0) + 17);
      under.strokeStyle = theme("soft");
      under.beginPath();
      under.moveTo(toX(x0), toY(x0));
      under.lineTo(toX(x1), toY(x1));
      under.stroke();
    }, theme("line"));
    inside(pen, () => {
      pen.strokeStyle = theme("ink");
      pen.lineWidth = 1.8;
      const count = Math.round(side), xOf = (k) => x0 + ((x1 - x0) * k) / count;
      const far = (y) => Math.max(-9 * side, Math.min(9 * side, y));
      polyline(pen, count, (k) => toX(xOf(k)), (k) => far(toY(next(xOf(k)))));
      pen.strokeStyle = theme(color);
      pen.lineWidth = 1.2;
      pen.beginPath();
      pen.moveTo(toX(theta[0]), toY(x0));
      for (let k = 0; k < last && Math.abs(theta[k + 1]) < 1e6; k++) {
        pen.lineTo(toX(theta[k]), far(toY(theta[k + 1])));
        pen.lineTo(toX(theta[k + 1]), far(toY(theta[k + 1])));
      }
      pen.stroke();
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

// The run in time, over the height of the window.
function timeline({ window: [[x0, x1]], points: [{ label }], maxDots }) {
  const paper = sheet(), { pen } = paper;
  const node = element("div", { class: "picture timeline" }, paper.canvas);
  function draw({ theta, last, color }, theme) {
    const { toX, toY, paint, inside } = axes(paper, { x: [-last / 50, last * 1.02], y: [x0, x1] });
    const words = { atX: [0], atY: ticks(x0, x1, 4), title: label, across: times(last, "step") };
    paper.backdrop((under) => paint(under, theme, words), last, theme("line"));
    const gone = theta.findIndex((x) => !(Math.abs(x - (x0 + x1) / 2) < 5 * (x1 - x0))), end = gone < 0 ? last : Math.max(0, gone - 1);
    inside(pen, () => {
      pen.strokeStyle = pen.fillStyle = theme(color);
      pen.lineWidth = last > maxDots ? 1 : 1.3;
      pen.lineJoin = "round";
      curve(pen, theta, end, toX, toY);
      if (last > maxDots) return;
      pen.beginPath();
      for (let k = 0; k <= end; k++) { pen.moveTo(toX(k) + 2.4, toY(theta[k])); pen.arc(toX(k), toY(theta[k]), 2.4, 0, 7); }
      pen.fill();
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
