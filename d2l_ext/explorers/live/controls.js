// Sliders: native range inputs over lists of stops, each with a name, a value and a unit.

function slider(control, get, set, commit) {
  const list = stops(control), id = newId();
  const unit = control.unit && `${control.unit === "°" ? "" : " "}${control.unit}`;
  const label = element("label", { for: id }, control.label);
  if (control.symbol) label.append(" ", element("i", {}, control.symbol));
  const input = element("input", {
    // JupyterLab takes arrow keys from sliders that do not say otherwise.
    id, type: "range", min: 0, max: list.length - 1, step: 1, "data-key": control.key, "data-lm-suppress-shortcuts": "true",
  });
  const output = element("output", { for: id });
  let shown = NaN;
  const sync = () => {
    const value = get(control.key);
    if (value === shown) return;
    shown = value;
    const text = `${show(value)}${unit}`, at = nearest(list, value);
    if (Number(input.value) !== at) input.value = at;
    input.style.setProperty("--at", `${(100 * at) / (list.length - 1)}%`);
    input.setAttribute("aria-valuetext", text);
    output.value = text;
  };
  input.addEventListener("input", () => set({ [control.key]: list[Number(input.value)] }));
  input.addEventListener("change", commit);
  return { node: element("div", { class: "control" }, label, input, output), sync };
}
