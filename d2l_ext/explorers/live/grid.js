// GridExplorer: a map of stored results, the best cell of each column framed, and the chosen column as a curve. All
// numbers were computed before; here they are looked up and drawn.

const CELL_FONT = FONT.replace("12px", "11px");
const digitsOf = (value) => show(Number(value.toPrecision(3)));

function gridMap({ spec, get, set, commit }) {
  const paper = sheet(), { canvas, pen } = paper, { across, colors, ink } = spec, count = across.values.length;
  const control = spec.controls.find(({ key }) => key === "column");
  let scale = axes(paper, { x: [0, 1], y: [0, 1] });
  // The knob goes by whole columns, whatever the hand does in between.
  const knob = draggable({
    canvas, controls: [{ ...control, step: 0.1 }], at: (px) => [scale.fromX(px)], get,
    set: ({ column }) => set({ column: Math.round(column) }), commit, name: across.label,
  });
  const node = element("div", { class: "picture map" }, canvas, ...knob.nodes);

  function paint(under, table, theme) {
    const { toX, toY } = scale, wide = toX(1) - toX(0), high = toY(0) - toY(1);
    const said = (axis) => `${axis.label}${axis.symbol && ` ${axis.symbol}`}`;
    const thin = Math.ceil(38 / wide); // tick labels that would touch are left out
    scale.paint(under, theme, {
      title: `↑ ${said(table)}   → ${said(across)}`, atX: across.values.map((_, i) => i).filter((i) => i % thin === 0), tickX: (i) => show(across.values[i]),
    });
    under.textAlign = "right";
    table.up.forEach((value, row) => under.fillText(show(value), toX(-0.5) - 5, toY(row) + 4));
    under.font = CELL_FONT;
    under.textAlign = "center";
    const room = wide >= 34 && high >= 15;
    table.mean.forEach((values, row) => values.forEach((value, column) => {
      const shade = table.shade[row][column];
      under.fillStyle = colors[shade];
      under.fillRect(toX(column - 0.5), toY(row + 0.5), wide + 0.5, high + 0.5);
      under.fillStyle = ink[shade];
      if (room) under.fillText(digitsOf(value), toX(column), toY(row) + 4);
    }));
    for (const [row, column] of table.near ?? []) {
      under.fillStyle = ink[table.shade[row][column]];
      under.beginPath();
      under.arc(toX(column + 0.5) - 6, toY(row + 0.5) + 6, 2, 0, 7);
      under.fill();
    }
    under.lineWidth = 2.5;
    table.best.forEach((row, column) => {
      under.strokeStyle = ink[table.shade[row][column]];
      under.strokeRect(toX(column - 0.5) + 1.5, toY(row + 0.5) + 1.5, wide - 3, high - 3);
    });
  }
  function draw(table, name, column, theme) {
    scale = axes(paper, { x: [-0.5, count - 0.5], y: [-0.5, table.up.length - 0.5], left: 48, top: 50 });
    paper.backdrop((under) => paint(under, table, theme), name, theme("line"));
    const { toX, toY } = scale, top = toY(table.up.length - 0.5);
    pen.strokeStyle = theme("accent");
    pen.lineWidth = 2.5;
    pen.strokeRect(toX(column - 0.5), top, toX(1) - toX(0), toY(-0.5) - top);
    knob.place(toX(column), top - 9);
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

function columnPicture({ across }) {
  const paper = sheet(), { pen } = paper, node = element("div", { class: "picture column" }, paper.canvas);
  const looks = (table) => [["mean", table.color, 2.4], ["seeds", "soft", 0], ["rows + columns", "soft", 1.4, [4, 3]]];

  function legend(under, table, theme) {
    let x = 8;
    under.textAlign = "left";
    for (const [word, color, width, dash = []] of looks(table)) {
      under.strokeStyle = under.fillStyle = theme(color);
      under.lineWidth = width;
      under.setLineDash(dash);
      under.beginPath();
      if (width) { under.moveTo(x, 32); under.lineTo(x += 16, 32); under.stroke(); } else { under.arc(x += 3, 32, 2.2, 0, 7); under.fill(); }
      under.fillStyle = theme("soft");
      under.fillText(word, x += 4, 36);
      x += under.measureText(word).width + 10;
    }
    under.setLineDash([]);
  }
  function draw(table, measure, name, column, theme) {
    const last = table.up.length - 1, { log, low, high } = measure, place = log ? Math.log10 : (value) => value;
    const room = 0.05 * (place(high) - place(low)) || 0.5, y = [place(low) - room, place(high) + room];
    const { toX, toY: toPlace, paint, inside } = axes(paper, { x: [-0.4, last + 0.7], y, left: 46, top: 52 });
    const toY = (value) => toPlace(place(value));
    paper.backdrop((under) => {
      const atY = log ? measure.ticks.map(place) : ticks(...y, 5), thin = Math.ceil((last + 1) / 4);
      const atX = table.up.map((_, i) => i).filter((i) => i % thin === 0);
      paint(under, theme, { atX, tickX: (i) => show(table.up[i]), atY, tickY: (v) => show(log ? digits(10 ** v) : v), title: measure.title, across: table.symbol });
      legend(under, table, theme);
    }, name, theme("line"));
    const of = (rows) => (i) => toY(rows[i][column]);
    inside(pen, () => {
      pen.fillStyle = theme("soft");
      pen.beginPath();
      table.seeds.forEach((row, i) => row[column].forEach((value) => { pen.moveTo(toX(i) + 2.2, toY(value)); pen.arc(toX(i), toY(value), 2.2, 0, 7); }));
      pen.fill();
      pen.lineJoin = "round";
      for (const [rows, [, color, width, dash = []]] of [[table.fit, looks(table)[2]], [table.mean, looks(table)[0]]]) {
        pen.strokeStyle = theme(color);
        pen.lineWidth = width;
        pen.setLineDash(dash);
        polyline(pen, last, toX, of(rows));
      }
      pen.setLineDash([]);
    });
    pen.fillStyle = theme("field");
    pen.strokeStyle = theme("ink");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(toX(table.best[column]), of(table.mean)(table.best[column]), 5, 0, 7);
    pen.fill();
    pen.stroke();
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

function gridWords({ across, best, value, seeds, ridge, least, share, near }, table, measure, axis, within) {
  const x = axis.symbol || axis.label, y = table.symbol || table.label, unit = measure.unit && ` ${measure.unit}`;
  const edge = best === table.up[0] ? ", the smallest here" : best === table.up.at(-1) ? ", the largest here" : "";
  const spread = seeds[0] < seeds[1] ? ` (seeds ${digitsOf(seeds[0])} to ${digitsOf(seeds[1])})` : "";
  const moves = ridge[0] === ridge[1] ? `the same ${y} is best for every ${x}` : `the best ${y} lies between ${show(ridge[0])} and ${show(ridge[1])}`;
  const is = (symbol, value) => `${symbol}\u00a0=\u00a0${show(value)}`; // never parted at the end of a line
  const points = measure.unit === "%" ? (within === 1 ? " point" : " points") : unit, cells = table.up.length * axis.values.length;
  return [
    `at ${is(x, across)} it is ${is(y, best)}${edge}: ${measure.name} ${digitsOf(value)}${unit}${spread}.`,
    `${moves}; lowest of all is ${digitsOf(least[2])}${unit}, at ${is(x, least[0])}, ${is(y, least[1])}.`,
    ...(near === undefined ? [] : [`${near} of ${cells} cells, those with a dot, are at most ${show(within)}${points} above it.`]),
    `one number for each ${x} and one for each ${y} explain ${digitsOf(100 * share)} % of the variance of ${table.log ? "log " : ""}${measure.name}.`,
  ];
}

function gridView(context) {
  return explorerView(context, (tools) => {
    const { tables, measures, across, within } = tools.spec, map = gridMap(tools), curve = columnPicture(tools.spec);
    function draw({ method = 0, measure: kind = 0, column }, theme) {
      const table = tables[method][kind], measure = measures[kind], name = `${method} ${kind}`;
      const row = table.best[column], seeds = table.seeds[row][column], best = table.best.map((i) => table.up[i]), [i, j] = table.least;
      const result = {
        across: across.values[column], best: table.up[row], value: table.mean[row][column], seeds: [Math.min(...seeds), Math.max(...seeds)],
        fit: table.fit[row][column], ridge: [Math.min(...best), Math.max(...best)], least: [across.values[j], table.up[i], table.mean[i][j]], share: table.share,
        ...(table.near && { near: table.near.length }),
      };
      map.draw(table, name, column, theme);
      curve.draw(table, measure, name, column, theme);
      return { said: gridWords(result, table, measure, across, within), result };
    }
    return { pictures: [[map, "Each cell of the map, the best of each column framed."], [curve, "The chosen column: mean, seeds, and what rows plus columns give."]], draw };
  });
}
