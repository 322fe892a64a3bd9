"""What a question resembles, of those that reached near-duplicate search: by their stored sketches, then exactly."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl

from scalequest_assets.explain.story import Neighbour
from scalequest_assets.recipe import neighbours
from scalequest_assets.recipe.parts import Likeness
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.sql import Tables
from scalequest_assets.storage.views import of_question

NUM_NEIGHBOURS = 5
_NEAR = f"""
    SELECT s.query_id, s.query FROM synthetic_questions s
    JOIN minhash_signatures m ON m.query_id = s.query_id AND m.query = s.query
    WHERE {of_question("s")} AND {of_question("m")}"""  # noqa: S608


def nearest(
    tables: Tables, lake: Lake, partitions: Sequence[Partition], likeness: Likeness, query_id: str, text: str
) -> list[Neighbour]:
    """Return the questions that one resembles most, by exact Jaccard.

    Args:
        tables: The tables.
        lake: Holds the sketches.
        partitions: The profile's generators and shards.
        likeness: When two questions are one.
        query_id: The question's; it is no neighbour of itself.
        text: Its text.
    """
    own = _own_sketch(lake, partitions, query_id, text) or neighbours.sketch_of(text, likeness.normalise)
    found = neighbours.nearest(own, _sketches(lake, partitions), num=NUM_NEIGHBOURS, leave_out=query_id)
    rows = [tables.ask(_NEAR, (near_id,)).to_dicts() for near_id in found["query_id"]]
    near = pl.DataFrame([row for one in rows for row in one], schema={"query_id": pl.String, "query": pl.String})
    near = pl.concat([near, neighbours.compare(text, near["query"], likeness)], how="horizontal")
    ordered = near.filter(pl.col("jaccard") > 0).sort(-pl.col("jaccard"), "query_id")
    return [_neighbour(row) for row in ordered.iter_rows(named=True)]


def _own_sketch(lake: Lake, partitions: Sequence[Partition], query_id: str, text: str) -> bytes | None:
    """Return a question's stored sketch; None where its text is another now, or it has none."""
    own = [partition for partition in partitions if query_id.startswith("/".join((*partition.values(), "")))]
    there = [partition for partition in own if lake.exists("minhash_signatures", partition)]
    rows = lake.scan("minhash_signatures", there).filter(pl.col("query_id") == query_id, pl.col("query") == text)
    return next(iter(rows.select("sketch").collect()["sketch"]), None)


def _sketches(lake: Lake, partitions: Sequence[Partition]) -> Iterator[pl.DataFrame]:
    """Yield the stored sketches of each partition; as many partitions are read at once as there are cores."""

    def read(partition: Partition) -> pl.DataFrame:
        return lake.scan("minhash_signatures", [partition]).select("query_id", "sketch").collect().drop_nulls()

    there = [partition for partition in partitions if lake.exists("minhash_signatures", partition)]
    num = pl.thread_pool_size()
    with ThreadPoolExecutor(num) as threads:  # Polars reads a file of one row group in one thread
        for start in range(0, len(there), num):
            yield from threads.map(read, there[start : start + num])


def _neighbour(row: Mapping[str, Any]) -> Neighbour:
    same = {name.removeprefix("same_"): value for name, value in row.items() if name.startswith("same_")}
    return Neighbour(**{name: row[name] for name in ("query_id", "query", "jaccard")}, same=same)
