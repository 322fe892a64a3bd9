"""Values as text: one way to write each, so that equal values are equal texts."""

import math
from typing import Any, Final

MAX_CHARS: Final = 400
"""Longest value that is written out."""
_NINE_DIGITS, _EXACT = 10**9, 2**53
_MOST_WRITTEN: Final = 10**22
"""Below it, the powers of ten are floats; larger floats are written with an exponent."""


def literal(value: Any) -> str | None:
    """Return a value as Python writes it, fractions rounded to nine digits; None where no literal says it (`nan`).

    Of a float with more digits before the point, these count, below 2**53. A float without a fraction is written as a
    whole number, a dictionary in the order of its keys' texts: what Python calls equal is equal, but `True` is not 1.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        is_long = _NINE_DIGITS <= abs(value) < _EXACT
        rounded = float(round(value)) if is_long else float(f"{value:.9g}")
        return str(int(rounded)) if rounded.is_integer() and abs(rounded) < _MOST_WRITTEN else repr(rounded)
    if isinstance(value, list | tuple | set | frozenset):
        items = [literal(item) for item in value]
        return None if None in items else _enclosed(value, [item for item in items if item is not None])
    if isinstance(value, dict):
        pairs = [(literal(key), literal(inside)) for key, inside in value.items()]
        if any(part is None for pair in pairs for part in pair):
            return None
        return "{" + ", ".join(f"{key}: {inside}" for key, inside in sorted(pairs, key=str)) + "}"
    if value is None or isinstance(value, bool | int | str):
        return _scalar(value)
    return None


def _scalar(value: bool | int | str | None) -> str | None:
    try:
        return repr(value)
    except ValueError:  # a whole number of more than 4,300 digits
        return None


def _enclosed(value: Any, items: list[str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(items)}]"
    if isinstance(value, tuple):
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    return "{" + ", ".join(sorted(items)) + "}" if items else "set()"
