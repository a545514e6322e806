// The pictures of SaddleExplorer: the cloud in the plane, and how its spread along y grows.

function cloudPicture({ window: [across, up] }) {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture cloud" }, paper.canvas);
  function draw(x, y, sd, theme) {
    const { toX, toY, paint, inside } = axes(paper, { x: across, y: up, left: 30, right: 12 });
    paper.backdrop((under) => {
      under.fillStyle = theme("shade");
      under.fillRect(toX(across[0]), toY(up[1]), toX(across[1]) - toX(across[0]), toY(1) - toY(up[1]));
      under.fillRect(toX(across[0]), toY(-1), toX(across[1]) - toX(across[0]), toY(up[0]) - toY(-1));
      paint(under, theme, { atX: [-1, 0, 1], atY: [-1, 0, 1], title: "walkers, y up; ±2 sd of the formula dashed", across: "x" });
      under.textAlign = "left";
      under.fillText("|y| > 1", toX(across[0]) + 6, toY(up[1]) + 15);
    }, theme("line"));
    inside(pen, () => {
      pen.fillStyle = theme("other-1");
      pen.globalAlpha = 0.7;
      for (let i = 0; i < x.length; i++) {
        if (Math.abs(y[i]) < 2 && Math.abs(x[i]) < 2) pen.fillRect(toX(x[i]) - 1.5, toY(y[i]) - 1.5, 3, 3);
      }
      pen.globalAlpha = 1;
      pen.strokeStyle = theme("ink");
      pen.lineWidth = 1.2;
      pen.setLineDash([5, 4]);
      pen.beginPath();
      for (const end of [-2 * sd, 2 * sd]) {
        if (Math.abs(end) > up[1]) continue;
        pen.moveTo(toX(across[0]), toY(end));
        pen.lineTo(toX(across[1]), toY(end));
      }
      pen.stroke();
      pen.setLineDash([]);
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

function spreadPicture() {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture spread" }, paper.canvas), points = 60;
  function draw(squares, formula, rest, steps, theme) {
    const end = Math.log10(steps), at = Array.from({ length: points + 1 }, (_, i) => (i / points) * end);
    const law = at.map((u) => Math.log10(formula(10 ** u))), walked = Array.from(squares, Math.log10);
    const low = Math.floor(Math.min(...law, ...walked)), high = Math.max(Math.ceil(Math.max(...law, ...walked)), low + 1);
    const { toX, toY, paint, inside } = axes(paper, { x: [0, end], y: [low, high], right: 16 });
    const atX = [0, 1, 2].filter((e) => e <= end);
    paper.backdrop((under) => {
      paint(under, theme, { atX, tickX: (e) => String(10 ** e), atY: ticks(low, high, 6).filter(Number.isInteger), tickY: powerOfTen, title: "mean of y² by step", across: stepsOf(steps) });
    }, low, high, steps, theme("line"));
    pen.font = FONT;
    pen.textAlign = "left";
    const label = (words, color, line) => {
      pen.fillStyle = theme(color);
      pen.fillText(words, 50, 50 + 16 * line);
    };
    inside(pen, () => {
      const trace = (values, color, wide, dash) => {
        pen.strokeStyle = theme(color);
        pen.lineWidth = wide;
        pen.setLineDash(dash);
        polyline(pen, points, (k) => toX(at[k]), (k) => toY(values[k]));
      };
      pen.strokeStyle = theme("other-1");
      pen.lineWidth = 2.4;
      polyline(pen, steps - 1, (k) => toX(Math.log10(k + 1)), (k) => toY(walked[k]));
      trace(law, "ink", 1.4, [5, 4]);
      if (rest) trace(at.map((u) => Math.log10(rest(10 ** u))), "soft", 1.6, [2, 3]);
      pen.setLineDash([]);
    });
    label("walkers", "other-1", 0);
    label("formula (dashed)", "ink", 1);
    if (rest) label("from rest, no slope (dotted)", "soft", 2);
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
