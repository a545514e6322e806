"""RateExplorer: every regime of its axis is what its words say, and its links lead on."""

from __future__ import annotations

import numpy as np
import pytest

from d2l_ext import RateExplorer, smoothness, theory
from d2l_ext.explorers.rates import REGIMES, WELL, L

STARTS = np.linspace(-1.2, 1.2, 25)[1::2]  # without 0, which is at rest on top of the hill


def orbits(z, settle=20_000, keep=512):
    """The last iterates of every start, shape ``(keep, starts)``."""
    x, kept = STARTS.copy(), []
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(settle + keep):
            x = theory.balanced_step(np.where(np.isfinite(x), x, 1e100), z / L)
            if k >= settle:
                kept.append(x)
    return np.array(kept)


def periods(x):
    """The smallest period of each column up to 64; 0 if there is none."""
    back = np.abs(x[1:65] - x[0]) < 1e-9
    return np.where(back.any(0), back.argmax(0) + 1, 0)


def places(name):
    """Learning rates well inside a regime."""
    low = [0.1, *(end for end, _, _ in REGIMES)]
    (high,) = (min(end, 4.2) for end, known, _ in REGIMES if known == name)
    low = max(end for end in low if end < high)
    return low + (high - low) * np.array([0.06, 0.3, 0.5, 0.7, 0.94])


@pytest.mark.parametrize("z", [*places("flow"), *places("swing")])
def test_below_the_first_limit_it_comes_from_one_side_and_below_the_second_from_both(z):
    x = np.array([theory.balanced_step(1 + 1e-3, z / L)])
    assert (np.sign(x - 1) == (1 if z < 1 else -1)).all()
    assert (periods(orbits(z)) == 1).all()


@pytest.mark.parametrize("z", places("two places"))
def test_beyond_2_over_L_it_jumps_between_two_places(z):
    x = orbits(z)
    assert (periods(x) == 2).all()
    np.testing.assert_allclose(np.sort(np.abs(x[:2, 0])), theory.two_cycle(z / L)[::-1], atol=1e-9)


def test_then_the_period_doubles():
    found = {int(p) for z in places("four, eight, …") for p in periods(orbits(z))}
    assert found <= {4, 8, 16, 32} and len(found) > 1


@pytest.mark.parametrize("name", ["chaos", "over the hill"])
def test_chaos_has_no_rhythm_and_crosses_the_hill_only_in_the_second_of_its_regimes(name):
    for z in places(name):
        x = orbits(z)
        crosses = (x.min(0) < 0) & (x.max(0) > 0)
        assert crosses.all() if name == "over the hill" else not crosses.any(), z
    free = [float((periods(orbits(z)) == 0).mean()) for z in places(name)]
    assert np.median(free) == 1


def test_at_last_it_runs_away():
    x = orbits(4.05)
    assert (~(np.abs(x[-1]) < 1e6)).all()
    assert (np.abs(orbits(3.99)) < 2).all()


def test_the_doublings_end_where_the_theory_says():
    """Newton's method for the learning rates at which the turning point has period 2, 4, 8, ..."""

    def closing(lr, period):
        x = theory.balanced_turn(lr)
        for _ in range(period):
            x = theory.balanced_step(x, lr)
        return x - theory.balanced_turn(lr)

    found = [3 / 2**0.5 - 1, 1.26299]
    for k in range(2, 10):
        lr = found[-1] + (found[-1] - found[-2]) / 4.669 if k > 2 else found[-1]
        for _ in range(30):
            slope = (closing(lr + 1e-9, 2**k) - closing(lr - 1e-9, 2**k)) / 2e-9
            lr -= closing(lr, 2**k) / slope
        found = [*found, lr] if k > 2 else [found[0], lr]
    ratios = np.diff(found)[:-1] / np.diff(found)[1:]
    assert ratios[-2] == pytest.approx(4.6692, abs=0.01), "Feigenbaum's constant"
    assert found[-1] + np.diff(found)[-1] / (4.6692 - 1) == pytest.approx(theory.BALANCED_CHAOS, abs=2e-7)


def test_its_unit_is_the_curvature_of_the_wells():
    assert smoothness(WELL, (1 - 1e-9, 1 + 1e-9)) == pytest.approx(L, abs=1e-6)
    assert smoothness(WELL, (-1 - 1e-9, -1 + 1e-9)) == pytest.approx(L, abs=1e-6)


def test_links_are_for_regimes():
    with pytest.raises(ValueError, match="links must be for regimes among flow, swing"):
        RateExplorer(links={"fast": "#"})


def test_a_regime_with_an_address_is_a_link_and_the_one_at_hand_is_marked(show):
    (live,) = show(RateExplorer(links={"swing": "#elsewhere", "chaos": "#there"}))
    assert live.root.locator(".links a").all_text_contents() == ["2 swing", "5 chaos"]
    assert live.root.locator("[aria-current]").all_text_contents() == ["2 swing"]
    live.slider("z").press("End")
    assert live.result()["regime"] == "away"
    assert live.root.locator("[aria-current]").all_text_contents() == ["7 away"]
    live.root.locator(".links a").first.focus()
    live.page.keyboard.press("Enter")
    assert live.page.url.endswith("#elsewhere")
