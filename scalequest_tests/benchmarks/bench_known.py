"""Known questions: an earlier set of a million, and what it adds to shards of new questions.

Read from a released folder, sketched, written to the lake, and compared with each shard through the lake, as the assets
do. A tenth of each shard is planted: known questions in capitals.
"""

import multiprocessing
import os
import tempfile
import time
from pathlib import Path

import polars as pl

from scalequest_assets.config.sources import EarlierRelease
from scalequest_assets.recipe import known
from scalequest_assets.recipe.settings import DEFAULT_DEDUP
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.source_files import files_hash, read_known
from scalequest_tests.benchmarks.bench_duplicates import _processor
from scalequest_tests.benchmarks.peak_memory import peak_gb
from scalequest_tests.benchmarks.question_corpus import BLOCK, questions
from scalequest_tests.maths import LIKENESS

NUM_KNOWN, SHARD_ROWS, NUM_SHARDS = 1_000_000, 2_000, 4


def run() -> list[dict[str, object]]:
    """Return seconds and memory of each step, and what of the planted questions is found."""
    with tempfile.TemporaryDirectory() as folder:
        released = Path(folder) / "dataset"
        (released / "data").mkdir(parents=True)
        for block in range(NUM_KNOWN // BLOCK):
            rows = questions(block).select("query_id", "query", response=pl.col("query"))
            rows.write_parquet(released / "data" / f"train-{block:05d}.parquet", compression="zstd")
        fresh = questions(NUM_KNOWN // BLOCK).filter(kind="base")
        planted = pl.read_parquet(released / "data" / "train-00003.parquet").head(NUM_SHARDS * SHARD_ROWS // 10)
        fresh.write_parquet(Path(folder) / "fresh.parquet")
        planted.write_parquet(Path(folder) / "planted.parquet")
        rows = []
        for step in (_make, _compare):
            with multiprocessing.get_context("spawn").Pool(1) as pool:  # a process of its own: a peak of its own
                rows += pool.apply(step, (folder,))
    return [{"what": f"{_processor()}, {os.cpu_count()} cores"}, *rows]


def _make(folder: str) -> list[dict[str, object]]:
    """Return what the asset `known_questions` takes, its kernels compiled before."""
    known.known_rows(pl.DataFrame({"query": ["How many?"], "id": ["0"]}), "old", LIKENESS.normalise)
    source = EarlierRelease(kind="release", path=f"{folder}/dataset", name="old")
    clock = _Clock()
    files_hash(source)
    rows = [clock.row("hash of the files")]
    records = read_known(source, ())
    rows.append(clock.row("reading them"))
    made = known.known_rows(records, "old", LIKENESS.normalise)
    rows.append(clock.row("sketches"))
    size = Lake(Path(folder) / "lake").write("known_questions", {}, made).size_bytes
    rows.append(clock.row(f"writing the table ({size / NUM_KNOWN:.0f} bytes a question)"))
    return rows


def _compare(folder: str) -> list[dict[str, object]]:
    """Return what each shard takes, and what of the planted questions is found."""
    table = Lake(Path(folder) / "lake").scan("known_questions", [{}])
    fresh, planted = (pl.read_parquet(f"{folder}/{name}.parquet")["query"] for name in ("fresh", "planted"))
    _repeats(pl.concat([planted.head(20), fresh.head(20)]), table.head(1000))
    rows, clock, found = [], _Clock(), []
    size = SHARD_ROWS // 10
    for shard in range(NUM_SHARDS):
        copies = planted.slice(shard * size, size).str.to_uppercase()
        taken = pl.concat([copies, fresh.slice(shard * SHARD_ROWS, SHARD_ROWS - size)])
        repeated = _repeats(taken, table)["is_repeat"]
        found.append((repeated.head(size).mean(), repeated.slice(size).mean()))
        rows.append(clock.row(f"a shard of {SHARD_ROWS:,} questions"))
    shares = pl.DataFrame(found, schema=["planted", "others"], orient="row").mean().row(0)
    return [
        *rows,
        {"what": "repeats found, share of the planted and of the others", "planted": shares[0], "others": shares[1]},
    ]


def _repeats(queries: pl.Series, table: pl.LazyFrame) -> pl.DataFrame:
    settings = DEFAULT_DEDUP
    return known.repeats(queries, table, LIKENESS, threshold=settings.threshold, max_variants=settings.max_variants)


class _Clock:
    """Seconds since the last row."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def row(self, what: str) -> dict[str, object]:
        wall, cpu = time.perf_counter(), time.process_time()
        row: dict[str, object] = {"what": what, "s": round(wall - self._wall, 2), "CPU s": round(cpu - self._cpu, 2)}
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return {**row, "peak GB": round(peak_gb(), 2)}
