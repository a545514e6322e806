// Lines through many points, without the points that no eye could tell apart.

// A line through points 0 to `last`, leaving out those that would not move it by half a pixel.
function polyline(pen, last, xOf, yOf) {
  let x = xOf(0), y = yOf(0);
  pen.beginPath();
  pen.moveTo(x, y);
  for (let k = 1; k <= last; k++) {
    const u = xOf(k), v = yOf(k);
    if (k < last && Math.abs(u - x) < 0.5 && Math.abs(v - y) < 0.5) continue;
    pen.lineTo(u, v);
    x = u;
    y = v;
  }
  pen.stroke();
}

// Values against step: of all that fall on the same `column`, half a pixel wide, the lowest and the highest, without those that
// would not move the line by a quarter of a pixel. Stops where they end.
function curve(pen, values, last, toX, toY, column = 0.5) {
  // The line has come to x, y and goes on to u, v; slopes from `least` to `most` pass close to all that it leaves out.
  let x = toX(0), y = toY(values[0]), u = x, v = y, least = -Infinity, most = Infinity;
  pen.beginPath();
  pen.moveTo(x, y);
  const take = (k) => {
    const right = toX(k), height = toY(values[k]), slope = (height - y) / (right - x);
    if (!(slope >= least && slope <= most)) {
      pen.lineTo(u, v);
      x = u;
      y = v;
      least = -Infinity;
      most = Infinity;
    }
    least = Math.max(least, (height - 0.25 - y) / (right - x));
    most = Math.min(most, (height + 0.25 - y) / (right - x));
    u = right;
    v = height;
  };
  for (let k = 0; k <= last && Number.isFinite(values[k]); ) {
    const edge = toX(k) + column;
    let low = k, high = k;
    for (; k <= last && Number.isFinite(values[k]) && toX(k) < edge; k++) {
      if (values[k] < values[low]) low = k;
      if (values[k] > values[high]) high = k;
    }
    take(Math.min(low, high));
    if (low !== high) take(Math.max(low, high));
  }
  pen.lineTo(u, v);
  pen.stroke();
}

// The first step of a run in the plane at which a coordinate is larger than `limit` or no number; -1 if none.
function beyond(theta, steps, limit) {
  for (let k = 0; k <= steps; k++) {
    if (!(Math.abs(theta[2 * k]) <= limit && Math.abs(theta[2 * k + 1]) <= limit)) return k;
  }
  return -1;
}
