"""Every exercise check takes its solution and turns away a wrong answer."""

import pytest

from d2l_ext import check, rule
from d2l_ext.check import NotYet


@rule(v=0.0)
def averaged(theta, grad, state, *, lr=0.1, momentum=0.9):
    v = momentum * state["v"] + (1 - momentum) * grad
    return theta - lr * v, {"v": v}


@rule(v=0.0)
def not_averaged(theta, grad, state, *, lr=0.1, momentum=0.9):
    v = momentum * state["v"] + grad
    return theta - lr * v, {"v": v}


ANSWERS = {
    "ravine_best_lr": (2 / 4.04, 0.5),
    "ravine_smallest_momentum": (0.8, 0.9),
    "ravine_averaged": (averaged, not_averaged),
}


def test_every_check_is_listed_here():
    assert set(check.__all__) - {"NotYet"} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_solution_passes_and_a_wrong_answer_does_not(name):
    right, wrong = ANSWERS[name]
    assert getattr(check, name)(right).startswith("Right")
    with pytest.raises(NotYet) as caught:
        getattr(check, name)(wrong)
    assert caught.value._render_traceback_()[0].startswith("Not yet.")


def test_no_number_is_an_error_that_says_so():
    with pytest.raises(TypeError, match="answer must be a number"):
        check.ravine_best_lr("fast")
