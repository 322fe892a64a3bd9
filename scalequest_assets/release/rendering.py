"""Fills in the templates that lie in `templates/`. Whatever a template is given is data and comes out as plain text."""

import base64
import hashlib
import re
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
    if value is None:
        return NOTHING
    if not isinstance(value, str):
        return str(value)
    return _BLOCK_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", " ".join(value.split())))


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
    environment.filters["typeset"] = typeset
    return environment


def _source(template: str) -> str:
    return (files("scalequest_assets.release") / "templates" / template).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    if value is None:
        return NOTHING
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
