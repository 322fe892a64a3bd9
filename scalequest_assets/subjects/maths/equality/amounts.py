"""Amounts: numbers and expressions with units, percentages, money, `3 hours and 20 minutes`."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.expressions import FUNCTIONS, parse
from scalequest_assets.subjects.maths.equality.forms import Quantity, Reading
from scalequest_assets.subjects.maths.equality.numbers import partly_in_words
from scalequest_assets.subjects.maths.equality.tokens import Token, UnreadableError
from scalequest_assets.subjects.maths.equality.trees import Expression, variables
from scalequest_assets.subjects.maths.equality.units import NO_UNIT, PERCENT, read_unit

_CURRENCIES: Final = frozenset(("usd", "eur", "gbp", "jpy", "inr"))
_LETTERS_OF_MONEY: Final = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9}
_PERCENT: Final = frozenset(("%", "percent", "percentage", "pct"))


def compound(parts: list[Token]) -> Reading | None:
    """Read `3 hours and 20 minutes`: quantities of one kind, the larger units first."""
    starts = [0, *(at for at in range(1, len(parts)) if _begins_quantity(parts, at))]
    if len(starts) < 2:
        return None
    found: list[Quantity] = []
    for start, end in zip(starts, [*starts[1:], len(parts)], strict=True):
        piece = parts[start:end]
        while piece and end < len(parts) and piece[-1].text.lower() in (",", "and"):
            piece = piece[:-1]
        quantity = read_amount(piece)
        if not isinstance(quantity, Quantity) or len(quantity.unit.dimensions) != 1 or quantity.unit.words:
            return None
        found.append(quantity)
    units = [quantity.unit for quantity in found]
    if len({unit.dimensions for unit in units}) > 1 or any(a.factor <= b.factor for a, b in pairwise(units)):
        return None
    total = Fraction()
    for quantity in found:
        number = values.exact(quantity.expression.readings[0])
        if number is None:
            return None
        total += number * quantity.unit.factor
    return Quantity(Expression((("number", total / units[0].factor),)), units[0])


def _begins_quantity(parts: Sequence[Token], at: int) -> bool:
    return parts[at].kind == "number" and (parts[at - 1].kind in ("word", "text") or parts[at - 1].text == ",")


def _money(amount: list[Token], currency: Token) -> Reading | None:
    """Read an amount behind its currency: `$5`, `$2 million`, `$2M`, `$3 per pound`."""
    scale = _LETTERS_OF_MONEY.get(amount[-1].text.lower())
    if scale and _has_number(amount[-2:-1]):
        scaled = ("product", parse(amount[:-1]).readings[0], ("number", Fraction(scale)))
        return Quantity(Expression((scaled,)), read_unit([currency], after_space=True) or NO_UNIT)
    if not any(part.kind in ("word", "text") for part in amount):
        return read_amount([*amount, currency])
    found = partly_in_words(amount)
    if isinstance(found, Quantity) and found.unit.is_none:
        return replace(found, unit=read_unit([currency], after_space=True) or found.unit)
    per = next((at for at, part in enumerate(amount[:-1]) if part.text in ("/", "per")), 0)
    is_rate = _has_number(amount[:per]) and amount[per + 1].kind in ("word", "text")
    return read_amount([*amount[:per], currency, *amount[per:]] if is_rate else amount)


def _has_number(parts: Sequence[Token]) -> bool:
    return any(part.kind == "number" for part in parts)


def read_amount(parts: list[Token]) -> Reading | None:
    """Read a number or an expression, with the unit or the currency that it has."""
    signs = [at for at, part in enumerate(parts) if part.kind == "command" and part.text in _CURRENCIES]
    if len(signs) == 1 and signs[0] < len(parts) - 1 and not _has_number(parts[: signs[0]]):
        return _money([*parts[: signs[0]], *parts[signs[0] + 1 :]], parts[signs[0]]._replace(is_spaced=True))
    if percentage := _percentage(parts):
        return percentage
    for end in range(1, len(parts)):
        unit = read_unit(parts[end:], after_space=parts[end].is_spaced)
        found = None if unit is None else _counted(parts[:end])
        if found is None or unit is None:
            continue
        if parts[end].text == "circ" and any(part.text in FUNCTIONS for part in parts[:end]):
            continue  # the angle is the function's
        if all(len(part.text) == 1 for part in parts[end:]) and any(variables(node) for node in found.readings):
            continue  # `a m` is a product
        return Quantity(found, unit)
    whole = _counted(parts)
    return None if whole is None else Quantity(whole)


def _percentage(parts: list[Token]) -> Reading | None:
    """Read `40%`, `40 per cent of the students`."""
    at = next((at for at, part in enumerate(parts) if at and part.text in _PERCENT), 0)
    end = at + 1
    if not at and "cent" in (texts := [part.text for part in parts]) and texts[texts.index("cent") - 1] == "per":
        at, end = texts.index("cent") - 1, texts.index("cent") + 1
    unit = PERCENT if end == len(parts) else read_unit(parts[end:], after_space=True)
    if not at or unit is None or unit.dimensions:
        return None
    return Quantity(parse(parts[:at]), replace(unit, is_percent=True))


def _counted(parts: list[Token]) -> Expression | None:
    """Read what is before a unit."""
    try:
        return parse(parts)
    except UnreadableError:
        return None
