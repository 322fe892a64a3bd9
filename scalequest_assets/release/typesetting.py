r"""Mathematics in texts, typeset as MathML: a page that shows it needs no script and no font.

What a model wrote is TeX by accident and hostile by assumption. latex2mathml reads it into a tree of elements, of which
only known ones with known attributes are written, every text escaped: the library's own text form escapes nothing.
Where a formula cannot be read whole, it stays as its source text. See decision 31.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_FORMULA_CHARS: Final = 3_000
MAX_DEPTH: Final = 100
"""Levels of elements. A browser flattens what is nested deeper than some hundreds."""

_DEFINES = re.compile(r"\\(?:[egx]?def|let|(?:re)?new\w+|provide\w+|DeclareMathOperator)\b")
"""What could make a short formula long."""
_RENAMED = re.compile(
    r"(\\(?:begin|end)\{)(?:alignedat|aligned|alignat|equation|flalign|gathered|gather|multline|split)\*?\}"
)
"""Environments that the library does not have: lines of them are aligned as those of `align*`."""
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

_ELEMENTS = frozenset((
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msup", "msub", "msubsup", "munder",
    "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom", "mstyle", "menclose", "mmultiscripts",
    "mprescripts",
))  # fmt: skip
_ATTRIBUTES = frozenset((
    "accent", "accentunder", "depth", "display", "displaystyle", "fence", "form", "height", "linethickness", "lspace",
    "maxsize", "minsize", "movablelimits", "notation", "rspace", "scriptlevel", "separator", "stretchy", "symmetric",
    "voffset", "width",
))  # fmt: skip
_UNSEEN = frozenset(("xmlns", "columnlines", "rowlines", "columnspacing", "rowspacing"))
"""Attributes that no browser reads."""
_CLASSES = frozenset(("columnalign", "mathvariant"))
"""Attributes that browsers no longer read: they become classes, which the page's style knows."""
_VALUE = re.compile(r"[A-Za-z0-9.%+-]{1,24}")
_VARIANT = re.compile(r"[a-z]{1,12}")
_CHARACTER = re.compile(r"&#x([0-9A-F]{4,6});")
_UNREAD = re.compile(r"\\|^[&{}]$")
"""A text of the tree that shows that something was not understood: a command, or a sign that should not be left."""
_OPERATORS = frozenset("±∓⌊⌋⌈⌉⟨⟩∥")
"""Signs that the library takes for names."""
_NAMES_OF_THINGS = frozenset("∞∅∂∇°")
"""Signs that it takes for operators."""
_FUNCTION = re.compile(r"[A-Za-z]{2,}")
_SPACED = Markup(' lspace="0.167em" rspace="0.167em"')
_BELOW = frozenset(("lim", "max", "min", "sup", "inf"))


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
    """Return a formula as MathML; None where it is too long, cannot be read whole, or gives what is not known here."""
    from latex2mathml.converter import convert_to_element

    if len(tex) > MAX_FORMULA_CHARS or _DEFINES.search(tex) or _HIDDEN.search(tex):
        return None
    readable = _RENAMED.sub(r"\1align*}", tex)
    try:
        tree = convert_to_element(readable, display="block" if is_display else "inline")
    except Exception:  # whatever a library raises of what a model wrote (a dozen classes, and some slips): not readable
        return None
    try:
        return Markup("").join(_written(tree))
    except _UnknownMarkupError:
        return None


class _UnknownMarkupError(Exception):
    """The tree has what is not known here."""


def _written(tree: "Element") -> Iterator[Markup]:
    """Yield the tree as text, by a stack of its own: it may be deep.

    Raises:
        _UnknownMarkupError: It has an element, an attribute or a text that is not known, or is too deep.
    """
    todo: list[tuple[Element, int] | Markup] = [(tree, 1)]
    while todo:
        match todo.pop():
            case Markup() as end:
                yield end
            case element, depth:
                text = _text(element.text or "")
                tag = _tag(element, text)
                if tag not in _ELEMENTS or depth > MAX_DEPTH or element.tail:
                    raise _UnknownMarkupError(tag)
                yield Markup(f"<{tag}{_attributes(element, tag, text)}>")  # noqa: S704 - all of it is known
                yield escape(text)
                todo.append(Markup(f"</{tag}>"))  # noqa: S704 - known
                todo += [(child, depth + 1) for child in reversed(element)]


def _tag(element: "Element", text: str) -> str:
    """Return an element's name, corrected: operators are no names, and limits stand below."""
    if element.tag == "mi" and (text in _OPERATORS or _FUNCTION.fullmatch(text)):
        return "mo"
    if element.tag == "mo" and text in _NAMES_OF_THINGS:
        return "mi"
    if element.tag == "msub" and len(element) and element[0].text in _BELOW:
        return "munder"
    return element.tag


def _attributes(element: "Element", tag: str, text: str) -> Markup:
    classes, kept = [], Markup("")
    known: Mapping[str, str] = element.attrib
    for name, value in known.items():
        if name in _CLASSES and _VARIANT.fullmatch(value):
            classes.append(value)
        elif name in _ATTRIBUTES and _VALUE.fullmatch(value):
            kept += Markup(' {}="{}"').format(name, value)
        elif name not in _UNSEEN:
            raise _UnknownMarkupError(name)
    if tag == "mo" and _FUNCTION.fullmatch(text):
        kept += _SPACED + (Markup(' movablelimits="true"') if text in _BELOW else "")
    return kept + (Markup(' class="{}"').format(" ".join(classes)) if classes else "")


def _text(text: str) -> str:
    """Return an element's text; the library writes signs as numbers, and spaces as those that do not break."""
    if _UNREAD.search(text):
        raise _UnknownMarkupError(text)
    if sign := _CHARACTER.fullmatch(text):
        return visible(chr(int(sign[1], 16)))
    return text.replace("&#x000A0;", "\u00a0")
