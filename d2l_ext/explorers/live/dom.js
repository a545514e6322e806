// Small helpers for the page: elements, theme, canvases, copying.

let serial = 0;
const newId = () => `explorer-${++serial}`;

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// Colours of the current theme, by the names of style.py.
function themeOf(node) {
  const style = getComputedStyle(node), known = new Map();
  return (name) => {
    if (!known.has(name)) known.set(name, style.getPropertyValue(`--x-${name}`).trim());
    return known.get(name);
  };
}

function onThemeChange(callback, signal) {
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "theme"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", callback, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
}

// A canvas as sharp as the screen, drawn on in CSS pixels. It is measured by `resize` alone: to read a size
// while drawing would make the browser lay out the page each time.
function sheet() {
  const canvas = element("canvas", { role: "img" }), pen = canvas.getContext("2d");
  const self = { canvas, pen, width: 1, height: 1, ratio: 1 };
  self.resize = () => {
    self.ratio = Math.min(2, devicePixelRatio || 1);
    self.width = canvas.clientWidth;
    self.height = canvas.clientHeight;
    canvas.width = Math.max(1, Math.round(self.width * self.ratio)); // 0 where it is hidden: no canvas can be drawn from that
    canvas.height = Math.max(1, Math.round(self.height * self.ratio));
    pen.setTransform(self.ratio, 0, 0, self.ratio, 0, 0);
  };
  // What lies under the traces, painted again only when what it depends on has changed. `floor`, where there is one,
  // paints what lies under that.
  const behind = new OffscreenCanvas(1, 1), under = behind.getContext("2d");
  let painted = "";
  self.backdrop = (paint, ...depends) => {
    const key = [self.width, self.height, self.ratio, ...depends].join();
    if (key !== painted) {
      if (behind.width !== canvas.width) behind.width = canvas.width;
      if (behind.height !== canvas.height) behind.height = canvas.height;
      under.clearRect(0, 0, behind.width, behind.height);
      under.save();
      under.scale(self.ratio, self.ratio);
      paint(under);
      under.restore();
      painted = key;
    }
    pen.clearRect(0, 0, self.width, self.height);
    self.floor?.(pen);
    pen.drawImage(behind, 0, 0, self.width, self.height);
  };
  self.describe = (text) => canvas.setAttribute("aria-label", text);
  return self;
}

const FONT = "12px system-ui, sans-serif";

// At most `count` round numbers between low and high.
function ticks(low, high, count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw);
  const list = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) list.push(digits(i * step));
  return list;
}

// Copies text and says so on the button; where the browser refuses, shows the text to copy by hand.
async function copy(text, button, place) {
  place.replaceChildren();
  try {
    await navigator.clipboard.writeText(text);
    const label = button.dataset.label;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 1600);
  } catch {
    const area = element("textarea", {
      readonly: true, rows: Math.min(12, text.split("\n").length), "aria-label": `${button.dataset.label}: text to copy`,
    });
    area.value = text;
    place.append(area);
    area.focus();
    area.select();
  }
}
