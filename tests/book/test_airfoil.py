"""The page on real data, with the file and without: it says what it shows, and ticks only what it checked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from d2l_ext import data

from .small_book import ROOT

TOC = """
format: jb-book
root: chapters/index
chapters: [{file: chapters/momentum/airfoil}, {file: chapters/back/bibliography}]
"""
DATA = Path(os.environ.get("D2L_EXT_DATA") or ROOT.parent / "shared" / "data").resolve()
CLAIM = re.compile(r'<div class="claim claim-(\w+)" id="claim-([\w.-]+)">(.*?)</div>', re.DOTALL)


@dataclass
class Page:
    """The built page: its HTML, what it says, and its claims as (status, id, text)."""

    html: str

    @property
    def text(self) -> str:
        return plain(self.html)

    @property
    def claims(self) -> list[tuple[str, str, str]]:
        return [(status, name, plain(body)) for status, name, body in CLAIM.findall(self.html)]


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html))).strip()


def theorems_elsewhere() -> str:
    """Stand-ins for the theorems of other pages that the page refers to."""
    page = (ROOT / "chapters/momentum/airfoil.ipynb").read_text("utf8")
    labels = set(re.findall(r"{prf:ref}`([\w-]+)`", page)) - set(re.findall(r":label: ([\w-]+)", page))
    return "".join(
        f"\n:::{{prf:theorem}} Elsewhere\n:label: {name}\nIt holds.\n:::\n" for name in sorted(labels)
    )


def build(root: Path, **environment: str) -> Page:
    """The page in a book of its own, with the package and the explorers as they are."""
    (root / "chapters/momentum").mkdir(parents=True)
    for folder in ("d2l_ext", "images", "chapters/back"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "references.bib", "requirements.txt", "chapters/momentum/airfoil.ipynb"):
        shutil.copy(ROOT / name, root / name)
    (root / "_toc.yml").write_text(TOC)
    index = "# Book\n\n[The page](momentum/airfoil.ipynb)\n"
    (root / "chapters/index.md").write_text(index + theorems_elsewhere())
    inherited = {name: value for name, value in os.environ.items() if name != data.FOLDER_VARIABLE}
    built = subprocess.run(
        [sys.executable, "-m", "d2l_ext.book"],
        cwd=root,
        env={**inherited, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr  # a warning fails a build, so nothing went to stderr
    return Page((root / "_build/html/chapters/momentum/airfoil.html").read_text("utf8"))


@pytest.fixture(scope="module")
def without(tmp_path_factory) -> Page:
    """The page where the file is not: no folder, an empty cache, and no way out."""
    nowhere = "http://127.0.0.1:9"
    unreachable = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere)
    cache = tmp_path_factory.mktemp("cache")
    return build(
        tmp_path_factory.mktemp("without") / "book",
        **unreachable,
        no_proxy="",
        NO_PROXY="",
        XDG_CACHE_HOME=str(cache),
    )


@pytest.fixture(scope="module")
def with_file(tmp_path_factory) -> Page:
    if not (DATA / data.AIRFOIL_FILE).is_file():
        pytest.skip(f"{data.AIRFOIL_FILE} is not in {DATA}")
    return build(tmp_path_factory.mktemp("with") / "book", D2L_EXT_DATA=str(DATA))


def test_without_the_file_the_page_says_so_first(without):
    before, note, _ = without.html.partition(data.STANDIN_NOTE)
    assert note, "the note is missing"
    assert 'class="admonition warning"' in before
    assert before.count('class="explorer"') == 0, "the note must come before all else"


def test_without_the_file_everything_names_the_other_data(without):
    assert "diabetes data: 442 rows, 10 features" in without.text
    assert "Final loss, diabetes data" in without.text
    assert not re.search(r"airfoil data: \d|Final loss, airfoil", without.text)
    assert not re.search(r"<th>\s*the notes", without.html)


def test_without_the_file_no_claim_about_the_airfoil_is_ticked(without):
    statuses = {"unchecked": [], "holds": []}
    for status, name, text in without.claims:
        statuses[status].append(name)
        assert ("Airfoil" in text) == (status == "unchecked"), text
        assert status == "holds" or "needs the airfoil file" in text
    assert len(statuses["unchecked"]) >= 10
    assert len(statuses["holds"]) >= 10, "what is true of any data is still checked"


def test_with_the_file_all_claims_hold(with_file, without):
    assert {status for status, _, _ in with_file.claims} == {"holds"}
    names = [name for _, name, _ in with_file.claims]
    assert names == [name for _, name, _ in without.claims]
    assert all(name.startswith("momentum.airfoil.") for name in names)


def test_with_the_file_the_page_shows_the_airfoil(with_file):
    assert "airfoil data: 1500 rows, 5 features" in with_file.text
    assert "lowest loss 0.241688" in with_file.text
    assert "Final loss, airfoil data" in with_file.text
    assert re.search(r"<th>\s*the notes", with_file.html)
    assert "diabetes" not in with_file.text and data.STANDIN_NOTE not in with_file.text
