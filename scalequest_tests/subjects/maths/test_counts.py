"""Fewer than none of something is no answer to how many there are."""

import polars as pl
import pytest

from scalequest_assets.recipe.parts import RECOMPUTED
from scalequest_assets.subjects import subject_named
from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.counts import add_impossible
from scalequest_tests.real_data import records_or_skip


def false(query: str | None, answer: str | None) -> list[str]:
    nothing = pl.Series([{"num_equalities": 0, "false_equalities": []}], dtype=RECOMPUTED)
    made = add_impossible(nothing, pl.Series([query], dtype=pl.String), pl.Series([answer], dtype=pl.String))
    assert made.dtype == RECOMPUTED
    row = made[0]
    assert row["num_equalities"] == len(row["false_equalities"])
    return row["false_equalities"]


@pytest.mark.parametrize("answer", ["-3", "$-3$", "\u22123 apples", " - 3.5", "$(-3)"])
def test_a_negative_count_is_false(answer):
    query = "A man has 12 apples. He eats 15. How many Apples are left?"
    assert false(query, answer) == [f"how many apples = {answer}"]


@pytest.mark.parametrize(
    "query",
    [
        "Tom pays with $20 and gets $5 in change. How many pens did he buy?",
        "There is a fishing net. How many fish are in it?",
        "By how many pears is it more? How many pens are there?",
        "How many grams of flour does she need?",
    ],
)
def test_what_changes_elsewhere_is_no_excuse(query):
    assert false(query, "-3")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("A man has 12 apples. He eats 5. How many apples are left?", "7"),
        ("It is 2 degrees and gets 5 colder. How many degrees is it?", "-3"),
        ("How many points does the team have after losing 5 of 2?", "-3"),
        ("How many more pens has Ann than Tom?", "-3"),
        ("How much is 2 - 5?", "-3"),
        ("How many pens are there? Give 2 - 5.", "-3"),
        ("By how many people did the village change in ten years?", "-3"),
        ("By how many kilograms did her weight change?", "-3"),
        ("What is 5 less than 2? How many percent is it of 100?", "-3"),
        ("How many members did the club gain or lose?", "-3"),
        ("How many pens are there?", None),
        ("How many pens are there?", "7 - 3"),
        (None, "-3"),
        ("", "-3"),
    ],
)
def test_what_may_be_negative_or_is_no_count_is_left(query, answer):
    assert false(query, answer) == []


def test_it_is_what_a_response_states_of_mathematics():
    responses = pl.Series(["He has 12 - 15 = -3. The answer is \\boxed{-3}.", None, "\\boxed{-3}"])
    queries = pl.Series(["He eats 15 of 12 apples. How many apples are left?"] * 2 + ["What is $2 - 5$?"])
    answers = subject_named("maths").answers
    found = answers.recompute(responses, queries, answers.extract(responses, queries))
    assert found.to_list() == [
        {"num_equalities": 2, "false_equalities": ["how many apples = -3"]},
        None,
        {"num_equalities": 0, "false_equalities": []},
    ]


@pytest.mark.parametrize("name", ["gsm8k/train", "gsm8k/test", "math500/test", "college_math/test"])
def test_no_real_answer_is_impossible(name):
    records = records_or_skip(name)
    gold = subject_named("maths").answers.gold
    queries = pl.Series([record["question"] for record in records])
    answers = gold(pl.Series([record["answer"] for record in records]), queries)["answer"]
    nothing = pl.Series([{"num_equalities": 0, "false_equalities": []}] * len(records), dtype=RECOMPUTED)
    assert answers.str.contains("-").sum() > 0 or name.startswith("gsm8k")
    assert add_impossible(nothing, queries, answers).struct.field("num_equalities").sum() == 0


def test_no_answer_of_our_families_is_impossible():
    problems = [
        p for style in ("first_stories", "grade_school", "competition") for p in families.generate(style, 400, seed=3)
    ]
    queries, answers = (pl.Series([str(getattr(p, name)) for p in problems]) for name in ("query", "answer"))
    nothing = pl.Series([{"num_equalities": 0, "false_equalities": []}] * len(problems), dtype=RECOMPUTED)
    assert add_impossible(nothing, queries, answers).struct.field("num_equalities").sum() == 0
