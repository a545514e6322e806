// The pictures of AdamExplorer: the axes in the plane of the valley, and effective learning rates.

// The two axes as arrows in the upper right corner, turned against the valley.
function axesOver(turn) {
  return (angle, pen, { width }, theme) => {
    const size = 30, cx = width - size - 18, cy = size + 18;
    pen.font = `italic ${FONT}`;
    pen.textAlign = "center";
    pen.lineWidth = 1.5;
    pen.fillStyle = pen.strokeStyle = theme("ink");
    for (const [name, x, y] of [["x", 1, 0], ["y", 0, 1]]) {
      const [u, v] = turn(x, y, -angle), tipX = cx + size * u, tipY = cy - size * v;
      pen.beginPath();
      pen.moveTo(cx - 0.6 * size * u, cy + 0.6 * size * v);
      pen.lineTo(tipX, tipY);
      for (const side of [-4, 4]) {
        pen.moveTo(tipX, tipY);
        pen.lineTo(tipX - 7 * u - side * v, tipY + 7 * v - side * u);
      }
      pen.stroke();
      pen.fillText(name, cx + (size + 8) * u, cy - (size + 8) * v + 4);
    }
  };
}

// Adam's effective learning rates of x and of y after each step, and the one rate of gradient descent.
function ratesPicture() {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture chart" }, paper.canvas);
  function draw({ x, y }, lr, steps, theme) {
    let least = lr, most = lr;
    for (const rates of [x, y]) for (const rate of rates) if (rate > 0 && rate < Infinity) { least = Math.min(least, rate); most = Math.max(most, rate); }
    const low = Math.floor(Math.log10(least) + 1e-9), high = Math.max(low + 1, Math.ceil(Math.log10(most) - 1e-9));
    const { toX, toY, paint, inside } = axes(paper, { x: [0, steps], y: [low, high], right: 26 });
    const words = { atX: [0], atY: ticks(low, high, 4).filter(Number.isInteger), tickY: powerOfTen, title: "effective learning rate", across: `${steps} step${steps === 1 ? "" : "s"}` };
    paper.backdrop((under) => paint(under, theme, words), low, high, steps, theme("line"));
    const height = (rate) => toY(Math.log10(rate)), end = { x: height(x[steps - 1]), y: height(y[steps - 1]), gd: height(lr) };
    inside(pen, () => {
      pen.lineJoin = "round";
      pen.strokeStyle = theme("gd");
      pen.lineWidth = 1.4;
      curve(pen, [lr, lr], 1, (k) => toX(k * steps), height);
      pen.strokeStyle = theme("adam");
      pen.lineWidth = 2;
      for (const [rates, dash] of [[x, []], [y, [6, 4]]]) {
        pen.setLineDash(dash);
        curve(pen, rates, steps - 1, (k) => toX(k + 1), height);
      }
      pen.setLineDash([]);
      pen.fillStyle = theme("adam");
      for (const at of [end.x, end.y]) if (Number.isFinite(at)) { pen.beginPath(); pen.arc(toX(steps), at, 2.6, 0, 7); pen.fill(); }
    });
    // Names at the ends of the lines, one under the other where they are close.
    pen.font = FONT;
    pen.textAlign = "left";
    const names = [["x", "adam", end.x], ["y", "adam", end.y], ["GD", "gd", end.gd]].filter(([, , at]) => Number.isFinite(at));
    names.sort((one, other) => one[2] - other[2]);
    let free = -Infinity;
    for (const [name, color, at] of names) {
      free = Math.max(at + 4, free + 13);
      pen.fillStyle = theme(color);
      pen.fillText(name, toX(steps) + 5, free);
    }
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
