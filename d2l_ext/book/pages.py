"""Lean pages: nothing from third parties, nothing loaded that is not used, and sizes that do not jump."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.domains.math import MathDomain
from sphinx.util.images import get_image_size
from sphinx.writers.html5 import HTML5Translator

from .icons import ship_icons

HERE = Path(__file__).parent
MATHJAX_FONTS = "output/chtml/fonts/woff-v2"
# What the theme ships and no page of ours loads.
UNUSED = ["scripts/fontawesome.js", "scripts/*.map", "styles/*.map", "vendor/fontawesome", "sphinx-thebe.*"]


def package(name: str) -> Path:
    """Folder of an installed package, whose name need not be a Python name."""
    spec = importlib.util.find_spec(name)
    assert spec and spec.submodule_search_locations, f"{name} is not installed"
    return Path(spec.submodule_search_locations[0])


def configure(app: Sphinx, config: Config) -> None:
    """After jupyter-book's scan of static folders, which loads every script it finds on every page."""
    config["mathjax_path"] = "mathjax/tex-chtml.js"
    config["html_scaled_image_link"] = False
    config["templates_path"].append(str(HERE / "templates"))
    config["html_static_path"].append(str(HERE / "static"))
    app.add_css_file("book.css", priority=900)


def ship(app: Sphinx, error: Exception | None) -> None:
    """Put what pages load into the site, and no more."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    mathjax = package("sphinx-mathjax-offline") / "static/mathjax"
    shutil.copytree(mathjax / MATHJAX_FONTS, static / "mathjax" / MATHJAX_FONTS)
    shutil.copy(mathjax / "tex-chtml.js", static / "mathjax")
    ship_icons(Path(app.outdir))
    for path in [path for pattern in UNUSED for path in static.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def add_formulas(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """After MathJax's settings (500), and run before MathJax, which is deferred."""
    if cast(MathDomain, app.env.get_domain("math")).has_equations(pagename):
        app.add_js_file("formulas.js", priority=501)


def trim_page(app: Sphinx, pagename, templatename, context, doctree) -> None:
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
    context["css_files"] = [style for style in context["css_files"] if "thebe" not in str(style.filename)]


def visit_image(translator: HTML5Translator, node: nodes.image) -> None:
    """Say the size of every picture, so that nothing moves when it arrives."""
    size = node.attributes.pop("width", None), node.attributes.pop("height", None)
    if None in size:
        size = get_image_size(translator.builder.srcdir / node["uri"]) or size
    HTML5Translator.visit_image(translator, node)
    if None not in size:
        width, height = (str(length).removesuffix("px") for length in size)
        sized = f'<img width="{width}" height="{height}" '
        translator.body[-1] = translator.body[-1].replace("<img ", sized, 1)


def visit_citation(translator: HTML5Translator, node: nodes.citation) -> None:
    """Without docutils' role for it, which ARIA has deprecated."""
    translator.body.append(translator.starttag(node, "div", CLASS="citation"))


def depart_citation(translator: HTML5Translator, node: nodes.citation) -> None:
    translator.body.append("</div>\n")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", configure)
    app.connect("html-page-context", add_formulas)
    app.connect("html-page-context", trim_page, priority=950)
    app.connect("build-finished", ship)
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
