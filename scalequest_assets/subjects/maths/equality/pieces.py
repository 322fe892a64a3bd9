"""Tokens cut into pieces, with heed to brackets."""

from collections.abc import Callable, Sequence

from scalequest_assets.subjects.maths.equality.tokens import Token

_OPEN, _CLOSE = ("(", "[", "{", "\\{", "lfloor", "lceil"), (")", "]", "}", "\\}", "rfloor", "rceil")


def lower(parts: Sequence[Token]) -> list[str]:
    """Return the words among tokens, in lower case."""
    return [part.text.lower() for part in parts if part.kind in ("word", "text")]


def is_text(*texts: str) -> Callable[[Token], bool]:
    """Return a test for tokens, numbers apart, that are one of these texts."""
    return lambda part: part.text.lower() in texts and part.kind != "number"


def split(parts: Sequence[Token], is_separator: Callable[[Token], bool]) -> list[list[Token]]:
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


def is_enclosed(parts: Sequence[Token], opening: str, closing: str) -> bool:
    """Return whether all of it stands between one pair of brackets."""
    return len(parts) > 1 and parts[0].text == opening and parts[-1].text == closing and closes_at_end(parts)


def closes_at_end(parts: Sequence[Token]) -> bool:
    """Return whether the bracket that opens first closes last."""
    depth = 0
    for at, part in enumerate(parts):
        if part.kind in ("sign", "command"):
            depth += (part.text in _OPEN) - (part.text in _CLOSE)
        if depth == 0:
            return at == len(parts) - 1
    return False


def group_end(parts: Sequence[Token], at: int) -> int:
    """Return where the braces that open at a place close; 0 where none open there."""
    if at >= len(parts) or parts[at].text != "{":
        return 0
    return next((end for end in range(at + 2, len(parts) + 1) if closes_at_end(parts[at:end])), 1) - 1
