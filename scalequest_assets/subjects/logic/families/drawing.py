"""Drawing puzzles of a style: as many as are wanted, no two of the same text."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import polars as pl

from scalequest_assets.recipe.seeds import RECORD
from scalequest_assets.subjects import drawing
from scalequest_assets.subjects.logic import STYLES
from scalequest_assets.subjects.logic.families import deduction, first, knights, ordering, sets
from scalequest_assets.subjects.logic.families.puzzle import Family, Puzzle, puzzle

_MODULES = ((first,), (knights, ordering, sets, deduction))
FAMILIES: Final[Mapping[str, Mapping[str, Family]]] = {
    style: {family.name: family for module in modules for family in module.FAMILIES}
    for style, modules in zip(STYLES, _MODULES, strict=True)
}
"""All families, by style and name."""


def puzzles(
    style: str,
    num: int,
    seed: int,
    *,
    names: Collection[str] | None = None,
    max_level: int | None = None,
    max_number: int | None = None,
) -> list[Puzzle]:
    """Return `num` different puzzles of a style, its families in turn.

    Args:
        style: One of `STYLES`.
        num: How many.
        seed: Another seed gives other puzzles.
        names: Families to draw from; None means all of the style.
        max_level: Highest level of a family.
        max_number: Largest number in question and solution.

    Raises:
        ScalequestError: A name is of no family, or the bounds leave too few puzzles.
    """
    return drawing.different(
        style,
        FAMILIES[style],
        puzzle,
        num,
        seed,
        what="puzzles",
        text=lambda drawn: f"{drawn.query} {drawn.solution}",
        names=names,
        max_level=max_level,
        max_number=max_number,
    )


class LogicFamilies:
    """Our families of puzzles."""

    styles = STYLES

    def records(
        self,
        style: str,
        num: int,
        seed: int,
        *,
        names: Sequence[str] | None,
        max_level: int | None,
        max_number: int | None,
    ) -> pl.DataFrame:
        """Return questions of our families (columns `RECORD`)."""
        drawn = puzzles(style, num, seed, names=names, max_level=max_level, max_number=max_number)
        rows = [(p.query, p.answer, p.solution, p.family.topic, p.family.level) for p in drawn]
        return pl.DataFrame(rows, schema=RECORD, orient="row")
