// The map of OnlineExplorer: C across, β₂ up, shaded where Adam goes to the worst point. The ring is where the sliders are.

const onlineGrid = (low, high, count) => Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);

// The part of a cell where its numbers are positive: `corners` go around it, and between two of them they are linear.
function onlineCell(pen, corners) {
  let started = false;
  const to = (x, y) => { if (started) pen.lineTo(x, y); else pen.moveTo(x, y); started = true; };
  corners.forEach(([x, y, value], i) => {
    const [u, w, next] = corners[(i + 1) % corners.length], share = value / (value - next);
    if (value > 0) to(x, y);
    if (value > 0 !== next > 0) to(x + share * (u - x), y + share * (w - y));
  });
}

// The same for a column of cells, from `left` to `right`, with one number for each place in `ys`.
function onlineColumn(pen, [x, left], [u, right], ys) {
  for (let k = 0, from = -1; k + 1 < ys.length; k++) {
    const least = Math.min(left[k], left[k + 1], right[k], right[k + 1]), most = Math.max(left[k], left[k + 1], right[k], right[k + 1]);
    if (least > 0 && from < 0) from = k;
    if (from >= 0 && (least <= 0 || k + 2 === ys.length)) {
      const end = ys[least > 0 ? k + 1 : k];
      onlineCell(pen, [[x, ys[from], 1], [u, ys[from], 1], [u, end, 1], [x, end, 1]]);
      from = -1;
    }
    if (least <= 0 && most > 0) onlineCell(pen, [[x, ys[k], left[k]], [u, ys[k], right[k]], [u, ys[k + 1], right[k + 1]], [x, ys[k + 1], left[k + 1]]]);
  }
}

// Adam's drift for each of `bigs` and of `seconds`, shares of a cycle for a β₂, as a function of the shares for a β₁. A move is
// linear in its own of these, so all that costs time is done before they are known.
function onlineLines(program, bigs, seconds) {
  const period = seconds[0].length, count = seconds.length, rests = bigs.map(() => new Float64Array(count));
  const slopes = bigs.map((big, column) => {
    const list = new Float64Array(count * period);
    seconds.forEach((second, row) => second.forEach((share, place) => {
      const rest = program.move(big, 0, share);
      rests[column][row] += rest;
      list[row * period + place] = program.move(big, 1, share) - rest;
    }));
    return list;
  });
  const drift = (first) => rests.map((rest, column) => rest.map((sum, row) => {
    const list = slopes[column];
    for (let place = 0, at = row * period; place < period; place++, at++) sum += first[place] * list[at];
    return sum;
  }));
  return { bigs, drift };
}

function onlineMap({ spec, program, get, set, commit }, best) {
  const paper = sheet(), { pen } = paper, [cx, cy] = ["big", "betas.1"].map((key) => spec.controls.find((control) => control.key === key));
  // Near 1 the distance from 1 is what counts.
  const heightOf = (beta2) => (spec.deep ? program.depth(beta2) : beta2), betaOf = (height) => (spec.deep ? program.height(height) : height);
  const [low, high] = [cy.min, cy.max].map(heightOf);
  let from = () => [0, 0], made = {};
  const ring = draggable({ canvas: paper.canvas, controls: [cx, cy], at: (px, py) => from(px, py), get, set, commit, name: "Map: settings" });

  // Values of C, and the one at which the best point changes: there the shade changes sides.
  function across(period, count) {
    const list = onlineGrid(cx.min, cx.max, count), good = best(cx.min, period);
    if (good === best(cx.max, period)) return list;
    let [a, b] = [cx.min, cx.max];
    for (let n = 0; n < 40; n++) {
      const middle = (a + b) / 2;
      if (best(middle, period) === good) a = middle; else b = middle;
    }
    return [...list, a].sort((one, other) => one - other);
  }
  // The drift on a grid, coarser for long cycles, which take longer.
  function shade(under, period, beta1, { toX, toY }) {
    const count = (size) => Math.round(clamp(Math.sqrt(1e5 / period), { min: 12, max: Math.max(12, size / 4) }));
    const heights = onlineGrid(low, high, count(toY(low) - toY(high))), ys = heights.map((height) => Math.round(toY(height)));
    const wide = count(toX(cx.max) - toX(cx.min)), key = [period, wide, heights.length].join();
    if (made.key !== key) made = { key, ...onlineLines(program, across(period, wide), heights.map((height) => onlineShares(program, period, betaOf(height)))) };
    const { bigs, drift } = made, drifts = drift(onlineShares(program, period, beta1));
    under.beginPath();
    bigs.slice(1).forEach((right, k) => {
      const left = bigs[k], good = best((left + right) / 2, period);
      const wrong = (drift) => drift.map((value) => -good * value); // positive where Adam goes away from the best point
      onlineColumn(under, [Math.round(toX(left)), wrong(drifts[k])], [Math.round(toX(right)), wrong(drifts[k + 1])], ys);
    });
    under.fill();
  }
  function draw(values, borders, theme) {
    const { period, big, "betas.0": beta1, "betas.1": beta2 } = values, left = spec.deep ? 54 : 40, right = 12;
    const pad = 0.04 * (cx.max - cx.min); // where the ring has room beside the numbers
    const scale = axes(paper, { x: [cx.min - pad, cx.max + pad], y: [low, high], left, right, bottom: 26 }), { toX, toY, fromX, fromY, paint } = scale;
    from = (px, py) => [fromX(px), betaOf(fromY(py))];
    paper.backdrop((under) => {
      under.fillStyle = theme("shade");
      shade(under, period, beta1, scale);
      const atY = spec.deep ? [0.5, 0.9, 0.99, 0.999, 0.9999].filter((value) => value >= cy.min && value <= cy.max) : ticks(cy.min, cy.max, 4);
      const title = paper.width > 240 ? "β₂ (shaded: Adam to the worst point)" : "β₂ (shaded: to worst)";
      paint(under, theme, { atX: ticks(cx.min, cx.max, 4), atY: atY.map(heightOf), tickY: (height) => show(digits(betaOf(height))), title, across: "C" });
    }, period, beta1, theme("shade"), theme("line"));
    // The borders at this C: dashed, with a mark inside the axis.
    pen.strokeStyle = pen.fillStyle = theme("ink");
    pen.lineWidth = 1;
    for (const y of borders.filter((border) => border >= cy.min && border <= cy.max).map((border) => toY(heightOf(border)))) {
      pen.setLineDash([3, 3]);
      pen.beginPath();
      pen.moveTo(left, y);
      pen.lineTo(toX(big), y);
      pen.stroke();
      pen.setLineDash([]);
      pen.beginPath();
      pen.moveTo(left, y - 4);
      pen.lineTo(left + 7, y);
      pen.lineTo(left, y + 4);
      pen.fill();
    }
    ring.place(toX(big), toY(heightOf(beta2)));
  }
  return onlinePicture("map", paper, draw, ring.nodes);
}
