import numpy as np
import pytest

from scalequest_assets.recipe.candidates import Sketches, candidates, sharing


def sought(keys, values=None):
    values = np.zeros((len(keys), 128), np.uint8) if values is None else values
    left, right = candidates(Sketches(values=values, keys=keys), threshold=0.7, max_bucket=100)
    return list(zip(left.tolist(), right.tolist(), strict=True))


@pytest.mark.parametrize("num_rows", [2, 300, 40_000])
def test_pairs_are_those_that_share_a_key(num_rows):
    keys = np.random.default_rng(0).integers(2**32, size=(num_rows, 2), dtype=np.uint32)
    keys[num_rows // 2 :: 3, 1] = keys[: len(keys[num_rows // 2 :: 3]), 1]
    expected = set()
    for band in range(2):
        first = {}
        for row, key in enumerate(keys[:, band].tolist()):
            expected |= {(other, row) for other in first.setdefault(key, [])}
            first[key].append(row)
    assert len(expected) >= num_rows // 6
    assert sought(keys) == sorted(expected)


def test_a_pair_in_many_bands_comes_once_and_only_if_the_signatures_agree():
    keys, values = np.ones((3, 25), np.uint32), np.zeros((3, 128), np.uint8)
    values[2, :60] = 1
    assert sought(keys, values) == [(0, 1)]


@pytest.mark.parametrize(("num_rows", "num_others"), [(0, 3), (3, 0), (20_000, 1), (20_000, 3_000)])
def test_rows_that_share_a_key_are_those_of_a_join(num_rows, num_others):
    draw = np.random.default_rng(1)
    keys, others = (draw.integers(2**32, size=(num, 3), dtype=np.uint32) for num in (num_rows, num_others))
    if num_rows and num_others:
        others[0] = [0, 2**32 - 1, keys[5, 0]]  # the ends, and a key that is another band's
        keys[7, 1], keys[9, 0], keys[-1, 2] = 2**32 - 1, 0, others[0, 2]
    expected = np.zeros(num_rows, np.bool_)
    for band in range(3):
        expected |= np.isin(keys[:, band], others[:, band])
    assert sharing(keys, others).tolist() == expected.tolist()
    assert expected.sum() >= 3 or not (num_rows and num_others)
