import numpy as np
import pytest

from d2l_ext import claim
from d2l_ext.claims import MIME, ClaimError


def test_a_true_claim_shows_itself_and_its_record():
    made = claim("It is four.", 2 + 2 == 4, id="a.b", measured=4.0, expected=4)
    assert repr(made) == "✓ It is four. [a.b: measured 4, expected 4]"
    record = made._repr_mimebundle_()[MIME]
    assert (record["status"], record["measured"], record["expected"]) == ("holds", "4", "4")


def test_a_false_claim_raises_with_both_numbers():
    with pytest.raises(ClaimError, match="a.b: It is five. But measured 4, expected 5."):
        claim("It is five.", np.bool_(False), id="a.b", measured=4, expected=5)


def test_a_claim_that_cannot_be_checked_never_shows_a_tick():
    made = claim("It fits the data.", "needs the airfoil file", id="a.b", measured=None)
    assert made.record["status"] == "unchecked"
    assert "✓" not in repr(made) + made._repr_mimebundle_()["text/html"]


def test_html_in_a_claim_is_text():
    made = claim("<b>bold</b>", True, id="a", measured="<script>")
    assert "<script>" not in made._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("", True, "a"), "needs a text and an id"),
        (("Something.", True, ""), "needs a text and an id"),
        (("Something.", np.array([True, False]), "a"), "must be one truth value"),
    ],
)
def test_half_a_claim_is_refused(arguments, message):
    text, holds, id = arguments
    with pytest.raises(ValueError, match=message):
        claim(text, holds, id=id, measured=0)


def test_numbers_show_six_digits():
    made = claim("Pi.", True, id="pi", measured=np.array([3.14159265, 1e-20]))
    assert made.record["measured"] == "(3.14159, 1e-20)"
