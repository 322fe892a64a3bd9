"""How questions end in the answer stage: by examples, against plain Python, and the same in Polars and DuckDB."""

from collections import Counter
from collections.abc import Collection

import duckdb
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe.outcomes import unanswered, unanswered_sql
from scalequest_assets.recipe.selection import choose
from scalequest_assets.schemas import polars_schema

REASONS, AGREEMENTS = [None, "empty", "no_answer", "truncated"], [0.2, 0.5, 1.0]
SAMPLE = st.tuples(st.sampled_from("abcd"), st.sampled_from(REASONS), st.sampled_from(AGREEMENTS))


def scores(samples: list[tuple[str, str | None, float]]) -> pl.DataFrame:
    """Rows of `response_scores` from (question, drop reason, agreement)."""
    rows = [
        {
            **{"query_id": f"g/s/{question}", "generator": "g", "shard": "s", "query": f"text {question}"},
            **{"sample_idx": index, "response": "r", "num_tokens": 1, "answer": "1", "reward": 0.0},
            **{"keep": reason is None, "drop_reason": reason, "agreement": agreement},
        }
        for index, (question, reason, agreement) in enumerate(samples)
    ]
    return pl.DataFrame(rows, schema=polars_schema("response_scores"))


def chosen(responses: pl.DataFrame, min_agreement: float, left_out: Collection[str] = ()) -> list[pl.DataFrame]:
    """What was decided of each question's chosen response, and the pairs: those that are not left out."""
    found = choose(responses, min_agreement=min_agreement)
    is_left_out = pl.col("query_id").is_in([f"g/s/{question}" for question in left_out])
    choices = responses.select("query_id").unique().join(found, on="query_id", how="left")
    reason = pl.when(is_left_out & pl.col("sample_idx").is_not_null()).then(pl.lit("off_gap"))
    return [choices.with_columns(drop_reason=reason), found.filter(~is_left_out)]


def ends(samples: list[tuple[str, str | None, float]], min_agreement: float) -> list[tuple[str, bool, str]]:
    responses = scores(samples)
    found = unanswered(responses, *chosen(responses, min_agreement))
    return found.select("query_id", "is_usable", "drop_reason").sort("query_id").rows()


def test_a_question_without_a_pair_has_the_commonest_reason_of_its_responses():
    of_a = [("a", "truncated", 0.0), ("a", "no_answer", 0.0), ("a", "no_answer", 0.0)]
    assert ends(of_a, 0.0) == [("g/s/a", False, "no_answer")]
    assert ends(of_a[:2], 0.0) == [("g/s/a", False, "no_answer")], "of equally common ones, the first by name"
    assert ends([*of_a, ("a", None, 0.3)], 0.0) == [], "it has a pair"


def test_a_response_that_agrees_too_little_counts_as_a_reason():
    assert ends([("a", None, 0.2)], 0.5) == [("g/s/a", True, "low_agreement")]
    assert ends([("a", None, 0.2), ("a", "empty", 0.0), ("a", "empty", 0.0)], 0.5) == [("g/s/a", True, "empty")]


def test_a_question_that_is_left_out_has_the_reason_of_its_choice():
    responses = scores([("a", None, 0.5), ("a", "empty", 0.0), ("a", "empty", 0.0), ("b", "empty", 0.0)])
    found = unanswered(responses, *chosen(responses, 0.0, left_out="ab"))
    assert found.select("query_id", "is_usable", "drop_reason").sort("query_id").rows() == [
        ("g/s/a", True, "off_gap"),
        ("g/s/b", False, "empty"),
    ]


@given(st.lists(SAMPLE, max_size=12), st.sampled_from([0.0, 0.4, 0.9]))
def test_it_is_what_plain_python_says(samples, min_agreement):
    expected = []
    for question in sorted({sample[0] for sample in samples}):
        own = [sample[1:] for sample in samples if sample[0] == question]
        if not any(reason is None and agreement >= min_agreement for reason, agreement in own):
            counts = Counter(reason or "low_agreement" for reason, _ in own)
            reason = min(counts, key=lambda name: (-counts[name], name))
            expected.append((f"g/s/{question}", "low_agreement" in counts, reason))
    assert ends(samples, min_agreement) == expected


@given(st.lists(SAMPLE, max_size=12), st.sampled_from([0.0, 0.4, 0.9]))
def test_polars_and_duckdb_agree(samples, min_agreement):
    responses = scores(samples)
    choices, pairs = chosen(responses, min_agreement, left_out="b")
    with duckdb.connect() as connection:
        connection.register("r", responses.to_arrow())
        connection.register("c", choices.to_arrow())
        connection.register("p", pairs.to_arrow())
        other = connection.sql(unanswered_sql("r", "c", "p")).pl()
    assert unanswered(responses, choices, pairs).sort("query_id").rows() == other.sort("query_id").rows()
