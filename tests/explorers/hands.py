"""What a hand does to an explorer, and whether its numbers are those of Python."""

from __future__ import annotations

from math import isfinite

import numpy as np


def agrees(explorer, result, tolerance=1e-9):
    """The explorer, set to the values that the page shows, has the same numbers in Python."""
    explorer.values = result["values"]
    shown = {name: value for name, value in result.items() if name != "values"}
    assert not list(differences(shown, explorer.result(), tolerance))


def differences(shown, expected, tolerance, path=""):
    """Where two nested results part, as sentences; numbers are compared relative to max(1, size)."""
    if isinstance(expected, dict):
        assert isinstance(shown, dict) and set(shown) == set(expected), path
        for name in expected:
            yield from differences(shown[name], expected[name], tolerance, f"{path}.{name}")
    elif isinstance(expected, list | tuple):
        assert len(shown) == len(expected), path
        for i, (one, other) in enumerate(zip(shown, expected, strict=True)):
            yield from differences(one, other, tolerance, f"{path}.{i}")
    elif isinstance(expected, float) and isfinite(expected) and isinstance(shown, int | float):
        if not abs(shown - expected) <= tolerance * max(1, abs(expected)):
            yield f"{path}: {shown} and {expected}"
    elif isinstance(expected, float) and not isfinite(expected):
        if shown is not None:  # JSON has no other word for it
            yield f"{path}: {shown} and {expected}"
    elif shown != expected:
        yield f"{path}: {shown} and {expected}"


def centre(locator):
    """The middle of an element, in pixels of the page."""
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def along(locator, share):
    """A point at this share of an element's width."""
    box = locator.bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def drag(page, start, end):
    """The mouse from one point to another, its button down."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()


def swipe(page, start, end):
    """A finger from one point to another."""
    session = page.context.new_cdp_session(page)
    (x0, y0), (x1, y1) = start, end

    def touch(kind, *points):
        session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )

    touch("touchStart", start)
    for share in np.linspace(0.1, 1, 10):
        touch("touchMove", (x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
        page.wait_for_timeout(16)  # a frame: faster, and the browser takes it for a jump
    touch("touchEnd")
