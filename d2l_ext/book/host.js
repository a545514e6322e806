// Runs explorers on a static page: no kernel, no fetch; also from file://. `explorerModule` is their source (module-*.js).
(() => {
  // What anywidget gives a view in Jupyter, without the kernel: the state lives in the page.
  class Model {
    #state;
    #listeners = new Map();
    constructor(state) { this.#state = { ...state }; }
    get(name) { return this.#state[name]; }
    set(name, value) {
      if (Object.is(this.#state[name], value)) return;
      this.#state[name] = value;
      for (const event of [`change:${name}`, "change"])
        for (const listener of [...(this.#listeners.get(event) ?? [])]) listener({}, value);
    }
    on(event, listener) {
      if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
      this.#listeners.get(event).add(listener);
    }
    off(event, listener) {
      if (listener) this.#listeners.get(event)?.delete(listener);
      else if (event) this.#listeners.delete(event);
      else this.#listeners.clear();
    }
    save_changes() {}
  }

  const source = new Blob([explorerModule], { type: "text/javascript" });
  const view = import(URL.createObjectURL(source));

  async function mount(place) {
    const box = document.createElement("div");
    const life = new AbortController();
    // Out of flow but laid out, so that the view can measure itself while the picture still shows.
    box.style.cssText = "position: absolute; inset: 0; visibility: hidden";
    place.append(box);
    try {
      const { render } = (await view).default;
      await render({ model: new Model(JSON.parse(place.dataset.state)), el: box, signal: life.signal });
      box.removeAttribute("style");
      place.replaceChildren(box);
      place.dataset.live = "true";
    } catch (error) { // the picture stays
      life.abort();
      box.remove();
      console.error(`explorer ${place.dataset.key}:`, error);
    }
  }

  const visible = (place) => {
    const { top, bottom } = place.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };
  const idle = () => new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));
  const places = [...document.querySelectorAll("[data-explorer]")];
  const first = places.filter(visible);
  // What the reader sees first comes first: formulas.js waits for this before it has formulas set.
  window.explorersShown = Promise.all(first.map(mount));
  window.explorersShown.then(async () => {
    for (const place of places.filter((other) => !first.includes(other))) {
      await idle();
      await mount(place);
    }
  });
})();
