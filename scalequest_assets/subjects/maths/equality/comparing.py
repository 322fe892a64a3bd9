"""Whether two answers are equal: yes, no, or nobody can say. Symmetric: the two are put in order first."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.forms import (
    Choice,
    Clock,
    Interval,
    Matrix,
    Named,
    Ordered,
    Quantity,
    Ratio,
    Reading,
    Region,
    Relation,
    Rounded,
    Several,
    Unread,
    Words,
    as_region,
)
from scalequest_assets.subjects.maths.equality.numerals import NUMBER_WORDS
from scalequest_assets.subjects.maths.equality.relations import same_solutions
from scalequest_assets.subjects.maths.equality.trees import Expression, Node, variables
from scalequest_assets.subjects.maths.equality.units import Unit, is_ratio_of_units

_ORDER: Final = (
    Unread,
    Choice,
    Named,
    Rounded,
    Several,
    Region,
    Ordered,
    Matrix,
    Relation,
    Ratio,
    Clock,
    Words,
    Quantity,
)
_SAYS_YES, _SAYS_NO = frozenset(("yes", "true", "correct")), frozenset(("no", "false", "incorrect"))
_ANY: Final = frozenset("kmnCcK")
"""Letters of what may be any constant or whole number, if nothing else is said."""
_STEM_CHARS, _ROUNDING = 4, 0.2


def same(left: Reading, right: Reading) -> bool | None:
    """Return whether two answers are equal; None where it cannot be decided. `same(a, b)` is `same(b, a)`."""
    if left == right:
        return True
    if _rank(left) > _rank(right) or (_rank(left) == _rank(right) and repr(left) > repr(right)):
        left, right = right, left
    match left, right:
        case (Unread(), _):
            return None
        case (Choice(), Choice()):
            return _same_choices(left, right)
        case (Choice(), _):
            return None if left.value is None else same(left.value, right)
        case (Named(), Named()):
            if left.name != right.name and (found := _same_equations(left, right)) is not None:
                return found
            verdict = same(left.value, right.value)
            is_other = left.name != right.name
            return None if is_other and (verdict or _depends(left) or _depends(right)) else verdict
        case (Named(), Relation()):
            return _same_equations(left, right)
        case (Named(), _):
            return same(left.value, right)
        case (Rounded(), _):
            return _same_rounded(left, right)
        case (Several(), Several()):
            return _same_sets(left.items, right.items)
        case (Several(), _):
            return _set_and_one(left, right)
        case (Region(), Region()):
            return _same_regions(left, right)
        case (Region(), Ordered()):
            region = as_region(right)
            return None if region is None else _same_regions(left, region)
        case (Ordered(), Ordered()):
            if len(left.items) != len(right.items):
                return False
            verdict = _all(same(a, b) for a, b in zip(left.items, right.items, strict=True))
            return (
                verdict if left.brackets == right.brackets or verdict is not True else _if_brackets_differ(left, right)
            )
        case (Ordered(), Quantity()):
            return False if len(left.items) > 1 else None
        case (Matrix(), Matrix()):
            if [len(row) for row in left.rows] != [len(row) for row in right.rows]:
                return False
            pairs = zip(left.rows, right.rows, strict=True)
            return _all(_equal(a, b) for rows in pairs for a, b in zip(*rows, strict=True))
        case (Relation(), Relation()):
            return same_solutions(left, right)
        case (Ratio(), Ratio()):
            return _same_ratios(left, right)
        case (Ratio(), Clock()):
            return None if _minutes(left) is None or (right.minutes - (_minutes(left) or 0)) % 720 == 0 else False
        case (Clock(), Clock()):
            return left.minutes == right.minutes
        case (Words(), Words()):
            return _same_words(left, right)
        case (Words(), Quantity()):
            return None if NUMBER_WORDS.intersection(left.words) or _has_variables(right) else False
        case (Quantity(), Quantity()):
            return _same_quantities(left, right)
    return None


def _same_equations(left: Named, right: Named | Relation) -> bool | None:
    """Compare as equations: `y = 2x`, `2x - y = 0`, `x = y/2`; None where one is a name of a value alone."""
    one, other = (side if isinstance(side, Relation) else _equation(side) for side in (left, right))
    return None if one is None or other is None else same_solutions(one, other)


def _equation(named: Named) -> Relation | None:
    value = named.value
    is_letter = len(named.name) == 1 and named.name.isalpha()
    if not is_letter or not isinstance(value, Quantity) or not value.unit.is_none or len(value.expression.readings) > 1:
        return None
    name: Node = ("variable", named.name)
    return Relation("=", ("sum", name, ("negative", value.expression.readings[0]))) if _depends(named) else None


def _depends(named: Named) -> bool:
    """Return whether what has a name is given by other variables."""
    return isinstance(named.value, Quantity) and _has_variables(named.value)


def _same_choices(left: Choice, right: Choice) -> bool | None:
    """Compare letters; texts of choices that say something else leave it undecided."""
    is_same = left.letter == right.letter
    if left.value is None or right.value is None:
        return is_same
    verdict = same(left.value, right.value)
    return is_same if verdict is is_same or (verdict is None and not is_same) else None


def _same_rounded(rounded: Rounded, other: Reading) -> bool | None:
    """Compare with what is rounded: equal to one of its forms, or else different only where it is far off."""
    if isinstance(other, Rounded):
        exact = None if rounded.exact is None or other.exact is None else same(rounded.exact, other.exact)
        are_near = same(rounded.near, other.near)
        if exact is None and rounded.exact == other.exact:
            return are_near or None
        return are_near if exact is are_near else None
    if rounded.exact is not None and same(rounded.exact, other):
        return True
    if same(rounded.near, other):
        return True
    if not isinstance(rounded.near, Quantity) or not isinstance(other, Quantity):
        return None
    near, far = (values.decimal(item.expression.readings[0]) for item in (rounded.near, other))
    if near is None or far is None or rounded.near.unit.dimensions != other.unit.dimensions:
        return None
    return False if abs(near - far) > _ROUNDING * max(abs(near), abs(far)) else None


def _rank(reading: Reading) -> int:
    return _ORDER.index(type(reading))


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    found = list(verdicts)
    return False if False in found else None if None in found else True


def _same_sets(left: Sequence[Reading], right: Sequence[Reading]) -> bool | None:
    one, other = ({item.name: item.value for item in side if isinstance(item, Named)} for side in (left, right))
    if len(one) == len(left) and len(other) == len(right) and one.keys() == other.keys():
        return _all(same(value, other[name]) for name, value in one.items())
    verdict = _same_in_any_order(left, right)
    # x = 3, y = 4 says more than 3, 4 does; x_1 = 3, x_2 = 4 does not.
    is_named = len(one) == len(left) or len(other) == len(right)
    kinds = {name.split(" _ ")[0] for name in (*one, *other)}
    return None if verdict and is_named and (len(kinds) > 1 or (one and other)) else verdict


def _same_in_any_order(left: Sequence[Reading], right: Sequence[Reading]) -> bool | None:
    table = [[same(a, b) for b in right] for a in left]
    if _has_lone_row(table) or _has_lone_row(list(map(list, zip(*table, strict=True)))):
        return False
    is_decided = len(left) == len(right) and all(None not in row for row in table)
    return True if is_decided and _is_one_to_one(table) else None


def _is_one_to_one(table: list[list[bool | None]]) -> bool:
    """Return whether each row equals one column, and another one for each."""
    return all(row.count(True) == 1 for row in table) and len({row.index(True) for row in table}) == len(table)


def _has_lone_row(table: list[list[bool | None]]) -> bool:
    """Return whether a row differs from all columns."""
    return any(all(verdict is False for verdict in row) for row in table)


def _set_and_one(several: Several, other: Reading) -> bool | None:
    if isinstance(other, Ordered):
        verdict = _same_sets(several.items, other.items)
        return False if verdict is False else None
    if not isinstance(other, Quantity):
        return None
    if len(several.items) == 1:
        return same(several.items[0], other)
    verdicts = [same(item, other) for item in several.items]
    return False if False in verdicts else None


def _if_brackets_differ(left: Ordered, right: Ordered) -> bool | None:
    return False if len(left.items) == 2 and {"[", "]"} & {*left.brackets, *right.brackets} else None


def _same_regions(left: Region, right: Region) -> bool | None:
    verdict = _same_unions(left, right)
    is_of_others = bool(left.name and right.name and left.name != right.name)
    return None if verdict and is_of_others else verdict


def _same_unions(left: Region, right: Region) -> bool | None:
    if len(left.intervals) != len(right.intervals):
        return None if max(len(left.intervals), len(right.intervals)) > 1 else False
    if len(left.intervals) == 1:
        return _same_intervals(left.intervals[0], right.intervals[0])
    table = [[_same_intervals(a, b) for b in right.intervals] for a in left.intervals]
    if _is_one_to_one(table):
        return True
    return False if _has_lone_row(table) else None  # else they might overlap in part


def _same_intervals(left: Interval, right: Interval) -> bool | None:
    verdict = _all((_equal(left.low, right.low), _equal(left.high, right.high)))
    is_closed_alike = (left.has_low, left.has_high) == (right.has_low, right.has_high)
    return verdict if is_closed_alike or verdict is not True else False


def _same_ratios(left: Ratio, right: Ratio) -> bool | None:
    if len(left.items) != len(right.items):
        return False
    if _all(_equal(a, b) for a, b in zip(left.items, right.items, strict=True)):
        return True
    # Proportions may be reduced, times of day may not.
    numbers = [[values.exact_or_none(item.readings[0]) for item in ratio.items] for ratio in (left, right)]
    if any(number is None or number == 0 for row in numbers for number in row):
        return None
    quotients = {a / b for a, b in zip(*numbers, strict=True)}
    return None if len(quotients) == 1 else False


def _minutes(ratio: Ratio) -> int | None:
    numbers = [values.exact_or_none(item.readings[0]) for item in ratio.items]
    if len(numbers) != 2 or any(number is None or number.denominator != 1 for number in numbers):
        return None
    return int(numbers[0] or 0) * 60 + int(numbers[1] or 0)


def _same_words(left: Words, right: Words) -> bool | None:
    pair = (frozenset(left.words), frozenset(right.words))
    if any(_SAYS_YES & a and _SAYS_NO & b for a, b in (pair, pair[::-1])):
        return False
    if len(left.words) != 1 or len(right.words) != 1:
        return None
    one, other = left.words[0], right.words[0]
    if len(one) < _STEM_CHARS and sorted(one) == sorted(other):
        return None  # xyz and zyx are one product, ABC and ACB are not
    if one[:_STEM_CHARS] == other[:_STEM_CHARS] or any({one, other} <= meant for meant in (_SAYS_YES, _SAYS_NO)):
        return None
    return None if NUMBER_WORDS & {one, other} else False


def _has_variables(quantity: Quantity) -> bool:
    return any(variables(node) for node in quantity.expression.readings)


def _same_quantities(left: Quantity, right: Quantity) -> bool | None:
    one, other = left.unit, right.unit
    if one.is_percent != other.is_percent:
        return _percentage_and(*((left, right) if one.is_percent else (right, left)))
    if one.dimensions and one.dimensions == other.dimensions and one.words == other.words:
        return _equal(_scaled(left.expression, one.factor), _scaled(right.expression, other.factor))
    verdict = _equal(left.expression, right.expression)
    if verdict is True:
        return _unless_units_differ(one, other)
    if verdict is False and _may_be_converted(left, right):
        return None
    if verdict is False and (_digits_match(left, right) or _letter_may_be_a_unit(left, right)):
        return None
    if verdict is False and _is_renamed(left.expression, right.expression):
        return None
    return verdict


def _percentage_and(percentage: Quantity, other: Quantity) -> bool | None:
    if not other.unit.is_none:
        return False if _equal(percentage.expression, other.expression) is False else None
    readings = (
        _equal(percentage.expression, other.expression),
        _equal(_scaled(percentage.expression, Fraction(1, 100)), other.expression),
    )
    return True if True in readings else None if None in readings else False


def _unless_units_differ(one: Unit, other: Unit) -> bool | None:
    if one.is_none or other.is_none:
        return True
    if one.dimensions != other.dimensions:
        return None
    return True if one.words <= other.words or other.words <= one.words else None


def _may_be_converted(left: Quantity, right: Quantity) -> bool:
    """Return whether a bare number may be the quantity in other units: 60 and 1 hour."""
    if left.unit.is_none == right.unit.is_none:
        return False
    bare, quantity = (left, right) if left.unit.is_none else (right, left)
    if quantity.unit.dimensions == (("angle", 1),):
        return _equal(_scaled(quantity.expression, Fraction(1, 180), ("constant", "pi")), bare.expression) is True
    numbers = [values.exact_or_none(item.expression.readings[0]) for item in (quantity, bare)]
    if None in numbers or 0 in numbers:
        return False
    return is_ratio_of_units(quantity.unit, numbers[1] / numbers[0])  # type: ignore[operator]


def _digits_match(left: Quantity, right: Quantity) -> bool:
    """Return whether only one names its base, and the digits are the same."""
    for one, other in ((left, right), (right, left)):
        if one.digits is not None and other.digits is None:
            return values.exact_or_none(other.expression.readings[0]) == one.digits
    return False


def _letter_may_be_a_unit(left: Quantity, right: Quantity) -> bool:
    """Return whether `12m` is beside `12`: its letter may be a unit or a variable."""
    for one, other in ((left, right), (right, left)):
        node = one.expression.readings[0]
        if node[0] != "product" or len(node) != 3 or (node[1][0], node[2][0]) != ("number", "variable"):
            continue
        if node[2][1] in "mgshLl" and _equal(Expression((node[1],)), other.expression):
            return True
    return False


def _is_renamed(left: Expression, right: Expression) -> bool:
    """Return whether only the letter of a constant or of any whole number differs: `2k + 1`, `2n + 1`."""
    one, other = (frozenset().union(*map(variables, side.readings)) for side in (left, right))
    here, there = one - other, other - one
    if len(here) != 1 or len(there) != 1 or not here | there <= _ANY:
        return False
    (old,), (new,) = here, there
    return _equal(Expression(tuple(_renamed(node, old, new) for node in left.readings)), right) is True


def _renamed(node: Node, old: str, new: str) -> Node:
    if node == ("variable", old):
        return ("variable", new)
    return tuple(_renamed(child, old, new) if isinstance(child, tuple) else child for child in node)


def _scaled(expression: Expression, factor: Fraction, *factors: Node) -> Expression:
    scaled: list[Node] = [("product", node, ("number", factor), *factors) for node in expression.readings]
    return Expression(tuple(scaled))


def _equal(left: Expression, right: Expression) -> bool | None:
    """Compare expressions in all their readings: what depends on the reading is undecided."""
    if left == right:
        return True
    verdicts = {values.equal(a, b) for a in left.readings for b in right.readings}
    return verdicts.pop() if len(verdicts) == 1 else None
