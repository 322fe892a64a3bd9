"""A place in the tokens of an answer, and what comes next there: what every grammar of answers begins with."""

from collections.abc import Sequence

from scalequest_assets.subjects.maths.equality.tokens import Token, UnreadableError


class Cursor:
    """A place in a row of tokens."""

    def __init__(self, parts: Sequence[Token]) -> None:
        self._parts, self._at = parts, 0

    def _next(self, ahead: int = 0) -> Token | None:
        position = self._at + ahead
        return self._parts[position] if position < len(self._parts) else None

    def _is_sign(self, *signs: str, ahead: int = 0) -> bool:
        part = self._next(ahead)
        return part is not None and part.kind == "sign" and part.text in signs

    def _is_command(self, *names: str) -> bool:
        part = self._next()
        return part is not None and part.kind == "command" and part.text in names

    def _take(self) -> Token:
        part = self._next()
        if part is None:
            raise UnreadableError("it ends in the middle")
        self._at += 1
        return part

    def _expect(self, sign: str) -> None:
        if not self._is_sign(sign):
            raise UnreadableError(f"{sign} is missing")
        self._at += 1
