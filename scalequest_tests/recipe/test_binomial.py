"""Clopper-Pearson intervals: values of `scipy.stats.beta`, and the definition in exact arithmetic."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe.binomial import exact_interval


@pytest.mark.parametrize(
    ("hits", "num", "low", "high"),
    [
        (0, 10, 0.0, 0.30849710781876083),  # 1 - 0.025 ** (1 / 10)
        (10, 10, 0.6915028921812392, 1.0),
        (1, 1, 0.025, 1.0),
        (1, 20, 0.0012650894979498, 0.2487327627720277),
        (5, 20, 0.0865714691014346, 0.4910458717079577),
        (10, 100, 0.0490046892214859, 0.1762225977400226),
        (0, 0, 0.0, 1.0),
    ],
)
def test_known_values(hits, num, low, high):
    assert exact_interval(hits, num) == pytest.approx((low, high), abs=1e-12)


def tail(hits: int, num: int, share: Fraction) -> Fraction:
    return sum((comb(num, k) * share**k * (1 - share) ** (num - k) for k in range(hits, num + 1)), start=Fraction(0))


@given(st.integers(1, 40).flatmap(lambda num: st.tuples(st.integers(0, num), st.just(num))))
def test_at_the_ends_the_tails_are_a_fortieth(counted):
    hits, num = counted
    low, high = map(Fraction, exact_interval(hits, num))
    if hits:
        assert float(tail(hits, num, low)) == pytest.approx(0.025, rel=1e-6)
    if hits < num:
        assert float(1 - tail(hits + 1, num, high)) == pytest.approx(0.025, rel=1e-6)
    assert 0 <= low <= Fraction(hits, num) <= high <= 1


def test_many_are_counted_without_overflow():
    low, high = exact_interval(3_000, 10_000)
    assert 0.29 < low < 0.3 < high < 0.31
