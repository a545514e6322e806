r"""Adai, AdaiW and AdaiV2 for real training: a learning rate that does not adapt, inertia that does."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.optimizer import required

from d2l_ext.optim.bunches import Buckets, Bunch
from d2l_ext.optim.shards import alike, local, where
from d2l_ext.optim.tiles import SLOTS, Entry, working

_YOUNGER = {"decoupled", "dampening", "maximize"}  # entries of a group that saved ones may lack


class Adai(Optimizer):
    r"""Adai with L2 regularisation (Xie et al. 2022, algorithm 2).

    .. math::
        g &\leftarrow g + \lambda\theta \\
        v &\leftarrow \beta_2 v + (1-\beta_2) g^2, \qquad \hat v = v/(1-\beta_2^t) \\
        \beta_1 &= \mathrm{clip}(1 - \beta_0 \hat v / \bar v,\ 0,\ 1 - \epsilon), \qquad
        \bar v = \text{mean of } \hat v \text{ over all coordinates of all parameters with a gradient} \\
        m &\leftarrow \beta_1 m + (1-\beta_1) g \\
        \theta &\leftarrow \theta - \eta\, m / (1 - \textstyle\prod_\tau \beta_{1,\tau})

    The first step is plain gradient descent's. The authors advise the learning rate of SGD without momentum,
    10 times that of SGD with momentum 0.9. A scheduler that cycles the momentum (`CyclicLR`, `OneCycleLR`)
    would cycle :math:`\beta_0`: give it ``cycle_momentum=False``.

    The mean is over all groups, and over all shards of parameters that are DTensors (`fully_shard`). A
    parameter without a gradient is skipped and not counted. A complex number counts as two coordinates. While
    every gradient so far is zero, nothing moves, except by decoupled decay. Gradients are never changed.

    State is three tensors a parameter, of its dtype (float32 for half precision): ``exp_avg`` (m),
    ``exp_avg_sq`` (v) and ``exp_avg_one`` (:math:`1-\prod\beta_1`, which is the average of ones by the same
    rule as m); and two numbers, ``step`` and ``sum_sq``, the sum of v. What the authors' program saved can be
    loaded.

    Args:
        params: Parameters, named parameters or groups, as for every optimizer of PyTorch.
        lr: Learning rate :math:`\eta`, a number or a tensor with one element. It has no default, as the
            authors' has none: give one here or in every group.
        betas: :math:`\beta_0`, the mean of :math:`1-\beta_1` before it is clipped, and :math:`\beta_2`.
        eps: Smallest :math:`1-\beta_1`.
        weight_decay: :math:`\lambda`.
        decoupled: Shrink the parameters by :math:`1-\eta\lambda` before the step instead, as `AdaiW` does.
        maximize: Climb.
        compiled: Step large tensors by one kernel from `torch.compile`, for all lengths: faster for large
            models, after some seconds of compiling on the first step.

    Raises:
        ValueError: For a value outside its range, or a group without lr.

    Example:
        Two coordinates, gradients 1 and 3. The mean of their squares is 5, so :math:`1-\beta_1` is 0.02 and
        0.18; in the first step it cancels.

        >>> theta = torch.zeros(2, requires_grad=True)
        >>> optimizer = Adai([theta], lr=0.5)
        >>> (theta @ torch.tensor([1.0, 3.0])).backward()
        >>> optimizer.step()
        >>> theta.tolist()
        [-0.5, -1.5]
        >>> optimizer.state[theta]["exp_avg_one"]
        tensor([0.0200, 0.1800])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = required,  # type: ignore[assignment]
        betas: tuple[float, float] = (0.1, 0.99),
        eps: float = 1e-3,
        weight_decay: float = 0.0,
        decoupled: bool = False,
        *,
        maximize: bool = False,
        compiled: bool = False,
    ) -> None:
        self._begin(params, compiled, lr, betas, eps, weight_decay, decoupled, maximize)

    def _begin(self, params, compiled, lr, betas, eps, weight_decay, decoupled, maximize, **more) -> None:
        self.compiled = compiled
        self._buckets: Buckets = {}
        usual = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, **more}
        super().__init__(params, usual | {"decoupled": decoupled, "maximize": maximize})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; what it does not name is the optimizer's.

        Raises:
            TypeError: If the group is no dictionary.
            ValueError: For a value outside its range.
        """
        if isinstance(param_group, dict):
            _check({**self.defaults, **param_group})
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Step once; a step that is refused leaves parameters and state as they were.

        Args:
            closure: Evaluates the model again and returns the loss.

        Returns:
            What `closure` returned, or None.

        Raises:
            TypeError: If a gradient is sparse.
            ValueError: If a group's hyperparameter has left its range.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        bunches = self._bunches()
        for bunch in bunches:
            bunch.measure()
        coordinates = sum(bunch.coordinates for bunch in bunches)
        mean = sum(bunch.v_hat for bunch in bunches) / max(coordinates, 1)
        for bunch in bunches:
            bunch.step(mean, self.compiled)
            self.state.update(zip(bunch.params, bunch.entries, strict=True))
        return loss

    def _bunches(self) -> list[Bunch]:
        """All parameters with a gradient, fit to be stepped, in bunches that share their numbers."""
        found: dict[Any, Bunch] = {}
        for index, group in enumerate(self.param_groups):
            _check(group)
            for p in dict.fromkeys(group["params"]):
                grad = p.grad
                if grad is None:
                    continue
                entry, place = self._entry(p), where(p)
                key = index, entry["step"], p.dtype, p.device, place
                if key not in found:
                    found[key] = Bunch(group, entry["step"] + 1, p.dtype, place)
                found[key].add(p, _usable(grad, p), entry)
        kept, self._buckets = self._buckets, {}
        for bunch in found.values():
            self._buckets |= bunch.arrange(kept)
        return list(found.values())

    def _entry(self, p: Tensor) -> Entry:
        """The state of a parameter: as it is, or taken over from other programs, or begun."""
        entry, dtype = self.state.get(p), working(p.dtype)
        if not entry:
            return {"step": 0, **{name: torch.zeros_like(p, dtype=dtype) for name in SLOTS}, "sum_sq": 0.0}
        if "sum_sq" in entry and type(entry["step"]) is int and entry["exp_avg"].dtype == dtype:
            return entry
        entry = dict(entry)
        if "beta1_prod" in entry:
            entry["exp_avg_one"] = 1 - entry.pop("beta1_prod").to(dtype)
        entry |= {name: entry[name].to(dtype) for name in SLOTS}
        entry["step"] = int(entry["step"])
        if "sum_sq" not in entry:
            v = entry["exp_avg_sq"].sum()
            entry["sum_sq"] = float(v.full_tensor() if where(p) else local(v))
        return entry

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load a copy of saved state: this program's, or the authors'.

        Args:
            state_dict: What `state_dict` returned.
        """
        state = deepcopy(state_dict["state"])
        super().load_state_dict({**state_dict, "state": state})
        if self._optimizer_load_state_dict_pre_hooks:
            return
        # PyTorch has rounded everything to the dtype of the parameter; averages in float32 are meant to stay.
        saved = [key for group in state_dict["param_groups"] for key in group["params"]]
        params = [p for group in self.param_groups for p in group["params"]]
        for key, p in zip(saved, params, strict=True):
            if key in state and working(p.dtype) != p.dtype:
                for name, value in state[key].items():
                    self.state[p][name] = value.to(p.device) if isinstance(value, Tensor) else value

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "compiled": self.compiled}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # `load_state_dict` comes by here too.
        super().__setstate__(state)
        self._buckets = {}
        for group in self.param_groups:
            for name in _YOUNGER & self.defaults.keys():
                group.setdefault(name, self.defaults[name])


class AdaiW(Adai):
    r"""Adai with decoupled weight decay: :math:`\theta \leftarrow (1-\eta\lambda)\theta` before each step.

    To `Adai` what AdamW is to Adam; see there for all but the decay.

    Args:
        params: Parameters, named parameters or groups.
        lr: Learning rate :math:`\eta`; no default.
        betas: :math:`\beta_0` and :math:`\beta_2`.
        eps: Smallest :math:`1-\beta_1`.
        weight_decay: :math:`\lambda`.
        maximize: Climb.
        compiled: Step by one kernel from `torch.compile`.

    Example:
        >>> theta = torch.tensor([1.0], requires_grad=True)
        >>> optimizer = AdaiW([theta], lr=0.5, weight_decay=0.5)
        >>> theta.sum().backward()
        >>> optimizer.step()
        >>> theta.item()  # 1 - 0.5 * 0.5, then minus 0.5
        0.25
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = required,  # type: ignore[assignment]
        betas: tuple[float, float] = (0.1, 0.99),
        eps: float = 1e-3,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        compiled: bool = False,
    ) -> None:
        self._begin(params, compiled, lr, betas, eps, weight_decay, True, maximize)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled"] = True


class AdaiV2(Adai):
    r"""The authors' generalised Adai: the new gradient is dampened by a power of :math:`1-\beta_1`.

    With dampening :math:`\delta`, three lines of `Adai` change:

    .. math::
        \beta_1 &= \mathrm{clip}(1 - \beta_0 (\hat v / \bar v)^{1/(3-2\delta)},\ 0,\ 1 - \epsilon) \\
        m &\leftarrow \beta_1 m + (1-\beta_1)^\delta g \\
        \theta &\leftarrow \theta - \eta\, \beta_0^{1-\delta} m / (1 - \textstyle\prod_\tau \beta_{1,\tau})

    At :math:`\delta = 1` it is `Adai`, or `AdaiW` if decoupled. See `Adai` for all else.

    Args:
        params: Parameters, named parameters or groups.
        lr: Learning rate :math:`\eta`; no default.
        betas: :math:`\beta_0` and :math:`\beta_2`.
        eps: Smallest :math:`1-\beta_1`.
        weight_decay: :math:`\lambda`.
        dampening: :math:`\delta`, from 0 to 1.
        decoupled: Shrink the parameters by :math:`1-\eta\lambda`; otherwise L2 regularisation.
        maximize: Climb.
        compiled: Step by one kernel from `torch.compile`.

    Example:
        One coordinate is its own mean, so :math:`1-\beta_1` is 0.1: the first step is
        :math:`\eta\,\beta_0^{1-\delta}\beta_0^{\delta}/\beta_0` times the gradient, at every dampening.

        >>> theta = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        >>> optimizer = AdaiV2([theta], lr=0.5, dampening=0.5)
        >>> theta.sum().backward()
        >>> optimizer.step()
        >>> round(theta.item(), 12)
        -0.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = required,  # type: ignore[assignment]
        betas: tuple[float, float] = (0.1, 0.99),
        eps: float = 1e-3,
        weight_decay: float = 0.0,
        dampening: float = 1.0,
        decoupled: bool = True,
        *,
        maximize: bool = False,
        compiled: bool = False,
    ) -> None:
        self._begin(params, compiled, lr, betas, eps, weight_decay, decoupled, maximize, dampening=dampening)


def _usable(grad: Tensor, p: Tensor) -> Tensor:
    """The gradient of `p`, refused where Adai is not defined."""
    if grad.layout is not torch.strided:
        raise TypeError(f"gradients must be dense, got {grad.layout}: Adai needs every coordinate's square")
    return alike(grad, p)


def _check(group: dict[str, Any]) -> None:
    """Refuse hyperparameters outside their ranges."""
    lr, betas = group["lr"], group["betas"]
    if lr is not required:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, got {lr.numel()} elements")
        _within("lr", lr, 0 <= lr, ">= 0")
    if len(betas) != 2:
        raise ValueError(f"betas must be two numbers, got {betas!r}")
    _within("betas[0]", betas[0], betas[0] >= 0, ">= 0")
    _within("betas[1]", betas[1], 0 <= betas[1] < 1, "in [0, 1)")
    _within("eps", group["eps"], 0 <= group["eps"] < 1, "in [0, 1)")
    _within("weight_decay", group["weight_decay"], group["weight_decay"] >= 0, ">= 0")
    _within("dampening", group.get("dampening", 1), 0 <= group.get("dampening", 1) <= 1, "in [0, 1]")


def _within(name: str, value: Any, holds: Any, condition: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {condition}, got {value}")
