"""A tiny release with all its tables: eight questions, of which each stage loses one and three become pairs."""

from typing import Any

import polars as pl

from scalequest_assets.recipe.reasons import MEANINGS
from scalequest_assets.release.report import Released
from scalequest_assets.schemas import polars_schema
from scalequest_assets.subjects.maths.wording import MathsWording
from scalequest_tests.release import frames

TEX = r"Find $x$ where $\frac{x}{2} = 3$ and \boxed{y}. It costs $5 and $6."


def ids(*numbers: int) -> list[str]:
    return [f"a/s0000/{number:06d}" for number in numbers]


def table(name: str, numbers: list[int], **columns: Any) -> pl.DataFrame:
    """Return a table of some of the questions: nulls, but for what is named."""
    schema = polars_schema(name)
    rows: dict[str, Any] = {column: [None] * len(numbers) for column in schema}
    rows |= {"query_id": ids(*numbers), "generator": ["a"] * len(numbers), "shard": ["s0000"] * len(numbers)}
    return pl.DataFrame(rows | columns, schema=schema, strict=False)


def decided(name: str, numbers: list[int], lost: int, reason: str, text: str | None, **columns: Any) -> pl.DataFrame:
    """Return a screening table that loses one question."""
    keep = [number != lost for number in numbers]
    reasons = [None if kept else reason for kept in keep]
    return table(name, numbers, keep=keep, drop_reason=reasons, query=queries(numbers, text), **columns)


def queries(numbers: list[int], text: str | None) -> list[str]:
    return [text or f"Question {number}: {TEX}" for number in numbers]


def tables(text: str | None = None) -> dict[str, pl.DataFrame]:
    """Return the tables that a report reads, with a text in every place that a model or a profile writes."""
    left = list(range(8))
    made = {"synthetic_questions": table("synthetic_questions", left, query=queries(left, text), num_tokens=left)}
    topics = [text or "algebra"] * 8
    made["screened_questions"] = decided(
        "screened_questions", left, 7, text or "too_short", text, topic=topics, failed_rules=[[text or "too_short"]] * 8
    )
    made["solvability_verdicts"] = decided(
        "solvability_verdicts", left[:7], 6, "unsolvable", text, judgement=[text or "Verdict: No"] * 7
    )
    made["difficulty_scores"] = decided(
        "difficulty_scores", left[:6], 5, "too_easy", text, difficulty=[0.5, 0.52, 0.9, 1.0, 0.3, 0.1]
    )
    made["deduplicated_questions"] = decided(
        "deduplicated_questions",
        left[:5],
        4,
        "near_duplicate",
        text,
        survivor_id=[None] * 4 + ids(0),
        jaccard=[None] * 4 + [0.8],
        relation=[None] * 4 + [text or "duplicate"],
    )
    made["response_scores"] = _responses(text)
    made["observed_difficulty"] = table("observed_difficulty", [0, 1, 2, 3], query=queries([0, 1, 2, 3], text))
    made["qa_pairs"] = table(
        "qa_pairs",
        [0, 1, 2],
        query=queries([0, 1, 2], text),
        response=[text or f"So {TEX}"] * 3,
        answer=[text or "6"] * 3,
        difficulty=[0.5, 0.52, 0.9],
        topic=[*topics[:2], None],
        reward=[1.5, 0.25, None],
        agreement=[1.0, 0.5, 0.5],
        sample_idx=[0, 1, 0],
        num_samples=[2, 2, 2],
    )
    return made


def _responses(text: str | None) -> pl.DataFrame:
    numbers = [0, 0, 1, 1, 2, 2, 3, 3]
    return table(
        "response_scores",
        numbers,
        query=queries(numbers, text),
        sample_idx=[0, 1] * 4,
        response=[text or f"Sample of {number}" for number in numbers],
        num_tokens=[10, 20, 30, 40, 50, 60, 70, 80],
        answer=[text or "6"] * 8,
        agreement=[1.0, 1.0, 0.5, 0.5, 0.5, 0.5, None, None],
        reward=[1.5, 1.0, 0.0, 0.25, None, -1.0, 0.1, 0.2],
        keep=[True] * 6 + [False] * 2,
        drop_reason=[None] * 6 + ["no_answer"] * 2,
    )


def funnel(text: str | None = None) -> pl.DataFrame:
    """Return the funnel of these tables."""
    stages = ("synthetic", "screened", "solvability", "difficulty", "deduplicated", "qa_pairs")
    names = [name for stage in stages for name in tables() if name.startswith(stage)]
    reasons = [None, text or "too_short", "unsolvable", "too_easy", "near_duplicate", "no_answer"]
    kept = [8, 7, 6, 5, 4, 3]
    rows = {
        "position": range(1, 7),
        "stage": names,
        "generator": [text or "a"] * 6,
        "shard": ["s0000"] * 6,
        "num_input": [8, *kept[:-1]],
        "num_kept": kept,
        "num_dropped": [0] + [1] * 5,
        "keep_rate": [1.0] * 6,
        "drop_reasons": [[{"drop_reason": reason, "num_rows": 1}] if reason else [] for reason in reasons],
    }
    return pl.DataFrame(rows, schema=polars_schema("funnel"))


def benchmarks(text: str | None = None) -> pl.DataFrame:
    rows = {"query_id": ["b/0", "b/1"], "source": [text or "b"] * 2, "query": ["?", "?"], "answer": ["1", "2"]}
    return pl.DataFrame(rows, schema=polars_schema("benchmark_questions"))


def released(text: str | None = None, **changed: Any) -> Released:
    """Return the release, with a text in every place that is data."""
    made = tables(text)
    parts: dict[str, Any] = {
        "name": text or "tiny",
        "description": text or "Three pairs.",
        "currency": text or "USD",
        "meanings": {**MEANINGS, **MathsWording.meanings},
        "funnel": funnel(text),
        "costs": frames.costs(text),
        "benchmark_questions": benchmarks(text),
        "scan": lambda name: made[name].lazy(),
    }
    return Released(**parts | changed)


def empty() -> Released:
    """Return a release in which nothing was made."""
    nothing = {name: pl.DataFrame(schema=polars_schema(name)) for name in ("funnel", "costs", "benchmark_questions")}
    return released(**nothing, scan=lambda name: pl.LazyFrame(schema=polars_schema(name)))
