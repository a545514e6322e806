"""The book's address, set once: `python -m d2l_ext.book.repository URL`; an empty URL takes it out again.

Four places name it: `_config.yml` (the pages' launch buttons), README.md, CITATION.cff, and the first cell of
each notebook, which installs the package on Colab. Without an address none of this is there: no button leads
and no cell fetches code where nobody of the book is at home. Taken out, every file is as it was, bit for bit.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from textwrap import indent

from d2l_ext.storing import in_place_of

GITHUB = re.compile(r"https://github\.com/([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)/([A-Za-z0-9._-]+)")
BRANCH = "main"
FIRST = "chapters/gd/descent.ipynb"  # what the README's badges open
MARK = "written by make repository"  # in every line that is added, and in no other
CELL = "repository"  # the id of the cell that is added
ADVICE = (
    "Free some space or make its folder one that can be written, then say the same again: it does the rest."
)

COLAB = """\
import subprocess
import sys
from importlib import metadata, util
# On Colab: installs the book's package, beside the torch and numpy that are there. Elsewhere: nothing.
if "google.colab" in sys.modules and not util.find_spec("d2l_ext"):
    book = "git+{url}"
    kept = [f"{{name}}=={{metadata.version(name)}}" for name in ("torch", "numpy")]
    for wanted in (["--no-deps", "d2l==0.17.0"], [book, *kept]):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", *wanted]
        if (done := subprocess.run(pip, capture_output=True, text=True)).returncode:
            raise RuntimeError(f"{{done.stderr}}\\npip could not install {{' '.join(wanted)}}: see above. Run"
                " this cell again, or first choose 'Disconnect and delete runtime' in the menu Runtime.")
"""


def owner_and_name(url: str) -> tuple[str, str]:
    """The two names in the address of a repository on GitHub.

    Raises:
        ValueError: It is no such address, or says more than that.
    """
    match = GITHUB.fullmatch(url)
    if match is None or match[2].endswith(".git") or not match[2].strip("."):
        raise ValueError(
            f"URL must be https://github.com/OWNER/NAME, with nothing after the name, got {url!r}; "
            "Binder and Colab open notebooks from there. An empty URL= takes the address out."
        )
    return match[1], match[2]


def lines(url: str) -> list[tuple[str, str, str]]:
    """What the address adds to the text files: the file, how the line before begins, and the line."""
    owner, name = owner_and_name(url)
    host = f"{owner}.github.io".lower()
    site = f"https://{host}/" + ("" if name.lower() == host else f"{name}/")
    binder = f"https://mybinder.org/v2/gh/{owner}/{name}/{BRANCH}?urlpath=lab/tree/{FIRST}"
    colab = f"https://colab.research.google.com/github/{owner}/{name}/blob/{BRANCH}/{FIRST}"
    badges = (
        f"[![Open in Binder](https://mybinder.org/badge_logo.svg)]({binder}) "
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})"
    )
    buttons = (
        "{notebook_interface: jupyterlab, binderhub_url: 'https://mybinder.org', "
        "colab_url: 'https://colab.research.google.com'}"
    )
    install = f'`pip install "d2l-ext[book] @ git+{url}"`'
    return [
        ("_config.yml", "exclude_patterns:", f"repository: {{url: '{url}', branch: {BRANCH}}}  # {MARK}"),
        ("_config.yml", "repository:", f"launch_buttons: {buttons}  # {MARK}"),
        ("CITATION.cff", "type:", f"repository-code: '{url}'  # {MARK}"),
        ("README.md", "# ", f"{badges} <!-- {MARK} -->"),
        ("README.md", "| read ", f"| read online | {site} <!-- {MARK} --> |"),
        ("README.md", "| run ", f"| run online | [Binder]({binder}), [Colab]({colab}) <!-- {MARK} --> |"),
        ("README.md", "| install ", f"| install without a clone | {install} <!-- {MARK} --> |"),
    ]


def text_with(text: str, added: list[tuple[str, str]]) -> str:
    """The text without marked lines, and then with each of these after the first line that begins so.

    Raises:
        ValueError: No line begins so.
    """
    kept = [line for line in text.splitlines(keepends=True) if MARK not in line]
    for before, line in added:
        places = [number for number, known in enumerate(kept, start=1) if known.startswith(before)]
        if not places:
            raise ValueError(f"no line begins with {before!r}, after which the address belongs: put it back")
        kept.insert(places[0], f"{line}\n")
    return "".join(kept)


def notebook_with(text: str, source: str) -> str:
    """The notebook with a first cell of this source, hidden on the site; with none if `source` is empty.

    All else stays as it is stored, which parsing and writing would not promise.

    Raises:
        ValueError: It does not begin as nbformat writes notebooks.
    """
    start = '{\n "cells": [\n'
    if not text.startswith(start):
        raise ValueError("it does not begin as a saved notebook does: save it in JupyterLab, then again")
    cells = text.removeprefix(start)
    first, _, rest = cells.partition("\n  },\n")
    if f'\n   "id": "{CELL}",\n' in first:
        cells = rest
    if not source:
        return start + cells
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": CELL,
        "metadata": {"tags": ["remove-cell"]},
        "outputs": [],
        "source": source.strip().splitlines(keepends=True),
    }
    return f"{start}{indent(json.dumps(cell, indent=1), '  ')},\n{cells}"


def changes(root: Path, url: str) -> dict[Path, str]:
    """The new text of every file that changes. Nothing is written yet, so an error leaves all as it was.

    Raises:
        ValueError: The address is none, or a file has no place for it. It says which.
        OSError: A file cannot be read.
    """
    added = lines(url) if url else []
    cell = COLAB.format(url=url) if url else ""
    files = [root / name for name in ("_config.yml", "CITATION.cff", "README.md")]
    notebooks = [path for path in sorted((root / "chapters").rglob("*.ipynb")) if ".ipynb_" not in str(path)]
    found = {}
    for path in files + notebooks:
        try:
            text = path.read_bytes().decode()
            if path in notebooks:
                new = notebook_with(text, cell)
            else:
                new = text_with(text, [(before, line) for name, before, line in added if name == path.name])
        except ValueError as error:
            raise ValueError(f"{path}: {error}. Nothing was changed.") from error
        if new != text:
            found[path] = new
    return found


def main(root: Path, url: str) -> str:
    """Write the address, or take it out if it is empty; say what was done and what comes next."""
    found = changes(root, url)
    for path, text in found.items():
        with in_place_of(path, ADVICE) as file:
            file.write(text.encode())
    done = f"The repository is {url}" if url else "No file names a repository"
    if not found:
        return f"{done}, as before."
    return f"{done}: {len(found)} files changed. Next: look at `git diff`, commit, push."


if __name__ == "__main__":
    try:
        (address,) = sys.argv[1:]
        print(main(Path.cwd(), address))
    except (ValueError, OSError) as error:
        sys.exit(f"make repository: {error}")
