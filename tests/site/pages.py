"""The pages of the built book."""

from pathlib import Path

SITE = Path(__file__).parents[2] / "_build" / "html"
FILES = sorted(
    path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if "_static" not in path.parts
)
PAGES = [page for page in FILES if page != "index.html"]  # which only leads to the first page
BOOK = [page for page in PAGES if page.startswith("chapters/")]
