// BalancingExplorer: gradient descent on (μ − xy)²/2, the minima it may stay at, its sharpness. All mathematics comes from `program`.

// What a run has come to, and the period of a cycle: balancing.py asks the same in the same order.
function outcomeOf({ theta, loss, steps, lost }, rated, product, { rest, returns, moves, longest }) {
  if (lost >= 0) return ["diverged", 0];
  const [x, y] = theta.subarray(2 * steps, 2 * steps + 2);
  const moved = (p) => Math.max(Math.abs(x - theta[2 * (steps - p)]), Math.abs(y - theta[2 * (steps - p) + 1]));
  if (moved(1) <= rest * Math.max(1, Math.abs(x), Math.abs(y))) {
    if (loss[steps] > (product * product) / 8) return ["saddle", 0];
    return [rated <= 2 ? "minimum" : loss[steps] === 0 ? "unstable" : "moving", 0];
  }
  if (moved(1) >= moves) for (let p = 2; p <= Math.min(longest, steps); p++) if (moved(p) <= returns) return ["cycle", p];
  return ["moving", 0];
}

function balancingWords({ outcome, period, lost, theta, imbalance, rated, loss, highest, highestAt, lr, stable }, first, flattest, { limit }) {
  const told = outcome === "diverged" ? "" : `imbalance ${show(imbalance)}, η × sharpness ${show(rated)}`;
  const place = outcome === "diverged" ? "" : `(${theta.map(show).join(", ")})`;
  const run = {
    diverged: `diverges: a coordinate passes ${show(limit)} at step ${lost}.`,
    minimum: `converges to ${place}: ${told}.`,
    unstable: `stays at ${place}, exactly on a minimum that is not stable: η × sharpness ${show(rated)}.`,
    saddle: `converges to ${place}, which is a saddle.`,
    cycle: `goes round a cycle of period ${period}, now at ${place}.`,
    moving: `still moves, now at ${place}: ${told}.`,
  }[outcome];
  const minima = Number.isNaN(stable.imbalance) ? `none for η = ${show(lr)}: even the flattest has η × sharpness ${show(flattest)}.`
    : `for η = ${show(lr)}: x² + y² ≤ 2/η = ${show(2 / lr)}, imbalance at most ${show(stable.imbalance)}.`;
  const change = outcome === "diverged" ? `${show(first)} at first, then past all bounds.`
    : !highest ? "stays 0."
    : highest > first ? `rises from ${show(first)} to ${show(highest)} at step ${highestAt}; ${show(loss)} at the end.`
    : `never above its start, ${show(first)}; ${show(loss)} at the end.`;
  return [run, minima, change];
}

function balancingView(context) {
  return explorerView(context, ({ spec, program, get, set, commit }) => {
    let circle = null;
    const minima = minimaUnder(program), beneath = (pen, place, theme) => minima(circle, pen, place, theme);
    const floor = (pen, place, theme) => circleUnder(circle, pen, place, theme);
    const picture = plane({ spec, get, set, commit, floor, beneath }), sharpness = sharpnessPicture(spec), losses = chart();
    let theta = new Float64Array(0), loss = theta, rated = theta;

    function follow({ product, steps, z, "start.0": x, "start.1": y }) {
      if (loss.length !== steps + 1) [theta, loss, rated] = [2, 1, 1].map((n) => new Float64Array(n * (steps + 1)));
      const lr = z / program.sharpness(x, y, product);
      program.gd([x, y], steps, { lr }, { product }, [], theta, loss);
      const lost = beyond(theta, steps, spec.tests.limit), last = lost < 0 ? steps : lost;
      for (let k = 0; k <= last; k++) rated[k] = lr * program.sharpness(theta[2 * k], theta[2 * k + 1], product);
      return { color: "gd", theta, loss, last: steps, steps, lost, lr, kept: last };
    }

    function found({ steps, lost, lr }, radius, imbalance, product) {
      const [outcome, period] = outcomeOf({ theta, loss, steps, lost }, rated[steps], product, spec.tests);
      const result = { lr, stable: { radius, imbalance }, lost, outcome, period };
      if (lost >= 0) return result;
      const [x, y] = theta.subarray(2 * steps, 2 * steps + 2);
      let at = 0;
      for (let k = 0; k <= steps; k++) if (loss[k] > loss[at]) at = k;
      const apart = Math.abs(Math.abs(x) - Math.abs(y));
      return { ...result, theta: [x, y], imbalance: apart, rated: rated[steps], loss: loss[steps], highest: loss[at], highestAt: at };
    }

    function draw(values, theme) {
      const { product, steps } = values, run = follow(values);
      const [radius, imbalance, c] = program.stable(run.lr, product), result = found(run, radius, imbalance, product);
      circle = { radius, c, product };
      picture.draw((x, y) => program.value(x, y, product), product, [run], theme);
      sharpness.draw(rated, steps, run.kept, theme);
      losses.draw([run], 0, theme);
      const flattest = run.lr * program.sharpness(...program.minimum(1, product), product);
      return { said: balancingWords(result, loss[0], flattest, spec.tests), result };
    }
    const about = [[picture, `${spec.title}, seen from above.`], [sharpness, "η times sharpness against step."], [losses, "Loss against step."]];
    return { pictures: about, draw };
  });
}
