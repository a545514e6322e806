"""What a run shows and writes while it goes: a progress bar, a CSV file, events for TensorBoard."""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

COLUMNS = ("epoch", "step", "lr", "train_loss", "train_error", "test_loss", "test_error")


class RunLog:
    """The log of one process; with no folder it is silent, as all processes but the first are.

    A run that goes on writes its CSV file whole again, from the rows of its checkpoint, and has TensorBoard
    hide the events after that step. So no line is there twice, and none is lost.

    Args:
        folder: Where to write.
        rows: Lines of the CSV file up to now.
        step: Step reached.
        steps: Steps of the whole run.
    """

    def __init__(self, folder: Path | None, rows: Sequence[Sequence[Any]], step: int, steps: int) -> None:
        self._csv = folder and folder / "log.csv"
        # Where output is a file, as on a cluster, a line a minute is enough.
        pause = 0.5 if sys.stderr.isatty() else 60
        self._bar = tqdm(total=steps, initial=step, unit="step", mininterval=pause, disable=folder is None)
        self._events = SummaryWriter(folder, purge_step=step + 1) if folder else None
        self._since = time.perf_counter()
        self.write(rows)

    def __enter__(self) -> RunLog:
        return self

    def __exit__(self, *error: Any) -> None:
        self._bar.close()
        if self._events:
            self._events.close()

    def advance(self) -> None:
        """One step was made."""
        self._bar.update()

    def batch(self, step: int, loss: float, error: float, images: int) -> None:
        """Show a batch, after `images` images since the last one shown."""
        now = time.perf_counter()
        speed, self._since = images / (now - self._since), now
        self._bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
        self._scalars(step, {"batch/loss": loss, "batch/error": error, "images per second": speed})

    def epoch(self, row: Sequence[Any]) -> None:
        """Show the row of an epoch."""
        values = dict(zip(COLUMNS, row, strict=True))
        self._bar.set_description(f"epoch {values['epoch']}: test error {values['test_error']:.2f} %")
        self._scalars(values["step"], {name: values[name] for name in COLUMNS[2:]})
        self._since = time.perf_counter()

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Replace the CSV file by one of `rows`."""
        if self._csv:
            with replacing(self._csv, "w") as file:
                csv.writer(file).writerows([COLUMNS, *rows])

    def flush(self) -> None:
        if self._events:
            self._events.flush()

    def _scalars(self, step: int, values: dict[str, float]) -> None:
        if self._events:
            for name, value in values.items():
                self._events.add_scalar(name, value, step)


@contextmanager
def replacing(path: Path, mode: str) -> Iterator[IO[Any]]:
    """A file to write that takes the place of `path` when it is complete and on the disk."""
    new = path.with_name(path.name + ".new")
    with open(new, mode, newline=None if "b" in mode else "") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
