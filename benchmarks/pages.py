"""A page and its explorers in a real browser: weight, time to interactive, drawing, latency, stillness."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response, sync_playwright

from benchmarks.table import Row, spread, tail
from d2l_ext import TraceExplorer, objectives
from d2l_ext.book.explorers import HOST
from d2l_ext.explorers import assets

SITE = Path(__file__).parents[1] / "_build" / "html"
PAGE = "chapters/momentum/ravine.html"  # the heaviest: three explorers, d2l's figures, a lot of mathematics
# Nothing outside this machine has a name; a route would slow the pages it guards.
FLAGS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
VISITS = 7
WIDTHS = (1280, 390)
RULES = ("gd", "momentum", "adam")
# Page, key of the explorer, slider, what is special: each kind of explorer at its most expensive.
DRAGS = (
    ("../gd/descent", "cycle", "z", "η in units of 1/L"),
    ("../gd/modified_equation", "flow", "lr", "η, for 20 orders"),
    ("../gd/multiscale", "ripples", "lr", "η of a chaotic run"),
    ("../gd/multiscale", "ripples", "epsilon", "ε, which redraws the ripples"),
    ("ravine", "ravine", "lr", "learning rate"),
    ("ravine", "ravine", "kappa", "κ, which redraws the contours"),
    ("leaky_average", "memory", "momentum", "β"),
    ("quadratics", "regimes", "momentum", "β"),
    ("optimal", "spectrum", "kappa", "κ"),
    ("airfoil", "floor", "momentum", "β"),
    ("../gd/orbits", "orbits", "zoom", "zoom, which draws the diagram anew"),
    ("../gd/balancing", "balancing", "product", "μ, which redraws the contours"),
    ("../gd/edge_of_stability", "sharpness", "step", "step"),
    ("../adam/adamw", "map", "column", "learning rate"),
    ("../adam/weight_decay", "decay", "weight_decay", "λ"),
    ("../adam/adam", "adam", "angle", "the angle of the axes"),
    ("../adai/experiments", "map", "column", "learning rate of the map of Adai"),
    ("../adai/diffusion", "saddle", "lr", "η of 400 walkers"),
    ("../adai/minima", "wells", "lr", "η of 2000 walkers"),
    ("../adai/adai", "inertia", "ratio", "ratio of the noise of five coordinates"),
    ("../adam/amsgrad", "long", "betas.0", "β₁, which redraws the map of long cycles"),
)
VALUES = 100
ROUNDS = 5
KB = 1000

Visit = tuple[Page, list[Response]]

WATCH = """
window.seen = { interactive: 0, shift: 0 };
new MutationObserver(() => {
  if (!seen.interactive && document.querySelector('[data-live="true"]')) seen.interactive = performance.now();
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-live"] });
new PerformanceObserver((list) => {
  const theme = ({ node }) => (node?.closest ? node : node?.parentElement)?.closest(".bd-header-article");
  for (const entry of list.getEntries()) if (!entry.sources.every(theme)) seen.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
ALL_LIVE = "() => [...document.querySelectorAll('[data-explorer]')].every((place) => place.dataset.live)"
HEIGHTS = "places => places.map((place) => place.getBoundingClientRect().height)"
# One value per frame, sent just after a frame began: the view can draw it in the next one at the earliest.
DRAG = """async ([place, name, count]) => {
  const input = place.querySelector(`input[data-key="${name}"]`), latency = [], draw = [], done = [];
  const frame = () => new Promise(requestAnimationFrame);
  const painted = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(0);
  });
  place.scrollIntoView({ block: "center" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await frame();
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    input.value = Math.round(Number(input.max) * (0.2 + (0.6 * i) / count));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await frame(); // the view asked for this frame before we did, so it has drawn
    draw.push(Number(place.dataset.drawMs));
    done.push(painted().then((end) => latency.push(end - begun)));
  }
  await Promise.all(done);
  return { draw, latency };
}"""


FRAMES = """async (count) => {
  const frame = () => new Promise(requestAnimationFrame), intervals = [];
  for (let last = await frame(); intervals.length < count; ) {
    const now = await frame();
    intervals.push(now - last);
    last = now;
  }
  return intervals;
}"""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of `folder` on this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def visit(browser: Browser, url: str, *, width: int = WIDTHS[0], js: bool = True) -> Iterator[Visit]:
    """A page in a context of its own, once all its explorers live, and all it was sent."""
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=js)
    page, responses = context.new_page(), []
    page.on("response", lambda response: responses.append(response))
    page.add_init_script(WATCH)
    page.goto(url)
    if js:
        page.wait_for_function(ALL_LIVE)
        page.evaluate("async () => { await window.MathJax?.startup?.promise; }")
        page.wait_for_timeout(300)  # what shifts, shifts by then
    yield page, responses
    context.close()


def weight(browser: Browser, url: str) -> list[Row]:
    """What the page asks for, gzipped, without its own figures."""
    with visit(browser, url) as (_, responses):
        sent = {urlsplit(each.url).path: each for each in responses if each.url.startswith(url[:7])}
        sizes = {
            path: len(gzip.compress(response.body())) / KB
            for path, response in sent.items()
            if "/_images/" not in path
        }
    explorers = {path: size for path, size in sizes.items() if "/explorers/" in path}
    return [
        weighed("weight of the page, gzip", sizes, 700),
        weighed("code of the explorers, gzip", explorers, 30),
    ]


def weighed(what: str, sizes: dict[str, float], limit: float) -> Row:
    """Their sum, and the heaviest of them."""
    total, heaviest = sum(sizes.values()), sorted(sizes, key=lambda path: -sizes[path])[:4]
    parts = ", ".join(f"{Path(path).name} {sizes[path]:.0f}" for path in heaviest)
    return Row(what, f"{total:.1f} KB in {len(sizes)} files ({parts} ...)", total, limit, "KB")


def start(browser: Browser, url: str) -> list[Row]:
    """How soon the first explorer lives, and whether anything moves meanwhile."""
    interactive, shifts = [], []
    for width in [WIDTHS[0]] * VISITS + [WIDTHS[1]]:
        with visit(browser, url, width=width) as (page, _):
            seen = page.evaluate("seen")
        shifts.append(seen["shift"])
        if width == WIDTHS[0]:
            interactive.append(seen["interactive"] / 1000)
    return [
        spread("time to interactive, localhost", interactive, 1.0, "s", aim=True),
        Row(
            "layout shift of the page below its bar of buttons, worst visit",
            f"{max(shifts):.2g}",
            max(shifts),
            0,
            aim=True,
        ),
        growth(browser, url),
    ]


def growth(browser: Browser, url: str) -> Row:
    """Layout shift counts nothing below the first screen: compare each explorer with its picture."""
    worst = 0.0
    for width in WIDTHS:
        heights = []
        for js in (False, True):
            with visit(browser, url, width=width, js=js) as (page, _):
                heights.append(page.eval_on_selector_all("[data-explorer]", HEIGHTS))
        worst = max([worst, *(abs(after - before) for before, after in zip(*heights, strict=True))])
    what = "height an explorer changes by when it comes alive"
    return Row(what, f"worst {worst:.3g} px at {' and '.join(map(str, WIDTHS))} px", worst, 0, "px", aim=True)


def drag(browser: Browser, url: str, key: str, slider: str) -> dict[str, list[list[float]]]:
    """Milliseconds of drawing and of latency while a slider is dragged over a hundred values, by round."""
    with visit(browser, url) as (page, _):
        place = page.query_selector(f'[data-explorer][data-key="{key}"]')
        rounds = [page.evaluate(DRAG, [place, slider, VALUES]) for _ in range(1 + ROUNDS)]
    return {name: [found[name] for found in rounds] for name in rounds[0]}


def long_traces(folder: Path) -> None:
    """A page with nothing on it but several traces of 2000 steps."""
    explorer = TraceExplorer(objectives.ravine, list(RULES), key="long", steps=2000, lr=0.01)
    payload = explorer.payload()
    module, state = json.dumps(assets.module("trace")), escape(json.dumps(payload["state"]))
    (folder / "module.js").write_text(f"const explorerModule = {module};", "utf8")
    (folder / "host.js").write_text(HOST.read_text("utf8"), "utf8")
    (folder / "index.html").write_text(
        f"""<!doctype html><meta charset="utf-8"><title>Long traces</title><style>{assets.css()}</style>
        <main style="max-width: 800px">
        <div class="explorer" data-explorer="{payload["name"]}" data-key="long" data-state="{state}"></div>
        </main><script src="module.js"></script><script src="host.js"></script>""",
        "utf8",
    )


def empty(browser: Browser) -> Row:
    """Frame to frame on a page with nothing on it: what this machine holds at best."""
    page = browser.new_page()
    intervals = page.evaluate(FRAMES, VALUES * ROUNDS)
    page.close()
    return tail(
        "frame to frame on an empty page (what the rows below are to be read against)",
        [intervals],
        20,
        "ms",
        aim=True,
    )


def motion(browser: Browser, address: str) -> list[Row]:
    """Drawing and latency, on the pages as they are and with traces as long as promised."""
    with TemporaryDirectory() as folder:
        long_traces(Path(folder))
        with serving(Path(folder)) as bare:
            long = drag(browser, bare, "long", "lr")
    first, *warm = [[each / len(RULES) for each in samples] for samples in long["draw"]]
    drags = {f"{len(RULES)} traces of 2000 steps, learning rate": long["latency"]}
    for page, key, slider, name in DRAGS:
        found = drag(browser, f"{address}/chapters/momentum/{page}.html", key, slider)
        drags[f"explorer {key} of the page {page}, {name}"] = found["latency"]
    return [
        tail("draw, per trace of 2000 steps", warm, 0.5, "ms"),
        tail("the same in the very first drag, while the browser compiles", [first], 0.5, "ms", aim=True),
        empty(browser),
        *(tail(f"input → frame: {what}", rounds[1:], 25, "ms") for what, rounds in drags.items()),
    ]


def rows() -> list[Row]:
    """All of it; the book must have been built."""
    with serving(SITE) as address, sync_playwright() as playwright:
        chromium = os.environ.get("CHROME", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        url = f"{address}/{PAGE}"
        found = weight(browser, url) + start(browser, url) + motion(browser, address)
        browser.close()
    return found
