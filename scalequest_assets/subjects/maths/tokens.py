r"""The tokens of maths texts, by a numba kernel: numbers, signs, LaTeX commands and words, as they lie in the text.

Its neighbours decide what a sign is that both formulas and prose write: an apostrophe is a prime (`f'(x)`) or that of a
genitive, `!` a factorial (`5!`) or the end of a sentence, a hyphen a minus or that of a compound word, `a` a letter or
the article, `**` a power or bold type.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from scalequest_assets.recipe.blocks import IS_LETTER, Bytes, Flags, Ints, Keys, arrow_buffers, is_digit, run_blocks
from scalequest_assets.recipe.hashing import FNV_OFFSET, FNV_PRIME
from scalequest_assets.recipe.kernels import kernel

Sizes = npt.NDArray[np.int32]

_IS_SIGN = np.array([chr(byte) in "+-*/^=<>%()[]{}|!'&:" for byte in range(256)])
_SPACE, _BANG, _DOLLAR, _PRIME, _STAR, _HYPHEN, _POINT, _COLON, _EQUALS, _BACKSLASH = b" !$'*-.:=\\"
_LETTER_A, _LETTER_S = b"as"
_SHORTEST_WORD = 3
"""Letters from which a run of them is prose, and not a product."""


def split(texts: pl.Series) -> tuple[pl.Series, Ints, Ints]:
    """Return all distinct tokens, and for each text which of them it has.

    Args:
        texts: Lower-case texts without Unicode signs: every byte above 127 is that of a letter.

    Returns:
        The tokens (strings), the places of all texts' tokens in it one after another, and where each text's start there
        (one more than there are texts).
    """
    data, offsets = arrow_buffers(texts)
    first, size, counts = np.empty(len(data), np.int32), np.empty(len(data), np.int32), np.zeros(len(texts), np.int64)
    run_blocks(_split_rows, len(texts), data, offsets, IS_LETTER, _IS_SIGN, first, size, counts)
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    ids, at, bits, num = np.empty(starts[-1], np.int64), np.empty((0, 2), np.int64), 14, -1
    while num < 0:
        at = np.empty((1 << bits, 2), np.int64)
        num = _number(data, offsets, first, size, starts, ids, at, np.zeros(1 << bits, np.uint64), bits)
        bits += 2
    found = [data[start:stop].tobytes().decode() for start, stop in at[:num].tolist()]
    return pl.Series(found, dtype=pl.String), ids, starts


@kernel()
def _next(data: Bytes, place: int, stop: int, is_letter: Flags) -> tuple[int, bool]:
    """Return how many letters stand at the next place that is no space or dollar, and whether a digit does."""
    while place < stop and (data[place] <= _SPACE or data[place] == _DOLLAR):
        place += 1
    start = place
    while place < stop and is_letter[data[place]]:
        place += 1
    return place - start, place < stop and place == start and is_digit(data[place])


@kernel()
def _is_operand(byte: int, word: int, is_letter: Flags) -> bool:
    """Return whether a prime or a factorial may stand behind a token, which ends in a byte and is a word of letters."""
    if is_letter[byte]:
        return word < _SHORTEST_WORD
    return is_digit(byte) or byte == _PRIME or byte == _BANG or byte in (41, 93, 125)  # closing brackets


@kernel()
def _sign_end(
    data: Bytes, begin: int, place: int, stop: int, before: int, word: int, is_letter: Flags
) -> tuple[int, bool]:
    """Return where a sign ends, and whether it is a token.

    `before` is where the last token of the text, which begins at `begin`, ended; `word` is how many letters it has
    where it is a word, else 0.
    """
    byte, after = data[place], place + 1
    following = data[after] if after < stop else np.uint8(_SPACE)
    beyond = data[after + 1] if after + 1 < stop else np.uint8(_SPACE)
    touches = before == place
    if following == _EQUALS and byte in (60, 62, _BANG):
        return after + 1, True
    if byte == _PRIME and word and touches and following == _LETTER_S and not is_letter[beyond]:
        return after + 1, False
    if byte in (_PRIME, _BANG):
        return after, bool(touches and _is_operand(data[place - 1], word, is_letter))
    if byte == _HYPHEN:
        joins = touches and is_letter[following] and (word > 1 or is_digit(data[place - 1]))
        is_dash = word > 1 and not touches and following <= _SPACE
        return after, not bool((joins or is_dash) and _next(data, after, stop, is_letter)[0] > 1)
    if byte == _STAR and following == _STAR:
        return after + 1, bool(touches and beyond > _SPACE and beyond != _DOLLAR)
    if byte == _COLON:
        after_number = not word and before > begin and is_digit(data[before - 1])
        return after, bool(after_number and _next(data, after, stop, is_letter)[1])
    return after, True


@kernel()
def _split_row(data: Bytes, begin: int, stop: int, is_letter: Flags, is_sign: Flags, first: Sizes, size: Sizes) -> int:
    """Write where one text's tokens start in it, and their sizes, from `begin` on; return how many there are."""
    num, place, before, word = 0, begin, begin - 1, 0
    while place < stop:
        byte = data[place]
        after, is_token, letters = place + 1, True, 0
        if is_letter[byte] or (byte == _BACKSLASH and after < stop and is_letter[data[after]]):
            while after < stop and is_letter[data[after]]:
                after += 1
            letters = 0 if byte == _BACKSLASH else after - place
            is_article = letters == 1 and byte == _LETTER_A and after < stop and data[after] <= _SPACE
            following, has_digit = _next(data, after, stop, is_letter)
            is_token = not (is_article and (following > 1 or has_digit))
        elif is_digit(byte) or (byte == _POINT and after < stop and is_digit(data[after])):
            has_point = byte == _POINT
            while after < stop:
                if data[after] == _POINT and not has_point and after + 1 < stop and is_digit(data[after + 1]):
                    has_point = True
                elif not is_digit(data[after]):
                    break
                after += 1
        elif is_sign[byte]:
            after, is_token = _sign_end(data, begin, place, stop, before, word, is_letter)
        else:
            place += 1
            continue
        if is_token:
            first[begin + num], size[begin + num] = place - begin, after - place
            num += 1
            before, word = after, letters
        elif letters:
            word = 0
        place = after
    return num


@kernel()
def _split_rows(
    row: int,
    last: int,
    data: Bytes,
    offsets: Ints,
    is_letter: Flags,
    is_sign: Flags,
    first: Sizes,
    size: Sizes,
    counts: Ints,
) -> None:
    for at in range(row, last):
        counts[at] = _split_row(data, offsets[at], offsets[at + 1], is_letter, is_sign, first, size)


@kernel()
def _number(
    data: Bytes, offsets: Ints, first: Sizes, size: Sizes, starts: Ints, ids: Ints, at: Ints, table: Keys, bits: int
) -> int:
    """Number distinct tokens in the order in which they come; return how many there are, -1 where the table is full.

    Tokens with one hash are one token; `at` has for each number where one such token starts and ends in `data`.
    """
    mask, num = np.uint64((1 << bits) - 1), 0
    number = np.empty(1 << bits, np.int64)
    for row in range(len(starts) - 1):
        for offset in range(starts[row + 1] - starts[row]):
            begin = offsets[row] + first[offsets[row] + offset]
            end = begin + size[offsets[row] + offset]
            key = FNV_OFFSET
            for byte in data[begin:end]:
                key = (key ^ np.uint64(byte)) * FNV_PRIME
            slot = (key ^ (key >> np.uint64(32))) & mask
            while table[slot] != 0 and table[slot] != key:
                slot = (slot + np.uint64(1)) & mask
            if table[slot] == 0:
                if 2 * num >= len(table):
                    return -1
                table[slot], number[slot] = key, num
                at[num] = begin, end
                num += 1
            ids[starts[row] + offset] = number[slot]
    return num
