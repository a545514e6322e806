// What every explorer shares: its settings above, its pictures, what happened in words, what one can take away.
//
// A view says how it differs: `build({ spec, program, get, set, commit, onPage })` returns
//   pictures: [{ node, resize(), describe(text) }, about], in reading order, with what each one shows;
//   draw(values, theme): draws, and returns { said, result }: a sentence for each line of the summary, and the
//     numbers that `data-result` holds beside the settings.

async function explorerView({ model, el, signal }, build) {
  const root = el.closest("[data-explorer]") ?? el;
  const onPage = root !== el; // a static page, with an address to share
  root.classList.add("explorer");
  root.dataset.explorer = model.get("explorer");
  const spec = model.get("spec"), key = model.get("key");
  const source = URL.createObjectURL(new Blob([model.get("program")], { type: "text/javascript" }));
  const program = await import(source).finally(() => URL.revokeObjectURL(source));

  let values = { ...model.get("values") };
  const every = [...spec.controls, ...spec.points];
  const get = (name) => values[name];
  const commit = () => model.save_changes();
  const set = (change) => {
    values = { ...values, ...change };
    model.set("values", values);
    request();
  };

  // A number worth comparing with, marked on a slider: it may depend on the other settings.
  const marks = Object.entries(spec.marks).map(([name, of]) => [name, () => program.marks[name](...of.map(get))]);
  const markOf = Object.fromEntries(marks);
  const sliders = spec.controls.filter((c) => c.visible).map((c) => slider(c, get, set, commit, markOf[c.key]));
  const { pictures, draw: drawPictures } = build({ spec, program, get, set, commit, onPage });
  const words = element("div", { class: "words" }), room = element("div", { class: "room" }, words);
  const summary = element("div", { class: "summary", style: `--lines: ${spec.lines.length}; --tall: ${spec.tall}` }, room);
  const live = element("p", { class: "unseen spoken", "aria-live": "polite" });
  const spare = element("div", { class: "spare" });
  const button = (label, action) => {
    const node = element("button", { type: "button", "data-label": label }, label);
    node.addEventListener("click", () => action(node));
    return node;
  };
  const snippet = () => spec.snippet.replace(/«([^»]+)»/g, (_, name) => String(values[name]));
  const actions = element("div", { class: "actions" },
    button("Reset", () => { set(spec.initial); commit(); }),
    ...(onPage ? [button("Copy link", (node) => {
      const link = location.href.split("#")[0] + writeHash(key, values);
      history.replaceState(null, "", link);
      return copy(link, node, spare);
    })] : []),
    button("Copy as Python", (node) => copy(snippet(), node, spare)));
  const views = element("div", { class: "views" }, ...pictures.map(([{ node }]) => node));
  const body = element("div", { class: "body" },
    element("div", {
      class: "controls", style: `--rows: ${Math.ceil(sliders.length / 2)}`, role: "group", "aria-label": `${spec.title}: settings`,
    }, ...sliders.map((s) => s.node)),
    views,
    element("div", { class: "foot" }, summary, actions),
    spare, live);
  el.replaceChildren(body);

  const lines = spec.lines.map(({ label, color }) => {
    const text = element("span");
    const swatch = element("span", { class: "swatch", style: `background: var(--x-${color})` });
    words.append(element("p", {}, swatch, element("b", {}, label), " ", text));
    return text;
  });

  let theme = themeOf(root);
  let frame = 0, announce = 0, drawn = false;
  function draw() {
    frame = 0;
    const begun = performance.now();
    const { said, result } = drawPictures(values, theme);
    for (const { sync } of sliders) sync();
    lines.forEach((line, i) => { if (line.textContent !== said[i]) line.textContent = said[i]; });
    root.dataset.result = JSON.stringify({ values, ...result });
    root.dataset.drawMs = (performance.now() - begun).toFixed(3);
    const told = spec.lines.map(({ label }, i) => `${label}: ${said[i]}`).join(" ");
    for (const [{ describe }, about] of pictures) describe(`${about} ${told}`);
    // Spoken once the hand has come to rest, and not for the first picture.
    clearTimeout(announce);
    announce = drawn && setTimeout(() => { live.textContent = told; }, 250);
    drawn = true;
  }
  function request() {
    frame ||= requestAnimationFrame(draw);
  }

  model.on("change:values", () => {
    const given = model.get("values");
    if (given === values) return;
    values = { ...values, ...given };
    request();
  });
  // A link to this explorer sets it, and leads to it.
  const follow = () => {
    const linked = onPage && readHash(location.hash, key, every);
    if (!linked) return;
    values = { ...spec.initial, ...linked };
    model.set("values", values);
    request();
    requestAnimationFrame(() => root.scrollIntoView({ block: "center" }));
  };
  addEventListener("hashchange", follow, { signal });
  onThemeChange(() => {
    theme = themeOf(root);
    request();
  }, signal);
  const measure = () => {
    for (const [{ resize }] of pictures) resize();
    request();
  };
  const resized = new ResizeObserver(measure);
  resized.observe(views);
  // Words that need more lines than there is room for get them, and keep them: what is below moves once, not to and fro.
  let wide = 0, tall = 0;
  const rewritten = new ResizeObserver(([{ contentRect: { width, height } }]) => {
    tall = Math.max(height, width === wide ? tall : 0);
    wide = width;
    room.style.height = `${tall}px`;
  });
  rewritten.observe(words);
  signal.addEventListener("abort", () => { resized.disconnect(); rewritten.disconnect(); });
  follow();
  measure();
  draw();
  if (!onPage) root.dataset.live = "true"; // on a page the host says so, once the image is gone
}
