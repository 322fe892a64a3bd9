"""Answers with equality or inequality signs: names of values, chains, intervals, equations."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.expressions import parse
from scalequest_assets.subjects.maths.equality.forms import (
    INFINITE,
    MINUS_INFINITE,
    Interval,
    Named,
    Quantity,
    Reading,
    Region,
    Relation,
    interval,
    number,
)
from scalequest_assets.subjects.maths.equality.pieces import is_enclosed, is_text, split
from scalequest_assets.subjects.maths.equality.tokens import Token, UnreadableError, plain
from scalequest_assets.subjects.maths.equality.trees import ZERO, Expression, Node, variables

_RELATIONS: Final = {"<": "<", ">": ">", "<=": "≤", ">=": "≥", "le": "≤", "ge": "≥", "=": "=", "ne": "≠", "!=": "≠"}

_DERIVED: Final = re.compile(
    r"[a-zA-Z] \^ \{ - 1 \} \( \w+ \)|frac \{ d( \^ \d)? ?[a-zA-Z]? \} \{ d ?[a-zA-Z]( \^ \d)? \}"
)
"""Names that look as if they were calculated: an inverse function, a derivative."""
_TURNED: Final = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "=": "=", "≠": "≠"}


def _is_relation(part: Token) -> bool:
    return part.kind in ("sign", "command") and part.text in _RELATIONS


Reader = Callable[[Sequence[Token]], Reading]


def related(parts: list[Token], whole: Reader) -> Reading | None:
    """Read equations and inequalities, and drop the names of values."""
    signs = [part.text for part in parts if _is_relation(part)]
    if not signs:
        return None
    sides = split(parts, _is_relation)
    if len(sides) != len(signs) + 1 or any(not side for side in sides):
        return None
    kinds = [_RELATIONS[sign] for sign in signs]
    if "!=" in signs and (found := _factorial_chain(parts)):
        return found
    if all(kind == "=" for kind in kinds):
        return _equation(sides, whole)
    if "=" in kinds:
        return None
    return _inequality([parse(side) for side in sides], kinds)


def _factorial_chain(parts: list[Token]) -> Reading | None:
    """Read `5!=120`, which is no inequality where both sides are the same number."""
    apart = [p for part in parts for p in ([Token("sign", "!"), Token("sign", "=")] if part.text == "!=" else [part])]
    sides = split(apart, is_text("="))
    try:
        numbers = [values.exact(parse(side).readings[0]) for side in sides]
    except UnreadableError:
        return None
    return number(numbers[-1]) if len(set(numbers)) == 1 and numbers[-1] is not None else None


def _equation(sides: list[list[Token]], whole: Reader) -> Reading | None:
    name = name_of(sides[0])
    if name is not None:
        value = whole(sides[1]) if len(sides) == 2 else _equation(sides[1:], whole)
        if isinstance(value, Named):
            return Named(f"{name} = {value.name}", value.value)
        return None if value is None else Named(name, value)
    expressions = [parse(side) for side in sides]
    if not any(variables(node) for expression in expressions for node in expression.readings):
        last = expressions[-1]
        is_chain = all(values.equal(e.readings[0], last.readings[0]) for e in expressions[:-1])
        return Quantity(last) if is_chain else None
    if len(sides) != 2 or any(len(expression.readings) > 1 for expression in expressions):
        return None
    left, right = (expression.readings[0] for expression in expressions)
    if left[0] != "variable" and right[0] == "variable" and not variables(left):
        return Named(str(right[1]), Quantity(expressions[0]))
    return Relation("=", ("sum", left, ("negative", right)))


def name_of(side: list[Token]) -> str | None:
    """Return what a value is called: a variable, words, or a function of variables; None where it is calculated."""
    texts = [part.text for part in side]
    if _DERIVED.fullmatch(" ".join(texts)):
        return plain(side)
    is_plain = not any(text in "+-*/^!|%<>" or text in ("frac", "sqrt") for text in texts if text)
    first = side[0]
    is_named = first.kind in ("word", "text") or (
        first.kind == "command" and first.text.isalpha() and first.text != "pi"
    )
    is_tuple = is_enclosed(side, "(", ")") and all(part.kind in ("word", "sign") for part in side)
    if is_tuple and is_plain and len(side) > 3:
        return plain(side)
    if not is_plain or not is_named or (first.kind == "word" and len(first.text) == 2):
        return None
    return plain(side).removeprefix("= ")


def _inequality(sides: list[Expression], kinds: list[str]) -> Reading | None:
    if any(len(side.readings) > 1 for side in sides):
        return None
    has_variables = [bool(variables(side.readings[0])) for side in sides]
    if len(sides) == 3 and has_variables == [False, True, False] and sides[1].readings[0][0] == "variable":
        name = str(sides[1].readings[0][1])
        if set(kinds) <= {"<", "≤"}:
            return Region((interval(sides[0], sides[2], kinds[0] == "≤", kinds[1] == "≤"),), name)
        if set(kinds) <= {">", "≥"}:
            return Region((interval(sides[2], sides[0], kinds[1] == "≥", kinds[0] == "≥"),), name)
        return None
    if len(sides) != 2:
        return None
    kind = kinds[0]
    if has_variables == [False, True]:
        sides, kind, has_variables = sides[::-1], _TURNED[kind], [True, False]
    left, right = (side.readings[0] for side in sides)
    if has_variables == [True, False] and left[0] == "variable":
        below = Interval(MINUS_INFINITE, sides[1], False, kind == "≤")
        above = Interval(sides[1], INFINITE, kind == "≥", False)
        return Region((below, above) if kind == "≠" else (below,) if kind in "<≤" else (above,), str(left[1]))
    if kind == "≠":
        return None
    if has_variables == [True, False] and left[0] == "abs" and (region := _around(left[1], right, kind)):
        return region
    if kind in (">", "≥"):
        left, right, kind = right, left, _TURNED[kind]
    return Relation(kind, ("sum", left, ("negative", right)))


def _around(inside: Node, distance: Node, kind: str) -> Region | None:
    """Read `|x - 2| < 3`: the numbers near to another, or far from it; None where it is none, or no distance."""
    name, centre = inside, ZERO
    if inside[0] == "sum" and len(inside) == 3 and not variables(inside[2]):
        name, centre = inside[1], ("negative", inside[2])
    if name[0] != "variable" or (values.decimal(distance) or 0) <= 0:
        return None
    is_closed = kind in "≤≥"
    low, high = (Expression((("sum", centre, side),)) for side in (("negative", distance), distance))
    if kind in "<≤":
        return Region((interval(low, high, is_closed, is_closed),), str(name[1]))
    below, above = interval(MINUS_INFINITE, low, False, is_closed), interval(high, INFINITE, is_closed, False)
    return Region((below, above), str(name[1]))
