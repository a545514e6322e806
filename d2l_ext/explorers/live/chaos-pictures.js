// The pictures of ChaosExplorer beside the landscape: how often a run is where, and x against step.

// Shares of `values` in bins of the window, as a density.
function histogram(values, [low, high], count) {
  const wide = (high - low) / count, density = new Float64Array(count), one = 1 / (values.length * wide);
  for (const value of values) {
    const i = Math.floor((value - low) / wide);
    if (i >= 0 && i < count) density[i] += one;
  }
  return density;
}

function histogramPicture({ window: [span], numbers: { bins } }) {
  const paper = sheet(), { pen } = paper, wide = (span[1] - span[0]) / bins;
  const node = element("div", { class: "picture histogram" }, paper.canvas);
  const edge = (i) => span[0] + i * wide;

  // A dot on top of each bar; none where there is no bar.
  function dots(density, { toX, toY }) {
    pen.beginPath();
    for (let i = 0; i < bins; i++) {
      if (!density[i]) continue;
      const x = toX(edge(i) + wide / 2), y = toY(density[i]);
      pen.moveTo(x + 1.9, y);
      pen.arc(x, y, 1.9, 0, 7);
    }
    pen.fill();
  }
  function draw(descent, random, { at, density }, theme) {
    const high = 1.3 * Math.max(...density, ...random), place = axes(paper, { x: span, y: [0, high], right: 14 }), { toX, toY } = place;
    paper.backdrop((under) => place.paint(under, theme, { atX: ticks(...span, 6), atY: ticks(0, high, 3), title: "how often" }), high, theme("line"));
    pen.font = FONT;
    pen.textAlign = "left";
    let x = 20 + pen.measureText("how often").width;
    for (const [words, color] of [["descent", "gd"], ["Gibbs", "ink"], ["random phases", "other-1"]]) {
      pen.fillStyle = theme(color);
      pen.fillText(words, x, 17);
      x += pen.measureText(words).width + 12;
    }
    place.inside(pen, () => {
      pen.fillStyle = theme("gd");
      pen.globalAlpha = 0.5;
      for (let i = 0; i < bins; i++) {
        const top = Math.max(-10, toY(descent[i]));
        if (descent[i]) pen.fillRect(toX(edge(i)), top, toX(edge(i + 1)) - toX(edge(i)), toY(0) - top);
      }
      pen.globalAlpha = 1;
      pen.strokeStyle = theme("ink");
      pen.lineWidth = 1.8;
      polyline(pen, at.length - 1, (k) => toX(at[k]), (k) => toY(density[k]));
      pen.fillStyle = theme("other-1");
      dots(random, place);
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}

// Thousands of small squares, added up pixel by pixel: drawn one by one they would cost far more than the run itself.
function cloud() {
  const layer = new OffscreenCanvas(1, 1), pen = layer.getContext("2d");
  let image = new ImageData(1, 1);
  return ({ canvas: { width, height }, ratio }, size, last, xOf, yOf, color) => {
    if (image.width !== width || image.height !== height) {
      [layer.width, layer.height] = [width, height];
      image = new ImageData(width, height);
    }
    const { data } = image, side = size * ratio;
    data.fill(0);
    for (let k = 0; k <= last; k++) {
      const left = xOf(k) * ratio - side / 2, top = yOf(k) * ratio - side / 2, right = left + side, bottom = top + side;
      for (let j = Math.max(0, Math.floor(top)); j < Math.min(height, bottom); j++) {
        for (let i = Math.max(0, Math.floor(left)); i < Math.min(width, right); i++) {
          data[4 * (j * width + i) + 3] += 255 * (Math.min(i + 1, right) - Math.max(i, left)) * (Math.min(j + 1, bottom) - Math.max(j, top));
        }
      }
    }
    pen.putImageData(image, 0, 0);
    pen.globalCompositeOperation = "source-in";
    pen.fillStyle = color;
    pen.fillRect(0, 0, width, height);
    return layer;
  };
}

function seriesPicture({ window: [span] }) {
  const paper = sheet(), { pen } = paper, points = cloud();
  const node = element("div", { class: "picture series" }, paper.canvas);
  function draw(x, steps, begin, theme) {
    const { toX, toY, paint, inside } = axes(paper, { x: [0, steps], y: span });
    const across = `${steps} steps`;
    paper.backdrop((under) => {
      // What is left out of the averages.
      under.fillStyle = theme("shade");
      under.fillRect(toX(0), toY(span[1]), toX(begin) - toX(0), toY(span[0]) - toY(span[1]));
      paint(under, theme, { atX: [0], atY: ticks(...span, 6), title: "x; the grey fifth is not counted", across });
    }, steps, theme("line"));
    const size = steps > 1000 ? 1.4 : 2.4;
    inside(pen, () => {
      pen.drawImage(points(paper, size, steps, toX, (k) => toY(x[k]), theme("gd")), 0, 0, paper.width, paper.height);
    });
  }
  return { node, draw, resize: paper.resize, describe: paper.describe };
}
