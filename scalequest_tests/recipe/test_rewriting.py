"""Directions and preference pairs."""

import polars as pl
import pytest

from scalequest_assets.recipe import rewriting


def test_directions_depend_on_id_and_seed_alone():
    ids = pl.Series([f"g/raw/{row:06d}" for row in range(2000)])
    drawn = rewriting.directions(ids, solvability_share=0.5, seed=1)
    assert rewriting.directions(ids.reverse(), solvability_share=0.5, seed=1).reverse().to_list() == drawn.to_list()
    assert rewriting.directions(ids, solvability_share=0.5, seed=2).to_list() != drawn.to_list()
    assert 900 < (drawn == "solvability").sum() < 1100
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
        ("solvability", "FINAL QUESTION: " + "x" * 500, "stop"),
    )
    found = rewriting.pairs(frame)
    assert found["drop_reason"].to_list() == [
        *(None, None, "engine_error", "truncated", "no_rewrite", "empty", "empty"),
        *("unchanged", "answer_leak", "answer_leak", "too_long"),
    ]
    assert found["optimized_query"][0] == "What is 2 + 3?"
    assert (found["keep"] == found["drop_reason"].is_null()).all()
    assert set(found["drop_reason"].drop_nulls()) == set(rewriting.DROP_REASONS)


def test_an_unknown_direction_is_an_error():
    with pytest.raises(ValueError, match="sideways"):
        rewriting.pairs(rewritten(("sideways", "x", "stop")))


def test_an_empty_frame_keeps_its_types():
    assert rewriting.pairs(rewritten()).schema["optimized_query"] == pl.String
