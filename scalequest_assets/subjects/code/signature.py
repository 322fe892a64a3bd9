"""What a question says of the function that it asks for: its name, its parameters, calls that it shows."""

import ast
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

    It is the first that is written with its parameters, behind `def`, in backquotes or behind a word such as
    "function"; else that of the first call with literals.
    """
    text = query[:_MAX_SCANNED]
    declared, called = next(_declared(text), None), next(_calls(text, None), None)
    if declared is None and called is None:
        return None
    if declared is not None:
        name, annotations = declared
    elif called is not None:
        name, annotations = called.name, (None,) * len(called.arguments)
    examples = [call.arguments for call in _calls(text, name)]
    fitting = dict.fromkeys(repr(one) for one in examples if len(one) == len(annotations))
    shown = tuple(next(one for one in examples if repr(one) == key) for key in list(fitting)[:_MAX_EXAMPLES])
    return Signature(name, annotations, shown)


def _declared(text: str) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Yield name and annotations of what is written as a declaration."""
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
            yield match[1], tuple(ast.unparse(one.annotation) if one.annotation else None for one in parameters)


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
