"""The browser's noise is Python's: the same bits, and the same runs on them."""

from pathlib import Path

import numpy as np
import pytest

from d2l_ext import noise, objective, rules, simulate, symbolic
from d2l_ext.explorers import assets

SOURCE = (Path(assets.__file__).parent / "live" / "noise.js").read_text("utf8")
SEEDS = [0, 1, 12345, 2**31, 2**32 - 1]


@pytest.fixture(scope="module")
def evaluate(browser):
    """`evaluate("seed => ...", seed)`: the value of a function that sees what `noise.js` defines."""
    page = browser.new_page()
    yield lambda function, *args: page.evaluate(
        f"(args) => {{ {SOURCE}\nreturn ({function})(...args); }}", args
    )
    page.close()


def test_the_bits_are_the_same(evaluate):
    position = np.arange(3000, dtype=np.uint32)
    for key in [(seed, 0) for seed in SEEDS] + [(0x13198A2E, 0x03707344)]:
        counter = position, position[::-1] * np.uint32(0x9E3779B9)
        bits = evaluate(
            "(key, counters) => counters.map((counter) => threefry(key, counter))",
            key,
            np.stack(counter, -1).tolist(),
        )
        assert bits == np.stack(noise.threefry(key, counter), -1).tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_uniform_numbers_are_the_same(seed, evaluate):
    numbers = evaluate("(seed, n) => Array.from({ length: n }, (_, i) => uniform(seed, i))", seed, 3000)
    assert numbers == noise.uniform(3000, seed=seed).tolist()


def test_the_normal_numbers_are_the_same(evaluate):
    worst = 0.0
    for seed in SEEDS:
        found = np.array(evaluate("(seed, n) => Array.from(normals(seed, n))", seed, 20_001))
        expected = noise.standard_normal(20_001, seed=seed)
        worst = max(worst, (np.abs(found - expected) / np.maximum(1, np.abs(expected))).max())
    print(f"\nworst of {len(SEEDS)} x 20001 normals: {worst:.1e}")
    assert worst <= 1e-15


def test_a_noisy_run_is_the_run_of_pytorch(evaluate):
    @objective(start=(1.0, -1.0), window=((-2, 2),) * 2)
    def noisy(x, y, *, noise, sd=0.5):
        return 0.1 * x**2 + 2 * y**2 + sd * (noise[0] * x + noise[1] * y)

    steps, hyper = 200, {"lr": 0.1, "momentum": 0.8}
    run = simulate(
        noisy, rules.momentum, steps=steps, noise=noise.standard_normal((steps, 2), seed=9), **hyper
    )
    theta = evaluate(
        f"""(start, steps, hyper, params) => {{
            {symbolic.step(noisy, rules.momentum).javascript()}
            const theta = new Float64Array(2 * (steps + 1)), loss = new Float64Array(steps + 1);
            momentum(start, steps, hyper, params, normals(9, 2 * steps), theta, loss);
            return Array.from(theta);
        }}""",
        noisy.start,
        steps,
        hyper,
        {"sd": 0.5},
    )
    np.testing.assert_allclose(np.reshape(theta, (-1, 2)), run.theta, rtol=0, atol=1e-12)


def test_every_explorer_has_it():
    assert SOURCE in assets.module()
