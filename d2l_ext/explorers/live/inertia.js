// InertiaExplorer: five coordinates with gradients of different noise, and the inertia Adai gives to each. All mathematics
// comes from `program`.

// The inertia of each coordinate in each step, and what the last one would be without clipping.
function inertias(program, rows, count, { steps, eps, ...values }) {
  const beta0 = values["betas.0"], beta1 = Array.from({ length: count }, () => new Float64Array(steps)), free = new Float64Array(count);
  for (let k = 1; k <= steps; k++) {
    const v = rows.subarray((2 * k + 1) * count, (2 * k + 2) * count), mean = v.reduce((sum, one) => sum + one) / count;
    for (let i = 0; i < count; i++) {
      beta1[i][k - 1] = program.inertia(v[i] / mean, beta0, eps);
      if (k === steps) free[i] = program.free(v[i] / mean, beta0);
    }
  }
  return { beta1, free };
}

function inertiaWords({ beta1, mean, above, below, x }) {
  const one = (i) => {
    const where = beta1[i] === 0 ? ", no inertia: the step of SGD" : `, a memory of ${rough(1 / (1 - beta1[i]))} step${1 / (1 - beta1[i]) < 1.05 ? "" : "s"}`;
    return `β₁ = ${show(beta1[i])}${where}; x = ${rough(x[i])}.`;
  };
  const clipped = [above && `${above} clipped at 1 − ε`, below && `${below} clipped at 0`].filter(Boolean).join(", ");
  return [one(0), one(beta1.length - 1), `mean of β₁ before clipping ${show(Math.round(mean * 1e9) / 1e9)}; ${clipped || "none clipped"}.`];
}

function inertiaView(context) {
  return explorerView(context, ({ spec, program }) => {
    const inertia = inertiaPicture(spec), places = placesPicture(spec), count = spec.colors.length;
    function draw(values, theme) {
      const { steps, seed, ratio, eps } = values, rows = new Float64Array(2 * count * (steps + 1));
      const hyper = Object.fromEntries(spec.hyper.map((name) => [name, values[name]]));
      program.run(spec.start, steps, hyper, { ratio }, shocks(seed, count * steps), rows, new Float64Array(steps + 1));
      const { beta1, free } = inertias(program, rows, count, values);
      inertia.draw(beta1, values, theme);
      places.draw(rows, steps, theme);
      const result = {
        beta1: beta1.map((own) => own[steps - 1]),
        mean: free.reduce((sum, one) => sum + one) / count,
        above: free.filter((one) => one > 1 - eps).length,
        below: free.filter((one) => one < 0).length,
        x: Array.from(rows.subarray(2 * count * steps, 2 * count * steps + count)),
      };
      return { said: inertiaWords(result), result };
    }
    const about = ["The inertia of five coordinates, by step.", "Where the five coordinates are, by step."];
    return { pictures: [inertia, places].map((picture, i) => [picture, about[i]]), draw };
  });
}
