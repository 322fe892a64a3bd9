"""Choices, pass rates of responder and weak solver, and the bands that decide what becomes a pair."""

import polars as pl
import pytest
from pydantic import ValidationError

from scalequest_assets.recipe import observed
from scalequest_assets.recipe.settings import Band
from scalequest_assets.storage.conforming import conform
from scalequest_tests.maths import ANSWERS, score_responses
from scalequest_tests.recipe.test_selection import sampled


def scores(answers: dict[str, str], rewards: dict[str, tuple[float, ...]]) -> pl.DataFrame:
    """Scored responses from one character a sample: a digit it answers, `-` no answer, `!` the engine failed."""
    texts = {"-": ("no idea", "stop"), "!": ("", "error")}
    rows = [
        (name, index, *texts.get(char, (f"\\boxed{{{char}}}", "stop")))
        for name, chars in answers.items()
        for index, char in enumerate(chars)
    ]
    responses = sampled(*rows)
    values = pl.Series([value for name in answers for value in rewards[name]], dtype=pl.Float64)
    return score_responses(responses, responses.select("query_id", "sample_idx", reward=values))


def choices(scored: pl.DataFrame, by: str = "reward", min_agreement: float = 0.0) -> pl.DataFrame:
    return observed.choices(scored, ANSWERS, by=by, min_agreement=min_agreement, arithmetic="rank_last")


SCORES = scores(
    {"clear": "4444", "split": "4455", "failed": "4!!4", "none": "--!-"},
    {"clear": (1, 2, 3, 4), "split": (1, 2, 3, 4), "failed": (1, 0, 0, 2), "none": (0, 0, 0, 0)},
)


def test_every_question_has_a_row_with_its_choice_and_pass_rate():
    found = choices(SCORES)
    assert found.select("query_id", "sample_idx", "answer", "num_samples", "pass_rate").rows() == [
        ("clear", 3, "4", 4, 1.0),
        ("split", 3, "5", 4, 0.5),
        ("failed", 3, "4", 4, 1.0),
        ("none", None, None, 4, None),
    ]


def test_a_question_whose_rules_choose_other_answers_is_disputed():
    scored = scores({"a": "4445", "b": "4444", "c": "----"}, {"a": (1, 2, 3, 9), "b": (4, 3, 2, 1), "c": (0, 0, 0, 0)})
    found = choices(scored)
    assert found.select("reward_choice", "majority_choice", "is_disputed").rows() == [
        (3, 2, True),
        (0, 0, False),
        (None, None, None),
    ]
    assert choices(scored, by="majority")["sample_idx"].to_list() == [2, 0, None]
    assert choices(scored, min_agreement=0.5)["sample_idx"].to_list() == [2, 0, None]


WEAK = pl.DataFrame({"query_id": ["clear"] * 4 + ["split"] * 2, "answer": ["4", "4.0", "5", None, "5", "5"]})


def test_the_weak_solver_is_measured_by_the_chosen_answer():
    found = observed.observe(choices(SCORES), WEAK, ANSWERS, pass_rate=Band(), gap=Band())
    assert conform("observed_difficulty", found).collect().height == 4
    assert found.select("weak_pass_rate", "gap", "drop_reason").rows() == [
        (0.5, 0.5, None),
        (1.0, -0.5, None),
        (None, None, None),
        (None, None, None),
    ]
    assert found["weak_answers"].to_list() == [["4", "4.0", "5", None], ["5", "5"], None, None]


def test_without_a_weak_solver_there_is_no_gap():
    found = observed.observe(choices(SCORES), None, ANSWERS, pass_rate=Band(), gap=Band())
    assert conform("observed_difficulty", found).collect()["gap"].null_count() == 4


@pytest.mark.parametrize(
    ("pass_rate", "gap", "reasons"),
    [
        (Band(max=0.9), Band(), ["off_pass_rate", None, "off_pass_rate", None]),
        (Band(min=0.5, max=0.5), Band(), ["off_pass_rate", None, "off_pass_rate", None]),
        (Band(), Band(min=0.0), [None, "off_gap", None, None]),
        (Band(min=0.6), Band(max=0.4), ["off_gap", "off_pass_rate", None, None]),
    ],
)
def test_bands_drop_what_lies_outside_and_nothing_unknown(pass_rate, gap, reasons):
    found = observed.observe(choices(SCORES), WEAK, ANSWERS, pass_rate=pass_rate, gap=gap)
    assert found["drop_reason"].to_list() == reasons
    names = ("clear", "split", "failed")
    kept = [name for name, reason in zip(names, reasons, strict=False) if reason is None]
    assert observed.pairs(SCORES, found)["query_id"].to_list() == kept


def test_a_band_holds_its_ends_where_numbers_round():
    rows = pl.DataFrame({"gap": [0.8 - 0.5, 0.3, None, 0.31]})
    outside = rows.select(out=Band(min=0.3, max=0.3).leaves_out(pl.col("gap")))["out"]
    assert outside.to_list() == [False, False, False, True]
    with pytest.raises(ValidationError, match=r"min 0.5 is above max 0.25"):
        Band(min=0.5, max=0.25)
