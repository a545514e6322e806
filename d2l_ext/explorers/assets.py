"""What a page needs to show explorers: one module, one stylesheet, and what stands there before they run."""

from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from d2l_ext import style

MIME = "application/vnd.d2l-ext.explorer+json"
MODULES = (
    "state.js",
    "noise.js",
    "dom.js",
    "axes.js",
    "controls.js",
    "draggable.js",
    "frame.js",
    "plane.js",
    "chart.js",
    "trace.js",
    "leaky-pictures.js",
    "leaky.js",
    "regimemap.js",
    "regimes.js",
    "main.js",
)


def _read(name: str) -> str:
    return (files("d2l_ext.explorers") / "live" / name).read_text("utf8")


@cache
def module() -> str:
    """The ES module of all explorers: its files one after the other, one default export."""
    body = "\n".join(_read(name) for name in MODULES)
    return f'export default (() => {{\n"use strict";\n{body}\nreturn {{ render }};\n}})();\n'


@cache
def css() -> str:
    """The stylesheet of all explorers, with the book's colours."""
    return f"{style.css_variables()}\n{_read('explorer.css')}"


def _label(control: dict[str, Any]) -> str:
    return f"{escape(control['label'])} <i>{escape(control['symbol'])}</i>"


def skeleton(payload: dict[str, Any]) -> tuple[str, str]:
    """HTML around the fallback image that takes as much room as the live view: its settings, its words."""
    spec, values = payload["state"]["spec"], payload["state"]["values"]
    shown = [control for control in spec["controls"] if control["visible"]]
    rows = "".join(
        f'<div class="control"><span class="label">{_label(c)}</span>'
        f"<span></span><output>{values[c['key']]:g}{escape(c['unit'])}</output></div>"
        for c in shown
    )
    lines = "".join(f"<p>{escape(line['label'])}</p>" for line in spec["lines"])
    before = f'<div class="body"><div class="controls">{rows}</div><div class="views">'
    after = (
        f'</div><div class="foot"><div class="summary" style="--lines: {len(spec["lines"])}">{lines}</div>'
        '<div class="actions"></div></div></div>'
    )
    return before, after
