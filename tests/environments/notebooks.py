"""Run notebooks in the environment of this interpreter; say how long each takes, how much memory it needs.

    python tests/environments/notebooks.py            every notebook of the book
    python tests/environments/notebooks.py FILE ...   these

It needs nbclient and ipykernel and nothing else, so that it runs wherever a notebook does.
Exit status 1 if one fails.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

BOOK = Path(__file__).parents[2]
MB = 1e6


class PeakMemory(Thread):
    """The most memory that the processes started here held at one moment, sampled 20 times a second.

    Attributes:
        peak: Bytes. What several of them share counts for each.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._finished = Event()

    def run(self) -> None:
        ours = psutil.Process()
        while not self._finished.wait(0.05):
            held = 0
            for process in ours.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    held += process.memory_info().rss
            self.peak = max(self.peak, held)

    def __enter__(self) -> PeakMemory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finished.set()
        self.join()


def processor_time() -> float:
    """Seconds that processes started here, and ended, have computed for; 0 on Windows, which does not say."""
    times = psutil.Process().cpu_times()
    return times.children_user + times.children_system


def run(path: Path) -> tuple[float, float, float, str]:
    """Execute a notebook in its folder.

    Returns:
        Seconds, processor seconds and peak megabytes of its kernel, and what went wrong (an empty string if
        nothing did).
    """
    client = NotebookClient(
        nbformat.read(path, 4),
        timeout=600,
        kernel_name="python3",  # the kernel of this interpreter
        resources={"metadata": {"path": str(path.parent)}},
    )
    began, computed, problem = time.perf_counter(), processor_time(), ""
    with PeakMemory() as memory:
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            problem = f"{path}: {error}"
    return time.perf_counter() - began, processor_time() - computed, memory.peak / MB, problem


def chosen(names: list[str]) -> list[Path]:
    """The notebooks named, or all."""
    return [Path(name).resolve() for name in names] or sorted((BOOK / "chapters").rglob("*.ipynb"))


def main(paths: list[Path], at_most: float = float("inf")) -> int:
    """Run notebooks; print a table, one line as soon as each is done.

    Returns:
        The exit status: 1 if one failed or needed more than `at_most` megabytes, or if there is none.
    """
    failed = []
    print(f"{'notebook':32} {'s':>6} {'CPU s':>6} {'MB':>6}")
    for path in paths:
        seconds, computed, peak, problem = run(path)
        if peak > at_most:
            problem += f"{path}: needs {peak:.0f} MB, more than {at_most:.0f}"
        name = f"{path.parent.name}/{path.stem}"
        line = f"{name:32} {seconds:6.1f} {computed:6.1f} {peak:6.0f}"
        print(line + "  FAILED" * bool(problem), flush=True)
        if problem:
            failed.append(name)
            print(problem, file=sys.stderr, flush=True)
    print(f"{len(paths) - len(failed)} of {len(paths)} notebooks ran", *failed, sep="; not ")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(chosen(sys.argv[1:])))
