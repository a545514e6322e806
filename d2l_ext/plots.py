"""Runs as pictures: `Trajectory` in, Matplotlib axes out. Nothing here takes a step."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from d2l_ext import style, theory
from d2l_ext.objectives import Objective, as_objective
from d2l_ext.simulation import Trajectory

# Radii whose level lines a live map shows, and where the names of its stable regions begin: (√(ηλ), β).
MAP_LEVELS = (0.2, 0.4, 0.6, 0.8, 0.9, 0.95)
MAP_NAMES = (
    (0.04, 0.03, "over-damped"),
    (0.42, 0.7, "under-damped"),
    (1.21, 0.015, "ripples"),
)
# A finer map is thinned to at most twice as many cells a side: more than a figure has dots only cost memory.
MAP_CELLS = 400


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=style.FIGURE_SIZE)[1]


def contour_levels(values: np.ndarray) -> np.ndarray:
    """Levels that split a window by area, closer together near the minimum.

    Args:
        values: The objective on a grid, any shape; entries that are not finite are left out.

    Returns:
        Increasing levels, at most `style.CONTOUR_LEVELS`.
    """
    shares = (np.arange(1, style.CONTOUR_LEVELS + 1) / style.CONTOUR_LEVELS) ** style.CONTOUR_POWER
    # The last level is the window's highest value: no line to draw there.
    return np.unique(np.quantile(values[np.isfinite(values)], shares[:-1]))


def plot_contours(objective: Any, *, ax: Axes | None = None) -> Axes:
    """Contours of a 2-D objective over its window, its minimizers as crosses."""
    objective, ax = as_objective(objective), _axes(ax)
    if len(objective.start) != 2:
        raise ValueError(f"objective must have 2 coordinates, {objective.name} has {len(objective.start)}")
    x, y = (np.linspace(low, high, 161) for low, high in objective.window)
    values = np.broadcast_to(objective(*np.meshgrid(x, y)), (len(y), len(x)))
    colors = style.palette("light")
    ax.contour(x, y, values, contour_levels(values), colors=colors["line"], linewidths=1)
    for point in objective.minimizers:
        ax.plot(*point, "x", color=colors["soft"], markersize=8, zorder=3)
    ax.set(xlim=objective.window[0], ylim=objective.window[1])
    ax.set(xlabel=f"${objective.coordinates[0]}$", ylabel=f"${objective.coordinates[1]}$")
    return ax


def plot_trace(*runs: Trajectory, labels: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """The iterates of 2-D runs over the contours of the first one's objective; a ring marks the start."""
    looks = _looks(runs, labels)
    ax = plot_contours(runs[0].objective, ax=ax)
    for run, look in zip(runs, looks, strict=True):
        x, y = _visible(run.theta, run.objective).T
        dots = "o" if len(x) <= style.MAX_DOTS else ""
        ax.plot(x, y, marker=dots, markersize=3.5, linewidth=1.3, **look)
        ax.plot(*run.theta[0], "o", markersize=9, mfc="white", mec=look["color"], mew=2, zorder=4)
    return _with_legend(ax, runs)


def plot_regimes(z: Any = None, beta: Any = None, rates: Any = None, *, ax: Axes | None = None) -> Axes:
    r"""A map over (ηλ, β) with the borders of momentum's regimes; a rate of 1 or more is left blank.

    Args:
        z: ηλ across, shape ``(n,)``, evenly spaced in its root, as the axis is; default all of 0 to 4.
        beta: β up, shape ``(m,)``, evenly spaced.
        rates: Factor per step, shape ``(n, m)``, from 0 to 1; default the spectral radius.

    Example:
        >>> from matplotlib.figure import Figure
        >>> plot_regimes(ax=Figure().subplots()).get_xlabel()
        'learning rate × curvature, $\\eta\\lambda$'
    """
    ax = _axes(ax)
    if z is None or beta is None or rates is None:
        z, beta = np.linspace(0, 2, 401) ** 2, np.linspace(0, 0.9999, 301)
        rates = theory.spectral_radius(z[:, None], beta)
    across, up = (max(1, len(axis) // MAP_CELLS) for axis in (z, beta))
    z, beta, rates = z[::across], beta[::up], rates[::across, ::up]
    rates = np.ma.masked_invalid(np.where(rates < 1, rates, np.nan))
    colors = ListedColormap(style.map_colors(256))
    extent = (np.sqrt(z[0]), np.sqrt(z[-1]), beta[0], beta[-1])
    look: Any = {"origin": "lower", "aspect": "auto", "interpolation": "nearest"}
    image = ax.imshow(rates.T, cmap=colors, vmin=0, vmax=1, extent=extent, **look)
    ax.figure.colorbar(image, ax=ax, label=r"factor per step, $\rho$", shrink=0.9)
    dark, edge = style.MAP_INK["dark"], [withStroke(linewidth=2.5, foreground=style.MAP_INK["light"])]
    up = np.linspace(0, 0.9999, 301)
    for border in (*theory.critical(up), theory.stability_limit(up)):
        ax.plot(np.sqrt(border), up, color=dark, linewidth=1.2, path_effects=edge)
    ticks = np.array([0, 0.25, 1, 2.25, 4])
    ax.set_xticks(np.sqrt(ticks), [f"{tick:g}" for tick in ticks])
    ax.set(xlim=(0, 2), ylim=(0, 1))
    ax.set(xlabel=r"learning rate × curvature, $\eta\lambda$", ylabel=r"momentum, $\beta$")
    for x, y, name in MAP_NAMES:
        ax.text(x, y, name, color=dark, fontsize=9, path_effects=edge)
    ax.text(1.97, 0.1, "diverges", color=style.palette("light")["danger"], ha="right", fontsize=9)
    return ax


def plot_bifurcation(lr: Any, x: Any, *, mirror: bool = False, ax: Axes | None = None) -> Axes:
    r"""Where runs end up against their learning rate: a column of dots each, darker where they meet more.

    Args:
        lr: Learning rates, shape ``(n,)``, evenly spaced.
        x: The last iterates of each run, shape ``(n, keep)``; those out of sight are left out.
        mirror: Show -x too, in grey underneath.

    Example:
        >>> from matplotlib.figure import Figure
        >>> plot_bifurcation([1.0, 1.1], [[1, 1], [0.8, 1.1]], ax=Figure().subplots()).get_xlabel()
        'learning rate, $\\eta$'
    """
    lr, x, ax = np.asarray(lr, float), np.asarray(x, float), _axes(ax)
    colors, seen = style.palette("light"), np.abs(x) <= 4
    low, high = (x[seen].min(), x[seen].max()) if seen.any() else (-1.0, 1.0)
    reach = max(abs(low), abs(high))
    low, high = (-reach, reach) if mirror else (low, high)
    margin = 0.05 * max(high - low, 0.1)
    low, high = low - margin, high + margin
    # No more columns and rows than a figure has dots: finer ones would be thin to the point of being lost.
    rows, thin = MAP_CELLS // 2, -(-len(lr) // MAP_CELLS)
    wide, dots = -(-len(lr) // thin), thin * x.shape[1]
    column = np.broadcast_to(np.arange(len(lr), dtype=np.int32)[:, None] // thin, x.shape)[seen]
    look: Any = {"origin": "lower", "aspect": "auto", "interpolation": "nearest"}
    for sign, color in ((-1, colors["other-1"]), (1, colors["gd"])) if mirror else ((1, colors["gd"]),):
        row = np.minimum((sign * x[seen] - low) / (high - low) * rows, rows - 1).astype(np.int32)
        counts = np.bincount(row * wide + column, minlength=rows * wide).reshape(rows, wide)
        ink = np.empty((rows, wide, 4), np.float32)
        ink[..., :3], ink[..., 3] = to_rgb(color), 1 - np.exp(-60 * counts / dots)
        ax.imshow(ink, extent=(lr[0], lr[-1], low, high), **look)
    ax.set(xlabel=r"learning rate, $\eta$", ylabel="$x$", xlim=(lr[0], lr[-1]))
    return ax


def plot_basins(x: Any, y: Any, ends: Any, *, ax: Axes | None = None) -> Axes:
    """Starts in the plane, coloured by a number that says where each ended; NaN is left blank.

    Args:
        x: Across, shape ``(n,)``, evenly spaced.
        y: Up, shape ``(m,)``, evenly spaced.
        ends: Shape ``(m, n)``.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = plot_basins([0, 1], [0, 1], [[1, 2], [3, float("nan")]], ax=Figure().subplots())
        >>> int(ax.get_images()[0].get_array().count())
        3
    """
    ax = _axes(ax)
    thin = max(1, len(x) // (2 * MAP_CELLS))
    image: Any = {"origin": "lower", "interpolation": "nearest", "cmap": "RdYlBu"}
    extent = (x[0], x[-1], y[0], y[-1])
    ax.imshow(np.ma.masked_invalid(ends)[::thin, ::thin], extent=extent, **image)
    ax.set(xlabel="$x$", ylabel="$y$")
    return ax


def plot_loss(*runs: Trajectory, labels: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """Loss against step on a logarithmic axis."""
    looks, ax = _looks(runs, labels), _axes(ax)
    for run, look in zip(runs, looks, strict=True):
        ax.semilogy(np.where(np.isfinite(run.loss) & (run.loss > 0), run.loss, np.nan), **look)
    ax.set(xlabel="step", ylabel="loss")
    return _with_legend(ax, runs)


def _looks(runs: Sequence[Trajectory], labels: Sequence[str] | None) -> list[dict[str, Any]]:
    """Colour, dash and label of each run; runs of one colour differ by their dash."""
    if not runs:
        raise ValueError("runs must hold at least one Trajectory, got none")
    names = [run.rule.name for run in runs]
    labels = [style.label(name) for name in names] if labels is None else labels
    if len(labels) != len(runs):
        raise ValueError(f"labels must be one a run ({len(runs)}), got {len(labels)}")
    colors = style.palette("light")
    color_of = dict(zip(dict.fromkeys(names), style.color_names(dict.fromkeys(names)), strict=True))
    seen: Counter[tuple[str, str]] = Counter()
    looks: list[dict[str, Any]] = []
    for name, label in zip(names, labels, strict=True):
        color = color_of[name]
        # Its own dash, or of those its colour has least often, the next.
        dashes = sorted(dict.fromkeys([style.dash(name), *style.DASHES]), key=lambda d: seen[color, d])
        looks.append({"color": colors[color], "linestyle": dashes[0], "label": label})
        seen[color, dashes[0]] += 1
    return looks


def _with_legend(ax: Axes, runs: Sequence[Trajectory]) -> Axes:
    if len(runs) > 1:
        ax.legend(frameon=False)
    return ax


def _visible(theta: np.ndarray, objective: Objective) -> np.ndarray:
    """Iterates up to the first far outside the window: a diverging run should not fill the picture."""
    low, high = np.array(objective.window).T
    far = np.abs(theta - (low + high) / 2) > 1.5 * (high - low)
    lost = ~np.isfinite(theta) | far
    return theta[: int(np.argmax(lost.any(1))) + 1] if lost.any() else theta


def shades(table: Any, low: float, high: float, count: int) -> np.ndarray:
    """For each number the place of its colour in ``style.map_colors(count)``, from `low` to `high`.

    Even in the logarithm where there is one: then equal ratios look equally far apart.
    """
    table = np.asarray(table, float)
    low, high, values = (np.log(each) if low > 0 else each for each in (low, high, table))
    part = np.clip((values - low) / (high - low if high > low else 1), 0, 1)
    return np.rint((count - 1) * part ** (1 / style.MAP_POWER)).astype(int)


def plot_grid(table: Any, up: Sequence[float], across: Sequence[float], *, ax: Axes | None = None) -> Axes:
    """A map of numbers over two settings, low ones dark; the lowest of each column is framed.

    Args:
        table: Shape ``(len(up), len(across))``.
        up: Values of the setting that goes up, one a row.
        across: Values of the other, one a column.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = plot_grid([[1, 3], [2, 2]], [0.1, 1], [5, 6], ax=Figure().subplots())
        >>> [float(frame.get_y()) for frame in ax.patches]
        [-0.5, 0.5]
    """
    table, ax = np.asarray(table, float), _axes(ax)
    colors = style.map_colors(256)
    cells = shades(table, table.min(), table.max(), 256)
    look: Any = {"origin": "lower", "aspect": "auto", "interpolation": "nearest"}
    ax.imshow(cells, cmap=ListedColormap(colors), vmin=0, vmax=255, **look)
    inks = [max(style.MAP_INK.values(), key=partial(style.contrast, color)) for color in colors]
    for (row, column), value in np.ndenumerate(table):
        ink = inks[cells[row, column]]
        ax.text(column, row, f"{value:.3g}", color=ink, ha="center", va="center", fontsize=8)
    for column, row in enumerate(table.argmin(0)):
        frame = {"fill": False, "edgecolor": inks[cells[row, column]], "linewidth": 2}
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **frame))
    ax.set_xticks(range(len(across)), [f"{value:g}" for value in across])
    ax.set_yticks(range(len(up)), [f"{value:g}" for value in up])
    return ax
