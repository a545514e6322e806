// Sliders: native range inputs over lists of stops, each with a name, a value and a unit.

// `markOf` gives a number to mark under the slider, where there is one.
function slider(control, get, set, commit, markOf) {
  const list = stops(control), id = newId();
  const unit = control.unit && `${control.unit === "°" ? "" : " "}${control.unit}`;
  const label = element("label", { for: id }, element("span", { class: control.owner && "what" }, control.label));
  if (control.owner) label.append(" ", control.owner);
  if (control.symbol) label.append(" ", element("i", {}, control.symbol));
  const input = element("input", {
    // JupyterLab takes arrow keys from sliders that do not say otherwise.
    id, type: "range", min: 0, max: list.length - 1, step: 1, "data-key": control.key, "data-lm-suppress-shortcuts": "true",
  });
  const output = element("output", { for: id });
  const mark = markOf && element("div", { class: "mark", id: newId() });
  if (mark) input.setAttribute("aria-describedby", mark.id);
  let marked = NaN;
  const syncMark = () => {
    const best = markOf();
    if (best === marked) return;
    marked = best;
    const at = nearest(list, best) / (list.length - 1), within = best >= control.min && best <= control.max;
    mark.replaceChildren(...(within ? [element("span", {}, `best ${show(best)}`)] : []));
    mark.style.setProperty("--at", at.toFixed(4));
    mark.classList.toggle("left", at > 0.5);
  };
  let shown = NaN;
  const sync = () => {
    if (mark) syncMark();
    const value = get(control.key);
    if (value === shown) return;
    shown = value;
    const text = control.words[value - control.min] ?? `${show(value)}${unit}`, at = nearest(list, value);
    if (Number(input.value) !== at) input.value = at;
    input.style.setProperty("--at", `${(100 * at) / (list.length - 1)}%`);
    input.setAttribute("aria-valuetext", text);
    output.value = text;
  };
  input.addEventListener("input", () => set({ [control.key]: list[Number(input.value)] }));
  input.addEventListener("change", commit);
  return { node: element("div", { class: "control" }, label, input, output, ...(mark ? [mark] : [])), sync };
}
