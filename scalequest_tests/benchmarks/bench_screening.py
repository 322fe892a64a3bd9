"""Screening without a model: what each rule takes, and whether time and memory grow with the rows alone.

Questions are drawn from our own families and varied (digits, and a share spoilt in every way that a rule looks for).
Benchmark questions are those under SCALEQUEST_TEST_DATA (GSM8K test, MATH-500, College Math), else of our families too,
which the questions resemble far more. Each size is measured in a process of its own that reads its rows from a file.
SCALEQUEST_BENCH_ROWS is the largest size (2,000,000).
"""

import os
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress

import polars as pl

from scalequest_assets.recipe import difficulty, solvability, text_rules
from scalequest_assets.recipe.settings import TextRules
from scalequest_assets.schemas import polars_schema
from scalequest_assets.subjects.maths import families, ill_posed
from scalequest_assets.subjects.maths.topics import TopicModel
from scalequest_tests import real_data
from scalequest_tests.benchmarks.bench_topics import labelled
from scalequest_tests.benchmarks.child_process import in_child
from scalequest_tests.benchmarks.peak_memory import peak_gb
from scalequest_tests.maths import WORDING, detect, index_of, screen

LARGEST = int(os.environ.get("SCALEQUEST_BENCH_ROWS", "2000000"))
SIZES = sorted({min(size, LARGEST) for size in (50_000, 200_000, LARGEST)})
NUM_BASE = 4_000
TEST_SETS = ("gsm8k/test", "math500/test", "college_math/test")
JUDGEMENT = "The number of apples is given, and so is the price of one; what is asked for follows from both. " * 6
SPOILS: list[Callable[[str], str]] = [
    lambda text: "",
    lambda text: text.split("?", maxsplit=1)[0],
    lambda text: (text + " ") * 6,
    lambda text: "Sure, here is a question: " + text,
    lambda text: "¿Cuántas manzanas tiene Juan si compra tres y come una de las que tiene en casa?",
    lambda text: text + " The answer is 12.",
    lambda text: "In the figure shown below, " + text,
]
SPOILT_SHARE = 0.2


def run() -> list[dict[str, object]]:
    """Return seconds of wall and processor, rows a second, peak memory, and a row's processor time.

    The last is relative to the smallest size: 1 where time is linear. Wall times depend on what else the machine does.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/questions.parquet"
        in_child(_write, file, max(SIZES))
        measured = [row for size in SIZES for row in in_child(_measure, file, size)]
    smallest = {row["what"]: row["cpu s"] / SIZES[0] for row in measured if row["rows"] == SIZES[0]}
    return [{**row, "cpu of a row, relative": row["cpu s"] / row["rows"] / smallest[row["what"]]} for row in measured]


def _measure(file: str, num_rows: int) -> list[dict[str, float]]:
    rows = pl.read_parquet(file, n_rows=num_rows)
    benchmarks, queries = _benchmarks(), rows["query"]
    settings = TextRules()
    index = index_of(benchmarks)
    topics = TopicModel.learn(labelled(NUM_BASE, seed=3))
    screen(rows.head(100), index, settings=settings)  # compiles the kernels
    judged = rows.select("query", "finish_reason", judgement=pl.lit(JUDGEMENT) + pl.col("verdict"))
    scored = rows.select("query_id", "query", "difficulty")
    steps: dict[str, Callable[[], object]] = {
        "words and repetition": lambda: text_rules.measure_repetition(queries),
        "not a question": lambda: rows.select(text_rules.RULES["not_a_question"](settings, WORDING)),
        "ill-posed": lambda: rows.select(**ill_posed.RULES),
        "language": lambda: detect(queries),
        "contamination": lambda: index.match(queries),
        "all text rules": lambda: screen(rows, index, settings=settings),
        "topics": lambda: topics.classify(queries),
        "reading verdicts": lambda: solvability.verdicts(judged),
        "difficulty": lambda: difficulty.easiest(scored, drop_fraction=0.3),
    }
    return [{"rows": num_rows, "what": what, **_timed(step, num_rows)} for what, step in steps.items()]


def _timed(step: Callable[[], object], num_rows: int) -> dict[str, float]:
    cpu_s, began = time.process_time(), time.perf_counter()
    step()
    wall_s = time.perf_counter() - began
    used_s = time.process_time() - cpu_s
    return {"s": wall_s, "cpu s": used_s, "rows/s": round(num_rows / wall_s), "peak GB so far": peak_gb()}


def _write(file: str, num_rows: int) -> None:
    """Write as many questions as `synthetic_questions` has, with a verdict and a difficulty beside each."""
    draw = random.Random(20241018)
    base = [p.query for style in ("grade_school", "competition") for p in families.generate(style, NUM_BASE, seed=1)]
    texts: list[str] = []
    while len(texts) < num_rows:
        digits = "".join(draw.sample("123456789", 9))
        table = str.maketrans("123456789", digits)
        texts += [text.translate(table) for text in draw.sample(base, len(base))]
    texts = [draw.choice(SPOILS)(t) if draw.random() < SPOILT_SHARE else t for t in texts[:num_rows]]
    rows = pl.DataFrame({"query": texts}).with_row_index("row")
    values = {
        "query_id": pl.format("g/s0000/{}", "row"),
        "generator": pl.lit("g"),
        "shard": pl.lit("s0000"),
        "num_tokens": pl.col("query").str.len_bytes() // 4 + 1,
        "finish_reason": pl.when(pl.col("row") % 50 == 0).then(pl.lit("length")).otherwise(pl.lit("stop")),
        "seed": pl.col("row"),
        "error": pl.lit(None, pl.String),
        "engine": pl.lit("none"),
        "is_exact": pl.lit(True),
        "verdict": pl.when(pl.col("row") % 5 == 0)
        .then(pl.lit("So the answer is $\\boxed{No}$"))
        .otherwise(pl.lit("\nVerdict: Yes")),
        "difficulty": pl.col("row").hash(1).cast(pl.Float64) / 2.0**64,
    }
    rows = rows.with_columns(**values)
    known = [pl.col(name).cast(dtype) for name, dtype in polars_schema("synthetic_questions").items()]
    rows.select(*known, "verdict", "difficulty").write_parquet(file)


def _benchmarks() -> pl.DataFrame:
    texts = []
    for name in TEST_SETS:
        with suppress(FileNotFoundError):
            texts += real_data.questions(name)
    texts = texts or [problem.query for problem in families.generate("grade_school", NUM_BASE, seed=2)]
    return pl.DataFrame({"query_id": [f"benchmark/{row:06d}" for row in range(len(texts))], "query": texts})
