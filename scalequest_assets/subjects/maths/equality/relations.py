"""Whether equations and inequalities have the same solutions."""

import random
from fractions import Fraction

import mpmath

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.forms import Relation
from scalequest_assets.subjects.maths.equality.tokens import UnreadableError
from scalequest_assets.subjects.maths.equality.trees import Node, variables

_NUM_TRIES = 6


def same_solutions(left: Relation, right: Relation) -> bool | None:
    """Return True where one is a multiple of the other, False where one lacks a solution of the other, else None."""
    if left.sign != right.sign:
        return None
    ratio = ("quotient", left.difference, right.difference)
    names = variables(left.difference) | variables(right.difference)
    found = _constant(ratio, names)
    if found is not None:
        return left.sign == "=" or found > 0
    if left.sign == "=":
        for one, other in ((left, right), (right, left)):
            if _has_other_solution(one.difference, other.difference, sorted(names)):
                return False
    return None


def _constant(ratio: Node, names: frozenset[str]) -> Fraction | None:
    """Return the sign of a quotient that has the same value everywhere, None where it varies."""
    points = [values.point(sorted(names), index) for index in range(3)]
    try:
        first = values.number(ratio, points[0])
        others = [values.number(ratio, point) for point in points[1:]]
    except UnreadableError:
        return None
    is_constant = all(abs(other - first) <= abs(first) * mpmath.mpf(10) ** -40 for other in others)
    return (Fraction(1) if mpmath.re(first) > 0 else Fraction(-1)) if is_constant and first != 0 else None


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
            is_solution = abs(values.number(one, at_root)) < mpmath.mpf(10) ** -40
            if is_solution and abs(values.number(other, at_root)) > mpmath.mpf(10) ** -15:
                return True
        except (UnreadableError, ValueError, ZeroDivisionError):
            continue
    return False
