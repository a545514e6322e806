// TraceExplorer: one or several rules on a 2-D objective. All mathematics comes from `program`.

function runAll(program, spec, values, buffers) {
  const named = (pairs) => Object.fromEntries(pairs.map(([name, key]) => [name, values[key]]));
  const noise = spec.noisy ? shocks(values.seed, 2 * values.steps) : [];
  const steps = values.steps, start = spec.points.map(({ key }) => values[key]), params = named(spec.params);
  return spec.rules.map((rule, i) => {
    if (buffers[i]?.loss.length !== steps + 1) {
      buffers[i] = { theta: new Float64Array(2 * (steps + 1)), loss: new Float64Array(steps + 1) };
    }
    const { theta, loss } = buffers[i];
    program.runs[rule.name](start, steps, named(Object.entries(rule.hyper)), params, noise, theta, loss);
    return { name: rule.name, color: rule.color, dash: rule.dash, theta, loss, last: steps, lost: beyond(theta, steps, spec.diverged) };
  });
}

function traceView(context) {
  return explorerView(context, ({ spec, program, get, set, commit }) => {
    const picture = plane({ spec, get, set, commit }), losses = chart(), buffers = [];
    function draw(values, theme) {
      const runs = runAll(program, spec, values, buffers);
      const params = spec.params.map(([, name]) => values[name]);
      const value = (x, y) => program.value(x, y, ...params);
      const base = spec.minimizers.length ? Math.min(...spec.minimizers.map(([x, y]) => value(x, y))) : NaN;
      picture.draw(value, params.join(), runs, theme);
      losses.draw(runs, base, theme);
      const result = Object.fromEntries(runs.map((run) => [run.name, {
        theta: [run.theta[2 * run.last], run.theta[2 * run.last + 1]], loss: run.loss[run.last],
        floor: floorOf(run), diverged: run.lost >= 0,
      }]));
      return { said: runs.map((run) => inWords(run, spec)), result: { runs: result } };
    }
    return { pictures: [[picture, `${spec.title}, seen from above.`], [losses, "Loss against step."]], draw };
  });
}
