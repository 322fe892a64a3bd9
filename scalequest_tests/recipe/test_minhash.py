import numpy as np
import polars as pl
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.recipe.minhash import Bands, content_hashes, shingle_hash
from scalequest_assets.schemas import polars_schema
from scalequest_assets.subjects.maths.normalization import normalise
from scalequest_tests.maths import signatures


def questions(texts):
    rows = {"query": texts, "query_id": [f"g/s0000/{row:06d}" for row in range(len(texts))]}
    schema = {name: polars_schema("difficulty_scores")[name] for name in ("query_id", "generator", "shard", "query")}
    frame = pl.DataFrame({**rows, "generator": ["g"] * len(texts), "shard": ["s0000"] * len(texts)}, schema=schema)
    return frame.with_columns(difficulty=pl.lit(0.5))


def oracle(text):
    sketch = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=shingle_hash)
    data = normalise(pl.Series([text]))[0].encode()
    if data:
        width = min(5, len(data))
        sketch.update_batch([data[at : at + width] for at in range(len(data) - width + 1)])
    return sketch.hashvalues.tolist()


@pytest.mark.parametrize("text", ["", "a", "ab", "abcd", "abcde", "Tom has 3 pears.", "é🙂 ñandú", "x" * 70_000])
def test_signature_is_datasketchs(text):
    assert signatures(questions([text]))["signature"][0].to_list() == oracle(text)


@settings(deadline=None)  # the first call compiles a kernel
@given(st.text(max_size=60))
def test_signature_is_datasketchs_for_any_text(text):
    assert signatures(questions([text]))["signature"][0].to_list() == oracle(text)


def test_columns_and_order():
    found = signatures(questions(["What is 2+2?", None, "", "Why?"]))
    assert found.schema == polars_schema("minhash_signatures")
    assert found["query"].to_list() == ["What is 2+2?", None, "", "Why?"]
    assert signatures(questions([])).schema == polars_schema("minhash_signatures")


def test_short_texts_differ_and_empty_ones_have_no_keys():
    found = signatures(questions(["a", "b", "ab", "ba", "\u2211", "\u220f"]))
    short = found[:4]
    assert short["num_shingles"].to_list() == [1] * 4
    assert len({tuple(keys) for keys in short["band_keys"].to_list()}) == 4
    assert found["num_shingles"].to_list()[4:] == [0, 0]
    assert found["band_keys"].to_list()[4:] == [[], []]
    assert found["content_hash"].n_unique() == 6


def test_long_row_among_short_ones():
    texts = ["What is 2+2?", "word " * 13_000, "What is 2+2?"]
    found = signatures(questions(texts))
    assert found["band_keys"][0].to_list() == found["band_keys"][2].to_list()
    assert found["num_shingles"][1] == 5 * 13_000 - 1 - 4


def test_band_keys_follow_the_bands():
    left, right = signatures(questions(["Tom has 3 pears and 4 plums", "Tom has 3 pears and 5 plums"])).iter_rows(
        named=True
    )
    for band in range(25):
        rows = slice(5 * band, 5 * band + 5)
        assert (left["band_keys"][band] == right["band_keys"][band]) == (
            left["signature"][rows] == right["signature"][rows]
        )
    assert signatures(questions(["abc def"]), bands=Bands(num_bands=4, num_rows=2))[
        "band_keys"
    ].list.len().to_list() == [4]


def test_bands_must_fit():
    with pytest.raises(ValueError, match="do not fit"):
        Bands(num_bands=26, num_rows=5)


def test_content_hash_is_of_the_raw_text_and_for_ever():
    assert content_hashes(pl.Series(["a", "A", "a ", "a"])).n_unique() == 3
    assert content_hashes(pl.Series(["What is 2+2?"])).to_list() == [CONTENT_HASH]
    assert np.unique(content_hashes(pl.Series(["\x00" * size for size in range(40)]))).size == 40


CONTENT_HASH = "c58653c6379f3cda"
