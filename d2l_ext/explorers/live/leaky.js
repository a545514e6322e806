// LeakyExplorer: noisy gradients and their leaky average, the weights behind its last value, and how far it is from
// the truth for every β. All mathematics comes from `program`.

// The leaky average of the first `count` gradients, from v = 0.
function leaky(program, gradients, count, beta) {
  const average = new Float64Array(count), sum = program.sum(beta);
  for (let t = 0, v = 0; t < count; t++) average[t] = (v = program.step(v, gradients[t], beta)) / sum;
  return average;
}

function rootMeanSquare(values) {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}

// What noise and lag each leave of error, and both together, for each β. The average of a sum is the sum of averages.
function errorsOf(program, { truth, noises, steps }, betas) {
  const all = { noise: [], lag: [], both: [] };
  for (const beta of betas) {
    const sum = program.sum(beta), squares = [0, 0, 0];
    for (let t = 0, shaken = 0, calm = 0; t < steps; t++) {
      shaken = program.step(shaken, noises[t], beta);
      calm = program.step(calm, truth[t], beta);
      const noise = shaken / sum, lag = calm / sum - truth[t];
      squares[0] += noise * noise;
      squares[1] += lag * lag;
      squares[2] += (noise + lag) ** 2;
    }
    Object.values(all).forEach((errors, i) => errors.push(Math.sqrt(squares[i] / steps)));
  }
  return { ...all, best: betas[all.both.indexOf(Math.min(...all.both))] };
}

function leakyWords({ memory, count, share, halfLife, age, samples, error, single, best }, steps) {
  const several = `${count} gradients`;
  return [
    count === 1 && memory === 1 ? "the last gradient is all there is."
      : count === steps && memory > steps ? `all ${several} so far carry ${percent(share)} of the weight, zeros before them the rest.`
      : `the last ${count === 1 ? "gradient carries" : `${several} carry`} ${percent(share)} of the weight; it halves every ${rough(halfLife)} steps.`,
    memory === 1 ? "that of single gradients; nothing is late."
      : samples > steps ? `will fall to ${percent(1 / Math.sqrt(samples))} in the long run; ${steps === 1 ? "one gradient is" : `${steps} gradients are`} too few for that.`
      : `falls to ${percent(1 / Math.sqrt(samples))}, as in a plain mean of ${rough(samples)}; the average is ${rough(age)} steps late.`,
    `${rough(error)} from the truth, single gradients ${rough(single)}; least at β = ${rough(best)}.`,
  ];
}

function leakyView(context) {
  return explorerView(context, ({ spec, program }) => {
    const { length, betas } = spec, memory = betas.map((beta) => program.sum(beta));
    const truth = Float64Array.from({ length }, (_, t) => program.signal(t + 1));
    const pictures = [gradientsPicture(length), weightsPicture(length), errorsPicture()];
    let data = {};
    function draw({ momentum: beta, noise, seed, steps }, theme) {
      const key = [noise, seed, steps].join();
      if (data.key !== key) {
        const noises = shocks(seed, length).map((value) => noise * value), gradients = truth.map((value, t) => value + noises[t]);
        data = { key, truth, noises, gradients, steps };
        data.errors = errorsOf(program, data, betas);
      }
      const average = leaky(program, data.gradients, steps, beta);
      const corrected = average.map((value, t) => value / program.share(t + 1, beta));
      const sum = program.sum(beta), count = Math.min(Math.floor(sum + 0.5), steps);
      const off = (values) => rootMeanSquare(values.subarray(0, steps).map((value, t) => value - truth[t]));
      const result = {
        memory: sum, count, share: program.share(count, beta), halfLife: program.halfLife(beta), age: program.age(beta),
        samples: program.samples(beta), average: average[steps - 1], corrected: corrected[steps - 1],
        error: off(average), single: off(data.gradients), best: data.errors.best,
      };
      pictures[0].draw({ ...data, average, corrected }, noise, theme);
      pictures[1].draw((age) => program.weight(age, beta), { ...result, steps }, theme);
      pictures[2].draw(memory, data.errors, result, theme);
      return { said: leakyWords(result, steps), result };
    }
    const about = ["Noisy gradients and their leaky average.", "The weight of each gradient in the average.", "Error for each β."];
    return { pictures: pictures.map((picture, i) => [picture, about[i]]), draw };
  });
}
