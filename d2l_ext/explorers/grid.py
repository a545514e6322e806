"""GridExplorer: stored results over two settings as a map, and what one column of it looks like."""

from collections.abc import Iterable, Mapping
from functools import partial
from math import log10
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import plots, rules, style
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import Settings, names
from d2l_ext.grids import Grid, additive
from d2l_ext.params import Param, number, whole

# What travels to the page: enough for any picture, and the same numbers in Python and JavaScript.
DIGITS = 5
MAX_COLUMNS = 24

_SNIPPET = """import numpy as np

from d2l_ext import grids

across, column = {across}, «column»
up, table = {tables}{chosen}
table = np.array(table)  # the mean of each cell
row = table[:, column].argmin()
print(across[column], up[row], table[row, column])
print(grids.additive(np.log(table) if table.min() > 0 else table)[1])
"""


class GridExplorer(Explorer):
    """Results of a `grid` over two settings: the best of each column, and whether rows and columns add up.

    Args:
        results: What `grid` returned. Each place of the map must have one run for each of `by`; a measure is
            a number, or a list with one number a seed.
        across: The setting along the map; each of its values is a column.
        up: The setting up the map. Its values may be others for each of `by`.
        by: A third setting, chosen by a slider; default none.
        methods: Which of its values, in order; default all. Names of rules are shown as in other pictures.
        measures: Which measures can be chosen, in order; default all. Lower is better. A unit stands after a
            comma: ``"test error, %"``.
        labels: What methods are called, for those not to be called as in other pictures.
        within: Mark and count the cells at most this much above the lowest of their map; default none.
        key: Name in links.
        method, measure, column: Which are shown at first, from 0.

    Raises:
        TypeError, ValueError: For results of another kind, settings or measures that are not there, places
            without a run, or numbers that are not finite.

    Example:
        >>> from d2l_ext import grid, grids
        >>> bowl = lambda lr, size: {"loss": (lr - size) ** 2 + 1}
        >>> plan = grids.cells(lr=[1, 2, 3], size=[1, 2, 3])
        >>> explorer = GridExplorer(grid(bowl, plan, jobs=1, bar=False), across="lr", up="size", column=2)
        >>> explorer.result()["best"], explorer.result()["value"]
        (3.0, 1.0)
    """

    def __init__(
        self,
        results: Grid,
        *,
        across: str = "lr",
        up: str = "weight_decay",
        by: str | None = None,
        methods: Iterable[str] | None = None,
        measures: Iterable[str] | None = None,
        labels: Mapping[str, str] | None = None,
        within: float | None = None,
        key: str = "grid",
        method: int = 0,
        measure: int = 0,
        column: int = 0,
    ) -> None:
        if not isinstance(results, Grid):
            raise TypeError(f"results must be what grid returns, got {results!r}")
        shown = _measures(results) if measures is None else names("measures", measures)
        chosen = [None] if by is None else results.axis(by) if methods is None else names("methods", methods)
        parts = [results.where(**({by: each} if by else {})) for each in chosen]
        columns = _columns(parts, across)
        tables = [_tables(part, each, across, up, shown) for part, each in zip(parts, chosen, strict=True)]
        first = {"method": method, "measure": measure, "column": column}
        words = {
            "method": [(labels or {}).get(str(each)) or style.label(str(each)) for each in chosen],
            "measure": [name.partition(", ")[0] for name in shown],
            "column": [f"{value:g}" for value in columns],
        }
        several = [name for name in words if len(words[name]) > 1]
        near = [] if within is None else [("Near the best", "ink")]
        marks: Any = {} if within is None else {"within": _mark(tables, within)}
        axis = _axis(across)
        params = {name: Param(0, (0, len(words[name]) - 1), label=name) for name in several}
        if "column" not in params:
            raise ValueError(f"{across} must have at least two values, got {columns}")
        params["column"] = Param(0, (0, len(columns) - 1), label=axis["label"], symbol=axis["symbol"])
        for name, value in first.items():
            whole(name, value, 0, len(words[name]) - 1)
        super().__init__(
            "grid",
            key,
            title=f"{axis['label']} × {_axis(up)['label']}",
            settings=Settings.of("GridExplorer", params, {name: first[name] for name in params}, words=words),
            program="",
            lines=[("Best here", "ink"), ("Whole map", "ink"), *near, ("Rows + columns", "soft")],
            snippet=_snippet(columns, tables, several),
            tall=2,
            across={**axis, "values": columns},
            tables=tables,
            measures=[_scale(name, [table[i] for table in tables]) for i, name in enumerate(shown)],
            colors=style.map_colors(),
            ink=[_ink(color) for color in style.map_colors()],
            **marks,
        )

    def __repr__(self) -> str:
        return f"GridExplorer({', '.join(f'{name}={value}' for name, value in self.values.items())})"

    def _shown(self) -> tuple[dict[str, Any], dict[str, Any]]:
        method, measure = self.values.get("method", 0), self.values.get("measure", 0)
        return self.spec["tables"][method][measure], self.spec["measures"][measure]

    def result(self) -> dict[str, Any]:
        table, _ = self._shown()
        column, across = self.values["column"], self.spec["across"]["values"]
        row, (least_row, least_column) = table["best"][column], table["least"]
        best = [table["up"][each] for each in table["best"]]
        seeds = table["seeds"][row][column]
        found = {
            "across": across[column],
            "best": table["up"][row],
            "value": table["mean"][row][column],
            "seeds": [min(seeds), max(seeds)],
            "fit": table["fit"][row][column],
            "ridge": [min(best), max(best)],
            "least": [across[least_column], table["up"][least_row], table["mean"][least_row][least_column]],
            "share": table["share"],
        }
        return found | {"near": len(table["near"])} if "near" in table else found

    @property
    def alt(self) -> str:
        (table, measure), found, across = self._shown(), self.result(), self.spec["across"]
        unit = f" {measure['unit']}" if measure["unit"] else ""
        return (
            f"A map of {measure['name']} over {across['label']} and {table['label']}, the best of each "
            f"column framed; beside it the column of {across['symbol'] or across['label']} = "
            f"{found['across']:g} as a curve. There {table['label']} {found['best']:g} is best, with "
            f"{found['value']:.3g}{unit}. Over the whole map the best lies between {found['ridge'][0]:g} and "
            f"{found['ridge'][1]:g}, and rows plus columns explain {found['share']:.0%} of the variance."
            + (f" Dots mark the {found['near']} cells nearest to the lowest." if "near" in found else "")
        )

    def figure(self) -> Figure:
        table, measure = self._shown()
        across, column = self.spec["across"], self.values["column"]
        with style.rc():
            figure = Figure(figsize=(7.4, 3.8), layout="constrained")
            left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
            plots.plot_grid(table["mean"], table["up"], across["values"], ax=left)
            for row, place in table.get("near", ()):
                left.plot(place + 0.36, row + 0.3, ".", color=style.MAP_INK["dark"], markersize=4)
            left.set(xlabel=_named(across), ylabel=_named(table))
            self._draw_column(right, table, measure, column)
        return figure

    def _draw_column(self, ax: Axes, table: dict, measure: dict, column: int) -> None:
        colors, found = style.palette("light"), self.result()
        rows = np.arange(len(table["up"]))
        for i, seeds in enumerate(table["seeds"]):
            ax.plot([i] * len(seeds[column]), seeds[column], ".", color=colors["soft"], markersize=4)
        ax.plot(rows, [r[column] for r in table["mean"]], color=colors[table["color"]])
        ax.plot(rows, [r[column] for r in table["fit"]], "--", color=colors["soft"], linewidth=1.2)
        ring = {"mfc": "white", "mec": colors["ink"], "mew": 2, "markersize": 9}
        ax.plot(table["best"][column], found["value"], "o", **ring)
        ax.set(xlabel=_named(table), ylabel=measure["title"])
        ax.set(yscale="log" if measure["log"] else "linear")
        ax.set_xticks(rows[::2], [f"{value:g}" for value in table["up"][::2]])
        ax.set_yticks(measure["ticks"], [f"{value:g}" for value in measure["ticks"]])
        ax.minorticks_off()


def _measures(results: Grid) -> tuple[str, ...]:
    return tuple(results.values[0]) if results.values and isinstance(results.values[0], dict) else ()


def _columns(parts: list[Grid], across: str) -> list[float]:
    """The values along the map, which all methods must share."""
    each = [part.axis(across) for part in parts]
    if any(axis != each[0] for axis in each):
        raise ValueError(f"{across} must have the same values for every method")
    if len(each[0]) > MAX_COLUMNS:
        raise ValueError(f"{across} must have at most {MAX_COLUMNS} values, got {len(each[0])}")
    return [float(value) for value in each[0]]


def _axis(name: str, method: Any = None) -> dict[str, str]:
    """What a setting is called: as in AdamW's rule, its decay as in the method's, else by its name."""
    word = str(method).partition("_")[0]
    rule = rules.independent(rules.adam) if word == "independent" else rules.adamw
    known = rule.hyper.get(name)
    return {
        "label": known.label if known else name.replace("_", " "),
        "symbol": known.symbol if known else "",
    }


def _mark(tables: list[list[dict[str, Any]]], within: Any) -> float:
    """Note in each table its cells that are at most `within` above the lowest, as ``[row, column]``."""
    within = number("within", within)
    if within < 0:
        raise ValueError(f"within must be >= 0, got {within:g}")
    for table in (each for method in tables for each in method):
        mean = np.array(table["mean"])
        table["near"] = np.argwhere(mean <= mean.min() + within).tolist()
    return within


def _named(axis: dict[str, Any]) -> str:
    return f"{axis['label']}, {axis['symbol']}" if axis["symbol"] else axis["label"]


def _tables(results: Grid, method: Any, across: str, up: str, shown: Iterable[str]) -> list[dict[str, Any]]:
    """For each measure all that the view draws, rounded once: nothing is computed there."""
    rows = [float(value) for value in results.axis(up)]
    (color,) = style.color_names([str(method)]) if method is not None else ["accent"]
    tables = []
    for name in shown:
        seeds = results.table(name, up, across)
        seeds = seeds[..., None] if seeds.ndim == 2 else seeds
        if not np.isfinite(seeds).all():
            raise ValueError(f"results must be finite, but {name} is not everywhere")
        mean = np.array(_rounded(seeds.mean(2)))
        fit, share = additive(np.log(mean) if mean.min() > 0 else mean)
        least = np.unravel_index(mean.argmin(), mean.shape)
        tables.append(
            {
                **_axis(up, method),
                "up": rows,
                "mean": mean.tolist(),
                "seeds": _rounded(seeds),
                "fit": _rounded(np.exp(fit) if mean.min() > 0 else fit),
                "share": round(share, 6),
                "log": bool(mean.min() > 0),
                "best": mean.argmin(0).tolist(),
                "least": [int(place) for place in least],
                "color": color,
            }
        )
    return tables


def _scale(name: str, tables: list[dict[str, Any]]) -> dict[str, Any]:
    """One axis of a measure for all methods: logarithmic if it can be; and the colour of each cell."""
    numbers = np.concatenate([np.ravel(each[part]) for each in tables for part in ("mean", "seeds", "fit")])
    low, high = numbers.min(), numbers.max()
    log = bool(low > 0)
    title, _, unit = name.partition(", ")
    for table in tables:
        table["shade"] = plots.shades(table["mean"], low, high, len(style.map_colors())).tolist()
    return {
        "name": title,
        "unit": unit,
        "title": f"{title} ({unit})" if unit else title,
        "log": log,
        "low": float(low),
        "high": float(high),
        "ticks": _round_numbers(low, high) if log else [],
    }


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, 20 ... between two positive numbers, thinned to a few."""
    decades = range(int(np.floor(log10(low))), int(np.ceil(log10(high))) + 1)
    for mantissas in ((1, 2, 5), (1, 3), (1,)):
        found = [float(f"{m}e{k}") for k in decades for m in mantissas if low <= float(f"{m}e{k}") <= high]
        if len(found) <= 8:
            return found
    return found[:: -(-len(found) // 8)]


def _ink(color: str) -> str:
    """Dark or light words on this colour, whichever stand out."""
    return max(style.MAP_INK.values(), key=partial(style.contrast, color))


def _rounded(values: np.ndarray) -> Any:
    return np.vectorize(lambda value: float(f"{value:.{DIGITS}g}"))(values).tolist()


def _snippet(columns: list[float], tables: list[list[dict[str, Any]]], several: list[str]) -> str:
    """The means themselves: whoever copies has the numbers, not the runs."""
    chosen = "".join(f"[«{name}»]" if name in several else "[0]" for name in ("method", "measure"))
    held = [[(table["up"], table["mean"]) for table in each] for each in tables]
    return _SNIPPET.format(across=columns, tables=held, chosen=chosen)
