// DecayExplorer: two weights that shrink, by an L2 penalty and by a decoupled decay, and their means over all noise. All
// mathematics comes from `program`.

const DECAYS = ["decay", "l2"]; // in the order they are drawn

function weightPicture(which, names) {
  const paper = sheet(), { pen } = paper, node = element("div", { class: `picture ${which}` }, paper.canvas);
  // A solid line is pale and wide where the dashed one has its colour: both are seen when they lie on each other.
  function look(pen, method, kind, theme) {
    const under = kind === "decay" && method.l2.color === method.decay.color;
    pen.strokeStyle = pen.fillStyle = theme(method[kind].color);
    pen.globalAlpha = under ? 0.4 : 1;
    pen.lineWidth = under ? 5 : kind === "decay" ? 3 : 2;
    pen.setLineDash(method[kind].dash);
  }
  function legend(pen, method, theme) {
    let x = 8;
    for (const kind of DECAYS) {
      look(pen, method, kind, theme);
      pen.beginPath();
      pen.moveTo(x, 33);
      pen.lineTo(x += 26, 33);
      pen.stroke();
      pen.globalAlpha = 1;
      pen.fillText(names[kind], x += 5, 37);
      x += pen.measureText(names[kind]).width + 14;
    }
    pen.setLineDash([]);
    pen.fillStyle = theme("soft");
    if (method.expected) pen.fillText("thin: on average", x, 37);
  }
  function draw(paths, i, method, size, steps, theme) {
    const at = (theta) => { const values = new Float64Array(steps + 1); for (let k = 0; k <= steps; k++) values[k] = theta[2 * k + i]; return values; };
    const seen = Object.fromEntries(Object.entries(paths).map(([kind, theta]) => [kind, at(theta)]));
    let low = 0, high = 1;
    for (const values of Object.values(seen)) for (const v of values) { if (v < low) low = v; if (v > high && v < Infinity) high = v; }
    const room = 0.06 * (high - low), title = `${which}: gradients of size ${show(size)}`;
    const { toX, toY, paint, inside } = axes(paper, { x: [0, steps], y: [low - room, high + room], top: 48 });
    const across = `${steps} step${steps === 1 ? "" : "s"}`;
    paper.backdrop((under) => {
      paint(under, theme, { atX: [0], atY: ticks(low - room, high + room, 5), title, across });
      under.textAlign = "left";
      legend(under, method, theme);
    }, low, high, steps, title, method.name, theme("line"));
    inside(pen, () => {
      pen.lineJoin = "bevel";
      for (const kind of method.expected ? DECAYS : []) {
        pen.strokeStyle = theme("ink");
        pen.lineWidth = 1;
        pen.setLineDash(method[kind].dash);
        curve(pen, seen[`expected_${kind}`], steps, toX, toY, 1);
      }
      for (const kind of DECAYS) {
        look(pen, method, kind, theme);
        curve(pen, seen[kind], steps, toX, toY, 1);
      }
      pen.setLineDash([]);
      pen.globalAlpha = 1;
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

// The mean weights under Adam with a penalty, step by step.
function meanUnderAdam(program, { lr, weight_decay }, sizes, steps, path) {
  sizes.forEach((size, i) => {
    let theta = (path[i] = 1), m = 0, v = 0;
    for (let t = 1; t <= steps; t++) {
      [theta, m, v] = program.mean(theta, m, v, t, lr, weight_decay, size);
      path[2 * t + i] = theta;
    }
  });
}

function decayWords({ l2, decay, expected_l2: meanL2, expected_decay: mean }) {
  if (!Number.isFinite(l2) || !Number.isFinite(decay)) return "no number is left of it.";
  const near = (value) => Math.abs(value) < 1e-12 ? "0" : rough(value); // below, it is the rounding that speaks
  const same = (one, other) => Math.abs(one - other) <= Math.max(1e-12, 1e-9 * Math.abs(one));
  const now = same(l2, decay) ? `ends at ${near(l2)} by both` : `ends at ${near(l2)} by L2, at ${near(decay)} by decay`;
  if (mean === undefined) return `${now}.`;
  return `${now}; on average at ${near(meanL2)}${same(meanL2, mean) ? "" : ` and ${near(mean)}`}.`;
}

function decayView(context) {
  return explorerView(context, ({ spec, program }) => {
    const { weights, methods, names } = spec, kept = {};
    const pictures = weights.map((which) => weightPicture(which, names));
    const room = (name, steps) => {
      if (kept[name]?.length !== 2 * (steps + 1)) kept[name] = new Float64Array(2 * (steps + 1));
      return kept[name];
    };
    function draw(values, theme) {
      const { optimizer = 1, lr, weight_decay, steps, seed } = values, method = methods[optimizer - 1];
      const noise = shocks(seed, 2 * steps), hyper = { ...method.hyper, lr, weight_decay }, loss = new Float64Array(steps + 1);
      const sizes = weights.map((which) => values[which]), named = (list) => Object.fromEntries(list.map((size, i) => [weights[i], size]));
      const paths = {};
      const run = (kind, name, list) => {
        paths[name] = room(name, steps);
        program.runs[method[kind].run]([1, 1], steps, hyper, named(list), noise, paths[name], loss);
      };
      for (const kind of DECAYS) {
        run(kind, kind, sizes);
        if (method.expected && !(kind === "l2" && method.expected === "adam")) run(kind, `expected_${kind}`, [0, 0]);
      }
      if (method.expected === "adam") meanUnderAdam(program, values, sizes, steps, paths.expected_l2 = room("expected_l2", steps));
      pictures.forEach((picture, i) => picture.draw(paths, i, method, sizes[i], steps, theme));
      const result = Object.fromEntries(weights.map((which, i) =>
        [which, Object.fromEntries(Object.entries(paths).map(([name, theta]) => [name, theta[2 * steps + i]]))]));
      return { said: weights.map((which) => decayWords(result[which])), result };
    }
    const about = weights.map((which) => `The ${which} weight, step by step: dashed for an L2 penalty, solid for a decoupled decay.`);
    return { pictures: pictures.map((picture, i) => [picture, about[i]]), draw };
  });
}
