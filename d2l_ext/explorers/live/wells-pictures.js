// The pictures of WellsExplorer: the wells and who is in them, how many are still at home, the law of leaving.

function wellsPicture({ window: span, height, walkers }) {
  const paper = sheet(), { pen } = paper, bins = 68, wide = (span[1] - span[0]) / bins;
  const node = element("div", { class: "picture basins" }, paper.canvas);
  function draw(value, x, ratio, share, theme) {
    const place = axes(paper, { x: span, y: [0, 2 * height], left: 14, right: 14 }), { toX, toY, paint, inside } = place;
    const counts = [new Float64Array(bins), new Float64Array(bins)];
    for (let i = 0; i < walkers; i++) {
      const bin = Math.floor((x[i] - span[0]) / wide);
      if (bin >= 0 && bin < bins) counts[i < walkers / 2 ? 0 : 1][bin] += 1;
    }
    let most = 1;
    for (let i = 0; i < bins; i++) most = Math.max(most, counts[0][i] + counts[1][i]);
    const one = (toY(0) - toY(1.85 * height)) / most;
    paper.backdrop((under) => {
      paint(under, theme, { atX: ticks(...span, 6), across: "x" });
      place.inside(under, () => {
        under.strokeStyle = theme("soft");
        under.lineWidth = 1.6;
        polyline(under, 400, (k) => toX(span[0] + (k * (span[1] - span[0])) / 400), (k) => toY(value(span[0] + (k * (span[1] - span[0])) / 400)));
      });
    }, ratio, theme("line"));
    inside(pen, () => {
      pen.globalAlpha = 0.62;
      for (let i = 0; i < bins; i++) {
        const across = toX(span[0] + i * wide), thick = toX(span[0] + (i + 1) * wide) - across - 0.5;
        let base = toY(0);
        for (const [home, color] of [[0, "other-1"], [1, "other-2"]]) {
          const tall = counts[home][i] * one;
          pen.fillStyle = theme(color);
          if (tall) pen.fillRect(across, base - tall, thick, tall);
          base -= tall;
        }
      }
      pen.globalAlpha = 1;
    });
    pen.font = FONT;
    for (const [words, color, align, at] of [["from the sharp well", "other-1", "left", 8], ["from the flat well", "other-2", "right", paper.width - 8]]) {
      pen.fillStyle = theme(color);
      pen.textAlign = align;
      pen.fillText(words, at, 17);
    }
    pen.fillStyle = theme("ink");
    pen.textAlign = "right";
    pen.fillText(`flat side now: ${percent(share)}`, paper.width - 8, 33);
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

function staysPicture() {
  const paper = sheet(), { pen } = paper, low = -2;
  const node = element("div", { class: "picture stays" }, paper.canvas);
  function draw(sharp, flat, steps, begin, theme) {
    const { toX, toY, paint, inside } = axes(paper, { x: [0, steps], y: [low, 0], right: 14 });
    const up = (share) => toY(share > 0 ? Math.log10(share) : low - 1);
    paper.backdrop((under) => {
      under.fillStyle = theme("shade");
      under.fillRect(toX(0), toY(0), toX(begin) - toX(0), toY(low) - toY(0));
      paint(under, theme, { atX: [0], atY: [-2, -1, 0], tickY: (e) => ["1 %", "10 %", "100 %"][e + 2], title: "still at home, theory dashed; grey: not counted", across: `${steps} steps` });
    }, steps, theme("line"));
    inside(pen, () => {
      for (const [well, color] of [[sharp, "other-1"], [flat, "other-2"]]) {
        pen.setLineDash([5, 4]);
        pen.strokeStyle = theme("ink");
        pen.lineWidth = 1.2;
        polyline(pen, 1, (k) => toX(k * steps), (k) => toY(Math.max(-50, (-k * steps * Math.LOG10E) / well.theory)));
        pen.setLineDash([]);
        pen.strokeStyle = theme(color);
        pen.lineWidth = 2.2;
        curve(pen, well.home, steps, toX, up);
      }
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

function lawPicture({ colors, names, controls }) {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture law" }, paper.canvas);
  const { max } = controls.find(({ key }) => key === "ratio"), points = 40;
  const at = Array.from({ length: points + 1 }, (_, i) => max ** (i / points));
  function draw(escapes, measured, method, theme) {
    const all = at.map(escapes), shown = [...new Set([0, 1, 2, method])], logs = shown.map((i) => all.map((values) => Math.log10(values[i])));
    const low = Math.floor(Math.min(...logs.flat())), top = Math.ceil(Math.max(...logs.flat())), high = Math.min(top, low + 12);
    const { toX, toY, paint, inside } = axes(paper, { x: [0, Math.log10(max)], y: [low, high], right: 16 });
    const atX = Array.from({ length: Math.floor(max) }, (_, i) => Math.log10(i + 1));
    paper.backdrop((under) => {
      paint(under, theme, { atX, tickX: (u) => show(10 ** u), atY: ticks(low, high, 5).filter(Number.isInteger), tickY: powerOfTen, title: "steps to leave, by sharpness" });
    }, low, high, theme("line"));
    pen.font = FONT;
    inside(pen, () => {
      shown.forEach((i, line) => {
        pen.strokeStyle = theme(colors[i]);
        pen.lineWidth = i === method ? 2.6 : 1.2;
        curve(pen, logs[line], points, (k) => toX(Math.log10(at[k])), toY);
      });
    });
    pen.textAlign = "right";
    [...shown].reverse().forEach((i, line) => {
      pen.fillStyle = theme(colors[i]);
      pen.fillText(names[i], paper.width - 18, 50 + 16 * line);
    });
    pen.fillStyle = theme("field");
    pen.lineWidth = 2;
    for (const [{ counted, risk }, well, color] of measured) {
      if (!counted) continue;
      pen.strokeStyle = theme(color);
      const far = 2 * Math.sqrt(counted), least = counted > far ? counted - far : counted / 10;
      const across = toX(Math.log10(well)), ends = [least, counted + far].map((exits) => toY(Math.log10(risk / exits)));
      pen.beginPath();
      pen.moveTo(across, ends[0]);
      pen.lineTo(across, ends[1]);
      pen.stroke();
      pen.beginPath();
      pen.arc(across, toY(Math.log10(risk / counted)), 4.5, 0, 7);
      pen.fill();
      pen.stroke();
    }
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
