"""What a question states of its function, compared with what a program did: `plus(2)` gives `5`."""

import ast
import re
from functools import lru_cache
from typing import Final

from scalequest_assets.subjects.code.cases import lines_by_call, written
from scalequest_assets.subjects.code.literals import literal
from scalequest_assets.subjects.code.signature import calls_of, read

_SAYS: Final = re.compile(
    r"[`\s]{0,3}(?:(?:should|must|will|would)[ \t](?:return|give|be|equal|yield)|returns?|gives?|is|yields?|equals?"
    r"|evaluates[ \t]to|results[ \t]in|produces|==|=>|->|\u2192|=|#|:)[ \t]{0,3}",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"`([^`\n]{1,400})`")
_PLAIN: Final = re.compile(
    r"('[^'`\n]{0,200}'|\"[^\"`\n]{0,200}\"|[^`\n]{1,400}?)"
    r"(?=[.;](?:\s|\Z)|[`\n]|\Z|,?[ \t](?:and|but|while|because)\b)"
)
_ENDS: Final = re.compile(r"\s*(?:\Z|(?!(?:or|True|False|None)\b)[A-Za-z_])")
"""What follows a comma behind a value that is no tuple: nothing, words, another call."""
_NEXT_LINE: Final = re.compile(r"[ \t]{0,8}\n[ \t]{0,40}([^\n`]{1,400}?)[ \t]{0,8}(?=\n|`|\Z)")
_FAILS: Final = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)


@lru_cache(maxsize=4096)
def stated(query: str) -> tuple[tuple[str, str], ...]:
    """Return calls of the function that a question asks for, each with the value that it states, both as written.

    A value is a literal: what is no literal ("is `even`") states nothing that can be compared.
    """
    signature = read(query)
    if signature is None:
        return ()
    found: dict[str, str] = {}
    for call in calls_of(query, signature.name):
        said, value = written(call.name, call.arguments), _value(query, call.start, call.end)
        if said is not None and value is not None:
            found[said] = value
    return tuple(found.items())


def contradicted(query: str | None, answer: str | None) -> tuple[int, list[str]]:
    """Return how many of a question's examples a program was tried on, and those that it contradicts.

    Args:
        query: The question; None states nothing.
        answer: What the program did, in the normal form of `cases`; None where nothing is known.

    Returns:
        The number, and each contradicted example as the question states it: `plus(2) == 5`.
    """
    if query is None or answer is None:
        return 0, []
    did = lines_by_call(answer)
    tried = [(call, value) for call, value in stated(query) if call in did]
    return len(tried), [f"{call} == {value}" for call, value in tried if did[call] != f"assert {call} == {value}"]


def _value(query: str, start: int, end: int) -> str | None:
    """Return the literal that a text states of the call at `start` to `end`; None where it states none."""
    if query[max(0, start - 4) : start] == ">>> " and (below := _NEXT_LINE.match(query, end)):
        return _literal(below[1])
    said = _SAYS.match(query, end)
    if said is None:
        return None
    if quoted := _QUOTED.match(query, said.end()):
        return _literal(quoted[1])
    plain = _PLAIN.match(query, said.end())
    return _of_prose(plain[1], is_assertion=query[:start].endswith("assert ")) if plain else None


def _of_prose(text: str, *, is_assertion: bool) -> str | None:
    """Return the literal that a text is, or up to a comma that words or an assertion's message follow."""
    for comma in re.finditer(",", text):
        ends = is_assertion or _ENDS.match(text, comma.end())
        if ends and (value := _literal(text[: comma.start()])) is not None:
            return value
    return _literal(text)


def _literal(text: str) -> str | None:
    try:
        return literal(ast.literal_eval(text.strip()))
    except _FAILS:
        return None
