"""Explorers on a bare page of their own, without Sphinx: module, host, mounts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pytest

from d2l_ext.book.explorers import HOST
from d2l_ext.explorers import TraceExplorer, assets


@dataclass
class Live:
    """One explorer on an open page."""

    page: object
    key: str

    @property
    def root(self):
        return self.page.locator(f'.explorer[data-key="{self.key}"]')

    def slider(self, key):
        """The control of a number: its slider, or what moves its point."""
        return self.root.locator(f'input[data-key="{key}"], input[data-point="{key}"]').first

    def result(self):
        """What the explorer shows, once it has drawn all it was told."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        return json.loads(self.root.get_attribute("data-result"))

    def button(self, label):
        return self.root.get_by_role("button", name=label)


def bare_page(folder: Path, explorers: list[TraceExplorer]) -> None:
    """Write `index.html` with these explorers to `folder`."""
    mounts = []
    for explorer in explorers:
        payload = explorer.payload()
        state = escape(json.dumps(payload["state"]))
        mounts.append(
            f'<div class="explorer" data-explorer="{payload["name"]}" data-key="{payload["key"]}" '
            f'data-state="{state}"></div>'
        )
    module = assets.module(*sorted({explorer.explorer for explorer in explorers}))
    (folder / "module.js").write_text(f"const explorerModule = {json.dumps(module)};", "utf8")
    (folder / "host.js").write_text(HOST.read_text("utf8"), "utf8")
    (folder / "index.html").write_text(
        f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Explorers</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>{assets.css()}</style>{"".join(mounts)}
<script src="module.js"></script><script src="host.js"></script></html>""",
        "utf8",
    )


@pytest.fixture
def show(visit, tmp_path):
    """`show(explorer, ..., **context)`: the explorers alive on a bare page, as a list of `Live`."""

    def open_it(*explorers, path="index.html", **context):
        bare_page(tmp_path, list(explorers))
        seen = visit(tmp_path, path, **context)
        seen.settle()
        assert seen.complaints == []
        return [Live(seen.page, explorer.key) for explorer in explorers]

    return open_it
