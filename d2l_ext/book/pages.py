"""Lean pages: nothing from third parties, nothing loaded that is not used, and sizes that do not jump."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.images import get_image_size
from sphinx.writers.html5 import HTML5Translator

HERE = Path(__file__).parent
MATHJAX = Path(next(iter(importlib.util.find_spec("sphinx-mathjax-offline").submodule_search_locations)), "static/mathjax")
FONTS = "output/chtml/fonts/woff-v2"


def configure(app: Sphinx, config: Config) -> None:
    """After jupyter-book's own scan of static folders, which would load every script it finds on every page."""
    config["mathjax_path"] = "mathjax/tex-chtml.js"
    config["html_scaled_image_link"] = False
    config["templates_path"].append(str(HERE / "templates"))
    config["html_static_path"].append(str(HERE / "static"))
    app.add_css_file("book.css", priority=900)


def ship_mathjax(app: Sphinx, error: Exception | None) -> None:
    """One script and its fonts, of the 24 MB the package carries."""
    if error is None and app.builder.format == "html":
        target = Path(app.outdir, "_static/mathjax")
        shutil.copytree(MATHJAX / FONTS, target / FONTS)
        shutil.copy(MATHJAX / "tex-chtml.js", target)


def trim_scripts(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Drop Thebe, the widget state that only ipywidgets' html-manager reads, and what is listed twice."""
    kept = {}
    for script in context["script_files"]:
        attributes = getattr(script, "attributes", {})
        body = attributes.get("body") or ""
        name = str(getattr(script, "filename", script) or "")
        if "THEBE" in body or "thebe" in name or "widget-state" in attributes.get("type", ""):
            continue
        kept.setdefault((name, body), script)
    context["script_files"] = list(kept.values())


def visit_image(translator: HTML5Translator, node: nodes.image) -> None:
    """Say the size of every picture, so that nothing moves when it arrives."""
    size = node.attributes.pop("width", None), node.attributes.pop("height", None)
    if None in size:
        size = get_image_size(translator.builder.srcdir / node["uri"]) or size
    HTML5Translator.visit_image(translator, node)
    if None not in size:
        width, height = (str(length).removesuffix("px") for length in size)
        translator.body[-1] = translator.body[-1].replace("<img ", f'<img width="{width}" height="{height}" ', 1)


def setup(app: Sphinx) -> None:
    app.connect("config-inited", configure)
    app.connect("html-page-context", trim_scripts, priority=950)
    app.connect("build-finished", ship_mathjax)
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
