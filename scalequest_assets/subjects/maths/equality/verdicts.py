"""What verdicts on parts say of the whole, and whether expressions are equal."""

from collections.abc import Iterable, Sequence

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.trees import Expression

Table = Sequence[list[bool | None]]
"""Whether each of some values equals each of others."""


def all_of(verdicts: Iterable[bool | None]) -> bool | None:
    """Return whether all are true: false where one is false, None where one is open."""
    found = list(verdicts)
    return False if False in found else None if None in found else True


def is_one_to_one(table: Table) -> bool:
    """Return whether each row equals one column, and another one for each."""
    return all(row.count(True) == 1 for row in table) and len({row.index(True) for row in table}) == len(table)


def has_lone_row(table: Table) -> bool:
    """Return whether a row differs from all columns."""
    return any(all(verdict is False for verdict in row) for row in table)


def same_expressions(left: Expression, right: Expression) -> bool | None:
    """Compare expressions in all their readings: what depends on the reading is undecided."""
    if left == right:
        return True
    verdicts = {values.equal(a, b) for a in left.readings for b in right.readings}
    return verdicts.pop() if len(verdicts) == 1 else None
