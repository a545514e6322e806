"""Optimizers for PyTorch models: real `torch.optim.Optimizer` objects, made from the book's rules."""

from d2l_ext.optim.rule_optimizer import RuleOptimizer

__all__ = ["RuleOptimizer"]
