"""What is wrong with a profile's single fields: pydantic's errors, in words that name the key and the remedy."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from scalequest_assets.config.profile import Profile

_BOUNDS: Final = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "pattern": "matching"}
_KINDS: Final = {
    "int": "a whole number",
    "float": "a plain number, without a unit",
    "bool": "true or false",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "dict": "keys with values of their own",
    "model": "keys with values of their own",
}


class Problem(NamedTuple):
    """One thing that is wrong: the dotted key, what, and the remedy."""

    key: str
    what: str
    remedy: str


def field_problem(error: Any, document: Mapping[str, Any]) -> Problem:
    """Return what one of pydantic's errors says of a document, in our words."""
    location = [str(part) for part in error["loc"]]
    key, value = ".".join(_as_written(error["loc"], document)), error.get("input")
    match error["type"]:
        case "extra_forbidden":
            return Problem(key, "unknown key", _suggestion(location))
        case "missing":
            return Problem(key, "missing", "add it; `scalequest profile show embedded` has an example")
        case "union_tag_not_found" | "union_tag_invalid":
            expected = error.get("ctx", {}).get("expected_tags", "see the README")
            return Problem(f"{key}.kind", "missing or unknown", f"one of: {expected}")
        case "value_error":  # a rule of ours: what is wrong, then the remedy behind a colon
            what, _, remedy = str(error["ctx"]["error"]).partition(": ")
            return Problem(key or "profile", what, remedy or "change one of the two")
    return Problem(key, f"{error['msg']} (found {_short(value)})", f"the value must be: {_expected(error)}")


def _as_written(location: Sequence[str | int], document: Mapping[str, Any]) -> list[str]:
    """Return pydantic's path as the keys that the document has: without a union's tag and its mark of a wrong name."""
    keys, is_tagged = list[str](), False
    value: Any = document
    for depth, part in enumerate(location, start=1):
        is_tag = not is_tagged and depth < len(location) and mapping(value).get("kind") == part
        is_tagged = is_tag
        if is_tag or part == "[key]":
            continue
        keys.append(str(part))
        is_item = isinstance(value, list) and isinstance(part, int) and part < len(value)
        value = value[part] if is_item else mapping(value).get(str(part))
    return keys


def _expected(error: Any) -> str:
    context = error.get("ctx", {})
    if "expected" in context:
        return str(context["expected"])
    bounds = [f"{sign} {context[name]}" for name, sign in _BOUNDS.items() if name in context]
    return " ".join(bounds) or _KINDS.get(error["type"].split("_")[0], error["msg"])


def _suggestion(location: Sequence[str]) -> str:
    known = _known_keys(location[:-1])
    close = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"remove it; known here: {', '.join(known) or 'nothing'}"


def _known_keys(parents: Sequence[str]) -> list[str]:
    """Return the declared keys of the section at a path; a discriminated union's tag is part of pydantic's path."""
    sections: list[type[BaseModel]] = [Profile]
    for part in parents:
        annotations = [m.model_fields[part].annotation for m in sections if part in m.model_fields]
        found = [model for annotation in annotations for model in _models_in(annotation)]
        tagged = [m for m in (found or sections) if part in _tags(m)]
        sections = tagged or found or sections
    return sorted({name for section in sections for name in section.model_fields})


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models_in(argument)]


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    kind = model.model_fields.get("kind")
    return tuple(getattr(kind.annotation, "__args__", ())) if kind else ()


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def mapping(value: Any) -> Mapping[str, Any]:
    """Return what may be a section as one, its keys as text: without keys where it is anything else."""
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}
