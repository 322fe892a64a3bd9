r"""Where two questions begin to differ: a few words of both, cut so that their tokens are those of the whole texts.

The first token that differs tells most questions that resemble each other apart, so that the rest of both need
not be read. An excerpt begins with a plain word that both texts have, behind another one, and ends with a plain word
behind the first byte that differs. A plain word has three letters or more and a space on either side: no rule that
reads tokens looks past one, in either direction, but for numbers in words, `non` and headings, which are none here.
LaTeX's rules end behind a command's argument or at the next brace; an excerpt has neither, lies in no open brace, and
is ASCII. Pairs without such excerpts are read as a whole.
"""

import numpy as np
import polars as pl

from scalequest_assets.recipe.blocks import Bytes, Ints, Keys, arrow_buffers, run_blocks, series_from_buffers
from scalequest_assets.recipe.kernels import as_written, kernel
from scalequest_assets.subjects.maths.normalization import NUMBER_WORDS
from scalequest_assets.subjects.maths.problem_marks import HEADINGS

_SHORTEST, _LONGEST = 3, 9
"""Letters of a plain word, and of the longest word that is none."""
_WORDS_AROUND = 2
"""Plain words before the first difference, of which a command may take the first, and behind: a token may be dress."""
_SPACE, _BACKSLASH, _OPENING, _CLOSING = b" \\{}"
_LOWER = np.array([ord(chr(byte).lower()) if byte < 128 else byte for byte in range(256)], np.uint8)


def excerpts(left: Ints, right: Ints, texts: pl.Series) -> pl.Series:
    """Return for each pair of texts where they begin to differ: excerpts 2i and 2i + 1 are of pair i.

    The tokens of both excerpts follow, in their texts, on tokens that are equal. Both are empty where the texts have
    to be read as a whole.
    """
    data, offsets = arrow_buffers(texts)
    bounds = np.zeros((2 * len(left), 2), np.int64)
    run_blocks(_bound, len(left), left, right, data, offsets, _LOWER, _NOT_PLAIN, bounds)
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(bounds[:, 1] - bounds[:, 0])))
    cut = np.empty(starts[-1], np.uint8)
    run_blocks(_cut, len(bounds), data, bounds, starts, cut)
    return series_from_buffers(cut, starts)


@kernel()
def _word_key(data: Bytes, start: int, stop: int, lower: Bytes) -> np.uint64:
    """Return a word of no more than nine letters as a number: five bits a letter."""
    key = np.uint64(0)
    for place in range(start, stop):
        key = key << np.uint64(5) | np.uint64(lower[data[place]] & np.uint8(31))
    return key


@kernel()
def _plain_end(data: Bytes, start: int, stop: int, lower: Bytes, not_plain: Keys) -> int:
    """Return where the plain word ends that starts at a place behind a space, -1 where there is none."""
    after = start
    while after < stop and 97 <= lower[data[after]] <= 122:
        after += 1
    if after - start < _SHORTEST or (after < stop and data[after] != _SPACE):
        return -1
    if after - start > _LONGEST:
        return after
    key = _word_key(data, start, after, lower)
    at = np.searchsorted(not_plain, key)
    return -1 if at < len(not_plain) and not_plain[at] == key else after


@kernel()
def _excerpt_end(data: Bytes, differs: int, stop: int, lower: Bytes, not_plain: Keys) -> int:
    """Return where the last of the plain words ends that start behind the first difference; the text's end without."""
    num = 0
    for place in range(differs, stop):
        if data[place] == _SPACE:
            end = _plain_end(data, place + 1, stop, lower, not_plain)
            num += end >= 0
            if num == _WORDS_AROUND:
                return end
    return stop


@kernel()
def _excerpt_start(data: Bytes, start: int, differs: int, lower: Bytes, not_plain: Keys) -> int:
    """Return where the second last plain word before the first difference starts; the text's start without."""
    num = 0
    for place in range(differs - 1, start - 1, -1):
        if data[place] == _SPACE:
            num += 0 <= _plain_end(data, place + 1, differs, lower, not_plain) < differs
            if num == _WORDS_AROUND:
                return place + 1
    return start


@kernel()
def _is_in_brace(data: Bytes, start: int, place: int) -> bool:
    for before in range(place - 1, start - 1, -1):
        if data[before] == _CLOSING:
            return False
        if data[before] == _OPENING:
            return True
    return False


@kernel()
def _is_special(data: Bytes, start: int, stop: int) -> bool:
    for place in range(start, stop):  # noqa: SIM110  (numba compiles no generator)
        if data[place] >= 128 or data[place] in (_BACKSLASH, _OPENING, _CLOSING):
            return True
    return False


@kernel()
def _bound(
    first: int,
    last: int,
    left: Ints,
    right: Ints,
    data: Bytes,
    offsets: Ints,
    lower: Bytes,
    not_plain: Keys,
    bounds: Ints,
) -> None:
    for pair in range(first, last):
        one, other = offsets[left[pair]], offsets[right[pair]]
        one_stop, other_stop = offsets[left[pair] + 1], offsets[right[pair] + 1]
        common, most = 0, min(one_stop - one, other_stop - other)
        while common < most and lower[data[one + common]] == lower[data[other + common]]:
            common += 1
        start = _excerpt_start(data, one, one + common, lower, not_plain)
        other_start = other + start - one
        end = _excerpt_end(data, one + common, one_stop, lower, not_plain)
        other_end = _excerpt_end(data, other + common, other_stop, lower, not_plain)
        is_cut_off = _is_in_brace(data, one, start) or _is_special(data, start, end)
        if not is_cut_off and not _is_special(data, other_start, other_end):
            bounds[2 * pair] = start, end
            bounds[2 * pair + 1] = other_start, other_end


@kernel()
def _cut(first: int, last: int, data: Bytes, bounds: Ints, starts: Ints, cut: Bytes) -> None:
    for row in range(first, last):
        cut[starts[row] : starts[row + 1]] = data[bounds[row, 0] : bounds[row, 1]]


def _keys_of(words: set[str]) -> Keys:
    keys = [as_written(_word_key)(np.frombuffer(word.encode(), np.uint8), 0, len(word), _LOWER) for word in words]
    return np.array(sorted(map(int, keys)), np.uint64)


_NOT_PLAIN = _keys_of({*NUMBER_WORDS, "non", *HEADINGS})
