// The pictures of BalancingExplorer: minima in the plane, and how sharp it is along the run.

// The circle that holds the minima where gradient descent may stay, as a path.
function circlePath(radius, pen, { toX, toY }) {
  pen.beginPath();
  pen.ellipse(toX(0), toY(0), toX(radius) - toX(0), toY(0) - toY(radius), 0, 0, 7);
}

// Its inside, under the contours.
function circleUnder({ radius }, pen, place, theme) {
  circlePath(radius, pen, place);
  pen.fillStyle = theme("shade");
  pen.globalAlpha = 0.45;
  pen.fill();
  pen.globalAlpha = 1;
}

// The hyperbola of minima, solid where gradient descent may stay and dashed elsewhere; the circle's edge parts the two.
function minimaUnder({ minimum }) {
  const farthest = 64, count = 160;
  return ({ radius, c, product }, pen, place, theme) => {
    const { toX, toY, width, height } = place;
    // The minima with c from `low` to `high`, on either branch.
    const arc = (low, high) => {
      const points = Array.from({ length: count + 1 }, (_, k) => minimum(low * (high / low) ** (k / count), product));
      for (const side of [1, -1]) polyline(pen, count, (k) => toX(side * points[k][0]), (k) => toY(side * points[k][1]));
    };
    const stable = c >= 1 ? Math.min(c, farthest) : 0, size = toX(radius) - toX(0);
    pen.strokeStyle = theme("soft");
    pen.lineWidth = 1;
    circlePath(radius, pen, place);
    pen.stroke();
    pen.strokeStyle = theme("danger");
    pen.lineWidth = 1.5;
    pen.setLineDash([5, 4]);
    if (!stable) arc(1 / farthest, farthest);
    else if (stable < farthest) { arc(stable, farthest); arc(1 / farthest, 1 / stable); }
    pen.setLineDash([]);
    pen.strokeStyle = theme("ink");
    pen.lineWidth = 3.2;
    if (stable) arc(1 / stable, stable);
    pen.font = FONT;
    pen.textAlign = "right";
    let x = width - 8;
    const words = [["too sharp", "danger"], ["stable", "ink"], ["minima:", "soft"]];
    for (const [word, color] of width > 480 ? words : words.slice(0, 2)) {
      pen.lineWidth = 4; // an edge, where the circle or a curve passes behind the word
      pen.strokeStyle = theme("field");
      pen.strokeText(word, x, 17);
      pen.fillStyle = theme(color);
      pen.fillText(word, x, 17);
      x -= pen.measureText(word).width + 8;
    }
    if (size < 90) return;
    // Where the axes part the branches there is room for words.
    const room = Math.min(0.45 * size, 0.26 * Math.min(width, height));
    pen.fillStyle = theme("soft");
    pen.textAlign = "center";
    pen.fillText("x² + y² ≤ 2/η", toX(0) - room, toY(0) - room);
  };
}

// η × sharpness against step, with the line at 2. What is higher than the picture is cut off.
function sharpnessPicture({ maxDots }) {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture chart" }, paper.canvas);
  function draw(rated, steps, last, theme) {
    let most = 0;
    for (let k = 0; k <= last; k++) if (rated[k] > most) most = rated[k];
    const high = [3, 4.5, 6, 9, 12].find((h) => most <= h) ?? 12;
    const { toX, toY, paint, inside } = axes(paper, { x: [0, steps], y: [0, high], left: 30 });
    const words = { atX: [0], atY: ticks(0, high, 4), title: "η × sharpness", across: `${steps} step${steps === 1 ? "" : "s"}` };
    paper.backdrop((under) => {
      paint(under, theme, words);
      under.strokeStyle = under.fillStyle = theme("ink");
      under.beginPath();
      under.moveTo(toX(0), toY(2));
      under.lineTo(toX(steps), toY(2));
      under.stroke();
      under.textAlign = "right";
      under.fillText("2: stable below", toX(steps), toY(2) - 5);
    }, steps, high, theme("line"));
    inside(pen, () => {
      pen.strokeStyle = pen.fillStyle = theme("gd");
      pen.lineWidth = 1.8;
      pen.lineJoin = "round";
      curve(pen, rated, last, toX, (v) => toY(Math.min(v, 4 * high)));
      if (steps > maxDots || toX(1) - toX(0) < 5) return;
      pen.beginPath();
      for (let k = 0; k <= last; k++) { pen.moveTo(toX(k) + 2.2, toY(rated[k])); pen.arc(toX(k), toY(rated[k]), 2.2, 0, 7); }
      pen.fill();
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
