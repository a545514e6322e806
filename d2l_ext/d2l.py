"""The real `d2l` package (0.17.0) on today's stack: ``from d2l_ext.d2l import d2l``.

Two things stop it from importing or drawing, and only those are mended. On a CPU build of PyTorch,
torchvision asks for two operators that nobody defined; and d2l sets its figure format through an
IPython function that no longer exists.
"""

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_library = torch.library.Library("torchvision", "FRAGMENT")
for _name, _schema in _SCHEMAS.items():
    if not hasattr(torch.ops.torchvision, _name):
        _library.define(_schema)

from d2l import torch as d2l  # noqa: E402 - only imports once the operators exist
from matplotlib_inline.backend_inline import set_matplotlib_formats  # noqa: E402

if not hasattr(d2l.display, "set_matplotlib_formats"):
    setattr(d2l.display, "set_matplotlib_formats", set_matplotlib_formats)  # noqa: B010 - not declared there

__all__ = ["d2l"]
