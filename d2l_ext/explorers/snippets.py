"""Python that repeats what an explorer shows; the view replaces each ``«key»`` by its value."""

import re
from collections.abc import Mapping

from d2l_ext import symbolic
from d2l_ext.objectives import Objective

_NAMES = ("noise", "objective", "objectives", "ops", "rule", "rules", "simulate", "smoothness", "theory")


def arguments(keys: Mapping[str, str]) -> str:
    """Keyword arguments, for each name the value of its key; those of a tuple together."""
    entries: dict[str, list[str]] = {}
    for name, key in keys.items():
        entries.setdefault(name.partition(".")[0], []).append(f"«{key}»")
    written = {n: v[0] if n in keys else f"({', '.join(v)})" for n, v in entries.items()}
    return ", ".join(f"{name}={value}" for name, value in written.items())


def objective_line(objective: Objective, keys: Mapping[str, str]) -> str:
    """``f = ...``: the book's objective by its name, a reader's as an expression; parameters by `keys`."""
    given = arguments(keys)
    if objective.is_shipped:
        return f"f = {objective!r}" + (f".at({given})" if given else "")
    keywords = ", ".join([*objective.inputs, *filter(None, [given])])
    names = ", ".join(objective.coordinates) + (f", *, {keywords}" if keywords else "")
    about = f"start={objective.start}, window={objective.window}, project={objective.project}"
    return f"f = objective({about})(\n    lambda {names}: {symbolic.expression(objective)}\n)"


def importing(code: str) -> str:
    """`code` after an import of the names of the package that it uses."""
    used = [n for n in _NAMES if re.search(rf"(?<!\w){n}(?=[.(])", code)]
    return f"from d2l_ext import {', '.join(used)}\n\n{code}"
