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
  const style = getComputedStyle(node);
  return (name) => style.getPropertyValue(`--x-${name}`).trim();
}

function onThemeChange(callback, signal) {
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "theme"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", callback, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
}

// A canvas as sharp as the screen; drawing happens in CSS pixels.
function fit(canvas) {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const width = canvas.clientWidth, height = canvas.clientHeight;
  const w = Math.round(width * ratio), h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height, ratio };
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
