"""Whether two answers are equal: yes, no, or nobody can say. Symmetric: the two are put in order first."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.forms import (
    INFINITE,
    Choice,
    Clock,
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
from scalequest_assets.subjects.maths.equality.quantities import has_variables, same_quantities
from scalequest_assets.subjects.maths.equality.regions import same_regions
from scalequest_assets.subjects.maths.equality.relations import same_solutions
from scalequest_assets.subjects.maths.equality.trees import Node
from scalequest_assets.subjects.maths.equality.verdicts import all_of, has_lone_row, is_one_to_one, same_expressions
from scalequest_assets.subjects.maths.plurals import singular

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
_PLACES: Final = frozenset(("first", "second"))
_AMOUNTS: Final[dict[Fraction | str | None, frozenset[str]]] = {
    Fraction(0): frozenset(("none", "nothing", "nobody", "no", "nil", "never")),
    Fraction(1): frozenset(("once", "single", "one", "only")),
    Fraction(2): frozenset(("twice", "pair", "couple", "both")),
    "infinite": frozenset(("infinite", "infinitely", "infinity", "unlimited")),
}
"""Words that may say how many there are, by the number."""
_EMPTY: Final = frozenset(("no", "none", "empty", "real", "solution", "solutions", "set", "exist", "exists"))
_COORDINATES: Final = frozenset(("xy", "xyz", "ab", "abc", "abcd", "pq", "pqr", "uv", "uvw"))
"""Names of a point's coordinates, in their order."""
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
            return same_regions(left, right)
        case (Region(), Ordered()):
            region = as_region(right)
            return None if region is None else same_regions(left, region)
        case (Ordered(), Ordered()):
            if len(left.items) != len(right.items):
                return False
            verdict = all_of(same(a, b) for a, b in zip(left.items, right.items, strict=True))
            return (
                verdict if left.brackets == right.brackets or verdict is not True else _if_brackets_differ(left, right)
            )
        case (Ordered(), Quantity()):
            return False if len(left.items) > 1 else None
        case (Matrix(), Matrix()):
            if [len(row) for row in left.rows] != [len(row) for row in right.rows]:
                return False
            pairs = zip(left.rows, right.rows, strict=True)
            return all_of(same_expressions(a, b) for rows in pairs for a, b in zip(*rows, strict=True))
        case (Relation(), Relation()):
            return same_solutions(left, right)
        case (Ratio(), Ratio()):
            return _same_ratios(left, right)
        case (Ratio(), Clock()):
            return _same_times(left, right)
        case (Clock(), Clock()):
            return left.minutes == right.minutes
        case (Words(), Words()):
            return _same_words(left, right)
        case (Words(), Quantity()):
            return None if _may_say(left, right) else False
        case (Quantity(), Quantity()):
            return same_quantities(left, right)
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
    return isinstance(named.value, Quantity) and has_variables(named.value)


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


def _same_sets(left: Sequence[Reading], right: Sequence[Reading]) -> bool | None:
    one, other = ({item.name: item.value for item in side if isinstance(item, Named)} for side in (left, right))
    if len(one) == len(left) and len(other) == len(right) and one.keys() == other.keys():
        return all_of(same(value, other[name]) for name, value in one.items())
    verdict = _same_in_any_order(left, right)
    # x = 3, y = 4 says more than 3, 4 does; x_1 = 3, x_2 = 4 does not.
    is_named = any(side and all(isinstance(item, Named) for item in side) for side in (left, right))
    kinds = {name.split(" _ ")[0] for name in (*one, *other)}
    return None if verdict and is_named and (len(kinds) > 1 or (one and other)) else verdict


def _same_in_any_order(left: Sequence[Reading], right: Sequence[Reading]) -> bool | None:
    if not left or not right:
        return len(left) == len(right)
    table = [[same(a, b) for b in right] for a in left]
    if has_lone_row(table) or has_lone_row(list(map(list, zip(*table, strict=True)))):
        return False
    is_decided = len(left) == len(right) and all(None not in row for row in table)
    return True if is_decided and is_one_to_one(table) else None


def _set_and_one(several: Several, other: Reading) -> bool | None:
    if not several.items:
        return _empty_and_one(other)
    if len(several.items) == 1:
        return same(several.items[0], other)
    if isinstance(other, Ordered):
        if _is_point(several, other):
            return True
        verdict = _same_sets(several.items, other.items)
        return False if verdict is False else None
    if not isinstance(other, Quantity) or _is_mixed_number(several, other):
        return None
    verdicts = [same(item, other) for item in several.items]
    return False if False in verdicts and not _is_rounded(several, other, verdicts) else None


def _empty_and_one(other: Reading) -> bool | None:
    """Compare the empty set with `no solution`; a number is in no empty set, but 0 is written for it."""
    if isinstance(other, Words):
        return True if _EMPTY.issuperset(other.words) and not {"real", *other.words} <= {"real", "set"} else None
    is_zero = isinstance(other, Quantity) and values.exact_or_none(other.expression.readings[0]) == 0
    return False if isinstance(other, Quantity | Ordered) and not is_zero else None


def _is_point(several: Several, point: Ordered) -> bool:
    """Return whether values of coordinates are a point: `x = 3, y = 4` and `(3, 4)`."""
    named = {item.name: item.value for item in several.items if isinstance(item, Named)}
    if "".join(sorted(named)) not in _COORDINATES or len(named) != len(several.items) or point.brackets != "()":
        return False
    coordinates = [named[name] for name in sorted(named)]
    return len(named) == len(point.items) and all_of(map(same, coordinates, point.items)) is True


def _is_mixed_number(several: Several, quantity: Quantity) -> bool:
    """Return whether `7 and 1/2` may be seven and a half."""
    found = _numbers(several)
    if len(found) != 2 or len(several.items) != 2 or found[0] is None or found[1] is None:
        return False
    is_mixed = found[0].denominator == 1 and 0 < found[1] < 1
    return is_mixed and values.exact_or_none(quantity.expression.readings[0]) == found[0] + found[1]


def _is_rounded(several: Several, quantity: Quantity, verdicts: Sequence[bool | None]) -> bool:
    """Return whether several may be one number and its roundings to decimals: `1/3 or 0.33`."""
    if True not in verdicts or not all(isinstance(item, Quantity) for item in several.items):
        return False
    right = values.exact_or_none(quantity.expression.readings[0])
    return right is not None and all(
        one is not None and (one == right or _rounds(right, one)) for one in _numbers(several)
    )


def _numbers(several: Several) -> list[Fraction | None]:
    """Return what the quantities among several are worth; None for what is not rational."""
    return [values.exact_or_none(item.expression.readings[0]) for item in several.items if isinstance(item, Quantity)]


def _rounds(value: Fraction, stated: Fraction) -> bool:
    """Return whether a number is another one, rounded to one to six decimals."""
    num = next((num for num in range(1, 7) if (stated * 10**num).denominator == 1), 0)
    return stated.denominator > 1 and num > 0 and abs(value - stated) * 2 * 10**num <= 1


def _if_brackets_differ(left: Ordered, right: Ordered) -> bool | None:
    return False if len(left.items) == 2 and {"[", "]"} & {*left.brackets, *right.brackets} else None


def _same_ratios(left: Ratio, right: Ratio) -> bool | None:
    if len(left.items) != len(right.items):
        return False
    if all_of(same_expressions(a, b) for a, b in zip(left.items, right.items, strict=True)):
        return True
    # Proportions may be reduced, times of day may not.
    numbers = [[values.exact_or_none(item.readings[0]) for item in ratio.items] for ratio in (left, right)]
    if any(number is None or number == 0 for row in numbers for number in row):
        return None
    quotients = {a / b for a, b in zip(*numbers, strict=True)}
    return None if len(quotients) == 1 else False


def _same_times(ratio: Ratio, clock: Clock) -> bool | None:
    """Compare with a time without a.m. or p.m.: one from 13 to 24 o'clock is plain, the others may be either."""
    minutes = _minutes(ratio)
    if minutes is None:
        return None
    is_plain = not 60 <= minutes < 13 * 60
    return minutes == clock.minutes if is_plain else None if (clock.minutes - minutes) % 720 == 0 else False


def _minutes(ratio: Ratio) -> int | None:
    numbers = [values.exact_or_none(item.readings[0]) for item in ratio.items]
    if len(numbers) != 2 or any(number is None or number.denominator != 1 for number in numbers):
        return None
    return int(numbers[0] or 0) * 60 + int(numbers[1] or 0)


def _may_say(words: Words, quantity: Quantity) -> bool:
    """Return whether words may be a quantity: `none` and 0, `infinitely many` and infinity, `first` and 1st."""
    if (NUMBER_WORDS | _PLACES).intersection(words.words) or has_variables(quantity):
        return True
    node = quantity.expression.readings[0]
    value = "infinite" if node == INFINITE.readings[0] else values.exact_or_none(node)
    return bool(_AMOUNTS.get(value, frozenset()) & {*words.words})


def _same_words(left: Words, right: Words) -> bool | None:
    pair = (frozenset(left.words), frozenset(right.words))
    if any(_SAYS_YES & a and _SAYS_NO & b for a, b in (pair, pair[::-1])):
        return False
    if [singular(word) for word in left.words] == [singular(word) for word in right.words]:
        return True
    if len(left.words) != 1 or len(right.words) != 1:
        return None
    one, other = left.words[0], right.words[0]
    if len(one) < _STEM_CHARS and sorted(one) == sorted(other):
        return None  # xyz and zyx are one product, ABC and ACB are not
    if one[:_STEM_CHARS] == other[:_STEM_CHARS] or any({one, other} <= meant for meant in (_SAYS_YES, _SAYS_NO)):
        return None
    return None if NUMBER_WORDS & {one, other} else False
