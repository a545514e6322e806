"""SharpnessExplorer: full-batch runs on record, their loss, their sharpness, the line of stability."""

from collections.abc import Callable, Iterable, Sequence
from inspect import getsource
from math import isfinite
from textwrap import dedent
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from d2l_ext import style, theory
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import MAX_STEPS, Settings
from d2l_ext.params import Param, whole
from d2l_ext.training import FullBatch

# What travels to the page: enough digits that a rounded loss rises where the true one does.
LOSS_DIGITS, SHARPNESS_DIGITS = 7, 5
_ELSEWHERE = ("dampening", "nesterov", "weight_decay", "maximize")
CLOSE = 20  # steps before and after the chosen one in the close view

_TRAINED = """\
from functools import partial

import torch
from torch import nn

from d2l_ext import data, network, theory, train_full_batch

{train}

lr, momentum = {settings}[«run»]
run = {name}(lr, momentum)
step = min(«step», len(run.loss) - 1)
print(run.loss[step], run.sharpness[run.probed <= step][-1], theory.stability_limit(momentum) / lr)
"""
_RECORDED = """\
import numpy as np

from d2l_ext import theory

lr, momentum, probed, loss, sharpness = {runs}[«run»]
at = np.searchsorted(probed, «step», side="right") - 1
print(probed[at], loss[at], sharpness[at], theory.stability_limit(momentum) / lr)
"""


class SharpnessExplorer(Explorer):
    """Runs at the edge of stability: loss and sharpness against step, and the steps around a chosen one.

    Args:
        runs: What `train_full_batch` recorded with ``torch.optim.SGD``, plain or with momentum.
        train: The function that made them from (lr, momentum), for "Copy as Python"; its source is copied.
            It may use `torch`, `nn`, `partial`, `data`, `network` and `train_full_batch`. Without it, what
            was recorded is copied.
        key: Name in links.
        run: Which run is shown at first, from 0.
        step: Which step.
        show: Which sliders to show, in order; default both.

    Raises:
        TypeError, ValueError: For no runs, runs of another optimizer, or numbers out of range.

    Example:
        >>> import torch
        >>> from d2l_ext import network, train_full_batch
        >>> X = torch.tensor([[1.0], [3.0]])
        >>> loss = lambda line: (line(X) - 2 * X).square().mean() / 2
        >>> line, sgd = network([1, 1], bias=False), lambda p: torch.optim.SGD(p, lr=0.3)
        >>> explorer = SharpnessExplorer([train_full_batch(line, loss, sgd, steps=20)], step=20)
        >>> found = explorer.result()
        >>> found["sharpness"], found["ratio"]  # 0.75 of 2/0.3
        (5.0, 0.75)
    """

    def __init__(
        self,
        runs: Sequence[FullBatch],
        *,
        train: Callable[..., FullBatch] | None = None,
        key: str = "sharpness",
        run: int = 0,
        step: int = 0,
        show: Iterable[str] | None = None,
    ) -> None:
        self._runs = [_recorded(each) for each in runs]
        if not self._runs:
            raise ValueError("runs must hold at least one run, got none")
        last, length = len(self._runs) - 1, max(len(each["loss"]) for each in self._runs) - 1
        params = {"step": Param(0, (0, length), label="step", valid=(0, MAX_STEPS + 1))}
        first = {"run": whole("run", run, 0, last), "step": whole("step", step, 0, length)}
        if last:
            params = {"run": Param(0, (0, last), label="run", valid=(0, last + 1)), **params}
        names = [each["name"] for each in self._runs]
        color = "momentum" if all(each["momentum"] for each in self._runs) else "gd"
        super().__init__(
            "sharpness",
            key,
            title="Loss and sharpness",
            settings=Settings.of(
                "SharpnessExplorer", params, {k: first[k] for k in params}, show=show, words={"run": names}
            ),
            program="",
            lines=[("Loss", color), ("Sharpness", color), ("Line", "ink")],
            snippet=self._snippet(train) if last else self._snippet(train).replace("«run»", "0"),
            runs=self._runs,
            color=color,
            close=CLOSE,
        )

    def __repr__(self) -> str:
        shown = ", ".join(f"{key}={value}" for key, value in self.values.items())
        return f"SharpnessExplorer({len(self._runs)} runs, {shown})"

    def _snippet(self, train: Callable[..., FullBatch] | None) -> str:
        if train is not None:
            settings = [(each["lr"], each["momentum"]) for each in self._runs]
            return _TRAINED.format(
                train=dedent(getsource(train)).strip(), settings=settings, name=train.__name__
            )
        rows = [
            (r["lr"], r["momentum"], r["probed"], [r["loss"][t] for t in r["probed"]], r["sharpness"])
            for r in self._runs
        ]
        return _RECORDED.format(runs=rows)

    def _shown(self) -> tuple[dict[str, Any], int]:
        run = self._runs[self.values.get("run", 0)]
        return run, min(self.values["step"], len(run["loss"]) - 1)

    def result(self) -> dict[str, Any]:
        run, step = self._shown()
        loss, crossed = run["loss"], run["crossed"]
        at = int(np.searchsorted(run["probed"], step, side="right")) - 1
        border = step if crossed is None else min(step, crossed)
        return {
            "step": step,
            "loss": loss[step],
            "change": loss[step] - loss[step - 1] if step else 0.0,
            "measured": run["probed"][at],
            "sharpness": run["sharpness"][at],
            "ratio": run["sharpness"][at] / run["limit"],
            "crossed": crossed if crossed is not None and crossed <= step else None,
            "risesBefore": _rises(loss[: border + 1]),
            "risesSince": _rises(loss[border : step + 1]),
        }

    @property
    def alt(self) -> str:
        run, _ = self._shown()
        crossed, top = run["crossed"], max(run["sharpness"])
        reached = f"stays below it, at most {top:.3g}"
        if crossed is not None:
            begins = "begins above it" if crossed == 0 else f"rises to it by step {crossed}"
            reached = f"{begins}, is {top:.3g} at most and {run['sharpness'][-1]:.3g} at the end"
        return (
            f"Loss on a logarithmic axis and sharpness, both against step, for the run with {run['name']}. A "
            f"dashed line at {run['line']} = {run['limit']:.3g}: the sharpness {reached}. "
            f"The loss goes from {run['loss'][0]:.3g} to {run['loss'][-1]:.3g}."
        )

    def figure(self) -> Figure:
        (run, step), colors = self._shown(), style.palette("light")
        color, found = colors[self.spec["color"]], self.result()
        with style.rc():
            figure = Figure(figsize=(7.4, 4.4), layout="constrained")
            loss, sharp = figure.subplots(2, sharex=True, height_ratios=(1, 1.2))
            for other in self._runs:
                sharp.plot(other["probed"], other["sharpness"], color=colors["line"], linewidth=1)
            loss.semilogy(run["loss"], color=color, linewidth=1.2)
            sharp.plot(run["probed"], run["sharpness"], color=color)
            sharp.axhline(run["limit"], color=colors["ink"], linestyle="--", linewidth=1)
            words = f"{run['line']} = {run['limit']:.3g}"
            sharp.annotate(
                words, (len(run["loss"]), run["limit"]), xytext=(0, 6), textcoords="offset points", ha="right"
            )
            ring = {"markersize": 9, "mfc": "white", "mec": color, "mew": 2}
            sharp.plot(step, found["sharpness"], "o", **ring)
            loss.plot(step, found["loss"], "o", **ring)
            loss.set(ylabel="loss")
            sharp.set(xlabel="step", ylabel="sharpness", ylim=(0, None))
        return figure


def _recorded(run: Any) -> dict[str, Any]:
    """A run as plain numbers, cut where it stopped being finite, with its line and its name."""
    if not isinstance(run, FullBatch):
        raise TypeError(f"runs must hold what train_full_batch returns, got {run!r}")
    hyper = run.hyper
    plain = {"lr", "momentum", *_ELSEWHERE} <= set(hyper)
    if not plain or any(hyper[name] for name in _ELSEWHERE):
        raise ValueError("runs must be of torch.optim.SGD, plain or with momentum: others have another line")
    lr, beta = float(hyper["lr"]), float(hyper["momentum"])
    if not lr > 0:
        raise ValueError(f"runs must have lr > 0, got {lr:g}")
    length = int(np.argmin(np.isfinite(run.loss))) if not isfinite(run.loss[-1]) else len(run.loss)
    if not length or not len(run.probed):
        raise ValueError("runs must begin with a finite loss")
    limit = float(theory.stability_limit(beta)) / lr
    above = run.probed[run.sharpness >= limit]
    return {
        "lr": lr,
        "momentum": beta,
        "name": f"η = {lr:g}" + (f", β = {beta:g}" if beta else ""),
        "line": "(2 + 2β)/η" if beta else "2/η",
        "limit": limit,
        "crossed": int(above[0]) if len(above) else None,
        "diverged": length < len(run.loss),
        "loss": _rounded(run.loss[:length], LOSS_DIGITS),
        "probed": run.probed.tolist(),
        "sharpness": _rounded(run.sharpness, SHARPNESS_DIGITS),
    }


def _rounded(values: np.ndarray, digits: int) -> list[float]:
    return [float(f"{value:.{digits}g}") for value in values]


def _rises(loss: Sequence[float]) -> int:
    return int((np.diff(loss) > 0).sum())
