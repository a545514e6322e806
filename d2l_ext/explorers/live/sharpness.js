// SharpnessExplorer: recorded runs, their loss and sharpness on one axis of steps, and the steps around the chosen one.

const STEPS_LEFT = 46;

// The chosen step, in a picture whose ends are at `top` and `bottom`.
function upright(pen, theme, x, top, bottom) {
  pen.strokeStyle = theme("soft");
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x, top);
  pen.lineTo(x, bottom);
  pen.stroke();
}

// The last probe at or before this step.
function probeAt(probed, step) {
  let at = 0;
  while (at + 1 < probed.length && probed[at + 1] <= step) at++;
  return at;
}

function risesIn(loss, first, last) {
  let count = 0;
  for (let t = first + 1; t <= last; t++) count += loss[t] > loss[t - 1];
  return count;
}

function lossAgainstStep(runs, length, color) {
  const paper = sheet(), { pen } = paper;
  const logs = new Map(runs.map((run) => [run, run.loss.map((value) => Math.log10(Math.max(value, 1e-300)))]));
  const lows = [...logs.values()].map((values) => values.reduce((a, b) => Math.min(a, b))), highs = [...logs.values()].map((values) => values.reduce((a, b) => Math.max(a, b)));
  const low = Math.floor(Math.min(...lows)), most = Math.min(Math.max(...highs), Math.max(...runs.map((run) => logs.get(run)[0])) + 2); // a run that is lost would take all the room
  const high = Math.max(low + 1, Math.ceil(10 * most) / 10);
  function draw(run, { step }, theme) {
    const { toX, toY, paint, inside } = axes(paper, { x: [0, length], y: [low, high], left: STEPS_LEFT, bottom: 10 });
    const decades = Array.from({ length: Math.floor(high) - low + 1 }, (_, i) => low + i), thin = Math.ceil(decades.length / 5);
    paper.backdrop((under) => {
      paint(under, theme, { atY: decades.filter((_, i) => i % thin === 0), tickY: powerOfTen, title: "loss" });
      inside(under, () => {
        under.strokeStyle = theme(color);
        under.lineWidth = 1.4;
        under.lineJoin = "round";
        curve(under, logs.get(run), run.loss.length - 1, toX, toY);
      });
    }, runs.indexOf(run), theme(color), theme("line"));
    upright(pen, theme, toX(step), toY(high), toY(low));
    pen.fillStyle = theme("field");
    pen.strokeStyle = theme(color);
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(toX(step), toY(Math.min(high, logs.get(run)[step])), 4.5, 0, 7);
    pen.fill();
    pen.stroke();
  }
  return { node: element("div", { class: "picture loss" }, paper.canvas), draw, resize: paper.resize, describe: paper.describe };
}

function sharpnessAgainstStep({ spec, get, set, commit }, length) {
  const { runs, color } = spec, paper = sheet(), { pen } = paper;
  const high = 1.12 * Math.max(...runs.map(({ sharpness, limit }) => Math.max(limit, ...sharpness)));
  const low = Math.min(0, ...runs.map(({ sharpness }) => Math.min(...sharpness)));
  let fromX = () => 0;
  const control = spec.controls.find(({ key }) => key === "step");
  const handle = draggable({ canvas: paper.canvas, controls: [control], at: (px) => [fromX(px)], get, set, commit, name: "chosen step" });
  const node = element("div", { class: "picture sharp" }, paper.canvas, ...handle.nodes);
  function draw(run, { step, sharpness }, theme) {
    const scale = axes(paper, { x: [0, length], y: [low, high], left: STEPS_LEFT }), { toX, toY, paint, inside } = scale;
    fromX = scale.fromX;
    paper.backdrop((under) => {
      paint(under, theme, { atX: ticks(0, length, 4), atY: ticks(low, high, 4), title: "sharpness", across: "step" });
      inside(under, () => {
        under.lineJoin = "round";
        for (const each of [...runs.filter((other) => other !== run), run]) {
          under.strokeStyle = theme(each === run ? color : "line");
          under.lineWidth = each === run ? 2 : 1.5;
          polyline(under, each.probed.length - 1, (k) => toX(each.probed[k]), (k) => toY(each.sharpness[k]));
        }
        under.strokeStyle = theme("ink");
        under.lineWidth = 1.2;
        under.setLineDash([6, 4]);
        under.beginPath();
        under.moveTo(toX(0), toY(run.limit));
        under.lineTo(toX(length), toY(run.limit));
        under.stroke();
        under.setLineDash([]);
      });
      under.fillStyle = theme("ink");
      under.textAlign = "right";
      under.strokeStyle = theme("field"); // the words stand free of the curves behind them
      under.lineWidth = 4;
      const words = [`${run.line} = ${three(run.limit)}`, toX(length) - 2, toY(run.limit) - 14];
      under.strokeText(...words);
      under.fillText(...words);
    }, runs.indexOf(run), theme(color), theme("line"));
    upright(pen, theme, toX(step), toY(high), toY(low));
    handle.place(toX(step), toY(sharpness));
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

// The loss a few steps before and after, as it is: what a logarithmic axis over thousands of steps hides.
function closeView(close, color) {
  const paper = sheet(), { pen } = paper;
  function draw({ loss }, { step }, theme) {
    const first = Math.max(0, Math.min(step - close, loss.length - 1 - 2 * close)), last = Math.min(loss.length - 1, first + 2 * close);
    const seen = loss.slice(first, last + 1), least = Math.min(...seen), most = Math.max(...seen);
    const room = 0.1 * (most - least) || 0.05 * Math.abs(most) || 1, end = Math.max(last, first + 1);
    const { toX, toY, paint } = axes(paper, { x: [first, end], y: [least - room, most + room], left: 64, right: 14 });
    const exact = Math.min(6, Math.max(2, Math.ceil(-Math.log10((most - least) / most || 1)) + 2));
    pen.clearRect(0, 0, paper.width, paper.height);
    paint(pen, theme, { atX: [...new Set([first, last])], atY: ticks(least - room, most + room, 4), tickY: (v) => show(Number(v.toPrecision(exact))), title: "loss, close; thick where it rises" });
    for (let t = first + 1; t <= last; t++) {
      const up = loss[t] > loss[t - 1];
      pen.strokeStyle = theme(up ? "danger" : color);
      pen.lineWidth = up ? 3.2 : 1.3;
      pen.beginPath();
      pen.moveTo(toX(t - 1), toY(loss[t - 1]));
      pen.lineTo(toX(t), toY(loss[t]));
      pen.stroke();
    }
    pen.fillStyle = theme(color);
    pen.beginPath();
    for (let t = first; t <= last; t++) { pen.moveTo(toX(t) + 2.2, toY(loss[t])); pen.arc(toX(t), toY(loss[t]), 2.2, 0, 7); }
    pen.fill();
    pen.fillStyle = theme("field");
    pen.strokeStyle = theme(color);
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(toX(step), toY(loss[step]), 4.5, 0, 7);
    pen.fill();
    pen.stroke();
  }
  return { node: element("div", { class: "picture close" }, paper.canvas), draw, resize: paper.resize, describe: paper.describe };
}

const manySteps = (count) => `${count} step${count === 1 ? "" : "s"}`;
const three = (value) => show(Number(value.toPrecision(3)));

function sharpnessWords(run, { step, loss, change, measured, sharpness, ratio, crossed, risesBefore, risesSince }) {
  const last = step === run.loss.length - 1;
  const moved = !step ? "the start" : `${change > 0 ? "higher than" : change < 0 ? "lower than" : "the same as"} one step before`;
  const when = measured === step ? `at step ${step}` : `when last measured, at step ${measured}`;
  const line = `${run.line} = ${three(run.limit)}`;
  return [
    `${three(loss)} at step ${step}, ${moved}.${last && run.diverged ? " After it the run is lost." : ""}`,
    `${three(sharpness)} ${when}: ${ratio.toFixed(2)} of ${line}.`,
    crossed === null ? `not reached ${last ? "in this run" : "so far"}; the loss rose on ${risesBefore} of ${manySteps(step)}.`
      : crossed === 0 ? `reached from the start; the loss rose on ${risesSince} of ${manySteps(step)}.`
      : `reached by step ${crossed}; the loss rose on ${risesBefore} of ${manySteps(crossed)} before, on ${risesSince} of ${step - crossed} since.`,
  ];
}

function sharpnessView(context) {
  return explorerView(context, (tools) => {
    const { runs, color, close } = tools.spec, length = Math.max(...runs.map(({ loss }) => loss.length)) - 1;
    const pictures = [lossAgainstStep(runs, length, color), sharpnessAgainstStep(tools, length), closeView(close, color)];
    function draw(values, theme) {
      const run = runs[values.run ?? 0], { loss, probed, crossed } = run;
      const step = Math.min(values.step, loss.length - 1), at = probeAt(probed, step), border = crossed === null ? step : Math.min(step, crossed);
      const result = {
        step, loss: loss[step], change: step ? loss[step] - loss[step - 1] : 0, measured: probed[at], sharpness: run.sharpness[at],
        ratio: run.sharpness[at] / run.limit, crossed: crossed !== null && crossed <= step ? crossed : null,
        risesBefore: risesIn(loss, 0, border), risesSince: risesIn(loss, border, step),
      };
      for (const picture of pictures) picture.draw(run, result, theme);
      return { said: sharpnessWords(run, result), result };
    }
    const about = ["Loss against step.", "Sharpness against step, and the line where stability ends.", "The loss around the chosen step."];
    return { pictures: pictures.map((picture, i) => [picture, about[i]]), draw };
  });
}
