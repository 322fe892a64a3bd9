"""Fail rates, and the easiest fraction of a shard."""

import math
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
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


def shard(difficulties):
    ids = [f"g/s0000/{row:06d}" for row in range(len(difficulties))]
    schema = {"query_id": pl.String, "query": pl.String, "difficulty": pl.Float64}
    return pl.DataFrame({"query_id": ids, "query": ids, "difficulty": difficulties}, schema=schema)


def test_a_cutoff_keeps_what_reaches_it():
    marked = difficulty.cut(shard([0.2, 0.3, 0.29, None, 2.0]), cutoff=0.3)
    assert marked["keep"].to_list() == [False, True, False, False, True]
    assert marked["drop_reason"].to_list() == ["too_easy", None, "too_easy", "no_score", None]
    assert marked["threshold"].unique().to_list() == [0.3]
    with pytest.raises(ValueError, match="cutoff"):
        difficulty.cut(shard([]), cutoff=1.1)


def test_sampling_comes_near_the_target_and_says_what_share_it_took():
    frame = shard([0.1] * 80 + [0.6] * 20 + [None])
    marked = difficulty.sample_towards(frame, weights=[1, 1], keep=0.3, seed=1)
    kept = marked.filter("keep")["difficulty"].value_counts().sort("difficulty")["count"].to_list()
    assert kept == [15, 15]
    assert marked["sampled_share"].unique(maintain_order=True).to_list() == [15 / 80, 15 / 20, None]
    assert set(marked["drop_reason"].drop_nulls()) == {"off_target", "no_score"}
    assert marked["threshold"].null_count() == marked.height
    more = difficulty.sample_towards(frame, weights=[1, 1], keep=0.6, seed=1)
    assert more.filter("keep")["difficulty"].value_counts().sort("difficulty")["count"].to_list() == [40, 20]
    other = difficulty.sample_towards(frame, weights=[1, 1], keep=0.3, seed=2)
    assert other["keep"].to_list() != marked["keep"].to_list()


def test_what_has_no_weight_is_never_kept():
    marked = difficulty.sample_towards(shard([0.1, 0.2, 0.9]), weights=[0, 3], keep=1.0, seed=1)
    assert marked["keep"].to_list() == [False, False, True]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [1, math.nan]])
def test_weights_that_say_nothing(weights):
    with pytest.raises(ValueError, match="weights"):
        difficulty.sample_towards(shard([0.5]), weights=weights, keep=0.5, seed=1)
    with pytest.raises(ValueError, match="keep"):
        difficulty.sample_towards(shard([0.5]), weights=[1], keep=1.5, seed=1)


@settings(deadline=None)  # other work on the machine
@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=40),
    st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any),
    st.fractions(0, 1, max_denominator=20),
)
def test_a_sample_has_its_size_and_does_not_depend_on_order(difficulties, weights, keep):
    frame = shard(difficulties)
    marked = difficulty.sample_towards(frame, weights=weights, keep=float(keep), seed=3)
    turned = difficulty.sample_towards(frame.reverse(), weights=weights, keep=float(keep), seed=3)
    assert turned.reverse()["keep"].to_list() == marked["keep"].to_list()
    num_bins = len(weights)
    known = [value for value in difficulties if value is not None]
    usable = [value for value in known if weights[min(int(value * num_bins), num_bins - 1)] > 0]
    assert marked["keep"].sum() == min(math.floor(Fraction(str(float(keep))) * len(known)), len(usable))
    assert (marked["keep"] == marked["drop_reason"].is_null()).all()


def test_rise_of_difficulty():
    before = pl.Series([0.2, 0.4, None, 0.6])
    assert difficulty.rise(before, pl.Series([0.6, 0.6])) == (pytest.approx(0.2), pytest.approx(0.1155, abs=1e-4))
    assert difficulty.rise(before, pl.Series([], dtype=pl.Float64)) is None
    assert difficulty.rise(pl.Series([None], dtype=pl.Float64), before) is None


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        ({}, [True, True, True]),
        ({"drop_easiest": 0.34, "min_difficulty": None, "target_difficulty": None}, [False, True, True]),
        ({"drop_easiest": 0.0, "min_difficulty": 0.5}, [False, False, True]),
        ({"target_difficulty": {"weights": [1, 0], "keep": 1.0}}, [True, True, False]),
    ],
)
def test_a_generators_configuration_chooses_the_way(config, kept):
    assert difficulty.choose(shard([0.1, 0.4, 0.9]), config, seed=1)["keep"].to_list() == kept


@settings(deadline=None)  # other work on the machine
@given(st.lists(st.tuples(st.text(), st.floats(0, 1)), unique_by=lambda row: row[0]), st.floats(0, 1))
def test_the_choice_is_exact_and_does_not_depend_on_order(rows, fraction):
    schema = {"query": pl.String, "difficulty": pl.Float64}
    marked = difficulty.easiest(pl.DataFrame(rows, schema=schema, orient="row"), drop_fraction=fraction)
    turned = difficulty.easiest(pl.DataFrame(rows[::-1], schema=schema, orient="row"), drop_fraction=fraction)
    assert turned.reverse()["keep"].to_list() == marked["keep"].to_list()
    assert (~marked["keep"]).sum() == math.floor(Fraction(str(fraction)) * len(rows))
    assert (marked["keep"] == marked["drop_reason"].is_null()).all()
