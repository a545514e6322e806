"""Standing checks over every page of the built book, in a real browser with the network cut."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import unquote

import pytest

from .pages import BOOK, PAGES

pytestmark = pytest.mark.skipif(not PAGES, reason="there is no built book: run `make book`")


def test_the_address_of_the_site_leads_to_its_first_page(open_page):
    page = open_page("index.html").page
    page.wait_for_url("**/chapters/index.html")


@pytest.mark.parametrize("file", [False, True], ids=["http", "file"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nobody_and_is_whole(open_page, path, file):
    seen = open_page(path, file=file)
    seen.settle()
    assert seen.complaints == []
    page = seen.page
    assert page.locator("mjx-merror").count() == 0
    unrendered = page.locator(".math:not(:has(mjx-container))").count()
    assert unrendered == 0, "mathematics is not rendered"
    for place in page.locator("[data-explorer]").all():
        assert place.get_attribute("data-live") == "true"
        assert place.get_attribute("data-result")
        assert place.locator("> *").count() == 1, "the picture must give way to the live view"


@pytest.mark.parametrize("path", BOOK)
def test_without_javascript_explorers_are_pictures(open_page, path):
    page = open_page(path, js=False).page
    for place in page.locator("[data-explorer]").all():
        picture = place.locator("img")
        assert picture.count() == 1
        assert len(picture.get_attribute("alt") or "") > 20
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")


@pytest.mark.parametrize("path", BOOK)
def test_every_picture_says_what_it_shows_and_how_large_it_is(site, path):
    for image in re.findall(r"<img [^>]*>", (site / path).read_text("utf8")):
        alt = re.search(r'alt="([^"]*)"', image)
        assert alt and len(alt[1]) > 20 and "_build" not in alt[1], image
        assert 'width="' in image and 'height="' in image, image


@pytest.mark.parametrize("path", BOOK)
def test_a_page_is_light_and_nothing_moves_while_it_loads(open_page, path):
    seen = open_page(path)
    seen.settle()
    weights = {url: size for url, size in seen.weights.items() if "/_images/" not in url}
    assert sum(weights.values()) <= 700_000, weights
    explorers = sum(size for url, size in weights.items() if "/explorers/" in url)
    assert explorers <= 30_000, weights
    shift = seen.page.evaluate(
        """() => new Promise((resolve) => {
          let total = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) total += entry.value;
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve(total), 300);
        })"""
    )
    assert shift < 0.1


def states(html):
    """State of each explorer of a page, by key."""
    found = re.findall(r'data-key="([^"]+)" data-state="([^"]+)"', html)
    return {key: json.loads(unescape(state)) for key, state in found}


def leads_to_an_explorer(html, fragment):
    """``ravine:lr=0.6`` names an explorer of the page, and numbers that it takes as they are."""
    key, _, pairs = fragment.partition(":")
    spec = states(html)[key]["spec"]
    bounds = {control["key"]: control for control in [*spec["controls"], *spec["points"]]}
    for name, value in (pair.split("=") for pair in pairs.split(",")):
        assert bounds[name]["min"] <= float(value) <= bounds[name]["max"], f"{fragment}: {name}"


@pytest.mark.parametrize("path", PAGES)
def test_no_link_of_the_site_is_dead(site, path):
    html = (site / path).read_text("utf8")
    regimes = [each for state in states(html).values() for each in state["spec"].get("regimes", [])]
    shown = {each["link"] for each in regimes if isinstance(each, dict) and each["link"]}
    for target in {*re.findall(r'(?:href|src)="([^"]+)"', html), *shown}:
        address, _, fragment = unescape(target).partition("#")
        if re.match(r"[a-z]+:", address):
            continue
        file = (site / path).parent / unquote(address.partition("?")[0]) if address else site / path
        assert file.exists(), f"{target} leads nowhere"
        if fragment and file.suffix == ".html" and ":" in fragment:
            leads_to_an_explorer(file.read_text("utf8"), fragment)
        elif fragment and file.suffix == ".html":
            assert f'id="{fragment}"' in file.read_text("utf8"), f"{target} has no such place"
