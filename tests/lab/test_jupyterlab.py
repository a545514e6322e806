"""The explorer in JupyterLab: with a kernel, in a real browser, cut off from everything but this machine."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import nbformat
import pytest
from environments.lab import START, jupyterlab
from playwright.sync_api import Browser, Page, expect

CELLS = [
    """\
from d2l_ext import TraceExplorer, objectives, rules
w = TraceExplorer(objectives.ravine, [rules.gd, rules.momentum], lr=0.4, momentum=0.5); w""",
    'print("READ", w.values["lr"], w.values["momentum"], w.runs()[0].theta[-1].tolist())',
    'w.values = {**w.values, "lr": 0.2}',
]


@pytest.fixture
def lab(browser, tmp_path) -> Iterator[str]:
    """The address of a JupyterLab that serves one notebook.

    It comes after `browser`, so that nothing is started where there is none.
    """
    notebooks, home = tmp_path / "notebooks", tmp_path / "home"
    notebooks.mkdir()
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(metadata=python, cells=list(map(nbformat.v4.new_code_cell, CELLS)))
    nbformat.write(notebook, notebooks / "explorer.ipynb")
    with jupyterlab(notebooks, home) as address:
        yield address


@contextmanager
def isolated(browser: Browser, address: str) -> Iterator[tuple[Page, list[str]]]:
    """A page that reaches nothing but `address`, and what it complained about or asked of others."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page, complaints = context.new_page(), []

    def guard(route) -> None:
        complaints.append(f"asked for {route.request.url}")
        route.abort()

    page.route(lambda url: not url.startswith((address, "blob:", "data:")), guard)
    page.on("pageerror", lambda error: complaints.append(f"error: {error.stack}"))
    yield page, complaints
    context.close()


class Notebook:
    """The notebook as a person meets it: cells to run, a view to touch."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.view = page.locator(".explorer[data-live]")
        self.rate = self.view.locator('input[data-key="lr"]')

    def run(self, cell: int) -> None:
        """Run a cell and wait until the kernel has answered."""
        place = self.page.locator(".jp-Notebook .jp-CodeCell").nth(cell)
        prompt = place.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        place.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        expect(prompt).not_to_have_text(before, timeout=1000 * START)
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=1000 * START)
        self.output = place.locator(".jp-OutputArea-output")

    def shown(self) -> dict:
        """What the view says it shows."""
        return json.loads(self.view.get_attribute("data-result") or "{}")

    def read(self) -> tuple[float, float, list[float]]:
        """What Python says: learning rate, momentum, and where gradient descent ends."""
        self.run(1)
        match = re.fullmatch(r"READ (\S+) (\S+) (\[.*\])\s*", self.output.inner_text())
        assert match, self.output.inner_text()
        return float(match[1]), float(match[2]), json.loads(match[3])

    def agree(self) -> None:
        """Python has what the view shows: the settings exactly, the run to 1e-12."""
        shown = self.shown()
        settings, theta = shown["values"], shown["runs"]["gd"]["theta"]
        expected = settings["lr"], settings["momentum"]
        # A view may hold a change back while the kernel is busy with the one before.
        end = time.monotonic() + START
        while (read := self.read())[:2] != expected and time.monotonic() < end:
            pass
        assert read[:2] == expected
        assert read[2] == pytest.approx(theta, abs=1e-12 * max(1, *map(abs, theta)), rel=0)

    def wait_for_rate(self, condition: str) -> None:
        """Wait until the learning rate shown fulfils e.g. ``> 0.4``."""
        self.page.wait_for_function(
            f"view => JSON.parse(view.dataset.result).values.lr {condition}", arg=self.view.element_handle()
        )


def test_an_explorer_and_its_kernel_agree(browser, lab):
    with isolated(browser, lab) as (page, complaints):
        page.goto(f"{lab}/lab/tree/explorer.ipynb")
        notebook = Notebook(page)
        # A cell run before the kernel is there is forgotten.
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=1000 * START)
        notebook.run(0)
        expect(notebook.view).to_have_attribute("data-live", "true", timeout=1000 * START)
        assert notebook.shown()["values"]["lr"] == 0.4
        notebook.agree()

        # Arrow keys reach the slider: JupyterLab has other uses for them.
        notebook.rate.focus()
        stop = int(notebook.rate.input_value())
        for key in ["ArrowRight"] * 3 + ["ArrowLeft"]:
            page.keyboard.press(key)
        assert int(notebook.rate.input_value()) == stop + 2
        expect(notebook.rate).to_be_focused()
        notebook.wait_for_rate("> 0.4")
        notebook.agree()

        typed = notebook.shown()["values"]["lr"]
        box = notebook.rate.bounding_box()
        assert box
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] / 2, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.3 * box["width"], middle, steps=8)
        page.mouse.up()
        notebook.wait_for_rate(f"< {typed}")
        notebook.agree()

        # And the other way: the view follows Python.
        notebook.run(2)
        notebook.wait_for_rate("=== 0.2")
        expect(notebook.rate).to_have_attribute("aria-valuetext", "0.2")
        notebook.agree()

        assert complaints == []
