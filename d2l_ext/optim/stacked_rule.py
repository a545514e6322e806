"""Any update rule for a stack of networks: each is stepped as if it were alone."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.func import vmap
from torch.optim import Optimizer

from d2l_ext.params import nest, resolve
from d2l_ext.rules import Rule


class StackedRule(Optimizer):
    r"""Train several networks at once with a `Rule`, each by itself.

    The first axis of every parameter counts the networks, as in `train_networks`. What belongs to one network
    is one vector to the rule: Adai, which looks across coordinates, looks across one network.

    Args:
        params: Stacked parameters, one group; all have the same first axis.
        rule: A `Rule`.
        **hyper: Hyperparameters of the rule, under their own names.

    Raises:
        TypeError: If `rule` is none, or for an unknown hyperparameter.
        ValueError: For a value outside its valid range, several groups, or stacks of different heights.

    Example:
        Two networks of two weights. Adai's mean is over two numbers here, not over four.

        >>> from d2l_ext import rules
        >>> stack = torch.ones(2, 2, dtype=torch.float64, requires_grad=True)
        >>> optimizer = StackedRule([stack], rules.adai, lr=0.5)
        >>> for _ in range(2):
        ...     optimizer.zero_grad()
        ...     (stack * torch.tensor([[1.0, 1.0], [100.0, 100.0]])).sum().backward()
        ...     optimizer.step()
        >>> stack.detach().round(decimals=9).tolist()
        [[0.0, 0.0], [-99.0, -99.0]]
    """

    def __init__(self, params: Iterable[Any], rule: Rule, **hyper: Any) -> None:
        if not isinstance(rule, Rule):
            raise TypeError(f"rule must be decorated with @rule(...), got {rule!r}")
        self.rule = rule
        super().__init__(params, nest(resolve(rule.name, rule.hyper, hyper)))
        stacks = [p for group in self.param_groups for p in group["params"]]
        if len(self.param_groups) > 1:
            raise ValueError(f"params must be one group, got {len(self.param_groups)}")
        heights = {p.shape[0] if p.ndim else None for p in stacks}
        if len(heights) > 1 or None in heights:
            raise ValueError(f"params must have the same first axis, got {[tuple(p.shape) for p in stacks]}")

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Step every network once.

        Args:
            closure: Evaluates the networks again and returns the loss.

        Returns:
            What `closure` returned, or None.

        Raises:
            ValueError: If a parameter has no gradient.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        stacks = self.param_groups[0]["params"]
        missing = sum(p.grad is None for p in stacks)
        if missing:
            raise ValueError(f"params must all have a gradient, {missing} of {len(stacks)} have none")
        hyper = {name: self.param_groups[0][name] for name in nest(self.rule.hyper)}
        slots = [name for name in self.rule.slots if name != "t"]
        before = [self.state.get(p) or self.rule.initial_state(torch.zeros_like(p)) for p in stacks]
        t = before[0].get("t")

        def one(theta: Tensor, grad: Tensor, held: dict[str, Tensor]) -> Any:
            end, state = self.rule(theta, grad, held if t is None else {**held, "t": t}, **hyper)
            return end, {name: state[name] for name in slots}

        held = {name: _rows([each[name] for each in before]) for name in slots}
        ends, after = vmap(one)(_rows(stacks), _rows([p.grad for p in stacks]), held)
        sizes = [p[0].numel() for p in stacks]
        pieces = {name: vectors.split(sizes, 1) for name, vectors in after.items()}
        for i, (p, end) in enumerate(zip(stacks, ends.split(sizes, 1), strict=True)):
            p.copy_(end.view_as(p))
            kept = {name: piece[i].view_as(p) for name, piece in pieces.items()}
            self.state[p] = kept if t is None else {**kept, "t": t + 1}
        return loss


def _rows(stacks: list[Any]) -> Tensor:
    """One vector a network, shape ``(networks, coordinates of one)``."""
    return torch.cat([each.flatten(1) if each.ndim > 1 else each[:, None] for each in stacks], 1)
