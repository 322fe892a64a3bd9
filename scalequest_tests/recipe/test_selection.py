"""Scoring responses, best of n, and reward pairs."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from scalequest_assets.recipe import selection
from scalequest_assets.schemas import polars_schema
from scalequest_assets.storage.conforming import conform
from scalequest_tests.maths import reward_pairs, score_responses


def sampled(*rows):
    """Rows of `responses` from (query_id, sample_idx, response, finish_reason)."""
    frame = pl.DataFrame(
        rows,
        schema={"query_id": pl.String, "sample_idx": pl.Int32, "response": pl.String, "finish_reason": pl.String},
        orient="row",
    )
    return conform(
        "responses",
        frame.with_columns(
            generator=pl.lit("g"),
            shard=pl.lit("s0000"),
            query=pl.lit("Q"),
            num_tokens=3,
            seed=1,
            error=None,
            engine=pl.lit("fake"),
            is_exact=True,
            reasoning=None,
        ),
    ).collect()


RESPONSES = sampled(
    ("q1", 0, "\\boxed{4}", "stop"),
    ("q1", 1, "so \\boxed{4.0}", "stop"),
    ("q1", 2, "\\boxed{5}", "stop"),
    ("q1", 3, "\\boxed{4}", "length"),
    ("q2", 0, "dunno", "stop"),
    ("q2", 1, " ", "stop"),
    ("q2", 2, None, "error"),
    ("q2", 3, "dunno at all", "stop"),
)
REWARDS = pl.DataFrame({"query_id": ["q1"] * 3, "sample_idx": [0, 1, 2], "reward": [1.0, 1.0, 1.0]}).with_columns(
    pl.col("sample_idx").cast(pl.Int32)
)


def test_score_responses_fits_the_table_and_gives_reasons():
    scored = score_responses(RESPONSES, REWARDS)
    assert conform("response_scores", scored).collect().schema == polars_schema("response_scores")
    reasons = [None, None, None, "truncated", "no_answer", "empty", "engine_error", "no_answer"]
    assert scored["drop_reason"].to_list() == reasons
    assert scored["agreement"].to_list() == [0.75, 0.75, 0.25, 0.75, 0.0, 0.0, 0.0, 0.0]
    assert {*scored["drop_reason"].drop_nulls(), "arithmetic_error"} == set(selection.DROP_REASONS)


def test_a_missing_reward_is_an_engine_error():
    scored = score_responses(RESPONSES, REWARDS.filter(pl.col("sample_idx") > 0))
    assert scored["drop_reason"][0] == "engine_error"


def test_the_choice_breaks_ties_by_agreement_then_length():
    scored = score_responses(RESPONSES, REWARDS)
    best = selection.choose(scored)
    assert best.rows() == [("q1", 0, "4")]
    better = scored.with_columns(reward=pl.when(pl.col("sample_idx") == 2).then(9.0).otherwise("reward"))
    assert selection.choose(better)["sample_idx"].to_list() == [2]
    assert selection.choose(better, min_agreement=0.5)["sample_idx"].to_list() == [0]
    shuffled = scored.sample(fraction=1.0, shuffle=True, seed=3)
    assert_frame_equal(selection.choose(shuffled), best)


CALCULATED = sampled(
    ("q1", 0, "2 + 2 = 5, so \\boxed{5}", "stop"),
    ("q1", 1, "2 + 2 = 4, so \\boxed{4}", "stop"),
    ("q2", 0, "3 * 3 = 10, so \\boxed{10}", "stop"),
)
CALCULATED_REWARDS = CALCULATED.select("query_id", "sample_idx", reward=pl.Series([2.0, 1.0, 1.0]))


def test_a_false_equality_is_counted_ranked_last_or_dropped_as_the_profile_says():
    scored = score_responses(CALCULATED, CALCULATED_REWARDS)
    assert scored["false_equalities"].to_list() == [["2 + 2 = 5"], [], ["3 * 3 = 10"]]
    assert scored["num_equalities"].to_list() == [1, 1, 1]
    assert scored["keep"].all()
    chosen = {rule: selection.choose(scored, arithmetic=rule) for rule in ("count", "rank_last")}
    assert chosen["count"].select("query_id", "sample_idx").rows() == [("q1", 0), ("q2", 0)]
    assert chosen["rank_last"].select("query_id", "sample_idx").rows() == [("q1", 1), ("q2", 0)]
    dropped = score_responses(CALCULATED, CALCULATED_REWARDS, arithmetic="drop")
    assert dropped["drop_reason"].to_list() == ["arithmetic_error", None, "arithmetic_error"]
    assert selection.choose(dropped)["query_id"].to_list() == ["q1"]


@pytest.mark.parametrize(
    ("by", "chosen"),
    [
        ("reward", {"most": 3, "plural": 2, "even": 1}),
        ("reward_in_majority", {"most": 1, "plural": 2, "even": 1}),
        ("majority", {"most": 1, "plural": 0, "even": 1}),
    ],
)
def test_the_majority_counts_as_the_profile_says(by, chosen):
    """`most` has a majority of three in four, `plural` two samples alike among four, `even` two groups of two."""
    said = {"most": "4445", "plural": "4456", "even": "4455"}
    rewards = {"most": (1, 3, 2, 9), "plural": (2, 1, 5, 4), "even": (1, 9, 2, 3)}
    samples = [
        (name, i, f"\\boxed{{{digit}}}", "stop") for name, digits in said.items() for i, digit in enumerate(digits)
    ]
    responses = sampled(*samples)
    given = responses.select("query_id", "sample_idx", reward=pl.Series([r for row in rewards.values() for r in row]))
    found = selection.choose(score_responses(responses, given), by=by)
    assert dict(found.select("query_id", "sample_idx").iter_rows()) == chosen


SEEDS = pl.DataFrame({"query_id": ["a", "b", "c"], "solution": ["A", "B\n#### 7", None], "answer": ["1", "7", "3"]})
SEED_SAMPLES = pl.DataFrame(
    {
        "query_id": ["a"] * 5 + ["b"] * 2 + ["c"],
        "query": ["QA"] * 5 + ["QB"] * 2 + ["QC"],
        "response": ["r1", "r2", "w1", "w2", "?", "w3", "w3", "w4"],
        "is_correct": [True, True, False, False, None, False, False, False],
        "finish_reason": ["stop", "length", "stop", "length", "stop", "stop", "stop", "stop"],
    }
)


def test_reward_pairs():
    found = reward_pairs(SEED_SAMPLES, SEEDS, max_pairs_per_question=5, seed=1, use_gold_solutions=True)
    rows = set(found.select("prompt", "chosen", "rejected").rows())
    assert rows == {("QA", "r1", "w1"), ("QA", "r1", "w2"), ("QB", "B\nThe answer is \\boxed{7}.", "w3")}
    assert found.columns == ["query_id", "prompt", "chosen", "rejected"]
    without = reward_pairs(SEED_SAMPLES, SEEDS, max_pairs_per_question=5, seed=1, use_gold_solutions=False)
    assert set(without["query_id"]) == {"a"}


def test_reward_pairs_are_bounded_and_seeded():
    def drawn(seed, frame=SEED_SAMPLES):
        return reward_pairs(frame, SEEDS, max_pairs_per_question=1, seed=seed, use_gold_solutions=False)

    assert drawn(1).height == 1
    assert_frame_equal(drawn(1), drawn(1, SEED_SAMPLES.reverse()))
    assert {drawn(seed)["rejected"][0] for seed in range(20)} == {"w1", "w2"}
    assert drawn(1, SEED_SAMPLES.clear()).schema["chosen"] == pl.String
