"""What the small book's pages hold, and what the host makes of it in a browser."""

from __future__ import annotations

import pytest


def test_the_page_holds_the_mount(good):
    html = (good.site / "chapters/page.html").read_text("utf8")
    start = (
        '<div class="explorer" data-explorer="echo" data-key="first" '
        'data-state="{&quot;said&quot;: &quot;&lt;i&gt;&#x27;\\&quot;&amp;&quot;}">'
        "<div class='before'></div><img "
    )
    assert html.count(start) == 1
    image, _, rest = html.partition(start)[2].partition(">")
    assert 'alt="Four by three pixels of nothing."' in image
    assert 'width="4" height="3"' in image
    assert rest.lstrip().startswith("<p class='after'></p></div>")


def test_claims_stand_where_they_are_made_and_on_their_page(good):
    html = (good.site / "chapters/page.html").read_text("utf8")
    assert 'id="claim-sum.two"' in html and "One &amp; one is two." in html
    overview = (good.site / "chapters/index.html").read_text("utf8")
    assert 'href="page.html#claim-sum.two"' in overview
    assert "✓ holds" in overview and "needs the airfoil file" in overview


@pytest.mark.parametrize("file", [False, True], ids=["http", "file"])
def test_the_host_brings_explorers_to_life(good, visit, file):
    seen = visit(good.site, "chapters/page.html", file=file)
    seen.settle()
    assert seen.complaints == []
    places = seen.page.locator(".explorer")
    assert places.all_inner_texts() == ["<i>'\"&", "<i>'\"&"]
    assert places.locator("img").count() == 0
    heard = seen.page.evaluate(
        """() => {
          const heard = [], hear = () => heard.push(model.get("said"));
          model.on("change:said", hear);
          model.set("said", "a");
          model.set("said", "a");
          model.save_changes();
          model.off("change:said", hear);
          model.set("said", "b");
          return heard;
        }"""
    )
    assert heard == ["a"]
    assert places.nth(1).inner_text() == "b"


def test_without_javascript_the_picture_stays(good, visit):
    page = visit(good.site, "chapters/page.html", js=False).page
    assert page.locator(".explorer img").count() == 2
    assert page.locator("[data-live]").count() == 0


def test_when_the_module_throws_the_picture_stays(book, visit):
    book.view('el.textContent = "half done"; throw new Error("no luck");')
    assert book.build().returncode == 0
    seen = visit(book.site, "chapters/page.html")
    seen.page.wait_for_load_state("networkidle")
    assert [line for line in seen.console if "no luck" not in line] == []
    assert len(seen.console) == 2
    assert seen.page.locator(".explorer img").count() == 2
    assert seen.page.locator(".explorer > .after").count() == 2
    assert seen.page.get_by_text("half done").count() == 0
    assert seen.page.locator("[data-live]").count() == 0
