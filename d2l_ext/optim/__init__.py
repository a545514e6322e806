"""Optimizers for PyTorch models: real `torch.optim.Optimizer` objects, made from the book's rules."""

from d2l_ext.optim.rule_optimizer import RuleOptimizer
from d2l_ext.optim.stacked_rule import StackedRule

__all__ = ["RuleOptimizer", "StackedRule"]
