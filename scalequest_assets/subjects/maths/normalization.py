r"""Texts made comparable: the one normal form of questions, for near-duplicate search and contamination.

The normal form of a question (`normalise`) has, in this order:

1. superscripts written as `^n`, Greek letters by name, Unicode NFKC, no invisible characters, lower case
2. LaTeX dress dropped (`\left`, `\text`, `\dfrac`, names of environments), and with it commands that stand for a sign
3. spelled-out numbers as digits (`twenty-five` is `25`), thousands separators dropped (`1,000` is `1000`)
4. every other run of what is neither letter, digit nor decimal point as one space, none at either end

So the normal form has neither operators nor grouping: `problem_marks` reads those from the raw text.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from scalequest_assets.recipe.blocks import (
    IS_LETTER,
    Bytes,
    Flags,
    Ints,
    Keys,
    arrow_buffers,
    by_blocks,
    is_digit,
    run_blocks,
    series_from_buffers,
)
from scalequest_assets.recipe.hashing import FNV_OFFSET, FNV_PRIME
from scalequest_assets.recipe.kernels import as_written, kernel
from scalequest_assets.subjects.maths.signs import COMMANDS
from scalequest_assets.subjects.number_words import SMALL_NUMBERS

Words = tuple[Ints, Keys, Ints]
"""Number words, as the kernel looks them up: see `word_table`."""

NUMBER_WORDS = SMALL_NUMBERS | {"hundred": 100, "thousand": 1000, "million": 1_000_000}
"""Words read as digits. No digit string is longer than the words it stands for: the kernel writes in place."""

_SUPERSCRIPTS = {"⁰": "^0", "¹": "^1", "²": "^2", "³": "^3"} | {
    chr(0x2070 + digit): f"^{digit}" for digit in range(4, 10)
}
_LETTERS = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
    *("xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
_GREEK = {chr(start + at): f" {name} " for start in (0x391, 0x3B1) for at, name in enumerate(_LETTERS)}
_DRESS = (
    r"\\(?:begin|end)\s*\{(?:[pb]?matrix|smallmatrix|array|[a-z]*align(?:ed|at)?|gather(?:ed)?|split|equation|center|"
    r"itemize|enumerate)\*?\}(?:\s*\{[lcr| ]*\})?|\\[hv]space\*?\s*\{[^{}]*\}|"
    r"\\(?:left|right|middle|bigg?[lrm]?|(?:display|text|script|scriptscript)style|text(?:bf|it|rm|sf|tt|normal|up)?|"
    r"math(?:rm|bf|it|sf|cal|bb|frak|scr|tt)|boldsymbol|bm|[mh]box|operatorname|boxed|q?quad|(?:no)?limits|item|hline|"
    r"no(?:indent|tag|number))\b|\\[,;:!> ()\[\]]"
)
"""LaTeX that changes how a formula looks, and not what it says, as a regular expression on lower-case text."""
_SIGN_COMMANDS = (
    rf"\\(?:{'|'.join(COMMANDS)}|i*int|d?binom|sim|cong|propto|(?:long)?(?:left|right)+arrow|iff|mapsto|notin|"
    r"sup(?:set|seteq)|forall|exists|degree|star|bullet|[lr]brace|therefore|newline)\b"
)
"""Commands that stand for a sign: Unicode writes it as one that is no letter, which the normal form does not have."""
_LINE_END, _SPACE, _COMMA, _HYPHEN, _POINT, _BACKSLASH = 10, 32, 44, 45, 46, 92
_MOST_BITS = 63


def normalise(texts: pl.Series, words: Words | None = None) -> pl.Series:
    """Return the normal form of each text (see the module); null becomes the empty string.

    Args:
        texts: Questions.
        words: Number words of their language (`word_table`); None for English.
    """
    found = ENGLISH if words is None else words
    return by_blocks(
        lambda block: _rewrite(undress(plain(block, symbols=False), signs=False), found, blank=True), texts
    )


def spell_digits(texts: pl.Series, words: Words | None = None) -> pl.Series:
    """Return the texts with spelled-out numbers as digits and without thousands separators; null becomes empty."""
    return _rewrite(texts.cast(pl.String).fill_null(""), ENGLISH if words is None else words, blank=False)


def plain(texts: pl.Series, *, symbols: bool = True, lower: bool = True) -> pl.Series:
    """Apply step 1 of the normal form; without `symbols` whatever is no letter, digit or ASCII is a space as well."""
    texts = texts.cast(pl.String).fill_null("")
    wide = texts.str.len_bytes() != texts.str.len_chars()
    if wide.any():
        text = texts.filter(wide).str.replace_many(_SUPERSCRIPTS).str.replace_all("([¼-¾⅐-⅞])", " $1")
        text = text.str.normalize("NFKC").str.replace_all(r"\p{Cf}", "").str.replace_many(_GREEK)
        text = text if symbols else text.str.replace_all(r"[^\p{L}\p{N}\p{M}\x00-\x7f]", " ")
        texts = texts.scatter(wide.arg_true(), text)
    return texts.str.to_lowercase() if lower else texts


def undress(texts: pl.Series, *, signs: bool = True) -> pl.Series:
    r"""Drop LaTeX dress from lower-case texts, where there is any; without `signs`, commands that stand for one too.

    What may be written without braces has a space (`\frac12` is `\frac 1 2`, `\sqrt2` is `\sqrt 2`).
    """
    has_latex = texts.str.contains("\\", literal=True)
    if not has_latex.any():
        return texts
    text = texts.filter(has_latex).str.replace_all("\\\\", r" \newline ", literal=True)
    text = text.str.replace_all(r"(\\[a-z]+)([0-9])", "$1 $2")
    text = text.str.replace_all(r"\\[dtc]?frac\s*([0-9a-z])\s*([0-9a-z])", r" \frac $1 $2 ")
    text = text.str.replace_all(r"\\var(epsilon|theta|phi|rho|sigma|pi|kappa)\b", r"\$1")
    text = text.str.replace_all(_DRESS if signs else f"{_DRESS}|{_SIGN_COMMANDS}", " ")
    return texts.scatter(has_latex.arg_true(), text)


def _rewrite(texts: pl.Series, words: Words, *, blank: bool) -> pl.Series:
    data, offsets = arrow_buffers(texts.str.replace_all("{,}", "", literal=True))
    out, lengths = np.empty(len(data), np.uint8), np.zeros(len(texts), np.int64)
    run_blocks(_rewrite_rows, len(texts), data, offsets, words, IS_LETTER, blank, out, lengths)
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    compact = np.empty(int(starts[-1]), np.uint8)
    run_blocks(_copy_rows, len(texts), out, offsets, starts, compact)
    return series_from_buffers(compact, starts).rename(texts.name)


def word_table(words: Mapping[str, int]) -> Words:
    """Return for each first byte the lengths of its number words, as bits, and hashes and values of all words.

    Raises:
        ValueError: A word is shorter than its digits, or has more than 62 bytes: the kernel writes in place.
    """
    if wrong := [word for word, value in words.items() if not len(str(value)) <= len(word.encode()) < _MOST_BITS]:
        raise ValueError(f"number words that the normal form cannot hold: {', '.join(wrong)}")
    lengths = np.zeros(256, np.int64)
    for word in words:
        for first in (word[0], word[0].upper()):
            lengths[ord(first)] |= 1 << len(word)
    with np.errstate(over="ignore"):
        keys = [int(as_written(_word_key)(np.frombuffer(word.encode(), np.uint8), 0, len(word))) for word in words]
    rows = sorted(zip(keys, words.values(), strict=True))
    return lengths, np.array([key for key, _ in rows], np.uint64), np.array([value for _, value in rows], np.int64)


@kernel()
def _word_key(data: Bytes, start: int, stop: int) -> np.uint64:
    key = FNV_OFFSET
    for place in range(start, stop):
        byte = data[place]
        if 65 <= byte <= 90:
            byte += 32
        key = (key ^ np.uint64(byte)) * FNV_PRIME
    return key


@kernel()
def _compose(total: int, current: int, value: int) -> tuple[int, int]:
    """Append a number word to the number read so far; (-1, -1) where the two are separate numbers."""
    if value in (1000, 1_000_000):
        return (total + current * value, 0) if current > 0 and total % (value * 1000) == 0 else (-1, -1)
    if value == 100:
        return (total, current * 100) if 0 < current < 10 else (-1, -1)
    after_scale = current % 100 == 0 and total + current > 0
    after_tens = value < 10 and current % 100 >= 20 and current % 10 == 0
    return (total, current + value) if value > 0 and (after_scale or after_tens) else (-1, -1)


@kernel()
def _write_number(number: int, out: Bytes, place: int) -> int:
    scale = 1
    while scale * 10 <= number:
        scale *= 10
    while scale > 0:
        out[place] = 48 + number // scale % 10
        place += 1
        scale //= 10
    return place


@kernel()
def _comma_or_point(data: Bytes, place: int, start: int, stop: int) -> int:
    """Return 1 for a decimal point, -1 for a thousands separator, 0 for any other byte."""
    if place == start or place + 1 >= stop or not (is_digit(data[place - 1]) and is_digit(data[place + 1])):
        return 0
    if data[place] == 46:
        return 1
    if data[place] != 44 or place + 3 >= stop or not (is_digit(data[place + 2]) and is_digit(data[place + 3])):
        return 0
    return 0 if place + 4 < stop and is_digit(data[place + 4]) else -1


@kernel()
def _word_value(data: Bytes, start: int, stop: int, begin: int, end: int, words: Words) -> int:
    """Return what the letters `data[start:stop]` of the text `data[begin:end]` say as a number, -1 if nothing."""
    _, keys, values = words
    if stop < end and is_digit(data[stop]):
        return -1
    if start > begin and (is_digit(data[start - 1]) or data[start - 1] == _BACKSLASH):
        return -1
    key = _word_key(data, start, stop)
    at = np.searchsorted(keys, key)
    return values[at] if at < len(keys) and keys[at] == key else -1


@kernel()
def _is_joint(data: Bytes, start: int, stop: int) -> bool:
    """Return whether `data[start:stop]` may stand inside a number in words: spaces, with one line end at most, or -."""
    if stop - start == 1 and data[start] == _HYPHEN:
        return True
    num_ends = 0
    for place in range(start, stop):
        num_ends += data[place] == _LINE_END
        if num_ends > 1 or (data[place] != _SPACE and data[place] != _LINE_END):
            return False
    return stop > start


@kernel()
def _rewrite_row(data: Bytes, begin: int, stop: int, words: Words, is_letter: Flags, blank: bool, out: Bytes) -> int:
    """Write one text's digits (see `_rewrite`) to `out` from `begin` on and return where it ends."""
    lengths, place, end = words[0], begin, begin
    total, current, number_end, number_start = 0, 0, -1, 0
    while place < stop:
        byte = data[np.uint64(place)]  # unsigned, so that numba need not ask whether it counts from the end
        if is_letter[byte]:
            after, word_start = place, end
            while after < stop and is_letter[data[np.uint64(after)]]:
                out[np.uint64(end)] = data[np.uint64(after)]
                after += 1
                end += 1
            value, size = -1, after - place
            if size < _MOST_BITS and (lengths[byte] >> size) & 1:
                value = _word_value(data, place, after, begin, stop, words)
            if value >= 0:
                joined = (-1, -1)
                if number_end >= begin and _is_joint(data, number_end, place):
                    joined = _compose(total, current, value)
                if joined[0] < 0:
                    joined = (value, 0) if value >= 1000 else (0, value)
                    number_start = word_start
                total, current = joined
                end = _write_number(total + current, out, number_start)
                number_end = after
            place = after
            continue
        sign = _comma_or_point(data, place, begin, stop) if byte in (_COMMA, _POINT) else 0
        if is_digit(byte) or sign == 1 or (not blank and sign == 0):
            out[end] = byte
            end += 1
        elif sign == 0 and end > begin and out[end - 1] != _SPACE:
            out[end] = _SPACE
            end += 1
        place += 1
    return end - 1 if blank and end > begin and out[end - 1] == _SPACE else end


@kernel()
def _rewrite_rows(
    first: int,
    last: int,
    data: Bytes,
    offsets: Ints,
    words: Words,
    is_letter: Flags,
    blank: bool,
    out: Bytes,
    lengths: Ints,
) -> None:
    for row in range(first, last):
        begin = offsets[row]
        lengths[row] = _rewrite_row(data, begin, offsets[row + 1], words, is_letter, blank, out) - begin


@kernel()
def _copy_rows(first: int, last: int, data: Bytes, offsets: Ints, starts: Ints, out: Bytes) -> None:
    for row in range(first, last):
        size = starts[row + 1] - starts[row]
        out[starts[row] : starts[row] + size] = data[offsets[row] : offsets[row] + size]


ENGLISH: Final = word_table(NUMBER_WORDS)
"""The number words of English."""
