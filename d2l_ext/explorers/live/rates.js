// RateExplorer: one axis of learning rates with its regimes, and a run at the one that is marked. All mathematics comes
// from `program`.

// The regimes by name, each a link where it has one and there is a page to leave.
function regimeLinks(regimes, onPage) {
  const items = regimes.map(({ name, link }, i) => {
    const words = [element("b", {}, String(i + 1)), ` ${name}`];
    return onPage && link ? element("a", { href: link }, ...words) : element("span", {}, ...words);
  });
  const node = element("nav", { class: "picture links", "aria-label": "Regimes, by learning rate" }, ...items);
  const mark = (now) => items.forEach((item, i) => {
    if (i === now) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  });
  return { node, mark, resize() {}, describe() {} };
}

function ratesView(context) {
  return explorerView(context, ({ spec, program, get, set, commit, onPage }) => {
    const rate = spec.controls.find(({ key }) => key === "z"), { regimes, L, span, hold } = spec, trials = spec.columns;
    const ends = regimes.map(({ end }) => end ?? Infinity), hands = { get, set, commit }, { map } = program;
    const diagram = bifurcation({
      map, controls: [rate], view: () => [rate.min, rate.max], values: span, trials, mirror: "other-1", below: false, ends, unit: " in units of 1/L",
      name: `${spec.title}: learning rate`, ...hands,
    });
    const curve = landscape({ spec, ...hands }), links = regimeLinks(regimes, onPage);
    let column = { z: NaN };
    function draw({ z, steps, "start.0": x }, theme) {
      if (column.z !== z) column = { z, ...followMap(map, z, { ...trials, longest: hold, returns: 1e-9, hold }) };
      const now = ends.findIndex((end) => z <= end);
      const { run, found, result } = descended(program.gd, x, program.rate(z, L), {}, steps, spec.tolerances);
      diagram.draw(column, theme, "gd");
      curve.draw(program.value, "", [run], theme);
      links.mark(now);
      const said = [`${now + 1}, ${regimes[now].name}: ${regimes[now].words}`, courseWords(found, run.theta, steps, spec.points[0].label, spec.tolerances)];
      return { said, result: { regime: regimes[now].name, ...result } };
    }
    const about = [[diagram, "Where runs end up, against the learning rate in units of 1/L."], [curve, `${spec.title}: the curve, and the iterates on it.`], [links, ""]];
    return { pictures: about, draw };
  });
}
