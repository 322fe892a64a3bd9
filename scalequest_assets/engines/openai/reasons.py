"""Why a server says that it cannot, in whatever form: an error's text, its codes, and the fields it names."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_TEXTS: Final = ("message", "msg", "detail", "error", "errors", "error_description", "raw")
_CODES: Final = ("code", "type", "status", "error_type", "http_status", "status_code")
_NO_CREDIT_CODES: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance", "402"})
_NO_CREDIT: Final = re.compile(
    r"credit balance|(?:insufficient|not enough|out of|more|no) credits?\b|insufficient[ _](?:balance|quota|funds)"
    r"|payment required",
    re.IGNORECASE,
)
_FLAGGED: Final = re.compile(
    r"\b(?:input|prompt|content|text|messages?|request) (?:was|were|is|has been|have been) flagged\b", re.IGNORECASE
)
_MAX_DEPTH: Final = 6


def reason(body: Any) -> str:
    """Return an error's text: `error.message`, `message`, FastAPI's `detail` (a string, or a list), or all of it."""
    found = list(dict.fromkeys(_texts(body)))
    return "; ".join(found) or (json.dumps(body, ensure_ascii=False) if body else "no reason given")


def codes(body: Any) -> set[str]:
    """Return the codes and types in an error, as text."""
    return {str(value) for name, value in _values(body) if name in _CODES and isinstance(value, (str, int))}


def status_of(body: Any) -> int | None:
    """Return the HTTP status that an error inside of an answer names, such as `{"code": 429}`; None where it does not.

    Args:
        body: The error.
    """
    numbers = [int(code) for code in codes(body) if re.fullmatch(r"[45]\d\d", code)]
    return numbers[0] if numbers else None


def is_for_want_of_credit(body: Any) -> bool:
    """Return whether an error says that the account has to be paid first."""
    return bool(codes(body) & _NO_CREDIT_CODES) or bool(_NO_CREDIT.search(reason(body)))


def is_flagged(body: Any) -> bool:
    """Return whether an error says that moderation stopped this request's text, and not that the key may do nothing."""
    return any(name == "flagged_input" for name, _ in _values(body)) or bool(_FLAGGED.search(reason(body)))


def names_field(body: Any, field: str) -> bool:
    """Return whether an error speaks of a field of the request, as its `param`, its `loc`, or in its text."""
    said = [reason(body), *(json.dumps(value) for name, value in _values(body) if name in ("param", "loc"))]
    return any(re.search(rf"(?<![A-Za-z0-9_]){field}(?![A-Za-z0-9_])", text) for text in said)


def _texts(body: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(body, str):
        if body.strip():
            yield body.strip()
    elif depth > _MAX_DEPTH:
        return
    elif isinstance(body, list):
        for item in body:
            yield from _texts(item, depth + 1)
    elif isinstance(body, dict):
        where = body.get("loc")
        place = ".".join(map(str, where)) + ": " if isinstance(where, list) else ""
        for name in _TEXTS:
            yield from (place + text for text in _texts(body.get(name), depth + 1))
        yield from _texts({"raw": (body.get("metadata") or {}).get("raw")} if _is_wrapped(body) else None, depth + 1)


def _is_wrapped(body: dict[str, Any]) -> bool:
    """Return whether an error is another server's, handed on (OpenRouter)."""
    return isinstance(body.get("metadata"), dict) and isinstance(body["metadata"].get("raw"), str)


def _values(body: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(body, dict):
        for name, value in body.items():
            yield str(name), value
            yield from _values(value, depth + 1)
    elif isinstance(body, list):
        for value in body:
            yield from _values(value, depth + 1)
