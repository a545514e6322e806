// SaddleExplorer: a crowd of walkers that starts on a saddle, and how far along y it should be. All mathematics comes from
// `program`.

// Walks `steps` steps: where each walker is then, and the mean of y² after each step.
function leaveSaddle({ program, spec }, { method, lr, descent, steps, batch, seed }) {
  const count = spec.walkers, squares = new Float64Array(steps);
  const carried = [0, 0, ...spec.starts[method]].map((first) => new Float64Array(count).fill(first)), [x, y] = carried;
  const hyper = { ...spec.hyper[method], lr }, params = { descent, batch };
  const usual = spec.initial.steps, long = spec.controls.find(({ key }) => key === "steps").max;
  const noise = shocks(seed, 2 * count * (steps > usual ? Math.max(long, steps) : usual)), step = program.crowds[method];
  for (let k = 0; k < steps; k++) {
    step(k, count, carried, hyper, params, noise);
    let sum = 0;
    for (let i = 0; i < count; i++) sum += y[i] * y[i];
    squares[k] = sum / count;
  }
  return { x, y, squares };
}

// A positive number for a sentence: three digits.
const measure = (value) => (value < 1e6 && value >= 1e-3 ? String(Number(value.toPrecision(3))) : rough(value));

// `rest` is the dotted line where there is one, `short` by how much steps of this size fall short of the formula.
function saddleWords({ square, error, formula, push, far }, { method, lr, descent, steps }, { count, outside, rest, short }) {
  const ratio = square / formula, within = Math.abs(square - formula) < 2 * error;
  const compared = within ? "within two errors of it" : `${measure(ratio)} of it`;
  const slope = push < 0.1 ? "diffusion alone, so far" : push < 1 ? "the slope begins to help" : "the slope drives";
  const name = method === 2 ? "ηT√(Bh)" : "hηT";
  const wide = Math.sqrt(formula) > lr * steps;
  const coarse = method === 2 && wide ? "; the formula's sd is above ηT" : short > 0.1 ? `; with ηh = ${measure(lr * descent)} steps are too large for the formula` : "";
  const why = method === 1 ? `, and ${measure(square / rest)} of the dotted line` : method === 3 ? "; it is for averages that have settled" : "";
  const lost = outside === count ? ", all outside the picture" : outside ? `, ${outside} outside the picture` : "";
  return [
    `mean of y² ${measure(square)} ± ${measure(error)} after ${stepsOf(steps)}; ${far} of ${count} beyond |y| = 1${lost}.`,
    `${measure(formula)}; the walkers have ${within ? `${measure(ratio)} of it, ${compared}` : compared}${why}.`,
    `${name} = ${measure(push)}: ${slope}${coarse}.`,
  ];
}

const stepsOf = (steps) => `${steps} step${steps === 1 ? "" : "s"}`;

function saddleView(context) {
  return explorerView(context, ({ spec, program }) => {
    const cloud = cloudPicture(spec), spread = spreadPicture();
    let last = {};
    function draw(values, theme) {
      const { method, lr, descent, steps, batch } = values, key = Object.values(values).join();
      if (last.key !== key) last = { key, ...leaveSaddle({ program, spec }, values) }; // a new theme is no new walk
      const { x, y, squares } = last, count = spec.walkers, [across, up] = spec.window, square = squares[steps - 1];
      let apart = 0, far = 0, outside = 0;
      for (let i = 0; i < count; i++) {
        apart += (y[i] * y[i] - square) ** 2;
        far += Math.abs(y[i]) > 1;
        outside += Math.abs(x[i]) > across[1] || Math.abs(y[i]) > up[1];
      }
      const formula = (k) => program.formulas(k, lr, descent, batch)[method];
      const result = {
        square, error: Math.sqrt(apart / count / count), formula: formula(steps),
        push: program.pushes(steps, lr, descent, batch)[method], far,
      };
      cloud.draw(x, y, Math.sqrt(result.formula), theme);
      const rest = method === 1 && ((k) => program.rest(k, lr, descent, batch));
      spread.draw(squares, formula, rest, steps, theme);
      const short = program.shortfalls(steps, lr, descent, batch)[method];
      return { said: saddleWords(result, values, { count, outside, rest: rest && rest(steps), short }), result };
    }
    const about = ["The walkers at the saddle.", "Mean of y squared, by step."];
    return { pictures: [cloud, spread].map((picture, i) => [picture, about[i]]), draw };
  });
}
