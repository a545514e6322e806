"""Real data for the book's runs: airfoil noise, digits, and labels made wrong on purpose.

Randomness is passed as a seed or a `torch.Generator`, never set globally.
"""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from operator import index
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import torch
from torch import Tensor

from d2l_ext.params import number, whole

# d2l's own server and checksum (its DATA_HUB["airfoil"]).
AIRFOIL_URL = "http://d2l-data.s3-accelerate.amazonaws.com/airfoil_self_noise.dat"
AIRFOIL_SHA1 = "76e5be1548fd8222e5074cf0faae75edff8cf93f"
AIRFOIL_FILE = "airfoil_self_noise.dat"
FOLDER_VARIABLE = "D2L_EXT_DATA"

STANDIN_NOTE = (
    "The airfoil file is not here, so this page runs on scikit-learn's diabetes data instead: other numbers, "
    f"the same effects. To see the airfoil runs, connect to the network once or set {FOLDER_VARIABLE} "
    f"to a folder that holds {AIRFOIL_FILE}."
)


class DataUnavailable(OSError):
    """A file is neither here nor to be had; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """A regression problem.

    Attributes:
        X: Features, shape ``(n, d)``, float32.
        y: Targets, shape ``(n,)``, float32.
        name: What the data are.
        is_airfoil: False for the stand-in: then claims about the airfoil cannot be checked.
        note: What a page must tell its reader; empty if all is well.
    """

    X: Tensor
    y: Tensor
    name: str
    is_airfoil: bool
    note: str = ""


def airfoil(*, standardize: bool = True, n: int | None = 1500) -> tuple[Tensor, Tensor]:
    """NASA's airfoil self-noise: five properties of a blade in the wind, and how loud it is.

    The file comes from the folder that ``D2L_EXT_DATA`` names; else from the user's cache; else from d2l's
    server, into the cache. Wherever it lies, it is checked by its SHA-1.

    Args:
        standardize: Give every column, the target too, mean 0 and standard deviation 1 over all 1503 rows,
            as d2l does.
        n: How many rows, from the first; None for all 1503. d2l takes 1500.

    Returns:
        Features of shape ``(n, 5)`` and targets of shape ``(n,)``, float32: those of d2l's ``get_data_ch11``.

    Raises:
        DataUnavailable: If the file is neither here nor to be had.
        FileNotFoundError: If ``D2L_EXT_DATA`` names a folder without the file.
        ValueError: If the file there is another one, or `n` is no number of rows.
    """
    table = np.genfromtxt(_airfoil_file(), dtype=np.float32, delimiter="\t")
    n = len(table) if n is None else whole("n", n, 1, len(table))
    return _columns(table, standardize, n)


def diabetes(*, standardize: bool = True) -> tuple[Tensor, Tensor]:
    """scikit-learn's diabetes data: ten measurements of 442 patients, and their disease a year later.

    Args:
        standardize: Give every column, the target too, mean 0 and standard deviation 1.

    Returns:
        Features of shape ``(442, 10)`` and targets of shape ``(442,)``, float32.

    Example:
        >>> X, y = diabetes()
        >>> torch.allclose(X.square().mean(0), torch.ones(10))
        True
    """
    table = _diabetes_table()
    return _columns(table.astype(np.float32), standardize, len(table))


def airfoil_or_standin() -> Dataset:
    """`airfoil`, or `diabetes` with a note where that cannot be had.

    Raises:
        FileNotFoundError: If ``D2L_EXT_DATA`` names a folder without the file: a mistake, not a lack.
        ValueError: If the file there is another one.
    """
    try:
        return Dataset(*airfoil(), name="airfoil", is_airfoil=True)
    except DataUnavailable:
        return Dataset(*diabetes(), name="diabetes", is_airfoil=False, note=STANDIN_NOTE)


def digits(
    *, test_share: float = 0.25, seed: int | torch.Generator = 0
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """scikit-learn's 1797 handwritten digits, 8 × 8 pixels, split for training and test.

    Args:
        test_share: Part of the images kept for the test.
        seed: Decides which.

    Returns:
        ``(X, y)`` for training and ``(X, y)`` for the test: images of shape ``(n, 64)``, float32 in [0, 1],
        and labels 0 to 9 of shape ``(n,)``.

    Raises:
        ValueError: If `test_share` leaves no image for training or none for the test.

    Example:
        >>> (X, y), (X_test, y_test) = digits(test_share=0.2)
        >>> X.shape, X_test.shape, X.max().item()
        (torch.Size([1438, 64]), torch.Size([359, 64]), 1.0)
    """
    table = _digits_table()
    X, y = torch.tensor(table[:, :-1] / 16, dtype=torch.float32), torch.tensor(table[:, -1].astype(int))
    n_test = round(len(X) * number("test_share", test_share))
    if not 0 < n_test < len(X):
        raise ValueError(f"test_share must leave images on both sides, got {test_share} of {len(X)}")
    order = torch.randperm(len(X), generator=_generator(seed))
    test, train = order[:n_test], order[n_test:]
    return (X[train], y[train]), (X[test], y[test])


def flip_labels(labels: Any, share: float, *, classes: int, seed: int | torch.Generator = 0) -> Tensor:
    """Label noise: a copy of `labels` in which `share` of them are wrong.

    Convention: every chosen label becomes one of the *other* classes, all equally likely, so exactly
    ``round(share * n)`` are wrong. Where a label may be redrawn as itself, fewer are.

    Args:
        labels: Whole numbers from 0 to ``classes - 1``, shape ``(n,)``.
        share: Part to make wrong, in [0, 1].
        classes: Number of classes, at least 2.
        seed: Decides which labels, and what becomes of them.

    Raises:
        TypeError: If `labels` are not whole numbers.
        ValueError: If `labels` have the wrong shape or values, or `share` or `classes` is out of range.

    Example:
        >>> labels = torch.arange(10)
        >>> noisy = flip_labels(labels, 0.3, classes=10)
        >>> int((noisy != labels).sum())
        3
    """
    share, classes = number("share", share), whole("classes", classes, 2)
    noisy = torch.as_tensor(labels).clone()
    if noisy.is_floating_point() or noisy.is_complex() or noisy.dtype == torch.bool:
        raise TypeError(f"labels must be whole numbers, got {noisy.dtype}")
    if noisy.ndim != 1:
        raise ValueError(f"labels must have shape (n,), got {tuple(noisy.shape)}")
    if not 0 <= share <= 1:
        raise ValueError(f"share must be in [0, 1], got {share}")
    if len(noisy) and not (0 <= noisy.min() and noisy.max() < classes):
        found = f"{int(noisy.min())} to {int(noisy.max())}"
        raise ValueError(f"labels must be in 0 to {classes - 1}, got {found}")
    generator = _generator(seed)
    chosen = torch.randperm(len(noisy), generator=generator)[: round(share * len(noisy))]
    # Any shift but a whole turn leads to another class.
    shift = torch.randint(1, classes, chosen.shape, generator=generator)
    noisy[chosen] = ((noisy[chosen] + shift) % classes).to(noisy.dtype)
    return noisy


def _digits_table() -> np.ndarray:
    """Pixels from 0 to 16, then the digit: the file alone, for to import scikit-learn costs 100 MB."""
    package = find_spec("sklearn")
    assert package is not None and package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0])
    return np.loadtxt(folder / "datasets" / "data" / "digits.csv.gz", delimiter=",")


def _diabetes_table() -> np.ndarray:
    """Measurements, then the disease. `_digits_table` keeps its own code: it is in the keys of results."""
    package = find_spec("sklearn")
    assert package is not None and package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0]) / "datasets" / "data"
    return np.column_stack([np.loadtxt(folder / f"diabetes_{p}.csv.gz") for p in ("data_raw", "target")])


def _airfoil_file() -> Path:
    """Where the checked file lies, after fetching it if need be."""
    if folder := os.environ.get(FOLDER_VARIABLE):
        return _given_file(Path(folder).expanduser() / AIRFOIL_FILE)
    cache = pooch.os_cache("d2l_ext")
    downloader: Any = pooch.HTTPDownloader(progressbar=True, timeout=10)
    try:
        # pooch downloads under a temporary name beside the file, and renames when the hash is right.
        return Path(
            pooch.retrieve(
                AIRFOIL_URL,
                known_hash=f"sha1:{AIRFOIL_SHA1}",
                fname=AIRFOIL_FILE,
                path=cache,
                downloader=downloader,
            )
        )
    except (OSError, ValueError) as error:
        raise DataUnavailable(
            f"{AIRFOIL_FILE} is not in {cache} and could not be fetched from {AIRFOIL_URL} ({error}). "
            f"Connect to the network once, or set {FOLDER_VARIABLE} to a folder that holds the file."
        ) from error


def _given_file(path: Path) -> Path:
    """`path` checked. The reader chose it: if it is not right they should know, so nothing replaces it."""
    if not path.is_file():
        raise FileNotFoundError(
            f"{FOLDER_VARIABLE} must name a folder that holds {AIRFOIL_FILE}, got {path.parent}. "
            "Put the file there, or unset the variable to have it downloaded."
        )
    found = pooch.file_hash(str(path), alg="sha1")
    if found != AIRFOIL_SHA1:
        raise ValueError(
            f"{path} must have SHA-1 {AIRFOIL_SHA1}, got {found}. "
            f"Replace the file, or unset {FOLDER_VARIABLE} to have it downloaded."
        )
    return path


def _columns(table: np.ndarray, standardize: bool, n: int) -> tuple[Tensor, Tensor]:
    """The first `n` rows, the last column apart; float32 throughout, so the numbers are d2l's to the bit."""
    if standardize:
        table = (table - table.mean(axis=0)) / table.std(axis=0)
    rows = torch.from_numpy(table[:n])
    return rows[:, :-1], rows[:, -1]


def _generator(seed: int | torch.Generator) -> torch.Generator:
    if isinstance(seed, torch.Generator):
        return seed
    try:
        return torch.Generator().manual_seed(index(seed))
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"seed must be a whole number of 64 bits or a torch.Generator, got {seed!r}"
        ) from None
