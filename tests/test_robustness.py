"""Whatever is handed in, a public function works or says what was wrong; nothing crashes, nothing lies."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from d2l_ext import TraceExplorer, claim, objectives, param, rules, simulate, sweep, theory
from d2l_ext.objectives import as_objective, as_start
from d2l_ext.rules import RULES, as_rule

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=5),
    st.integers(-3, 3),
    st.floats(),
    st.lists(st.floats(), max_size=3),
    st.tuples(st.floats(), st.floats()),
    st.just(np.full((2, 2), np.nan)),
    st.just({}),
    st.just(object()),
)
# The same cases every time: a find belongs in a commit, not in somebody else's build.
FEW = settings(max_examples=40, deadline=None, derandomize=True)


def works_or_says(call, *names):
    """The result; or None after an error with words in it that a person can use."""
    try:
        return call()
    except (ValueError, TypeError) as error:
        said = str(error)
        assert said and any(name in said for name in names), f"{type(error).__name__}: {said}"
        return None


@FEW
@given(ODD, st.sampled_from(sorted(RULES)), ODD)
def test_simulate(value, rule, start):
    for name in RULES[rule].hyper:
        head = name.partition(".")[0]
        run = works_or_says(
            lambda head=head: simulate(objectives.ravine, rule, steps=3, **{head: value}), head
        )
        if run is not None:
            assert run.theta.shape == (4, 2)
            assert not np.isnan(run.theta[0]).any()
    run = works_or_says(lambda: simulate(objectives.ravine, rule, start, steps=1), "start")
    if run is not None:
        assert np.isfinite(run.theta[0]).all()


@FEW
@given(ODD)
def test_counts(value):
    run = works_or_says(lambda: simulate(objectives.ravine, "gd", steps=value), "steps")
    if run is not None:
        assert run.steps == int(value)
    works_or_says(lambda: sweep(objectives.ravine, "gd", steps=value, backend="numpy"), "steps")
    works_or_says(lambda: sweep(objectives.ravine, "gd", steps=1, every=value, backend="numpy"), "every")


@FEW
@given(ODD, ODD)
def test_names(value, other):
    works_or_says(lambda: as_rule(value), "rule must be")
    works_or_says(lambda: as_objective(value), "objective must")
    works_or_says(lambda: as_start(objectives.ravine, value), "start")
    works_or_says(lambda: objectives.ravine.at(kappa=value, angle=other), "kappa", "angle")
    works_or_says(lambda: sweep(objectives.ravine, value, steps=1), "rule must be")
    works_or_says(lambda: sweep(objectives.ravine, "gd", steps=1, backend=value), "backend")
    works_or_says(lambda: sweep(objectives.ravine, "gd", steps=1, tol=value, backend="numpy"), "tol")


@FEW
@given(st.one_of(ODD, st.lists(ODD, max_size=3)))
def test_grids(values):
    found = works_or_says(lambda: sweep(objectives.ravine, "gd", steps=2, lr=values, backend="numpy"), "lr")
    if found is not None:
        assert found.outcome.shape == np.shape(values)
    works_or_says(lambda: sweep(objectives.ravine, "gd", values, steps=2, backend="numpy"), "start")


@settings(max_examples=12, deadline=None, derandomize=True)
@given(ODD)
def test_explorers(value):
    for option in ("lr", "steps", "start", "kappa", "key", "show", "ranges", "shared"):
        explorer = works_or_says(
            lambda option=option: TraceExplorer(objectives.ravine, "gd", **{option: value}), option
        )
        if explorer is not None:
            numbers = explorer.values.values()
            assert all(math.isfinite(number) for number in numbers)
    works_or_says(lambda: TraceExplorer(objectives.ravine, value), "rule")


@FEW
@given(ODD, ODD)
def test_claims_and_params(text, holds):
    works_or_says(lambda: claim(text, True, id=text, measured=holds), "claim", "text", "id")
    works_or_says(lambda: param(text, (0, 1)), "range", "default", "number", "param")
    works_or_says(lambda: objectives.quadratic(text), "spectrum")
    works_or_says(lambda: objectives.matrix_factorization(text, 1), "target")


@FEW
@given(ODD, ODD)
def test_theory(one, other):
    with np.errstate(all="ignore"):  # squares of numbers near the largest are infinite, and say so
        works_or_says(lambda: theory.optimal_gd(one, other), "m must", "L must", "m (")
        works_or_says(lambda: theory.spectral_radius(one, other), "z", "beta")


def test_every_rule_and_objective_run_together():
    for rule in RULES:
        for f in (objectives.parabola, objectives.ravine, objectives.quadratic([1.0, 2.0, 3.0])):
            assert np.isfinite(simulate(f, rules.RULES[rule], steps=5, lr=0.01).theta).all()


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_huge_gradient_ends_in_infinities_not_in_a_crash(rule):
    run = simulate(lambda x, y: x**4 + y**4, rule, (1e80, 1.0), steps=3, lr=1.0)
    assert run.theta.shape == (4, 2)
