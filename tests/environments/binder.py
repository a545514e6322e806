"""Binder, as far as it can be had here: JupyterLab opens each page's notebook; beside it the notebook runs.

This runs in an interpreter that has what `.binder/` asks for, and nothing else. Server and kernel together
may need LIMIT megabytes, less than a third of what Binder gives.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.environments.lab import answers, jupyterlab
from tests.environments.notebooks import BOOK, chosen, main

LIMIT = 600

if __name__ == "__main__":
    paths = chosen(sys.argv[1:])
    with tempfile.TemporaryDirectory() as home, jupyterlab(BOOK, Path(home)) as address:
        for path in paths:
            page = path.relative_to(BOOK).as_posix()
            for place in (f"lab/tree/{page}", f"api/contents/{page}"):
                assert answers(f"{address}/{place}"), f"JupyterLab does not open {place}"
        status = main(paths, at_most=LIMIT)  # counts all processes that were started here: the server too
    sys.exit(status)
