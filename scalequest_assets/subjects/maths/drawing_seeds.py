"""Seed questions from our families, no harder than wanted."""

import re
from collections.abc import Collection

import polars as pl

from scalequest_assets.recipe.seeds import RECORD
from scalequest_assets.subjects.maths import families

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MAX_ATTEMPTS = 60


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
        found.update((p.query, p) for p in drawn if is_within(p, max_level, max_number))
        if len(found) >= num:
            return list(found.values())[:num]
    raise families.FamilyError(
        f"{style}: {len(found)} of {num} problems have at most {max_level} steps and numbers up to {max_number}; "
        "raise max_level or max_number, or ask for fewer"
    )


def family_records(
    style: families.Style,
    num: int,
    seed: int,
    *,
    names: Collection[str] | None = None,
    max_level: int | None = None,
    max_number: int | None = None,
) -> pl.DataFrame:
    """Return `num` questions of our own families as records (columns `RECORD`); arguments as of `problems`."""
    drawn = problems(style, num, seed, names=names, max_level=max_level, max_number=max_number)
    return pl.DataFrame(
        {
            "query": [p.query for p in drawn],
            "answer": [p.answer for p in drawn],
            "solution": [p.solution for p in drawn],
            "subject": [p.subject for p in drawn],
            "level": [p.level for p in drawn],
        },
        schema=RECORD,
    )


def is_within(problem: families.Problem, max_level: int | None, max_number: int | None) -> bool:
    """Whether a problem has no more steps and no larger numbers than wanted; None is no bound."""
    if max_level is not None and problem.num_steps > max_level:
        return False
    numbers = _NUMBER.findall(f"{problem.query} {problem.solution}")
    return max_number is None or all(float(number) <= max_number for number in numbers)
