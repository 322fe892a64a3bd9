"""Columns of records by name or path, as text: `question`, `prompt[0].content`, several as one: `body + question`."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

_PATH: Final = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[-?[0-9]{1,6}\])*")
_STEP: Final = re.compile(r"[^.\[\]]+")
_PLACE: Final = re.compile(r"-?[0-9]{1,6}")
_JOINED: Final = " + "
_SHOWN_PATHS: Final = 6


class MissingColumnError(ValueError):
    """A record that has no such column."""


def roots(path: str) -> list[str]:
    """Return the columns in which the paths of a text begin."""
    return [re.split(r"[.\[]", part, maxsplit=1)[0] for part in path.split(_JOINED)]


def text_at(record: Mapping[str, Any], path: str) -> str | None:
    """Return the text at a path; a number or boolean becomes the text that JSON has for it.

    Args:
        record: Column to value, as JSON or Polars have it.
        path: A column's name as it is, else a name with keys (`.key`) and places in lists (`[0]`, `[-1]`, also `.0`)
            behind it. On the way, text that is JSON is read as what it says. Several with ` + ` between them are
            read as one text, a space between each two.

    Returns:
        None for null, NaN, an empty list, and a place that a list does not have; of several, where all are None.

    Raises:
        MissingColumnError: The record has no such column or key.
        ValueError: The value is a list, a struct or bytes, or the path does not fit it.
    """
    parts = [path] if path in record else path.split(_JOINED)
    texts = [text for part in parts if (text := _text(_value_at(record, part), part)) is not None]
    return " ".join(texts) if texts else None


def _value_at(record: Mapping[str, Any], path: str) -> Any:
    if path in record:
        return record[path]
    value: Any = record
    for step in _steps(path):
        value = _decoded(value) if isinstance(value, str) else value
        if value is None:
            return None
        if isinstance(value, list) and step.place is not None:
            if not -len(value) <= step.place < len(value):
                return None
            value = value[step.place]
        elif isinstance(value, dict) and step.key is not None:
            if step.key not in value:
                raise MissingColumnError(path)
            value = value[step.key]
        else:
            what = f"column {step.before!r} is {_kind(value)}, which has no {step.rest!r}"
            raise ValueError(what + _inside(value, step.before))
    return value


class _Step(NamedTuple):
    """A key, a place in a list, or either (`.0`), with the path before it and from it on."""

    key: str | None
    place: int | None
    before: str
    rest: str


@lru_cache(maxsize=64)
def _steps(path: str) -> tuple[_Step, ...]:
    if not _PATH.fullmatch(path):
        raise MissingColumnError(path)
    steps = []
    for found in _STEP.finditer(path):
        start, name = max(found.start() - 1, 0), found[0]
        place = int(name) if _PLACE.fullmatch(name) else None
        steps.append(_Step(None if path[start] == "[" else name, place, path[:start], path[start:]))
    return tuple(steps)


def _decoded(text: str) -> Any:
    """Return what a text of JSON says: some data sets keep structs as text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _text(value: Any, path: str) -> str | None:
    match value:
        case None | []:
            return None
        case str():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                half = value[error.start]
                raise ValueError(f"column {path!r} has {half!r} alone, which is half of a character") from None
            return value
        case bool() | int():
            return json.dumps(value)
        case float():
            return repr(value) if math.isfinite(value) else None
        case list() | dict() | bytes():
            raise ValueError(f"column {path!r} is {_kind(value)}, not text{_inside(value, path)}")
    return str(value)


def _kind(value: Any) -> str:
    match value:
        case str():
            return "text"
        case bytes():
            return "bytes"
        case list():
            return "a list"
        case dict():
            return "a set of keys"
    return "a number"


def _inside(value: Any, path: str) -> str:
    """Return the paths of what a value holds, for people."""
    paths = list(_leaves(value, path, depth=4))
    return f"; it has {', '.join(map(repr, paths[:_SHOWN_PATHS]))}" if paths else ""


def _leaves(value: Any, path: str, depth: int) -> Iterator[str]:
    inner: Sequence[tuple[str, Any]] = ()
    if isinstance(value, dict):
        inner = [(f"{path}.{key}", item) for key, item in value.items()]
    elif isinstance(value, list):
        inner = [(f"{path}[{place}]", item) for place, item in enumerate(value[:2])]
    for name, item in inner:
        if isinstance(item, list | dict) and depth:
            yield from _leaves(item, name, depth - 1)
        else:
            yield name
