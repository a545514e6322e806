"""Answers to the book's exercises, checked in the reader's own session: a module a page.

A right answer is confirmed; a wrong one raises `NotYet`, whose message says what was found and where to look
again, without giving the answer away.
"""

from d2l_ext.check.adai import adai_clamped, adai_first_step, adai_groups, adai_share
from d2l_ext.check.adam import (
    adam_batch,
    adam_beta2,
    adam_invariant,
    adam_longest,
    adam_second_step,
)
from d2l_ext.check.adamw import (
    adamw_left,
    adamw_rescaled,
    adamw_sheared,
    adamw_translated,
)
from d2l_ext.check.airfoil import (
    airfoil_floor_factor,
    airfoil_minimizer,
    airfoil_momentum,
    airfoil_partner_lr,
    airfoil_seeds,
)
from d2l_ext.check.amsgrad import (
    amsgrad_border,
    amsgrad_drift,
    amsgrad_growth,
    amsgrad_steps,
)
from d2l_ext.check.answers import NotYet
from d2l_ext.check.balancing import (
    balancing_factor,
    balancing_flow,
    balancing_matrix,
    balancing_rate,
    balancing_room,
)
from d2l_ext.check.descent import (
    descent_cycle,
    descent_fourth_power,
    descent_largest_lr,
    descent_steps,
)
from d2l_ext.check.diffusion import (
    diffusion_batch,
    diffusion_drift,
    diffusion_lag,
    diffusion_time,
)
from d2l_ext.check.edge_of_stability import (
    edge_of_stability_momentum,
    edge_of_stability_plateau,
    edge_of_stability_preconditioned,
    edge_of_stability_valley,
)
from d2l_ext.check.experiments import (
    experiments_cost,
    experiments_limit,
    experiments_seeds,
    experiments_spread,
)
from d2l_ext.check.leaky_average import (
    leaky_average_corrected,
    leaky_average_dampening,
    leaky_average_lr,
    leaky_average_noise,
)
from d2l_ext.check.minima import (
    minima_batch,
    minima_choice,
    minima_heavy_ball,
    minima_scale,
)
from d2l_ext.check.modified_equation import (
    modified_equation_loss,
    modified_equation_order,
    modified_equation_third,
    modified_equation_velocity,
)
from d2l_ext.check.multiscale import (
    multiscale_kurtosis,
    multiscale_temperature,
    multiscale_trap,
    multiscale_waiting,
)
from d2l_ext.check.optimal import (
    optimal_cautious,
    optimal_cycle,
    optimal_momentum,
    optimal_rise,
    optimal_tenfold,
)
from d2l_ext.check.orbits import (
    orbits_cycles,
    orbits_fastest,
    orbits_merge,
    orbits_stays,
    orbits_target,
)
from d2l_ext.check.quadratics import (
    quadratics_alternates,
    quadratics_best_momentum,
    quadratics_first_peak,
    quadratics_largest_lr,
    quadratics_steps_per_digit,
)
from d2l_ext.check.ravine import ravine_best_lr, ravine_smallest_momentum
from d2l_ext.check.weight_decay import (
    weight_decay_half_life,
    weight_decay_heavy_ball,
    weight_decay_spring,
    weight_decay_translate,
)

__all__ = [
    "NotYet",
    "adai_clamped",
    "adai_first_step",
    "adai_groups",
    "adai_share",
    "adam_batch",
    "adam_beta2",
    "adam_invariant",
    "adam_longest",
    "adam_second_step",
    "adamw_left",
    "adamw_rescaled",
    "adamw_sheared",
    "adamw_translated",
    "airfoil_floor_factor",
    "airfoil_minimizer",
    "airfoil_momentum",
    "airfoil_partner_lr",
    "airfoil_seeds",
    "amsgrad_border",
    "amsgrad_drift",
    "amsgrad_growth",
    "amsgrad_steps",
    "balancing_factor",
    "balancing_flow",
    "balancing_matrix",
    "balancing_rate",
    "balancing_room",
    "descent_cycle",
    "descent_fourth_power",
    "descent_largest_lr",
    "descent_steps",
    "diffusion_batch",
    "diffusion_drift",
    "diffusion_lag",
    "diffusion_time",
    "edge_of_stability_momentum",
    "edge_of_stability_plateau",
    "edge_of_stability_preconditioned",
    "edge_of_stability_valley",
    "experiments_cost",
    "experiments_limit",
    "experiments_seeds",
    "experiments_spread",
    "leaky_average_corrected",
    "leaky_average_dampening",
    "leaky_average_lr",
    "leaky_average_noise",
    "minima_batch",
    "minima_choice",
    "minima_heavy_ball",
    "minima_scale",
    "modified_equation_loss",
    "modified_equation_order",
    "modified_equation_third",
    "modified_equation_velocity",
    "multiscale_kurtosis",
    "multiscale_temperature",
    "multiscale_trap",
    "multiscale_waiting",
    "optimal_cautious",
    "optimal_cycle",
    "optimal_momentum",
    "optimal_rise",
    "optimal_tenfold",
    "orbits_cycles",
    "orbits_fastest",
    "orbits_merge",
    "orbits_stays",
    "orbits_target",
    "quadratics_alternates",
    "quadratics_best_momentum",
    "quadratics_first_peak",
    "quadratics_largest_lr",
    "quadratics_steps_per_digit",
    "ravine_best_lr",
    "ravine_smallest_momentum",
    "weight_decay_half_life",
    "weight_decay_heavy_ball",
    "weight_decay_spring",
    "weight_decay_translate",
]
