r"""What sets two problems apart whose texts resemble each other: their numbers and their operators.

Both are read from the raw text, in its order, since the normal form has no operators (`x+3=5` and `x-3=5` are one
there). Two texts are the same problem only if both sequences are equal, and if no decisive word stands in another's
place (`decisive_words`).
"""

# ruff: noqa: RUF001, RUF002  (the look-alike signs are what this module is about)
import polars as pl

from scalequest_assets.recipe.blocks import by_blocks
from scalequest_assets.subjects.maths.normalization import plain, spell_digits

_SIGNS = {
    "*": (r"\*", "×", "⋅", "·", r"\\times\b", r"\\cdot\b", r"\\ast\b"),
    "/": ("/", "÷", "⁄", "∕", r"\\div\b", r"\\[dt]?frac(?:\b|[0-9])"),
    "-": ("-", "−", "–"),
    "+": (r"\+",),
    "^": (r"\^", r"\*\*"),
    "<=": ("<=", "≤", "⩽", r"\\leq?\b", r"\\leqslant\b"),
    ">=": (">=", "≥", "⩾", r"\\geq?\b", r"\\geqslant\b"),
    "!=": ("!=", "≠", r"\\neq?\b"),
    "<": ("<", r"\\lt\b"),
    ">": (">", r"\\gt\b"),
    "=": ("=",),
    "%": ("%", r"\bpercent\b"),
    "√": ("√", r"\\sqrt\b"),
    "∑": ("∑", r"\\sum\b"),
    "∏": ("∏", r"\\prod\b"),
    "∫": ("∫", r"\\int\b"),
}
"""How each operator is written, as regular expressions on lower-case text."""
_RELATION_WORDS = (
    r"\\?\b(?:sin|cos|tan|cot|sec|csc|arcsin|arccos|arctan|log|ln|lim|max|min|maximum|minimum|more|less|fewer|greater|"
    r"smaller|larger|half|quarter|twice|thrice|double|triple|sum|difference|product|quotient|even|odd|before|after)\b"
)
_OPERATOR = "|".join(
    [*sorted((way for ways in _SIGNS.values() for way in ways), key=len, reverse=True), _RELATION_WORDS, r"\p{Sm}"]
)
_HYPHEN = r"([a-z]{2}|\d)[-–](?P<next>[a-z]{2})|([a-z]{2}) [-–] (?P<then>[a-z]{2})"


def marks(texts: pl.Series) -> pl.Series:
    """Return each text's numbers and operators as one string: equal for two texts that are the same problem."""
    return by_blocks(_marks, texts)


def numbers(texts: pl.Series) -> pl.Series:
    """Return each text's numbers in order, as list[str]: `['3', '0.5']` for `Three times 0.50`; null has none."""
    return _numbers(plain(texts))


def operators(texts: pl.Series) -> pl.Series:
    r"""Return each text's operators and relations in order, as list[str], one name for each: `×`, `\cdot` are `*`.

    Counted as operators: arithmetic and comparison signs, every Unicode maths symbol, named functions, and the words
    that turn a problem round (more, less, twice, half, sum, product, ...). A hyphen inside prose is none.
    """
    return _operators(plain(texts))


def _marks(texts: pl.Series) -> pl.Series:
    text = plain(texts)
    return _numbers(text).list.join(" ") + "|" + _operators(text).list.join(" ")


def _numbers(text: pl.Series) -> pl.Series:
    found = spell_digits(text).str.extract_all(r"\d+(?:\.\d+)?|\.\d+")
    number = pl.element().str.replace(r"^\.", "0.").str.replace(r"^0+(\d)", "$1")
    return _renamed(found, number.str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix("."))


def _operators(text: pl.Series) -> pl.Series:
    has_hyphen = text.str.contains("[-–]")  # as most do not: a pattern with groups takes as long as all others together
    prose = text.clone().scatter(
        has_hyphen.arg_true(), text.filter(has_hyphen).str.replace_all(_HYPHEN, "$1$3 $next$then")
    )
    prose = prose.str.replace_all(r"\B\*\*|\*\*\B", " ")
    name = pl.element()
    for sign, ways in _SIGNS.items():
        name = name.str.replace(f"^(?:{'|'.join(ways)})$", sign)
    return _renamed(prose.str.extract_all(_OPERATOR), name.str.strip_chars_start("\\"))


def _renamed(found: pl.Series, name: pl.Expr) -> pl.Series:
    """Return the lists with each element renamed: each distinct one once, since there are few."""
    distinct = found.explode().unique().drop_nulls()
    names = distinct.implode().list.eval(name).explode()
    return found.list.eval(pl.element().replace_strict(distinct, names, return_dtype=pl.String))
