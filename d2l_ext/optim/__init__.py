"""Optimizers for PyTorch models: real `torch.optim.Optimizer` objects.

`Adai`, `AdaiW` and `AdaiV2` are written for speed and for large models. `RuleOptimizer` runs any rule of the
book, for teaching and small models; `StackedRule` runs it on many networks side by side.
"""

from d2l_ext.optim.adai import Adai, AdaiV2, AdaiW
from d2l_ext.optim.rule_optimizer import RuleOptimizer
from d2l_ext.optim.stacked_rule import StackedRule

__all__ = ["Adai", "AdaiV2", "AdaiW", "RuleOptimizer", "StackedRule"]
