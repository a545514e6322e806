"""What a run of one coordinate does: where it settles, what it repeats, when it is lost."""

from typing import Any

import numpy as np

from d2l_ext.pieces import LIMIT
from d2l_ext.simulation import Trajectory

LONGEST_CYCLE = 8
# A run has settled if what is left to go is less, relative to max(1, |x|); points of a cycle are not so near.
NEAR, APART, ROUNDING = 1e-5, 1e-3, 1e-12
# Steps shorter than this are not counted: their direction may be rounding. Likewise for rises of the loss.
SMALL = 1e-7

TOLERANCES = {
    "limit": LIMIT,
    "longest": LONGEST_CYCLE,
    "near": NEAR,
    "apart": APART,
    "rounding": ROUNDING,
    "small": SMALL,
}


def course(x: np.ndarray, loss: np.ndarray) -> dict[str, Any]:
    """What the run `x`, shape ``(steps + 1,)``, does; `live/course.js` finds the same.

    Returns:
        kind: ``lost`` (larger than a million, or no number), ``still``, ``settled``, ``cycle``, ``under way``
            (the later half of its steps all go one way, or turn every time and get shorter or longer all the
            time), else ``wandering``, where rounding may be magnified: then there are no more numbers.
        step: First step at which it is lost; else None.
        points: Where it settles, or the points of the cycle in order; else None.
        moves: Steps that are counted.
        turns: How many of them go against the step before.
        trend: ``shorter`` or ``longer`` if it is under way and each step is that, after the one before.
        rises: How many steps raise the loss.
    """
    good = np.abs(x) <= LIMIT
    lost = int(np.argmin(good)) if not good.all() else None
    end = len(x) if lost is None else lost + 1
    x, loss = x[:end], loss[:end]
    size = max(1.0, abs(float(x[-1])))
    with np.errstate(all="ignore"):
        moves = np.diff(x)
        moves = moves[~(np.abs(moves) <= SMALL * size)] if lost is None else moves
        turns = int((moves[1:] * moves[:-1] < 0).sum())
        rises = int((~(np.diff(loss) <= SMALL * np.maximum(1.0, np.abs(loss[:-1])))).sum())
    found = {"step": lost, "points": None, "moves": len(moves), "turns": turns, "rises": rises}
    if lost is not None:
        return {"kind": "lost", **found, "trend": None}
    points = _repeated(x, size)
    if points is not None:
        kind = "still" if not len(moves) else "settled" if len(points) == 1 else "cycle"
        return {"kind": kind, **found, "points": points, "trend": None}
    if _regular(moves[len(moves) // 2 :]):
        return {"kind": "under way", **found, "trend": _trend(moves)}
    return {"kind": "wandering", **dict.fromkeys([*found, "trend"])}


def told(run: Trajectory) -> dict[str, Any]:
    """What a run along a curve comes to; `descended` in live/course.js finds the same."""
    found = course(run.theta[:, 0], run.loss)
    # Rounding is magnified where a run wanders, and grows without bound where it is lost.
    sure = found["kind"] not in ("wandering", "lost")
    return {
        "lr": run.hyper["lr"],
        **found,
        "x": float(run.theta[-1, 0]) if sure else None,
        "loss": float(run.loss[-1]) if sure else None,
    }


def _repeated(x: np.ndarray, size: float) -> list[float] | None:
    """The last points of a run that comes back to each of them, in order; None if it does not."""
    last = len(x) - 1
    for period in range(1, min(LONGEST_CYCLE, last) + 1):
        now = abs(x[last] - x[last - period])
        before = abs(x[last - period] - x[last - 2 * period]) if last >= 2 * period else 0.0
        # What is left to go, if each return is closer than the last by the same factor.
        left = now * before / (before - now) if now < before else np.inf
        if now <= ROUNDING * size or left <= NEAR * size:
            points = x[last - period + 1 :]
            return points.tolist() if (np.abs(points[:-1] - points[-1]) > APART * size).all() else None
    return None


def _regular(moves: np.ndarray) -> bool:
    """None turns, or all do and get shorter, or longer, all the time."""
    turned = moves[1:] * moves[:-1] < 0
    return not turned.any() or bool(turned.all() and _trend(moves))


def _trend(moves: np.ndarray) -> str | None:
    lengths = np.abs(moves)
    if len(moves) < 2:
        return None
    longer = "longer" if (lengths[1:] >= lengths[:-1]).all() else None
    return "shorter" if (lengths[1:] <= lengths[:-1]).all() else longer
