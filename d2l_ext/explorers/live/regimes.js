// RegimeExplorer: momentum as a point on the map of its regimes, its eigenvalues, its run. All mathematics comes from `program`.

// The eigenvalues of every direction in the complex plane; those that leave the picture wait at its edge.
function eigenvaluePlane() {
  const paper = sheet(), { pen } = paper;
  const node = element("div", { class: "picture eigenvalues" }, paper.canvas);
  function draw(directions, slowest, looks, beta, theme) {
    const { width, height } = paper, radius = Math.min((width - 30) / 2, (height - 38) / 2);
    const cx = width / 2, cy = 24 + (height - 30) / 2;
    const circle = (pen, r) => { pen.beginPath(); pen.arc(cx, cy, r * radius, 0, 7); };
    paper.backdrop((under) => {
      under.fillStyle = theme("shade");
      under.strokeStyle = theme("soft");
      circle(under, 1);
      under.fill();
      under.stroke();
      under.strokeStyle = theme("line");
      under.beginPath();
      under.moveTo(6, cy);
      under.lineTo(width - 6, cy);
      under.moveTo(cx, cy - radius - 6);
      under.lineTo(cx, cy + radius + 6);
      under.stroke();
      under.font = FONT;
      under.fillStyle = theme("soft");
      under.fillText("eigenvalues μ", 8, 17);
      under.fillText("1", cx + radius + 3, cy + 16);
    }, theme("line"));
    pen.strokeStyle = theme("soft");
    pen.lineWidth = 1;
    pen.setLineDash([3, 3]);
    circle(pen, Math.sqrt(beta));
    pen.stroke();
    pen.setLineDash([]);
    if (beta > 0.08) {
      pen.fillStyle = theme("soft");
      pen.font = FONT;
      pen.textAlign = "left";
      const [x, y] = [cx + 0.71 * Math.sqrt(beta) * radius, cy + 0.71 * Math.sqrt(beta) * radius];
      pen.fillText("√β", x + 3, y + 11);
    }
    const put = (x, y, size) => {
      const px = Math.max(8, cx + x * radius);
      pen.beginPath();
      pen.arc(px, cy - y * radius, size, 0, 7);
      pen.fill();
      if (px > 8) return;
      pen.textAlign = "left";
      pen.fillText(`← ${show(x)}`, 4, cy + 18);
    };
    for (let i = directions.length - 1; i >= 0; i--) {
      const [a, b, c] = directions[i].eigenvalues, { color, dot } = looks(i);
      pen.fillStyle = theme(color);
      put(a, c, dot);
      put(b, -c, dot);
    }
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

// The runs of all directions, and what ρ alone would make of the steepest.
function traces({ maxDots, lone }) {
  const paper = sheet(), { pen } = paper;
  const node = element("div", { class: "picture chart" }, paper.canvas);
  function draw(directions, looks, steps, theme) {
    const far = Math.max(...directions.map(({ x }) => x.reduce((most, v) => Math.max(most, Math.abs(v) || 0), 0)));
    const size = [1, 2, 4].find((s) => far <= s) ?? 4;
    const { toX, toY, paint, inside } = axes(paper, { x: [0, steps], y: [-1.1 * size, 1.1 * size], left: 30 });
    const words = { atX: [0], atY: [-size, 0, size], title: lone ? "x, dashed ±ρᵗ" : "x along each direction, dashed ±ρᵗ", across: `${steps} step${steps === 1 ? "" : "s"}` };
    paper.backdrop((under) => paint(under, theme, words), size, steps, theme("line"));
    // A run that runs away is drawn until it has left the picture.
    const last = (x) => (x.findIndex((v) => !(Math.abs(v) < 3 * size)) + steps + 1) % (steps + 1);
    inside(pen, () => {
      pen.lineJoin = "round";
      pen.strokeStyle = theme("momentum");
      pen.globalAlpha = 0.55;
      pen.lineWidth = 1;
      pen.setLineDash([3, 3]);
      const bound = Float64Array.from({ length: steps + 1 });
      for (let t = 0, b = 1; t <= steps; t++, b *= directions[0].rho) bound[t] = b;
      for (const sign of [1, -1]) curve(pen, bound, last(bound), toX, (v) => toY(sign * v));
      pen.setLineDash([]);
      pen.globalAlpha = 1;
      for (let i = directions.length - 1; i >= 0; i--) {
        const { x } = directions[i], { color, width } = looks(i), end = last(x);
        pen.strokeStyle = pen.fillStyle = theme(color);
        pen.lineWidth = width;
        curve(pen, x, end, toX, toY);
        if (i || steps > maxDots) continue;
        pen.beginPath();
        for (let t = 0; t <= end; t++) { pen.moveTo(toX(t) + 2.2, toY(x[t])); pen.arc(toX(t), toY(x[t]), 2.2, 0, 7); }
        pen.fill();
      }
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

// ρ in words: inside the band it is √β, whatever ηλ is.
const radiusInWords = ({ name, rho }) => `ρ = ${name.includes("der-") || name.startsWith("crit") ? "√β = " : ""}${show(rho)}`;

// "0.5 ± 0.5i", "0.6, twice", "0.9 and 0.4".
function eigenvaluesInWords({ name, eigenvalues: [a, b, c] }) {
  if (c) return `${show(a)} ± ${show(Math.abs(c))}i`;
  return name.startsWith("crit") ? `${show((a + b) / 2)}, twice` : `${show(a)} and ${show(b)}`;
}

function regimeWords(directions, slowest, kappa, { tie, regimes, lone }, stepsTo) {
  const [first] = directions, slow = directions[slowest];
  const seen = `${first.name}: ${regimes.find(([name]) => name === first.name)[1]}, ${radiusInWords(first)}.`;
  const pace = ({ rho }) => (rho > 0 && rho < 1 ? `, ten times closer every ${rough(stepsTo(rho, 0.1))} steps` : "");
  if (lone) return [seen, `${eigenvaluesInWords(first)}${pace(first)}.`];
  if (kappa === 1) return [seen, "the same: with κ = 1 all are as steep."];
  if (directions.every(({ rho }) => Math.abs(rho - first.rho) <= tie)) return [seen, `none: all ${directions.length} have ${radiusInWords(first)}.`];
  return [seen, `ηλ = ${rough(slow.z)}, ${slow.name}: ${radiusInWords(slow)}${pace(slow)}.`];
}

function regimesView(context) {
  return explorerView(context, ({ spec, program, get, set, commit }) => {
    const map = regimeMap({ spec, program, get, set, commit }), plane = eigenvaluePlane(), runs = traces(spec);
    const count = spec.directions;
    function follow(z, beta, steps) {
      const theta = new Float64Array(steps + 1), loss = new Float64Array(steps + 1);
      program.momentum([1], steps, { lr: z, momentum: beta }, { curvature: 1 }, [], theta, loss);
      const name = spec.regimes[program.regime(z, beta)][0];
      return { z, name, rho: program.radius(z, beta), eigenvalues: program.eigenvalues(z, beta), x: theta };
    }
    function draw({ z, momentum: beta, kappa, steps }, theme) {
      const directions = Array.from({ length: count }, (_, i) => follow(program.alongSpectrum(z, kappa, i / (count - 1)), beta, steps));
      const most = Math.max(...directions.map(({ rho }) => rho));
      const slowest = directions.findIndex(({ rho }) => rho >= most - spec.tie), slow = directions[slowest], [first] = directions;
      const looks = (i) => (i === 0 ? { color: "momentum", width: 1.8, dot: 5 }
        : i === slowest ? { color: "ink", width: 1.8, dot: 4.5 } : { color: "soft", width: 0.7, dot: 2.5 });
      map.draw(directions, slowest, theme);
      plane.draw(directions, slowest, looks, beta, theme);
      runs.draw(directions, looks, steps, theme);
      const [a, b, c] = first.eigenvalues;
      const result = {
        regime: first.name, rho: first.rho, eigenvalues: [[a, c], [b, -c]], x: first.x[steps],
        slowest: { z: slow.z, regime: slow.name, rho: slow.rho },
      };
      return { said: regimeWords(directions, slowest, kappa, spec, program.stepsTo), result };
    }
    const about = [[map, `${spec.title}: spectral radius, and where the run is.`], [plane, "Eigenvalues in the complex plane."], [runs, "x against step."]];
    return { pictures: about, draw };
  });
}
