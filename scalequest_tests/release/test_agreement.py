"""Whether what chooses pairs agrees with people: on judgements of which the answer is known."""

from datetime import datetime

import polars as pl
import pytest

from scalequest_assets.release.agreement import agreement
from scalequest_assets.release.reviewing import hashed
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import REVIEWS

NUM = 12
PAIRS = hashed(
    pl.DataFrame(
        {
            "query_id": [f"g/s/{n:02d}" for n in range(NUM)],
            "query": [f"Question {n}?" for n in range(NUM)],
            "response": ["Answer."] * NUM,
            "difficulty": [n / NUM for n in range(NUM)],
            "reward": [float(n % 2) for n in range(NUM)],
            "agreement": [0.5] * NUM,
            "yes_probability": [None] * NUM,
        },
        schema_overrides={"yes_probability": pl.Float64},
    )
)


def judged(says: dict[int, tuple[bool | None, bool | None]]) -> pl.DataFrame:
    """Judgements by the number of the pair: whether its question is sound, and its answer right."""
    rows = [
        {
            **PAIRS.row(n, named=True),
            "generator": "g",
            "shard": "s",
            "reviewer": "one",
            "reviewed_at": datetime(2026, 1, 1),
            "is_question_sound": sound,
            "is_answer_right": right,
            "note": None,
        }
        for n, (sound, right) in says.items()
    ]
    schema = polars_schema(REVIEWS)
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)


def test_a_reward_that_is_right_and_an_agreement_that_tells_nothing():
    found = agreement(PAIRS, judged({n: (True, n % 2 == 1) for n in range(NUM)}))
    rows = {(row["signal"], row["difficulty"]): row for row in found.to_dicts()}
    assert rows["reward", "all"]["area"] == 1.0
    assert rows["reward", "all"]["low"] < 0.9, "six of six is not certain"
    assert (rows["reward", "hardest third"]["num_right"], rows["reward", "hardest third"]["num_wrong"]) == (2, 2)
    assert rows["agreement", "all"]["area"] == pytest.approx(0.5)
    assert not any(signal == "yes_probability" for signal, _ in rows)


def test_the_judge_is_held_against_what_people_say_of_questions():
    pairs = PAIRS.with_columns(yes_probability=pl.Series([n / NUM for n in range(NUM)]))
    found = agreement(pairs, judged({0: (False, None), 5: (True, False), 11: (True, True)}))
    (row,) = found.filter(signal="yes_probability", difficulty="all").to_dicts()
    assert (row["num_right"], row["num_wrong"], row["area"]) == (2, 1, 1.0)


@pytest.mark.parametrize("says", [{}, {0: (True, True)}, {0: (None, None), 1: (True, None)}])
def test_without_right_and_wrong_ones_nothing_is_said(says):
    assert agreement(PAIRS, judged(says)).is_empty()
