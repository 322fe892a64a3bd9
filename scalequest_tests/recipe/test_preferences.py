"""Pairs that the judge agrees with, and pairs of a generator's own questions."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe import preferences
from scalequest_assets.schemas import polars_schema
from scalequest_tests.maths import SUBJECT

VERDICT = {
    "query_id": pl.String,
    "keep": pl.Boolean,
    "drop_reason": pl.String,
    "yes_probability": pl.Float64,
    "error": pl.String,
}
YES, NO, FAILED = (True, None), (False, "unsolvable"), (False, "engine_error")


def verdicts(**said):
    """Verdicts by id: (keep, reason) or (keep, reason, probability)."""
    rows = [
        (name.replace("__", "/"), keep, reason, p[0] if p else None, "timeout" if reason == "engine_error" else None)
        for name, (keep, reason, *p) in said.items()
    ]
    return pl.DataFrame(rows, schema=VERDICT, orient="row")


def rewritten(*directions, drop_reason=None):
    ids = [f"r{row}" for row in range(len(directions))]
    kept = pl.Series("drop_reason", [drop_reason] * len(ids), dtype=pl.String)
    return pl.DataFrame(
        {
            "query_id": ids,
            "direction": directions,
            "query": [f"What is {i}?" for i in ids],
            "optimized_query": [f"What is {i} + 1?" for i in ids],
            "error": pl.Series([None] * len(ids), dtype=pl.String),
        }
    ).with_columns(kept, keep=kept.is_null())


def test_the_judge_is_asked_about_both_questions_of_each_pair_under_ids_of_their_own():
    asked = preferences.to_judge(pl.concat([rewritten("difficulty"), rewritten("x", "y", drop_reason="empty")[1:]]))
    assert dict(asked.iter_rows()) == {"r0/original": "What is r0?", "r0/rewritten": "What is r0 + 1?"}


@pytest.mark.parametrize(
    ("direction", "before", "after", "reason"),
    [
        ("solvability", NO, YES, None),
        ("solvability", YES, YES, "no_gain"),
        ("solvability", YES, NO, "no_gain"),
        ("solvability", NO, NO, "no_gain"),
        ("solvability", (*YES, 0.6), (*YES, 0.7), None),
        ("solvability", (*YES, 0.7), (*YES, 0.7), "no_gain"),
        ("solvability", (*YES, 0.7), (*YES, None), "no_gain"),
        ("solvability", (*NO, 0.1), (*NO, 0.4), "no_gain"),
        ("solvability", FAILED, YES, "engine_error"),
        ("solvability", FAILED, NO, "no_gain"),
        ("solvability", YES, FAILED, "engine_error"),
        ("difficulty", YES, YES, None),
        ("difficulty", NO, YES, None),
        ("difficulty", YES, NO, "no_gain"),
        ("difficulty", FAILED, YES, None),
        ("difficulty", YES, FAILED, "engine_error"),
    ],
)
def test_a_pair_counts_if_the_judge_finds_the_rewrite_better(direction, before, after, reason):
    said = verdicts(r0__original=before, r0__rewritten=after)
    (row,) = preferences.agreed(rewritten(direction), said).iter_rows(named=True)
    assert (row["keep"], row["drop_reason"]) == (reason is None, reason)
    assert row["error"] == ("timeout" if reason == "engine_error" else None)
    assert row["query_keep"] == (None if before == FAILED else before[0])
    assert (row["optimized_keep"], row["optimized_reason"]) == (None if after == FAILED else after[0], after[1])
    assert row["optimized_yes_probability"] == (after[2] if len(after) > 2 else None)


def test_what_was_dropped_before_stays_so_and_is_not_judged():
    rows = preferences.agreed(rewritten("solvability", drop_reason="unchanged"), verdicts())
    assert rows.schema == polars_schema("optimized_questions")
    assert rows.select("keep", "drop_reason", "query_keep").row(0) == (False, "unchanged", None)


def test_observed_difficulty_leaves_out_what_the_engine_failed_at():
    boxed = "The answer is \\boxed{{{}}}.".format
    samples = pl.DataFrame(
        [
            *(("mixed", boxed(n), "stop", None) for n in (1, 1, 2)),
            ("mixed", None, "error", "timeout"),
            *(("same", text, "stop", None) for text in (boxed("1/2"), boxed("0.5"))),
            *(("some", text, "stop", None) for text in (boxed(3), "I cannot say", "Nor can I", "Never")),
            *(("none", "I cannot say", "stop", None) for _ in range(2)),
            *(("failed", None, "error", "timeout") for _ in range(2)),
            ("alone", boxed(1), "stop", None),
            ("alone", None, "error", "timeout"),
        ],
        schema=dict.fromkeys(("query_id", "text", "finish_reason", "error"), pl.String),
        orient="row",
    ).with_columns(query=pl.lit("What is it?"))
    found = {row[0]: row[1:] for row in preferences.observed(samples, SUBJECT.answers).iter_rows()}
    assert found.pop("mixed") == (pytest.approx(1 / 3), None)
    assert found == {
        "same": (0.0, None),
        "some": (0.75, None),
        "none": (None, None),
        "failed": (None, "timeout"),
        "alone": (None, "timeout"),
    }


RULES = ["not_a_question", "truncated", "empty", "engine_error"]
FATES = st.one_of(
    st.sampled_from([*RULES, "unsolvable", "judge_failed", "solver_failed", "unanswered"]),
    st.sampled_from([0.0, 0.25, 0.5, 0.75]),
)


def paired(fates, *, seed=1, texts=None, order=None):
    """Pair questions, of each of which it is known what rules, judge and solver make of it."""
    ids = [f"g/raw/{row:06d}" for row in range(len(fates))]
    raw = pl.DataFrame(
        {
            "query_id": ids,
            "generator": ["g"] * len(ids),
            "query": texts or [f"What is {row} times 7?" for row in range(len(ids))],
            "error": ["lost" if fate == "engine_error" else None for fate in fates],
        },
        schema=dict.fromkeys(("query_id", "generator", "query", "error"), pl.String),
    )
    raw = raw[order] if order else raw
    screened = pl.DataFrame(
        {"query_id": ids, "drop_reason": [fate if fate in RULES else None for fate in fates]},
        schema={"query_id": pl.String, "drop_reason": pl.String},
    )
    says = {"unsolvable": NO, "judge_failed": FAILED}
    judged = verdicts(**{i: says.get(fate, YES) for i, fate in zip(ids, fates, strict=True) if fate not in RULES})
    passed = [(i, fate) for i, fate in zip(ids, fates, strict=True) if fate not in (*RULES, *says)]
    rows = [
        (i, fate if isinstance(fate, float) else None, "timeout" if fate == "solver_failed" else None)
        for i, fate in passed
    ]
    schema = {"query_id": pl.String, "query_difficulty": pl.Float64, "solver_error": pl.String}
    answered = pl.DataFrame(rows, schema=schema, orient="row")
    return preferences.own_pairs(raw, screened, judged, answered, SUBJECT.rewrites, seed=seed)


def test_the_hardest_meets_the_unsolvable_first():
    rows = paired([0.25, 0.0, "unanswered", 0.75, "unsolvable", "empty", 0.5, "judge_failed", "solver_failed", 0.25])
    pairs = rows.filter("keep")
    found = {row["query_id"][-1]: row["optimized_id"][-1] for row in pairs.iter_rows(named=True)}
    assert found["4"] == "3"
    assert found["2"] == "6"
    assert found["1"] in ("0", "9")
    reasons = {row[0][-1]: row[1] for row in rows.select("query_id", "drop_reason").iter_rows()}
    assert sorted((reasons["0"], reasons["9"])) == ["preferred", "unpaired"]
    assert (reasons["5"], reasons["7"], reasons["8"]) == ("empty", "engine_error", "engine_error")
    row = pairs.row(by_predicate=pl.col("query_id") == "g/raw/000004", named=True)
    assert (row["query_keep"], row["query_reason"], row["optimized_difficulty"]) == (False, "unsolvable", 0.75)
    assert pairs.filter(query_id="g/raw/000002")["query_reason"].item() == "no_answer"
    assert rows.filter(query_id="g/raw/000008")["error"].item() == "timeout"


@given(st.lists(FATES, max_size=24), st.integers(0, 3), st.randoms(use_true_random=False))
def test_each_question_is_in_one_pair_at_most_whatever_their_order(fates, seed, random):
    rows = paired(fates, seed=seed)
    assert rows.schema == polars_schema("optimized_questions")
    assert rows.height == len(fates)
    assert (rows["keep"] == rows["drop_reason"].is_null()).all()
    pairs, fate = rows.filter("keep"), dict(zip(rows["query_id"], fates, strict=True))
    used = [*pairs["query_id"], *pairs["optimized_id"]]
    assert len(set(used)) == len(used)
    preferred = rows.filter(pl.col("drop_reason") == "preferred")["query_id"]
    assert set(preferred) == set(pairs["optimized_id"])
    chosen = [fate[i] for i in pairs["optimized_id"]]
    assert all(isinstance(hard, float) and hard > 0 for hard in chosen)
    assert all(fate[i] in (*RULES[:2], "unsolvable", "unanswered", 0.0) for i in pairs["query_id"])
    left = [fate[i] for i in rows.filter(pl.col("drop_reason") == "unpaired")["query_id"]]
    hard = [isinstance(one, float) and one > 0 for one in left]
    assert all(hard) or not any(hard), "of one side alone some are left"
    assert not any(hard) or max(one for one in left if isinstance(one, float)) <= min(chosen, default=1)
    order = list(range(len(fates)))
    random.shuffle(order)
    assert paired(fates, seed=seed, order=order).sort("query_id").equals(rows)


def test_another_seed_pairs_equals_otherwise():
    fates = [0.5] * 10 + ["unsolvable"] * 10
    first, second = paired(fates, seed=1), paired(fates, seed=2)
    assert first.filter("keep").height == second.filter("keep").height == 10
    assert first["optimized_id"].to_list() != second["optimized_id"].to_list()


def test_a_question_is_not_preferred_to_itself():
    rows = paired([0.5, "unsolvable"], texts=["What is 2 + 2?", "**What is** 2+2?"])
    assert rows["drop_reason"].to_list() == ["unpaired", "unchanged"]


def test_sides_are_the_means_of_the_pairs_that_are_kept():
    shown = preferences.sides(paired([0.75, 0.5, 0.0, "unsolvable", 0.25]))
    assert shown == {
        "rejected_solvable": 0.5,
        "chosen_solvable": 1.0,
        "rejected_difficulty": 0.0,
        "chosen_difficulty": 0.625,
    }
    assert set(preferences.sides(preferences.as_table(rewritten())).values()) == {None}


def test_the_remedy_is_that_of_the_way_in_which_pairs_were_made():
    own = preferences.remedy(paired([0.0]))
    assert "difficulty.num_samples" in own
    assert "rewriter" not in own
    lost = preferences.agreed(rewritten("difficulty"), verdicts(r0__original=YES, r0__rewritten=NO))
    assert "pairs: rewrites" in preferences.remedy(lost)
    assert "pairs" not in preferences.remedy(rewritten("difficulty"))
