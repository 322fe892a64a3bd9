r"""An answer as what it is: a quantity, a point, an interval, several values, a choice, words. All of it, or unread.

`72 or more`, `4\sqrt(2)` and `1, 2, \ldots, n` are never read in part: what has no place in a form leaves it unread, and
what is unread equals the same text alone.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from scalequest_assets.subjects.maths.equality import values
from scalequest_assets.subjects.maths.equality.expressions import FUNCTIONS, Expression, Node, parse, variables
from scalequest_assets.subjects.maths.equality.numerals import number_in_words
from scalequest_assets.subjects.maths.equality.tokens import Token, UnreadableError, plain, tokens
from scalequest_assets.subjects.maths.equality.units import NO_UNIT, PERCENT, Unit, read_unit


@dataclass(frozen=True)
class Quantity:
    """A number or an expression, and what it counts.

    Attributes:
        expression: Without the unit.
        unit: `NO_UNIT` where there is none.
        digits: Of a number in another base, the number that its digits would be in base ten.
    """

    expression: Expression
    unit: Unit = NO_UNIT
    digits: Fraction | None = None


@dataclass(frozen=True)
class Ordered:
    """A point, a tuple, or an interval: what is in brackets, in order."""

    brackets: str
    items: tuple["Reading", ...]


@dataclass(frozen=True)
class Interval:
    """All numbers between two bounds; infinite bounds are open."""

    low: Expression
    high: Expression
    has_low: bool
    has_high: bool


@dataclass(frozen=True)
class Region:
    """A union of intervals."""

    intervals: tuple[Interval, ...]


@dataclass(frozen=True)
class Several:
    """Values in any order: solutions, elements of a set."""

    items: tuple["Reading", ...]


@dataclass(frozen=True)
class Ratio:
    """Numbers with colons between them; two of them may be a time of day."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Clock:
    """A time of day, in minutes since midnight."""

    minutes: int


@dataclass(frozen=True)
class Matrix:
    """Rows of expressions."""

    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True)
class Relation:
    """An equation or an inequality: `difference` (left less right) `sign` 0; the sign is =, <, or ≤."""

    sign: str
    difference: Node


@dataclass(frozen=True)
class Named:
    """A value with what it is called: `x = 5`."""

    name: str
    value: "Reading"


@dataclass(frozen=True)
class Choice:
    """The letter of a choice, and its text where that is given."""

    letter: str
    value: "Reading | None" = None


@dataclass(frozen=True)
class Words:
    """A text without mathematics, in lower case."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Rounded:
    """A value that is only near the true one, and that one where it is given: `40/3 \\approx 13.33`."""

    near: "Reading"
    exact: "Reading | None" = None


@dataclass(frozen=True)
class Unread:
    """What has no other form."""

    text: str


Reading = Quantity | Ordered | Region | Several | Ratio | Clock | Matrix | Relation | Named | Choice | Words | Rounded | Unread
"""What an answer is read as."""

_PLAIN: Final = re.compile(r"\$?(-?)([0-9]{1,3}(?:,[0-9]{3}){1,12}|[0-9]{1,40})(\.[0-9]{1,40})?\$?")
_BASE: Final = re.compile(
    r"\(?([0-9A-Fa-f ,]{1,40})\)?\s?_\s?\{?\s?(?:\\(?:text|mathrm)\{)?(\d{1,2}|two|three|four|five|six|seven|eight|nine|twelve|sixteen)\}?\s?\}?"
)
_BASE_WORDS: Final = {
    **{"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
    **{"twelve": 12, "sixteen": 16},
}
_INFINITE: Final = Expression((("constant", "infinity"),))
_MINUS_INFINITE: Final = Expression((("negative", ("constant", "infinity")),))
REALS: Final = Region((Interval(_MINUS_INFINITE, _INFINITE, False, False),))
_RELATIONS: Final = {"<": "<", ">": ">", "<=": "≤", ">=": "≥", "le": "≤", "ge": "≥", "=": "=", "ne": "≠", "!=": "≠"}
_TURNED: Final = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "=": "=", "≠": "≠"}
_UNREAD: Final = frozenset(("ldots", "sim", "simeq", "vdots", "equiv", "pmod", "bmod", "mod"))
_ENGLISH: Final = frozenset("am an as at do go he if in is it me my no of ok on or pm so to up us we".split())
_ARTICLES: Final = frozenset(("the", "a", "an"))
_OPEN, _CLOSE = ("(", "[", "{", "\\{", "lfloor", "lceil"), (")", "]", "}", "\\}", "rfloor", "rceil")
_MAX_ITEMS = 60


@lru_cache(maxsize=1 << 16)
def read(answer: str) -> Reading:
    """Return what an answer is; `Unread` where no form holds all of it."""
    if match := _PLAIN.fullmatch(answer.strip()):
        value = Fraction(match[1] + match[2].replace(",", "") + (match[3] or ""))
        return Quantity(Expression((("number", value),)))
    if found := _in_base(answer):
        return found
    try:
        parts = tokens(answer)
    except UnreadableError:
        return Unread(" ".join(answer.split()))
    return _read(parts)


def exact_number(answer: str) -> Fraction | None:
    """Return the number that an answer is, without a unit, a percent sign or a base; None where it is none."""
    if match := _PLAIN.fullmatch(answer):
        return Fraction(match[1] + match[2].replace(",", "") + (match[3] or ""))
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


# --- forms, in the order in which they are tried; None or an error: another form


def _real_numbers(parts: list[Token]) -> Reading | None:
    texts = [part.text for part in parts]
    is_all = texts == ["mathbb", "{", "R", "}"] or _lower(parts) in (["all", "real", "numbers"], ["all", "reals"])
    return REALS if is_all else None


def _rounded(parts: list[Token]) -> Reading | None:
    sides = _split(parts, _is_text("approx"))
    if len(sides) == 1:
        return None
    if len(sides) > 2 or not sides[1]:
        raise UnreadableError("several roundings")
    name = _name(sides[0]) if sides[0] else None
    near = _whole(sides[1])
    return Named(name, Rounded(near)) if name else Rounded(near, _whole(sides[0]) if sides[0] else None)


def _choice(parts: list[Token]) -> Reading | None:
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


def _words(parts: list[Token]) -> Reading | None:
    if any(part.kind not in ("word", "text") and part.text not in ("-", ",", ".", "'", "/") for part in parts):
        return None
    words = _lower(parts)
    if not any(part.kind == "text" or (part.kind == "word" and _is_word(part.text)) for part in parts):
        return None
    for end in range(len(words), 0, -1):
        value = number_in_words(words[:end])
        if value is None:
            continue
        if end == len(words):
            return _number(value)
        rest = [Token("word", word, None, True) for word in words[end + (words[end] in ("a", "an")) :]]
        unit = read_unit(rest, after_space=True)
        return None if unit is None else Quantity(Expression((("number", value),)), unit)
    return Words(tuple(word for word in words if word not in _ARTICLES))


def _is_word(text: str) -> bool:
    """Return whether letters are a word, and neither a variable, a product of two nor a name of mathematics."""
    if len(text) == 1 or text in ("pi", "inf", "infinity"):
        return False
    return len(text) > 2 or text.lower() in _ENGLISH


def _partly_in_words(parts: list[Token]) -> Reading | None:
    """Read `3 and a half`, `2 million`, `3 sevenths`, and what they count."""
    if parts[0].kind != "number" or not all(part.kind in ("word", "text") for part in parts[1:]):
        return None
    words = _lower(parts[1:])
    for end in range(len(words), 0, -1):
        value = number_in_words(words[:end], parts[0].value)
        unit = NO_UNIT if end == len(words) else read_unit(parts[end + 1 :], after_space=True)
        if value is not None and unit is not None:
            return Quantity(Expression((("number", value),)), unit)
    return None


def _clock(parts: list[Token]) -> Reading | None:
    is_with_minutes = len(parts) > 2 and parts[1].text == ":" and parts[2].kind == "number" and len(parts[2].text) == 2
    tail = "".join(part.text for part in parts[3 if is_with_minutes else 1 :] if part.text != ".").lower()
    if tail not in ("am", "pm") or parts[0].kind != "number" or not parts[0].text.isdigit():
        return None
    hour, minute = int(parts[0].text), int(parts[2].text) if is_with_minutes else 0
    if not 1 <= hour <= 12 or minute > 59:
        return None
    return Clock((hour % 12 + (12 if tail == "pm" else 0)) * 60 + minute)


def _matrix(parts: list[Token]) -> Reading | None:
    if _is_enclosed(parts, parts[0].text, parts[-1].text) and parts[0].text in ("[", "(") and len(parts) > 2:
        parts = parts[1:-1]
    opening, closing = parts[0].text, parts[-1].text
    if opening == "begin{array}" and closing == "end{array}" and parts[1].text == "{":
        end = next((at for at, part in enumerate(parts) if part.text == "}"), 0)
        return None if not end else _matrix([Token("command", "begin{matrix}"), *parts[end + 1 : -1], Token("command", "end{matrix}")])
    if opening not in ("begin{pmatrix}", "begin{bmatrix}", "begin{matrix}") or closing != opening.replace("begin", "end"):
        return None
    inner = parts[1:-1]
    if inner and inner[-1].text == "\\\\":
        inner = inner[:-1]
    rows = [tuple(parse(cell) for cell in _split(row, _is_text("&"))) for row in _split(inner, _is_text("\\\\"))]
    return Matrix(tuple(rows)) if len({len(row) for row in rows}) == 1 else None


def _set(parts: list[Token]) -> Reading | None:
    if not _is_enclosed(parts, "\\{", "\\}"):
        return None
    inner = parts[1:-1]
    for bar in ("|", ":"):
        sides = _split(inner, _is_text(bar))
        if len(sides) == 2 and len(sides[0]) == 1:
            found = _whole(sides[1])
            return found if isinstance(found, Region) else None
    items = [_whole(item) for item in _split(inner, _is_text(",", ";"))]
    return Several(tuple(items))


def _compound(parts: list[Token]) -> Reading | None:
    """Read `3 hours and 20 minutes`: quantities of one kind, the larger units first."""
    starts = [0]
    for at in range(1, len(parts)):
        if parts[at].kind == "number" and (parts[at - 1].kind in ("word", "text") or parts[at - 1].text == ","):
            starts.append(at)
    if len(starts) < 2:
        return None
    found: list[Quantity] = []
    for start, end in zip(starts, [*starts[1:], len(parts)], strict=True):
        piece = parts[start:end]
        while piece and end < len(parts) and piece[-1].text.lower() in (",", "and"):
            piece = piece[:-1]
        quantity = _quantity(piece)
        if not isinstance(quantity, Quantity) or len(quantity.unit.dimensions) != 1 or quantity.unit.words:
            return None
        found.append(quantity)
    units = [quantity.unit for quantity in found]
    if len({unit.dimensions for unit in units}) > 1 or any(a.factor <= b.factor for a, b in zip(units, units[1:], strict=False)):
        return None
    total = Fraction()
    for quantity in found:
        number = values.exact(quantity.expression.readings[0])
        if number is None:
            return None
        total += number * quantity.unit.factor
    return Quantity(Expression((("number", total / units[0].factor),)), units[0])


def _listed(parts: list[Token]) -> Reading | None:
    """Read several values: `3, 5 and 7`, `x = 2 or x = 3`, `x < 2 or x > 5`."""
    is_or = any(part.text == "or" for part in parts)
    pieces = [piece for piece in _split(parts, _is_text(",", ";", "or", "and", "cup" if is_or else ",")) if piece]
    if len(pieces) < 2 or len(pieces) > _MAX_ITEMS:
        return None
    items = [_whole(piece) for piece in pieces]
    if any(isinstance(item, Region) for item in items):
        if not is_or or not all(isinstance(item, Region) for item in items):
            return None
        return Region(tuple(i for item in items if isinstance(item, Region) for i in item.intervals))
    if any(isinstance(item, Words) for item in items) and not all(isinstance(item, Words) for item in items):
        return None  # `72 or more`
    return Several(tuple(_without_a_shared_name(items)))


def _without_a_shared_name(items: list[Reading]) -> list[Reading]:
    """Return values without their names where these name one thing: `x = 2, x = 3`, `x_1 = 2, x_2 = 3`, `x = 2, 3`."""
    names = {item.name.split(" _ ")[0] if isinstance(item, Named) else "" for item in items}
    if len(names - {""}) != 1 or ("" in names and not isinstance(items[0], Named)):
        return items
    return [item.value if isinstance(item, Named) else item for item in items]


def _union(parts: list[Token]) -> Reading | None:
    pieces = _split(parts, _is_text("cup"))
    if len(pieces) < 2:
        if len(parts) > 2 and parts[1].text == "in" and parts[1].kind == "command" and parts[0].kind == "word":
            found = _whole(parts[2:])
            return as_region(found) or (found if isinstance(found, Several) else None)
        return None
    found_regions = [as_region(_whole(piece)) for piece in pieces]
    if any(region is None for region in found_regions):
        return None
    return Region(tuple(i for region in found_regions if region for i in region.intervals))


def as_region(reading: Reading) -> Region | None:
    """Return what is an interval as one; a pair in parentheses may be one."""
    if isinstance(reading, Region):
        return reading
    if not isinstance(reading, Ordered) or len(reading.items) != 2:
        return None
    ends = [item.expression if isinstance(item, Quantity) and item.unit.is_none else None for item in reading.items]
    if ends[0] is None or ends[1] is None:
        return None
    return Region((_interval(ends[0], ends[1], reading.brackets[0] == "[", reading.brackets[1] == "]"),))


def _interval(low: Expression, high: Expression, has_low: bool, has_high: bool) -> Interval:
    return Interval(low, high, has_low and not _is_infinite(low), has_high and not _is_infinite(high))


def _is_infinite(expression: Expression) -> bool:
    node = expression.readings[0]
    return (node[1] if node[0] == "negative" else node) == ("constant", "infinity")


def _related(parts: list[Token]) -> Reading | None:
    """Read equations and inequalities, and drop the names of values."""
    signs = [part.text for part in parts if _is_relation(part)]
    if not signs:
        return None
    sides = _split(parts, _is_relation)
    if len(sides) != len(signs) + 1 or any(not side for side in sides):
        return None
    kinds = [_RELATIONS[sign] for sign in signs]
    if "!=" in signs and (found := _factorial_chain(parts)):
        return found
    if all(kind == "=" for kind in kinds):
        return _equation(sides)
    if "=" in kinds:
        return None
    return _inequality([parse(side) for side in sides], kinds)


def _factorial_chain(parts: list[Token]) -> Reading | None:
    """Read `5!=120`, which is no inequality where both sides are the same number."""
    apart = [p for part in parts for p in ([Token("sign", "!"), Token("sign", "=")] if part.text == "!=" else [part])]
    sides = _split(apart, _is_text("="))
    try:
        numbers = [values.exact(parse(side).readings[0]) for side in sides]
    except UnreadableError:
        return None
    return _number(numbers[-1]) if len(set(numbers)) == 1 and numbers[-1] is not None else None


def _equation(sides: list[list[Token]]) -> Reading | None:
    name = _name(sides[0])
    if name is not None:
        value = _whole(sides[1]) if len(sides) == 2 else _equation(sides[1:])
        return None if value is None else value if isinstance(value, Named) else Named(name, value)
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


def _name(side: list[Token]) -> str | None:
    """Return what a value is called: a variable, words, or a function of variables; None where it is calculated."""
    texts = [part.text for part in side]
    is_plain = not any(text in "+-*/^!|%<>" or text in ("frac", "sqrt") for text in texts if text)
    first = side[0]
    is_named = first.kind in ("word", "text") or (first.kind == "command" and first.text.isalpha() and first.text != "pi")
    is_tuple = _is_enclosed(side, "(", ")") and all(part.kind in ("word", "sign") for part in side)
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
        if set(kinds) <= {"<", "≤"}:
            return Region((_interval(sides[0], sides[2], kinds[0] == "≤", kinds[1] == "≤"),))
        if set(kinds) <= {">", "≥"}:
            return Region((_interval(sides[2], sides[0], kinds[1] == "≥", kinds[0] == "≥"),))
        return None
    if len(sides) != 2:
        return None
    kind = kinds[0]
    if has_variables == [False, True]:
        sides, kind, has_variables = sides[::-1], _TURNED[kind], [True, False]
    left, right = (side.readings[0] for side in sides)
    if has_variables == [True, False] and left[0] == "variable":
        below = Interval(_MINUS_INFINITE, sides[1], False, kind == "≤")
        above = Interval(sides[1], _INFINITE, kind == "≥", False)
        return Region((below, above) if kind == "≠" else (below,) if kind in "<≤" else (above,))
    if kind == "≠":
        return None
    if kind in (">", "≥"):
        left, right, kind = right, left, _TURNED[kind]
    return Relation(kind, ("sum", left, ("negative", right)))


def _ordered(parts: list[Token]) -> Reading | None:
    if parts[0].text not in ("(", "[") or parts[-1].text not in (")", "]") or not _closes_at_end(parts):
        return None
    items = _split(parts[1:-1], _is_text(",", ";"))
    if len(items) < 2 or len(items) > _MAX_ITEMS:
        return None
    return Ordered(parts[0].text + parts[-1].text, tuple(_whole(item) for item in items))


def _ratio(parts: list[Token]) -> Reading | None:
    sides = _split(parts, _is_text(":"))
    regions = [as_region(_read(side)) for side in sides if side] if len(sides) == 2 else []
    if len(regions) == 2 and regions[0] is not None and regions[0] == regions[1]:
        return regions[0]  # x < 3: (-\\infty, 3)
    return Ratio(tuple(parse(side) for side in sides)) if len(sides) in (2, 3, 4) and all(sides) else None


def _plus_or_minus(parts: list[Token]) -> Reading | None:
    if sum(part.text == "pm" for part in parts) != 1 or any(part.text == "mp" for part in parts):
        return None
    both = [[part._replace(kind="sign", text=sign) if part.text == "pm" else part for part in parts] for sign in "+-"]
    return Several(tuple(_whole(side) for side in both))


def _quantity(parts: list[Token]) -> Reading | None:
    currency = [part.text for part in parts if part.kind == "command" and part.text in ("usd", "eur", "gbp", "jpy", "inr")]
    if len(currency) == 1 and parts[-1].text != currency[0]:
        moved = [part for part in parts if part.text != currency[0]]
        has_words = any(part.kind in ("word", "text") for part in moved)
        return _quantity(moved if has_words else [*moved, Token("command", currency[0], None, True)])
    if len(parts) > 1 and parts[-1].text in ("%", "percent", "percentage", "pct") or _lower(parts[-2:]) == ["per", "cent"]:
        return Quantity(parse(parts[: -2 if parts[-1].text == "cent" else -1]), PERCENT)
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


def _counted(parts: list[Token]) -> Expression | None:
    """Read what is before a unit."""
    try:
        return parse(parts)
    except UnreadableError:
        return None


_READERS: Final[tuple[Callable[[list[Token]], Reading | None], ...]] = (
    *(_real_numbers, _rounded, _choice, _words, _clock, _partly_in_words, _matrix, _set, _compound, _listed, _union, _related, _ordered),
    *(_ratio, _plus_or_minus, _quantity),
)


# --- tools


def _number(value: Fraction) -> Quantity:
    return Quantity(Expression((("number", value),)))


def _in_base(answer: str) -> Quantity | None:
    match = _BASE.fullmatch(answer.strip().strip("$").strip())
    if not match:
        return None
    base = _BASE_WORDS.get(match[2]) or int(match[2])
    digits = match[1].replace(" ", "").replace(",", "")
    if not 2 <= base <= 16 or not digits or any(int(digit, 16) >= base for digit in digits):
        return None
    written = Fraction(int(digits)) if digits.isdigit() else None
    return Quantity(Expression((("number", Fraction(int(digits, base))),)), digits=written)


def _lower(parts: Sequence[Token]) -> list[str]:
    return [part.text.lower() for part in parts if part.kind in ("word", "text")]


def _is_text(*texts: str) -> Callable[[Token], bool]:
    return lambda part: part.text.lower() in texts and part.kind != "number"


def _is_relation(part: Token) -> bool:
    return part.kind in ("sign", "command") and part.text in _RELATIONS


def _split(parts: Sequence[Token], is_separator: Callable[[Token], bool]) -> list[list[Token]]:
    """Split at separators outside of all brackets."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for part in parts:
        if part.kind in ("sign", "command"):
            depth += (part.text in _OPEN) - (part.text in _CLOSE)
        if depth == 0 and is_separator(part):
            pieces.append([])
        else:
            pieces[-1].append(part)
    return pieces


def _is_enclosed(parts: Sequence[Token], opening: str, closing: str) -> bool:
    return len(parts) > 1 and parts[0].text == opening and parts[-1].text == closing and _closes_at_end(parts)


def _closes_at_end(parts: Sequence[Token]) -> bool:
    """Return whether the bracket that opens first closes last."""
    depth = 0
    for at, part in enumerate(parts):
        if part.kind in ("sign", "command"):
            depth += (part.text in _OPEN) - (part.text in _CLOSE)
        if depth == 0:
            return at == len(parts) - 1
    return False
