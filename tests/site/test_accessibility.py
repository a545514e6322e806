"""Every page of the built book under axe: both widths, both themes."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from .pages import PAGES

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# To describe thousands of elements that are as they should be would take most of the time.
OPTIONS = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}

pytestmark = pytest.mark.skipif(not PAGES, reason="there is no built book: run `make book`")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(open_page, path, width):
    seen = open_page(path, width=width)
    seen.settle()
    for scheme in "light", "dark":
        seen.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        seen.page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
        found = Axe().run(seen.page, options=OPTIONS)
        assert found.violations_count == 0, f"{scheme}\n{found.generate_report()}"
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
