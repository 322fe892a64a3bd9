"""Directions and preference pairs."""

import polars as pl
import pytest

from scalequest_assets.recipe import rewriting
from scalequest_tests.maths import preference_pairs


def test_directions_depend_on_id_and_seed_alone():
    ids = pl.Series([f"g/raw/{row:06d}" for row in range(2000)])
    drawn = rewriting.directions(ids, solvability_share=0.5, seed=1)
    assert rewriting.directions(ids.reverse(), solvability_share=0.5, seed=1).reverse().to_list() == drawn.to_list()
    assert rewriting.directions(ids, solvability_share=0.5, seed=2).to_list() != drawn.to_list()
    assert 900 < (drawn == "solvability").sum() < 1100
    more = pl.Series([f"g/raw/{row:06d}" for row in range(2000, 2500)])
    grown = pl.concat([pl.Series(["other/raw/000000"]), ids, more])
    assert rewriting.directions(grown, solvability_share=0.5, seed=1).to_list()[1:2001] == drawn.to_list()
    assert set(rewriting.directions(ids, solvability_share=0.0, seed=1)) == {"difficulty"}
    assert set(rewriting.directions(ids, solvability_share=1.0, seed=1)) == {"solvability"}


def rewritten(*rows):
    return pl.DataFrame(
        [("What is 2 + 2?", *row) for row in rows],
        schema=dict.fromkeys(("query", "direction", "rewrite", "finish_reason"), pl.String),
        orient="row",
    )


def test_each_reason():
    frame = rewritten(
        ("solvability", "FINAL QUESTION: What is 2 + 3?", "stop"),
        ("difficulty", "#Finally Rewritten Problem#: What is 2 + 3?", "stop"),
        ("solvability", None, "error"),
        ("solvability", "FINAL QUESTION: What is", "length"),
        ("difficulty", "FINAL QUESTION: the other marker", "stop"),
        ("solvability", "FINAL QUESTION:", "stop"),
        ("solvability", "  ", "stop"),
        ("solvability", "FINAL QUESTION: what is  2 + 2?", "stop"),
        ("solvability", "FINAL QUESTION: What is 2 + 3? The answer is 5.", "stop"),
        ("solvability", "FINAL QUESTION: What is \\boxed{5}?", "stop"),
        (
            "difficulty",
            "#Finally Rewritten Problem#: Tom sells 3 of 9 cakes. The rest is asked for. Verdict: No",
            "stop",
        ),
        ("solvability", "FINAL QUESTION: " + "x" * 500, "stop"),
    )
    found = preference_pairs(frame)
    assert found["drop_reason"].to_list() == [
        *(None, None, "engine_error", "truncated", "no_rewrite", "empty", "empty"),
        *("unchanged", "answer_leak", "answer_leak", "judged", "too_long"),
    ]
    assert found["optimized_query"][0] == "What is 2 + 3?"
    assert (found["keep"] == found["drop_reason"].is_null()).all()
    assert set(found["drop_reason"].drop_nulls()) == set(rewriting.DROP_REASONS)


@pytest.mark.parametrize(
    "text",
    [
        "WHAT IS 2 + 2",
        "What is 2+2?",
        "What  is\n2 + 2 ?!",
        "**What is** two + 2?",
        "What is $2 + 2$?",
    ],
)
def test_what_differs_in_dress_alone_is_unchanged(text):
    found = preference_pairs(rewritten(("solvability", f"FINAL QUESTION: {text}", "stop")))
    assert found["drop_reason"][0] == "unchanged"


@pytest.mark.parametrize("text", ["What is 2 - 2?", "What is 2 + 3?", "What is 2 + 2 + 2?", "What is 22?"])
def test_another_problem_is_a_change(text):
    assert preference_pairs(rewritten(("solvability", f"FINAL QUESTION: {text}", "stop")))["keep"][0]


@pytest.mark.parametrize(
    "text",
    [
        "What is 4 + 5? The correct answer is 9.",
        "What is 4 + 5? (Answer: 9)",
        "What is 4 + 5? Ans = $9",
        "What is 4 + 5? The answer would be 9",
        "What is 4 + 5? **Answer:** x = 9",
        "What is 4 + 5? 4 + 5 = 9.",
        "How much in all? (4 + 5) ÷ 3 = 18 dollars.",
        "How much in all? $4 \\times 5 = 20$",
        "What is x? Therefore x = 12.",
    ],
)
def test_leaked_answers(text):
    found = preference_pairs(rewritten(("solvability", f"FINAL QUESTION: {text}", "stop")))
    assert found["drop_reason"][0] == "answer_leak"


@pytest.mark.parametrize(
    "text",
    [
        "Solve for x: 2x + 3 = 12.",
        "Find x such that x + 3 + 4 = 12.",
        "Find f(3) if f(2) + 3 = 12.",
        "Evaluate 3x + 1 when x = 12.",
        "Choose b so that b = 12.",
        "Solve $3(x + 2) - 4 = 12$.",
        "Find k if 2^k = 8.",
        "Give your answer as a decimal: what is 3 / 8?",
        "If 3 + 4 = 7, what is 30 + 40?",
    ],
)
def test_equations_leak_nothing(text):
    assert preference_pairs(rewritten(("solvability", f"FINAL QUESTION: {text}", "stop")))["keep"][0]


def test_an_unknown_direction_is_an_error():
    with pytest.raises(ValueError, match="sideways"):
        preference_pairs(rewritten(("sideways", "x", "stop")))


def test_an_empty_frame_keeps_its_types():
    assert preference_pairs(rewritten()).schema["optimized_query"] == pl.String
