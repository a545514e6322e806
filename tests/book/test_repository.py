"""The repository's address: set, it is where it is needed; not set, nothing leads anywhere."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import venv
from html import unescape
from pathlib import Path

import nbformat
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe

from d2l_ext.book.notebooks import complaints
from d2l_ext.book.repository import CELL, COLAB, FIRST, MARK, lines, main, text_with

from .small_book import ROOT

URL = "https://github.com/some-one/a.book"
LONGEST = f"https://github.com/{'o' * 38}/{'n' * 36}"
BINDER = "https://mybinder.org/v2/gh/some-one/a.book/main?urlpath=lab/tree/"
ON_COLAB = "https://colab.research.google.com/github/some-one/a.book/blob/main/"


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def copy(tmp_path) -> Path:
    """What the address is written to, and no address in it."""
    root = tmp_path / "copy"
    shutil.copytree(ROOT / "chapters", root / "chapters")
    for name in ("_config.yml", "CITATION.cff", "README.md"):
        shutil.copy(ROOT / name, root)
    main(root, "")
    return root


def test_it_is_written_and_taken_out_again(copy):
    before = contents(copy)
    assert not any(MARK.encode() in text for text in before.values())
    main(copy, URL)
    there = contents(copy)
    changed = {name for name in before if before[name] != there[name]}
    assert changed == {name for name in before if name.endswith(".ipynb") or "/" not in name}
    main(copy, LONGEST)
    assert contents(copy) != there
    main(copy, URL)
    assert contents(copy) == there
    assert "as before" in main(copy, URL)
    main(copy, "")
    assert contents(copy) == before


def test_what_is_written(copy):
    main(copy, URL)
    config = yaml.safe_load((copy / "_config.yml").read_text("utf8"))
    assert config["repository"] == {"url": URL, "branch": "main"}
    assert config["launch_buttons"]["notebook_interface"] == "jupyterlab"
    assert yaml.safe_load((copy / "CITATION.cff").read_text("utf8"))["repository-code"] == URL
    readme = (copy / "README.md").read_text("utf8")
    for link in (BINDER + FIRST, ON_COLAB + FIRST, "https://some-one.github.io/a.book/", f"git+{URL}"):
        assert link in readme
    assert (copy / FIRST).exists()
    assert "d2l==0.17.0" in COLAB and "\nd2l==0.17.0\n" in (ROOT / "requirements.txt").read_text("utf8")


def test_a_site_of_an_owner_has_no_name_in_its_address():
    (readme,) = [
        line for _, before, line in lines("https://github.com/Me/me.github.io") if before == "| read "
    ]
    assert "https://me.github.io/ " in readme


def test_notebooks_stay_in_order(copy):
    main(copy, LONGEST)
    paths = sorted(copy.rglob("*.ipynb"))
    for path in paths:
        notebook = nbformat.read(path, 4)
        nbformat.validate(notebook)
        assert notebook.cells[0].id == CELL
        assert f'"git+{LONGEST}"' in notebook.cells[0].source
        assert complaints(path) == []
    checked = [sys.executable, "-m", "ruff", "check", "--config", ROOT / "pyproject.toml", *paths]
    found = subprocess.run(checked, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    "url",
    [
        "github.com/a/b",
        "http://github.com/a/b",
        "https://github.com/a",
        "https://github.com/a/b/",
        "https://github.com/a/b.git",
        "https://github.com/a/b/tree/main",
        "https://github.com/a/..",
        "https://github.com/-a/b",
        "https://github.com/a/b\n",
        "https://gitlab.com/a/b",
        "https://github.com/a/b' # {}",
        " ",
    ],
)
def test_other_addresses_are_refused(copy, url):
    before = contents(copy)
    with pytest.raises(ValueError, match="URL must be https://github.com/OWNER/NAME"):
        main(copy, url)
    assert contents(copy) == before


@pytest.mark.parametrize(
    ("name", "text"), [("README.md", "# Title\n"), ("chapters/back/new.ipynb", '{"cells": []}\n')]
)
def test_a_file_without_a_place_for_it_stops_all(copy, name, text):
    (copy / name).write_text(text)
    before = contents(copy)
    with pytest.raises(ValueError, match=rf"{name}.*Nothing was changed"):
        main(copy, URL)
    assert contents(copy) == before


def test_a_full_disk_leaves_every_file_whole(copy, monkeypatch):
    before, replaced = contents(copy), os.replace

    def full(part, path):
        if path.name == "orbits.ipynb":
            raise OSError(errno.ENOSPC, "No space left on device")
        replaced(part, path)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="orbits.ipynb could not be written .* then say the same again"):
        main(copy, URL)
    there = contents(copy)
    assert there.keys() == before.keys()
    assert 0 < sum(there[name] != before[name] for name in before) < len(before)
    monkeypatch.undo()
    main(copy, URL)
    main(copy, "")
    assert contents(copy) == before


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--dry-run", "--assume-old=.venv/ready", "repository", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "URL": URL}, capture_output=True, text=True)


def test_make_asks_for_the_address_and_passes_on_an_empty_one():
    without, empty = make(), make("URL=")
    assert without.returncode == 2 and "make repository URL=https://github.com/OWNER/NAME" in without.stderr
    assert empty.returncode == 0 and "d2l_ext.book.repository" in empty.stdout


@pytest.mark.parametrize("url", ["", URL], ids=["not set", "set"])
def test_launch_buttons(book, visit, url):
    config = book.root / "_config.yml"
    added = [(before, line) for name, before, line in lines(URL) if name == config.name and url]
    config.write_text(text_with(config.read_text("utf8"), added), "utf8")
    built = book.build()
    assert built.returncode == 0, built.stderr
    html = (book.site / "chapters/page.html").read_text("utf8")
    links = [unescape(link) for link in re.findall(r'href="(https://[^"]+)"', html)]
    places = [link for link in links if "binder" in link or "colab" in link]
    assert places == ([f"{BINDER}chapters/page.ipynb", f"{ON_COLAB}chapters/page.ipynb"] if url else [])
    seen = visit(book.site, "chapters/page.html")
    seen.settle()
    assert seen.complaints == []
    rocket = seen.page.get_by_role("button", name="Launch interactive content")
    assert rocket.count() == bool(url)
    if url:
        rocket.click()
        assert seen.page.get_by_role("link", name="Colab").is_visible()
    found = Axe().run(seen.page)
    assert found.violations_count == 0, found.generate_report()


PIP = """
import os, sys
with open(os.environ["ASKED"], "a") as asked:
    print(*sys.argv[1:], file=asked)
if os.environ["FAILS"] in sys.argv:
    sys.exit("ERROR: the network is down")
"""
COLAB_IS_HERE = 'import sys\nsys.modules["google.colab"] = sys\n'


class Python:
    """An interpreter with torch and numpy by name only, and a pip that notes what it is told."""

    def __init__(self, root: Path) -> None:
        venv.create(root / "venv", with_pip=False)
        self.asked = root / "asked"
        self.program = root / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        where = [self.program, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        self.packages = Path(subprocess.run(where, capture_output=True, text=True).stdout.strip())
        for name, version in {"torch": "2.9.0+cu126", "numpy": "2.0.2"}.items():
            info = self.packages / f"{name}-{version}.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (self.packages / "pip.py").write_text(PIP)

    def run(self, source: str, fails: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "ASKED": str(self.asked), "FAILS": fails}
        environment.pop("PYTHONPATH", None)
        command = [self.program, "-c", source]
        return subprocess.run(command, cwd=self.packages, env=environment, capture_output=True, text=True)


@pytest.fixture
def python(tmp_path) -> Python:
    return Python(tmp_path)


def test_the_cell_does_nothing_outside_colab_and_where_the_package_is(python):
    cell = COLAB.format(url=URL)
    assert python.run(cell).returncode == 0
    (python.packages / "d2l_ext.py").touch()
    assert python.run(COLAB_IS_HERE + cell).returncode == 0
    assert not python.asked.exists()


def test_on_colab_it_holds_torch_and_numpy_where_they_are(python):
    ran = python.run(COLAB_IS_HERE + COLAB.format(url=URL))
    assert ran.returncode == 0, ran.stderr
    assert python.asked.read_text().splitlines() == [
        "install --quiet --no-deps d2l==0.17.0",
        f"install --quiet git+{URL} torch==2.9.0+cu126 numpy==2.0.2",
    ]


@pytest.mark.parametrize("fails", ["d2l==0.17.0", f"git+{URL}"])
def test_where_pip_fails_it_says_what_and_why_and_what_next(python, fails):
    ran = python.run(COLAB_IS_HERE + COLAB.format(url=URL), fails)
    assert ran.returncode == 1
    said = ran.stderr[ran.stderr.index("RuntimeError") :]
    for words in ("the network is down", "pip could not install", fails, "Run this cell again"):
        assert words in said
