"""Near-duplicates are the same in however many pieces they are sought, and those of datasketch's index."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from datasketch import LeanMinHash, MinHashLSH
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scalequest_assets.errors import HomeError
from scalequest_assets.recipe import band_pieces
from scalequest_assets.recipe.clusters import clusters
from scalequest_assets.recipe.jaccard import jaccard
from scalequest_assets.recipe.minhash import DEFAULT_BANDS
from scalequest_assets.storage.pieces import in_folder
from scalequest_assets.subjects.maths.normalization import normalise
from scalequest_tests.maths import cross_pairs, pairs, signatures

WORDS = "Tom Ann has buys sells 3 5 pears and more apples at the market on Monday".split()  # noqa: SIM905
STORIES = [
    [*WORDS, "How many fruits does he have in the end?"],
    ["Let", "x", "be", "a", "positive", "integer", "with", "x^2", "+", "3", "=", "28.", "Find", "the", "value", "of"],
    ["A", "train", "leaves", "the", "station", "at", "7", "o'clock", "and", "drives", "60", "km", "an", "hour."],
]
GENERATORS = ["b", "a"]


@st.composite
def corpora(draw):
    """Return signatures of some questions of two generators, most of which are edits of few, in any order of rows."""
    texts = []
    for _ in range(draw(st.integers(0, 24))):
        story = list(draw(st.sampled_from(STORIES)))
        for _ in range(draw(st.integers(0, 3))):
            story[draw(st.integers(0, len(story) - 1))] = draw(st.sampled_from(WORDS))
        texts.append(draw(st.sampled_from([" ".join(story), " ".join(story), "", "?", None])))
    frame = pl.DataFrame(
        {"query": texts, "generator": [draw(st.sampled_from(GENERATORS)) for _ in texts]},
        schema={"query": pl.String, "generator": pl.String},
    ).with_row_index("row")
    return signatures(
        frame.select(
            "generator",
            "query",
            query_id=pl.format("{}/s0000/{}", "generator", "row"),
            shard=pl.lit("s0000"),
            difficulty=pl.col("row").cast(pl.Float64) % 3,
        )
    )


SLOW = [HealthCheck.too_slow]
"""A busy machine draws slowly."""


@settings(max_examples=10, deadline=None, suppress_health_check=SLOW)  # the first call compiles kernels
@given(corpora(), st.integers(1, 7), st.sampled_from([1, 2, 100]), st.sampled_from([5, 1000]))
def test_pairs_and_clusters_are_the_same_in_any_number_of_pieces(rows, num, max_bucket, rows_at_once):
    how = {"max_bucket": max_bucket, "generators": GENERATORS}
    whole = [search(rows, **how) for search in (pairs, cross_pairs)]
    with pytest.MonkeyPatch.context() as patch, in_folder(num) as pieces:
        patch.setattr(band_pieces, "ROWS_AT_ONCE", rows_at_once)
        found = [search(rows, pieces=pieces, **how) for search in (pairs, cross_pairs)]
    assert all(one.equals(other) for one, other in zip(found, whole, strict=True))
    fates = [clusters(pl.concat(some), rows, generators=GENERATORS, max_variants=1) for some in (found, whole)]
    assert fates[0].equals(fates[1])


@settings(max_examples=10, deadline=None, suppress_health_check=SLOW)
@given(corpora(), st.integers(1, 7))
def test_pairs_are_those_of_datasketchs_index(rows, num):
    text = normalise(rows["query"])
    rows = rows.with_columns(text=text).filter(pl.col("text") != "").unique("text", maintain_order=True)
    text = rows["text"]
    index = MinHashLSH(threshold=0.7, num_perm=128, params=(DEFAULT_BANDS.num_bands, DEFAULT_BANDS.num_rows))
    near = set()
    for row, values in enumerate(rows["signature"].to_numpy()):
        sketch = LeanMinHash(seed=1, hashvalues=values, scheme="affine32")
        near |= {(other, row) for other in index.query(sketch)}
        index.insert(row, sketch)
    left, right = (np.array([pair[side] for pair in sorted(near)], np.int64) for side in (0, 1))
    close, ids = jaccard(left, right, text) >= 0.7, rows["query_id"]
    expected = set(map(frozenset, zip(ids.gather(left[close]), ids.gather(right[close]), strict=True)))
    with in_folder(num) as pieces:
        found = pairs(rows.drop("text"), generators=GENERATORS, pieces=pieces)
    assert {frozenset(pair) for pair in found.select("left_id", "right_id").iter_rows()} == expected


def test_more_pieces_than_bands_are_no_use_and_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    texts = [" ".join(STORIES[0]), " ".join(STORIES[0]) + " Or is it?", " ".join(STORIES[2])]
    frame = pl.DataFrame({"query": texts, "query_id": ["a/s0000/0", "a/s0000/1", "a/s0000/2"]})
    rows = signatures(frame.with_columns(generator=pl.lit("a"), shard=pl.lit("s0000"), difficulty=pl.lit(0.5)))
    with in_folder(40) as pieces:
        found = pairs(rows.lazy(), pieces=pieces)
        assert len(list(tmp_path.rglob("*.parquet"))) == DEFAULT_BANDS.num_bands + 3  # values, labels, texts
    assert found.height == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is always full")
def test_a_full_temporary_folder_is_named_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with in_folder(2) as pieces:
        (folder,) = tmp_path.iterdir()
        (folder / "0.parquet").symlink_to("/dev/full")
        with pytest.raises(HomeError, match=f"{folder} cannot be written: .*No space left(.|\n)*TMPDIR"):
            pieces.keep(pl.DataFrame({"a": range(100_000)}))
