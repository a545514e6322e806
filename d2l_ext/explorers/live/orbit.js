// OrbitExplorer: gradient descent on (1 − xy)²/2, its bifurcation diagram and its run. All mathematics comes from `program`.

// A run and a few steps more: its end, whether it went away, and after how many steps it is back.
function followRun(program, { trials, points }, values, kept) {
  const { steps, lr } = values, { longest, returns, limit } = trials, total = steps + longest;
  if (kept.loss?.length !== total + 1) Object.assign(kept, { theta: new Float64Array(2 * total + 2), loss: new Float64Array(total + 1) });
  const { theta, loss } = kept;
  program.gd(points.slice(0, 2).map(({ key }) => values[key]), total, { lr }, {}, [], theta, loss);
  const gone = beyond(theta, steps, limit);
  const apart = (p) => Math.max(Math.abs(theta[2 * (steps + p)] - theta[2 * steps]), Math.abs(theta[2 * (steps + p) + 1] - theta[2 * steps + 1]));
  let period = 0;
  for (let p = longest; p >= 1 && gone < 0; p--) if (apart(p) <= returns) period = p;
  return { theta, steps, gone, period, end: [theta[2 * steps], theta[2 * steps + 1]], loss: loss[steps] };
}

// The plane: starts outside the ellipse shaded, the hyperbola of minima, the balanced line, a run from a start one can drag.
function orbitPlane({ spec, program, get, set, commit }) {
  const paper = sheet(), { canvas, pen } = paper, [cx, cy] = spec.points;
  let half = [1, 1], toX, toY, at;
  const ring = draggable({ canvas, controls: [cx, cy], at: (px, py) => at(px, py), get, set, commit, name: `${spec.title}: start` });
  const node = element("div", { class: "picture plane" }, canvas, ...ring.nodes);

  // Equal scales: the narrower side shows the start's whole range, and room for its ring.
  function resize() {
    paper.resize();
    const { width, height } = paper, scale = Math.min((width - 24) / (2 * cx.max), (height - 24) / (2 * cy.max));
    half = [width / 2 / scale, height / 2 / scale];
    toX = (x) => width / 2 + x * scale;
    toY = (y) => height / 2 - y * scale;
    at = (px, py) => [(px - width / 2) / scale, (height / 2 - py) / scale];
  }

  // Everything but the ellipse of starts that stay; all of it where there is none.
  function shadeOutside(theme) {
    const lr = get("lr"), corners = 120;
    pen.globalCompositeOperation = "destination-over";
    pen.fillStyle = theme("shade");
    pen.beginPath();
    pen.rect(0, 0, paper.width, paper.height);
    for (let k = 0; k < corners && lr < spec.stays; k++) {
      const [x, y] = program.rim((2 * Math.PI * k) / corners, lr);
      pen[k ? "lineTo" : "moveTo"](toX(x), toY(y));
    }
    pen.closePath();
    pen.fill("evenodd");
    pen.globalCompositeOperation = "source-over";
  }

  function paint(under, theme) {
    const { width, height } = paper;
    under.strokeStyle = theme("soft");
    under.lineWidth = 1;
    under.setLineDash([3, 3]);
    under.beginPath();
    under.moveTo(toX(-half[1]), toY(-half[1]));
    under.lineTo(toX(half[1]), toY(half[1]));
    under.stroke();
    under.setLineDash([]);
    under.lineWidth = 1.4;
    for (const side of [-1, 1]) {
      const from = 1 / half[1], count = 120;
      polyline(under, count, (k) => toX(side * from * (half[0] / from) ** (k / count)), (k) => toY(program.valley(side * from * (half[0] / from) ** (k / count))));
    }
    under.font = FONT;
    under.fillStyle = theme("soft");
    under.textAlign = "center";
    for (const x of ticks(-half[0], half[0], 5)) if (Math.abs(toX(x) - width / 2) < width / 2 - 26) under.fillText(show(x), toX(x), height - 6);
    under.textAlign = "left";
    for (const y of ticks(-half[1], half[1], 5)) if (Math.abs(toY(y) - height / 2) < height / 2 - 26) under.fillText(show(y), 6, toY(y) + 4);
    under.font = `italic ${FONT}`;
    under.fillText(cy.label, 6, 16);
    under.textAlign = "right";
    under.fillText(cx.label, width - 8, height - 6);
    under.font = FONT;
    under.fillText("shaded: outside", width - 8, height - 40);
    under.fillText("the ellipse", width - 8, height - 24);
  }

  // The first steps joined. As dots one round of its cycle; without a cycle, iterates of its second half.
  function trace({ theta, steps, gone, period }, theme) {
    const x = (k) => toX(theta[2 * k]), y = (k) => toY(theta[2 * k + 1]);
    const end = Math.min(gone < 0 ? steps : gone, spec.joined);
    pen.strokeStyle = pen.fillStyle = theme("gd");
    pen.lineWidth = 1.2;
    pen.lineJoin = "round";
    pen.globalAlpha = 0.75;
    const far = 4 * paper.width + 4 * paper.height, near = (v) => clamp(Number.isNaN(v) ? far : v, { min: -far, max: far });
    polyline(pen, end, (k) => near(x(k)), (k) => near(y(k)));
    pen.globalAlpha = 1;
    pen.beginPath();
    for (let k = 1; k <= end; k++) { pen.moveTo(near(x(k)) + 2, near(y(k))); pen.arc(near(x(k)), near(y(k)), 2, 0, 7); }
    pen.fill();
    if (gone >= 0) return;
    pen.fillStyle = theme("ink");
    pen.beginPath();
    const marked = period || Math.min(spec.trials.here.hold, Math.ceil(steps / 2));
    for (let k = Math.max(0, steps - marked + 1); k <= steps; k++) { pen.moveTo(x(k) + 3, y(k)); pen.arc(x(k), y(k), 3, 0, 7); }
    pen.fill();
  }

  function draw(run, theme) {
    paper.backdrop((under) => paint(under, theme), theme("line"));
    shadeOutside(theme);
    trace(run, theme);
    ring.place(toX(get(cx.key)), toY(get(cy.key)));
  }
  return { node, draw, resize, describe: paper.describe };
}

const counted = (steps) => `${steps} step${steps === 1 ? "" : "s"}`;

const signed = (value) => (value < 0 ? rough(value) : `+${rough(value)}`);

function runWords({ gone, period, end, loss, steps }, { longest, returns, limit }) {
  if (gone >= 0) return `runs away: a coordinate passes ${show(limit)} at step ${gone}.`;
  if (period === 1) return `at rest at (${end.map(show).join(", ")}) after ${counted(steps)}, loss ${show(loss)}.`;
  if (period) return `period ${period}: ${period} steps after step ${steps} it is back, to ${show(returns)}.`;
  return `after ${counted(steps)} no period up to ${longest} is found.`;
}

function lineWords(lr, { gone, period, multiplier, exponent }, { longest }) {
  const where = `η = ${lr}: `;
  if (gone >= 0) return `${where}the turning point runs away, at step ${gone}.`;
  if (period) return `${where}period ${period}, multiplier ${show(multiplier)}: ${Math.abs(multiplier) < 1 ? "attracts" : "does not attract"}.`;
  return `${where}no period up to ${longest} found, Lyapunov exponent about ${signed(exponent)}: neighbours ${exponent > 0 ? "part" : "approach, slowly"}.`;
}

function orbitView(context) {
  return explorerView(context, ({ spec, program, get, set, commit }) => {
    const rate = spec.controls.find(({ key }) => key === "lr"), share = spec.points.find(({ key }) => key === "share"), kept = {};
    const view = () => windowAround(get("lr"), get("share"), get("zoom"), rate);
    const { map } = program, hands = { get, set, commit };
    const diagram = bifurcation({ map, controls: [rate, share], view, values: spec.heights, trials: spec.trials.columns, mirror: "other-1", name: rate.label, ...hands });
    const plane = orbitPlane({ spec, program, ...hands });
    function draw(values, theme) {
      const line = followMap(map, values.lr, { ...spec.trials, ...spec.trials.here }), run = followRun(program, spec, values, kept);
      diagram.draw(line, theme, "gd");
      plane.draw(run, theme);
      const { gone, period, multiplier, exponent } = line;
      const result = {
        run: { theta: run.end, gone: run.gone, period: run.period },
        line: { gone, period, multiplier, exponent: Number.isFinite(exponent) ? exponent : null },
      };
      return { said: [runWords(run, spec.trials), lineWords(values.lr, line, spec.trials)], result };
    }
    return { pictures: [[diagram, "Where the balanced line ends up, against the learning rate."], [plane, `${spec.title}, seen from above.`]], draw };
  });
}
