"""Whether equations and inequalities have the same solutions."""

import random

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.forms import Relation
from scalequest_assets.subjects.maths.equality.tokens import UnreadableError
from scalequest_assets.subjects.maths.equality.trees import Node, variables

_NUM_TRIES, _SAME, _APART = 6, 1e-40, 1e-15


def same_solutions(left: Relation, right: Relation) -> bool | None:
    """Return True where one is a multiple of the other, False where one lacks a solution of the other, else None."""
    if left.sign != right.sign:
        return None
    ratio = ("quotient", left.difference, right.difference)
    names = variables(left.difference) | variables(right.difference)
    if not names:
        return None
    is_positive = _is_positive_constant(ratio, names)
    if is_positive is not None:
        return left.sign == "=" or is_positive
    if left.sign == "=":
        for one, other in ((left, right), (right, left)):
            if _has_other_solution(one.difference, other.difference, sorted(names)):
                return False
    return None


def _is_positive_constant(ratio: Node, names: frozenset[str]) -> bool | None:
    """Return whether a quotient that has the same value everywhere is positive; None where it varies or is zero."""
    points = [values.point(sorted(names), index) for index in range(3)]
    try:
        first = values.number(ratio, points[0])
        others = [values.number(ratio, point) for point in points[1:]]
    except UnreadableError:
        return None
    is_constant = all(abs(other - first) <= abs(first) * _SAME for other in others)
    return bool(first.real > 0) if is_constant and first != 0 else None


def _has_other_solution(one: Node, other: Node, names: list[str]) -> bool:
    """Return whether a point was found where one vanishes and the other does not."""
    source = random.Random("solutions")
    for attempt in range(_NUM_TRIES):
        point = dict(values.point(names, attempt))
        name = names[attempt % len(names)]
        if name not in variables(one):
            continue
        start = source.uniform(-3, 3)
        try:
            root = values.root(one, point, name, start)
            at_root = {**point, name: root}
            if abs(values.number(one, at_root)) < _SAME and abs(values.number(other, at_root)) > _APART:
                return True
        except (UnreadableError, ValueError, ZeroDivisionError):
            continue
    return False
