"""From one Python definition: derivatives, and code in Python or JavaScript.

`function` compiles a pure scalar function, `derivative` its derivative, `step` a rule on an objective,
`modified_fields` what gradient descent follows there; `portable` makes any of them give the same bits in both
languages. `expression` and `definition` print a reader's own function and rule so that they can be copied.
All of them run the definition on SymPy symbols; nothing parses source code.
"""

from d2l_ext.symbolic.fields import modified_fields, modified_flows, runge_kutta
from d2l_ext.symbolic.portable import COSINE, SINE, portable
from d2l_ext.symbolic.program import Function, Step, derivative, function, step
from d2l_ext.symbolic.source import definition, expression
from d2l_ext.symbolic.tracing import TraceError

__all__ = [
    "COSINE",
    "SINE",
    "Function",
    "Step",
    "TraceError",
    "definition",
    "derivative",
    "expression",
    "function",
    "modified_fields",
    "modified_flows",
    "portable",
    "runge_kutta",
    "step",
]
