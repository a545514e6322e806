"""From one Python definition: derivatives, and code in Python or JavaScript.

`function` compiles a pure scalar function, `step` a rule on an objective; `expression` and
`definition` print a reader's own function and rule so that they can be copied. All of them run
the definition on SymPy symbols; nothing parses source code.
"""

from d2l_ext.symbolic.program import Function, Step, function, step
from d2l_ext.symbolic.source import definition, expression
from d2l_ext.symbolic.tracing import TraceError

__all__ = ["Function", "Step", "TraceError", "definition", "expression", "function", "step"]
