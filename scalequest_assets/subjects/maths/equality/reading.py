r"""An answer as what it is: a quantity, a point, an interval, several values, a choice, words. All of it, or unread.

`72 or more` and `1, 2, \ldots, n` are never read in part: what has no place in a form leaves it unread, and what is
unread equals the same text alone.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Final

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.amounts import compound, read_amount
from scalequest_assets.subjects.maths.equality.expressions import parse
from scalequest_assets.subjects.maths.equality.forms import (
    REALS,
    Choice,
    Matrix,
    Named,
    Ordered,
    Quantity,
    Ratio,
    Reading,
    Region,
    Rounded,
    Several,
    Unread,
    Words,
    as_region,
    number,
)
from scalequest_assets.subjects.maths.equality.numbers import (
    in_base,
    in_words,
    partly_in_words,
    plain_number,
    time_of_day,
)
from scalequest_assets.subjects.maths.equality.pieces import closes_at_end, is_enclosed, is_text, lower, split
from scalequest_assets.subjects.maths.equality.regions import all_but, shared
from scalequest_assets.subjects.maths.equality.relating import name_of, related
from scalequest_assets.subjects.maths.equality.tokens import Token, UnreadableError, plain, tokens
from scalequest_assets.subjects.maths.equality.trees import Expression, variables

_UNREAD: Final = frozenset(("ldots", "sim", "simeq", "vdots", "equiv", "pmod", "bmod", "mod"))

_ABOUT: Final = frozenset(("about", "approximately", "around", "nearly", "roughly"))
_MAX_ITEMS = 60
_BEFORE: Final = re.compile(
    r"\A\s{0,4}(?:(?:exactly|precisely|only|just|a total of)\s{1,4})(?=[-\u2212]?\s?[\\$]{0,2}\d)", re.IGNORECASE
)
_BEHIND: Final = re.compile(
    r"(\A\s{0,4}(?=[-\u2212$\\\d])[^\n]{0,200}?[\w}%$])(?<!unit)(?<!units)(?<!steps)(?<!places)(?<!degrees)(?<!or)(?<!and)"
    r"\s{1,4}(?:in (?:total|all)|altogether|each|left(?: over)?)[\s.]{0,4}\Z",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"(?<=\d)\s{1,4}(?:different|distinct|possible)(?=\s{1,4}[A-Za-z]{3})", re.IGNORECASE)
"""Words that say nothing of a number or of what it counts: `exactly 5`, `5 apples in total`, `5 different ways`."""
_NOTHING: Final = re.compile(r"[\s$]{0,4}(?:\\(?:text|mathrm)\s?\{)?DNE\}?[\s$.]{0,4}", re.IGNORECASE)
_DELIMITERS: Final = re.compile(r"(?<!\\)(?:\$|\\[()\[\]])")


@lru_cache(maxsize=1 << 16)
def read(answer: str) -> Reading:
    """Return what an answer is; `Unread` where no form holds all of it."""
    if (value := plain_number(answer)) is not None:
        return number(value)
    if found := in_base(answer):
        return found
    try:
        parts = tokens(_bare(answer))
    except UnreadableError:
        return Unread(" ".join(_DELIMITERS.sub(" ", answer).replace("\\dfrac", "\\frac").split()).strip(" .*"))
    return _read(parts)


def _bare(answer: str) -> str:
    """Return an answer without words that change nothing."""
    if _NOTHING.fullmatch(answer):
        return "does not exist"
    return _BETWEEN.sub("", _BEHIND.sub(r"\1", _BEFORE.sub("", answer, count=1), count=1), count=1)


def exact_number(answer: str) -> Fraction | None:
    """Return the number that an answer is, without a unit, a percent sign or a base; None where it is none."""
    if (value := plain_number(answer)) is not None:
        return value
    found = read(answer)
    if not isinstance(found, Quantity) or not found.unit.is_none or found.digits is not None:
        return None
    try:
        worth = {values.exact(node) for node in found.expression.readings}
    except UnreadableError:
        return None
    return worth.pop() if len(worth) == 1 else None


def _read(parts: Sequence[Token]) -> Reading:
    unread = Unread(plain(list(parts)))
    if not parts or len(parts) > 300 or any(part.kind == "command" and part.text in _UNREAD for part in parts):
        return unread
    for reader in _READERS:
        try:
            found = reader(list(parts))
        except UnreadableError:
            continue
        if found is not None:
            return found
    return unread


def _whole(parts: Sequence[Token]) -> Reading:
    """Read a part of an answer.

    Raises:
        UnreadableError: It is unread.
    """
    found = _read(parts)
    if isinstance(found, Unread):
        raise UnreadableError(found.text)
    return found


def _named_set(parts: list[Token]) -> Reading | None:
    """Read the real numbers, also without some of them, and the empty set."""
    texts = [part.text for part in parts]
    if texts == ["emptyset"]:
        return Several(())
    sides = split(parts, is_text("setminus", "backslash"))
    if len(sides) == 2 and all(sides) and _read(sides[0]) == REALS:
        left_out = _whole(sides[1])
        points = left_out.items if isinstance(left_out, Several) else ()
        bare = [point.expression for point in points if isinstance(point, Quantity) and point.unit.is_none]
        return all_but(bare) if bare and len(bare) == len(points) else None
    is_all = texts == ["mathbb", "{", "R", "}"] or lower(parts) in (["all", "real", "numbers"], ["all", "reals"])
    return REALS if is_all else None


def _rounded(parts: list[Token]) -> Reading | None:
    if parts[0].text.lower() in _ABOUT and len(parts) > 1:
        return Rounded(_whole(parts[1:]))
    sides = split(parts, is_text("approx"))
    if len(sides) == 1:
        return None
    if len(sides) > 2 or not sides[1]:
        raise UnreadableError("several roundings")
    name = name_of(sides[0]) if sides[0] else None
    near = _whole(sides[1])
    return Named(name, Rounded(near)) if name else Rounded(near, _whole(sides[0]) if sides[0] else None)


def _signed(parts: list[Token]) -> Reading | None:
    """Read a number in words behind its sign: `-five`, `negative infinity`, `minus 3`."""
    sign = parts[0].text.lower()
    if sign not in ("-", "negative", "minus", "positive", "plus") or len(parts) < 2 or parts[1].text == "-":
        return None
    if sign == "-" and parts[1].kind not in ("word", "text"):
        return None
    found = _read(parts[1:])
    if not isinstance(found, Quantity) or any(variables(node) for node in found.expression.readings):
        return None
    if sign in ("positive", "plus"):
        return found
    return Quantity(Expression(tuple(("negative", node) for node in found.expression.readings)), found.unit)


def _choice(parts: list[Token]) -> Reading | None:
    if parts[0].text.lower() in ("option", "choice") and len(parts) > 1:
        parts = parts[1:]
    texts = [part.text for part in parts]
    inner = texts[1:] if texts[0] == "(" else texts
    if not inner or len(inner[0]) != 1 or not inner[0].isalpha() or inner[0].upper() not in "ABCDEFGHIJ":
        return None
    is_closed = len(inner) > 1 and inner[1] == ")"
    if texts[0] == "(" and not is_closed:
        return None
    if not is_closed and not inner[0].isupper():
        return None
    rest = parts[len(texts) - len(inner) + 1 + is_closed :]
    letter = inner[0].upper()
    if rest and not is_closed and rest[0].text in (".", ":") and len(rest) > 1:
        rest = rest[1:]
    elif rest and (not is_closed or texts[0] != "("):
        return None
    return Choice(letter, _read(rest) if rest else None)


def _matrix(parts: list[Token]) -> Reading | None:
    if is_enclosed(parts, parts[0].text, parts[-1].text) and parts[0].text in ("[", "(") and len(parts) > 2:
        parts = parts[1:-1]
    opening, closing = parts[0].text, parts[-1].text
    if opening == "begin{array}" and closing == "end{array}" and parts[1].text == "{":
        end = next((at for at, part in enumerate(parts) if part.text == "}"), 0)
        return (
            None
            if not end
            else _matrix([Token("command", "begin{matrix}"), *parts[end + 1 : -1], Token("command", "end{matrix}")])
        )
    if opening not in ("begin{pmatrix}", "begin{bmatrix}", "begin{matrix}") or closing != opening.replace(
        "begin", "end"
    ):
        return None
    inner = parts[1:-1]
    if inner and inner[-1].text == "\\\\":
        inner = inner[:-1]
    rows = [tuple(parse(cell) for cell in split(row, is_text("&"))) for row in split(inner, is_text("\\\\"))]
    return Matrix(tuple(rows)) if len({len(row) for row in rows}) == 1 else None


def _set(parts: list[Token]) -> Reading | None:
    if not is_enclosed(parts, "\\{", "\\}") and not is_enclosed(parts, "{", "}"):
        return None
    inner = parts[1:-1]
    for bar in ("|", ":"):
        sides = split(inner, is_text(bar))
        if len(sides) == 2 and (len(sides[0]) == 1 or _is_real(sides[0])):
            found = _whole(sides[1])
            return replace(found, name="") if isinstance(found, Region) else None
    return Several(tuple(_items(split(inner, is_text(",", ";"))) if inner else ()))


def _items(pieces: Sequence[list[Token]]) -> list[Reading]:
    r"""Read each value; `\pm 1` are two."""
    items: list[Reading] = []
    for piece in pieces:
        found = _whole(piece)
        value = found.value if isinstance(found, Named) else found
        if isinstance(value, Several) and any(part.text == "pm" for part in piece):
            items += [Named(found.name, item) if isinstance(found, Named) else item for item in value.items]
        else:
            items.append(found)
    return items


def _is_real(parts: list[Token]) -> bool:
    r"""Return whether this is `x \in \mathbb{R}`."""
    return [part.text for part in parts[1:]] in (["in", "mathbb", "{", "R", "}"], ["in", "R"])


def _listed(parts: list[Token]) -> Reading | None:
    """Read several values: `3, 5 and 7`, `x = 2 or x = 3`, `x < 2 or x > 5`."""
    is_or = any(part.text == "or" for part in parts)
    pieces = [piece for piece in split(parts, is_text(",", ";", "or", "and", "cup" if is_or else ",")) if piece]
    if len(pieces) < 2 or len(pieces) > _MAX_ITEMS:
        return None
    items = _items(pieces)
    if regions := [item for item in items if isinstance(item, Region)]:
        return _of_regions(regions, is_or=is_or) if len(regions) == len(items) else None
    if any(isinstance(item, Words) for item in items) and not all(isinstance(item, Words) for item in items):
        return None  # `72 or more`
    return Several(tuple(_without_a_shared_name(items)))


def _of_regions(regions: Sequence[Region], *, is_or: bool) -> Region | None:
    """Return what `x < 2 or x > 5` leaves, or `x > 2 and x < 5`."""
    if not is_or:
        return shared(*regions) if len(regions) == 2 else None
    names = {region.name for region in regions}
    return Region(tuple(i for region in regions for i in region.intervals), names.pop()) if len(names) == 1 else None


def _without_a_shared_name(items: list[Reading]) -> list[Reading]:
    """Return values without their names where these name one thing: `x = 2, x = 3`, `x = 2, 3`."""
    names = {item.name if isinstance(item, Named) else "" for item in items}
    if len(names - {""}) > 1 and any(isinstance(item, Quantity) for item in items):
        raise UnreadableError("whose value is the one without a name?")
    if len(names - {""}) != 1 or ("" in names and not isinstance(items[0], Named)):
        return items
    return [item.value if isinstance(item, Named) else item for item in items]


def _union(parts: list[Token]) -> Reading | None:
    pieces = split(parts, is_text("cup"))
    if len(pieces) < 2:
        if len(parts) > 2 and parts[1].text == "in" and parts[1].kind == "command" and parts[0].kind == "word":
            found = _whole(parts[2:])
            region = as_region(found)
            return replace(region, name=parts[0].text) if region else found if isinstance(found, Several) else None
        return None
    found_regions = [as_region(_whole(piece)) for piece in pieces]
    if any(region is None for region in found_regions):
        return None
    return Region(tuple(i for region in found_regions if region for i in region.intervals))


def _ordered(parts: list[Token]) -> Reading | None:
    if parts[0].text not in ("(", "[") or parts[-1].text not in (")", "]") or not closes_at_end(parts):
        return None
    items = split(parts[1:-1], is_text(",", ";"))
    if len(items) < 2 or len(items) > _MAX_ITEMS or any(part.text == "pm" for part in parts):
        return None
    return Ordered(parts[0].text + parts[-1].text, tuple(_whole(item) for item in items))


def _ratio(parts: list[Token]) -> Reading | None:
    sides = split(parts, is_text(":"))
    regions = [as_region(_read(side)) for side in sides if side] if len(sides) == 2 else []
    if len(regions) == 2 and regions[0] and regions[1] and regions[0].intervals == regions[1].intervals:
        return regions[0]  # x < 3: (-\\infty, 3)
    if len(sides) == 2 and all(sides) and _is_label(sides[0]):
        return Named(plain(sides[0]), _whole(sides[1]))
    if len(sides) == 1:
        sides = split(parts, is_text("to"))
    return Ratio(tuple(parse(side) for side in sides)) if len(sides) in (2, 3, 4) and all(sides) else None


def _is_label(side: list[Token]) -> bool:
    """Return whether this is what a value is called: `Area`, `Number of boys`."""
    return all(part.kind in ("word", "text") for part in side) and len(side[0].text) > 1


def _plus_or_minus(parts: list[Token]) -> Reading | None:
    if sum(part.text == "pm" for part in parts) != 1 or any(part.text == "mp" for part in parts):
        return None
    both = [[part._replace(kind="sign", text=sign) if part.text == "pm" else part for part in parts] for sign in "+-"]
    return Several(tuple(_whole(side) for side in both))


_READERS: Final[tuple[Callable[[list[Token]], Reading | None], ...]] = (
    *(
        _named_set,
        _rounded,
        _choice,
        _signed,
        time_of_day,
        in_words,
        partly_in_words,
        _matrix,
        _set,
        compound,
        _listed,
        _union,
        lambda parts: related(parts, _whole),
        _ordered,
    ),
    *(_ratio, _plus_or_minus, read_amount),
)
