"""Values like others: of their kind, about their size, and with the form that all of them have.

The form is what the others show and no type says: numbers in order, rows of one length, the hyphens of a date.
"""

import random
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

_SMALL: Final = 10
"""Whole numbers above it may be large for their function (`fib(25)`): none that is larger is drawn."""
_LETTERS: Final = "aeiostrn"
_RUN: Final = re.compile(r"[0-9]+|[^\W\d_]+")
_HAS_SIGN: Final = re.compile(r"(?=.*[^\W_])(?=.*(?:[^\w()\[\]{}<>]|_))(?!.*[()\[\]{}<>])", re.DOTALL)
"""A text with signs between letters or digits. Brackets have no fixed places: how they stand is often the question."""
_LEAST_ORDER: Final = 3
"""Rises, each counted as two, that make an order more than chance; one by 1 counts once: any list may read 1, 2, 3."""


def like(values: Sequence[Any], rng: random.Random) -> Any:
    """Return a value like others, of their kind, about their size and of their form."""
    first = values[0]
    if isinstance(first, bool) or first is None or any(type(value) is not type(first) for value in values):
        return rng.choice(values)
    match first:
        case int():
            most = max(values)
            return rng.randint(min(*values, 1) if min(values) <= 0 else 1, most if most > _SMALL else max(most, 5) * 2)
        case float():
            return round(rng.uniform(min(0.5, *values), max(values) * 2), 1)
        case str():
            return _text(values, rng)
        case tuple():
            widths = {len(value) for value in values}
            if len(widths) == 1:
                return tuple(like([value[place] for value in values], rng) for place in range(len(first)))
            return tuple(_items(values, rng))
        case list():
            return _rows(values, rng) if _are_tables(values) else _items(values, rng)
        case set():
            return set(_items([sorted(value, key=str) for value in values], rng))
        case dict():
            keys = [key for value in values for key in value]
            inside = [item for value in values for item in value.values()]
            return {like(keys, rng): like(inside, rng) for _ in range(rng.randint(1, 4))} if keys else {}
    return rng.choice(values)


def of_one_length(drawn: Sequence[Any], examples: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """Return arguments, the lists among them cut to one length where they have one in every example.

    Args:
        drawn: The arguments of a call.
        examples: Those of the calls that are shown.
    """
    lengths = {
        place: tuple(len(one[place]) for one in examples)
        for place, value in enumerate(drawn)
        if isinstance(value, list) and any(one[place] for one in examples)
    }
    cut = {
        place: min(len(drawn[other]) for other, theirs in lengths.items() if theirs == own)
        for place, own in lengths.items()
    }
    return tuple(value[: cut[place]] if place in cut else value for place, value in enumerate(drawn))


def _text(values: Sequence[str], rng: random.Random) -> str:
    """Return a text of the characters that are shown, and of small letters where all are such."""
    shown = rng.choice(values)
    if _HAS_SIGN.match(shown):
        return _RUN.sub(lambda run: _run(run[0], "".join(values), rng), shown)
    characters = "".join(value for value in values if not _HAS_SIGN.match(value))
    if characters.islower() and characters.isalpha():
        characters += _LETTERS
    sizes = [len(value) for value in values]
    size = rng.randint(min(*sizes, 3) if min(sizes) < 1 else max(1, min(sizes) - 1), max(sizes) + 2)
    return "".join(rng.choices(characters or "abc", k=size)).strip() or values[0]


def _run(shown: str, characters: str, rng: random.Random) -> str:
    """Return letters or digits in the place of others: a number that is not larger, as wide; a word about as long."""
    if shown.isdecimal():
        least = 10 ** (len(shown) - 1) if shown[0] != "0" and len(shown) > 1 else min(1, int(shown))
        return str(rng.randint(least, int(shown))).zfill(len(shown))
    small = [sign for sign in characters if sign.islower()] + list(_LETTERS)
    large = [sign for sign in characters if sign.isupper()]
    begin = "".join(rng.choice(large if sign.isupper() else small) for sign in shown)
    size = len(shown) + (rng.randint(-1, 2) if len(shown) > 2 else 0)
    return (begin + "".join(rng.choices(large if shown.isupper() else small, k=2)))[:size]


def _items(values: Sequence[Sequence[Any]], rng: random.Random) -> list[Any]:
    """Return items like those of all values, in order where theirs are."""
    items = [item for value in values for item in value]
    least = 0 if any(not value for value in values) else 1
    size = rng.randint(least, max(len(value) for value in values) + 2) if items else 0
    drawn = [like(items, rng) for _ in range(size)]
    return _in_order(drawn, values)


def _in_order(drawn: list[Any], values: Sequence[Sequence[Any]]) -> list[Any]:
    """Return drawn items in order where the items of each value are, and so many that this says something."""
    neighbours = [pair for value in values for pair in pairwise(value)]
    try:
        rises = [pair for pair in neighbours if pair[0] < pair[1]]
        weight = sum(1 if isinstance(left, int) and right - left == 1 else 2 for left, right in rises)
        is_order = weight >= _LEAST_ORDER and all(left <= right for left, right in neighbours)
        return sorted(drawn) if is_order else drawn
    except TypeError:  # what cannot be compared has no order
        return drawn


def _are_tables(values: Sequence[list[Any]]) -> bool:
    """Whether all values are lists of lists, those of a value of one length."""
    are_lists = all(isinstance(row, list) for value in values for row in value)
    return are_lists and any(len(value) > 1 for value in values) and all(len(set(map(len, v))) == 1 for v in values)


def _rows(values: Sequence[list[list[Any]]], rng: random.Random) -> list[list[Any]]:
    """Return rows of one length: of one that is shown; as many as that where this holds for all that is shown."""
    widths = {len(value[0]) for value in values}
    width, are_square = rng.choice(sorted(widths)), all(len(value) == len(value[0]) for value in values)
    rows = [row for value in values for row in value]
    num = width if are_square else rng.randint(1, max(len(value) for value in values) + 2)
    cells = [item for row in rows for item in row]
    columns = [[row[place] for row in rows] if len(widths) == 1 else cells for place in range(width)]
    drawn = [_in_order([like(column, rng) for column in columns], rows) for _ in range(num)]
    return _in_order(drawn, values)
