"""Fills in the templates that lie in `templates/`. Whatever a template is given is data and comes out as plain text."""

import base64
import hashlib
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from scalequest_assets.release.typesetting import typeset, visible

if TYPE_CHECKING:
    from jinja2 import Environment

NOTHING = "–"
_SPECIAL = re.compile(r"[\\`*\[\]<>#|~&$]|(?<![^\W_])_|_(?![^\W_])")
_BLOCK_START = re.compile(r"^(\d*)([-+.)])(?=[\s-]|$)")
_UNDERLINE = re.compile(r"^=")
_FENCE = re.compile(r"`{3,}")
_TURNS_TEXT = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of the text after them."""
_WHOLE_FROM, _SMALL = 1_000, 1e-4


class Block(str):
    """Markdown that was made of data here, and is plain text already."""

    __slots__ = ()


def render(template: str, **values: Any) -> str:
    """Return a template's text with values filled in.

    Args:
        template: Name of a file in `templates/`. In `*.html.j2` values are escaped as HTML, control characters made
            visible, and `typeset` is a filter; in `*.md.j2` they are escaped as Markdown.
        values: What the template names, and no less.

    Raises:
        jinja2.UndefinedError: The template names something that is not given.
    """
    return _environment(is_html=template.endswith(".html.j2")).get_template(template).render(values)


def inert(value: object) -> str:
    """Return a value as one line of Markdown that reads as it is: no markup, no cell's end, no block's start."""
    if isinstance(value, Block):
        return value
    if value is None:
        return NOTHING
    if not isinstance(value, str):
        return str(value)
    line = "".join(c for c in " ".join(value.split()) if _is_text(c))
    return _BLOCK_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", line))


def quoted(text: str, max_chars: int) -> Block:
    """Return a text of several lines as a block quote that reads as it is, cut where it is long."""
    lines = [_UNDERLINE.sub(r"\\=", inert(line)) for line in _lines(shortened(text, max_chars))]
    ends = ["\\" if line and following else "" for line, following in zip(lines, [*lines[1:], ""], strict=True)]
    return Block("\n".join(f"> {line}{end}".rstrip() for line, end in zip(lines, ends, strict=True)))


def fenced(text: str, max_chars: int) -> Block:
    """Return a text of several lines as a code block that nothing in it can end, cut where it is long."""
    lines = _lines(shortened(text, max_chars))
    fence = "`" * max(3, *(len(run) + 1 for run in _FENCE.findall(text)), 3)
    return Block("\n".join([f"{fence}text", *lines, fence]))


def percent(share: float | None) -> str | None:
    """Return a share in [0, 1] as percent with one decimal."""
    return None if share is None else f"{share:.1%}"


def number(value: float | int | None) -> str | None:
    """Return a number for a table: whole ones with separators, others with three significant digits."""
    if value is None:
        return None
    if abs(value) >= _WHOLE_FROM or value == int(value):
        return f"{round(value):,}"
    return f"{value:.3g}" if abs(value) >= _SMALL else f"{value:.1e}"


def shortened(text: str, max_chars: int) -> str:
    """Return a text, or its beginning with how much is left out."""
    return text if len(text) <= max_chars else f"{text[:max_chars]} … ({len(text) - max_chars:,} more characters)"


def _lines(text: str) -> list[str]:
    """Return the lines of a text without characters that are no text."""
    return ["".join(c for c in line if c == "\t" or _is_text(c)) for line in text.strip().splitlines()]


def _is_text(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs") and char not in _TURNS_TEXT


def embedded(name: str) -> tuple[Markup, str]:
    """Return a file of `templates/` as it stands inside a page, and the source by which a policy allows it.

    The source is that of a Content-Security-Policy: the text's hash, so that no other style or script is allowed.
    """
    text = _source(name)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"'sha256-{digest}'"  # noqa: S704 - a file of ours


@cache
def _environment(*, is_html: bool) -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # slow to import, and few commands render

    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=is_html,  # noqa: S701 - finalize escapes what goes into Markdown
        finalize=_shown if is_html else inert,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"percent": percent, "number": number}
    environment.filters |= {} if is_html else {"quoted": quoted, "fenced": fenced}
    environment.filters["typeset"] = typeset
    return environment


def _source(template: str) -> str:
    return (files("scalequest_assets.release") / "templates" / template).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    if value is None:
        return NOTHING
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
