"""The five largest eigenvalues of a network's Hessian: Lanczos against power iteration with deflation.

A tanh network on the digits, as it is drawn and after training. Both multiply by the same kept graph. Power
iteration is the usual program: each value until it hardly changes, found ones projected out. Stopped at a
change of 1e-3, as is usual, it is off by several thousandths; 1e-4 makes it as exact as is promised here.
True errors are measured against Lanczos' method at a tolerance of 1e-6.
"""

from __future__ import annotations

from copy import deepcopy
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.table import Row, ratio
from d2l_ext import data, network
from d2l_ext.curvature import Hessian, top_eigenvalues

ROUNDS = 7
K = 5
TOLERANCE = 1e-3
TRAINED = 300
STOPS = {"usual": 1e-3, "exact": 1e-4}


def power_iteration(hessian: Hessian, k: int, stop: float, seed: int) -> tuple[np.ndarray, int]:
    """Values, and products it took."""
    draw = torch.Generator().manual_seed(seed)
    like = hessian.gradient
    found: list[Tensor] = []
    values: list[float] = []
    products = 0
    for _ in range(k):
        vector = torch.randn(like.shape, generator=draw, dtype=like.dtype)
        value = float("inf")
        while True:
            for other in found:
                vector = vector - (other @ vector) * other
            vector = vector / vector.norm()
            image = hessian @ vector
            products += 1
            before, value = value, float(vector @ image)
            if abs(value - before) <= stop * abs(value):
                break
            vector = image
        found.append(vector)
        values.append(value)
    return np.array(values), products


def problems() -> dict[str, Hessian]:
    """Hessians of the cross-entropy at the start and after gradient descent on all images."""
    (X, y), _ = data.digits()
    model = network([64, 128, 128, 10])
    descent = torch.optim.SGD(model.parameters(), lr=0.5)

    def of(model: nn.Module) -> Hessian:
        return Hessian(nn.functional.cross_entropy(model(X), y), model.parameters())

    made = {"as drawn": of(deepcopy(model))}  # a copy: training changes what the kept graph needs
    for _ in range(TRAINED):
        descent.zero_grad()
        nn.functional.cross_entropy(model(X), y).backward()
        descent.step()
    return made | {f"after {TRAINED} steps": of(model)}


def compared(name: str, hessian: Hessian) -> list[Row]:
    truth = top_eigenvalues(hessian, K, tolerance=1e-6).values
    seconds: dict[str, list[float]] = {who: [] for who in ("lanczos", *STOPS)}
    products: dict[str, list[int]] = {who: [] for who in seconds}
    errors: dict[str, list[float]] = {who: [] for who in seconds}
    for number in range(ROUNDS + 1):
        for who in list(seconds)[:: 1 if number % 2 else -1]:
            begun = perf_counter()
            if who == "lanczos":
                values, _, count = top_eigenvalues(hessian, K, tolerance=TOLERANCE, seed=number)
            else:
                values, count = power_iteration(hessian, K, STOPS[who], number)
            spent = perf_counter() - begun
            if number:  # the first round warms up
                seconds[who].append(spent)
                products[who].append(count)
                errors[who].append(float(np.abs(values / truth - 1).max()))
    what = f"top {K} eigenvalues, {len(hessian)} parameters, {name}"
    found = []
    peer = f"{what}: {{}} of deflated power iteration stopped at {{:g}} (off by {{:.1g}})"
    judged: tuple = (
        ("exact", "time", seconds),
        ("exact", "products", products),
        ("usual", "products", products),
    )
    for who, unit, spent in judged:
        gains = [slow / fast for slow, fast in zip(spent[who], spent["lanczos"], strict=True)]
        words = peer.format(unit, STOPS[who], median(errors[who]))
        found.append(ratio(words, gains, 4 if who == "exact" else 3, least=True))
    most = max(errors["lanczos"])
    return [*found, Row(f"{what}: true relative error", f"largest {most:.1g}", most, TOLERANCE)]


def rows() -> list[Row]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [row for name, hessian in problems().items() for row in compared(name, hessian)]
    finally:
        torch.set_num_threads(threads)
