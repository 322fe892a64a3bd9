import math

import polars as pl
import pytest

from scalequest_assets.recipe.generator_quality import (
    diversity_finding,
    preference_pairs,
    qpo_finding,
    rewriting_finding,
    with_verdicts,
)
from scalequest_assets.schemas import polars_schema
from scalequest_tests.maths import compare_stages, seed_copies

QUESTION = "How many apples do {} people have if each one of them has {} apples?"


def questions(stage: str, solvable: list[bool | None], direction: str | None = None, **given: object) -> pl.DataFrame:
    """Return rows of `study_questions`: one for each verdict, all of them questions."""
    rows = [
        {
            "query_id": f"g/{stage}/{number:06d}",
            "generator": "g",
            "stage": stage,
            "direction": direction,
            "query": QUESTION.format(number, number * 7 % 5),
            "is_question": True,
            "is_solvable": verdict,
            "difficulty": 0.5,
            "is_seed_copy": False,
            "num_tokens": 20,
            **given,
        }
        for number, verdict in enumerate(solvable)
    ]
    schema = polars_schema("study_questions")
    return pl.DataFrame(rows, schema={name: schema[name] for name in rows[0]}, orient="row").select(
        pl.col(name) if name in rows[0] else pl.lit(None, dtype).alias(name) for name, dtype in schema.items()
    )


def report_of(*parts: pl.DataFrame) -> pl.DataFrame:
    return compare_stages(pl.concat(parts))


def row(report: pl.DataFrame, stage: str) -> dict:
    return report.filter(stage=stage).row(0, named=True)


def test_stages_come_in_order_and_each_direction_by_itself():
    report = report_of(
        questions("rewritten", [True], "difficulty"),
        questions("qpo", [True]),
        questions("original", [True], "difficulty"),
        questions("rewritten", [True], "solvability"),
        questions("base", [True]),
        questions("original", [True], "solvability"),
        questions("qft", [True]),
    )
    assert report.schema == polars_schema("generator_report")
    assert report.select("stage", "direction").rows() == [
        ("base", None),
        ("qft", None),
        ("qpo", None),
        ("original", "solvability"),
        ("rewritten", "solvability"),
        ("original", "difficulty"),
        ("rewritten", "difficulty"),
    ]
    assert report["generator"].to_list() == ["g"] * 7


def test_shares_count_what_was_decided_and_are_never_certain():
    undecided = questions("qft", [None, None]).with_columns(is_question=pl.Series([None, True], dtype=pl.Boolean))
    no_question = questions("qft", [False]).with_columns(is_question=False, difficulty=pl.lit(None, pl.Float64))
    found = row(report_of(questions("qft", [True, True]), undecided, no_question), "qft")
    assert found["num_questions"] == 4, "one could not be written"
    assert found["question_share"] == 3 / 4
    assert found["solvable_share"] == 2 / 3
    assert found["mean_difficulty"] == 0.5
    assert found["solvable_share_stderr"] == pytest.approx(math.sqrt(0.6 * 0.4 / 5))
    assert row(report_of(questions("qft", [False] * 20)), "qft")["solvable_share_stderr"] > 0.03
    assert found["solvable_gain"] is None, "there is no base to compare with"


def test_independent_stages_are_compared_by_their_errors():
    report = report_of(questions("base", [False] * 8), questions("qft", [True] * 8, difficulty=0.75))
    found, before = row(report, "qft"), row(report, "base")
    assert (found["solvable_gain"], found["difficulty_gain"]) == (1.0, 0.25)
    errors = (found["solvable_share_stderr"], before["solvable_share_stderr"])
    assert found["solvable_gain_stderr"] == pytest.approx(math.hypot(*errors))
    assert found["difficulty_gain_stderr"] == 0.0


def test_rewrites_are_compared_pair_by_pair():
    original = questions("original", [True, False, False, None], "solvability")
    rewritten = questions("rewritten", [True, True, True, True], "solvability")
    rewritten = rewritten.with_columns(difficulty=pl.Series([0.6, 0.5, None, 0.6]))
    found = row(report_of(original, rewritten.reverse()), "rewritten")
    assert found["solvable_gain"] == pytest.approx(2 / 3), "the undecided pair is left out"
    assert found["solvable_gain_stderr"] == pytest.approx(math.sqrt(2.5 + 0.5 - 2**2 / 5) / 5)
    assert found["difficulty_gain"] == pytest.approx(0.2 / 3)


def test_nothing_at_all_is_an_empty_report():
    nothing = questions("qft", [True]).clear()
    assert compare_stages(nothing).schema == polars_schema("generator_report")
    for finding in (
        rewriting_finding(compare_stages(nothing)),
        qpo_finding(compare_stages(nothing), "solvable", max_drop=0),
        diversity_finding(compare_stages(nothing), max_rise=0),
    ):
        assert finding == (False, "nothing to compare")


def test_no_questions_have_no_figures():
    found = row(report_of(questions("qft", [False], is_question=False, difficulty=None)), "qft")
    assert (found["question_share"], found["solvable_share"]) == (0.0, 0.0)
    assert [found[name] for name in ("mean_difficulty", "mean_similarity", "mean_tokens", "seed_overlap")] == [None] * 4


@pytest.mark.parametrize(
    ("before", "after", "passed", "told"),
    [
        ([False] * 30, [True] * 20 + [False] * 10, True, "+66.7% ± 9.1% on 30 pairs"),
        ([True] * 20 + [False] * 10, [False] * 30, False, "fewer are solvable"),
        ([False, True, False], [True, True, False], False, "too few to tell"),
    ],
)
def test_rewriting_must_be_shown_to_help(before, after, passed, told):
    pairs = (questions("original", before, "solvability"), questions("rewritten", after, "solvability"))
    finding = rewriting_finding(report_of(*pairs))
    assert finding.passed == passed
    assert finding.text.startswith("g: solvable share")
    assert told in finding.text


def test_a_generator_without_such_rewrites_is_named():
    pairs = [questions(stage, [True], "difficulty") for stage in ("original", "rewritten")]
    assert rewriting_finding(report_of(*pairs)) == (
        False,
        "g: no pair was kept that was rewritten for solvability",
    )


def test_own_samples_were_not_rewritten_and_what_the_judge_selected_is_said():
    own = [questions(stage, [True, False], "own_samples") for stage in ("original", "rewritten")]
    report = report_of(*own)
    assert rewriting_finding(report) == (True, "g: nothing was rewritten, its pairs are its own samples")
    assert row(report, "rewritten")["direction"] == "own_samples"
    pairs = questions("original", [False] * 30, "solvability"), questions("rewritten", [True] * 30, "solvability")
    finding = rewriting_finding(report_of(*pairs), is_selected=True)
    assert finding.passed
    assert finding.text.endswith("on 30 pairs (pairs that the judge selected)")


@pytest.mark.parametrize(
    ("num_solvable", "passed", "told"),
    [(90, True, "+0.100 ± 0.050"), (79, True, "-0.010"), (72, True, "too few to tell"), (50, False, "at least -0.02")],
)
def test_qpo_fails_only_where_it_is_shown_to_be_worse(num_solvable, passed, told):
    qpo = questions("qpo", [True] * num_solvable + [False] * (100 - num_solvable))
    finding = qpo_finding(report_of(questions("qft", [True] * 80 + [False] * 20), qpo), "solvable", max_drop=0.02)
    assert finding.passed == passed
    assert told in finding.text
    assert ("tell" in finding.text) == (num_solvable == 72)


def test_a_generator_that_is_worse_is_named_beside_one_that_is_not():
    fine = report_of(questions("qft", [False] * 20), questions("qpo", [True] * 20))
    worse = report_of(questions("qft", [True] * 20), questions("qpo", [False] * 20))
    finding = qpo_finding(pl.concat([fine, worse.with_columns(generator=pl.lit("h"))]), "solvable", max_drop=0.02)
    assert not finding.passed
    assert finding.text.startswith("g: solvable +1.000")
    assert "; h: solvable -1.000" in finding.text


def test_questions_that_became_alike_are_found():
    varied = questions("qft", [True] * 30).with_columns(query=pl.Series([f"a{n} b{n} c{n}?" for n in range(30)]))
    alike = questions("qpo", [True] * 30)
    finding = diversity_finding(report_of(varied, alike), max_rise=0.02)
    assert not finding.passed
    assert "g: similarity +0." in finding.text
    assert diversity_finding(report_of(varied, varied.with_columns(stage=pl.lit("qpo"))), max_rise=0.0).passed


def test_pairs_are_the_kept_ones_on_both_sides():
    ids = [f"g/raw/{number:06d}" for number in range(4)]
    raw = pl.DataFrame({"query_id": ids, "generator": "g", "query": list("abcd"), "num_tokens": [5, 6, 7, 8]})
    raw = raw.with_columns(pl.col("num_tokens").cast(pl.Int32), finish_reason=pl.lit("stop"))
    optimized = raw.with_columns(
        pl.Series("optimized_query", ["A", None, "C", "D"]),
        direction=pl.lit("difficulty"),
        keep=pl.Series([True, False, True, True]),
        num_tokens=pl.lit(99, pl.Int32),
    )
    found = preference_pairs(optimized, raw, num=2, seed=1)
    assert found["stage"].to_list() == ["original"] * 2 + ["rewritten"] * 2
    before, after = found.filter(stage="original"), found.filter(stage="rewritten")
    assert [text.upper() for text in before["query"]] == after["query"].to_list()
    assert after["num_tokens"].null_count() == 2, "99 is what the rewriter wrote in all"
    assert before["num_tokens"].null_count() == 0
    assert [i.replace("original", "rewritten") for i in before["query_id"]] == after["query_id"].to_list()
    everything = preference_pairs(optimized, raw, num=9, seed=1)
    assert everything["query"].to_list() == list("acdACD")
    assert preference_pairs(optimized.clear(), raw, num=9, seed=1).is_empty()


def test_copies_of_seed_questions_are_named():
    seed = "Tom has 3 red apples and 4 green ones in a large basket at home. How many does he have?"
    seeds = pl.DataFrame({"query_id": ["s/0", "s/1"], "query": [seed, "What is 2 + 2?"]})
    asked = [
        seed.replace("How many does he have", "What is their sum"),
        "what is 2+2",
        "What is 2 + 2 + 5?",
        seed.replace("3", "5").replace("green", "blue").replace("basket", "box"),
        "",
    ]
    found = seed_copies(pl.DataFrame({"query": asked}), seeds)
    assert found["is_seed_copy"].to_list() == [True, True, False, False, False]
    assert found["seed_id"].to_list() == ["s/0", "s/1", None, None, None]
    assert not seed_copies(pl.DataFrame({"query": asked}), seeds.clear())["is_seed_copy"].any()


def test_verdicts_decide_in_turn_and_what_an_engine_failed_at_is_unknown():
    found_out = ["is_question", "is_solvable", "drop_reason", "verdict", "judgement", "difficulty"]
    found_out += ["failed_rules", "language", "language_probability"]
    asked = questions("qft", [None] * 5).drop(found_out)
    ids = asked["query_id"]
    rules = pl.Series([["engine_error", "empty"], ["not_a_question"], [], [], []], dtype=pl.List(pl.String))
    screened = pl.DataFrame({"query_id": ids, "failed_rules": rules}).with_columns(
        language=pl.lit("en"), language_probability=pl.lit(0.9)
    )
    reasons = pl.Series("drop_reason", [None, "unsolvable", "engine_error"])
    verdicts = pl.DataFrame({"query_id": ids[2:], "verdict": ["yes", "no", None], "judgement": ["Yes", "No", None]})
    verdicts = verdicts.with_columns(reasons, keep=pl.Series([True, False, False]))
    scores = pl.DataFrame({"query_id": ids[2:], "difficulty": [1.4, 0.3, None]})
    found = with_verdicts(asked, screened, verdicts, scores)
    assert found.schema == polars_schema("study_questions")
    assert found["is_question"].to_list() == [None, False, True, True, True]
    assert found["is_solvable"].to_list() == [None, False, True, False, None]
    assert found["drop_reason"].to_list() == ["engine_error", "not_a_question", None, "unsolvable", "engine_error"]
    assert found["difficulty"].to_list() == [None, None, 1.4, 0.3, None], "not bounded: all would be 1"
