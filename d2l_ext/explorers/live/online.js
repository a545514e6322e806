// OnlineExplorer: a rare large gradient. Runs, effective learning rates, one cycle in the long run, and a map of where
// Adam goes. All mathematics comes from `program`.

function onlineRuns(program, { colors, adaptive, eps }, values, kept) {
  const { steps, lr, power, big, period } = values, hyper = { lr, power, eps, "betas.0": values["betas.0"], "betas.1": values["betas.1"] };
  if (kept.loss?.length !== steps + 1) {
    const room = () => new Float64Array(steps + 1);
    Object.assign(kept, { loss: room(), runs: Object.fromEntries(Object.keys(colors).map((name) => [name, room()])), free: Object.fromEntries(adaptive.map((name) => [name, room()])) });
  }
  for (const name in kept.runs) program.runs[name]([values["start.0"]], steps, hyper, { big, period }, [], kept.runs[name], kept.loss);
  // Without walls and without memory in m, a step is the gradient times the effective learning rate.
  for (const name of adaptive) program.free[name]([0], steps, { ...hyper, "betas.0": 0 }, { big, period }, [], kept.free[name], kept.loss);
  return kept;
}

// The effective learning rates of the last steps; `first` is the number of the first of them, from 1.
function onlineRates(program, { close, adaptive }, { steps, big, period }, { free }) {
  const count = Math.min(steps, Math.max(close, 2 * period)), first = steps - count + 1;
  const numbers = Array.from({ length: count }, (_, i) => first + i), slopes = numbers.map((t) => program.slope(t, big, period));
  const rates = Object.fromEntries(adaptive.map((name) => [name, numbers.map((t, i) => (free[name][t - 1] - free[name][t]) / slopes[i])]));
  return { first, slopes, rates };
}

// The moves of a cycle in the long run: of Adam, of AMSGrad.
const onlineCycle = (program, big, period, beta1, beta2) =>
  Array.from({ length: period }, (_, place) => program.moves(place, big, period, beta1, beta2));

const onlineSum = (numbers) => numbers.reduce((a, b) => a + b, 0);

// What a cycle's steps take of the large gradients, for one β. With it Adam's drift needs no powers.
function onlineShares(program, period, beta) {
  const shares = new Float64Array(period);
  for (let place = 0; place < period; place++) shares[place] = program.share(place, period, beta);
  return shares;
}

function onlineDrift(program, big, first, second) {
  let sum = 0;
  for (let place = 0; place < first.length; place++) sum += program.move(big, first[place], second[place]);
  return sum;
}

// The β₂ at which the sign of Adam's drift changes, from the highest on, and whether it goes up above all of them.
function onlineBorders(program, { levels, halvings }, shares, big, period, beta1) {
  const first = onlineShares(program, period, beta1), up = (second) => onlineDrift(program, big, first, second) > 0;
  const found = [], top = up(shares.at(-1));
  for (let i = levels.length - 2, above = top; i >= 0; i--) {
    const here = up(shares[i]);
    if (here === above) continue;
    let low = levels[i], high = levels[i + 1];
    for (let n = 0; n < halvings; n++) {
      const middle = (low + high) / 2;
      if (up(onlineShares(program, period, middle)) === here) low = middle; else high = middle;
    }
    found.push((low + high) / 2);
    above = here;
  }
  return { found, top };
}

// The end of the interval with the smaller mean loss, -1 or 1; 0 if both are as good.
function onlineBest(program, big, period) {
  const mean = onlineSum(Array.from({ length: period }, (_, k) => program.slope(k + 1, big, period)));
  return Math.abs(mean) < 1e-9 ? 0 : -Math.sign(mean);
}

const onlineEnd = (up, best) => (best === 0 ? `${up ? "+" : "−"}1` : up === best > 0 ? "the best point" : "the worst point");

function onlineRunWords({ x, drift }, best, steps) {
  const moved = `${drift < 0 ? "−" : "+"}${rough(Math.abs(drift))}`;
  const way = Math.abs(drift) < 1e-9 ? "long run: a cycle leaves it where it is." : `long run: ${moved} η a cycle, to ${onlineEnd(drift > 0, best)}.`;
  return `x = ${show(x)} after ${steps} step${steps === 1 ? "" : "s"}; ${way}`;
}

function onlineBorderWords({ big, "betas.1": beta2 }, { found, top }, best, most) {
  const where = `at C = ${show(big)}`, [high, low = high] = found;
  if (high === undefined) return `none ${where}: Adam goes to ${onlineEnd(top, best)} for all β₂ up to ${show(most)}.`;
  const here = found.includes(beta2) ? "on it" : beta2 > high ? "above" : beta2 < low ? "below" : "between";
  if (low === high) return `β₂ = ${show(high)} ${where}; above, Adam goes to ${onlineEnd(top, best)}. Here: ${here}.`;
  return `Adam to ${onlineEnd(!top, best)} between β₂ = ${show(low)} and ${show(high)}. Here: ${here}.`;
}

function onlineView(context) {
  return explorerView(context, (tools) => {
    const { spec, program } = tools, { adaptive } = spec, kept = {};
    const best = (big, period) => onlineBest(program, big, period);
    const pictures = [onlinePositions(tools), onlineMap(tools, best), onlineRatesPicture(spec), onlineCyclePicture(spec)];
    let last = {};
    function draw(values, theme) {
      const { big, period, steps } = values, [beta1, beta2] = [values["betas.0"], values["betas.1"]];
      const { runs, free } = onlineRuns(program, spec, values, kept), close = onlineRates(program, spec, values, { free });
      const cycle = onlineCycle(program, big, period, beta1, beta2), good = best(big, period), key = [big, period, beta1].join();
      if (last.period !== period) last = { period, shares: spec.levels.map((beta2) => onlineShares(program, period, beta2)) };
      if (last.key !== key) Object.assign(last, { key, borders: onlineBorders(program, spec, last.shares, big, period, beta1) });
      const border = last.borders.found[0] ?? null;
      const result = Object.fromEntries(adaptive.map((name, i) => [name, {
        x: runs[name][steps], drift: onlineSum(cycle.map((moves) => moves[i])), rate: close.rates[name].at(-1),
      }]));
      pictures[0].draw(runs, steps, good, theme);
      pictures[1].draw(values, last.borders.found, theme);
      pictures[2].draw(close, theme);
      pictures[3].draw(cycle, theme);
      const said = [...adaptive.map((name) => onlineRunWords(result[name], good, steps)), onlineBorderWords(values, last.borders, good, spec.levels.at(-1))];
      return { said, result: { ...result, gd: { x: runs.gd[steps] }, best: good, border } };
    }
    const about = ["Positions against steps.", "Where Adam goes, with C across and β₂ up.", "Effective learning rates of the last steps.", "One cycle in the long run."];
    return { pictures: pictures.map((picture, i) => [picture, about[i]]), draw };
  });
}
