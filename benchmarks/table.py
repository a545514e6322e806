"""One line of the table, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf
from statistics import median


@dataclass(frozen=True)
class Row:
    """What was measured, against what was promised. An `aim` was not promised: it only warns."""

    what: str
    measured: str
    value: float
    limit: float
    unit: str = ""
    aim: bool = False
    least: bool = False  # the limit is a lower one

    @property
    def promise(self) -> str:
        if self.limit == inf:
            return "nothing"
        sign = "≥" if self.least else "≤"
        return f"{'aim' if self.aim else 'budget'} {sign} {self.limit:g} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        if self.limit == inf:
            return ""
        if self.value >= self.limit if self.least else self.value <= self.limit:
            return "ok"
        return "misses the aim" if self.aim else "MISSED"


def spread(what: str, samples: Sequence[float], limit: float, unit: str, *, aim: bool = False) -> Row:
    """Judge the median of `samples`; show the extremes beside it."""
    measured = f"median {median(samples):.3g} {unit} ({extremes(samples)})"
    return Row(what, measured, median(samples), limit, f"{unit} median", aim)


def note(what: str, measured: str) -> Row:
    """Say something that is not judged."""
    return Row(what, measured, 0, inf)


def ratio(
    what: str, samples: Sequence[float], limit: float, *, least: bool = False, aim: bool = False
) -> Row:
    """Judge the median of ratios, each from one interleaved round."""
    measured = f"{median(samples):.4g}× ({extremes(samples)})"
    return Row(what, measured, median(samples), limit, "×", aim, least)


def tail(what: str, rounds: Sequence[Sequence[float]], limit: float, unit: str, *, aim: bool = False) -> Row:
    """Judge the 95th percentile of a round, the median over rounds: other work on the machine spoils some."""
    high = [sorted(samples)[ceil(0.95 * len(samples)) - 1] for samples in rounds]
    measured = (
        f"p50 {median(map(median, rounds)):.3g} {unit}, p95 {median(high):.3g} {unit} ({extremes(high)})"
    )
    return Row(what, measured, median(high), limit, f"{unit} p95", aim)


def extremes(samples: Sequence[float]) -> str:
    return f"{min(samples):.2g} to {max(samples):.2g}, n = {len(samples)}"


def markdown(rows: Sequence[Row]) -> str:
    """A table that reads as well in a terminal."""
    lines = [("what", "measured", "promised", "")]
    lines += [(row.what, row.measured, row.promise, row.verdict) for row in rows]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    cells = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    cells.insert(1, ["-" * width for width in widths])
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)
