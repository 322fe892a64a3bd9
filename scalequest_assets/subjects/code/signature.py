"""What a question says of the function that it asks for: its name, its parameters, calls that it shows."""

import ast
import builtins
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

_MAX_SCANNED: Final = 6000
_MAX_ARGUMENTS: Final = 400
_MAX_EXAMPLES: Final = 4
_OPENS: Final = re.compile(r"([A-Za-z_]\w{0,60})\(")
_LEAD: Final = re.compile(
    r"(?:`|\bdef[ \t]|\b(?:function|method|named|called|implement|define|write|complete)[ \t]{1,3}`?)\Z", re.IGNORECASE
)
_VERBS: Final = "write|implement|define|create|complete|build|develop|design|make|code|provide"
_ASKS: Final = re.compile(
    rf"(?<!\bwe[ \t])\b(?:{_VERBS})[ \t]{{1,3}}(?:(?:(?!us(?:es?|ing)\b|with)[\w'-]{{1,20}}[ \t]{{1,3}}){{0,5}}"
    r"(?:function|method|named|called|signature):?[ \t]{0,3})?[`*\"]{0,3}\Z",
    re.IGNORECASE,
)
"""What stands before the function that a question asks for, and seldom before others that it speaks of."""
_MAX_ASKING: Final = 100
_BUILTINS: Final = frozenset(dir(builtins))
_FAILS: Final = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)


class Signature(NamedTuple):
    """A function as a question names it.

    Attributes:
        name: Its name.
        annotations: Of each parameter, as written; None where there is none.
        examples: Arguments of the calls that the question shows.
    """

    name: str
    annotations: tuple[str | None, ...]
    examples: tuple[tuple[Any, ...], ...]


class Call(NamedTuple):
    """A call with literals, as a text shows it.

    Attributes:
        name: The function's.
        arguments: Its arguments.
        start: Where it begins in the text.
        end: Where it ends: behind its bracket.
    """

    name: str
    arguments: tuple[Any, ...]
    start: int
    end: int


@lru_cache(maxsize=4096)
def read(query: str) -> Signature | None:
    """Return the function that a question asks for; None where it names none with its arguments.

    It is one that is written with its parameters: behind "write a function" and the like; else behind `def`; else in
    backquotes or behind a word such as "function", of Python's own only where there is no other. Of several, it is the
    first. Where there is none, it is the function of the first call with literals.
    """
    text = query[:_MAX_SCANNED]
    declared = min(_declared(text), key=lambda found: found[0], default=None)
    called = next(_calls(text, None), None)
    if declared is None and called is None:
        return None
    if declared is not None:
        _, name, annotations = declared
    elif called is not None:
        name, annotations = called.name, (None,) * len(called.arguments)
    examples = [call.arguments for call in _calls(text, name)]
    fitting = dict.fromkeys(repr(one) for one in examples if len(one) == len(annotations))
    shown = tuple(next(one for one in examples if repr(one) == key) for key in list(fitting)[:_MAX_EXAMPLES])
    return Signature(name, annotations, shown)


def _declared(text: str) -> Iterator[tuple[int, str, tuple[str | None, ...]]]:
    """Yield what is written as a declaration: how little it is asked for (0 to 3), name and annotations."""
    for match in _OPENS.finditer(text):
        end = _closing(text, match.end())
        if end is None or not _LEAD.search(text[max(0, match.start() - 24) : match.start()]):
            continue
        try:
            tree = ast.parse(f"def {match[1]}({text[match.end() : end]}): pass").body[0]
        except _FAILS:
            continue
        if isinstance(tree, ast.FunctionDef) and tree.args.args and not tree.args.vararg:
            required = len(tree.args.args) - len(tree.args.defaults)
            parameters = tree.args.args[: max(required, 1)]
            annotations = tuple(ast.unparse(one.annotation) if one.annotation else None for one in parameters)
            yield _rank(text[max(0, match.start() - _MAX_ASKING) : match.start()], match[1]), match[1], annotations


def _rank(before: str, name: str) -> int:
    """Return how little a text asks for the function that stands behind it."""
    if _ASKS.search(before):
        return 0
    if before.endswith(("def ", "def\t")):
        return 1
    return 3 if name in _BUILTINS else 2


def calls_of(text: str, name: str) -> list[Call]:
    """Return the calls of a function with literals that a text shows, in order."""
    return list(_calls(text[:_MAX_SCANNED], name))


def _calls(text: str, name: str | None) -> Iterator[Call]:
    """Yield calls with literals, of one function or of any."""
    for match in _OPENS.finditer(text):
        end = _closing(text, match.end()) if name is None or match[1] == name else None
        if end is None:
            continue
        try:
            node = ast.parse(f"f({text[match.end() : end]})", mode="eval").body
            assert isinstance(node, ast.Call)
            arguments = tuple(ast.literal_eval(one) for one in node.args)
        except _FAILS:
            continue
        if arguments and not node.keywords:
            yield Call(match[1], arguments, match.start(), end + 1)


def _closing(text: str, start: int) -> int | None:
    """Return where the bracket closes that opened before `start`; brackets in quotes do not count."""
    depth, quote = 1, ""
    for place in range(start, min(len(text), start + _MAX_ARGUMENTS)):
        sign = text[place]
        if quote:
            quote = "" if sign == quote and text[place - 1] != "\\" else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if not depth:
                return place
    return None
