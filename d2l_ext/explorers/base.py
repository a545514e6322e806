"""What every explorer shares: its traits, and its four faces in a notebook's output."""

import base64
import io
import re
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

import anywidget
import traitlets
from matplotlib.figure import Figure

from d2l_ext import symbolic
from d2l_ext.explorers import assets
from d2l_ext.explorers.settings import Settings

_KEY = re.compile(r"[a-z][a-z0-9-]*")


class Explorer(anywidget.AnyWidget):
    """Base of the explorers.

    Attributes:
        explorer: Which view to show (``trace``).
        key: Name of this explorer in links; unique on a page.
        program: JavaScript made from the objective and the rules.
        spec: What the view shows and the bounds of all it may change.
        values: The current numbers by name. Follows the sliders; assign to move them.
    """

    _esm = assets.module()
    _css = assets.css()

    explorer = traitlets.Unicode().tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)
    program = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        explorer: str,
        key: str,
        *,
        title: str,
        settings: Settings,
        program: str,
        lines: Sequence[tuple[str, str]],
        snippet: str,
        points: Sequence[dict[str, Any]] = (),
        first: Mapping[str, float] | None = None,
        marks: Mapping[str, Callable[..., Any]] | None = None,
        tall: float = 1,
        **spec: Any,
    ) -> None:
        """An explorer of the view `explorer`.

        Args:
            explorer: The view.
            key: Name in links.
            title: What is shown, in a few words.
            settings: Its sliders.
            program: Its mathematics, a JavaScript module.
            lines: Label and colour name (`style.palette`) of each line of the summary.
            snippet: Python that gives the shown numbers; ``«key»`` stands for a setting's value.
            points: Bounds of numbers that are moved in the picture and have no slider of their own.
            first: The first values of `points`.
            marks: For sliders with a value to mark, a function of other settings, which are its arguments.
            tall: Lines of text that the page keeps free for each line of the summary, on average; one more
                where the page is narrow.
            **spec: What else the view asks for.
        """
        marks = {} if marks is None else marks
        values = {**settings.values, **(first or {})}
        for name, mark in marks.items():
            unknown = {name, *signature(mark).parameters} - set(values)
            if unknown:
                raise TypeError(f"marks has no setting {unknown.pop()!r}; there are: {', '.join(values)}")
        super().__init__(
            explorer=explorer,
            key=key,
            program=program + _marks(marks),
            spec={
                "title": title,
                "controls": settings.controls(),
                "points": list(points),
                "initial": values,
                "lines": [{"label": label, "color": color} for label, color in lines],
                "tall": tall,
                "snippet": snippet,
                "marks": {name: list(signature(mark).parameters) for name, mark in marks.items()},
                **spec,
            },
            values=values,
        )

    @traitlets.validate("key")
    def _valid_key(self, proposal: Any) -> str:
        if not _KEY.fullmatch(proposal["value"]):
            raise ValueError(f"key must be lower-case letters, digits and hyphens, got {proposal['value']!r}")
        return proposal["value"]

    @property
    def alt(self) -> str:
        """What one sees, for those who do not."""
        raise NotImplementedError

    def result(self) -> dict[str, Any]:
        """What the live view has in ``data-result`` beside ``values``, computed in Python."""
        raise NotImplementedError

    def figure(self) -> Figure:
        """The picture that stands where nothing can run: print, GitHub, a page without JavaScript."""
        raise NotImplementedError

    def payload(self) -> dict[str, Any]:
        """All that a static page needs to show this explorer live; plain data, no HTML."""
        state = {name: getattr(self, name) for name in ("explorer", "key", "program", "spec", "values")}
        return {"name": self.explorer, "key": self.key, "state": state, "alt": self.alt}

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        # anywidget keeps Colab's manager in the metadata: start from what it returns.
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        png = io.BytesIO()
        # Without "Software" the bytes do not depend on Matplotlib's version string.
        self.figure().savefig(png, format="png", dpi=110, metadata={"Software": None})
        return {
            **data,
            "text/plain": repr(self),
            "image/png": base64.b64encode(png.getvalue()).decode(),
            assets.MIME: self.payload(),
        }, metadata


def _marks(marks: Mapping[str, Callable[..., Any]]) -> str:
    functions = {name: symbolic.function(mark, name="mark").javascript() for name, mark in marks.items()}
    made = "".join(f'"{name}": {function},\n' for name, function in functions.items())
    return f"export const marks = {{\n{made}}};\n" if marks else ""
