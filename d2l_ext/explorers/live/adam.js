// AdamExplorer: four rules in a valley turned against the axes, drawn in the valley's frame; Adam's effective
// learning rates. All mathematics comes from `program`.

// Runs of all rules: iterates as the rule has them, and the path as the picture shows it.
function runAngled(program, spec, values, buffers) {
  const named = (pairs) => Object.fromEntries(pairs.map(([name, key]) => [name, values[key]]));
  const { steps, angle } = values, params = named(spec.params), start = program.turn(values["start.0"], values["start.1"], angle);
  return spec.rules.map(({ name, color, hyper }, i) => {
    const width = name === "adam" ? 4 : 2; // after Adam's iterate come its second moments
    if (buffers[i]?.loss.length !== steps + 1) {
      buffers[i] = { rows: new Float64Array(width * (steps + 1)), theta: new Float64Array(2 * (steps + 1)), loss: new Float64Array(steps + 1) };
    }
    const { rows, theta, loss } = buffers[i];
    program.runs[name](start, steps, named(Object.entries(hyper)), params, [], rows, loss);
    for (let k = 0; k <= steps; k++) theta.set(program.turn(rows[width * k], rows[width * k + 1], -angle), 2 * k);
    return { name, color, rows, theta, loss, width, last: steps, lost: beyond(theta, steps, spec.diverged) };
  });
}

// Adam's effective learning rate of each coordinate, after steps 1, 2, ...
function ratesOf(program, { rows, last, width }, values) {
  const of = (column) => Float64Array.from({ length: last }, (_, k) =>
    program.rate(rows[width * (k + 1) + column], k + 1, values.adam_lr, values["betas.1"], values.eps));
  return { x: of(2), y: of(3) };
}

function effectiveWords(x, y, lr) {
  if (!Number.isFinite(x + y)) return "there are none: a gradient is no number.";
  const apart = rough(Math.max(x, y) / Math.min(x, y));
  const both = `x ${show(x)}, y ${show(y)}`;
  return apart === "1" ? `${both}: nearly equal. Gradient descent has ${show(lr)} for both.`
    : `${both}: ${apart} times apart. Gradient descent has ${show(lr)} for both.`;
}

function adamView(context) {
  return explorerView(context, ({ spec, program, get, set, commit }) => {
    const compass = axesOver(program.turn), beneath = (pen, place, theme) => compass(get("angle"), pen, place, theme);
    const picture = plane({ spec, get, set, commit, beneath }), rates = ratesPicture(), losses = chart(), buffers = [];
    function draw(values, theme) {
      const { steps, lr } = values, runs = runAngled(program, spec, values, buffers);
      const flat = spec.params.map(([name, key]) => (name === "angle" ? 0 : values[key]));
      const value = (x, y) => program.value(x, y, ...flat);
      const base = spec.minimizers.length ? Math.min(...spec.minimizers.map(([x, y]) => value(x, y))) : NaN;
      const { x, y } = ratesOf(program, runs.find(({ name }) => name === "adam"), values);
      picture.draw(value, flat.join(), runs, theme);
      rates.draw({ x, y }, lr, steps, theme);
      losses.draw(runs, base, theme);
      const said = runs.map((run) => {
        const words = inWords(run, spec);
        return run.name === "gd" || run.name === "momentum" ? `${words.slice(0, -1)}, at every angle.` : words;
      });
      const found = Object.fromEntries(runs.map(({ name, rows, width, loss, lost }) =>
        [name, { theta: [...rows.subarray(width * steps, width * steps + 2)], loss: loss[steps], diverged: lost >= 0 }]));
      return { said: [...said, effectiveWords(x[steps - 1], y[steps - 1], lr)], result: { runs: found, rates: [x[steps - 1], y[steps - 1]] } };
    }
    const about = [[picture, `${spec.title}, seen from above.`], [rates, "Adam's effective learning rates against step."], [losses, "Loss against step."]];
    return { pictures: about, draw };
  });
}
