// DescentExplorer: gradient descent on a 1-D objective, its learning rate in units of 1/L. All mathematics comes from `program`.

// L: the one that was given, or the largest |f″| at evenly spaced places of the window.
function smoothnessOf({ L, window: [[x0, x1]], places }, curvature) {
  if (L !== null) return L;
  let largest = 0;
  for (let k = 0; k < places; k++) {
    const bent = Math.abs(curvature(x0 + ((x1 - x0) * k) / (places - 1)));
    if (bent > largest && bent < Infinity) largest = bent;
  }
  return largest;
}

function rateWords(z, lr, L, given) {
  if (L === 0) return `η = ${show(lr)}; there is no curvature in the window.`;
  const source = `L = ${show(L)}${given ? "" : ", the largest |f″| in the window"}`;
  if (z === 0) return `η = 0; ${source}.`;
  const where = z < 1 ? "below 1/L" : z === 1 ? "1/L" : z < 2 ? "between 1/L and 2/L" : z === 2 ? "2/L" : "above 2/L";
  return `η = ${show(lr)} is ${where}; ${source}.`;
}

function lossWords({ kind, rises }, loss, last, { small }) {
  const ends = `from ${show(loss[0])} to ${show(loss[last])}`;
  if (kind === "still") return `stays at ${show(loss[last])}.`;
  if (kind === "wandering") return `goes up and down: ${ends}.`;
  if (kind === "lost" && Number.isNaN(loss[last])) return `${show(loss[0])} at first, no number in the end.`;
  if (kind === "lost") return `rises on ${rises} of ${last} steps, ${ends}.`;
  if (!rises && Math.abs(loss[last] - loss[0]) <= small * Math.abs(loss[0])) return `stays at ${show(loss[last])}.`;
  return rises ? `rises on ${rises} of ${times(last, "step")}: ${ends}.` : `never rises: ${ends}.`;
}

function descentView(context) {
  return explorerView(context, ({ spec, program, get, set, commit }) => {
    const pictures = [landscape({ spec, get, set, commit }), cobweb(spec), timeline(spec)];
    const [{ label }] = spec.points;
    let L = 1, known = null;
    function draw(values, theme) {
      const { z, steps, "start.0": x } = values, params = spec.params.map(([, key]) => values[key]);
      const named = Object.fromEntries(spec.params.map(([name, key]) => [name, values[key]]));
      if (known !== params.join()) {
        known = params.join();
        L = smoothnessOf(spec, (at) => program.curvature(at, ...params));
      }
      const lr = program.rate(z, L), value = (at) => program.value(at, ...params);
      const one = new Float64Array(2);
      const next = (at) => { program.gd([at], 1, { lr }, named, [], one, new Float64Array(2)); return one[1]; };
      const { run, found, result } = descended(program.gd, x, lr, named, steps, spec.tolerances);
      const end = found.kind === "lost" ? found.step : steps;
      const touching = (pen, { toX, toY }) => {
        const [[x0, x1]] = spec.window, slope = program.slope(x, ...params);
        pen.strokeStyle = theme("soft");
        pen.setLineDash([4, 4]);
        const at = (k) => x0 + ((x1 - x0) * k) / 120;
        polyline(pen, 120, (k) => toX(at(k)), (k) => toY(program.bound(at(k), x, value(x), slope, L)));
        pen.setLineDash([]);
        const end = next(x);
        pen.fillStyle = theme("soft");
        pen.fillRect(toX(end) - 4, toY(program.bound(end, x, value(x), slope, L)) - 4, 8, 8);
      };
      pictures[0].draw(value, known, [run], theme, spec.bound ? touching : undefined);
      pictures[1].draw(next, run, theme);
      pictures[2].draw(run, theme);
      const said = [
        rateWords(z, lr, L, spec.L !== null),
        `from ${label} = ${show(x)} ${courseWords(found, run.theta, steps, label, spec.tolerances)}`,
        lossWords(found, run.loss, end, spec.tolerances),
      ];
      return { said, result: { L, ...result } };
    }
    const about = [`${spec.title}: the curve, and the iterates on it.`, "The next iterate against this one, with the run as stairs.", "The iterate against the step."];
    return { pictures: pictures.map((picture, i) => [picture, about[i]]), draw };
  });
}
