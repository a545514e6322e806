"""Any update rule as a `torch.optim.Optimizer`: the same function that steps `simulate` trains a model."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from d2l_ext.params import flatten, nest, resolve
from d2l_ext.rules import RULES, as_rule

# What a group may hold besides hyperparameters: torch and its schedulers put these there.
_NOT_HYPER = ("params", "param_names", "initial_lr", "differentiable")


class RuleOptimizer(Optimizer):
    r"""Train with any `Rule`: all parameters are one vector, and the rule steps it once.

    So a rule that looks across coordinates, as a mean over all of them does, sees the whole model.
    Each step is computed in float64; parameters and slots keep the dtype of their parameter.
    Meant for teaching and small models: every step copies the model into a vector and back.

    A parameter without a gradient is left out of the vector, and its step is not counted.

    Args:
        params: Parameters, named parameters or groups, as for every optimizer of PyTorch.
        rule: A `Rule`, or the name of one of the book's.
        **hyper: Hyperparameters of the rule, under their own names. A group may have its own.

    Raises:
        TypeError: For an unknown rule or hyperparameter, or a value that is no number.
        ValueError: For a value outside its valid range.

    Example:
        Two groups on ``f(x, y) = x + y``: each moves by its own learning rate.

        >>> x, y = (torch.zeros(1, requires_grad=True) for _ in range(2))
        >>> optimizer = RuleOptimizer([{"params": x}, {"params": y, "lr": 0.5}], "gd", lr=0.25)
        >>> (x + y).backward()
        >>> optimizer.step()
        >>> x.item(), y.item()
        (-0.25, -0.5)
    """

    def __init__(self, params: Iterable[Any], rule: Any, **hyper: Any) -> None:
        self.rule = as_rule(rule)
        super().__init__(params, self._checked(hyper))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; hyperparameters it does not name are the optimizer's.

        Raises:
            TypeError: If the group is no dictionary, or has an entry the rule does not know.
            ValueError: For a value outside its valid range.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, got {param_group!r}")
        torchs = {name: value for name, value in param_group.items() if name in _NOT_HYPER}
        hyper = {name: value for name, value in param_group.items() if name not in _NOT_HYPER}
        super().add_param_group({**torchs, **self._checked({**self._hyper(self.defaults), **hyper})})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Step once; a step that fails leaves parameters and state as they were.

        Args:
            closure: Evaluates the model again and returns the loss.

        Returns:
            What `closure` returned, or None.

        Raises:
            TypeError: If a gradient is sparse or complex.
            ValueError: If a group's hyperparameter has left its valid range.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        params, hypers = [], []
        for group in self.param_groups:
            values = flatten(self._checked(self._hyper(group)))
            moving = [p for p in group["params"] if p.grad is not None and p.numel()]
            params += moving
            hypers += [values] * len(moving)
        if params:
            self._move(params, hypers)
        return loss

    def _move(self, params: list[Tensor], hypers: list[dict[str, float]]) -> None:
        """Step `params` as one vector, each with its own entry of `hypers`."""
        sizes = [p.numel() for p in params]
        grad, theta = _join([_usable(p.grad) for p in params]), _join(params)  # both (sum(sizes),)
        before = [self.state.get(p) or self.rule.initial_state(torch.zeros_like(p)) for p in params]

        def spread(values: list[float]) -> Any:
            """One number if all agree, else one per coordinate."""
            if values.count(values[0]) == len(values):
                return values[0]
            repeats = torch.tensor(sizes, device=theta.device)
            return theta.new_tensor(values).repeat_interleave(repeats)

        hyper = {name: spread([each[name] for each in hypers]) for name in hypers[0]}
        columns = {name: [each[name] for each in before] for name in self.rule.slots}
        state = {name: spread(c) if name == "t" else _join(c) for name, c in columns.items()}
        end, state = self.rule(theta, grad, state, **nest(hyper))

        # All that can fail comes before the first parameter is touched.
        ends = end.split(sizes)
        slots = {name: _vector(state[name], theta).split(sizes) for name in self.rule.slots}
        for i, p in enumerate(params):
            p.copy_(ends[i].reshape(p.shape))
            self.state[p] = {name: _remembered(name, pieces[i], p) for name, pieces in slots.items()}

    def _checked(self, hyper: dict[str, Any]) -> dict[str, Any]:
        return nest(resolve(self.rule.name, self.rule.hyper, hyper))

    def _hyper(self, group: dict[str, Any]) -> dict[str, Any]:
        """The rule's own among the entries of a group."""
        return {name: group[name] for name in nest(self.rule.hyper)}

    def __getstate__(self) -> dict[str, Any]:
        # The book's rules go by name: pickle finds the Rule, not its function, under the function's name.
        rule = self.rule.name if RULES.get(self.rule.name) is self.rule else self.rule
        return {**super().__getstate__(), "rule": rule}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # `load_state_dict` comes by here too, without a rule.
        super().__setstate__({**state, "rule": as_rule(state.get("rule", getattr(self, "rule", None)))})


def _usable(grad: Tensor | None) -> Tensor:
    assert grad is not None
    if grad.layout is not torch.strided or grad.is_complex():
        raise TypeError(f"gradients must be dense and real, got {grad.layout} of {grad.dtype}")
    return grad


def _join(tensors: list[Tensor]) -> Tensor:
    """One float64 vector, a copy: a rule that writes into it changes nobody's tensor."""
    return torch.cat([each.detach().reshape(-1).double() for each in tensors])


def _vector(value: Any, theta: Tensor) -> Tensor:
    """A slot as the rule left it, one number per coordinate."""
    return torch.as_tensor(value, dtype=theta.dtype, device=theta.device).broadcast_to(theta.shape)


def _remembered(name: str, piece: Tensor, p: Tensor) -> Any:
    """A parameter's part of a slot: shaped like it and of its dtype; the count of steps a number."""
    return int(piece[0]) if name == "t" else piece.reshape(p.shape).to(p.dtype, copy=True)
