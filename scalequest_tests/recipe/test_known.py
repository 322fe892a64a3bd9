"""Questions of earlier sets: what of new ones repeats them."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.errors import SeedError
from scalequest_assets.recipe import known
from scalequest_assets.recipe.duplicates import DUPLICATE, EXACT, NUMERIC_VARIANT
from scalequest_assets.schemas import polars_schema
from scalequest_tests.maths import LIKENESS, cross_pairs, signatures

APPLES = "Mary has {} apples and buys {} more apples at the market. How many apples does Mary have now?"
SAME = "Mary has 3 apples and buys 4 more apples at the market.  How many apples does MARY have now ?"
RENAMED = "Lucy has 3 apples and buys 4 more apples at the market. How many apples does Lucy have now?"
OTHER = "A circle has radius 7. What is its area, as a multiple of pi?"


def known_of(*texts: str | None, ids: list[str | None] | None = None, source: str = "old") -> pl.DataFrame:
    records = pl.DataFrame(
        {"query": texts, "id": ids or [None] * len(texts)}, schema={"query": pl.String, "id": pl.String}
    )
    return known.known_rows(records, source, LIKENESS.normalise)


def found(queries, rows: pl.DataFrame, *, max_variants: int = 3, threshold: float = 0.7, at_once: int = 1000):
    series = pl.Series(queries, dtype=pl.String)
    return known.repeats(series, rows.lazy(), LIKENESS, threshold=threshold, max_variants=max_variants, at_once=at_once)


def test_a_copy_and_a_near_copy_repeat_and_a_new_question_does_not():
    rows = known_of(APPLES.format(3, 4), ids=["g/s0000/000001"])
    result = found([APPLES.format(3, 4), SAME, RENAMED, OTHER, None, ""], rows)
    assert result["known_relation"].to_list() == [EXACT, EXACT, DUPLICATE, None, None, None]
    assert result["is_repeat"].to_list() == [True, True, True, False, False, False]
    assert result["known_id"].to_list() == ["old/g/s0000/000001"] * 3 + [None] * 3
    assert result["known_query"].to_list() == [APPLES.format(3, 4)] * 3 + [None] * 3
    assert result["known_jaccard"].to_list()[:2] == [1.0, 1.0]
    assert 0.7 <= result["known_jaccard"][2] < 1


def test_a_variant_repeats_only_what_the_earlier_sets_are_full_of():
    variants = [APPLES.format(number, 4) for number in range(11, 15)]
    new = [APPLES.format(3, 4)]
    for num, is_repeat in ((1, False), (3, False), (4, True)):
        result = found(new, known_of(*variants[:num]))
        assert (result["is_repeat"].item(), result["known_relation"].item()) == (is_repeat, NUMERIC_VARIANT), num
    assert found(new, known_of(variants[0]), max_variants=0)["is_repeat"].item()
    assert not found(new, known_of(*variants), max_variants=4)["is_repeat"].item()


def test_variants_are_counted_over_all_that_is_known_and_a_copy_is_named_before_them():
    rows = known_of(*[APPLES.format(number, 4) for number in range(11, 15)], RENAMED, APPLES.format(3, 4))
    for at_once in (1, 2, 1000):
        result = found([APPLES.format(3, 4), APPLES.format(5, 4)], rows, at_once=at_once)
        assert result["known_relation"].to_list() == [EXACT, NUMERIC_VARIANT]
        assert result["is_repeat"].to_list() == [True, True]
        assert result["known_query"][0] == APPLES.format(3, 4)


def test_the_bound_on_crowded_buckets_hides_no_repeat():
    """Two hundred variants share their bands: a copy behind them is found by its hash, a variant by the first."""
    crowd = [APPLES.format(number, 4) for number in range(10, 210)]
    rows = known_of(*crowd, APPLES.format(3, 4))
    result = found([APPLES.format(3, 4), APPLES.format(777, 4)], rows)
    assert result["known_relation"].to_list() == [EXACT, NUMERIC_VARIANT]
    assert result["is_repeat"].to_list() == [True, True]


def test_without_earlier_sets_nothing_repeats():
    nothing = pl.DataFrame(schema=polars_schema("known_questions"))
    result = found([OTHER, None], nothing)
    assert result.equals(known.no_repeats(pl.Series([OTHER, None])))
    assert result["is_repeat"].to_list() == [False, False]
    assert result.drop("is_repeat").null_count().row(0) == (2, 2, 2, 2)
    assert found([], known_of(OTHER)).height == 0
    assert known.no_repeats(pl.Series([], dtype=pl.String)).schema == result.schema


def test_rows_are_named_by_their_own_id_or_by_their_text():
    rows = known_of(OTHER, OTHER, SAME, None, " \t", "?!", ids=[None, None, "7", None, None, "8"])
    assert rows.schema == polars_schema("known_questions")
    assert rows["query"].to_list() == [OTHER, SAME]
    assert rows["query_id"][1] == "old/7"
    assert len(rows["query_id"][0]) == len("old/") + 16
    assert rows["query_id"][0] == known_of(SAME, OTHER)["query_id"][1], "it does not depend on the place"


def test_an_id_of_several_questions_is_an_error():
    with pytest.raises(SeedError, match="'old': 1 ids are of several questions, 'old/7' for one"):
        known_of(OTHER, SAME, ids=["7", "7"])
    assert known_of(OTHER, OTHER, ids=["7", "7"]).height == 1


texts = st.one_of(
    st.text(max_size=60),
    st.builds(APPLES.format, st.integers(0, 30), st.integers(0, 3)),
    st.sampled_from([SAME, RENAMED, OTHER, OTHER.upper(), "🙂", "\x00", "٣ + ٤ = ?", "$" * 50]),
)


@settings(max_examples=100)
@given(old=st.lists(texts, min_size=1, max_size=12, unique=True), new=texts, at_once=st.integers(1, 20))
def test_the_relation_is_the_one_that_near_duplicate_search_finds(old: list[str], new: str, at_once: int):
    rows = known_of(*old)
    sides = [(text, "old", f"{number:06d}") for number, text in enumerate(rows["query"])] + [(new, "new", "")]
    questions = pl.DataFrame(
        [(f"{name}/{number}", name, f"s{name == 'new':04d}", text, 0.5) for text, name, number in sides],
        schema=["query_id", "generator", "shard", "query", "difficulty"],
        orient="row",
    )
    near = cross_pairs(signatures(questions), threshold=0.7, generators=["old", "new"])["relation"].to_list()
    expected = next((relation for relation in (EXACT, DUPLICATE, NUMERIC_VARIANT) if relation in near), None)
    result = found([new], rows, at_once=at_once)
    assert result["known_relation"].item() == expected
    assert result["is_repeat"].item() == (expected in (EXACT, DUPLICATE) or near.count(NUMERIC_VARIANT) > 3)
