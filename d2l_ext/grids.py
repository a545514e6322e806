"""Many runs of one function, on all cores, none of them lost: grids of configurations with stored results.

Each run is stored as soon as it is finished, and the store is a whole file at every moment: kill the process,
start it again, and it goes on where it was. Results know the code that they come from; where that has changed
they are refused, not shown.

`joblib` does the work, so its backends decide where: `chapters/back/scale.ipynb` shows a cluster.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from d2l_ext.fingerprint import fingerprint
from d2l_ext.storing import PART, alone, in_place_of
from d2l_ext.workers import results

Configuration = Mapping[str, Any]
ADVICE = (
    "The runs stored until then are safe. Free some space, or make its folder one that can be written, and "
    "start the same grid again: it makes only what is missing."
)


class ResultsError(ValueError):
    """Stored results that must not be used: of other code, or damaged. The message says what to do."""


@dataclass(frozen=True)
class Grid:
    """Configurations and what the function gave for each, in their order.

    Attributes:
        configurations: The keyword arguments of each run.
        values: What each run returned: a dictionary of measures, each a number or a list of numbers.
    """

    configurations: Sequence[Configuration]
    values: Sequence[Any]

    def axis(self, name: str, **fixed: Any) -> list[Any]:
        """The values of one argument, sorted, among the runs that have those in `fixed`."""
        found = {c[name] for c in self.where(**fixed).configurations if name in c}
        if not found:
            raise ValueError(f"configurations have no {name} with {fixed}")
        return sorted(found)

    def table(self, measure: str, up: str, across: str, **fixed: Any) -> np.ndarray:
        """A measure along two arguments, the others as in `fixed`.

        Returns:
            Shape ``(len(axis(up)), len(axis(across)))``; where a measure is a list, its entries lie along a
            third axis.

        Raises:
            ValueError: If a place has no run or several.

        Example:
            >>> squares = grid(lambda a, b: {"sum": a + b}, cells(a=[1, 2], b=[0, 10, 20]), bar=False)
            >>> squares.table("sum", "a", "b").tolist()
            [[1, 11, 21], [2, 12, 22]]
        """
        rows, columns = self.axis(up, **fixed), self.axis(across, **fixed)
        known = set.intersection(*(set(value) for value in self.values))
        if measure not in known:
            raise ValueError(f"values have no measure {measure!r}; there are: {', '.join(sorted(known))}")
        places: dict[tuple, Any] = {}
        runs = self.where(**fixed)
        for configuration, value in zip(runs.configurations, runs.values, strict=True):
            place = configuration[up], configuration[across]
            if place in places:
                raise ValueError(f"{up}={place[0]}, {across}={place[1]} must have one run; fix what differs")
            places[place] = value[measure]
        if len(places) < len(rows) * len(columns):
            missing = len(rows) * len(columns) - len(places)
            raise ValueError(f"{missing} places of {up} × {across} have no run")
        return np.array([[places[row, column] for column in columns] for row in rows])

    def mean(self, measure: str, up: str, across: str, **fixed: Any) -> np.ndarray:
        """As `table`; where a measure is a list, its mean."""
        table = self.table(measure, up, across, **fixed)
        return table if table.ndim == 2 else table.mean(2)

    def where(self, **fixed: Any) -> "Grid":
        """The runs that have these arguments."""
        kept = [i for i, c in enumerate(self.configurations) if fixed.items() <= c.items()]
        return Grid([self.configurations[i] for i in kept], [self.values[i] for i in kept])


def cells(**axes: Iterable[Any]) -> list[dict[str, Any]]:
    """All combinations of the values of some arguments, the last one changing fastest.

    Example:
        >>> cells(lr=[0.1, 1], seed=[3])
        [{'lr': 0.1, 'seed': 3}, {'lr': 1, 'seed': 3}]
    """
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def stored(name: str) -> Path:
    """Where the book keeps the results of this name."""
    return Path(str(files("d2l_ext"))) / "results" / f"{name}.json"


def read(store: str | os.PathLike) -> Grid:
    """All runs of a store, sorted, whatever code they come from: `grid` is what compares that.

    Raises:
        ResultsError: If the store is damaged.
    """
    _, runs = _load(Path(store), "Restore the file")
    return Grid([json.loads(key) for key in runs], list(runs.values()))


def grid(
    function: Callable[..., Any],
    configurations: Iterable[Configuration],
    *,
    store: str | os.PathLike | None = None,
    recompute: bool = False,
    jobs: int = -1,
    bar: bool = True,
) -> Grid:
    """What `function` returns for each of `configurations`; runs that are stored are not made again.

    Args:
        function: Called as ``function(**configuration)``. It returns what JSON can hold: a dictionary of
            numbers or of lists of them.
        configurations: The keyword arguments of each run: numbers, words, lists of them. See `cells`.
        store: The file of results; default none. One process at a time writes to it.
        recompute: Make every run anew. The old results stay until the last run is made; a process that is
            killed on the way goes on with the new ones when it is started again in the same way.
        jobs: Processes at a time, as for joblib; -1 is one a core. Each has one thread then. With a backend
            chosen by ``joblib.parallel_config``, what that makes of the number.
        bar: Whether to show how far it is, if there is anything to compute.

    Raises:
        ResultsError: If the store holds results of other code (see `fingerprint`), or is damaged.
        Busy: If another process is writing to the store.
        OSError: If the store cannot be written; what it held stays.
        TypeError: If `function` has no source, or JSON cannot hold a configuration or a result.

    Example:
        >>> grid(lambda lr: {"twice": 2 * lr}, [{"lr": 0.5}, {"lr": 4}], bar=False).values
        [{'twice': 1.0}, {'twice': 8}]
    """
    asked = {_key(each): dict(each) for each in configurations}
    target = None if store is None else Path(store)
    path = target and target.with_name(f"{target.name}.recomputing") if recompute else target
    code = "" if path is None else fingerprint(function)
    done = _runs_of(path, code, anew=recompute)
    if recompute or not asked.keys() <= done.keys():
        with _alone(path):
            done |= _runs_of(path, code, anew=recompute)  # by another process, until we were alone
            for key, value in _made(function, asked, done, jobs, bar):
                done[key] = value
                _write(path, code, done)
            if recompute and target is not None and path is not None:
                _write(path, code, {key: done[key] for key in asked})
                os.replace(path, target)
    return Grid(list(asked.values()), [done[key] for key in asked])


def additive(table: Any) -> tuple[np.ndarray, float]:
    """The best fit to a table by a number for each row plus a number for each column.

    Returns:
        The fit, shaped like `table`, and its R²: the share of the variance of `table` that it has.

    Raises:
        ValueError: If `table` is not two-dimensional, finite and varying.

    Example:
        >>> fit, share = additive([[0, 1], [1, 3]])
        >>> fit.tolist(), round(share, 3)
        ([[-0.25, 1.25], [1.25, 2.75]], 0.947)
    """
    table = np.asarray(table, float)
    if table.ndim != 2 or not np.isfinite(table).all() or not np.ptp(table) > 0:
        raise ValueError(f"table must be two-dimensional, finite and not constant, got shape {table.shape}")
    fit = table.mean(0) + table.mean(1, keepdims=True) - table.mean()
    return fit, float(1 - np.square(table - fit).sum() / np.square(table - table.mean()).sum())


def _made(
    function: Callable, asked: Mapping[str, Configuration], done: Mapping[str, Any], jobs: int, bar: bool
) -> Iterator[tuple[str, Any]]:
    """The runs that are asked for and not done, as they are finished."""
    missing = [key for key in asked if key not in done]
    tasks = ((function, key, asked[key]) for key in missing)
    with tqdm(total=len(asked), initial=len(asked) - len(missing), disable=not (bar and missing)) as progress:
        for made in results(_run, tasks, jobs=jobs):
            yield made
            progress.update()


def _run(task: tuple[Callable, str, Configuration]) -> tuple[str, Any]:
    """One run; its value as it will be read again, so that a stored one is the same."""
    function, key, configuration = task
    value = function(**configuration)
    try:
        return key, json.loads(json.dumps(value))
    except TypeError as error:
        raise TypeError(f"the result of {key} must be what JSON can hold, but: {error}") from None


def _key(configuration: Configuration) -> str:
    try:
        return json.dumps(dict(configuration), sort_keys=True, ensure_ascii=False)
    except TypeError as error:
        raise TypeError(f"configurations must be what JSON can hold, but: {error}") from None


def _sum(code: str, key: str, value: Any) -> str:
    return sha256(f"{code} {key} {json.dumps(value)}".encode()).hexdigest()[:8]


def _lines(code: str, done: Mapping[str, Any]) -> Iterator[str]:
    yield f'{{"code": "{code}", "runs": ['
    last = len(done) - 1
    for i, key in enumerate(sorted(done)):
        value = json.dumps(done[key], ensure_ascii=False)
        yield f'{{"of": {key}, "is": {value}, "sum": "{_sum(code, key, done[key])}"}}{"," * (i < last)}'
    yield "]}"


@contextmanager
def _alone(path: Path | None) -> Iterator[None]:
    """Two processes that write to one store would lose each other's results."""
    if path is None:
        yield
        return
    busy = (
        f"{path.name} is being written by another process. Let it finish, or end it; then start this one "
        "again: it makes only what is missing."
    )
    with alone(path.with_name(f"{path.name}.lock"), busy):
        for left in path.parent.glob(f"{path.name}.*{PART}"):  # by a process that was killed as it wrote
            left.unlink()
        yield


def _write(path: Path | None, code: str, done: Mapping[str, Any]) -> None:
    """The whole store beside the old one, then in its place: there is never half a file."""
    if path is not None:
        with in_place_of(path, ADVICE) as file:
            file.write(("\n".join(_lines(code, done)) + "\n").encode())


def _load(path: Path, mend: str) -> tuple[str, dict[str, Any]]:
    """The key of the code, and the runs by theirs; damage is an error that says how to `mend` it."""
    try:
        content = json.loads(path.read_text("utf8"))
        code = content["code"]
        runs = [(_key(each["of"]), each["is"], each["sum"]) for each in content["runs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ResultsError(f"{path.name} is damaged: {error}. {mend}.") from None
    for line, (key, value, total) in enumerate(runs, start=2):
        if total != _sum(code, key, value):
            raise ResultsError(f"{path.name} is damaged in line {line}, the run of {key}. {mend}.")
    return code, {key: value for key, value, _ in runs}


def _runs_of(path: Path | None, code: str, *, anew: bool) -> dict[str, Any]:
    """The runs in a store. Those of other code are an error, or nothing if all is made `anew`."""
    if path is None or not path.exists():
        return {}
    mend = "Delete the file" if anew else "Restore the file, or say recompute=True to make every run anew"
    found, runs = _load(path, mend)
    if found == code:
        return runs
    if anew:
        return {}
    raise ResultsError(
        f"{path.name} holds results of other code (key {found}, the function now has {code}), so they "
        "are not shown. Say recompute=True to make every run anew, or go back to the code that made them."
    )
