"""Figures of scorers on held-out rows, and what they are taken to show."""

import math
from dataclasses import asdict

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.recipe import calibration, scorer_quality


def rates(predicted: list[float | None], observed: list[float], num_samples: int = 4) -> pl.DataFrame:
    schema = {"fail_rate": pl.Float64, "predicted": pl.Float64}
    frame = pl.DataFrame({"fail_rate": observed, "predicted": predicted}, schema=schema)
    return frame.with_columns(num_samples=pl.lit(num_samples, pl.Int32))


def pairs(margins: list[float | None], queries: str = "") -> pl.DataFrame:
    names = list(queries) or [str(i) for i in range(len(margins))]
    return pl.DataFrame({"query_id": names, "margin": margins}, schema={"query_id": pl.String, "margin": pl.Float64})


def test_regression_by_hand():
    quality = scorer_quality.regression_quality(rates([0.0, 0.5, 1.7, None], [0.0, 1.0, 1.0, 0.0]), constant=0.5)
    assert quality.num_rows == 3
    assert quality.mse == pytest.approx(0.25 / 3)  # 1.7 counts as 1, as it is used
    assert quality.constant_mse == pytest.approx(0.25)
    assert quality.gain == pytest.approx(quality.constant_mse - quality.mse)
    gains = [0.25, 0.0, 0.25]
    assert quality.gain_standard_error == pytest.approx(pl.Series(gains).std() / math.sqrt(3))
    assert quality.noise_mse == 0
    assert quality.spearman == pytest.approx(math.sqrt(3) / 2)


def test_noise_is_what_a_perfect_predictor_is_left_with():
    quality = scorer_quality.regression_quality(rates([0.5, 0.5], [0.25, 0.75]), constant=0.5)
    assert quality.noise_mse == pytest.approx(0.25 * 0.75 / 3)
    assert scorer_quality.regression_quality(rates([0.5], [1.0], num_samples=1), constant=0.5).noise_mse is None


def test_a_constant_prediction_has_no_rank_and_no_rows_no_figures():
    assert scorer_quality.regression_quality(rates([0.4, 0.4], [0.0, 1.0]), constant=0.5).spearman is None
    assert scorer_quality.regression_quality(rates([None], [0.0]), constant=0.5) is None
    assert scorer_quality.pair_quality(pairs([None, None])) is None
    assert scorer_quality.pair_quality(pairs([])) is None


def test_pairs_by_hand():
    quality = scorer_quality.pair_quality(pairs([2.0, 1.0, -1.0, 0.0, None], "aabcd"))
    assert (quality.num_pairs, quality.num_questions, quality.accuracy) == (4, 3, 0.625)
    assert quality.mean_margin == 0.5
    assert quality.log_loss == pytest.approx(sum(math.log1p(math.exp(-m)) for m in (2, 1, -1, 0)) / 4)
    # Question a: both right; the others one pair each.
    assert quality.standard_error == pytest.approx(math.sqrt(0.75**2 + 0.625**2 + 0.125**2) / 4)
    assert quality.chance_standard_error == pytest.approx(0.5 * math.sqrt(4 + 1 + 1) / 4)
    assert scorer_quality.pair_quality(pairs([-1e9])).log_loss == pytest.approx(1e9)


@pytest.mark.parametrize(
    ("predicted", "is_better", "told"),
    [
        ([0.0, 1.0] * 10, True, "better by 0.2500 ± 0.0000"),
        ([1.0, 0.0] * 10, False, "worse by 0.7500 ± 0.0000. It is worse"),
        ([0.6, 0.4] * 10, False, "worse by 0.1100 ± 0.0000. It is worse"),
        ([0.5, 0.6] * 3 + [0.6, 0.5], False, "better by 0.0200"),
        ([0.0, 1.0, 1.0, 0.0, 0.3], False, "so few rows cannot tell"),
        ([0.1], False, "one question shows nothing"),
        ([0.5] * 20, False, "no better"),
    ],
)
def test_a_difficulty_model_is_better_only_where_that_is_shown(predicted, is_better, told):
    observed = [0.0, 1.0] * 10
    quality = scorer_quality.regression_quality(rates(predicted, observed[: len(predicted)]), constant=0.5)
    verdict = scorer_quality.regression_verdict(asdict(quality))
    assert verdict.is_better == is_better
    assert told in verdict.text
    assert f"on {len(predicted)} questions" in verdict.text


@pytest.mark.parametrize(
    ("margins", "queries", "is_better", "told"),
    [
        ([1.0] * 20, "", True, "100.0% of 20 held-out pairs (20 questions)"),
        ([1.0] * 20, "a" * 20, False, "so few rows cannot tell"),  # one question is one observation
        ([1.0] * 3, "", False, "so few rows cannot tell"),
        ([-1.0] * 20, "", False, "in the right order, of which a coin gets 50.0% ± 11.2%. It is worse"),
        ([-1.0] * 7, "aaabbbb", False, "0.0% of 7 held-out pairs (2 questions)"),
        ([-1.0] * 7, "aaabbbb", False, "a coin gets 50.0% ± 35.7%. Within two standard errors"),
        ([-1.0] * 7, "", False, "a coin gets 50.0% ± 18.9%. It is worse"),
        ([0.0] * 20, "", False, "cannot tell"),
    ],
)
def test_a_reward_model_is_better_only_where_that_is_shown(margins, queries, is_better, told):
    quality = scorer_quality.pair_quality(pairs(margins, queries))
    verdict = scorer_quality.pair_verdict(asdict(quality))
    assert verdict.is_better == is_better
    assert told in verdict.text


def test_confidence_is_at_least_a_half_and_says_whether_the_order_is_right():
    sure = scorer_quality.confidence(pairs([3.0, -3.0, 0.0, None, 900.0]))
    assert sure["observed"].to_list() == [1.0, 0.0, 0.5, 1.0]
    sigmoid = 1 / (1 + math.exp(-3))
    assert sure["predicted"].to_list() == pytest.approx([sigmoid, sigmoid, 0.5, 1.0])


def test_bins_are_of_equal_size_and_none_is_too_small():
    frame = pl.DataFrame({"predicted": [i / 20 for i in range(20)], "observed": [float(i >= 10) for i in range(20)]})
    bins = calibration.reliability(frame, num_bins=4)
    assert bins["num_rows"].to_list() == [5, 5, 5, 5]
    assert bins["observed"].to_list() == [0.0, 0.0, 1.0, 1.0]
    assert bins["predicted"].to_list() == pytest.approx([0.1, 0.35, 0.6, 0.85])
    assert calibration.reliability(frame.head(7))["num_rows"].to_list() == [4, 3]
    assert calibration.reliability(frame.head(1))["standard_error"].to_list() == [None]
    assert calibration.reliability(frame.head(0)).is_empty()


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1) | st.none(), st.floats(0, 1)), max_size=40))
def test_bins_lose_no_row_and_keep_the_means(values):
    frame = pl.DataFrame(values, schema={"predicted": pl.Float64, "observed": pl.Float64}, orient="row")
    bins, known = calibration.reliability(frame), frame.drop_nulls()
    assert bins["num_rows"].sum() == known.height
    assert bins["predicted"].is_sorted()
    weighted = bins.select((pl.col("observed") * pl.col("num_rows")).sum()).item()
    assert weighted == pytest.approx(known["observed"].sum())
