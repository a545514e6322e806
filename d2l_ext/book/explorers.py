"""Explorers on a static page: a mount holds each one's picture until `host.js` brings it to life."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

MIME = "application/vnd.d2l-ext.explorer+json"
HOST = Path(__file__).parent / "host.js"

logger = logging.getLogger(__name__)


class mount(nodes.General, nodes.Element):
    """The place of one explorer; its only child is the fallback image."""


class ExplorerView:
    """Renders an explorer's payload for myst-nb."""

    mime_priority_overrides = [("html", MIME, 1)]

    @staticmethod
    def handle_mime(renderer, data, inline):
        return [mount(payload=data.content)] if data.mime_type == MIME else None


class MoveFallback(SphinxPostTransform):
    """Puts the picture of an explorer's mime bundle inside its mount."""

    default_priority = 3  # myst-nb keeps one mime type of each bundle at 4
    formats = ("html",)

    def run(self, **kwargs) -> None:
        for place in list(self.document.findall(mount)):
            for image in list(place.parent.parent.findall(nodes.image)):
                image["alt"] = place["payload"]["alt"]
                place += image


def visit_mount(translator, node: mount) -> None:
    from d2l_ext.explorers import assets

    payload = node["payload"]
    state = json.dumps(payload["state"], sort_keys=True)
    before, _ = assets.skeleton(payload)
    data = {"explorer": payload["name"], "key": payload["key"], "state": state}
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in data.items())
    translator.body.append(f'<div class="explorer" {attributes}>{before}')


def depart_mount(translator, node: mount) -> None:
    from d2l_ext.explorers import assets

    _, after = assets.skeleton(node["payload"])
    translator.body.append(f"{after}</div>\n")


def check_keys(app: Sphinx, doctree: nodes.document) -> None:
    """The URL addresses an explorer by its key, so a page has each key once."""
    seen = set()
    for place in doctree.findall(mount):
        key = place["payload"]["key"]
        if key in seen:
            logger.warning("two explorers with the key %r on one page", key, location=app.env.docname)
        seen.add(key)


def views_of(doctree: nodes.document) -> tuple[str, ...]:
    """The views that a page's explorers show."""
    return tuple(sorted({place["payload"]["name"] for place in doctree.findall(mount)}))


def module_file(views: tuple[str, ...]) -> str:
    return f"explorers/module-{'-'.join(views)}.js"


def write_assets(app: Sphinx, env) -> None:
    """Ship each page's module as a string in a classic script: from a file a page can import no other."""
    from d2l_ext.explorers import assets

    static = Path(app.doctreedir) / "static"
    (static / "explorers").mkdir(parents=True)
    for views in {views_of(env.get_doctree(page)) for page in env.found_docs}:
        if views:
            source = f"const explorerModule = {json.dumps(assets.module(*views))};\n"
            (static / module_file(views)).write_text(source, "utf8")
    (static / "explorers/host.js").write_text(HOST.read_text("utf8"), "utf8")
    (static / "explorers/explorers.css").write_text(assets.css(), "utf8")
    app.config["html_static_path"].append(str(static))


def add_assets(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Only pages with an explorer load one; before MathJax (500), whose 257 KB it need not wait for."""
    if doctree and (views := views_of(doctree)):
        app.add_css_file("explorers/explorers.css")
        app.add_js_file(module_file(views), priority=300, defer="defer")
        app.add_js_file("explorers/host.js", priority=301, defer="defer")


def setup(app: Sphinx) -> None:
    app.add_node(mount, html=(visit_mount, depart_mount))
    app.add_post_transform(MoveFallback)
    app.connect("env-updated", write_assets)
    app.connect("doctree-read", check_keys)
    app.connect("html-page-context", add_assets)
