"""Whether two quantities are equal: numbers, expressions, percentages, with whatever units."""

from fractions import Fraction
from typing import Final

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.forms import Quantity
from scalequest_assets.subjects.maths.equality.trees import Expression, Node, variables
from scalequest_assets.subjects.maths.equality.units import Unit, is_ratio_of_units
from scalequest_assets.subjects.maths.equality.verdicts import same_expressions

_ANY: Final = frozenset("kmnCcK")
"""Letters of what may be any constant or whole number, if nothing else is said."""
_UNIT_LETTERS: Final = frozenset("mgshLl")
_EUROS_AND_CENTS: Final = {((("euros", 1),), Fraction(1)), ((("dollars", 1),), Fraction(1, 100))}
_SCALE_LETTERS: Final = {"k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9}


def has_variables(quantity: Quantity) -> bool:
    """Return whether a quantity depends on a variable."""
    return any(variables(node) for node in quantity.expression.readings)


def same_quantities(left: Quantity, right: Quantity) -> bool | None:
    """Compare numbers and units; what may be the same in other units is undecided."""
    one, other = left.unit, right.unit
    if one.is_percent != other.is_percent:
        return _percentage_and(*((left, right) if one.is_percent else (right, left)))
    is_one_kind = one.dimensions == other.dimensions or _are_euros_and_cents({one, other})
    if one.dimensions and is_one_kind and one.words == other.words:
        return same_expressions(_scaled(left.expression, one.factor), _scaled(right.expression, other.factor))
    verdict = same_expressions(left.expression, right.expression)
    if verdict is True:
        return _unless_units_differ(one, other)
    if verdict is False and _may_be_converted(left, right):
        return None
    if verdict is False and (_digits_match(left, right) or _letters_may_be_a_unit(left, right)):
        return None
    if verdict is False and _is_renamed(left.expression, right.expression):
        return None
    return verdict


def _are_euros_and_cents(units: set[Unit]) -> bool:
    """Return whether one is euros and the other cents, which are those of any currency."""
    return {(unit.dimensions, unit.factor) for unit in units} == _EUROS_AND_CENTS


def _percentage_and(percentage: Quantity, other: Quantity) -> bool | None:
    if not other.unit.is_none:
        return False if same_expressions(percentage.expression, other.expression) is False else None
    readings = (
        same_expressions(percentage.expression, other.expression),
        same_expressions(_scaled(percentage.expression, Fraction(1, 100)), other.expression),
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
        return (
            same_expressions(_scaled(quantity.expression, Fraction(1, 180), ("constant", "pi")), bare.expression)
            is True
        )
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


def _letters_may_be_a_unit(left: Quantity, right: Quantity) -> bool:
    """Return whether letters behind a number may be its unit, so that it is the other one: `12m` and `12`, `5 Hz`."""
    for one, other in ((left, right), (right, left)):
        head, *letters = _factors(one.expression.readings[0])
        is_counted = head[0] == "number" and letters and all(node[0] != "number" for node in letters)
        if not is_counted or any(len(node) != 2 for node in letters):
            continue
        may_be = bool(one.unit.is_none and not other.unit.is_none) or {node[1] for node in letters} <= _UNIT_LETTERS
        if may_be and same_expressions(Expression((head,)), other.expression):
            return True
        scale = _SCALE_LETTERS.get(letters[0][1]) if len(letters) == 1 else None
        if scale and same_expressions(_scaled(Expression((head,)), Fraction(scale)), other.expression):
            return True
    return False


def _factors(node: Node) -> list[Node]:
    return [factor for child in node[1:] for factor in _factors(child)] if node[0] == "product" else [node]


def _is_renamed(left: Expression, right: Expression) -> bool:
    """Return whether only the letter of a constant or of any whole number differs: `2k + 1`, `2n + 1`."""
    one, other = (frozenset().union(*map(variables, side.readings)) for side in (left, right))
    here, there = one - other, other - one
    if len(here) != 1 or len(there) != 1 or not here | there <= _ANY:
        return False
    (old,), (new,) = here, there
    return same_expressions(Expression(tuple(_renamed(node, old, new) for node in left.readings)), right) is True


def _renamed(node: Node, old: str, new: str) -> Node:
    if node == ("variable", old):
        return ("variable", new)
    return tuple(_renamed(child, old, new) if isinstance(child, tuple) else child for child in node)


def _scaled(expression: Expression, factor: Fraction, *factors: Node) -> Expression:
    scaled: list[Node] = [("product", node, ("number", factor), *factors) for node in expression.readings]
    return Expression(tuple(scaled))
