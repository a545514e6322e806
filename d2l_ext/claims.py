"""Statements that are checked where they are made.

A claim that does not hold raises, so the page that makes it is not built. One that cannot be
checked (its data are missing) says so and never shows a tick.
"""

from html import escape
from typing import Any

MIME = "application/vnd.d2l-ext.claim+json"


class ClaimError(AssertionError):
    """A statement of the book that turned out false."""


class Claim:
    """A checked statement; displayed as one quiet line, collected on the claims page."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record

    def __repr__(self) -> str:
        said = "✓" if self.record["status"] == "holds" else "unchecked:"
        return f"{said} {self.record['text']} [{self.record['id']}: {_found(self.record)}]"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        mark = "✓" if self.record["status"] == "holds" else "unchecked"
        text = escape(f"{self.record['text']} ({_found(self.record)})")
        return {
            MIME: self.record,
            "text/plain": repr(self),
            "text/html": f"<p><strong>{mark}</strong> {text}</p>",
        }


def _found(record: dict[str, Any]) -> str:
    if record["status"] != "holds":
        return record["reason"]
    expected = f", expected {record['expected']}" if record["expected"] is not None else ""
    return f"measured {record['measured']}{expected}"


def claim(
    text: str,
    holds: Any,
    *,
    id: str,  # noqa: A002 - what a reader calls it
    measured: Any,
    expected: Any = None,
) -> Claim:
    """State `text`, and stand for it.

    Args:
        text: The statement, as a reader should see it.
        holds: Whether it is true; or a string that says why it cannot be checked here.
        id: Dotted name of the claim, unique in the book: ``momentum.ravine.gd``.
        measured: What was found (numbers are shown with six digits).
        expected: What was to be found, where that is a number.

    Raises:
        ClaimError: If it does not hold; the message has both numbers.
        ValueError: If `id` or `text` is empty, or `holds` is neither a truth value nor a reason.

    Example:
        >>> claim("Two and two make four.", 2 + 2 == 4, id="sum", measured=2 + 2, expected=4)
        ✓ Two and two make four. [sum: measured 4, expected 4]
    """
    if not isinstance(text, str) or not isinstance(id, str) or not text or not id:
        raise ValueError(f"claim needs a text and an id, got text={text!r}, id={id!r}")
    record = {"id": id, "text": text, "measured": _show(measured), "expected": None, "reason": None}
    if expected is not None:
        record["expected"] = _show(expected)
    if isinstance(holds, str):
        return Claim({**record, "status": "unchecked", "reason": holds})
    try:
        true = bool(holds)
    except ValueError:
        raise ValueError(f"holds must be one truth value, got {holds!r}; use .all()") from None
    if not true:
        against = f", expected {record['expected']}" if expected is not None else ""
        raise ClaimError(f"{id}: {text} But measured {record['measured']}{against}.")
    return Claim({**record, "status": "holds"})


def _show(value: Any) -> str:
    """Numbers with six digits, sequences entry by entry, the rest as it prints."""
    if isinstance(value, str):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return f"({', '.join(map(_show, value))})"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
