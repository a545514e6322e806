"""A small book, built as the large one is, with a package of its own to break."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[2]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAIAAAA7ljmRAAAAEklEQVR4nGP4z8AARwzEcQCukw/x0F8jngAAAABJRU5ErkJggg=="
SHOW = f"""
from IPython.display import publish_display_data
publish_display_data({{
    "application/vnd.d2l-ext.explorer+json":
        {{"name": "echo", "key": KEY, "alt": "Four by three pixels of nothing.",
         "state": {{"said": "<i>'\\"&"}}}},
    "image/png": "{PNG}", "text/plain": "Echo()"}})
"""
ASSETS = """
def module(*views):
    return "export default { render({ model, el }) {" + VIEW + "} };"
def css():
    return ""
def skeleton(payload):
    return "<div class='before'></div>", "<p class='after'></p>"
"""
VIEW = """
  const say = () => { el.textContent = model.get("said"); el.closest(".explorer").dataset.result = "1"; };
  model.on("change:said", say);
  say();
  window.model = model;
"""


def notebook(*cells) -> str:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(new_notebook(cells=list(cells), metadata={"kernelspec": kernel}))


def page(*sources: str) -> str:
    return notebook(new_markdown_cell("# Page"), *map(new_code_cell, sources))


class Book:
    """A book of one notebook and one page of claims, with a package of its own to break."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.site = root / "_build" / "html"
        (root / "chapters").mkdir(parents=True)
        shutil.copytree(ROOT / "d2l_ext", root / "d2l_ext", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "images", root / "images")
        for name in ("_config.yml", "references.bib", "requirements.txt"):
            shutil.copy(ROOT / name, root)
        (root / "_toc.yml").write_text(
            "{format: jb-book, root: chapters/index, chapters: [{file: chapters/page}]}"
        )
        (root / "chapters/index.md").write_text("# Book\n\n[The page](page.ipynb)\n\n```{claims}\n```\n")
        shutil.rmtree(root / "d2l_ext/explorers")
        (root / "d2l_ext/explorers").mkdir()
        (root / "d2l_ext/explorers/__init__.py").touch()
        self.view(VIEW)

    def view(self, source: str) -> None:
        text = ASSETS.replace("VIEW", repr(source))
        (self.root / "d2l_ext/explorers/assets.py").write_text(text, "utf8")

    def write(self, text: str) -> None:
        (self.root / "chapters/page.ipynb").write_text(text, "utf8")

    def start(self, environment: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
        """As `make book` does, with the book's own copy of the package."""
        own = {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "d2l_ext.book"],
            cwd=self.root,
            env={**os.environ, **own, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def build(self, **options: Any) -> subprocess.CompletedProcess[str]:
        with self.start(**options) as process:
            said = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, *said)

    def fingerprint(self) -> dict[str, str]:
        """Every file of the site and its bytes' hash."""
        return {
            path.relative_to(self.site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.site.rglob("*"))
            if path.is_file()
        }

    def must_keep_its_site(self, *because: str) -> None:
        """Two builds in a row fail, say why in their last lines, and touch nothing."""
        before = self.fingerprint()
        for _ in range(2):
            failed = self.build()
            assert failed.returncode == 1, failed.stdout
            end = failed.stderr.rpartition("The book was NOT built:")[2]
            for words in because:
                assert words in end
            assert "The last good site is still in" in failed.stderr.splitlines()[-1]
            assert self.fingerprint() == before
