import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.recipe.duplicates import prioritise
from scalequest_assets.recipe.jaccard import jaccard
from scalequest_assets.recipe.minhash import Bands
from scalequest_assets.schemas import polars_schema
from scalequest_assets.subjects.maths.normalization import normalise
from scalequest_tests.maths import cross_pairs, pairs, signatures

BASE = "Tom has 3 apples and buys 5 more apples at the market on Monday. How many apples does he have?"


def signed(texts, generator="g", shard="s0000", difficulty=0.5):
    ids = [f"{generator}/{shard}/{row:06d}" for row in range(len(texts))]
    frame = pl.DataFrame({"query_id": ids, "query": texts}, schema={"query_id": pl.String, "query": pl.String})
    frame = frame.with_columns(
        generator=pl.lit(generator), shard=pl.lit(shard), difficulty=pl.lit(difficulty, dtype=pl.Float64)
    )
    return signatures(frame)


def relation(left, right):
    return pairs(signed([left, right]))["relation"].to_list()


def shingles(text):
    data = normalise(pl.Series([text]))[0].encode()
    return {data[at : at + 5] for at in range(len(data) - 4)} if len(data) > 4 else {data}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (BASE, ["exact"]),
        (BASE.upper().replace(" ", "  "), ["exact"]),
        (BASE.replace("3", "three"), ["exact"]),
        (BASE.replace("Tom", "Tim"), ["duplicate"]),
        (BASE.replace("3", "4"), ["numeric_variant"]),
        (BASE.replace("more", "fewer"), ["numeric_variant"]),
        (BASE.replace("buys", "sells"), ["numeric_variant"]),
        (BASE.replace("buys", "picks"), ["numeric_variant"]),
        (BASE.replace("buys", "bought"), ["duplicate"]),
        (BASE.replace("buys", "purchases"), ["duplicate"]),
        ("A train leaves the station at noon. When does it arrive?", []),
        ("", []),
        (None, []),
    ],
)
def test_relation(other, expected):
    assert relation(BASE, other) == expected


def test_synonyms_are_duplicates():
    least = "Find the smallest positive integer n such that n squared is divisible by 24 and by 36."
    assert relation(least, least.replace("smallest", "least")) == ["duplicate"]
    assert relation(least, least.replace("smallest", "greatest")) == ["numeric_variant"]
    left = "A farmer picks 40 apples, eats 3 of them and sells 12 to his neighbour. How many apples are left?"
    assert relation(left, left.replace("are left", "remain")) == ["duplicate"]


def test_other_commands_are_another_formula():
    square = r"Which of the natural numbers has to be written for $\square$ so that $\square + 3 = 8$ becomes true?"
    assert relation(square, square.replace("square", "circle")) == ["numeric_variant"]


def test_operators_keep_problems_apart():
    assert relation("Solve x+3=5", "Solve x-3=5") == ["numeric_variant"]
    assert relation("Solve x+3=5", "Solve x + 3 = 5.") == ["exact"]
    assert relation(r"Find $3 \times 4$", "Find 3 * 4") == ["exact"]


def test_texts_without_a_letter_are_alike_only_if_equal():
    assert relation("\u2211", "\u220f") == []
    assert relation("\u2211", "\u2211") == ["exact"]
    assert relation("a", "b") == []


def test_schema_order_and_emptiness():
    found = pairs(signed([BASE, "Why?", BASE.replace("Tom", "Tim"), BASE]))
    assert found.schema == polars_schema("duplicate_pairs")
    assert found.sort("left_id", "right_id").equals(found)
    assert pairs(signed([])).schema == cross_pairs(signed([])).schema == polars_schema("duplicate_pairs")


def test_copies_are_linked_to_the_first():
    found = pairs(signed([BASE] * 50_000))
    assert found.height == 49_999
    assert found["left_id"].n_unique() == 1
    assert found["right_id"].n_unique() == 49_999


def test_left_is_the_row_of_higher_priority():
    rows = pl.concat([signed([BASE], shard="s0002"), signed([BASE], shard="s0001", difficulty=0.1)])
    assert pairs(rows)["left_id"].to_list() == ["g/s0001/000000"]
    rows = pl.concat([signed([BASE], "a"), signed([BASE], "b")])
    assert cross_pairs(rows, generators=["b", "a"])["left_id"].to_list() == ["b/s0000/000000"]


def test_priority_order():
    rows = pl.DataFrame(
        {
            "query_id": ["1", "2", "3", "4", "5", "6"],
            "generator": ["b", "a", "b", "b", "b", "b"],
            "shard": ["s0001", "s0000", "s0000", "s0000", "s0000", "s0000"],
            "difficulty": [1.0, 0.9, 0.2, None, 0.2, float("nan")],
            "content_hash": ["a", "a", "c", "a", "b", "b"],
        }
    )
    assert prioritise(rows, ["b", "a"])["query_id"].to_list() == ["5", "3", "4", "6", "2", "1"]
    with pytest.raises(ValueError, match="'a' is not in"):
        prioritise(rows, ["b"])


def test_cross_pairs_are_the_pairs_of_two_generators():
    other = [BASE.replace("5", "6"), BASE.replace("3", "9"), BASE.replace("Monday", "Sunday")]
    both = pl.concat([signed([BASE, BASE.replace("Tom", "Tim")], "a"), signed(other, "b")])
    expected = pairs(both).filter(pl.col("left_id").str.head(1) != pl.col("right_id").str.head(1))
    assert expected.height == cross_pairs(both).height == 6
    assert cross_pairs(both).equals(expected)


def test_cross_pairs_link_copies_to_the_first():
    rows = pl.concat([signed([BASE, BASE], "a"), signed([BASE, BASE], "b"), signed([BASE], "c")])
    found = cross_pairs(rows)
    assert found["left_id"].to_list() == ["a/s0000/000000"] * 2
    assert found["right_id"].to_list() == ["b/s0000/000000", "c/s0000/000000"]
    assert found["relation"].to_list() == ["exact"] * 2


@settings(deadline=None)  # the first call compiles a kernel
@given(st.lists(st.text("abc 1", max_size=14), min_size=1, max_size=8))
def test_jaccard_is_that_of_the_sets(texts):
    text, sets = normalise(pl.Series(texts)), [shingles(text) - {b""} for text in texts]
    left, right = (
        np.array(side) for side in zip(*[(i, j) for i in range(len(texts)) for j in range(len(texts))], strict=True)
    )
    for i, j, found in zip(left, right, jaccard(left, right, text), strict=True):
        a, b = sets[i], sets[j]
        assert found == (len(a & b) / len(a | b) if a | b else 0.0)


def test_finds_every_close_pair_of_distinct_texts():
    draw = random.Random(0)
    words = [f"{a}{b}{c}" for a in "bdfgklmn" for b in "aeiou" for c in "rstvz"]
    texts = [
        " ".join(draw.choice(words) if place < edits else word for place, word in enumerate(text))
        for text in (draw.choices(words, k=40) for _ in range(60))
        for edits in range(6)
    ]
    sets = [shingles(text) for text in texts]
    truth = {
        (i, j) for i in range(len(texts)) for j in range(i) if len(sets[i] & sets[j]) >= 0.75 * len(sets[i] | sets[j])
    }
    found = pairs(signed(texts), threshold=0.75)
    indices = {tuple(sorted((int(a[-6:]), int(b[-6:])), reverse=True)) for a, b, *_ in found.iter_rows()}
    assert len(truth) > 300
    assert indices <= truth
    assert len(indices) >= 0.999 * len(truth)
    assert found["jaccard"].min() >= 0.75


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_row_order_does_not_matter(draw):
    texts = [
        BASE.replace("3", str(number)).replace("Tom", name) for number in (1, 2, 3) for name in ("Tom", "Ann", "Tim")
    ]
    rows = signed([*texts, texts[0], "Why?", None])
    order = list(range(rows.height))
    draw.shuffle(order)
    assert pairs(rows[order]).equals(pairs(rows))
    assert pairs(rows[order], max_bucket=2).equals(pairs(rows, max_bucket=2))


def test_hot_buckets_are_capped_by_earlier_rows_alone():
    texts = [f"{BASE} It is day {number}." for number in range(100, 160)]
    old, new = signed(texts[:40]), signed(texts[40:], shard="s0001")
    alone, grown = pairs(old, max_bucket=3), pairs(pl.concat([new, old]), max_bucket=3)
    assert grown.filter(pl.col("right_id").str.contains("s0000")).equals(alone)
    assert alone.height < 40 * 39 / 2
    assert set(alone["right_id"]) | set(alone["left_id"]) == set(old["query_id"])


def test_a_hot_bucket_makes_no_more_pairs_than_the_cap_allows():
    texts = [f"{BASE * 3} {number}" for number in range(10_000, 13_000)]
    found = pairs(signed(texts), max_bucket=5)
    assert 3000 <= found.height <= 20 * 5 * 3000
    assert found["left_id"].n_unique() < 3000


def test_settings_that_cannot_be():
    with pytest.raises(ValueError, match="threshold"):
        pairs(signed([BASE]), threshold=0.0)
    with pytest.raises(ValueError, match="max_bucket"):
        pairs(signed([BASE]), max_bucket=0)
    mixed = pl.concat([signed([BASE]), signatures(signed(["Why is it?"], "h"), bands=Bands(num_bands=4))])
    with pytest.raises(ValueError, match="mixed"):
        pairs(mixed)


def test_hostile_texts():
    texts = ["", None, "\x00", "\u202eabc", "🙂", "ab" * 30_000, "ab" * 30_000 + "c", "\u200b"]
    found = pairs(signed(texts), threshold=0.6)
    assert found["relation"].to_list() == ["exact", "numeric_variant"], "no text is the same as an empty one"
