import itertools
import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_tests.maths import distinct_share, similarity

WORDS = st.lists(st.sampled_from("abcd"), max_size=6).map(" ".join)


def bigrams(text: str) -> list[tuple[str, str]]:
    return list(itertools.pairwise(text.split()))


@settings(deadline=None)
@given(st.lists(WORDS, max_size=3), st.integers(1, 4))
def test_distinct_share_is_that_of_all_draws(texts: list[str], num_drawn: int):
    found = distinct_share(pl.Series(texts, dtype=pl.String), num_drawn=num_drawn)
    drawn = list(itertools.combinations([pair for text in texts for pair in bigrams(text)], num_drawn))
    expected = sum(len(set(draw)) for draw in drawn) / len(drawn) / num_drawn if drawn else None
    assert found == (expected if expected is None else pytest.approx(expected))


@settings(deadline=None)
@given(st.lists(WORDS, max_size=6))
def test_similarity_is_the_mean_cosine_over_all_pairs(texts: list[str]):
    sets = [found for text in texts if (found := set(bigrams(text)))]
    found = similarity(pl.Series(texts, dtype=pl.String))
    if len(sets) < 2:
        assert found is None
        return
    pairs = [len(a & b) / math.sqrt(len(a) * len(b)) for a, b in itertools.combinations(sets, 2)]
    assert found.mean == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)
    assert found.standard_error >= 0


def test_the_number_of_questions_does_not_matter_to_either():
    texts = [f"How many {a} and {b} does {c} have in all?" for a in "pqrstu" for b in "vwxyz" for c in "klmn"]
    many = pl.Series(texts)
    few = many.sample(40, seed=1)
    assert distinct_share(few, num_drawn=100) == pytest.approx(distinct_share(many, num_drawn=100), abs=0.05)
    assert similarity(few).mean == pytest.approx(similarity(many).mean, abs=3 * similarity(few).standard_error)


def test_copies_are_alike_and_distinct_texts_are_not():
    assert similarity(pl.Series(["one two three"] * 3)) == pytest.approx((1.0, 0.0))
    assert similarity(pl.Series(["a b c", "d e f", "g h i"])) == (0.0, 0.0)
    assert distinct_share(pl.Series(["a b c d e f"] * 100), num_drawn=100) < 0.06


def test_what_has_no_words_counts_for_nothing():
    assert similarity(pl.Series([None, "", "one", "?!"], dtype=pl.String)) is None
    assert distinct_share(pl.Series([None, "one"], dtype=pl.String)) is None
    assert similarity(pl.Series([None, "a b", "", "a b"])).mean == 1.0


def test_order_changes_no_bit():
    texts = pl.Series([f"Find {n} plus {n * n % 7} apples in {n % 3} boxes" for n in range(50)])
    assert similarity(texts).mean == pytest.approx(similarity(texts.reverse()).mean, abs=1e-15)
    assert distinct_share(texts, num_drawn=200) == distinct_share(texts.reverse(), num_drawn=200)
