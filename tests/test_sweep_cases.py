"""Both backends of `sweep` against PyTorch, every listed case; apart, because numba compiles each pair."""

import numpy as np
from cases import CASES, STEPS, TOLERANCE

from d2l_ext import simulate, sweep

BACKENDS = ["numba", "numpy"]


def test_every_listed_case_is_the_run_of_pytorch():
    worst = dict.fromkeys(BACKENDS, 0.0)
    for case in CASES:
        run = simulate(case.objective, case.rule, steps=STEPS, **case.hyper)
        for backend in BACKENDS:
            found = sweep(case.objective, case.rule, steps=STEPS, backend=backend, retire=False, **case.hyper)
            error = np.abs(found.theta - run.theta[-1]).max() / max(1, np.abs(run.theta).max())
            assert error <= TOLERANCE, (case.name, backend)
            worst[backend] = max(worst[backend], error)
    print("\nsweep against PyTorch, worst:", {name: f"{error:.1e}" for name, error in worst.items()})
