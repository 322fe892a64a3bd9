"""Unions of intervals: put in one form, cut, and compared."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.forms import INFINITE, MINUS_INFINITE, Interval, Region
from scalequest_assets.subjects.maths.equality.trees import Expression
from scalequest_assets.subjects.maths.equality.verdicts import all_of, has_lone_row, is_one_to_one, same_expressions


def same_regions(left: Region, right: Region) -> bool | None:
    """Return whether two unions hold the same numbers; None where they would, but each is of another variable."""
    one, other = _joined(left.intervals), _joined(right.intervals)
    if one is None or other is None:
        verdict = _same_unions(left.intervals, right.intervals)
    else:
        verdict = len(one) == len(other) and all_of(_same_intervals(a, b) for a, b in zip(one, other, strict=True))
    is_of_others = bool(left.name and right.name and left.name != right.name)
    return None if verdict and is_of_others else verdict


def shared(left: Region, right: Region) -> Region | None:
    """Return what two rays that face each other have in common (`x > 2` and `x < 5`); None of all else."""
    if len(left.intervals) > 1 or len(right.intervals) > 1 or left.name != right.name:
        return None
    below, above = sorted((left.intervals[0], right.intervals[0]), key=lambda ray: ray.low != MINUS_INFINITE)
    low, high = _value(above.low), _value(below.high)
    if below.low != MINUS_INFINITE or above.high != INFINITE or low is None or high is None or low >= high:
        return None
    return Region((Interval(above.low, below.high, above.has_low, below.has_high),), left.name)


def all_but(points: Sequence[Expression]) -> Region | None:
    """Return the real numbers without some; None where these cannot be put in order."""
    known = {value: point for point in points if (value := _value(point)) is not None}
    if len(known) < len(points):
        return None
    ends = [MINUS_INFINITE, *(known[value] for value in sorted(known)), INFINITE]
    return Region(tuple(Interval(low, high, False, False) for low, high in pairwise(ends)))


def _value(bound: Expression) -> float | None:
    if bound in (INFINITE, MINUS_INFINITE):
        return inf if bound == INFINITE else -inf
    return values.decimal(bound.readings[0]) if len(bound.readings) == 1 else None


def _joined(intervals: Sequence[Interval]) -> list[Interval] | None:
    """Return intervals in order, those that overlap or touch as one; None where some bound is no number."""
    bounds = [(_value(each.low), _value(each.high)) for each in intervals]
    if any(low is None or high is None or low >= high for low, high in bounds):
        return None
    in_order = sorted(zip(bounds, intervals, strict=True), key=lambda item: (item[0][0], not item[1].has_low))
    joined: list[Interval] = []
    for _, each in in_order:
        if joined and _touch(joined[-1], each):
            last = joined[-1]
            longer = each if _is_below(last.high, each.high, or_equal=each.has_high) else last
            joined[-1] = Interval(last.low, longer.high, last.has_low, longer.has_high)
        else:
            joined.append(each)
    return joined


def _touch(left: Interval, right: Interval) -> bool:
    """Return whether an interval goes on with the one that begins next: they overlap, or share a bound that is in."""
    return _is_below(right.low, left.high, or_equal=left.has_high or right.has_low)


def _is_below(left: Expression, right: Expression, *, or_equal: bool) -> bool:
    if same_expressions(left, right):
        return or_equal
    return (_value(left) or 0) < (_value(right) or 0)


def _same_unions(left: Sequence[Interval], right: Sequence[Interval]) -> bool | None:
    """Compare unions with bounds that are no numbers."""
    if len(left) != len(right):
        return None if max(len(left), len(right)) > 1 else False
    if len(left) == 1:
        return _same_intervals(left[0], right[0])
    table = [[_same_intervals(a, b) for b in right] for a in left]
    if is_one_to_one(table):
        return True
    return False if has_lone_row(table) else None  # else they might overlap in part


def _same_intervals(left: Interval, right: Interval) -> bool | None:
    verdict = all_of((same_expressions(left.low, right.low), same_expressions(left.high, right.high)))
    is_closed_alike = (left.has_low, left.has_high) == (right.has_low, right.has_high)
    return verdict if is_closed_alike or verdict is not True else False
