// SpectrumExplorer: error against step, direction by direction, of three methods on one quadratic.

// One method in every direction, each from 1: sizes and their mean square as powers of ten, all in kept arrays.
function alongSpectrum(program, spec, name, { kappa, factor, steps }, kept) {
  const [lr, momentum, flat, steep] = program.best[name](kappa, factor);
  const { theta, loss, sizes, error } = kept, last = spec.directions - 1;
  error.fill(0);
  for (let i = 0; i <= last; i++) {
    program.runs[name]([1], steps, { lr, momentum }, { curvature: kappa ** (i / last - 1) }, [], theta, loss);
    for (let k = 0; k <= steps; k++) {
      const size = Math.abs(theta[k]);
      error[k] += size * size;
      sizes[i][k] = Math.log10(Math.max(size, 1e-300));
    }
  }
  let first = null;
  for (let k = 0; k <= steps; k++) {
    const size = Math.sqrt(error[k] / spec.directions);
    if (first === null && size < spec.tolerance) first = k;
    if (k === steps) kept.end = size;
    error[k] = Math.log10(Math.max(size, 1e-300));
  }
  const slowest = Math.abs(flat - steep) < 1e-9 ? "both" : flat > steep ? "flat" : "steep";
  return { lr, momentum, rates: [flat, steep], steps: first, error: kept.end, slowest, diverged: Math.max(flat, steep) > 1 + 1e-9 };
}

function spectrumPicture({ name, label }, { directions, heights, tolerance }) {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture" }, paper.canvas);
  const small = FONT.replace("12px", "11px");

  function draw({ sizes, error }, found, steps, theme) {
    const frame = axes(paper, { x: [0, steps], y: heights, top: 54 }), { toX, toY, inside } = frame;
    const color = theme(name), goal = Math.log10(tolerance);
    const line = (on, width, dash = [], alpha = 1, stroke = color) => {
      on.strokeStyle = stroke;
      on.lineWidth = width;
      on.setLineDash(dash);
      on.globalAlpha = alpha;
    };
    paper.backdrop((under) => {
      frame.paint(under, theme, { atX: [0], atY: [0, -3, goal], tickY: powerOfTen, across: `${steps} steps` });
      under.textAlign = "left";
      under.fillStyle = theme("ink");
      under.font = `600 ${FONT}`;
      under.fillText(label, 8, 17);
      under.font = small;
      let x = 8;
      for (const [word, ...look] of [["flat", 1.2, [4, 3]], ["steep", 1.2], ["between", 0.9, [], 0.4], ["all", 2.6], ["ρᵗ", 1, [], 1, theme("ink")]]) {
        line(under, ...look);
        under.beginPath();
        under.moveTo(x, 32);
        under.lineTo(x + 12, 32);
        under.stroke();
        line(under, 1);
        under.fillText(word, x + 15, 36);
        x += 21 + under.measureText(word).width;
      }
    }, steps, color, theme("line"));
    inside(pen, () => {
      pen.lineJoin = "round";
      for (let i = directions - 1; i > 0; i--) {
        const end = i === directions - 1;
        line(pen, end ? 1.2 : 0.9, [], end ? 1 : 0.4);
        curve(pen, sizes[i], steps, toX, toY);
      }
      line(pen, 2.6);
      curve(pen, error, steps, toX, toY);
      const slope = Math.log10(Math.max(...found.rates));
      line(pen, 1, [], 1, theme("ink"));
      pen.beginPath();
      pen.moveTo(toX(0), toY(0));
      pen.lineTo(toX(steps), toY(Math.max(-400, slope * steps)));
      pen.stroke();
      line(pen, 1.6, [4, 3]); // on top: where the flat direction is ρᵗ itself, its dashes show
      curve(pen, sizes[0], steps, toX, toY);
    });
    line(pen, 1);
    if (found.steps === null) return;
    // Where the error passes the goal: a dot, and how many steps that took.
    const x = toX(found.steps), y = toY(goal);
    pen.fillStyle = color;
    pen.beginPath();
    pen.arc(x, y, 4, 0, 7);
    pen.fill();
    pen.fillStyle = theme("ink");
    pen.font = `600 ${FONT}`;
    const room = paper.width - x > 50;
    pen.textAlign = room ? "left" : "right";
    pen.fillText(found.steps, x + (room ? 7 : -4), y + (room ? -7 : 17));
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

function spectrumInWords({ rates, steps, error, slowest, diverged }, tolerance) {
  const rate = `ρ = ${show(Math.max(...rates))}`, where = slowest === "both" ? "the same at both ends" : `set by the ${slowest} end`;
  if (diverged) return `diverges; ${rate}, ${where}.`;
  const much = steps === null ? `ends at ${show(error)} of its first error` : `falls to ${powerOfTen(Math.log10(tolerance))} in ${steps} steps`;
  return `${much}; ${rate}, ${where}.`;
}

function spectrumView(context) {
  return explorerView(context, ({ spec, program }) => {
    const room = 1 + spec.controls.find(({ key }) => key === "steps").max;
    const array = () => new Float64Array(room), theta = array(), loss = array();
    const parts = spec.rules.map((rule) => ({
      rule, picture: spectrumPicture(rule, spec),
      kept: { theta, loss, error: array(), sizes: Array.from({ length: spec.directions }, array) },
    }));
    function draw(values, theme) {
      const runs = {}, said = parts.map(({ rule: { name }, picture, kept }) => {
        const found = (runs[name] = alongSpectrum(program, spec, name, values, kept));
        picture.draw(kept, found, values.steps, theme);
        return spectrumInWords(found, spec.tolerance);
      });
      return { said, result: { runs } };
    }
    const about = ({ label }) => `${label}: error against step in ${spec.directions} directions, from flat to steep.`;
    return { pictures: parts.map(({ rule, picture }) => [picture, about(rule)]), draw };
  });
}
