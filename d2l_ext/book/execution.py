"""What executing a page may rely on: a cache that knows the package, and outputs that were promised."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

PACKAGE = Path(__file__).parents[1]
SEAL = ".sha256"
KEPT = 3  # caches, so that going back and forth between branches stays fast

logger = logging.getLogger(__name__)


def environment_key(root: Path) -> str:
    """Hash of all a page's outputs depend on beside its own code: package, pinned versions, data at hand."""
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    files += [path for path in [root / "requirements.txt"] if path.exists()]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    data = os.environ.get("D2L_EXT_DATA", "")
    names = sorted(os.listdir(data)) if os.path.isdir(data) else []
    digest.update(f"{bool(data)} {names}".encode())
    return digest.hexdigest()[:16]


def choose_cache(app: Sphinx, config: Config) -> None:
    """jupyter-cache looks at a notebook's code only, so each state of the rest gets a folder of its own."""
    caches = app.srcdir / "_build" / "cache"
    ours = caches / environment_key(app.srcdir)
    ours.mkdir(parents=True, exist_ok=True)
    ours.touch()
    for old in sorted(caches.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(old)
    mend_cache(ours)
    config["nb_execution_cache_path"] = str(ours)


def mend_cache(cache: Path) -> None:
    """Forget runs that a crash or a disk has damaged: their pages run again.

    What is whole has a seal; jupyter-cache itself would stumble over the rest, in every build from now on.
    """
    try:
        store = get_cache(cache)
        with store.db.connect() as database:
            sound = database.exec_driver_sql("PRAGMA quick_check").scalar()
        if sound != "ok":
            raise ValueError(sound)
        runs = store.list_cache_records()
    except Exception as error:  # whatever a database in any state gives
        logger.info("The cache of executed pages is damaged (%s): all pages run again.", error)
        shutil.rmtree(cache)
        cache.mkdir()
        return
    for run in runs:
        notebook = cache / "executed" / run.hashkey / "base.ipynb"
        if not notebook.exists() or not is_sealed(notebook):
            logger.info("The stored run of %s is damaged or incomplete: it runs again.", run.uri)
            shutil.rmtree(notebook.parent, ignore_errors=True)
            NbCacheRecord.remove_records([run.pk], store.db)  # type: ignore[list-item]


def seal_runs(app: Sphinx, doctree: nodes.document) -> None:
    """A page has been read: what was cached of it is whole."""
    for notebook in Path(app.config["nb_execution_cache_path"]).glob("executed/*/base.ipynb"):
        if not notebook.with_suffix(SEAL).exists():
            notebook.with_suffix(SEAL).write_bytes(sum_of(notebook))


def is_sealed(notebook: Path) -> bool:
    seal = notebook.with_suffix(SEAL)
    return seal.exists() and seal.read_bytes() == sum_of(notebook)


def sum_of(notebook: Path) -> bytes:
    return hashlib.sha256(notebook.read_bytes()).hexdigest().encode()


def streams(cell: nbformat.NotebookNode) -> str:
    """All that a cell printed."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def compare_outputs(app: Sphinx, env) -> None:
    """A cell stored with what it printed promises to print it again."""
    cache = get_cache(app.config["nb_execution_cache_path"])
    for docname in sorted(env.found_docs):
        path = env.doc2path(docname)
        stored = nbformat.read(path, 4).cells if path.endswith(".ipynb") else []
        if not any(cell.get("outputs") for cell in stored):
            continue
        executed = cache.merge_match_into_notebook(nbformat.read(path, 4))[1].cells
        for number, (before, now) in enumerate(zip(stored, executed, strict=True)):
            if before.get("outputs") and streams(before) != streams(now):
                logger.warning(
                    "cell %d prints something else than it is stored with\nstored:\n%s\nnow:\n%s",
                    number,
                    streams(before),
                    streams(now),
                    location=docname,
                )


def setup(app: Sphinx) -> None:
    app.connect("config-inited", choose_cache)
    app.connect("doctree-read", seal_runs)
    app.connect("env-updated", compare_outputs)
