"""The book's Sphinx extension: live explorers, claims, lean pages and an execution cache that cannot lie.

`python -m d2l_ext.book` builds the book with it; `python -m d2l_ext.book.notebooks` checks notebooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the parts; each says what it does."""
    from . import claims, execution, explorers, pages

    for part in (execution, explorers, claims, pages):
        part.setup(app)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
