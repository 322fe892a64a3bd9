import polars as pl

from scalequest_assets.release.mix import mix

ROWS = pl.DataFrame({"query_id": [f"{g}/{i}" for g in "ab" for i in range(20)], "generator": list("a" * 20 + "b" * 20)})


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
