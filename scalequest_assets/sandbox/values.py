"""Values on their way to a program and back, as JSON: data only, of limited size. Both sides use this module.

JSON's own kinds stand for themselves; others are objects of one key: `f` a float, `t` a tuple, `s` a set, `d` a
dictionary as pairs.
"""

from typing import Any

MAX_DEPTH = 12
MAX_ITEMS = 4000
MAX_BITS = 4096
MAX_CHARS = 20_000


class UnreadableError(ValueError):
    """A value that is no literal, or too large a one."""


def encode(value: Any, depth: int = 0) -> Any:
    """Return a literal as JSON's kinds.

    Subclasses count as what they extend (a Counter is a dictionary).

    Raises:
        UnreadableError: It is none, or too large.
    """
    if depth > MAX_DEPTH:
        raise UnreadableError("nested too deeply")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if int.bit_length(value) > MAX_BITS:
            raise UnreadableError("too large a number")
        return int.__index__(value)
    if isinstance(value, float):
        return {"f": float.__repr__(value)}
    if isinstance(value, str):
        if str.__len__(value) > MAX_CHARS:
            raise UnreadableError("too long a text")
        return str.__str__(value)
    if isinstance(value, dict):
        return {"d": [[encode(k, depth + 1), encode(v, depth + 1)] for k, v in _some(dict.items(value))]}
    kinds: tuple[tuple[Any, str | None], ...] = ((list, None), (tuple, "t"), (set, "s"), (frozenset, "s"))
    for kind, tag in kinds:
        if isinstance(value, kind):
            items = [encode(item, depth + 1) for item in _some(kind.__iter__(value))]
            return items if tag is None else {tag: items}
    raise UnreadableError(f"a {type(value).__name__}")


def decode(data: Any, depth: int = 0) -> Any:
    """Return the value that `encode` made JSON of.

    Raises:
        UnreadableError: It is nothing that `encode` writes.
    """
    if depth > MAX_DEPTH + 1:
        raise UnreadableError("nested too deeply")
    if data is None or isinstance(data, bool | int | str):
        return data
    if isinstance(data, list):
        return [decode(item, depth + 1) for item in data]
    if not isinstance(data, dict) or len(data) != 1:
        raise UnreadableError("no value")
    ((tag, inside),) = data.items()
    try:
        match tag:
            case "f":
                return float(inside)
            case "t":
                return tuple(decode(item, depth + 1) for item in inside)
            case "s":
                return {decode(item, depth + 1) for item in inside}
            case "d":
                return {decode(key, depth + 1): decode(value, depth + 1) for key, value in inside}
    except (TypeError, ValueError) as error:  # a list as a key, a pair of three
        raise UnreadableError(str(error)) from None
    raise UnreadableError("no value")


def _some(items: Any) -> Any:
    """Yield items, and raise `UnreadableError` where there are too many."""
    for num, item in enumerate(items):
        if num >= MAX_ITEMS:
            raise UnreadableError("too many items")
        yield item
