import polars as pl
import pytest

from scalequest_assets.errors import ReleaseError
from scalequest_assets.release.mix import mix

ROWS = pl.DataFrame(
    {
        "query_id": [f"{g}/{i}" for g in "ab" for i in range(20)],
        "generator": list("a" * 20 + "b" * 20),
        "shard": ["s0000" if i < 12 else "s0001" for _ in "ab" for i in range(20)],
    }
)


def test_all_are_released_unless_a_generator_is_named():
    assert mix(ROWS, {}).equals(ROWS)
    assert mix(ROWS, {"c": 1}).equals(ROWS)


def test_a_named_generator_gives_the_same_rows_in_whatever_order_they_come():
    some = mix(ROWS, {"a": 5})
    assert some.group_by("generator").len().sort("generator").rows() == [("a", 5), ("b", 20)]
    assert some["query_id"].to_list() == [name for name in ROWS["query_id"] if name in set(some["query_id"])]
    assert set(mix(ROWS.reverse(), {"a": 5})["query_id"]) == set(some["query_id"])
    assert set(mix(ROWS, {"a": 6})["query_id"]) > set(some["query_id"]), "more are the same and one more"


def test_a_generator_may_give_nothing():
    assert mix(ROWS, {"a": 0, "b": 0}).is_empty()


def test_so_many_pairs_are_released_and_more_are_the_same_and_others():
    some = {num: mix(ROWS, {}, num)["query_id"].to_list() for num in (1, 23, 25, 40)}
    assert {num: len(names) for num, names in some.items()} == {num: num for num in some}
    assert set(some[1]) < set(some[23]) < set(some[25]) < set(some[40])
    assert some[25] == [name for name in ROWS["query_id"] if name in set(some[25])], "in their order"


def test_shards_that_come_later_change_nothing_in_what_was_ordered():
    first = ROWS.filter(shard="s0000")
    assert mix(ROWS, {"a": 9}, 20).equals(mix(first, {"a": 9}, 20))
    assert mix(ROWS, {"a": 9}).filter(generator="a").equals(mix(first, {"a": 9}).filter(generator="a"))


def test_an_order_is_of_what_the_generators_give():
    assert mix(ROWS, {"a": 3, "b": 4}, 7).equals(mix(ROWS, {"a": 3, "b": 4}))
    with pytest.raises(ReleaseError, match=r"num_pairs is 8, and there are 7 pairs\n.*scalequest run --pairs 8"):
        mix(ROWS, {"a": 3, "b": 4}, 8)
