// ChaosExplorer: gradient descent on a landscape with fine ripples, and how often it is where. All mathematics comes
// from `program`, which gives the same bits as Python: a chaotic run magnifies the last one.

// Mean, standard deviation and share left of 0 of places, which may have weights.
function averages(x, weight = null) {
  let total = 0, sum = 0, left = 0, squares = 0;
  for (let k = 0; k < x.length; k++) {
    const w = weight ? weight[k] : 1;
    total += w;
    sum += w * x[k];
    left += w * (x[k] < 0 ? 1 : x[k] === 0 ? 0.5 : 0);
  }
  const mean = sum / total;
  for (let k = 0; k < x.length; k++) squares += (weight ? weight[k] : 1) * (x[k] - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / total), left: left / total };
}

// What became of a run, in a word, and the period of a cycle.
function settlingOf(x, grown, { rest, swing, chaos, returns, longest, limit }) {
  const last = x.length - 1, moved = Math.abs(x[last] - x[last - 1]);
  if (!x.every((value) => Math.abs(value) <= limit)) return ["diverges", 0];
  if (moved <= rest) return ["rests", 1];
  for (let p = 2; moved > swing && p <= Math.min(longest, x.length >> 1); p++) {
    let k = 0;
    while (k < p && Math.abs(x[last - k] - x[last - k - p]) <= returns) k++;
    if (k === p) return ["cycle", p];
  }
  return [grown > chaos ? "wanders" : "moves", 0];
}

const around = ({ mean, sd, left }, wells) =>
  `mean ${rough(Math.abs(mean) < 0.005 * sd ? 0 : mean)}, sd ${show(Number(sd.toPrecision(3)))}${wells ? `, ${percent(left)} left of 0` : ""}`;

function chaosWords({ outcome, period, x, curvature, exponent, low, high, gibbs, scrambled, ...found }, { lr, steps }, wells) {
  const between = `between ${show(low)} and ${show(high)}`;
  const said = {
    diverges: () => "runs away.",
    rests: () => `rests at x = ${show(x)}${curvature > 0 && curvature < 2 / lr ? `: its curvature ${rough(curvature)} is below 2/η = ${rough(2 / lr)}` : ""}.`,
    cycle: () => `ends in a cycle of period ${period}, ${between}.`,
    wanders: () => `does not rest: ${around(found, wells)}; errors × ${show(Number(Math.exp(exponent).toPrecision(3)))} a step.`,
    moves: () => `not at rest after ${steps} step${steps === 1 ? "" : "s"}: ${between}.`,
  }[outcome]();
  const random = Number.isFinite(scrambled.sd) ? `${around(scrambled, wells)}.` : "run away.";
  return [said, `T = ${rough(gibbs.temperature)}: ${around(gibbs, wells)}.`, random];
}

function chaosView(context) {
  return explorerView(context, ({ spec, program, get, set, commit }) => {
    const scene = landscape({ spec, get, set, commit }), often = histogramPicture(spec), series = seriesPicture(spec);
    const { turn, beginning, places, bins } = spec.numbers, [span] = spec.window, wide = span[1] - span[0], macroOnly = spec.params.filter((name) => name !== "epsilon");
    const at = Float64Array.from({ length: places }, (_, k) => span[0] - wide + (k * 3 * wide) / (places - 1));
    const kicks = new Map();
    function kicksOf(seed, steps) {
      const key = `${seed},${steps}`;
      if (!kicks.has(key)) kicks.clear();
      if (!kicks.size) kicks.set(key, Float64Array.from({ length: steps }, (_, k) => program.kick(turn * uniform(seed, k))));
      return kicks.get(key);
    }
    function follow(rule, params, noise, values) {
      const { steps, lr } = values, theta = new Float64Array(steps + 1), loss = new Float64Array(steps + 1);
      program[rule]([values["start.0"]], steps, { lr }, params, noise, theta, loss);
      return { theta, loss };
    }
    function gibbsOf(own, lr) {
      const f = at.map((x) => program.macro(x, ...own)), temperature = program.temperature(lr, spec.variance);
      const least = f.reduce((a, b) => Math.min(a, b)), weight = f.map((value) => program.weight(value, least, temperature));
      let total = 0;
      for (const w of weight) total += w;
      const density = weight.map((w) => (w * (places - 1)) / (total * 3 * wide));
      return { density, temperature, ...averages(at, weight) };
    }
    // The first iterates and the last: between them a long run does what it did before.
    const ends = (all) => (all.length <= 600 ? all : Float64Array.of(...all.subarray(0, 100), ...all.subarray(-500)));

    function draw(values, theme) {
      const { lr, steps, seed } = values, own = spec.params.map(get), params = Object.fromEntries(spec.params.map((name) => [name, get(name)]));
      const { theta, loss } = follow("gd", params, [], values), random = follow("scrambled", params, kicksOf(seed, steps), values).theta;
      const begin = Math.floor(steps * beginning), kept = theta.subarray(begin);
      let grown = 0;
      for (let k = begin; k < steps; k++) grown += program.growth(program.bend(theta[k], ...own), lr);
      const [outcome, period] = settlingOf(theta, grown, spec.numbers), { density, ...gibbs } = gibbsOf(macroOnly.map(get), lr);
      const result = {
        outcome, period, x: theta[steps], curvature: program.bend(theta[steps], ...own), exponent: grown / (steps - begin),
        low: kept.reduce((a, b) => Math.min(a, b)), high: kept.reduce((a, b) => Math.max(a, b)),
        ...averages(kept), gibbs, scrambled: averages(random.subarray(begin)),
      };
      const shown = { theta: ends(theta), loss: ends(loss), color: "gd" };
      scene.draw((x) => program.value(x, ...own), own.join(), [{ ...shown, last: shown.theta.length - 1 }], theme);
      const third = (places - 1) / 3, seen = (all) => all.subarray(third, 2 * third + 1);
      often.draw(histogram(kept, span, bins), histogram(random.subarray(begin), span, bins), { at: seen(at), density: seen(density) }, theme);
      series.draw(theta, steps, begin, theme);
      return { said: chaosWords(result, values, spec.wells), result };
    }
    const about = ["The landscape with its ripples, and iterates on it.", "How often the run is where, against Gibbs's density.", "x against step."];
    return { pictures: [scene, often, series].map((picture, i) => [picture, about[i]]), draw };
  });
}
