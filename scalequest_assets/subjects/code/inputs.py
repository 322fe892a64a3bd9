"""Inputs on which answers to a question are compared: those that it shows, and others like them.

They stay near what the question shows: no negative number, no empty list, no capital letter where none is shown, so
that right programs seldom differ on what the question does not speak of; and they have the form of the examples
(`drawn`). Texts, and those of a list, have the signs that it names (`{`): without a bracket in them, no two programs
about brackets differ. They follow from the question alone.
"""

import ast
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from scalequest_assets.subjects.code.cases import Calls
from scalequest_assets.subjects.code.drawn import like, of_one_length
from scalequest_assets.subjects.code.literals import literal
from scalequest_assets.subjects.code.signature import Signature, read

NUM_INPUTS: Final = 8
_ATTEMPTS: Final = 64
_QUOTED: Final = re.compile(
    r"""`([^`\n]*)`|(?<!\w)'([^'\n]*)'(?!\w)|(?<!\w)"([^"\n]*)"(?!\w)|(?<=\s)([()\[\]{}])(?=[\s,.:;])"""
)
"""What a question quotes, and a bracket by itself."""
_KINDS: Final[dict[str, list[Any]]] = {
    "int": [5, 2, 9],
    "float": [4.0, 1.5],
    "str": ["banana", "hello", "a test"],
    "bool": [True, False],
    "None": [None],
    "Any": [3, 7],
}
"""Values of a type, in no order: a list of them shows none."""
_COLLECTIONS: Final = {"list": list, "Sequence": list, "Iterable": list, "set": set, "frozenset": set}


@lru_cache(maxsize=4096)
def calls_of(query: str) -> Calls | None:
    """Return the calls on which answers to a question are compared; None where it does not say what to call."""
    signature = read(query)
    if signature is None:
        return None
    shown = [_shown(signature, place) for place in range(len(signature.annotations))]
    rng, seen = random.Random(repr(signature)), set("".join(_texts(signature.examples)))
    named = [sign for sign in _named(query) if sign not in seen]  # what is shown is drawn from there
    found = {repr(one): one for one in signature.examples}
    for _ in range(_ATTEMPTS if all(shown) else 0):
        if len(found) >= NUM_INPUTS:
            break
        drawn = of_one_length([_with(named, like(values, rng), rng) for values in shown], signature.examples)
        if all(literal(value) is not None for value in drawn):
            found.setdefault(repr(drawn), drawn)
    return Calls(signature.name, tuple(found.values())) if found else None


def _named(query: str) -> list[str]:
    """Return the signs that a question names, in order, each once: what it quotes and is neither letter nor digit."""
    quoted = (match[match.lastindex or 0] for match in _QUOTED.finditer(query))
    return list(dict.fromkeys(text for text in quoted if len(text) == 1 and not (text.isalnum() or text.isspace())))


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value of examples."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Iterable):
        for item in (*value, *value.values()) if isinstance(value, Mapping) else value:
            yield from _texts(item)


def _with(named: Sequence[str], value: Any, rng: random.Random) -> Any:
    """Return a text with a named sign in about every second place; also each of a list."""
    if not named:
        return value
    if isinstance(value, str):
        return "".join(rng.choice(named) if rng.random() < 0.5 else character for character in value)
    return [_with(named, item, rng) for item in value] if isinstance(value, list) else value


def _shown(signature: Signature, place: int) -> list[Any]:
    """Return values of a parameter: of the examples, and where there are few, of its annotation."""
    values = [one[place] for one in signature.examples]
    annotation = signature.annotations[place]
    are_empty = not any(repr(value).strip(" '[](){}") for value in values)
    if annotation is None or not are_empty:
        return values
    try:
        kinds = _of_annotation(ast.parse(annotation, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return values
    return [*values, *kinds]


def _of_annotation(node: ast.expr) -> list[Any]:
    """Return values of a type; none where it is not known."""
    match node:
        case ast.Name(id=name) if name in _KINDS:
            return _KINDS[name]
        case ast.Constant(value=None):
            return [None]
        case ast.Name(id=name) if name.lower() in _COLLECTIONS:
            return [_COLLECTIONS[name.lower()]([2, 5, 9, 4])]
        case ast.Name(id="dict" | "Dict"):
            return [{"a": 2, "b": 5}]
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return _of_annotation(inner)
        case ast.BinOp(left=left, op=ast.BitOr()):
            return _of_annotation(left)
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            return _of_parts(name, inner)
    return []


def _of_parts(name: str, inner: ast.expr) -> list[Any]:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name in ("tuple", "Tuple"):
        is_open = len(parts) == 2 and isinstance(parts[1], ast.Constant)
        values = [_of_annotation(part) for part in (parts[:1] * 3 if is_open else parts)]
        return [tuple(value[0] for value in values), tuple(value[-1] for value in values)] if all(values) else []
    if name in ("dict", "Dict") and len(parts) == 2:
        keys, values = _of_annotation(parts[0]), _of_annotation(parts[1])
        return [dict(zip(keys, values * 3, strict=False))] if keys and values else []
    kind = _COLLECTIONS.get(name) or _COLLECTIONS.get(name.lower())
    items = _of_annotation(parts[0])
    return [kind(items), kind(items[1:])] if kind and items else []
