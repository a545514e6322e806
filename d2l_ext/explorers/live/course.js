// What a run of one coordinate does, as course.py finds it: where it settles, what it repeats, when it is lost.
// `tolerances` are those of course.py.

function course(x, loss, last, tolerances) {
  const { limit, small } = tolerances;
  const lost = x.subarray(0, last + 1).findIndex((value) => !(Math.abs(value) <= limit));
  const end = lost < 0 ? last : lost, size = Math.max(1, Math.abs(x[end]) || 0);
  let moves = [], rises = 0, turns = 0;
  for (let k = 0; k < end; k++) {
    const move = x[k + 1] - x[k];
    if (lost >= 0 || !(Math.abs(move) <= small * size)) moves.push(move);
    if (!(loss[k + 1] - loss[k] <= small * Math.max(1, Math.abs(loss[k])))) rises += 1;
  }
  for (let k = 1; k < moves.length; k++) if (moves[k] * moves[k - 1] < 0) turns += 1;
  const found = { kind: "lost", step: null, points: null, moves: moves.length, turns, trend: null, rises };
  if (lost >= 0) return { ...found, step: lost };
  const points = repeated(x, last, size, tolerances);
  if (points) return { ...found, kind: !moves.length ? "still" : points.length === 1 ? "settled" : "cycle", points };
  if (regular(moves.slice(moves.length >> 1))) return { ...found, kind: "under way", trend: trendOf(moves) };
  return { ...found, kind: "wandering", moves: null, turns: null, trend: null, rises: null };
}

// The last points of a run that comes back to each of them, in order; null if it does not.
function repeated(x, last, size, { longest, near, apart, rounding }) {
  for (let period = 1; period <= Math.min(longest, last); period++) {
    const now = Math.abs(x[last] - x[last - period]);
    const before = last >= 2 * period ? Math.abs(x[last - period] - x[last - 2 * period]) : 0;
    const left = now < before ? (now * before) / (before - now) : Infinity;
    if (!(now <= rounding * size || left <= near * size)) continue;
    const points = Array.from(x.subarray(last - period + 1, last + 1));
    return points.slice(0, -1).every((point) => Math.abs(point - x[last]) > apart * size) ? points : null;
  }
  return null;
}

// None turns, or all do and get shorter, or longer, all the time.
function regular(moves) {
  const turned = (_, i) => moves[i] * moves[i + 1] < 0, later = moves.slice(1);
  return !later.some(turned) || (later.every(turned) && trendOf(moves) !== null);
}

function trendOf(moves) {
  const lengths = moves.map(Math.abs), later = lengths.slice(1);
  if (!later.length) return null;
  return later.every((length, i) => length <= lengths[i]) ? "shorter" : later.every((length, i) => length >= lengths[i]) ? "longer" : null;
}

const times = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// How it got there, from its turns.
function turning({ moves, turns }) {
  if (moves === 1) return "in one step";
  if (turns === 0) return "from one side";
  return turns === moves - 1 ? "turning round on every step" : `after ${times(turns, "turn")}`;
}

// A number known up to `near`, for a sentence.
const near = (value) => show(Number(value.toFixed(4)));

function courseWords({ kind, step, points, moves, turns, trend }, x, last, name, { limit, longest }) {
  if (kind === "lost" && Number.isNaN(x[step])) return `leaves where the function is defined: no ${name} at step ${step}.`;
  if (kind === "lost") return `diverges: |${name}| passes ${show(limit)} at step ${step}.`;
  if (kind === "still") return `stays at ${name} = ${near(x[last])}.`;
  if (kind === "settled") return `settles at ${name} = ${near(x[last])}, ${turning({ moves, turns })}.`;
  if (kind === "cycle") {
    const listed = points.map(near);
    return `ends in a cycle of ${points.length} points, ${listed.slice(0, -1).join(", ")} and ${listed.at(-1)}.`;
  }
  const after = `${name} = ${show(x[last])} after ${times(last, "step")}`;
  if (kind === "wandering") return `wanders: ${after}, so far not settled, nor in a cycle of up to ${longest} points.`;
  if (moves === 0) return `hardly moves: ${after}.`;
  const how = moves === 1 ? "makes one step" : turns === 0 ? "goes one way" : turns === moves - 1 ? "turns round on every step" : `turned round ${times(turns, "time")}`;
  return `${how}${trend ? `, in ${trend} and ${trend} steps` : ""}: ${after}.`;
}

// A run of gradient descent along a curve, and what it comes to: `told` in descent.py.
function descended(gd, x, lr, params, steps, tolerances) {
  const theta = new Float64Array(steps + 1), loss = new Float64Array(steps + 1);
  gd([x], steps, { lr }, params, [], theta, loss);
  const found = course(theta, loss, steps, tolerances), sure = found.kind !== "wandering" && found.kind !== "lost";
  const result = { lr, ...found, x: sure ? theta[steps] : null, loss: sure ? loss[steps] : null };
  return { run: { theta, loss, last: steps, color: "gd" }, found, result };
}
