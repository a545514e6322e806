// Numbers of an explorer: from spec to slider stops, from and to the URL, clamped on every way in.

const digits = (value) => Number(value.toPrecision(12));

// The values a slider can take. Linear: multiples of a round step. Log: every number of two significant
// digits, so that each position is a value one would type. Complement: 1 minus such a number.
function stops({ min, max, step, scale }) {
  if (scale === "complement") {
    return stops({ min: digits(1 - max), max: digits(1 - min), scale: "log" }).map((rest) => digits(1 - rest)).reverse();
  }
  const list = [];
  if (scale === "log") {
    let exponent = Math.floor(Math.log10(min) + 1e-9);
    for (; 10 ** exponent <= max * 1.0001; exponent++) {
      for (let mantissa = 10; mantissa < 100; mantissa++) {
        const value = Number(`${mantissa}e${exponent - 1}`);
        if (value >= min && value <= max) list.push(value);
      }
    }
  } else {
    const count = Math.round((max - min) / step);
    for (let i = 0; i <= count; i++) list.push(digits(Math.min(max, min + i * step)));
  }
  return list;
}

function nearest(list, value) {
  let best = 0;
  for (let i = 1; i < list.length; i++) {
    if (Math.abs(list[i] - value) < Math.abs(list[best] - value)) best = i;
  }
  return best;
}

const clamp = (value, { min, max }) => Math.min(max, Math.max(min, value));

// A number as people write it, at most four significant digits, with a real minus sign.
function show(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value), plain = size === 0 || (size >= 1e-3 && size < 1e5);
  const text = plain ? String(Number(value.toPrecision(4))) : Number(value.toPrecision(3)).toExponential();
  return text.replace("e+", "e").replaceAll("-", "−");
}

// Numbers for a sentence: two digits.
const rough = (value) => show(Number(value.toPrecision(2)));
const percent = (share) => `${Math.round(100 * share)} %`;

// "#ravine:lr=0.6,momentum=0.5": the part of the hash that belongs to `key`, as numbers.
function readHash(hash, key, controls) {
  let text;
  try {
    text = decodeURIComponent(hash.replace(/^#/, ""));
  } catch {
    return null; // not a link of ours
  }
  if (!text.startsWith(`${key}:`)) return null;
  const bounds = new Map(controls.map((control) => [control.key, control]));
  const values = {};
  for (const pair of text.slice(key.length + 1).split(",")) {
    const [name, number, ...rest] = pair.split("=");
    const value = number?.trim() ? Number(number) : NaN;
    if (rest.length || !bounds.has(name) || !Number.isFinite(value)) continue;
    const control = bounds.get(name);
    values[name] = clamp(control.whole ? Math.round(value) : value, control);
  }
  return values;
}

const writeHash = (key, values) =>
  `#${key}:${Object.entries(values).map(([name, value]) => `${name}=${value}`).join(",")}`;
