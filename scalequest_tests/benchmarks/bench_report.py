"""The report on as many questions as a large set has, each with several responses: seconds, memory, size of the page.

Tables are synthetic and lie in Parquet files of the lake's form: every stage drops a share, responses are a solution's
length, with TeX. Each size is measured in a process of its own. SCALEQUEST_BENCH_ROWS is the largest size (1,600,000
questions, of which a million are answered).
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from scalequest_assets.recipe import funnel as funnels
from scalequest_assets.recipe.reasons import MEANINGS
from scalequest_assets.release.report import Released, page
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.lake import ROW_GROUP_SIZE
from scalequest_tests.benchmarks.child_process import for_sizes
from scalequest_tests.benchmarks.peak_memory import peak_gb

LARGEST = int(os.environ.get("SCALEQUEST_BENCH_ROWS", "1600000"))
SIZES = sorted({min(size, LARGEST) for size in (100_000, LARGEST)})
NUM_SAMPLES, SHARD = 5, 50_000
SOLUTION = (
    r"First, note that the @ apples cost $\frac{@}{7}$ each. Adding both sides of the equation gives "
    r"\[x^2 + @ = y_{@},\] so that $x = @$. The second condition says that half of them were sold on the first day, "
    r"and that the others were given away; hence there are \(\sqrt{@}\) of them. "
)
"""A third of a response; each `@` is a number of the row."""


def run() -> list[dict[str, object]]:
    """Return seconds of wall and processor, peak memory and size of the page, for each number of candidates."""
    return for_sizes(SIZES, _write, _measure)


def _measure(folder: str, num: int) -> dict[str, float]:
    schema = polars_schema("costs")
    released = Released(
        name="bench",
        description="Synthetic tables.",
        currency="USD",
        meanings=MEANINGS,
        funnel=pl.read_parquet(f"{folder}/funnel.parquet"),
        costs=pl.DataFrame(schema=schema),
        benchmark_questions=pl.DataFrame(schema=polars_schema("benchmark_questions")),
        scan=lambda table: pl.scan_parquet(f"{folder}/{table}/*.parquet", schema=polars_schema(table)),
    )
    pairs = released.scan(STAGES.pairs).select(pl.len()).collect().item()
    cpu_s, began = time.process_time(), time.perf_counter()
    text = page(released)
    wall_s, used_s = time.perf_counter() - began, time.process_time() - cpu_s
    written = {"s": wall_s, "cpu s": used_s, "peak GB": peak_gb(), "page MB": len(text.encode()) / 1e6}
    return {"questions": num, "pairs": pairs, **written}


def _write(folder: str, num: int) -> None:
    """Write all tables, shard by shard, and the funnel that they give."""
    counted = []
    for generator, shard, size in shards_of(num):
        tables = tables_of(generator, shard, size)
        for name, rows in tables.items():
            file = Path(folder) / name / f"{generator}-{shard}.parquet"
            file.parent.mkdir(exist_ok=True)
            whole = pl.concat([pl.DataFrame(schema=polars_schema(name)), rows], how="diagonal_relaxed")
            conformed = whole.select(pl.col(c).cast(d) for c, d in polars_schema(name).items())
            conformed.write_parquet(file, row_group_size=ROW_GROUP_SIZE)
        counted += _counts(tables, generator, shard)
    funnel = pl.concat(counted).with_columns(num_dropped=pl.col("num_input") - pl.col("num_kept"))
    kept = (pl.col("num_kept") / pl.col("num_input")).alias("keep_rate")
    funnel.with_columns(kept).select(list(polars_schema("funnel"))).write_parquet(f"{folder}/funnel.parquet")


def shards_of(num: int) -> Iterator[tuple[str, str, int]]:
    """Yield generator, shard and number of candidates of each shard."""
    for shard in range(-(-num // SHARD)):
        yield f"g{shard % 3}", f"s{shard:04d}", min(SHARD, num - shard * SHARD)


def tables_of(generator: str, shard: str, num: int) -> dict[str, pl.DataFrame]:
    """Return the tables of one shard: a tenth is lost at each stage, or a twentieth of it becomes its own duplicate."""
    row = pl.int_range(num, eager=True).alias("row").to_frame()
    asked = row.select(
        "row",
        query_id=pl.format(f"{generator}/{shard}/{{}}", pl.col("row").cast(pl.String).str.zfill(6)),
        generator=pl.lit(generator),
        shard=pl.lit(shard),
        query=pl.format("A farmer has {} hens and {} crates of $x_{}$ eggs. How many are there?", "row", "row", "row"),
        num_tokens=20 + pl.col("row") % 97,
        topic=pl.format("topic {}", pl.col("row") % 7),
        difficulty=(pl.col("row") % 1009) / 1009,
        finish_reason=pl.lit("stop"),
    )
    tables, left = {STAGES.candidates: asked}, asked
    for place, (stage, reason) in enumerate(zip(STAGES.screening, MEANINGS, strict=False)):
        is_kept = (pl.col("row") // 10**place) % 10 != 0
        survivor = pl.when(is_kept).then(None).otherwise(pl.col("query_id").filter(is_kept).first())
        decided = left.with_columns(
            keep=is_kept,
            drop_reason=pl.when(is_kept).then(None).otherwise(pl.lit(reason)),
            survivor_id=survivor,
            jaccard=pl.lit(0.8),
            relation=pl.lit("duplicate"),
        )
        tables[stage] = decided.select(pl.col(name) for name in polars_schema(stage) if name in decided.columns)
        left = decided.filter("keep").select(asked.columns)
    tables[STAGES.responses] = _responses(left)
    kept = pl.lit(None, pl.String).alias("drop_reason")
    tables[STAGES.choices] = left.select("query_id", "generator", "shard", "query", kept)
    best = tables[STAGES.responses].filter(pl.col("sample_idx") == 0, pl.col("row") % 13 != 0)
    extra = left.select("query_id", "difficulty", "topic")
    tables[STAGES.pairs] = best.join(extra, on="query_id").with_columns(num_samples=pl.lit(NUM_SAMPLES))
    return {name: rows.select([c for c in polars_schema(name) if c in rows.columns]) for name, rows in tables.items()}


def _responses(questions: pl.DataFrame) -> pl.DataFrame:
    samples = pl.DataFrame({"sample_idx": range(NUM_SAMPLES)})
    rows = questions.join(samples, how="cross").with_columns(n=pl.col("row") * NUM_SAMPLES + pl.col("sample_idx"))
    return rows.select(
        *("row", "query_id", "generator", "shard", "query", "sample_idx", "n"),
        response=_solution(),
        num_tokens=150 + pl.col("n") % 211,
        answer=(pl.col("n") % 5).cast(pl.String),
        agreement=(1 + pl.col("n") % 5) / 5,
        reward=(pl.col("n") % 997) / 100 - 4,
        keep=pl.lit(value=True),
        drop_reason=pl.lit(None, pl.String),
    )


def _solution() -> pl.Expr:
    """Return some 900 characters with numbers of the row in them."""
    first, *others = SOLUTION.split("@")
    number = pl.col("n").cast(pl.String)
    pieces = [pl.lit(first), *(piece for text in others for piece in (number, pl.lit(text)))]
    return pl.concat_str(pieces * 3)


def _counts(tables: dict[str, pl.DataFrame], generator: str, shard: str) -> list[pl.DataFrame]:
    found = []
    for position, stage in enumerate(STAGES.funnel, start=1):
        if stage == STAGES.pairs:
            counted = funnels.answer_stage_counts(tables[STAGES.responses], tables[STAGES.choices], tables[stage])
        else:
            counted = funnels.stage_counts(tables[stage])
        place = {"position": pl.lit(position, pl.Int32), "stage": pl.lit(stage)}
        found.append(counted.with_columns(**place, generator=pl.lit(generator), shard=pl.lit(shard)))
    return found
