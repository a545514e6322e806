"""Run notebooks in the environment of this interpreter; say how long each takes and how much memory it needs.

    python tests/environments/notebooks.py            every notebook of the book
    python tests/environments/notebooks.py FILE ...   these

It needs nbclient and ipykernel and nothing else, so that it runs wherever a notebook does.
Exit status 1 if one fails.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from threading import Event, Thread

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

BOOK = Path(__file__).parents[2]
MIB = 2**20


class PeakMemory(Thread):
    """The most memory that the processes started here held at one moment, sampled 20 times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._finished = Event()

    def run(self) -> None:
        ours = psutil.Process()
        while not self._finished.wait(0.05):
            held = 0
            for process in ours.children(recursive=True):
                try:
                    held += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, held)

    def __enter__(self) -> PeakMemory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finished.set()
        self.join()


def run(path: Path) -> tuple[float, int, str]:
    """Execute a notebook in its folder.

    Returns:
        Seconds, peak memory of its kernel in bytes, and what went wrong (an empty string if nothing did).
    """
    client = NotebookClient(
        nbformat.read(path, 4),
        timeout=600,
        kernel_name="python3",  # the kernel of this interpreter
        resources={"metadata": {"path": str(path.parent)}},
    )
    began, problem = time.perf_counter(), ""
    with PeakMemory() as memory:
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            problem = f"{path}: {error}"
    return time.perf_counter() - began, memory.peak, problem


def main(names: list[str]) -> int:
    """Run the notebooks named, or all; print a table, one line as soon as each is done."""
    paths = [Path(name).resolve() for name in names] or sorted((BOOK / "chapters").rglob("*.ipynb"))
    failed = []
    print(f"{'notebook':36} {'s':>6} {'MiB':>6}")
    for path in paths:
        seconds, peak, problem = run(path)
        name = f"{path.parent.name}/{path.stem}"
        line = f"{name:36} {seconds:6.1f} {peak / MIB:6.0f}"
        print(line + "  FAILED" * bool(problem), flush=True)
        if problem:
            failed.append(name)
            print(problem, file=sys.stderr, flush=True)
    print(f"{len(paths) - len(failed)} of {len(paths)} notebooks ran", *failed, sep="; not ")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
