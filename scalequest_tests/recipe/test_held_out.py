"""What is held out, and that nothing of it is learned from."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.subjects.maths.normalization import normalise
from scalequest_tests.maths import split


def rows(*queries: str | None) -> pl.DataFrame:
    return pl.DataFrame({"id": range(len(queries)), "query": queries}, schema={"id": pl.Int64, "query": pl.String})


def test_copies_of_a_question_go_the_same_way():
    copies = rows("Tom has 3 apples.", "  tom has three apples", "Ann has 5 pears.", "TOM has 3  apples!", "x", "y")
    for seed in range(20):
        learned, held_out = split(copies, "query", share=0.5, seed=seed)
        assert {0, 1, 3} <= set(learned["id"]) or {0, 1, 3} <= set(held_out["id"])
        assert held_out["query"].n_unique() >= 1


def test_the_share_is_of_distinct_questions_and_one_is_always_left_on_each_side():
    hundred = rows(*(f"question {i}" for i in range(100)))
    assert split(hundred, "query", share=0.2, seed=1)[1].height == 20
    assert split(hundred, "query", share=0.001, seed=1)[1].height == 1
    assert split(hundred, "query", share=0.999, seed=1)[0].height == 1
    for few in (rows(), rows("one"), rows("one", "ONE")):
        learned, held_out = split(few, "query", share=0.5, seed=1)
        assert (learned.height, held_out.height) == (few.height, 0)
    assert split(hundred, "query", share=0.0, seed=1)[1].is_empty()


def test_another_seed_holds_out_others_and_the_order_of_rows_changes_nothing():
    hundred = rows(*(f"question {i}" for i in range(100)))
    first, second = (split(hundred, "query", share=0.2, seed=seed)[1] for seed in (1, 2))
    assert set(first["id"]) != set(second["id"])
    assert split(hundred.reverse(), "query", share=0.2, seed=1)[1].reverse().equals(first)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab1 +?", max_size=6) | st.none()), st.floats(0, 0.99))
def test_both_parts_make_the_whole_and_share_no_text(queries, share):
    whole = rows(*queries)
    learned, held_out = split(whole, "query", share=share, seed=3)
    assert pl.concat([learned, held_out]).sort("id").equals(whole)
    texts = [set(zip(normalise(part["query"]), strict=True)) for part in (learned, held_out)]
    raw = [set(part["query"].fill_null("")) for part in (learned, held_out)]
    assert not {text for text in texts[0] & texts[1] if text != ("",)}
    assert not raw[0] & raw[1]
