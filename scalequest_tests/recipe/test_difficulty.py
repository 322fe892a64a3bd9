"""Fail rates, and the easiest fraction of a shard."""

import math
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe import difficulty


def test_fail_rates_leave_undecided_samples_out():
    samples = pl.DataFrame(
        {
            "query_id": ["b", "b", "b", "a", "a", "c"],
            "query": ["B", "B", "B", "A", "A", "C"],
            "is_correct": [True, False, None, False, False, None],
            "finish_reason": ["stop", "length", "stop", "stop", "error", "stop"],
        }
    )
    rates = difficulty.fail_rates(samples)
    assert rates.rows() == [("b", "B", 0.5, 2), ("a", "A", 1.0, 1)]
    assert difficulty.train_rows(rates).rows() == [("B", 0.5), ("A", 1.0)]


def test_easiest_clips_and_marks():
    frame = pl.DataFrame({"query": ["a", "b", "c", "d", "e"], "difficulty": [1.4, -0.2, 0.3, None, math.nan]})
    marked = difficulty.easiest(frame, drop_fraction=0.4)
    assert marked["difficulty"].to_list() == [1.0, 0.0, 0.3, None, None]
    assert marked["drop_reason"].to_list() == [None, "too_easy", None, "no_score", "no_score"]
    assert marked["threshold"].unique().to_list() == [0.0]


def test_zero_drops_none_and_a_fraction_is_exact():
    frame = pl.DataFrame({"query": [str(i) for i in range(100)], "difficulty": [0.5] * 100})
    assert difficulty.easiest(frame, drop_fraction=0)["keep"].all()
    assert difficulty.easiest(frame, drop_fraction=0)["threshold"].null_count() == 100
    assert difficulty.easiest(frame, drop_fraction=0.29)["keep"].sum() == 71
    with pytest.raises(ValueError, match="drop_fraction"):
        difficulty.easiest(frame, drop_fraction=1.5)


@given(st.lists(st.tuples(st.text(), st.floats(0, 1)), unique_by=lambda row: row[0]), st.floats(0, 1))
def test_the_choice_is_exact_and_does_not_depend_on_order(rows, fraction):
    schema = {"query": pl.String, "difficulty": pl.Float64}
    marked = difficulty.easiest(pl.DataFrame(rows, schema=schema, orient="row"), drop_fraction=fraction)
    turned = difficulty.easiest(pl.DataFrame(rows[::-1], schema=schema, orient="row"), drop_fraction=fraction)
    assert turned.reverse()["keep"].to_list() == marked["keep"].to_list()
    assert (~marked["keep"]).sum() == math.floor(Fraction(str(fraction)) * len(rows))
    assert (marked["keep"] == marked["drop_reason"].is_null()).all()
