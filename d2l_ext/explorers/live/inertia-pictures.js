// The pictures of InertiaExplorer: inertia against step, on an axis logarithmic in what is left to 1; iterates against step.

// Numbers 1 to `count` beside the right ends of lines; those that would overlap share a place.
function endLabels(pen, theme, colors, x, heights) {
  const order = heights.map((y, i) => [y, i]).sort((one, other) => one[0] - other[0]), groups = [];
  for (const [y, i] of order) {
    const last = groups.at(-1);
    if (last && y - last.at < 12) last.members.push(i);
    else groups.push({ at: y, members: [i] });
  }
  pen.font = FONT;
  pen.textAlign = "left";
  for (const { at, members } of groups) {
    const named = members.map((i) => i + 1).sort(), run = named.length > 2 && named.at(-1) - named[0] === named.length - 1;
    pen.fillStyle = theme(members.length === 1 ? colors[members[0]] : "ink");
    pen.fillText(run ? `${named[0]}–${named.at(-1)}` : named.length > 3 ? `${named.length} of ${colors.length}` : named.join(","), x, at + 4);
  }
}

const stepWords = (steps) => `${steps} step${steps === 1 ? "" : "s"}`;

function inertiaPicture({ colors }) {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture inertia" }, paper.canvas);
  function draw(beta1, { steps, eps, ...values }, theme) {
    const beta0 = values["betas.0"], top = -Math.log10(eps), room = 0.06 * top;
    const { toX, toY, paint, inside } = axes(paper, { x: [1, Math.max(steps, 2)], y: [-room, top + room], left: 50, right: 46 });
    const up = (inertia) => toY(-Math.log10(1 - inertia)), atY = Array.from({ length: Math.floor(top + 1e-9) + 1 }, (_, e) => e);
    paper.backdrop((under) => {
      paint(under, theme, { atX: [1], atY, tickY: (e) => (e ? String(digits(1 - 10 ** -e)) : "0"), title: "inertia β₁ of coordinates 1 (most noise) to 5", across: stepWords(steps) });
      under.lineWidth = 1.2;
      under.strokeStyle = under.fillStyle = theme("soft");
      const level = (inertia, dash, words, side, x, down) => {
        under.setLineDash(dash);
        under.beginPath();
        under.moveTo(toX(1), up(inertia));
        under.lineTo(toX(Math.max(steps, 2)), up(inertia));
        under.stroke();
        under.textAlign = side;
        under.fillText(words, x, up(inertia) + down);
      };
      level(0, [2, 4], "clip at 0: no inertia", "left", toX(1) + 4, 13);
      level(1 - eps, [2, 4], "clip at 1 − ε", "left", toX(1) + 4, -4);
      if (beta0 > 2 * eps && beta0 < 0.8) level(1 - beta0, [7, 5], "1 − β₀", "right", toX(Math.max(steps, 2)) - 4, -4);
      under.setLineDash([]);
    }, steps, eps, beta0, theme("line"));
    inside(pen, () => {
      pen.lineWidth = values["betas.1"] < 0.9 ? 1 : 1.8; // lines that shake would hide each other
      pen.lineJoin = "bevel";
      beta1.forEach((own, i) => {
        pen.strokeStyle = theme(colors[i]);
        curve(pen, own, steps - 1, (k) => toX(k + 1), up, 1);
      });
    });
    endLabels(pen, theme, colors, paper.width - 40, beta1.map((own) => up(own[steps - 1])));
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

function placesPicture({ colors }) {
  const paper = sheet(), { pen } = paper, count = colors.length, node = element("div", { class: "picture places" }, paper.canvas);
  function draw(rows, steps, theme) {
    let low = 0, high = 1;
    for (let k = 0; k <= steps; k++) {
      for (let i = 0; i < count; i++) {
        const x = rows[2 * count * k + i];
        if (x < low) low = x;
        if (x > high) high = x;
      }
    }
    const own = new Float64Array(steps + 1), room = 0.06 * (high - low), { toX, toY, paint, inside } = axes(paper, { x: [0, steps], y: [low - room, high + room] });
    paper.backdrop((under) => {
      paint(under, theme, { atX: [0], atY: ticks(low - room, high + room, 5), title: "where they are: x (5 is thick)", across: stepWords(steps) });
    }, low, high, steps, theme("line"));
    inside(pen, () => {
      pen.lineJoin = "bevel";
      for (let i = 0; i < count; i++) {
        for (let k = 0; k <= steps; k++) own[k] = rows[2 * count * k + i];
        pen.lineWidth = i === count - 1 ? 2 : 1; // the last is to be seen among those that shake
        pen.strokeStyle = theme(colors[i]);
        curve(pen, own, steps, toX, toY, 1);
      }
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
