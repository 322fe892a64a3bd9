"""From scored responses to the released folder, on as many questions as a large set has: seconds and memory by step.

Tables are those of the benchmark `report`. Choices and pairs are made shard by shard as their assets do; the folder is
written with all of its configs. Each size is measured in a process of its own. SCALEQUEST_BENCH_ROWS is the largest
number of candidates (1,600,000, of which a million are answered, five times each).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from scalequest_assets.recipe import observed
from scalequest_assets.recipe.settings import Band
from scalequest_assets.release.forms import by_file, forms, in_splits
from scalequest_assets.release.records import by_name
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.releasing import listed, records_of, released_pairs
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.releases import Releases
from scalequest_tests.benchmarks.bench_report import SIZES, shards_of, tables_of
from scalequest_tests.benchmarks.child_process import for_sizes
from scalequest_tests.benchmarks.peak_memory import peak_gb
from scalequest_tests.maths import ANSWERS


def run() -> list[dict[str, object]]:
    """Return the seconds of each step, the peak memory and the size of the folder, for each number of candidates."""
    return for_sizes(SIZES, _write, _measure)


def _measure(folder: str, num: int) -> dict[str, object]:
    home, took = Home(Path(folder)), dict[str, float]()
    lake = Lake(home.lake)
    with _timed("select s", took):
        for shard in lake.partitions(STAGES.responses):
            _select(lake, shard)
    manifest = pl.read_parquet(f"{folder}/manifest.parquet")
    with _timed("forms s", took):
        pairs = released_pairs(lake, manifest)
        configs = in_splits(forms(pairs, listed(lake, manifest, STAGES.responses), ANSWERS), 0.02)
    funnel = pl.DataFrame({"num_dropped": [num - pairs.height]})
    with _timed("write s", took):
        records = by_name(records_of(lake, manifest, pairs, funnel))
        path, _ = Releases(home).write_dataset(by_file(configs), "card", "name: bench\n", records=records)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return {"questions": num, "pairs": pairs.height, **took, "peak GB": peak_gb(), "folder MB": size / 1e6}


def _select(lake: Lake, shard: dict[str, str]) -> None:
    """Do what the assets of choices and pairs do with a shard."""
    scores = lake.scan(STAGES.responses, [shard]).collect()
    chosen = observed.choices(scores, ANSWERS, by="reward", min_agreement=0.0, arithmetic="rank_last")
    found = observed.observe(chosen, None, ANSWERS, pass_rate=Band(), gap=Band())
    lake.write(STAGES.choices, shard, found)
    known = lake.scan("deduplicated_questions", [shard]).select("query_id", "difficulty").collect()
    best = observed.pairs(scores, found).join(known, on="query_id", how="left", maintain_order="left")
    pairs = best.with_columns(topic=pl.lit(None, pl.String)).select(polars_schema(STAGES.pairs).names())
    lake.write(STAGES.pairs, shard, pairs)


def _write(folder: str, num: int) -> None:
    """Write the tables from which pairs are made, shard by shard, and what a manifest lists of them."""
    lake, listed_rows = Lake(Home(Path(folder)).lake), list[dict[str, object]]()
    for generator, shard, size in shards_of(num):
        key, tables = {"generator": generator, "shard": shard}, tables_of(generator, shard, size)
        tables["responses"] = tables[STAGES.responses].with_columns(finish_reason=pl.lit("stop"))
        for name in (STAGES.candidates, *STAGES.screening, "responses", STAGES.responses):
            declared = polars_schema(name)
            rows = tables[name].select(column for column in declared if column in tables[name].columns)
            lake.write(name, key, pl.concat([pl.DataFrame(schema=declared), rows], how="diagonal_relaxed"))
        names = (STAGES.responses, STAGES.choices, STAGES.pairs, *STAGES.provenance.values())
        listed_rows += [{**key, "asset": name, "model": f"{name}@bench"} for name in dict.fromkeys(names)]
    pl.DataFrame(listed_rows).write_parquet(f"{folder}/manifest.parquet")


@contextmanager
def _timed(name: str, took: dict[str, float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    took[name] = time.perf_counter() - began
