"""The Python side of an explorer: what it takes, what it refuses, what it hands on."""

import json

import numpy as np
import pytest

from d2l_ext import TraceExplorer, objectives, rule, rules, simulate
from d2l_ext.explorers import assets


def test_its_output_has_a_face_for_every_reader():
    explorer = TraceExplorer(objectives.ravine, "momentum", lr=0.6, momentum=0.5)
    data, _ = explorer._repr_mimebundle_()
    assert set(data) >= {
        "application/vnd.jupyter.widget-view+json",
        assets.MIME,
        "image/png",
        "text/plain",
    }
    assert data["text/plain"] == repr(explorer) and "0x" not in repr(explorer)
    assert data["image/png"] == explorer._repr_mimebundle_()[0]["image/png"], "the picture must be stable"
    json.dumps(data[assets.MIME])


def test_alt_text_says_what_one_sees():
    alt = TraceExplorer(objectives.ravine, "gd", lr=0.4, steps=20).alt
    assert alt == (
        "Contours of ravine with traces. Gradient descent goes from (-5, -2) to (-0.943, -7.31e-05) "
        "in 20 steps, loss 0.089."
    )


def test_the_first_values_are_those_given():
    explorer = TraceExplorer(objectives.ravine, "adam", lr=0.2, betas=(0.8, 0.99), kappa=50, start=(-3, 1))
    wanted = {"lr": 0.2, "betas.0": 0.8, "betas.1": 0.99, "kappa": 50.0, "start.0": -3.0, "start.1": 1.0}
    assert wanted.items() <= explorer.values.items()
    run = simulate(objectives.ravine.at(kappa=50), "adam", (-3, 1), steps=40, lr=0.2, betas=(0.8, 0.99))
    np.testing.assert_array_equal(explorer.runs()[0].theta, run.theta)


def test_settings_are_shared_or_told_apart():
    both = [rules.gd, rules.momentum]
    assert "lr" in TraceExplorer(objectives.ravine, both).values
    apart = TraceExplorer(objectives.ravine, both, shared=(), **{"gd.lr": 0.4, "momentum.lr": 0.2})
    assert [run.hyper["lr"] for run in apart.runs()] == [0.4, 0.2]
    assert [(c["label"], c["owner"]) for c in apart.spec["controls"]][:2] == [
        ("learning rate", "(Gradient descent)"),
        ("learning rate", "(Momentum)"),
    ]


def test_a_parameter_named_like_a_hyperparameter_is_told_apart():
    def wavy(x, y, *, eps=0.1):
        return x**2 + eps * y**2

    explorer = TraceExplorer(wavy, "adam", **{"objective.eps": 0.2})
    assert (explorer.values["eps"], explorer.values["objective.eps"]) == (1e-8, 0.2)
    assert explorer.runs()[0].objective.bound == {"eps": 0.2}


def test_ranges_and_visibility_are_the_callers():
    explorer = TraceExplorer(objectives.ravine, "gd", lr=0.4, show=["lr"], ranges={"lr": (0.1, 0.9)})
    shown = {c["key"]: c for c in explorer.spec["controls"] if c["visible"]}
    assert list(shown) == ["lr"] and (shown["lr"]["min"], shown["lr"]["max"]) == (0.1, 0.9)


@pytest.mark.parametrize(
    "control", TraceExplorer(objectives.ravine, "adam").spec["controls"], ids=lambda c: c["key"]
)
def test_a_slider_can_stand_at_its_first_value(control):
    value = TraceExplorer(objectives.ravine, "adam").values[control["key"]]
    if control["scale"] == "linear":
        steps = (value - control["min"]) / control["step"]
        assert steps == pytest.approx(round(steps), abs=1e-6)
    else:
        assert float(f"{value:.1e}") == value


@rule()
def twin(theta, grad, state, *, lr=0.1):
    return theta - lr * grad, {}


@pytest.mark.parametrize(
    "arguments, options, error, message",
    [
        ((objectives.parabola, "gd"), {}, ValueError, "2 coordinates, parabola has 1"),
        ((objectives.ravine, "sgd"), {}, TypeError, "rule must be"),
        ((objectives.ravine, []), {}, ValueError, "rules must be one or several"),
        ((objectives.ravine, [twin, twin]), {}, ValueError, "different ones"),
        ((objectives.ravine, "gd"), {"eta": 0.1}, TypeError, "no parameter 'eta'; it has: lr, kappa"),
        ((objectives.ravine, "gd"), {"lr": -1}, ValueError, "lr must be >= 0, got -1"),
        ((objectives.ravine, "gd"), {"lr": 0}, ValueError, "lr must be > 0 on a logarithmic slider"),
        ((objectives.ravine, "gd"), {"steps": 0}, ValueError, "steps must be >= 1, got 0"),
        ((objectives.ravine, "gd"), {"start": (9, 9)}, ValueError, "start.0 must lie in the window"),
        ((objectives.ravine, "gd"), {"show": ["rate"]}, ValueError, "show must name settings among lr"),
        ((objectives.ravine, "gd"), {"ranges": {"rate": (0, 1)}}, TypeError, "ranges has no setting 'rate'"),
        ((objectives.ravine, "gd"), {"key": "a b"}, ValueError, "key must be lower-case"),
        ((lambda x, y: x if x > 0 else y, "gd"), {}, TypeError, "cannot run on symbols"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        TraceExplorer(*arguments, **options)


@pytest.mark.parametrize("views", [(), *((view,) for view in assets.VIEWS)])
def test_a_module_is_one_module_and_holds_no_more_than_it_needs(views):
    source = assets.module(*views)
    assert source.count("export default") == 1 and source.startswith("export default")
    for view in assets.VIEWS:
        assert (f"function {view}View(" in source) == (view in (views or assets.VIEWS))
    assert "eval(" not in source and "innerHTML" not in source and "new Function" not in source


def test_marks_name_settings_that_exist():
    with pytest.raises(TypeError, match="marks has no setting 'kapa'; there are: lr, kappa, angle, steps"):
        TraceExplorer(objectives.ravine, "gd", marks={"lr": lambda kapa: 1 / kapa})
    with pytest.raises(TypeError, match="marks has no setting 'momentum'"):
        TraceExplorer(objectives.ravine, "gd", marks={"momentum": lambda kappa: 1 / kappa})


@pytest.mark.parametrize(("momentum", "step"), [(0.5, 0.01), (0.123, 0.001), (4 / 9, 0.01)])
def test_a_slider_is_as_fine_as_its_first_value_if_that_is_round(momentum, step):
    explorer = TraceExplorer(objectives.ravine, "momentum", momentum=momentum)
    (control,) = (c for c in explorer.spec["controls"] if c["key"] == "momentum")
    assert control["step"] == pytest.approx(step) and explorer.values["momentum"] == momentum
