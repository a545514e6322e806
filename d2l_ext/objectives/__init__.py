"""What is minimised: each objective once, as a plain expression in its coordinates.

Coordinates are positional, parameters keyword-only with their ranges. The same function runs
on floats, arrays, tensors and symbols, so a contour plot, a PyTorch run and a live page all
come from it. An online or stochastic objective also takes ``t`` (the step, counted from 1) or
``noise`` (standard normal numbers, one per coordinate) as a keyword without a default; its
gradient is then the derivative at that step and that noise.
"""

from d2l_ext.objectives.core import OBJECTIVES, Objective, as_objective, as_start, objective
from d2l_ext.objectives.line import (
    double_well,
    glued_parabolas,
    log_cosh,
    parabola,
    piecewise_quadratic,
    quartic,
    rare_gradient,
)
from d2l_ext.objectives.many import matrix_factorization, quadratic
from d2l_ext.objectives.plane import (
    himmelblau,
    hyperbola,
    noise_alone,
    noisy_saddle,
    noisy_valley,
    ravine,
    rosenbrock,
    saddle,
    scalar_factorization,
    styblinski_tang,
)
from d2l_ext.objectives.rippled import Rippled, multiscale, multiscale_well, rippled
from d2l_ext.objectives.voices import voices
from d2l_ext.objectives.wells import glued_wells

__all__ = [
    "OBJECTIVES",
    "Objective",
    "Rippled",
    "as_objective",
    "as_start",
    "double_well",
    "glued_parabolas",
    "glued_wells",
    "himmelblau",
    "hyperbola",
    "log_cosh",
    "matrix_factorization",
    "multiscale",
    "multiscale_well",
    "noise_alone",
    "noisy_saddle",
    "noisy_valley",
    "objective",
    "parabola",
    "piecewise_quadratic",
    "quadratic",
    "quartic",
    "rare_gradient",
    "ravine",
    "rippled",
    "rosenbrock",
    "saddle",
    "scalar_factorization",
    "styblinski_tang",
    "voices",
]
