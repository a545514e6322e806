// TraceExplorer: one or several rules on a 2-D objective. All mathematics comes from `program`.

function runAll(program, spec, values, buffers) {
  const named = (pairs) => Object.fromEntries(pairs.map(([name, key]) => [name, values[key]]));
  const steps = values.steps, start = spec.start.map(({ key }) => values[key]), params = named(spec.params);
  return spec.rules.map((rule, i) => {
    if (buffers[i]?.loss.length !== steps + 1) {
      buffers[i] = { theta: new Float64Array(2 * (steps + 1)), loss: new Float64Array(steps + 1) };
    }
    const { theta, loss } = buffers[i];
    program.runs[rule.name](start, steps, named(Object.entries(rule.hyper)), params, [], theta, loss);
    return { name: rule.name, color: rule.color, theta, loss, last: steps, lost: beyond(theta, steps, spec.diverged) };
  });
}

// The first step at which a coordinate is larger than `limit` or no number; -1 if none.
function beyond(theta, steps, limit) {
  for (let k = 0; k <= steps; k++) {
    if (!(Math.abs(theta[2 * k]) <= limit && Math.abs(theta[2 * k + 1]) <= limit)) return k;
  }
  return -1;
}

function inWords({ loss, last, lost }, limit) {
  if (lost >= 0) return `diverges: a coordinate passes ${show(limit)} at step ${lost}.`;
  const [from, to] = [loss[0], loss[last]];
  if (to === from) return `loss stays at ${show(to)}.`;
  return `loss ${to < from ? "falls" : "rises"} from ${show(from)} to ${show(to)}.`;
}

async function traceView({ model, el, signal }) {
  const root = el.closest("[data-explorer]") ?? el;
  const onPage = root !== el; // a static page, with an address to share
  root.classList.add("explorer");
  root.dataset.explorer = model.get("explorer");
  const spec = model.get("spec"), key = model.get("key");
  const source = URL.createObjectURL(new Blob([model.get("program")], { type: "text/javascript" }));
  const program = await import(source).finally(() => URL.revokeObjectURL(source));

  let values = { ...model.get("values") };
  const every = [...spec.controls, ...spec.start];
  const get = (name) => values[name];
  const commit = () => model.save_changes();
  const set = (change) => {
    values = { ...values, ...change };
    model.set("values", values);
    request();
  };

  // Controls above, picture below, then what happened in words and what one can take away.
  const sliders = spec.controls.filter((c) => c.visible).map((c) => slider(c, get, set, commit));
  const picture = plane({ spec, get, set, commit, name: spec.title });
  const losses = chart();
  const summary = element("div", { class: "summary", style: `--lines: ${spec.rules.length}` });
  const live = element("p", { class: "unseen", "aria-live": "polite" });
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
  const body = element("div", { class: "body" },
    element("div", { class: "controls", role: "group", "aria-label": `${spec.title}: settings` }, ...sliders.map((s) => s.node)),
    element("div", { class: "views" }, picture.node, losses.node),
    element("div", { class: "foot" }, summary, actions),
    spare, live);
  el.replaceChildren(body);

  const lines = spec.rules.map((rule) => {
    const text = element("span");
    const swatch = element("span", { class: "swatch", style: `background: var(--x-${rule.color})` });
    summary.append(element("p", {}, swatch, element("b", {}, rule.label), " ", text));
    return text;
  });

  const buffers = [];
  let theme = themeOf(root);
  let frame = 0, announce = 0, drawn = false;
  function draw() {
    frame = 0;
    const begun = performance.now();
    const runs = runAll(program, spec, values, buffers);
    const params = spec.params.map(([, name]) => values[name]);
    const value = (x, y) => program.value(x, y, ...params);
    const base = spec.minimizers.length ? Math.min(...spec.minimizers.map(([x, y]) => value(x, y))) : NaN;
    picture.draw(value, params.join(), runs, theme);
    losses.draw(runs, base, theme);
    for (const { sync } of sliders) sync();
    const said = runs.map((run) => inWords(run, spec.diverged));
    lines.forEach((line, i) => { line.textContent = said[i]; });
    root.dataset.result = JSON.stringify({
      values,
      runs: Object.fromEntries(runs.map(({ name, theta, loss, last, lost }) => [name, {
        theta: [theta[2 * last], theta[2 * last + 1]], loss: loss[last], diverged: lost >= 0,
      }])),
    });
    root.dataset.drawMs = (performance.now() - begun).toFixed(3);
    const words = spec.rules.map((rule, i) => `${rule.label}: ${said[i]}`).join(" ");
    picture.describe(`${spec.title}, seen from above. ${words}`);
    losses.describe(`Loss against step. ${words}`);
    // Spoken once the hand has come to rest, and not for the first picture.
    clearTimeout(announce);
    announce = drawn && setTimeout(() => { live.textContent = words; }, 250);
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
  const restore = () => {
    const linked = onPage && readHash(location.hash, key, every);
    if (!linked) return false;
    values = { ...spec.initial, ...linked };
    model.set("values", values);
    request();
    return true;
  };
  addEventListener("hashchange", restore, { signal });
  onThemeChange(() => {
    theme = themeOf(root);
    request();
  }, signal);
  const measure = () => {
    picture.resize();
    losses.resize();
    request();
  };
  const resized = new ResizeObserver(measure);
  resized.observe(body);
  signal.addEventListener("abort", () => resized.disconnect());
  if (restore()) requestAnimationFrame(() => root.scrollIntoView({ block: "center" }));
  measure();
  draw();
  if (!onPage) root.dataset.live = "true"; // on a page the host says so, once the image is gone
}
