"""The small book, built once a worker; and copies of it to break."""

from __future__ import annotations

import shutil

import pytest

from .small_book import SHOW, Book, page


@pytest.fixture(scope="session")
def good(tmp_path_factory) -> Book:
    """A built book: two explorers, two claims, a promised output."""
    book = Book(tmp_path_factory.mktemp("good"))
    claims = 'from d2l_ext import claim\nclaim("One & one is two.", 1 + 1 == 2, id="sum.two", measured=2)'
    unchecked = 'claim("The wing sings.", "needs the airfoil file", id="wing", measured="nothing")'
    book.write(
        page(
            *(SHOW.replace("KEY", repr(key)) for key in ("first", "second")),
            claims,
            unchecked,
            "print('promised')",
        )
    )
    built = book.build()
    assert built.returncode == 0, built.stderr
    return book


@pytest.fixture
def book(good, tmp_path) -> Book:
    """A copy of the good book, to be broken."""
    copy = Book.__new__(Book)
    copy.root = tmp_path / "book"
    copy.site = copy.root / "_build" / "html"
    shutil.copytree(good.root, copy.root)
    return copy
