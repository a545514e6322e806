"""How an answer is turned away, and how numbers are compared."""

from typing import Any

import numpy as np

from d2l_ext.params import number


class NotYet(AssertionError):
    """An answer that is not right yet."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of a traceback: the message is all a reader needs.
        return [f"Not yet. {self}"]


def close(name: str, answer: Any, truth: float, hint: str) -> str:
    answer = number(name, answer)
    if not np.isclose(answer, truth, rtol=1e-3):
        raise NotYet(f"You have {answer:.6g}. {hint}")
    return f"Right: {truth:.6g}."
