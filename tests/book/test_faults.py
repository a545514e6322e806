"""What may happen to a build, done to a small book: the message says what to do, and nothing is lost."""

from __future__ import annotations

import ctypes
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from jupyter_cache import get_cache

from d2l_ext.book import __main__, execution

from .small_book import page

WAITING = """
import time
from pathlib import Path
Path("running").touch()
while not Path("go-on").exists():
    time.sleep(0.02)
"""
unix = pytest.mark.skipif(sys.platform == "win32", reason="needs a system with signals and limits")


def wait_for(path: Path, process) -> None:
    until = time.monotonic() + 120
    while not path.exists():
        assert process.poll() is None and time.monotonic() < until, process.communicate()
        time.sleep(0.02)


def cached(book) -> Path:
    """What is stored of the page's run."""
    (notebook,) = (book.root / "_build/cache").glob("*/executed/*/base.ipynb")
    return notebook


@unix
def test_two_builds_at_once(book):
    """The second one leaves the first alone; a lock that a killed build has left holds nobody up."""
    (book.root / "_build/lock").touch()
    book.write(page(WAITING))
    before = book.fingerprint()
    with book.start() as first:
        wait_for(book.root / "chapters/running", first)
        second = book.build()
        assert second.returncode == 1
        assert "another build is at work in this folder. Wait until it has finished, then" in second.stderr
        assert book.fingerprint() == before
        (book.root / "chapters/go-on").touch()
        first.communicate()
    assert first.returncode == 0 and book.fingerprint() != before
    assert not (book.root / "_build/lock").exists()


def deadly(book, file: str, line: str) -> Callable[[], object]:
    """Kill the builds of this book before a line of the package; returns how to undo that."""
    path = book.root / "d2l_ext/book" / file
    source = path.read_text("utf8")
    assert source.count(line) == 1
    indent = line[: len(line) - len(line.lstrip())]
    path.write_text(source.replace(line, f"{indent}import os; os.kill(os.getpid(), 9)\n{line}"), "utf8")
    return lambda: path.write_text(source, "utf8")


@unix
def test_killed_at_several_moments(book, monkeypatch):
    before = book.fingerprint()
    book.write(page(WAITING))
    with book.start() as process:
        wait_for(book.root / "chapters/running", process)
        process.send_signal(signal.SIGKILL)
    assert book.fingerprint() == before
    (book.root / "chapters/go-on").touch()

    undo = deadly(book, "pages.py", '    context["script_files"] = list(kept.values())\n')
    assert book.build().returncode == -signal.SIGKILL
    assert book.fingerprint() == before
    undo()

    undo = deadly(book, "__main__.py", "    following.rename(site)\n")
    assert book.build().returncode == -signal.SIGKILL
    undo()
    monkeypatch.setattr(__main__, "build", lambda *_: "a build that fails")
    assert __main__.main(book.root) == 1
    assert book.fingerprint() == before, "the site that was about to be replaced is back"

    built = book.build()
    assert built.returncode == 0, built.stderr
    assert book.fingerprint() != before
    assert not (book.root / "_build/next").exists() and not (book.root / "_build/previous").exists()


@unix
def test_the_disk_is_full(book):
    """No file longer than a limit: what does not fit fails as on a disk without space."""
    import resource

    before = book.fingerprint()
    full = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # noqa: E731
    failed = book.build(preexec_fn=full)
    assert failed.returncode == 1
    assert "There is no space left. Free some and build again" in failed.stderr
    assert "The last good site is still in" in failed.stderr.splitlines()[-1]
    assert book.fingerprint() == before


def obey_permissions() -> None:
    """The superuser may write anywhere: give that up (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE), as others have."""
    if os.geteuid() == 0:
        assert ctypes.CDLL(None).prctl(24, 1, 0, 0, 0) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="gives up rights as Linux has them")
def test_a_home_that_is_read_only(book, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    refused = (
        "try:\n    (Path.home() / 'x').touch()\nexcept PermissionError:\n    pass\nelse:\n    raise OSError"
    )
    book.write(page("from pathlib import Path\nfrom matplotlib import pyplot\npyplot.figure()", refused))
    clean = {"HOME": str(home), "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": "", "MPLCONFIGDIR": ""}
    built = book.build(environment=clean, preexec_fn=obey_permissions)
    assert built.returncode == 0, built.stderr
    assert list(home.iterdir()) == []


def cut(notebook: Path) -> None:
    notebook.write_bytes(notebook.read_bytes()[:-100])


def change(notebook: Path) -> None:
    """Still a notebook, with another output."""
    content = notebook.read_text("utf8")
    assert "promised\\n" in content
    notebook.write_text(content.replace("promised\\n", "pr0mised\\n"), "utf8")


def unseal(notebook: Path) -> None:
    """As a build leaves it that was killed when it wrote there."""
    notebook.with_suffix(execution.SEAL).unlink()


def overwrite(notebook: Path) -> None:
    (notebook.parents[2] / "global.db").write_bytes(b"not a database" * 500)


def empty(notebook: Path) -> None:
    """As a build leaves it that was killed when it made the database."""
    database = notebook.parents[2] / "global.db"
    database.unlink()
    sqlite3.connect(database).execute("CREATE TABLE settings (pk)").connection.close()


@pytest.mark.parametrize("damage", [cut, change, Path.unlink, unseal, overwrite, empty])
def test_a_damaged_cache_is_mended(book, caplog, damage):
    """What is damaged is forgotten, what is whole stays, and it is said."""
    notebook = cached(book)
    cache = notebook.parents[2]
    execution.mend_cache(cache)
    (run,) = get_cache(cache).list_cache_records()
    damage(notebook)
    with caplog.at_level("INFO"):
        execution.mend_cache(cache)
    assert get_cache(cache).list_cache_records() == [] and not notebook.exists()
    assert "all pages run again" in caplog.text or f"The stored run of {run.uri} is damaged" in caplog.text


def test_a_page_whose_stored_run_is_damaged_runs_again(book):
    change(cached(book))
    built = book.build()
    assert built.returncode == 0, built.stderr
    assert "page.ipynb is damaged or incomplete: it runs again" in built.stdout
    html = (book.site / "chapters/page.html").read_text("utf8")
    assert "promised" in html and "pr0mised" not in html
