"""Labelled questions: broken by construction, or by a rule that takes out one condition and nothing else."""

import re
from typing import get_args

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.maths.families import Style, generate
from scalequest_assets.subjects.maths.soundness import MathsSoundness, without_condition

SOUNDNESS = MathsSoundness()


def test_our_own_are_there_as_they_are_and_broken():
    found = SOUNDNESS.labelled(30, seed=5)
    assert found.schema == {"source": pl.String, "query": pl.String, "is_sound": pl.Boolean}
    assert dict(found.group_by("source").len().iter_rows()) == dict.fromkeys(get_args(Style), 60)
    sound = found.filter("is_sound")["query"]
    assert not set(sound) & set(found.filter(~pl.col("is_sound"))["query"])
    assert sound.n_unique() == len(sound) == 30 * len(get_args(Style))
    assert found.equals(SOUNDNESS.labelled(30, seed=5))
    assert not set(sound) & set(SOUNDNESS.labelled(30, seed=6).filter("is_sound")["query"][:5])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "Mrs. Lang has 14 hens. Each lays 3 eggs a week. How many eggs is that in a week?",
            "Each lays 3 eggs a week. How many eggs is that in a week?",
        ),
        (
            "A box holds twelve pens. Tom buys 4 boxes and 5 loose pens. How many pens has he?",
            "Tom buys 4 boxes and 5 loose pens. How many pens has he?",
        ),
        ("Ann has 1,200 cards.  She gives 25.5% away. How many are left?", "She gives 25.5% away. How many are left?"),
        (
            "Ann reads 12 pages a day. Her book has 96 pages. She began today. When is she done?",
            "Her book has 96 pages. She began today. When is she done?",
        ),
    ],
)
def test_one_condition_is_taken_out_and_the_rest_stays(query: str, expected: str):
    assert without_condition(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        *(None, "", "How many?", "Tom has 3 figs and 4 pears. How many has he?"),
        "Tom has 3 figs. He has three pears. How many of his 3 figs are left?",  # all numbers are repeated
        "Tom likes figs. He buys some. How many has he?",  # no number
        "Tom likes figs. He buys 5. How many has he?",  # nothing would be left to calculate with
        "Tom has 4 figs. One of them is bad. How many are good?",  # `one` is no number
        "Tom has 4 figs. Ann has 7. Pay them.",  # nothing is asked
        "Let $x$ be 4. Let $y$ be 5. What is $x + y$?",
        r"Let \(x\) be 4. Then y is 5. What is their sum?",
        "Does Tom have 5 figs? Does Ann have 7? Who has more?",  # questions stay
    ],
)
def test_where_no_sentence_surely_is_a_condition_nothing_is_taken_out(query: str | None):
    assert without_condition(query) is None


def test_a_number_that_the_solution_does_not_use_is_ornament():
    query = "Tom is 41 years old. He buys 4 boxes. Each holds 6 figs. How many figs are that?"
    without_boxes = "Tom is 41 years old. Each holds 6 figs. How many figs are that?"
    without_figs = "Tom is 41 years old. He buys 4 boxes. How many figs are that?"
    assert without_condition(query, "4 * 6 = 24 figs. #### 24") == without_boxes
    assert without_condition(query, "6 figs 4 times: 6 * 4 = 24") == without_figs
    assert without_condition(query, "It follows at once.") is None
    assert without_condition(query, "He is 41.") == "He buys 4 boxes. Each holds 6 figs. How many figs are that?"


PARTS = st.sampled_from(
    [
        "Tom has 4 figs.",
        "He eats 3.",
        "At 7 p.m. he goes.",
        "Dr. Ba pays $5!",
        "Why 9?",
        "Twelve cats.",
        "e.g. 2",
        "\n",
        "A",
    ]
)


@given(st.lists(PARTS, max_size=9), st.none() | st.lists(st.integers(0, 12)).map(str))
def test_what_is_left_is_the_text_without_one_piece_that_asks_nothing(parts: list[str], solution: str | None):
    query = " ".join(parts)
    found = without_condition(query, solution)
    if found is None:
        return
    assert found.count("?") == query.count("?") > 0
    assert len(found) < len(query)
    begins = next(i for i in range(len(query) + 1) if not found.startswith(query.lstrip()[: i + 1]) or i == len(query))
    assert query.rstrip().endswith(found[begins:].strip())
    assert re.search(r"\d|[Tt]welve", found)


def test_many_are_done_at_once_with_nulls_where_the_rule_finds_none():
    queries = pl.Series("query", ["Ann has 2 figs. She buys 7. How many is that?", None, "What?"])
    found = SOUNDNESS.broken(queries, pl.Series([None] * 3, dtype=pl.String))
    assert found.to_list() == ["She buys 7. How many is that?", None, None]
    assert SOUNDNESS.broken(queries[:0], queries[:0]).dtype == pl.String


def test_our_grade_school_stories_lose_a_number_that_their_solution_uses():
    problems = generate("grade_school", 200, seed=3)
    found = [(p, without_condition(p.query, p.solution)) for p in problems]
    assert sum(text is not None for _, text in found) > 60
    for problem, text in found:
        if text is not None:
            lost = set(re.findall(r"\d+", problem.query)) - set(re.findall(r"\d+", text))
            assert lost & set(re.findall(r"\d+", problem.solution)) or re.search(r"[a-z]", text)
