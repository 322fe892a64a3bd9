"""The questions that resemble one most: by their sketches, then exactly."""

import numpy as np
import polars as pl
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe import neighbours
from scalequest_assets.recipe.minhash import PERMUTATION_SEED, shingle_hash
from scalequest_tests.maths import compare, signatures, sketch_of


@given(st.integers(1, 30), st.integers(1, 8), st.data())
def test_the_nearest_of_parts_are_the_nearest_of_all(num_rows, num, data):
    letters = data.draw(st.lists(st.sampled_from(["aa", "ab", "bb", "c" * 128]), min_size=num_rows, max_size=num_rows))
    rows = pl.DataFrame(
        {"query_id": [f"{at:02d}" for at in range(num_rows)], "sketch": [_sketch(one) for one in letters]}
    )
    cut, own = data.draw(st.integers(0, num_rows)), rows["sketch"][0]
    equal = {i: sum(a == b for a, b in zip(s, own, strict=True)) for i, s in rows.iter_rows()}
    wanted = sorted((i for i in equal if i != "00"), key=lambda i: (-equal[i], i))[:num]
    found = neighbours.nearest(own, [rows[:cut], rows[cut:]], num=num, leave_out="00")
    assert found.rows() == [(i, equal[i]) for i in wanted]


def _sketch(letters: str) -> bytes:
    return (letters * 128)[:128].encode()


def test_sketches_are_datasketchs_lowest_bytes_and_jaccards_exact():
    texts = ["Tom has 3 apples. How many has he?", "Tom has 4 apples. How many has he?", "What is a prime?", "", "a"]
    frame = pl.DataFrame({"query_id": list("abcde"), "query": texts}).with_columns(
        generator=pl.lit("g"), shard=pl.lit("s"), difficulty=pl.lit(0.5)
    )
    stored = signatures(frame)
    own = sketch_of(texts[0])
    assert own == stored["sketch"][0]
    assert own == bytes(value & 0xFF for value in stored["signature"][0])
    found = neighbours.nearest(own, [stored[:2], stored[2:], stored[:0]], num=3, leave_out="a")
    assert found["query_id"][0] == "b"
    assert found.height == 3
    assert "a" not in found["query_id"]
    one, other = (
        MinHash(seed=PERMUTATION_SEED, scheme="affine32", hashfunc=shingle_hash, hashvalues=row.to_numpy())
        for row in stored["signature"][:2]
    )
    assert 0 <= found["num_equal"][0] - one.jaccard(other) * 128 < 4  # some agree in their lowest byte alone
    assert np.all(np.diff(found["num_equal"].to_numpy()) <= 0)
    compared = compare(texts[0], pl.Series([texts[0], texts[1], "", "Tom has 3 - apples. How many has he?"]))
    assert compared["jaccard"][0] == 1
    assert compared["same_numbers"].to_list() == [True, False, False, True]
    assert compared["same_operators"].to_list() == [True, True, True, False]
    assert compared["same_words"].to_list() == [True, True, False, True]
    assert compare("He buys 3.", pl.Series(["He sells 3.", None]))["same_words"].to_list() == [False, False]
    assert compare("", pl.Series([""]))["jaccard"][0] == 0
    assert compare("", pl.Series([], dtype=pl.String)).height == 0
