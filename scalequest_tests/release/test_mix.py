import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.errors import ReleaseError
from scalequest_assets.release.mix import mix, quotas, shards_needed

ROWS = pl.DataFrame(
    {
        "query_id": [f"{g}/{i}" for g in "ab" for i in range(20)],
        "generator": list("a" * 20 + "b" * 20),
        "shard": ["s0000" if i < 12 else "s0001" for _ in "ab" for i in range(20)],
    }
)


def released(pairs: pl.DataFrame, at_most: dict[str, int], num_pairs: int | None = None) -> pl.DataFrame:
    return mix(pairs, at_most, num_pairs, ["a", "b"])


def test_all_are_released_unless_a_generator_is_named():
    assert released(ROWS, {}).equals(ROWS)
    assert released(ROWS, {"c": 1}).equals(ROWS)


def test_a_named_generator_gives_the_same_rows_in_whatever_order_they_come():
    some = released(ROWS, {"a": 5})
    assert some.group_by("generator").len().sort("generator").rows() == [("a", 5), ("b", 20)]
    assert some["query_id"].to_list() == [name for name in ROWS["query_id"] if name in set(some["query_id"])]
    assert set(released(ROWS.reverse(), {"a": 5})["query_id"]) == set(some["query_id"])
    assert set(released(ROWS, {"a": 6})["query_id"]) > set(some["query_id"]), "more are the same and one more"


def test_so_many_pairs_are_released_and_more_are_the_same_and_others():
    some = {num: released(ROWS, {}, num)["query_id"].to_list() for num in (1, 23, 25, 40)}
    assert {num: len(names) for num, names in some.items()} == {num: num for num in some}
    assert set(some[1]) < set(some[23]) < set(some[25]) < set(some[40])
    assert some[25] == [name for name in ROWS["query_id"] if name in set(some[25])], "in their order"


def test_shards_that_come_later_change_nothing_in_what_was_ordered():
    first = ROWS.filter(shard="s0000")
    assert released(ROWS, {"a": 9}, 20).equals(released(first, {"a": 9}, 20))
    assert released(ROWS, {"a": 9}).filter(generator="a").equals(released(first, {"a": 9}).filter(generator="a"))


def test_an_order_is_of_what_the_generators_give():
    assert released(ROWS, {"a": 3, "b": 4}, 7).equals(released(ROWS, {"a": 3, "b": 4}))
    with pytest.raises(ReleaseError, match=r"num_pairs is 8, and there are 7 pairs\n.*scalequest run --pairs 8"):
        released(ROWS, {"a": 3, "b": 4}, 8)


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 200), min_size=1), st.data())
def test_an_order_is_shared_out_in_the_proportions_of_the_mix(at_most: dict[str, int], data: st.DataObject):
    in_all = sum(at_most.values())
    num = data.draw(st.integers(1, in_all))
    found = quotas(at_most, num, at_most)
    assert sum(found.values()) == num
    assert all(found[name] <= at_most[name] for name in at_most)
    assert all(abs(found[name] - num * at_most[name] / in_all) < len(at_most) for name in at_most)
    fewer = quotas(at_most, max(1, num - 1), at_most)
    assert all(fewer[name] <= found[name] for name in at_most), "a larger order takes from no generator"


def test_a_mix_of_some_generators_or_no_order_is_a_bound():
    assert quotas({"a": 3}, 2, ["a", "b"]) == {"a": 3}
    assert quotas({"a": 3, "b": 4}, None, ["a", "b"]) == {"a": 3, "b": 4}
    assert quotas({"a": 3, "b": 4}, 9, ["a", "b"]) == {"a": 3, "b": 4}


def test_each_generator_gives_its_share_of_an_order_exactly():
    counts = released(ROWS, {"a": 10, "b": 20}, 15).group_by("generator").len().sort("generator")
    assert counts.rows() == [("a", 5), ("b", 10)]
    with pytest.raises(ReleaseError, match=r"there are 28 pairs \(by release.mix: b 20 of 22\)"):
        released(ROWS, {"a": 12, "b": 33}, 30)


def test_an_order_takes_as_many_shards_as_the_generator_that_lags():
    assert shards_needed(60, {"a": 80, "b": 5}, {"a": 40, "b": 20}, 99) == 4
    assert shards_needed(3, {"a": 1 / 3}, {}, 99) == 9
    assert shards_needed(60, {"a": 20.5, "b": 9.5}, {}, 99) == 2
    assert shards_needed(1, {"a": 20.0}, {}, 99) == 1
    assert shards_needed(60, {"a": 80, "b": 0}, {"a": 40, "b": 20}, 99) is None
    assert shards_needed(60, {"a": 1}, {}, 59) is None
