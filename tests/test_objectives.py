import numpy as np
import pytest
import torch

from d2l_ext import objective, objectives
from d2l_ext.objectives import OBJECTIVES, as_objective, as_start


@pytest.mark.parametrize("name", [name for name, f in OBJECTIVES.items() if f.minimizers])
def test_minimizers_are_where_the_gradient_vanishes_and_nothing_near_is_lower(name):
    f = OBJECTIVES[name]
    generator = np.random.default_rng(0)
    for point in f.minimizers:
        theta = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        value = f(*theta)
        value.backward()
        assert theta.grad.abs().max() < 1e-9
        nearby = np.array(point) + 0.1 * generator.standard_normal((200, len(point)))
        assert f(*nearby.T).min() >= value.item()
        assert value.item() == pytest.approx(float(f(*f.minimizers[0])), abs=1e-12)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_start_and_minimizers_lie_in_the_window(name):
    f = OBJECTIVES[name]
    for point in (f.start, *f.minimizers):
        assert all(low < c < high for c, (low, high) in zip(point, f.window, strict=True))


@pytest.mark.parametrize("kappa", [1.0, 20.0, 1000.0])
@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0])
def test_ravine_has_the_curvatures_it_says(kappa, angle):
    f = objectives.ravine.at(kappa=kappa, angle=angle)
    at = torch.zeros(2, dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(lambda theta: f(*theta), at)
    np.testing.assert_allclose(torch.linalg.eigvalsh(hessian), [4 / kappa, 4.0], rtol=1e-12)


def test_ravine_turns_anticlockwise():
    """Its flat direction at angle φ is (cos φ, sin φ)."""
    along = np.cos(np.pi / 6), np.sin(np.pi / 6)
    assert objectives.ravine.at(angle=30)(*along) == pytest.approx(2 / 20)


def test_at_fixes_some_and_leaves_the_rest():
    f = objectives.ravine.at(kappa=100)
    assert list(f.params) == ["angle"]
    assert f(1.0, 0.0) == pytest.approx(0.02)
    assert repr(f) == "objectives.ravine.at(kappa=100.0)"
    with pytest.raises(TypeError, match="no parameter 'kappa'"):
        f.at(kappa=3)
    with pytest.raises(ValueError, match="kappa must be >= 1, got 0.5"):
        objectives.ravine.at(kappa=0.5)


def test_a_plain_function_becomes_an_objective_with_a_window_around_its_minimum():
    f = as_objective(lambda x, y: (x - 2) ** 2 + y**2)
    assert f.start == (1.0, 1.0)
    assert all(low < c < high for c, (low, high) in zip((2, 0), f.window, strict=True))
    assert f.name == "f" and f.coordinates == ("x", "y")


def test_a_function_undefined_in_places_still_gets_a_window():
    f = as_objective(lambda x, y: 1 / x + x + y**2 if x > 0 else float("nan"))
    assert all(low < high for low, high in f.window)


@pytest.mark.parametrize(
    "candidate, error, message",
    [
        (3, TypeError, "objective must be a function or an Objective, got 3"),
        (lambda *x: sum(x), ValueError, "must name its coordinates"),
        (lambda x, *, sharpness: x, TypeError, "'sharpness' needs a default"),
    ],
)
def test_what_cannot_be_an_objective_is_refused(candidate, error, message):
    with pytest.raises(error, match=message):
        as_objective(candidate)


@pytest.mark.parametrize(
    "start, message",
    [
        ((1.0,), "start must have 2 coordinates, got 1"),
        ((1.0, 2.0, 3.0), "got 3"),
        ((1.0, float("inf")), "start.1 must be finite"),
    ],
)
def test_a_bad_start_is_refused(start, message):
    with pytest.raises(ValueError, match=message):
        as_start(objectives.ravine, start)


def test_any_number_of_coordinates_where_the_function_takes_them():
    @objective(start=(1.0, 1.0, 1.0), window=((-1, 1),) * 3)
    def bowl(*x):
        return sum(c**2 for c in x)

    assert as_start(bowl, (1, 2, 3, 4)) == (1.0, 2.0, 3.0, 4.0)
    assert bowl.coordinates == ("x0", "x1", "x2")


def slope(f, x):
    tensor = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    f(tensor).backward()
    return tensor.grad.item()


def test_log_cosh_is_what_it_says_and_never_overflows():
    x = np.linspace(-5, 5, 21)
    np.testing.assert_allclose(objectives.log_cosh(x), np.log(np.cosh(x)), atol=1e-15)
    assert objectives.log_cosh(1e6) == pytest.approx(1e6)
    for point in (-2.0, 0.5, 3.0):
        assert slope(objectives.log_cosh, point) == pytest.approx(np.tanh(point))


@pytest.mark.parametrize("well, barrier", [(1, 1), (4, 1), (1, 4)])
def test_glued_parabolas_meet_with_one_value_and_one_slope(well, barrier):
    f = objectives.glued_parabolas.at(well=well, barrier=barrier, height=0.2)
    seam = np.sqrt(2 * 0.2 * barrier / (well + barrier) / well)
    top = seam * (1 + well / barrier)
    assert f(np.array(seam - 1e-9)) == pytest.approx(f(np.array(seam + 1e-9)), abs=1e-8)
    assert slope(f, seam - 1e-9) == pytest.approx(slope(f, seam + 1e-9), abs=1e-7)
    assert f(np.array(top)) == pytest.approx(0.2)
    assert slope(f, top) == pytest.approx(0, abs=1e-12)
    assert f(np.array(seam)) == pytest.approx(0.2 * barrier / (well + barrier))


@pytest.mark.parametrize("kappa", [1.0, 25.0, 100.0])
def test_the_piecewise_quadratic_has_the_published_slopes_and_no_jump(kappa):
    f = objectives.piecewise_quadratic.at(kappa=kappa)
    less = kappa - 1
    for x, expected in [(-2, -2 * kappa), (0.5, 0.5 * kappa), (1.5, 1.5 + less), (3.0, 3 * kappa - less)]:
        assert slope(f, x) == pytest.approx(expected)
    for seam in (1.0, 2.0):
        for side in (f, lambda x: slope(f, x)):
            below, above = side(np.array(seam - 1e-10)), side(np.array(seam + 1e-10))
            assert below == pytest.approx(above, abs=1e-6)
    x = np.linspace(-4, 4.5, 171)
    slopes = np.array([slope(f, point) for point in x])
    rises = np.diff(slopes) / np.diff(x)
    assert rises.min() >= 1 - 1e-9 and rises.max() <= kappa + 1e-9  # strongly convex and smooth


def test_ripples_ride_on_what_they_are_added_to():
    x = np.linspace(-1.5, 1.5, 7)
    fine = 0.01 * np.sin(x / 0.01)
    np.testing.assert_allclose(objectives.multiscale.at(epsilon=0.01)(x), x**2 / 2 + fine)
    np.testing.assert_allclose(
        objectives.multiscale_well.at(epsilon=0.01)(x), objectives.double_well(x) + fine
    )


def test_matrix_factorization_is_half_the_squared_distance():
    A = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]])
    f = objectives.matrix_factorization(A, 2, seed=1)
    theta = np.array(f.start)
    X, Y = theta[:4].reshape(2, 2), theta[4:].reshape(3, 2)
    assert f(*theta) == pytest.approx(0.5 * ((A - X @ Y.T) ** 2).sum())
    assert f.start == objectives.matrix_factorization(A, 2, seed=1).start


def test_a_quadratic_has_its_spectrum():
    f = objectives.quadratic([0.5, 2.0, -1.0])
    hessian = torch.autograd.functional.hessian(lambda t: f(*t), torch.zeros(3, dtype=torch.float64))
    np.testing.assert_allclose(torch.diagonal(hessian), [0.5, 2.0, -1.0])
    assert f.minimizers == ()


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: objectives.quadratic([]), "spectrum must hold at least one"),
        (lambda: objectives.quadratic([1.0, float("nan")]), "spectrum.1 must be finite"),
        (lambda: objectives.matrix_factorization([1.0], 1), "target must be a matrix"),
        (lambda: objectives.matrix_factorization([[1.0]], 0), "rank must be >= 1, got 0"),
    ],
)
def test_bad_numbers_make_no_objective(make, message):
    with pytest.raises(ValueError, match=message):
        make()
