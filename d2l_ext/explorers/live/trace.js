// TraceExplorer: one or several rules on a 2-D objective. All mathematics comes from `program`.

function runAll(program, spec, values, buffers) {
  const named = (pairs) => Object.fromEntries(pairs.map(([name, key]) => [name, values[key]]));
  const steps = values.steps, start = spec.points.map(({ key }) => values[key]), params = named(spec.params);
  return spec.rules.map((rule, i) => {
    if (buffers[i]?.loss.length !== steps + 1) {
      buffers[i] = { theta: new Float64Array(2 * (steps + 1)), loss: new Float64Array(steps + 1) };
    }
    const { theta, loss } = buffers[i];
    program.runs[rule.name](start, steps, named(Object.entries(rule.hyper)), params, [], theta, loss);
    return { name: rule.name, color: rule.color, theta, loss, last: steps, lost: beyond(theta, steps, spec.diverged) };
  });
}

// The first step at which a coordinate is larger than `limit` or no number; -1 if none.
function beyond(theta, steps, limit) {
  for (let k = 0; k <= steps; k++) {
    if (!(Math.abs(theta[2 * k]) <= limit && Math.abs(theta[2 * k + 1]) <= limit)) return k;
  }
  return -1;
}

function inWords({ loss, last, lost }, limit) {
  if (lost >= 0) return `diverges: a coordinate passes ${show(limit)} at step ${lost}.`;
  const [from, to] = [loss[0], loss[last]];
  if (to === from) return `loss stays at ${show(to)}.`;
  return `loss ${to < from ? "falls" : "rises"} from ${show(from)} to ${show(to)}.`;
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
      const result = Object.fromEntries(runs.map(({ name, theta, loss, last, lost }) => [name, {
        theta: [theta[2 * last], theta[2 * last + 1]], loss: loss[last], diverged: lost >= 0,
      }]));
      return { said: runs.map((run) => inWords(run, spec.diverged)), result: { runs: result } };
    }
    return { pictures: [[picture, `${spec.title}, seen from above.`], [losses, "Loss against step."]], draw };
  });
}
