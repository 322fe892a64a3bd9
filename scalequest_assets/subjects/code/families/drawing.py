"""Drawing tasks of a style: as many as are wanted, no two of the same text."""

import random
import re
from collections.abc import Collection, Mapping
from typing import Final

import polars as pl

from scalequest_assets.errors import ScalequestError
from scalequest_assets.recipe.seeds import RECORD
from scalequest_assets.subjects.code import STYLES
from scalequest_assets.subjects.code.families import choices, first, lists, mappings, numbers, texts
from scalequest_assets.subjects.code.families.family import Family, Task, task
from scalequest_assets.subjects.code.prompts import solve

_MODULES = ((first,), (texts, numbers, lists, mappings, choices))
FAMILIES: Final[Mapping[str, Mapping[str, Family]]] = {
    style: {family.name: family for module in modules for family in module.FAMILIES}
    for style, modules in zip(STYLES, _MODULES, strict=True)
}
"""All families, by style and name."""
_NUMBER = re.compile(r"\d+")
_MAX_ROUNDS = 400


def tasks(
    style: str,
    num: int,
    seed: int,
    *,
    names: Collection[str] | None = None,
    max_level: int | None = None,
    max_number: int | None = None,
) -> list[Task]:
    """Return `num` different tasks of a style, its families in turn.

    Args:
        style: One of `STYLES`.
        num: How many.
        seed: Another seed gives other tasks.
        names: Families to draw from; None means all of the style.
        max_level: Highest level of a family.
        max_number: Largest number in question and program.

    Raises:
        ScalequestError: A name is of no family, or the bounds leave too few tasks.
    """
    known = FAMILIES[style]
    if unknown := sorted(set(names or ()) - set(known)):
        raise ScalequestError(f"{style}: no family is named {', '.join(unknown)}", f"families: {', '.join(known)}")
    chosen = [f for name, f in known.items() if (names is None or name in names) and f.level <= (max_level or 9)]
    found: dict[str, Task] = {}
    rng = random.Random(seed)
    for _ in range(_MAX_ROUNDS if chosen else 0):
        rng.shuffle(chosen)
        for family in chosen:
            drawn = task(family, rng.randrange(2**31))
            numbers = _NUMBER.findall(f"{drawn.query} {drawn.program}")
            if max_number is None or all(int(number) <= max_number for number in numbers):
                found.setdefault(drawn.query, drawn)
            if len(found) >= num:
                return list(found.values())
    if not num:
        return []
    raise ScalequestError(
        f"{style}: {len(found)} of {num} tasks have at most level {max_level} and numbers up to {max_number}",
        "raise max_level or max_number, name more families, or ask for fewer",
    )


def records(drawn: Collection[Task]) -> pl.DataFrame:
    """Return tasks as records of seed questions (columns `RECORD`)."""
    rows = [(t.query, t.tests, solve.target(t.program), t.topic, t.level) for t in drawn]
    return pl.DataFrame(rows, schema={**dict.fromkeys(RECORD[:4], pl.String), "level": pl.Int32}, orient="row")
