r"""A problem as a sequence of tokens: its mathematics with its grouping, and the words that decide what is asked.

Two texts are the same problem only if their sequences are equal (`decisive_words` says which words are one, and
`names` when people merely have other names). Everything else makes a variant, so that no list of contraries is needed.

A token is a number, a sign, a bracket, or a word; LaTeX and Unicode have one name for each (`\times` and `\cdot` are
`*`). Braces that group are tokens as well, but not around one token: `x^{2}` is `x^2`, `2^{3^2}` is not `{2^3}^2`.
"""

from collections.abc import Callable

import numpy as np
import polars as pl
import pyarrow as pa

from scalequest_assets.recipe.blocks import Ints, arrow_array
from scalequest_assets.subjects.maths.decisive_words import PHRASES, meaning
from scalequest_assets.subjects.maths.languages.spelling import Spelling
from scalequest_assets.subjects.maths.normalization import plain, spell_digits, undress
from scalequest_assets.subjects.maths.signs import CROSS, NAMES, SIGNS
from scalequest_assets.subjects.maths.tokens import split

_IN_ASCII = {way: f" {sign} " if sign.strip("\\").isalpha() else sign for way, sign in NAMES.items() if way > "\x7f"}

HEADINGS = ("problem", "question", "exercise", "example", "task")
HEADING = rf"^[\s*#_]*(?:{'|'.join(HEADINGS)})\s*\d*\s*(?:[.:)]+[*_]*|\*\*)\s"
"""What stands before a problem, in lower case, and is no part of it."""
_FRACTION = r"\b([a-z]|\d+(?:\.\d+)?)\s*/\s*([a-z]|\d+)\b"
_NO_GROUP = r"\{\s*([0-9]+(?:\.[0-9]+)?|\\[a-z]+|\\?%|[a-z])\s*\}"
_FONT = r"\\(?:text[a-z]*|math[a-z]+|operatorname|[mh]box)\s*\{([^{}]*)\}"


def read(texts: pl.Series, spelling: Spelling | None = None) -> tuple[pl.Series, Ints, Ints]:
    """Return the names of all tokens, and for each text which of them it has in order, as `tokens.split` does.

    A token that says nothing is in no text. Texts in another language than English are read by its spelling.
    """
    found, ids, starts = split(_spelled(texts, spelling))
    means = spelling.meaning if spelling else meaning
    names = pl.Series([_name(token, means) for token in found], dtype=pl.String)
    distinct = names.unique(maintain_order=True).drop_nulls()
    number = pl.DataFrame({"name": names}).join(
        distinct.to_frame("name").with_row_index("id"), on="name", how="left", maintain_order="left"
    )
    renamed = number["id"].cast(pl.Int64).fill_null(-1).to_numpy()[ids]
    says = renamed >= 0
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(says)))
    return distinct, np.asarray(renamed[says], np.int64), np.asarray(before[starts], np.int64)


def tokens(texts: pl.Series, spelling: Spelling | None = None) -> pl.Series:
    """Return each text's tokens in order, as list[str] in lower case; null has none."""
    names, ids, starts = read(texts, spelling)
    array = pa.LargeListArray.from_arrays(arrow_array(starts), names.gather(ids).to_arrow())
    return pl.Series(values=pl.from_arrow(array), dtype=pl.List(pl.String))


def marks(texts: pl.Series, spelling: Spelling | None = None) -> pl.Series:
    """Return each text's tokens as one string: equal for two texts that are the same problem."""
    return tokens(texts, spelling).list.join(" ")


def numbers(texts: pl.Series, spelling: Spelling | None = None) -> pl.Series:
    """Return each text's numbers in order, as list[str]: `['3', '0.5']` for `Three times 0.50`; null has none."""
    return _kept(texts, spelling, r"^\p{N}")


def operators(texts: pl.Series, spelling: Spelling | None = None) -> pl.Series:
    """Return each text's signs and brackets in order, as list[str], one name for each; null has none.

    A hyphen, an apostrophe or an exclamation mark of prose is none.
    """
    return _kept(texts, spelling, r"^[^\p{L}\p{N}]")


def words(texts: pl.Series, spelling: Spelling | None = None) -> pl.Series:
    """Return each text's decisive words and letters in order, as list[str]; null has none."""
    return _kept(texts, spelling, r"^\p{L}")


def _kept(texts: pl.Series, spelling: Spelling | None, pattern: str) -> pl.Series:
    return tokens(texts, spelling).list.eval(pl.element().filter(pl.element().str.contains(pattern)))


def _spelled(texts: pl.Series, spelling: Spelling | None) -> pl.Series:
    """Return texts as `tokens.split` reads them: every sign in ASCII, each fraction and group in one way."""
    text = _where(plain(spelling.prepared(texts) if spelling else texts), "\\", CROSS, r"$1 \cross ")
    wide = text.str.len_bytes() != text.str.len_chars()
    if wide.any():
        signs = text.filter(wide).str.replace_many(_IN_ASCII).str.replace_all(r"[[\p{P}\p{Z}\p{C}]--[\x00-\x7f]]", " ")
        text = text.scatter(wide.arg_true(), signs.str.replace_all(r"([\p{S}--[\x00-\x7f]])", " $1 "))
    text = _where(text, "\\", _FONT, " $1 ")
    text = _where(undress(text).str.replace(HEADING, " "), "prime", r"\^\s*\{?\s*((?:\\prime\s*)+)\}?", " $1 ")
    text = _where(text, "circ", r"\^\s*\{?\s*\\circ\b\s*\}?", " degree ")
    for phrase, (pattern, instead) in PHRASES.items():
        text = _where(text, phrase, pattern, instead)
    text = _where(spell_digits(text, spelling.table if spelling else None), "/", _FRACTION, r" \frac{$1}{$2} ")
    text = _where(text, "\\{", r"\\\{", r" \lbrace ")
    text = _where(text, "\\}", r"\\\}", r" \rbrace ")
    return _where(text, "{", _NO_GROUP, " $1 ")


def _where(text: pl.Series, sign: str, pattern: str, instead: str) -> pl.Series:
    """Return texts with a pattern replaced: looked for where its sign is, since most texts do not have it."""
    has = text.str.contains(sign, literal=True)
    if not has.any():
        return text
    return text.scatter(has.arg_true(), text.filter(has).str.replace_all(pattern, instead))


def _name(token: str, means: Callable[[str], str | None]) -> str | None:
    r"""Return the one name of a token; None where it says nothing."""
    token = NAMES.get(token, token)
    if token[:1].isdigit() or token[:1] == ".":
        return _plain_number(token)
    if token in SIGNS and token[:1] == "\\":
        return token
    return means(token.strip("\\")) if token.strip("\\").isalpha() else token or None


def _plain_number(number: str) -> str:
    """Return a number without zeros that say nothing: `0.5` for `.50`, `7` for `007`."""
    whole, point, rest = number.partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + rest if rest else "")
