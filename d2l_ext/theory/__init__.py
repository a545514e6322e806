"""Closed forms: what an optimizer does, before anyone runs it.

Every function takes numbers or arrays, which broadcast; unless it says otherwise it also takes symbols, so
that `symbolic.function` can compile it for a live page.
"""

from d2l_ext.theory.average import (
    effective_lr,
    leaky_age,
    leaky_best,
    leaky_filter,
    leaky_gain,
    leaky_half_life,
    leaky_samples,
    leaky_share,
    leaky_step,
    leaky_sum,
    leaky_variance,
    leaky_weight,
)
from d2l_ext.theory.nesterov import nesterov_limit, nesterov_matrix, nesterov_radius
from d2l_ext.theory.quadratic import (
    REGIMES,
    best_momentum,
    converges,
    critical,
    level_corners,
    momentum_eigenvalues,
    momentum_matrix,
    regime,
    regime_number,
    spectral_radius,
    stability_limit,
)
from d2l_ext.theory.rates import (
    Optimum,
    gd_rate,
    heavy_ball_rate,
    iterations_to,
    matching_kappa,
    nesterov_rate,
    optimal_gd,
    optimal_heavy_ball,
    optimal_nesterov,
    steps_until,
    tuned_nesterov_rate,
)
from d2l_ext.theory.stationary import stationary_variance

__all__ = [
    "REGIMES",
    "Optimum",
    "best_momentum",
    "converges",
    "critical",
    "effective_lr",
    "gd_rate",
    "heavy_ball_rate",
    "iterations_to",
    "leaky_age",
    "leaky_best",
    "leaky_filter",
    "leaky_gain",
    "leaky_half_life",
    "leaky_samples",
    "leaky_share",
    "leaky_step",
    "leaky_sum",
    "leaky_variance",
    "leaky_weight",
    "level_corners",
    "matching_kappa",
    "momentum_eigenvalues",
    "momentum_matrix",
    "nesterov_limit",
    "nesterov_matrix",
    "nesterov_radius",
    "nesterov_rate",
    "optimal_gd",
    "optimal_heavy_ball",
    "optimal_nesterov",
    "regime",
    "regime_number",
    "spectral_radius",
    "stability_limit",
    "stationary_variance",
    "steps_until",
    "tuned_nesterov_rate",
]
