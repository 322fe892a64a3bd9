"""Seed questions: from families or a user's records to rows with a gold answer."""

import re
from collections.abc import Collection

import polars as pl

from scalequest_assets.recipe.seeding import shuffled
from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.answers import extract

_CALCULATOR = r"<<[^<>]*>>"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MAX_ATTEMPTS = 60
RECORD = ("query", "answer", "solution", "subject", "level")


def problems(
    style: families.Style,
    num: int,
    seed: int,
    *,
    names: Collection[str] | None = None,
    max_level: int | None = None,
    max_number: int | None = None,
) -> list[families.Problem]:
    """Return `num` different problems, no harder than wanted.

    Args:
        style: `grade_school` or `competition`.
        num: How many.
        seed: Another seed gives other problems.
        names: Families to draw from; None means all of the style.
        max_level: Most reasoning steps.
        max_number: Largest number in question and solution: small models calculate with small ones.

    Raises:
        FamilyError: The bounds leave too few problems.
    """
    found: dict[str, families.Problem] = {}
    for attempt in range(_MAX_ATTEMPTS):
        drawn = families.generate(style, max(num, 200), seed + attempt, families=names)
        found.update((p.query, p) for p in drawn if _is_within(p, max_level, max_number))
        if len(found) >= num:
            return list(found.values())[:num]
    raise families.FamilyError(
        f"{style}: {len(found)} of {num} problems have at most {max_level} steps and numbers up to {max_number}; "
        "raise max_level or max_number, or ask for fewer"
    )


def family_records(
    style: families.Style, num: int, seed: int, *, max_level: int | None = None, max_number: int | None = None
) -> pl.DataFrame:
    """Return `num` questions of our own families as records (columns `RECORD`); arguments as of `problems`."""
    drawn = problems(style, num, seed, max_level=max_level, max_number=max_number)
    return pl.DataFrame(
        {
            "query": [p.query for p in drawn],
            "answer": [p.answer for p in drawn],
            "solution": [p.solution for p in drawn],
            "subject": [p.subject for p in drawn],
            "level": [p.level for p in drawn],
        },
        schema={**dict.fromkeys(RECORD[:4], pl.String), "level": pl.Int32},
    )


def seed_rows(
    records: pl.DataFrame, source: str, *, max_questions: int | None, random_seed: int, needs_answer: bool = True
) -> pl.DataFrame:
    """Turn records into rows of `seed_questions`.

    Args:
        records: `query`, `answer` and, where known, `solution`, `subject`, `level`, all text. `answer` may be a worked
            solution that ends with the answer; it then serves as `solution` too.
        source: Name of the source; first part of `query_id`.
        max_questions: Size of a seeded sample; the rows keep their number in the source.
        random_seed: The profile's.
        needs_answer: Whether a row without a gold answer is left out; questions to keep clear of need none.

    Returns:
        Columns of `seed_questions`. The numbers of rows left out stay free.
    """
    for name in RECORD:
        if name not in records.columns:
            records = records.with_columns(pl.lit(None, pl.String).alias(name))
    rows = (
        records.with_row_index("row")
        .with_columns(query=_stripped("query"), worked=_stripped("answer").str.replace_all(_CALCULATOR, ""))
        .with_columns(answer=pl.col("worked").map_elements(_gold, return_dtype=pl.String))
        .filter(pl.col("query").str.len_chars() > 0, (pl.col("answer").str.len_chars() > 0) | (not needs_answer))
        .with_columns(
            query_id=pl.format("{}/{}", pl.lit(source), pl.col("row").cast(pl.String).str.zfill(6)),
            source=pl.lit(source),
            solution=pl.coalesce(
                _stripped("solution").str.replace_all(_CALCULATOR, ""),
                pl.when(pl.col("worked") != pl.col("answer")).then("worked"),
            ),
            level=pl.col("level").cast(pl.String).str.extract(r"(\d+)").cast(pl.Int32),
        )
    )
    named = rows.select("query_id", "source", "query", "answer", "solution", "subject", "level")
    return named if max_questions is None else sampled(named, max_questions, random_seed)


def sampled(rows: pl.DataFrame, max_questions: int, random_seed: int) -> pl.DataFrame:
    """Return a seeded sample of at most so many rows of `seed_questions`, in their order."""
    if rows.height <= max_questions:
        return rows
    return shuffled(rows, random_seed, "seed_questions").head(max_questions).sort("query_id")


def _is_within(problem: families.Problem, max_level: int | None, max_number: int | None) -> bool:
    if max_level is not None and problem.num_steps > max_level:
        return False
    numbers = _NUMBER.findall(f"{problem.query} {problem.solution}")
    return max_number is None or all(float(number) <= max_number for number in numbers)


def _stripped(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars()


def _gold(text: str) -> str | None:
    """Return the marked answer of a worked solution, or the whole text where it is a bare answer."""
    return extract(text) or (text if len(text) <= 300 else None)
