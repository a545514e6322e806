// WellsExplorer: a crowd of walkers in a sharp and a flat well, who has left, and how long it should take. All
// mathematics comes from `program`.

// Walks `steps` steps: where each walker is then, and how many steps it stayed in its well before the one that left it.
// The first half of the walkers is at home on the left.
function walk({ program, spec }, { method, lr, ratio, steps, batch, seed }) {
  const count = spec.walkers, middle = count / 2, near = program.half(ratio), far = program.half(1);
  const x = new Float64Array(count).fill(-2 * near, 0, middle).fill(2 * far, middle), stays = new Uint16Array(count);
  const carried = [x, ...spec.starts[method].map((first) => new Float64Array(count).fill(first))];
  const hyper = { ...spec.hyper[method], lr }, params = { left: ratio, right: 1, height: spec.height, batch };
  const noise = shocks(seed, count * (steps > spec.usual ? spec.most : spec.usual)), step = program.crowds[method];
  for (let k = 0; k < steps; k++) {
    step(k, count, carried, hyper, params, noise);
    // Who is still at home has stayed k steps. No branches: who has left is no pattern that a processor could guess.
    for (let i = 0; i < middle; i++) stays[i] += (stays[i] === k) & (x[i] <= far);
    for (let i = middle; i < count; i++) stays[i] += (stays[i] === k) & (x[i] >= -near);
  }
  return { x, stays };
}

// Of the walkers of one well: how many left, and how many of them once leaving was steady, in so many walker-steps.
function staying(stays, steps, begin) {
  const gone = new Float64Array(steps + 1), home = new Float64Array(steps + 1);
  let left = 0, counted = 0, risk = 0;
  for (const stay of stays) {
    if (stay < steps) { left += 1; gone[stay + 1] += 1; }
    if (stay < steps && stay >= begin) counted += 1;
    risk += Math.max(Math.min(stay + 1, steps) - begin, 0);
  }
  for (let k = 0, all = stays.length; k <= steps; k++) home[k] = (all -= gone[k]) / stays.length;
  return { home, left, counted, risk };
}

// A number of steps for a sentence.
const lasting = (value) => (value < 1e6 ? String(Number(value.toPrecision(3))) : rough(value));

function stayWords({ left, counted, risk }, count) {
  const who = `${left} of ${count} went out`;
  if (!risk) return `${who}, all in the quarter that is not counted.`;
  if (!counted) return `${left ? `${who}, none of them counted` : "no exit seen"}: less than once in ${lasting(risk / 3)} steps (95 % sure).`;
  const mean = risk / counted;
  return `${who}; beyond the grey ${counted > 1 ? "" : "about "}once in ${lasting(mean)}${counted > 1 ? ` ± ${rough(mean / Math.sqrt(counted))}` : ""} steps.`;
}

function wellsWords({ sharp, flat }, count) {
  const least = Math.min(sharp.exponent, flat.exponent), times = flat.theory / sharp.theory;
  const told = `once in ${lasting(sharp.theory)} and ${lasting(flat.theory)} steps`;
  const compared = times < 1.05 ? "both alike" : `flat ${rough(times)} times longer`;
  const warned = least < 1.5 ? `; but an exponent of ${rough(least)} is small for the formula` : "";
  return [stayWords(sharp, count), stayWords(flat, count), `${told}: ${compared}${warned}.`];
}

function wellsView(context) {
  return explorerView(context, ({ spec, program }) => {
    const wells = wellsPicture(spec), stays = staysPicture(), law = lawPicture(spec), middle = spec.walkers / 2;
    let last = {};
    function draw(values, theme) {
      const { method, lr, ratio, steps, batch } = values, key = Object.values(values).join();
      if (last.key !== key) last = { key, ...walk({ program, spec }, values) }; // a new theme is no new walk
      const { x, stays: stayed } = last, begin = Math.floor(steps * spec.beginning);
      const [sharp, flat] = [[0, ratio], [middle, 1]].map(([from, well]) => ({
        ...staying(stayed.subarray(from, from + middle), steps, begin),
        theory: program.escapes(lr, well, batch)[method], exponent: program.exponents(lr, well, batch)[method],
      }));
      const share = x.reduce((sum, place) => sum + (place > 0), 0) / spec.walkers;
      wells.draw((place) => program.value(place, ratio), x, ratio, share, theme);
      stays.draw(sharp, flat, steps, begin, theme);
      law.draw((well) => program.escapes(lr, well, batch), [[sharp, ratio, "other-1"], [flat, 1, "other-2"]], method, theme);
      const told = ({ home, ...numbers }) => numbers;
      return { said: wellsWords({ sharp, flat }, middle), result: { sharp: told(sharp), flat: told(flat), share } };
    }
    const about = ["Two wells and the walkers in them.", "How many have not yet left their well, by step.", "Steps to leave, by sharpness."];
    return { pictures: [wells, stays, law].map((picture, i) => [picture, about[i]]), draw };
  });
}
