import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.recipe.clusters import DROP_REASONS, apply_clusters, clusters
from scalequest_assets.recipe.duplicates import prioritise
from scalequest_assets.schemas import polars_schema
from scalequest_tests.maths import cross_pairs, pairs, signatures

GENERATORS = ["b", "a"]
PAIR_SCHEMA = polars_schema("duplicate_pairs")
DUPLICATE, VARIANT, EXACT = "duplicate", "numeric_variant", "exact"


def rows_of(ids):
    """Rows `<generator><shard digit><rest>`; later in the list is lower in difficulty."""
    return pl.DataFrame(
        {
            "query_id": ids,
            "generator": [name[0] for name in ids],
            "shard": [f"s000{name[1]}" for name in ids],
            "difficulty": [1 - at / 100 for at in range(len(ids))],
            "content_hash": ["0"] * len(ids),
        }
    )


def edges(*triples):
    rows = [(left, right, 1.0 if relation == EXACT else 0.8, relation) for left, right, relation in triples]
    return pl.DataFrame(rows, schema=PAIR_SCHEMA, orient="row")


def fate(ids, *triples, max_variants=1):
    found = clusters(edges(*triples), rows_of(ids), generators=GENERATORS, max_variants=max_variants)
    assert found.schema == polars_schema("duplicate_clusters")
    return {row["query_id"]: (row["drop_reason"], row["survivor_id"]) for row in found.iter_rows(named=True)}


KEPT = (None, None)


def test_a_row_goes_only_for_a_kept_one():
    assert fate(["a0x", "a0y", "a0z"], ("a0x", "a0y", DUPLICATE), ("a0z", "a0y", DUPLICATE)) == {
        "a0x": KEPT,
        "a0y": ("near_duplicate", "a0x"),
        "a0z": KEPT,
    }


def test_priority_is_shard_then_generator_then_quality():
    assert fate(["a1x", "a0x"], ("a1x", "a0x", DUPLICATE))["a1x"] == ("near_duplicate", "a0x")
    assert fate(["a0x", "b0x"], ("a0x", "b0x", DUPLICATE))["a0x"] == ("near_duplicate", "b0x")
    assert fate(["a0y", "a0x"], ("a0x", "a0y", DUPLICATE))["a0x"] == ("near_duplicate", "a0y")


def test_copies_share_the_fate_of_the_first():
    star = (("a1x", "a0x", EXACT), ("a1x", "b1x", EXACT))
    assert fate(["a1x", "a0x", "b1x"], *star) == {
        "a0x": KEPT,
        "a1x": ("exact_duplicate", "a0x"),
        "b1x": ("exact_duplicate", "a0x"),
    }
    found = fate(["a0k", "a0x", "a0y"], ("a0x", "a0y", EXACT), ("a0k", "a0y", DUPLICATE))
    assert found == {"a0k": KEPT, "a0x": ("near_duplicate", "a0k"), "a0y": ("near_duplicate", "a0k")}


@pytest.mark.parametrize(("max_variants", "num_kept"), [(0, 1), (1, 2), (2, 3), (9, 4)])
def test_variants_are_kept_up_to_the_limit(max_variants, num_kept):
    ids = ["a0w", "a0x", "a0y", "a0z"]
    all_pairs = [(left, right, VARIANT) for at, left in enumerate(ids) for right in ids[:at]]
    found = fate(ids, *all_pairs, max_variants=max_variants)
    assert [name for name in ids if found[name] == KEPT] == ids[:num_kept]
    assert all(found[name] == ("numeric_variant", "a0w") for name in ids[num_kept:])


def test_a_duplicate_of_a_kept_variant_goes_as_duplicate():
    found = fate(["a0x", "a0y", "a0z"], ("a0x", "a0y", VARIANT), ("a0y", "a0z", DUPLICATE), max_variants=1)
    assert found == {"a0x": KEPT, "a0y": KEPT, "a0z": ("near_duplicate", "a0y")}


def test_repeated_swapped_and_own_pairs_are_harmless():
    once = fate(["a0x", "a0y"], ("a0x", "a0y", DUPLICATE))
    assert fate(["a0x", "a0y"], ("a0y", "a0x", DUPLICATE), ("a0x", "a0y", DUPLICATE), ("a0x", "a0x", EXACT)) == once


def test_no_pairs_no_clusters():
    assert fate(["a0x"]) == {}


def test_a_pair_of_a_row_that_is_gone_is_an_error():
    with pytest.raises(ValueError, match=r"'a0y'.*re-make"):
        fate(["a0x"], ("a0x", "a0y", DUPLICATE))


def test_apply_keeps_all_rows_in_order():
    questions = rows_of(["a0z", "a0x", "a0y"]).with_columns(query=pl.lit("q"))
    table = clusters(edges(("a0x", "a0y", DUPLICATE)), questions, generators=GENERATORS, max_variants=1)
    found = apply_clusters(questions, table)
    assert found.schema == polars_schema("deduplicated_questions")
    assert found["query_id"].to_list() == ["a0z", "a0x", "a0y"]
    assert found["keep"].to_list() == [True, True, False]
    assert found["survivor_id"].to_list() == [None, None, "a0x"]
    assert apply_clusters(questions, table.clear())["keep"].all()


names = st.sampled_from(["Tom", "Tim", "Ann"])
texts = st.builds(
    lambda name, number, day, sign: f"{name} has {number}{sign}2 apples and a basket. How many apples on {day}?",
    names, st.integers(1, 4), st.sampled_from(["Monday", "Sunday", "some other day"]), st.sampled_from("+-"),
)  # fmt: skip
hostile = st.sampled_from(["", "🙂", "\u200b", "a", None])
shard_texts = st.lists(st.one_of(texts, hostile), max_size=7)
worlds = st.tuples(*[shard_texts] * 6)
caps = st.sampled_from([1, 2, 100])


def world(parts, seed=None, max_bucket=100):
    """All questions of two generators in three shards, shuffled, and their pairs as the assets make them."""
    frames = []
    for part, queries in enumerate(parts):
        generator, shard = "ab"[part % 2], f"s000{part // 2}"
        ids = [f"{generator}/{shard}/{row:06d}" for row in range(len(queries))]
        quality = [(7 * row) % 3 / 2 for row in range(len(queries))]
        frame = pl.DataFrame({"query_id": ids, "query": queries, "difficulty": quality}, schema_overrides={
            "query_id": pl.String, "query": pl.String, "difficulty": pl.Float64})  # fmt: skip
        frames.append(frame.with_columns(generator=pl.lit(generator), shard=pl.lit(shard)))
    rows = signatures(pl.concat(frames))
    order = list(range(rows.height))
    if seed is not None:
        random.Random(seed).shuffle(order)
    rows = rows[order]
    own = [pairs(rows.filter(generator=name), max_bucket=max_bucket) for name in GENERATORS]
    return rows, pl.concat([*own, cross_pairs(rows, generators=GENERATORS, max_bucket=max_bucket)])


def survivors(parts, seed=None, max_variants=1, max_bucket=100):
    rows, links = world(parts, seed, max_bucket)
    found = clusters(links, rows, generators=GENERATORS, max_variants=max_variants)
    return apply_clusters(rows, found).sort("query_id"), links


@settings(max_examples=15, deadline=None)
@given(worlds, st.integers(0, 99), st.integers(0, 2), caps)
def test_the_order_of_rows_does_not_matter(parts, seed, max_variants, max_bucket):
    in_order, _ = survivors(parts, None, max_variants, max_bucket)
    assert in_order.equals(survivors(parts, seed, max_variants, max_bucket)[0])


@settings(max_examples=15, deadline=None)
@given(worlds, st.integers(0, 2), caps)
def test_a_new_shard_changes_no_old_fate(parts, max_variants, max_bucket):
    grown, _ = survivors(parts, None, max_variants, max_bucket)
    for num_shards in (1, 2):
        made = (*parts[: 2 * num_shards], *[[]] * (6 - 2 * num_shards))
        old, _ = survivors(made, None, max_variants, max_bucket)
        assert grown.filter(pl.col("shard") < f"s000{num_shards}").equals(old)


@settings(max_examples=15, deadline=None)
@given(worlds, st.sampled_from([0, 99]))
def test_survivors_are_the_lexicographically_first_independent_set(parts, max_variants):
    """With no variant allowed variants conflict as duplicates do, with any number allowed they do not."""
    found, links = survivors(parts, None, max_variants)
    conflict = {frozenset(ends) for *ends, _, relation in links.iter_rows() if max_variants == 0 or relation != VARIANT}
    copies = set(links.filter(relation=EXACT)["right_id"])
    kept = set()
    for row in prioritise(world(parts)[0], GENERATORS)["query_id"]:
        if row not in copies and not any(frozenset((row, other)) in conflict for other in kept):
            kept.add(row)
    assert set(found.filter("keep")["query_id"]) == kept


@settings(max_examples=15, deadline=None)
@given(worlds)
def test_survivors_are_apart_and_losers_have_one(parts):
    found, links = survivors(parts, None, 1)
    kept = set(found.filter("keep")["query_id"])
    conflicts = links.filter(pl.col("relation") != VARIANT)
    assert not any(
        left in kept and right in kept for left, right in conflicts.select("left_id", "right_id").iter_rows()
    )
    losers = found.filter(~pl.col("keep"))
    assert set(losers["survivor_id"]) <= kept
    assert set(losers["drop_reason"]) <= set(DROP_REASONS)
    assert losers.select("jaccard", "relation", "survivor_id").null_count().sum_horizontal()[0] == 0
    assert (
        found.filter("keep").select("drop_reason", "jaccard", "relation", "survivor_id").null_count().row(0)
        == (len(kept),) * 4
    )
