import itertools
import math

import pytest

from scalequest_assets.recipe.mcnemar import exact_p, holm


@pytest.mark.parametrize(
    ("better", "worse", "expected"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 2 / 32), (0, 6, 2 / 64), (3, 3, 1.0), (8, 2, 2 * (1 + 10 + 45) / 1024)],
)
def test_exact_probabilities(better, worse, expected):
    assert exact_p((better, worse)) == pytest.approx(expected)


def test_it_is_the_share_of_all_splits_that_are_as_uneven():
    num, better = 9, 7
    splits = [sum(bits) for bits in itertools.product((0, 1), repeat=num)]
    as_uneven = sum(abs(hits - num / 2) >= abs(better - num / 2) for hits in splits)
    assert exact_p((better, num - better)) == pytest.approx(as_uneven / 2**num)


def test_thousands_do_not_overflow():
    assert exact_p((5_000, 5_000)) == 1.0
    assert 0 < exact_p((5_400, 4_600)) < 1e-10
    assert math.isfinite(exact_p((20_000, 0)))


def test_of_several_most_have_to_say_the_same():
    one = exact_p((12, 1))
    assert exact_p((12, 1), (12, 1), (12, 1)) == exact_p((12, 1), (12, 1), (3, 9)) == pytest.approx(1.5 * one)
    assert exact_p((12, 1), (12, 1)) == pytest.approx(one)
    assert exact_p((12, 1), (5, 5), (4, 6)) == 1.0
    assert exact_p((12, 1), (1, 12)) == 1.0, "opposite ways say nothing"


def test_holm_corrects_step_by_step_and_never_falls():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
