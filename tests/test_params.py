import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_ext.params import Param, flatten, nest, number, param, ranged, resolve


def test_a_param_is_its_default_and_knows_its_range():
    kappa = param(20.0, (1, 1000), scale="log", symbol="κ")
    assert kappa == 20.0 and kappa + 1 == 21.0
    assert (kappa.range, kappa.scale, kappa.symbol) == ((1.0, 1000.0), "log", "κ")


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_a_param_survives_copies(again):
    twin = again(param(0.9, (0, 0.99), symbol="β", valid=(0, 1)))
    assert (twin, twin.symbol, twin.valid) == (0.9, "β", (0, 1))


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        ((2.0, (0, 1)), {}, "range must hold the default 2"),
        ((1.0, (1, 1)), {}, "range must hold"),
        ((0.0, (0, 1)), {"scale": "log"}, "range must be > 0"),
        ((0.5, (0, 1)), {"scale": "cubic"}, "scale must be one of"),
        ((0.5, (0, 1)), {"scale": "complement"}, "range must be < 1"),
    ],
)
def test_a_bad_declaration_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        Param(*arguments, **options)


@given(st.dictionaries(st.sampled_from(["lr", "eps", "betas"]), st.floats(0, 1)))
def test_nest_undoes_flatten(values):
    nested = {n: (v, v / 2) if n == "betas" else v for n, v in values.items()}
    assert nest(flatten(nested)) == nested


def test_tuples_are_addressed_entry_by_entry():
    assert list(ranged({"lr": 0.1, "betas": (0.9, 0.99)})) == ["lr", "betas.0", "betas.1"]


PARAMS = ranged(
    {
        "lr": param(0.1, (0.001, 1), valid=(0, float("inf"))),
        "beta": param(0.5, (0, 0.9), valid=(0, 1)),
        "betas": (0.9, 0.99),
    }
)


@pytest.mark.parametrize(
    "given, error, message",
    [
        ({"lr": -0.1}, ValueError, "lr must be >= 0, got -0.1"),
        ({"beta": 1.0}, ValueError, r"beta must be in \[0, 1\), got 1"),
        ({"lr": float("nan")}, ValueError, "lr must be finite, got nan"),
        ({"lr": "fast"}, TypeError, "lr must be a number, got 'fast'"),
        ({"lr": None}, TypeError, "lr must be a number, got None"),
        ({"betas": (0.9,)}, ValueError, r"betas must have 2 entries, got \(0.9,\)"),
        ({"betas": 0.9}, ValueError, "betas must have 2 entries, got 0.9"),
        ({"rate": 0.1}, TypeError, "'rate'; it has: lr, beta, betas.0, betas.1"),
    ],
)
def test_bad_values_are_named(given, error, message):
    with pytest.raises(error, match=message):
        resolve("rule", PARAMS, given)


@given(st.one_of(st.floats(), st.text(), st.none(), st.booleans(), st.lists(st.floats())))
def test_number_returns_a_finite_float_or_raises(value):
    try:
        result = number("x", value)
    except (TypeError, ValueError) as error:
        assert str(error).startswith("x must be")
    else:
        assert result == float(value) and abs(result) < float("inf")


def test_a_name_of_its_own_is_no_tuple():
    params = {"momentum.lr": Param(0.1, (0, 1)), "momentum": Param(0.9, (0, 1))}
    assert resolve("f", params, {"momentum": 0.5}) == {"momentum.lr": 0.1, "momentum": 0.5}
