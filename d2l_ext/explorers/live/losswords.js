// What became of the loss of a run, in words.

// The mean loss over the second half of a run: where noise keeps it, in the end.
function floorOf({ loss, last }) {
  const from = Math.floor(last / 2) + 1;
  let sum = 0;
  for (let k = from; k <= last; k++) sum += loss[k];
  return sum / (last + 1 - from);
}

function inWords(run, { diverged: limit, noisy }) {
  const { loss, last, lost } = run;
  if (lost >= 0) return `diverges: a coordinate passes ${show(limit)} at step ${lost}.`;
  const [from, to] = [loss[0], loss[last]];
  if (noisy) return `loss from ${show(from)} to ${show(to)}; second half: ${show(floorOf(run))} on average.`;
  if (to === from) return `loss stays at ${show(to)}.`;
  return `loss ${to < from ? "falls" : "rises"} from ${show(from)} to ${show(to)}.`;
}
