"""Answer checking in tables."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe import selection
from scalequest_assets.subjects.maths import answer_check


def test_numbers():
    gold = pl.Series(["18", "18", "18", None, "1,000", "1/2", "7", "7"])
    found = pl.Series(["$18.00", "19", None, "3", "1000", "50%", "no solution", "x+" * 200])
    assert answer_check.check(gold, found).to_list() == [True, False, False, None, True, True, False, None]


def test_empty_and_null_series():
    empty = pl.Series([], dtype=pl.String)
    assert answer_check.check(empty, empty).dtype == pl.Boolean
    assert answer_check.check(pl.Series(["1"]), pl.Series([None])).to_list() == [False]
    assert answer_check.agreement_groups(empty, empty).to_list() == []


@given(st.fractions(max_denominator=1000), st.fractions(max_denominator=1000))
def test_symmetric_on_numbers(left, right):
    a, b = pl.Series([str(left)]), pl.Series([str(right)])
    assert answer_check.check(a, b).to_list() == answer_check.check(b, a).to_list() == [left == right]


def test_algebra():
    gold = pl.Series([r"\frac{\sqrt{2}}{2}", "(3,4)", "x+1", "x+1", r"\sqrt{2}"])
    found = pl.Series([r"\sqrt{2}/2", "(3,5)", "1+x", "))((", "1.5"])
    assert answer_check.check(gold, found).to_list() == [True, False, True, None, False]


def test_agreement_groups_merge_equal_answers_of_one_question():
    questions = pl.Series(["a"] * 6 + ["b"])
    found = pl.Series(["x+1", "1+x", r"\frac12", "0.5", None, "x", "1+x"])
    groups = answer_check.agreement_groups(questions, found)
    assert groups[0] == groups[1] != groups[5]
    assert groups[2] == groups[3]
    assert groups[4] is None
    shares = selection.agreement(questions, groups).to_list()
    assert shares == pytest.approx([2 / 6, 2 / 6, 2 / 6, 2 / 6, 0.0, 1 / 6, 1.0])


def test_one_row_that_is_undecided_does_not_touch_the_others():
    """Nothing waits for another row: there is no queue, no process and no clock."""
    gold = pl.Series(["7"] * 8000)
    found = pl.Series(["7" if row % 80 else "))((" for row in range(8000)])
    verdicts = answer_check.check(gold, found)
    assert verdicts.null_count() == 100
    assert verdicts.sum() == 7900
