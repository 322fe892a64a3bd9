"""Who is asked about what, and what counts: samples, judgements of changed pairs, several reviewers."""

from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.release.reviewing import (
    Share,
    by_generator,
    content_hash,
    hashed,
    in_turn,
    last_said,
    not_judged_by,
    review_of,
    that_count,
    unlike,
)
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import REVIEWS

NOON = datetime(2025, 1, 2, 12)


def pairs(**sizes: int) -> pl.DataFrame:
    """So many pairs of each generator, the later ones harder."""
    rows = [
        {
            "query_id": f"{name}/s0000/{row:06d}",
            "generator": name,
            "shard": "s0000",
            "query": f"{name} {row}?",
            "response": f"It is {row}.",
            "difficulty": row / size if row else None,
        }
        for name, size in sizes.items()
        for row in range(size)
    ]
    texts = ("query_id", "generator", "shard", "query", "response")
    return hashed(pl.DataFrame(rows, schema={**dict.fromkeys(texts, pl.String), "difficulty": pl.Float64}))


def said(
    pair: dict, sound: bool | None, right: bool | None, reviewer: str = "ada", minute: int = 0, note: str | None = None
) -> dict:
    return {
        **{name: pair[name] for name in ("query_id", "generator", "shard", "content_hash")},
        "reviewer": reviewer,
        "reviewed_at": NOON + timedelta(minutes=minute),
        "is_question_sound": sound,
        "is_answer_right": right,
        "note": note,
    }


def frame(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=polars_schema(REVIEWS))


def thirds(sample: pl.DataFrame, sizes: dict[str, int]) -> Counter:
    rows = (query_id.split("/") for query_id in sample["query_id"])
    return Counter((name, int(row) * 3 // sizes[name]) for name, _, row in rows)


@settings(max_examples=40)
@given(st.integers(0, 70), st.integers(1, 70), st.integers(0, 2**31 - 1))
def test_every_head_is_exact_and_has_each_third_of_each_generator(a: int, b: int, seed: int):
    sizes = {"a": a, "b": b}
    ordered = in_turn(pairs(**sizes), seed)
    assert sorted(ordered["query_id"]) == sorted(pairs(**sizes)["query_id"])
    for num in (1, 5, 20, a + b):
        found, total = thirds(ordered.head(num), sizes), min(num, a + b)
        assert found.total() == total
        strata = thirds(ordered, sizes)
        assert all(abs(found[key] - total * size / (a + b)) < 2 for key, size in strata.items())


def test_the_order_follows_from_seed_and_pairs_alone():
    some = pairs(a=30, b=12)
    ordered = in_turn(some, 7)
    assert ordered.equals(in_turn(some.sample(fraction=1, shuffle=True, seed=3), 7))
    assert not ordered.equals(in_turn(some, 8))
    assert ordered.columns == some.columns


def test_within_a_third_any_pair_may_come_first():
    first = Counter(in_turn(pairs(a=9), seed)["query_id"][0] for seed in range(300))
    assert len(first) == 9
    assert min(first.values()) > 10


def test_a_pair_that_a_reviewer_judged_is_not_drawn_again_until_it_changes():
    some = pairs(a=3)
    judged = frame(said(some.row(1, named=True), True, True))
    assert not_judged_by("ada", some, judged)["query_id"].to_list() == ["a/s0000/000000", "a/s0000/000002"]
    assert not_judged_by("bob", some, judged).equals(some)
    changed = hashed(some.with_columns(response=pl.lit("Now otherwise.")))
    assert not_judged_by("ada", changed, judged).equals(changed)


TRUTH = [
    # sound, right, is it wrong?
    (True, True, False),
    (True, False, True),
    (True, None, None),
    (False, None, True),
    (None, True, None),
    (None, False, True),
    (None, None, None),
]


@pytest.mark.parametrize(("sound", "right", "wrong"), TRUTH)
def test_a_pair_is_wrong_if_its_question_or_its_answer_is(sound, right, wrong):
    some = pairs(a=2)
    found = review_of(some, frame(said(some.row(0, named=True), sound, right)))
    assert (found.num_pairs, found.num_judged, found.num_unsure) == (2, 1, int(wrong is None))
    assert found.wrong == Share(int(wrong is True), int(wrong is not None))
    assert found.unsound == Share(int(sound is False), int(sound is not None))


def test_a_pair_is_wrong_if_any_reviewer_says_so_and_agreement_is_counted():
    some = pairs(a=4, b=1)
    one, two, three, four, five = some.iter_rows(named=True)
    judged = frame(
        *(said(one, True, True, who) for who in ("ada", "bob", "eve")),
        said(two, True, True, "ada"), said(two, True, False, "bob"),
        said(three, None, None, "ada"), said(three, True, True, "bob"),
        said(four, False, None, "ada"), said(four, True, False, "bob"),
        said(five, None, True, "ada"),
    )  # fmt: skip
    found = review_of(some, judged)
    assert (found.num_judged, found.num_unsure, found.wrong, found.unsound) == (5, 1, Share(2, 4), Share(1, 4))
    assert (found.num_shared, found.num_agreed) == (4, 2), "of the fourth pair both say that it is wrong"
    parts = by_generator(some, judged)
    assert {name: part.wrong for name, part in parts.items()} == {"a": Share(2, 4), "b": Share(0, 0)}


def test_a_judgement_of_a_text_that_is_another_now_does_not_count():
    some = pairs(a=2)
    judged = frame(*(said(pair, False, None) for pair in some.iter_rows(named=True)))
    now = hashed(some.with_columns(pl.Series("response", ["x", some["response"][1]])))
    assert that_count(judged, now)["query_id"].to_list() == ["a/s0000/000001"]
    assert review_of(now, judged).wrong == Share(1, 1)
    assert review_of(now.head(0), judged).num_judged == 0


def test_the_last_word_of_a_reviewer_counts_and_the_same_word_again_is_none():
    pair = pairs(a=1).row(0, named=True)
    judged = frame(
        said(pair, True, False, minute=5), said(pair, True, True, minute=9), said(pair, True, None, minute=1)
    )
    assert last_said(judged)["is_answer_right"].to_list() == [True]
    assert unlike(frame(said(pair, True, True, minute=10)), judged).is_empty()
    for other in (said(pair, True, None), said(pair, True, True, note="n"), said(pair, True, True, "bob")):
        assert unlike(frame(other), judged).height == 1


@pytest.mark.parametrize("text", ["", "a'b\n\x1f", "é∑🙂", "\x00"])
def test_the_hash_is_the_one_that_the_column_says(text):
    with duckdb.connect() as connection:
        known = connection.execute("SELECT left(sha256(? || chr(31) || ?), 16)", [text, "r"]).fetchone()
    assert known == (content_hash(text, "r"),)
    assert content_hash(text, "r") == sha256(f"{text}\x1fr".encode()).hexdigest()[:16]
    assert content_hash(text, "r") != content_hash("r", text)


def test_shares_read_as_figures():
    assert str(Share(2, 20)) == "10.0%, 95% interval 1.2% - 31.7%"
    assert str(Share(0, 0)) == "none judged"
    assert Share(0, 0).document() == {"hits": 0, "num": 0, "share": None, "low": 0.0, "high": 1.0}
