// The pictures of LeakyExplorer: gradients over the weights behind their average, and the error for every β.

const framed = (name, paper, draw) =>
  ({ node: element("div", { class: `picture ${name}` }, paper.canvas), draw, resize: paper.resize, describe: paper.describe });

const LOOKS = [["gradient", "soft", 0], ["truth", "ink", 1.2], ["average", "momentum", 2.4], ["corrected", "momentum", 1.4, [4, 3]]];

function gradientsPicture(length) {
  const paper = sheet(), { pen } = paper;
  function legend(pen, theme) {
    let x = 8;
    for (const [label, color, width, dash = []] of LOOKS) {
      pen.strokeStyle = pen.fillStyle = theme(color);
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.beginPath();
      if (width) { pen.moveTo(x, 13); pen.lineTo(x += 18, 13); pen.stroke(); } else { pen.arc(x += 3, 13, 2.4, 0, 7); pen.fill(); }
      pen.fillStyle = theme("soft");
      pen.fillText(label, x += 5, 17);
      x += pen.measureText(label).width + 11;
    }
    pen.setLineDash([]);
  }
  function draw({ truth, gradients, average, corrected, steps }, noise, theme) {
    const low = Math.min(0, ...truth) - 2.7 * noise - 0.2, high = Math.max(0, ...truth) + 2.7 * noise + 0.2;
    const { toX, toY, paint, inside } = axes(paper, { x: [0, length], y: [low, high], bottom: 10 });
    paper.backdrop((under) => {
      paint(under, theme, { atY: ticks(low, high, 4) });
      under.textAlign = "left";
      legend(under, theme);
    }, low, high, length, theme("line"));
    const at = (t) => toX(t + 1);
    inside(pen, () => {
      pen.fillStyle = theme("soft");
      pen.beginPath();
      for (let t = 0; t < steps; t++) { pen.moveTo(at(t) + 2.4, toY(gradients[t])); pen.arc(at(t), toY(gradients[t]), 2.4, 0, 7); }
      pen.fill();
      pen.lineJoin = "round";
      for (const [values, [, color, width, dash = []]] of [[truth, LOOKS[1]], [corrected, LOOKS[3]], [average, LOOKS[2]]]) {
        pen.strokeStyle = theme(color);
        pen.lineWidth = width;
        pen.setLineDash(dash);
        curve(pen, values, values.length - 1, at, toY);
      }
      pen.setLineDash([]);
    });
  }
  return framed("gradients", paper, draw);
}

function weightsPicture(length) {
  const paper = sheet(), { pen } = paper;
  function draw(weight, { steps, count, share, age }, theme) {
    const { toX, toY, paint } = axes(paper, { x: [0, length], y: [0, 1], top: 46 });
    const across = `${length} steps`, title = "weights:";
    paper.backdrop((under) => paint(under, theme, { atX: [0], atY: [0, 1], title, across }), length, theme("line"));
    const wide = Math.max(1, 0.75 * (toX(1) - toX(0)));
    for (let t = steps; t > 0; t--) {
      pen.fillStyle = theme(steps - t < count ? "momentum" : "soft");
      pen.fillRect(toX(t) - wide / 2, toY(weight(steps - t)), wide, toY(0) - toY(weight(steps - t)));
    }
    pen.font = FONT;
    pen.textAlign = "left";
    pen.fillStyle = theme("momentum");
    pen.fillText(`${percent(share)} in the last ${count}`, 8 + pen.measureText(`${title} `).width, 17);
    const x = toX(steps - age), words = `${x < toX(0) ? "← " : ""}mean age ${rough(age)}`, half = pen.measureText(words).width / 2;
    pen.fillStyle = pen.strokeStyle = theme("ink");
    pen.textAlign = "center";
    pen.fillText(words, Math.min(paper.width - 10 - half, Math.max(toX(0) + half, x)), 36);
    if (x < toX(0)) return;
    pen.lineWidth = 1.2;
    pen.beginPath();
    pen.moveTo(x, 41);
    pen.lineTo(x, toY(0));
    pen.stroke();
  }
  return framed("weights", paper, draw);
}

function errorsPicture() {
  const paper = sheet(), { pen } = paper;
  function draw(memory, errors, now, theme) {
    const last = memory.length - 1, high = 1.08 * Math.max(...errors.noise, ...errors.lag, ...errors.both, 0.01);
    const place = memory.map(Math.log10), { toX, toY, paint } = axes(paper, { x: [place[0], place[last]], y: [0, high], right: 16 });
    const atX = [1, 3, 10, 30, 100, 300, 1000].map(Math.log10).filter((u) => u >= place[0] - 1e-9 && u <= place[last] + 1e-9);
    const words = { atX, atY: ticks(0, high, 4), tickX: (u) => show(10 ** u), title: "error, by memory 1/(1−β)" };
    paper.backdrop((under) => paint(under, theme, words), high, place.join(), theme("line"));
    pen.font = FONT;
    // Each curve has its name where the others are not: the place along it, and how far from it.
    const early = Math.round(0.17 * last);
    for (const [name, color, width, k, dx, dy] of [["noise", "soft", 1.4, last, 0, -12], ["lag", "ink", 1.4, early, 9, 13], ["both", "momentum", 2.4, 0, 7, -6]]) {
      pen.strokeStyle = pen.fillStyle = theme(color);
      pen.lineWidth = width;
      curve(pen, errors[name], last, (k) => toX(place[k]), toY);
      pen.textAlign = k === last ? "right" : "left";
      pen.fillText(name, toX(place[k]) + dx, toY(errors[name][k]) + dy);
    }
    pen.fillStyle = theme("field");
    pen.strokeStyle = theme("ink");
    pen.beginPath();
    pen.arc(toX(Math.log10(now.memory)), toY(now.error), 5, 0, 7);
    pen.fill();
    pen.stroke();
  }
  return framed("errors", paper, draw);
}
