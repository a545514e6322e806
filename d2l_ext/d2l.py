"""The real `d2l` package (0.17.0) on today's stack: ``from d2l_ext.d2l import d2l``.

Two things stop it from importing or drawing, and only those are mended. Where the compiled library of
torchvision was built for CUDA and PyTorch was not, torchvision asks for two operators that nobody defined;
and d2l sets its figure format through an IPython function that no longer exists.
"""

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
# Where the library can be loaded it must be the first: an operator that is defined twice aborts Python.
_torchvision = find_spec("torchvision")
for _path in Path(str(_torchvision and _torchvision.origin)).parent.glob("_C*"):
    with suppress(OSError):
        torch.ops.load_library(_path)
_library = torch.library.Library("torchvision", "FRAGMENT")
for _name, _schema in _SCHEMAS.items():
    if not hasattr(torch.ops.torchvision, _name):
        _library.define(_schema)

from d2l import torch as d2l  # noqa: E402 - only imports once the operators exist
from matplotlib_inline.backend_inline import set_matplotlib_formats  # noqa: E402

if not hasattr(d2l.display, "set_matplotlib_formats"):
    setattr(d2l.display, "set_matplotlib_formats", set_matplotlib_formats)  # noqa: B010 - not declared there

__all__ = ["d2l"]
