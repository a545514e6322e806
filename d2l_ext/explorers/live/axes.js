// Axes on a sheet: from numbers to pixels and back, round numbers along the edges, words at the ends.

function axes({ width, height }, { x: [x0, x1], y: [y0, y1], left = 42, right = 10, top = 34, bottom = 24 }) {
  const toX = (u) => left + ((u - x0) / (x1 - x0)) * (width - left - right);
  const toY = (v) => top + ((y1 - v) / (y1 - y0)) * (height - top - bottom);
  const fromX = (px) => x0 + ((px - left) / (width - left - right)) * (x1 - x0);
  const fromY = (py) => y1 - ((py - top) / (height - top - bottom)) * (y1 - y0);

  // Lines and numbers at `atY`, numbers at `atX`; `title` above, `across` at the right end below.
  function paint(pen, theme, { atX = [], atY = [], tickX = show, tickY = show, title = "", across = "" }) {
    pen.font = FONT;
    pen.fillStyle = theme("soft");
    pen.strokeStyle = theme("line");
    pen.lineWidth = 1;
    pen.textAlign = "right";
    pen.beginPath();
    for (const v of atY) {
      pen.moveTo(toX(x0), toY(v));
      pen.lineTo(toX(x1), toY(v));
      pen.fillText(tickY(v), toX(x0) - 5, toY(v) + 4);
    }
    pen.stroke();
    pen.fillText(across, toX(x1), height - 7);
    pen.textAlign = "left";
    pen.fillText(title, 8, 17);
    pen.textAlign = "center";
    const free = toX(x1) - pen.measureText(across).width - 14;
    for (const u of atX) if (toX(u) < free || !across) pen.fillText(tickX(u), toX(u), height - 7);
  }

  // Whatever `draw` draws stays between the axes.
  function inside(pen, draw) {
    pen.save();
    pen.beginPath();
    pen.rect(left, top - 4, width - left - right + 4, height - top - bottom + 8);
    pen.clip();
    draw();
    pen.restore();
  }
  return { toX, toY, fromX, fromY, paint, inside };
}

// Powers of ten, as people write them.
const superscript = (n) => String(n).replace(/[-\d]/g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
const powerOfTen = (e) => (e === 0 ? "1" : `10${superscript(e)}`);
