// A point of a picture that can be moved, freely or along x alone: dragged, put by a click, and by the arrow keys.

// `at(px, py)` gives the numbers at a place of the canvas, one for each of `controls`, which say what they are and how
// far they go. All four arrows move a point that has only one.
function draggable({ canvas, controls, at, get, set, commit, name }) {
  const [cx, cy = cx] = controls;
  const handle = element("div", { class: "handle" });
  const hint = element("span", { class: "hint" }, "drag the ring, or focus it and use the arrow keys");

  // Native sliders, out of sight: a screen reader and the keyboard find them there.
  const keys = controls.map((control) => {
    const input = element("input", {
      type: "range", min: control.min, max: control.max, step: "any", class: "unseen",
      "aria-label": `${name}, ${control.label}`, "data-point": control.key, "data-lm-suppress-shortcuts": "true",
    });
    input.addEventListener("input", () => set({ [control.key]: digits(Number(input.value)) }));
    input.addEventListener("change", commit);
    input.addEventListener("keydown", (event) => {
      const arrow = { ArrowLeft: [cx, -1], ArrowRight: [cx, 1], ArrowDown: [cy, -1], ArrowUp: [cy, 1] }[event.key];
      if (!arrow) return;
      event.preventDefault();
      const [moved, sign] = arrow, by = sign * moved.step * (event.shiftKey ? 1 : 10);
      set({ [moved.key]: digits(clamp(get(moved.key) + by, moved)) });
      commit();
    });
    return input;
  });
  handle.append(...keys);

  const round = (value, control) => digits(clamp(Math.round(value / control.step) * control.step, control));
  function moveTo(event) {
    const box = canvas.getBoundingClientRect();
    const there = at(event.clientX - box.left, event.clientY - box.top);
    set(Object.fromEntries(controls.map((control, i) => [control.key, round(there[i], control)])));
  }
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    keys[0].focus({ preventScroll: true });
    handle.onpointermove = moveTo;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    handle.addEventListener(end, () => { handle.onpointermove = null; commit(); });
  }
  // A click or tap puts the point there; a finger that moves scrolls the page.
  canvas.addEventListener("click", (event) => { moveTo(event); commit(); });

  function place(px, py) {
    handle.style.transform = `translate(${px}px, ${py}px)`;
    keys.forEach((input, i) => {
      const value = get(controls[i].key);
      input.value = value;
      input.setAttribute("aria-valuetext", show(value));
    });
  }
  return { nodes: [handle, hint], place };
}
