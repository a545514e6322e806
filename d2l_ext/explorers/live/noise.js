// Standard normal numbers: the same, for the same seed, as d2l_ext/noise.py, which says how and why.

const rotations = [[13, 15, 26, 6], [17, 29, 16, 24]];

// Threefry-2x32 with 20 rounds (Salmon et al., SC 2011): two random words for a key and a counter of two words.
function threefry(key, counter) {
  const keys = [...key, key[0] ^ key[1] ^ 0x1bd11bda];
  let a = (counter[0] + keys[0]) | 0, b = (counter[1] + keys[1]) | 0;
  for (let group = 1; group <= 5; group++) {
    for (const rotation of rotations[(group - 1) % 2]) {
      a = (a + b) | 0;
      b = ((b << rotation) | (b >>> (32 - rotation))) ^ a;
    }
    a = (a + keys[group % 3]) | 0;
    b = (b + keys[(group + 1) % 3] + group) | 0;
  }
  return [a >>> 0, b >>> 0];
}

// Number `i` of those uniform in [0, 1), a multiple of 2 ** -53.
function uniform(seed, i) {
  const [high, low] = threefry([seed, 0], [i, 0]);
  return (high >>> 5) * 2 ** -27 + (low >>> 6) * 2 ** -53;
}

// The first `count` normal numbers of a seed (a whole number, 0 <= seed < 2 ** 32), two at a time (Box & Muller 1958).
function normals(seed, count) {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(seed, i)));
    const angle = 2 * Math.PI * uniform(seed, i + 1);
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle); // past the end of an odd count this is nothing
  }
  return values;
}

// The first `count` numbers of a seed, out of those kept: a drag asks for the same many times, and more begin with fewer.
const shocks = (() => {
  let of, kept;
  return (seed, count) => {
    if (of !== seed || kept.length < count) [of, kept] = [seed, normals(seed, count)];
    return kept.subarray(0, count);
  };
})();
