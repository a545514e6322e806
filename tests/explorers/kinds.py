"""One explorer of each kind: all of them keep the same contract (test_contract.py)."""

from __future__ import annotations

import math
from functools import cache

import torch

from d2l_ext import (
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
    grid,
    grids,
    network,
    objectives,
    ops,
    param,
    rule,
    rules,
    train_full_batch,
)


def ravine(**options):
    return TraceExplorer(objectives.ravine, [rules.gd, rules.momentum], lr=0.3, momentum=0.5, **options)


@rule(v=0.0)
def forgetful(theta, grad, state, *, lr=0.1, keep=param(0.8, (0, 1), symbol="k")):
    v = ops.where(state["v"] * grad > 0, keep * state["v"], 0 * grad) + grad
    return theta - lr * ops.clip(v, -3, 3), {"v": v}


def readers():
    """A function and a rule that the package has never seen."""
    return TraceExplorer(
        lambda x, y, *, bend=0.5: ops.log(1 + x**2) + (y - bend * ops.sin(2 * x)) ** 2,
        [rules.adam, forgetful],
        key="own",
        lr=0.1,
        ranges={"lr": (0.001, 0.3)},  # beyond, its runs are chaotic and magnify rounding errors
    )


def noisy():
    def dim_valley(x, y, *, noise, sd=0.5):
        return 0.1 * x**2 + ops.log_cosh(y) + sd * (noise[0] * x + noise[1] * y)

    return TraceExplorer(dim_valley, [rules.gd, rules.momentum], lr=0.02, seed=3, steps=100)


def adam():
    return AdamExplorer(kappa=100, angle=20)


def angled():
    """A function that the package has never seen, turned; its parameter has the name of a setting."""

    def bent(p, q, *, momentum=0.3):
        return 0.05 * p**2 + ops.log_cosh(2 * q) + momentum * p * q / 10

    return AdamExplorer(bent, key="own-valley", angle=30, lr=0.2, adam_lr=0.03, ranges={"lr": (0.001, 0.4)})


def regimes():
    return RegimeExplorer(z=0.9, momentum=0.25, kappa=20)


def descent():
    return DescentExplorer(objectives.log_cosh, z=3, L=1, steps=60, bound=True)


def rippled():
    """A function of a reader's own, with a parameter that changes its L and its band of fine ripples."""

    def rippled(x, *, ripple=0.2):
        return ops.log(1 + x**2) + 0.01 * ops.sin(x / (0.01 + ripple**2))

    return DescentExplorer(rippled, key="own-curve", z=1.2, start=1.5)


def chaos():
    return ChaosExplorer(lr=0.1, epsilon=0.001)


def wells():
    """A reader's macro part and ripples, chaotic: made of what has the same bits everywhere."""
    macro = lambda x, *, tilt=0.05: 0.25 * (x**2 - 1) ** 2 + tilt * x  # noqa: E731
    ripple = lambda u: ops.sin(u) + ops.cos(3 * u) ** 2 / 3  # noqa: E731
    return ChaosExplorer(
        objectives.rippled(macro, ripple), key="own-wells", lr=0.2, epsilon=0.002, steps=2000
    )


def balancing():
    return BalancingExplorer(z=2.5, steps=80)


def bent_flow():
    """A function that the package has never seen: its flows are computed step by step."""
    return FlowExplorer(lambda x, *, bend=0.5: x**2 / 2 + bend * ops.log_cosh(2 * x), key="bent", lr=0.2)


def train_waves(lr, momentum=0.0, steps=300):
    X = torch.linspace(-2, 2, 24, dtype=torch.float64)[:, None]
    model = network([1, 12, 12, 1], gain=1.5, seed=1, dtype=X.dtype)

    def loss(model):
        return (model(X) - torch.sin(3 * X)).square().mean() / 2

    sgd = lambda p: torch.optim.SGD(p, lr=lr, momentum=momentum)  # noqa: E731
    return train_full_batch(model, loss, sgd, steps=steps, every=15)


@cache
def waves():
    return [train_waves(0.1), train_waves(0.3), train_waves(0.2, 0.8), train_waves(30.0)]


def sharpness():
    return SharpnessExplorer(waves(), train=train_waves, run=1)


def decay():
    return DecayExplorer(steps=400)


def own_decay():
    """A rule that the package has never seen: nobody knows its mean."""
    return DecayExplorer(["adam", rules.gd, forgetful], key="own-decay", steps=150, lr=0.01)


def weigh(method, lr, weight_decay, seeds=3):
    """A made-up training: two bowls in the logarithms, one upright and one that leans."""
    lean = 1.0 if method == "independent_adam" else 0.0
    at = math.log10(lr), math.log10(weight_decay) - lean * (math.log10(lr) + 2)
    error = [10 + 3 * (at[0] + 2) ** 2 + 5 * (at[1] + 1) ** 2 + 0.2 * seed for seed in range(seeds)]
    return {"test error, %": error, "gain": at[0] - at[1]}


@cache
def weighed():
    plan = grids.cells(
        method=["adamw", "independent_adam"],
        lr=[0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2],
        weight_decay=[0.001, 0.01, 0.1, 1],
    )
    return grid(weigh, plan, jobs=1, bar=False)


def map_of_results():
    return GridExplorer(weighed(), by="method", key="map", column=1)


def own_map():
    """Another reader's results: two settings of their own, one run a place."""
    plan = grids.cells(width=range(8, 88, 8), depth=[1, 2, 3])
    results = grid(lambda width, depth: {"loss": depth - width / (20 + depth**2)}, plan, jobs=1, bar=False)
    return GridExplorer(results, across="width", up="depth", key="own-map", column=1)


def near_map():
    """A map with a dot in each cell near the best, its methods under names of their own."""
    labels = {"adamw": "upright", "independent_adam": "leaning"}
    return GridExplorer(weighed(), by="method", labels=labels, within=1, key="near-map", column=4)


KINDS = {
    "ravine": ravine,
    "adam": adam,
    "angled": angled,
    "readers": readers,
    "noisy": noisy,
    "descent": descent,
    "rippled": rippled,
    "leaky": LeakyExplorer,
    "spectrum": SpectrumExplorer,
    "regimes": regimes,
    "chaos": chaos,
    "wells": wells,
    "rates": RateExplorer,
    "online": OnlineExplorer,
    "orbit": OrbitExplorer,
    "balancing": balancing,
    "flow": FlowExplorer,
    "bent flow": bent_flow,
    "sharpness": sharpness,
    "map": map_of_results,
    "own map": own_map,
    "near map": near_map,
    "decay": decay,
    "own decay": own_decay,
    "sharp and flat": WellsExplorer,
    "inertia": InertiaExplorer,
    "saddle": SaddleExplorer,
}
