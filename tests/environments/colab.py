"""Colab, as far as it can be had here: every notebook is run as a reader who clicks on its button runs it.

This runs in an interpreter that has what Colab brings (colab.txt), and nothing of the book. A copy of the
repository, with an address set, stands in for the one on GitHub: git is told to find it there. So pip really
installs from it, told by the first cell of the first notebook. What Colab brings must stay.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
URL = "https://github.com/someone/book"
# What anywidget looks for, and calls.
OUTPUT = """
class _widgets:
    _installed_url = None

def enable_custom_widget_manager():
    _widgets._installed_url = "https://colab.example/manager.js"
"""


def installed() -> dict[str, str]:
    """Version of each package that is there now."""
    return {each.name: each.version for each in distributions(path=sys.path)}


def stand_in(folder: Path) -> Path:
    """The repository as on GitHub: the files that git knows here, in one commit, with their address set.

    A clone would not do: pip cannot clone again what CI's shallow checkout was cloned into.
    """
    repository = folder / "repository"
    subprocess.run(["git", "checkout-index", "--all", f"--prefix={repository}/"], cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "d2l_ext.book.repository", URL], cwd=repository, check=True)
    commit = ["-c", "user.name=test", "-c", "user.email=test", "commit", "--quiet", "--message=all"]
    for command in (["init", "--quiet"], ["add", "--all"], commit):
        subprocess.run(["git", *command], cwd=repository, check=True)
    return repository


def environment(folder: Path, repository: Path) -> dict[str, str]:
    """A Colab whose address of the repository leads to the stand-in."""
    colab = folder / "modules/google/colab"
    colab.mkdir(parents=True)
    (colab / "__init__.py").touch()
    (colab / "output.py").write_text(OUTPUT)
    startup = folder / "ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "colab.py").write_text("import google.colab.output\n")
    return {
        **os.environ,
        "PYTHONPATH": str(folder / "modules"),
        "IPYTHONDIR": str(folder / "ipython"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": URL,
    }


def main(names: list[str]) -> int:
    """Run the notebooks named, or all, and look at what pip did."""
    before = installed()
    assert "d2l-ext" not in before, "the book is installed already: make the environment anew"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository = stand_in(folder)
        notebooks = repository / "tests/environments/notebooks.py"
        files = [repository / name for name in names]
        ran = subprocess.run([sys.executable, notebooks, *files], env=environment(folder, repository))
    after = installed()
    changed = {name: after.get(name) for name in before if after.get(name) != before[name]}
    added = " ".join(f"{name}=={after[name]}" for name in sorted(after.keys() - before.keys()))
    print(f"torch {after['torch']}, numpy {after['numpy']}; installed: {added or 'nothing'}")
    if changed:
        print(f"The first cell changed what Colab brings: {changed}", file=sys.stderr)
    return 1 if changed or ran.returncode or "d2l-ext" not in after else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
