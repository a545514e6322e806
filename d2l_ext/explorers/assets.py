"""What a page needs to show explorers: one module, one stylesheet, and what stands there before they run."""

from functools import cache
from html import escape
from importlib.resources import files
from math import ceil
from typing import Any

from d2l_ext import style

MIME = "application/vnd.d2l-ext.explorer+json"
SHARED = (
    "state.js",
    "noise.js",
    "dom.js",
    "axes.js",
    "lines.js",
    "controls.js",
    "draggable.js",
    "frame.js",
)
# What each view needs beside these; the last file has the view itself, a function named like it: traceView.
VIEWS = {
    "online": ("online-pictures.js", "online-map.js", "online.js"),
    "orbit": ("bifurcation.js", "orbit.js"),
    "flow": ("flow-pictures.js", "flow.js"),
    "trace": ("plane.js", "chart.js", "losswords.js", "trace.js"),
    "adam": ("plane.js", "chart.js", "losswords.js", "adam-pictures.js", "adam.js"),
    "descent": ("landscape.js", "course.js", "descent-pictures.js", "descent.js"),
    "rates": ("landscape.js", "course.js", "bifurcation.js", "rates.js"),
    "grid": ("grid.js",),
    "leaky": ("leaky-pictures.js", "leaky.js"),
    "sharpness": ("sharpness.js",),
    "spectrum": ("spectrum.js",),
    "chaos": ("landscape.js", "chaos-pictures.js", "chaos.js"),
    "regimes": ("regimemap.js", "regimes.js"),
    "balancing": ("plane.js", "chart.js", "balancing-pictures.js", "balancing.js"),
    "decay": ("decay.js",),
    "inertia": ("inertia-pictures.js", "inertia.js"),
    "saddle": ("saddle-pictures.js", "saddle.js"),
    "wells": ("wells-pictures.js", "wells.js"),
}


def _read(name: str) -> str:
    return (files("d2l_ext.explorers") / "live" / name).read_text("utf8")


@cache
def module(*views: str) -> str:
    """The ES module of the explorers that show these `views` (default all): files one after the other."""
    names = views or tuple(VIEWS)
    sources = dict.fromkeys([*SHARED, *(file for name in names for file in VIEWS[name])])
    body = "\n".join(map(_read, sources))
    table = ", ".join(f"{name}: {name}View" for name in names)
    main = f"const VIEWS = {{ {table} }};\n\n{_read('main.js')}"
    return f'export default (() => {{\n"use strict";\n{body}\n{main}\nreturn {{ render }};\n}})();\n'


@cache
def css() -> str:
    """The stylesheet of all explorers, with the book's colours."""
    return f"{style.css_variables()}\n{_read('explorer.css')}"


def _label(control: dict[str, Any]) -> str:
    label, owner, symbol = (escape(control[part]) for part in ("label", "owner", "symbol"))
    what = f'<span class="what">{label}</span> {owner}' if owner else label
    return f"{what} <i>{symbol}</i>"


def _value(control: dict[str, Any], value: float) -> str:
    if control["words"]:
        return escape(control["words"][int(value - control["min"])])
    return f"{value:g}{escape(control['unit'])}"


def skeleton(payload: dict[str, Any]) -> tuple[str, str]:
    """HTML around the fallback image that takes as much room as the live view: its settings, its words."""
    spec, values = payload["state"]["spec"], payload["state"]["values"]
    shown = [control for control in spec["controls"] if control["visible"]]
    rows = "".join(
        f'<div class="control"><span class="label">{_label(c)}</span>'
        f"<span></span><output>{_value(c, values[c['key']])}</output></div>"
        for c in shown
    )
    lines = "".join(f"<p>{escape(line['label'])}</p>" for line in spec["lines"])
    height, room = f"--rows: {ceil(len(shown) / 2)}", f"--lines: {len(spec['lines'])}; --tall: {spec['tall']}"
    before = f'<div class="body"><div class="controls" style="{height}">{rows}</div><div class="views">'
    after = (
        f'</div><div class="foot"><div class="summary" style="{room}">{lines}</div>'
        '<div class="actions"></div></div></div>'
    )
    return before, after
