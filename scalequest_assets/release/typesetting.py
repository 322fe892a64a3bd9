r"""Mathematics in texts, typeset as MathML: a page that shows it needs no script and no font.

What a model wrote is TeX by accident and hostile by assumption. A formula that cannot be read stays as its source text,
and of what the library makes of it only known elements with known attributes pass. See decision 31.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import ParseError, XMLParser

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from math_core import LatexToMathML

MAX_FORMULA_CHARS: Final = 3_000
MAX_OPENERS: Final = 500
"""Characters of a formula that may open a level. The library descends by recursion and ends the process where the stack
does: a level takes 1.6 kB of it at most (measured), so that 1 MB is enough."""
MAX_DEPTH: Final = 100
"""Levels of elements. A browser flattens what is nested deeper than some hundreds."""

_OPENERS = re.compile(r"[\\{\[^_]")
_ENVIRONMENTS = r"(?:align|aligned|alignat|array|cases|equation|gather|gathered|multline|split|[bpvBV]?matrix)"
_PLACES = re.compile(
    rf"""
    [ \t]*\n?[ \t]*(?:
        \$\$(?P<dollars>(?:[^$\\]|\\.){{1,{MAX_FORMULA_CHARS}}})\$\$
      | \\\[(?P<brackets>.{{1,{MAX_FORMULA_CHARS}}}?)\\\]
      | (?P<environment>\\begin\{{(?P<name>{_ENVIRONMENTS}\*?)\}}.{{1,{MAX_FORMULA_CHARS}}}?\\end\{{(?P=name)\}})
    )[ \t]*\n?
    | \\\((?P<parentheses>.{{1,{MAX_FORMULA_CHARS}}}?)\\\)
    | (?<![\\$])\$(?![\s$])(?P<dollar>(?:[^$\\\n]|\\.){{1,{MAX_FORMULA_CHARS}}})(?<![\s=+*/(<-])\$(?![\d$])
    | (?P<box>\\boxed\{{(?:[^{{}}]|\{{[^{{}}]{{0,200}}\}}){{1,200}}\}})
    """,
    re.VERBOSE | re.DOTALL,
)
_NAMES = ("dollars", "brackets", "environment", "parentheses", "dollar", "box")
_DISPLAYED = frozenset(_NAMES[:3])
_NOTATION = re.compile(
    r"\\(?:text\w*|mathrm|mathsf|operatorname|mbox)\*?\s*\{[^{}]*\}|\\(?:begin|end)\{\w+\*?\}|\\[A-Za-z]+"
)
_WORD = re.compile(r"[a-z]{4}")

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)

_MACROS = {
    **dict.fromkeys(("dotsm", "dotsb", "dotsi"), r"\cdots"),
    **dict.fromkeys(("mbox", "emph", "textit", "textbf", "textnormal"), r"\text{#1}"),
}
"""Commands that the library does not have, each as one that it has."""

_ELEMENTS = frozenset((
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msup", "msub", "msubsup", "munder",
    "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom", "mstyle", "menclose", "mmultiscripts",
    "mprescripts",
))  # fmt: skip
_ATTRIBUTES = frozenset((
    "accent", "accentunder", "depth", "display", "displaystyle", "fence", "form", "height", "linethickness", "lspace",
    "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width",
))  # fmt: skip
_VALUE = re.compile(r"[A-Za-z0-9.%+-]{1,24}")
_ALIGNED = re.compile(r"text-align: (left|right)")
_STRUCK = re.compile(r"menclose-[a-z]{1,24}")


def visible(text: str) -> str:
    """Return a text whose control characters, and those that turn its direction, can be seen: `[U+202E]`."""
    return _HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def typeset(text: str | None) -> Markup:
    r"""Return a text as HTML: formulas in `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, environments and boxes as MathML.

    All else, and each formula that cannot be read, is its source text, escaped. Sums of money are no formulas.
    """
    return Markup("").join(_pieces(text or ""))


def _pieces(text: str) -> Iterator[Markup]:
    end = 0
    for found in _PLACES.finditer(text):
        name = next(name for name in _NAMES if found[name] is not None)
        formula = _formula(found[name], name)
        if formula is not None:
            yield escape(visible(text[end : found.start()]))
            yield formula
            end = found.end()
    yield escape(visible(text[end:]))


def _formula(tex: str, name: str) -> Markup | None:
    return None if name == "dollar" and _is_prose(tex) else mathml(tex, is_display=name in _DISPLAYED)


def _is_prose(tex: str) -> bool:
    """Return whether a text has words outside of commands: two prices with a sentence between them, and no formula."""
    return _WORD.search(_NOTATION.sub(" ", tex)) is not None


@lru_cache(maxsize=4096)
def mathml(tex: str, *, is_display: bool) -> Markup | None:
    """Return a formula as MathML; None where it is too long, cannot be read, or gives what is not known here."""
    from math_core import LatexError

    if len(tex) > MAX_FORMULA_CHARS or len(_OPENERS.findall(tex)) > MAX_OPENERS or _HIDDEN.search(tex):
        return None
    try:
        written = _converter().convert_with_local_state(tex, displaystyle=is_display)
        return _known(written)
    except (LatexError, ParseError, _UnknownMarkupError):
        return None


@cache
def _converter() -> "LatexToMathML":
    from math_core import LatexToMathML

    return LatexToMathML(macros=_MACROS, fancy_error=False, max_expansions=100)


def _known(markup: str) -> Markup:
    """Return MathML written again from what is known in it.

    Raises:
        ParseError: It is not well formed.
        _UnknownMarkupError: It has an element or an attribute that is not known, or is nested too deep.
    """
    writer = _Writer()
    parser = XMLParser(target=writer)  # noqa: S314 - as above
    parser.feed(markup.replace("&ApplyFunction;", "\u2061"))
    parser.close()
    return writer.close()


class _UnknownMarkupError(Exception):
    """The library wrote what is not known here."""


class _Writer:
    """Writes elements as they come."""

    def __init__(self) -> None:
        self._parts: list[Markup] = []
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if tag not in _ELEMENTS or (tag == "math") != (self._depth == 1) or self._depth > MAX_DEPTH:
            raise _UnknownMarkupError(tag)
        self._parts.append(Markup(f"<{tag}{''.join(map(_attribute, attributes.items()))}>"))  # noqa: S704 - names known

    def data(self, text: str) -> None:
        self._parts.append(escape(text))

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._parts.append(Markup(f"</{tag}>"))  # noqa: S704 - a name of ours

    def close(self) -> Markup:
        return Markup("").join(self._parts)


def _attribute(item: tuple[str, str]) -> str:
    """Return an attribute to write; styles become classes, since the page forbids those that stand in its body."""
    name, value = item
    if name == "style":
        aligned = _ALIGNED.search(value)
        return f' class="{aligned[1]}"' if aligned else ""
    if name == "class" and _STRUCK.fullmatch(value):
        return f' class="{value}"'
    if name not in _ATTRIBUTES or not _VALUE.fullmatch(value):
        raise _UnknownMarkupError(name)
    return f' {name}="{value}"'
