"""Files that are there whole or not at all, one writer at a time; errors that say the way out."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

from filelock import FileLock, Timeout

PART = ".part"


class Busy(RuntimeError):
    """Another process is at it; the message says what to do."""


@contextmanager
def said(path: Path, advice: str) -> Iterator[None]:
    """An error of the system inside says that `path` could not be written, why, and the `advice`."""
    try:
        yield
    except OSError as error:
        said = f"{path} could not be written ({error.strerror or error}). {advice}"
        raise OSError(error.errno, said) from error


@contextmanager
def in_place_of(path: Path, advice: str) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` once it is whole and on the disk.

    Raises:
        OSError: If it cannot be written: nothing is left of it, `path` is as it was, and the message names
            `path` and gives `advice`.
    """
    with said(path, advice):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{uuid4().hex}{PART}")
        try:
            with part.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def alone(path: Path, busy: str) -> Iterator[None]:
    """Be the only process that is here with this `path`, a lock file, until the end of the block.

    The system opens the lock when its holder ends, however that happens.

    Raises:
        Busy: With these words, if another one is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(busy) from None
    try:
        yield
    finally:
        if os.name == "nt":  # where a file that is open cannot be removed
            lock.release()
        with suppress(OSError):
            path.unlink()
        lock.release()
