// The map of momentum's regimes: spectral radius over ηλ (across, by its root) and β (up), and a spectrum on it.

// Colours for numbers from 0 to 1, as 256 triples, from a shorter list of "#rrggbb".
function shades(colors) {
  const table = new Uint8ClampedArray(3 * 256);
  const channel = (color, i) => parseInt(color.slice(1 + 2 * i, 3 + 2 * i), 16);
  for (let k = 0; k < 256; k++) {
    const at = (k / 255) * (colors.length - 1), low = Math.min(Math.floor(at), colors.length - 2);
    for (let i = 0; i < 3; i++) {
      table[3 * k + i] = channel(colors[low], i) + (at - low) * (channel(colors[low + 1], i) - channel(colors[low], i));
    }
  }
  return table;
}

// A picture of `value(px, py)`, left clear where it is 1 or more.
function heat(width, height, value, table) {
  const canvas = new OffscreenCanvas(width, height), pen = canvas.getContext("2d"), image = pen.createImageData(width, height);
  for (let j = 0, at = 0; j < height; j++) {
    for (let i = 0; i < width; i++, at += 4) {
      const v = value(i + 0.5, j + 0.5), k = 3 * Math.round(255 * v);
      if (!(v < 1)) continue;
      image.data.set([table[k], table[k + 1], table[k + 2], 255], at);
    }
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

function regimeMap({ spec, program, get, set, commit }) {
  const paper = sheet(), { canvas, pen } = paper, { colors, levels, names, dark, light } = spec.map, table = shades(colors);
  // The ring goes in finer steps than the sliders.
  const controls = ["z", "momentum"].map((key) => spec.controls.find((c) => c.key === key)).map((c) => ({ ...c, step: c.step / 10 }));
  let across = axes(paper, { x: [0, 2], y: [0, 1] });
  const toX = (z) => across.toX(Math.sqrt(z));
  const at = (px, py) => [Math.max(0, across.fromX(px)) ** 2, across.fromY(py)];
  const ring = draggable({ canvas, controls, at, get, set, commit, name: spec.title });
  const node = element("div", { class: "picture map", style: `--ring: ${light}` }, canvas, ...ring.nodes);
  function resize() {
    paper.resize();
    across = axes(paper, { x: [0, 2], y: [0, 1], right: 14, top: 30 });
  }

  // A line through points (z, β), dark with a light edge.
  function line(pen, points, width, edge) {
    for (const [color, wide] of [[light, width + edge], [dark, width]]) {
      pen.strokeStyle = color;
      pen.lineWidth = wide;
      polyline(pen, points.length - 1, (k) => toX(points[k][0]), (k) => across.toY(points[k][1]));
    }
  }
  function words(pen, text, x, y) {
    pen.globalAlpha = 0.5;
    pen.lineWidth = 3;
    pen.strokeStyle = light;
    pen.strokeText(text, x, y);
    pen.globalAlpha = 1;
    pen.fillStyle = dark;
    pen.fillText(text, x, y);
  }
  const between = ([z0, b0], [z1, b1]) => Array.from({ length: 25 }, (_, k) => [z0 + (k / 24) * (z1 - z0), b0 + (k / 24) * (b1 - b0)]);

  function scale(pen, theme) {
    const wide = 80, x = across.toX(2) - wide - 10;
    for (let k = 0; k < wide; k++) {
      pen.fillStyle = `rgb(${table.subarray(3 * Math.round((255 * k) / wide)).slice(0, 3).join()})`;
      pen.fillRect(x + k, 9, 1.5, 9);
    }
    pen.fillStyle = theme("soft");
    pen.textAlign = "left";
    pen.fillText("1", x + wide + 5, 17);
    pen.textAlign = "right";
    pen.fillText("ρ  0", x - 5, 17);
  }

  function paint(under, theme) {
    const marks = [0, 0.25, 1, 2.25, 4].map(Math.sqrt);
    across.paint(under, theme, { atX: marks, tickX: (u) => show(u * u), atY: [0, 0.25, 0.5, 0.75, 1], title: "momentum β" });
    under.font = `italic ${FONT}`;
    under.fillText("ηλ", across.toX(1.75), paper.height - 7);
    under.font = FONT;
    const { toY } = across, left = toX(0), top = toY(1), width = Math.round(toX(4) - left), height = Math.round(toY(0) - top);
    under.drawImage(heat(width, height, (i, j) => {
      const [z, beta] = at(left + i, top + j);
      return program.radius(z, beta);
    }, table), left, top, width, height);
    scale(under, theme);
    for (const rho of levels) {
      const [z0, z1, z2, z3, beta] = program.corners(rho), corners = [[z0, 0], [z1, beta], [z2, beta], [z3, 0]];
      under.strokeStyle = light;
      under.globalAlpha = 0.55;
      under.lineWidth = 0.8;
      const points = [0, 1, 2].flatMap((k) => between(corners[k], corners[k + 1]));
      polyline(under, points.length - 1, (k) => toX(points[k][0]), (k) => toY(points[k][1]));
      under.globalAlpha = 1;
    }
    const up = Array.from({ length: 201 }, (_, k) => Math.min(k / 200, 1 - 1e-9));
    for (const side of [0, 1]) line(under, up.map((beta) => [program.critical(beta)[side], beta]), 1.2, 1.6);
    line(under, up.map((beta) => [program.limit(beta), beta]), 1.2, 1.6);
    under.textAlign = "center";
    for (const rho of levels) words(under, show(rho), across.toX(1), toY(program.corners(rho)[4]) + 4);
    under.textAlign = "left";
    for (const [u, beta, name] of names) words(under, name, across.toX(u), toY(beta));
    under.textAlign = "right";
    under.fillStyle = theme("danger");
    under.fillText("diverges", toX(4) - 4, toY(0.1));
  }

  function draw(directions, slowest, theme) {
    paper.backdrop((under) => paint(under, theme), theme("line"));
    const beta = get("momentum"), y = across.toY(beta);
    if (get("kappa") > 1) {
      line(pen, [[directions.at(-1).z, beta], [directions[0].z, beta]], 1.5, 2);
      directions.forEach(({ z }, i) => {
        pen.beginPath();
        pen.arc(toX(z), y, i === slowest ? 5 : 3.5, 0, 7);
        pen.fillStyle = i === slowest ? dark : light;
        pen.strokeStyle = i === slowest ? light : dark;
        pen.lineWidth = 1.4;
        pen.fill();
        pen.stroke();
      });
    }
    ring.place(toX(get("z")), y);
  }
  return { node, draw, resize, describe: paper.describe };
}
