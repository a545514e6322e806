"""Claims: each stands where it was checked, and all of them on one page, through the directive `{claims}`."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

MIME = "application/vnd.d2l-ext.claim+json"
MARKS = {"holds": "✓ holds", "unchecked": "○ not checked here"}

logger = logging.getLogger(__name__)


class claim(nodes.General, nodes.Element):
    """A checked sentence, on the page that checks it."""


class claims_of_the_book(nodes.General, nodes.Element):
    """Where the directive `{claims}` stands until all pages are read."""


class ClaimView:
    """Renders a claim's payload for myst-nb."""

    mime_priority_overrides = [("html", MIME, 1), ("latex", MIME, 1)]

    @staticmethod
    def handle_mime(renderer, data, inline):
        if data.mime_type != MIME:
            return None
        payload = data.content
        node = claim("", *sentence(payload), payload=payload, ids=[f"claim-{payload['id']}"])
        return [node]


def sentence(payload: dict) -> list[nodes.Node]:
    """Mark, sentence, numbers: never colour alone."""
    numbers = f"measured {payload['measured']}"
    if payload.get("expected") is not None:
        numbers += f", expected {payload['expected']}"
    if payload.get("reason"):
        numbers = payload["reason"]
    mark = nodes.strong("", MARKS[payload["status"]], classes=["claim-mark"])
    numbers = nodes.inline("", numbers, classes=["claim-numbers"])
    return [nodes.paragraph("", "", mark, nodes.Text(f" {payload['text']} "), numbers)]


class ClaimsDirective(SphinxDirective):
    """Lists every claim of the book, by page."""

    def run(self) -> list[nodes.Node]:
        return [claims_of_the_book()]


def claims_in(app: Sphinx) -> dict[str, tuple[str, dict]]:
    """The book's claims so far: id -> (page, payload)."""
    return vars(app.env).setdefault("d2l_ext_claims", {})


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Remember a page's claims; an id names one claim in the whole book."""
    book = claims_in(app)
    for node in doctree.findall(claim):
        name = node["payload"]["id"]
        if name in book:
            logger.warning(
                "claim %r is made twice, first in %s", name, book[name][0], location=app.env.docname
            )
        book[name] = app.env.docname, node["payload"]


def list_claims(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Fill the page of claims in reading order."""
    for place in list(doctree.findall(claims_of_the_book)):
        place.replace_self(
            [part for page in app.env.collect_relations() for part in claims_of(app, page, docname)]
        )


def claims_of(app: Sphinx, page: str, docname: str) -> list[nodes.Node]:
    """One page's title and claims, each linked to where it is checked."""
    found = [payload for source, payload in claims_in(app).values() if source == page]
    if not found:
        return []
    uri = app.builder.get_relative_uri(docname, page)
    items = nodes.bullet_list("", classes=["claims"])
    for payload in found:
        link = nodes.reference("", payload["id"], refuri=f"{uri}#claim-{payload['id']}", internal=True)
        items += nodes.list_item("", *sentence(payload), nodes.paragraph("", "", link))
    title = nodes.reference("", app.env.titles[page].astext(), refuri=uri, internal=True)
    return [nodes.paragraph("", "", title, classes=["claims-page"]), items]


def visit_claim(translator, node: claim) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS=f"claim claim-{node['payload']['status']}"))


def depart_claim(translator, node: claim) -> None:
    translator.body.append("</div>\n")


def ignore(translator, node: claim) -> None:
    """In LaTeX a claim is its sentence."""


def setup(app: Sphinx) -> None:
    app.add_node(claim, html=(visit_claim, depart_claim), latex=(ignore, ignore))
    app.add_node(claims_of_the_book)
    app.add_directive("claims", ClaimsDirective)
    app.connect("doctree-read", collect)
    app.connect("doctree-resolved", list_claims)
