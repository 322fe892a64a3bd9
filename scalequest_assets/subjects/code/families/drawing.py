"""Drawing tasks of a style: as many as are wanted, no two of the same text."""

from collections.abc import Collection, Mapping
from typing import Final

import polars as pl

from scalequest_assets.recipe.seeds import RECORD
from scalequest_assets.subjects import drawing
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
    return drawing.different(
        style,
        FAMILIES[style],
        task,
        num,
        seed,
        what="tasks",
        text=lambda drawn: f"{drawn.query} {drawn.program}",
        names=names,
        max_level=max_level,
        max_number=max_number,
    )


def records(drawn: Collection[Task]) -> pl.DataFrame:
    """Return tasks as records of seed questions (columns `RECORD`)."""
    rows = [(t.query, t.tests, solve.target(t.program), t.topic, t.level) for t in drawn]
    return pl.DataFrame(rows, schema=RECORD, orient="row")
