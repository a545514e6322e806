"""Optimizers in motion: objectives, update rules, runs, and live explorers of them.

Every objective (`objectives`) and every update rule (`rules`) is written once, as plain
Python. `simulate` runs the pair in PyTorch; `symbolic` differentiates it and prints it as
Python or JavaScript; `TraceExplorer` shows it live, in Jupyter and on a static page.

Names load on first use, so ``import d2l_ext`` costs nothing by itself.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from d2l_ext import (
        check,
        curvature,
        d2l,
        data,
        grids,
        noise,
        objectives,
        ops,
        optim,
        plots,
        rules,
        style,
        symbolic,
        theory,
    )
    from d2l_ext.claims import claim
    from d2l_ext.explorers import (
        AdamExplorer,
        BalancingExplorer,
        ChaosExplorer,
        DecayExplorer,
        DescentExplorer,
        FlowExplorer,
        GridExplorer,
        InertiaExplorer,
        LeakyExplorer,
        OnlineExplorer,
        OrbitExplorer,
        RateExplorer,
        RegimeExplorer,
        SaddleExplorer,
        SharpnessExplorer,
        SpectrumExplorer,
        TraceExplorer,
        WellsExplorer,
    )
    from d2l_ext.flows import flow
    from d2l_ext.grids import grid
    from d2l_ext.lipschitz import smoothness
    from d2l_ext.minibatch import half_cosine, train_networks
    from d2l_ext.objectives import objective
    from d2l_ext.params import param
    from d2l_ext.rules import rule
    from d2l_ext.simulation import Trajectory, simulate
    from d2l_ext.sweeps import Sweep, sweep
    from d2l_ext.training import FullBatch, Training, network, train, train_full_batch

__version__ = "0.1.0"

_MODULES = (
    "check",
    "curvature",
    "d2l",
    "data",
    "grids",
    "noise",
    "objectives",
    "ops",
    "optim",
    "plots",
    "rules",
    "style",
    "symbolic",
    "theory",
)
_NAMES = {
    "AdamExplorer": "explorers",
    "BalancingExplorer": "explorers",
    "ChaosExplorer": "explorers",
    "DecayExplorer": "explorers",
    "DescentExplorer": "explorers",
    "FlowExplorer": "explorers",
    "GridExplorer": "explorers",
    "InertiaExplorer": "explorers",
    "LeakyExplorer": "explorers",
    "OnlineExplorer": "explorers",
    "OrbitExplorer": "explorers",
    "RateExplorer": "explorers",
    "RegimeExplorer": "explorers",
    "SaddleExplorer": "explorers",
    "SharpnessExplorer": "explorers",
    "SpectrumExplorer": "explorers",
    "TraceExplorer": "explorers",
    "WellsExplorer": "explorers",
    "Trajectory": "simulation",
    "claim": "claims",
    "flow": "flows",
    "grid": "grids",
    "half_cosine": "minibatch",
    "objective": "objectives",
    "param": "params",
    "rule": "rules",
    "simulate": "simulation",
    "smoothness": "lipschitz",
    "Sweep": "sweeps",
    "sweep": "sweeps",
    "FullBatch": "training",
    "Training": "training",
    "network": "training",
    "train": "training",
    "train_full_batch": "training",
    "train_networks": "minibatch",
}

__all__ = [
    "AdamExplorer",
    "BalancingExplorer",
    "ChaosExplorer",
    "DecayExplorer",
    "DescentExplorer",
    "FlowExplorer",
    "FullBatch",
    "GridExplorer",
    "InertiaExplorer",
    "LeakyExplorer",
    "OnlineExplorer",
    "OrbitExplorer",
    "RateExplorer",
    "RegimeExplorer",
    "SaddleExplorer",
    "SharpnessExplorer",
    "SpectrumExplorer",
    "Sweep",
    "TraceExplorer",
    "Training",
    "Trajectory",
    "WellsExplorer",
    "check",
    "claim",
    "curvature",
    "d2l",
    "data",
    "flow",
    "grid",
    "grids",
    "half_cosine",
    "network",
    "noise",
    "objective",
    "objectives",
    "ops",
    "optim",
    "param",
    "plots",
    "rule",
    "rules",
    "simulate",
    "smoothness",
    "style",
    "sweep",
    "symbolic",
    "theory",
    "train",
    "train_full_batch",
    "train_networks",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _NAMES:
        value = getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
