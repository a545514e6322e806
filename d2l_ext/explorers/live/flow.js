// FlowExplorer: gradient descent on a line as dots, its flows as curves, and the largest error of each order. All
// mathematics comes from `program`: flows in closed form, or fields and one step of a method that follows them.

// The solution after 0, 1, ... `count` times `time`; NaN once it is lost. As in flows.py.
function followed(program, field, x, time, count, { tolerance, finest, limit }) {
  const points = new Float64Array(count + 1).fill(NaN);
  points[0] = x;
  for (let k = 1, h = time; k <= count; k++) {
    for (let left = time; left > 0; ) {
      h = Math.min(h, left);
      const once = program.rk4(field, x, h), twice = program.rk4(field, program.rk4(field, x, h / 2), h / 2);
      const error = Math.abs(once - twice) / Math.max(1, Math.abs(x));
      if (!(error <= tolerance)) {
        h /= 2;
        if (h < finest * time) return points;
        continue;
      }
      x = twice;
      left -= h;
      if (Math.abs(x) > limit) return points;
      if (error < tolerance / 64) h *= 2;
    }
    points[k] = x;
  }
  return points;
}

// The flow of some order at the times of the iterates, or `finer` times as often.
function flowOf(program, spec, order, { lr, steps, start, ...values }, finer = 1) {
  const params = spec.params.map((name) => values[name]), count = finer * steps, time = lr / finer;
  if (program.flows) return Float64Array.from({ length: count + 1 }, (_, k) => program.flows[order](start, time * k, lr, ...params));
  return followed(program, (x) => program.fields[order](x, lr, ...params), start, time, count, spec);
}

const largestError = (curve, x) => {
  let most = 0;
  for (let k = 0; k < x.length; k++) {
    const error = Math.abs(curve[k] - x[k]);
    if (!Number.isFinite(error)) return Infinity;
    if (error > most) most = error;
  }
  return most;
};

// How often a run turns back; steps that rounding could have made do not count.
function turnsOf(x) {
  let turns = 0, last = 0;
  for (let k = 1; k < x.length; k++) {
    const step = x[k] - x[k - 1];
    if (!(Math.abs(step) > 1e-12 * Math.max(1, Math.abs(x[k])))) continue;
    if (last * step < 0) turns++;
    last = Math.sign(step);
  }
  return turns;
}

const howOften = (count) => (count === 1 ? "once" : `${count} times`);

function descentInWords(x, turns, limit) {
  const lost = x.findIndex((v) => !(Math.abs(v) <= limit)), steps = x.length - 1;
  if (lost >= 0) return `runs away: |x| passes ${show(limit)} at step ${lost}.`;
  const end = `goes from ${show(x[0])} to ${show(x[steps])} in ${steps === 1 ? "one step" : `${steps} steps`}`;
  return turns ? `${end}, turning back ${howOften(turns)}.` : `${end}${steps === 1 ? "" : " and never turns back"}.`;
}

function flowInWords(errors, order, floor) {
  const off = (error) => (error < floor ? "by rounding only" : error < Infinity ? `by ${show(error)}` : "beyond all bounds");
  if (!order) return `order 0 is the gradient flow, off ${off(errors[0])} at most.`;
  return `the gradient flow is off ${off(errors[0])} at most, order ${order} ${off(errors[order])}.`;
}

// What more terms do here: true of the errors that are shown, whatever they are.
function ordersInWords(errors, turns, floor) {
  const last = errors.length - 1, least = Math.min(...errors);
  if (least === Infinity) return "none has a number to compare.";
  if (turns) return `a flow on a line cannot turn back; the smallest error of orders 0 to ${last} is ${show(least)}.`;
  const best = errors.findIndex((error) => error <= Math.max(1.001 * least, floor));
  const fallsTo = (order) => errors.slice(0, order).every((error, n) => errors[n + 1] < error);
  if (least <= floor) return best ? `${fallsTo(best) ? "each is closer than the one before, and " : ""}from order ${best} on only rounding is left.` : "there is nothing to add to order 0.";
  if (fallsTo(last)) return `each is closer than the one before; order ${last} is off by ${show(least)}.`;
  const near = errors.filter((error) => error <= 1.001 * least).length;
  if (near > 1) return `the smallest error is ${show(least)}, and order ${best} is the first within a thousandth of it.`;
  return `order ${best} is the closest, off by ${show(least)}${best < last ? "; more terms do not help" : ""}.`;
}

function flowView(context) {
  return explorerView(context, ({ spec, program }) => {
    const pictures = [runPicture(spec), orderPicture(spec)];
    let kept = {};
    function draw({ order, ...values }, theme) {
      const key = Object.values(values).join();
      if (kept.key !== key) {
        const { lr, steps, start } = values, x = new Float64Array(steps + 1), loss = new Float64Array(steps + 1);
        program.gd([start], steps, { lr }, values, [], x, loss);
        const ends = [], errors = Array.from({ length: spec.orders + 1 }, (_, n) => {
          const curve = flowOf(program, spec, n, values);
          ends.push(curve[steps]);
          return largestError(curve, x);
        });
        kept = { key, x, errors, ends, turns: turnsOf(x), curves: [] };
      }
      const { x, errors, ends, turns, curves } = kept;
      for (const n of [0, order]) curves[n] ??= flowOf(program, spec, n, values, spec.finer);
      pictures[0].draw(x, curves[0], order, curves[order], theme);
      pictures[1].draw(errors, order, theme);
      const said = [descentInWords(x, turns, spec.limit), flowInWords(errors, order, spec.floor), ordersInWords(errors, turns, spec.floor)];
      return { said, result: { x: x[values.steps], flow: ends[0], modified: ends[order], errors } };
    }
    const about = [`${spec.title}: x against step.`, "The largest error of each order."];
    return { pictures: pictures.map((picture, i) => [picture, about[i]]), draw };
  });
}
