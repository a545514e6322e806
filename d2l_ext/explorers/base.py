"""What every explorer shares: its traits, and its four faces in a notebook's output."""

import base64
import io
import re
from typing import Any

import anywidget
import traitlets
from matplotlib.figure import Figure

from d2l_ext.explorers import assets

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

    @traitlets.validate("key")
    def _valid_key(self, proposal: Any) -> str:
        if not _KEY.fullmatch(proposal["value"]):
            raise ValueError(f"key must be lower-case letters, digits and hyphens, got {proposal['value']!r}")
        return proposal["value"]

    @property
    def alt(self) -> str:
        """What one sees, for those who do not."""
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
