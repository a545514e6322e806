"""A real browser over the built site, cut off from everything but this machine."""

from __future__ import annotations

import functools
import gzip
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, sync_playwright

ROOT = Path(__file__).parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visit:
    """A page in the browser, and all that happened while it loaded."""

    page: Page
    external: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    @property
    def complaints(self) -> list[str]:
        """What a page must never do."""
        return [*self.external, *self.missing, *self.console]

    @property
    def weights(self) -> dict[str, int]:
        """Bytes of each file the page asked for, gzipped."""
        return {urlsplit(each.url).path: len(gzip.compress(each.body())) for each in self.responses}

    def settle(self) -> None:
        """Wait until mathematics and explorers have had their say."""
        self.page.evaluate(
            "async () => { await window.MathJax?.startup?.promise; await document.fonts.ready; }"
        )
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('[data-explorer]')].every((e) => e.dataset.live)",
            timeout=20_000,
        )


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        """Say nothing: tests look at what the browser received."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of `folder`, served on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def site() -> Path:
    """The built book."""
    site = ROOT / "_build" / "html"
    assert (site / "index.html").exists(), "there is no built book: run `make book`"
    return site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROME", "/usr/bin/chromium")
    if not os.access(chromium, os.X_OK):
        missing = f"needs a browser: {chromium} is not there. Install Chromium, or say where in CHROME."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """`visit(folder, "page.html", width=390, dark=True, js=False, file=True)` opens a page and watches it."""
    with ExitStack() as stack:

        def open_it(
            folder: Path, path: str, *, width=1280, dark=False, js=True, file=False, **context
        ) -> Visit:
            origin = folder.as_uri() if file else stack.enter_context(serving(folder))
            new = browser.new_context(
                viewport={"width": width, "height": 800},
                color_scheme="dark" if dark else "light",
                java_script_enabled=js,
                **context,
            )
            stack.callback(new.close)
            seen = Visit(new.new_page())
            watch(seen, origin)
            seen.page.goto(f"{origin}/{path}")
            return seen

        yield open_it


@pytest.fixture
def open_page(visit, site) -> Callable[..., Visit]:
    """`open_page("chapters/index.html", dark=True)`: `visit`, in the built book."""
    return functools.partial(visit, site)


def watch(seen: Visit, origin: str) -> None:
    """Let nothing out, and note what was tried, what was missing and what was said."""

    def guard(route) -> None:
        url = route.request.url
        if url.startswith((origin, "blob:", "data:")):
            return route.continue_()
        seen.external.append(f"asked for {url}")
        route.abort()

    def note(response: Response) -> None:
        if response.status >= 400:
            seen.missing.append(f"{response.status} {response.url}")
        elif response.url.startswith("http"):
            seen.responses.append(response)

    def hear(message) -> None:
        if message.type in {"error", "warning"}:
            seen.console.append(f"{message.type}: {message.text}")

    seen.page.route(re.compile(".*"), guard)
    seen.page.on("response", note)
    seen.page.on("requestfailed", lambda request: seen.missing.append(f"failed {request.url}"))
    seen.page.on("console", hear)
    seen.page.on("pageerror", lambda error: seen.console.append(f"error: {error}"))
