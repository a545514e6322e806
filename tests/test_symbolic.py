"""Generated Python and JavaScript against the PyTorch run of the same definition."""

import numpy as np
import pytest
import sympy
from cases import CASES, STEPS, TOLERANCE

from d2l_ext import objective, objectives, ops, rule, rules, simulate, symbolic
from d2l_ext.params import resolve
from d2l_ext.symbolic import TraceError, derivative
from d2l_ext.symbolic.lifting import lift


def run_python(step, start, steps, hyper, params, noise=None):
    """A run of generated Python: iterates ``(steps + 1, d)`` and losses ``(steps + 1,)``."""
    namespace = {"np": np}
    exec(step.python(), namespace)
    given = iter(start)
    carried = [next(given) if first is None else first for first in step.carried.values()]
    d, path, losses = len(step.coordinates), [], []
    for k in range(steps + 1):
        path.append(carried[:d])
        row = [()] if noise is None else [noise[min(k, steps - 1)]]
        carried, loss = namespace["step"](k, carried, hyper, params, *row)
        losses.append(loss)
    return np.array(path), np.array(losses)


def relative(error, truth):
    return float(np.abs(error).max() / max(1.0, np.abs(truth).max()))


def inputs(case):
    hyper = resolve(case.rule.name, case.rule.hyper, case.hyper)
    return list(hyper.values()), [float(p) for p in case.objective.params.values()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_generated_python_repeats_the_run(case):
    run = simulate(case.objective, case.rule, steps=STEPS, **case.hyper)
    step = symbolic.step(case.objective, case.rule)
    theta, loss = run_python(step, case.objective.start, STEPS, *inputs(case))
    assert relative(theta - run.theta, run.theta) <= TOLERANCE
    assert relative(loss - run.loss, run.loss) <= TOLERANCE


def test_generated_python_takes_arrays():
    step = symbolic.step(objectives.himmelblau, rules.momentum)
    rates = np.linspace(0.001, 0.01, 7)
    starts = [np.full(7, c) for c in objectives.himmelblau.start]
    theta, _ = run_python(step, starts, 20, [rates, 0.5], [])
    for i, lr in enumerate(rates):
        alone = simulate(objectives.himmelblau, rules.momentum, steps=20, lr=lr, momentum=0.5)
        np.testing.assert_allclose(theta[:, :, i], alone.theta, rtol=1e-12)


def test_time_noise_and_projection_reach_generated_code():
    @objective(start=(0.5, -0.5), window=((-1, 1),) * 2, project=(-1.0, 1.0))
    def online(x, y, *, t, noise, drift=0.1):
        return (x - drift * t) ** 2 + y**2 / t + noise[0] * x + noise[1] * y

    noise = np.random.default_rng(1).standard_normal((12, 2))
    run = simulate(online, rules.adam, steps=12, lr=0.3, noise=noise)
    hyper = list(resolve("adam", rules.adam.hyper, {"lr": 0.3}).values())
    theta, loss = run_python(symbolic.step(online, rules.adam), online.start, 12, hyper, [0.1], noise)
    assert np.abs(run.theta).max() == 1.0  # the projection was needed
    np.testing.assert_allclose(theta, run.theta, atol=1e-12)
    np.testing.assert_allclose(loss, run.loss, atol=1e-12)


def test_powers_are_carried_as_products():
    for source in (symbolic.step(objectives.ravine, rules.adam).javascript(),):
        assert "Math.pow" not in source and "power" in source


def test_what_no_step_changes_is_computed_once():
    source = symbolic.step(objectives.ravine, rules.gd).javascript()
    assert source.index("Math.cos") < source.index("for (let k")


def test_one_name_for_two_things_does_not_collide():
    def narrow(x, lr, *, eps=0.5, v=1.0):
        return eps * x**2 + v * lr**2

    f = objectives.as_objective(narrow)
    run = simulate(f, rules.adam, steps=30, lr=0.05, eps=1e-4)
    hyper = list(resolve("adam", rules.adam.hyper, {"lr": 0.05, "eps": 1e-4}).values())
    theta, _ = run_python(symbolic.step(f, rules.adam), f.start, 30, hyper, [0.5, 1.0])
    np.testing.assert_allclose(theta, run.theta, atol=1e-12)


def test_functions_of_several_results_compile():
    def roots(beta, *, z=1.0):
        half = (1 + beta - z) / 2
        root = ops.sqrt(ops.absolute(half**2 - beta))
        return half + root, half - root

    namespace = {"np": np}
    exec(symbolic.function(roots).python(), namespace)
    assert namespace["roots"](0.25, 0.1) == pytest.approx(roots(0.25, z=0.1))


def test_numbers_are_printed_exactly():
    third = 1 / 3
    namespace = {"np": np}
    exec(symbolic.function(lambda x: third * x, name="f").python(), namespace)
    assert namespace["f"](1.0) == third


def test_a_readers_function_and_rule_print_as_python_that_repeats_them():
    @rule(t=0, m=0.5)
    def own(theta, grad, state, *, lr=0.1, betas=(0.5, 0.9)):
        t = state["t"] + 1
        m = betas[0] * state["m"] + ops.where(grad > 0, grad, betas[1] * grad) / ops.sqrt(t)
        return theta - lr * ops.clip(m, -1, 1), {"t": t, "m": m}

    namespace = {"ops": ops, "rule": rule}
    exec(symbolic.definition(own), namespace)
    f = objectives.as_objective(lambda x, y: ops.log(1 + x**2) + ops.exp(y / 2) + abs(x - y) + x / 3)
    again = eval(f"lambda x, y: {symbolic.expression(f)}", namespace)
    runs = [simulate(f, own, steps=40), simulate(again, namespace["own"], steps=40)]
    np.testing.assert_allclose(runs[0].theta, runs[1].theta, atol=1e-12)


def with_if(x, y):
    return x**2 if x > 0 else y**2


def with_numpy(x, y):
    return np.sqrt(x) + y


def with_vector(x, y):
    return np.array([x, y])


@pytest.mark.parametrize("function", [with_if, with_numpy, with_vector])
def test_what_cannot_be_traced_is_named(function):
    with pytest.raises(TraceError, match=function.__name__):
        symbolic.function(function)


def test_a_rule_that_forgets_its_state_is_named():
    @rule(v=0.0)
    def forgets(theta, grad, state, *, lr=0.1):
        return theta - lr * grad, {}

    with pytest.raises(TraceError, match="forgets must return .* holding v"):
        symbolic.step(objectives.ravine, forgets)


def test_a_rule_that_changes_the_shape_is_named():
    @rule()
    def shrinks(theta, grad, state, *, lr=0.1):
        return theta[:1], {}

    with pytest.raises(TraceError, match=r"shrinks: theta must keep its shape \(2,\), got \(1,\)"):
        symbolic.step(objectives.ravine, shrinks)


def test_lifting_moves_what_is_alike_before_the_loop_and_changes_no_value():
    x, y, z, lr, power = sympy.symbols("x y z lr power", real=True)
    size = sympy.sqrt(lr / (1 - power))
    body = [
        (y, sympy.Piecewise((x * lr / (1 - power) + 2 * power, x < -size), (size * x, True))),
        (z, y / (lr + sympy.sqrt(y**2 / (1 - power)) + power)),
    ]
    before, each = lift([(sympy.Symbol("twice", real=True), 2 * power), *body], [lr, power])
    inside = set().union(*(value.free_symbols for _, value in each))
    assert not inside & {power} and {s for s, _ in each} == {y, z}
    given = {x: 0.7, lr: 0.3, power: 0.4}
    plain, lifted = dict(given), dict(given)
    for values, assignments in ((plain, body), (lifted, [*before, *each])):
        for symbol, value in assignments:
            values[symbol] = value.subs(values)
    assert lifted[z] == pytest.approx(float(plain[z]), rel=1e-14)
    assert lifted[y] == pytest.approx(float(plain[y]), rel=1e-14)


def test_the_slope_of_a_signed_square_has_no_sign_in_it():
    def bowl(x, *, a):
        return 0.5 * a * (x - 1) * ops.absolute(x - 1)

    slope = derivative(bowl)
    assert "sign" not in slope.javascript()
    namespace = {"np": np}
    exec(slope.python(), namespace)
    at = np.linspace(-2, 3, 11)
    np.testing.assert_allclose(namespace["bowl"](at, 3.0), 3 * np.abs(at - 1), atol=1e-12)
