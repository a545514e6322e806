"""How notebooks are stored and written: `python -m d2l_ext.book.notebooks FILE...` says what to mend."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

import d2l_ext

LINES = 12
FIGURE = re.compile(r"\bplots\.\w+\(|\b\w*(plot|show)\w*\(")


def complaints(path: Path) -> list[str]:
    """What is wrong with a notebook, one line each; nothing if all is well."""
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    found = (
        []
        if not cells or hidden(cells[0])
        else ["the first code cell is not hidden (remove-input or hide-input)"]
    )
    for number, cell in enumerate(cells, start=1):
        found += [f"code cell {number}: {complaint}" for complaint in of_cell(cell)]
    return [f"{path}: {complaint}" for complaint in found]


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def hidden(cell: nbformat.NotebookNode) -> bool:
    return bool(tags(cell) & {"remove-input", "hide-input", "remove-cell", "hide-cell"})


def of_cell(cell: nbformat.NotebookNode) -> Iterator[str]:
    """Complaints about one code cell."""
    if "keep_output" in tags(cell):
        if not cell.outputs or cell.execution_count is None:
            yield "is tagged keep_output and has no output, or no execution count"
    elif cell.outputs or cell.execution_count is not None:
        yield "is stored with outputs or a count; strip them, or tag it keep_output"
    lines = len(cell.source.splitlines())
    if lines > LINES:
        yield f"has {lines} lines, more than {LINES}"
    if FIGURE.search(cell.source) and not cell.metadata.get("mystnb", {}).get("image", {}).get("alt"):
        yield 'draws, and does not say what it shows: "mystnb": {"image": {"alt": "..."}}'
    for name in imports(cell.source):
        if name not in d2l_ext.__all__:
            yield f"imports {name}, which d2l_ext does not make public"


def imports(source: str) -> Iterator[str]:
    """Names that a cell takes from the package, or from inside it."""
    code = "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "d2l_ext":
            inside = node.module.removeprefix("d2l_ext").lstrip(".")
            yield from [inside] if inside else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (alias.name[8:] for alias in node.names if alias.name.startswith("d2l_ext."))


if __name__ == "__main__":
    problems = [complaint for path in sys.argv[1:] for complaint in complaints(Path(path))]
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(bool(problems))
