"""Runs of tokens in texts, and which texts have one of a set of runs: by a numba kernel, since most texts have none.

A token is a run of `[a-z]` or of `[0-9]`; case does not count. Masked, digits read `0` and numbers in a row are one.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from scalequest_assets.recipe.blocks import Bytes, Flags, Ints, Keys, arrow_buffers, run_blocks
from scalequest_assets.recipe.hashing import FNV_OFFSET, FNV_PRIME, half_mix
from scalequest_assets.recipe.kernels import kernel

_BITS = 22
_TOKEN, _DIGITS = re.compile(rb"[a-z]+|[0-9]+"), re.compile(rb"[0-9]+")
_SEPARATOR = b" "


def split_tokens(text: bytes, *, masked: bool = False) -> list[bytes]:
    """Return the lower-case tokens of a UTF-8 text; masked, digits read `0` and a run of numbers is one token."""
    found = _TOKEN.findall(text.lower())
    if not masked:
        return found
    hidden = [_DIGITS.sub(b"0", token) for token in found]
    return [token for at, token in enumerate(hidden) if token != b"0" or at == 0 or hidden[at - 1] != b"0"]


def runs_of(words: list[bytes], size: int) -> set[bytes]:
    """Return the different runs of so many tokens; none of a text that is shorter."""
    return {whole(words[at : at + size]) for at in range(len(words) - size + 1)}


def whole(words: list[bytes]) -> bytes:
    """Return tokens as one run."""
    return _SEPARATOR.join(words)


def is_with_number(run: bytes) -> bool:
    """Return whether a run has a number."""
    return any(map(bytes.isdigit, run.split(_SEPARATOR)))


@dataclass(frozen=True)
class RunTable:
    """A set of runs, ready to be looked for.

    Attributes:
        keys: Sorted hashes of the runs.
        filter: Bitmap of the keys' last 22 bits, which answers most look-ups.
    """

    keys: Keys
    filter: Flags

    @classmethod
    def build(cls, runs: Collection[bytes]) -> "RunTable":
        """Hash runs, as `runs_of` and `whole` return them."""
        data, offsets = arrow_buffers(pl.Series([run.decode() for run in runs], dtype=pl.String))
        keys = np.zeros(len(runs), np.uint64)
        _whole_keys(data, offsets, keys)
        keys.sort()
        bitmap = np.zeros(1 << _BITS, np.bool_)
        bitmap[keys & np.uint64((1 << _BITS) - 1)] = True
        return cls(keys, bitmap)

    def holders_of_any(self, texts: pl.Series, size: int, *, masked: bool) -> Flags:
        """Return which texts have a run of `size` tokens that is in the set, or are shorter and in it as a whole."""
        data, offsets = arrow_buffers(texts)
        found = np.zeros(len(texts), np.bool_)
        if len(self.keys):
            run_blocks(_find_rows, len(texts), data, offsets, size, masked, self.keys, self.filter, found)
        return found


@kernel()
def _read_token(data: Bytes, place: int, stop: int, masked: bool) -> tuple[np.uint64, int, bool]:
    """Return (hash, place after it, whether it is a number) of the next token; place is `stop + 1` if there is none."""
    key, any_byte, only_digits, was_digit = FNV_OFFSET, False, True, False
    while place < stop:
        byte = data[place]
        if 65 <= byte <= 90:
            byte += 32
        is_digit = 48 <= byte <= 57
        if any_byte and is_digit != was_digit and (is_digit or 97 <= byte <= 122):
            break
        if is_digit or 97 <= byte <= 122:
            any_byte = True
            only_digits = only_digits and is_digit
            if not (masked and is_digit and was_digit):
                key = (key ^ np.uint64(48 if masked and is_digit else byte)) * FNV_PRIME
            was_digit = is_digit
        elif any_byte:
            break
        place += 1
    return half_mix(key), (place if any_byte else stop + 1), only_digits


@kernel()
def _has(key: np.uint64, keys: Keys, bitmap: Flags) -> bool:
    if not bitmap[key & np.uint64((1 << _BITS) - 1)]:
        return False
    at = np.searchsorted(keys, key)
    return bool(at < len(keys) and keys[at] == key)


@kernel()
def _run_key(recent: Keys, end: int, size: int) -> np.uint64:
    """Hash the last `size` tokens of a ring buffer, the newest at `end - 1`."""
    key = np.uint64(size)
    for at in range(end - size, end):
        key = half_mix(key * FNV_PRIME ^ recent[at % len(recent)])
    return key


@kernel()
def _find_rows(
    first: int, last: int, data: Bytes, offsets: Ints, size: int, masked: bool, keys: Keys, bitmap: Flags, found: Flags
) -> None:
    recent = np.empty(size, np.uint64)
    for row in range(first, last):
        place, stop, num, was_number = offsets[row], offsets[row + 1], 0, False
        while True:
            key, place, is_number = _read_token(data, place, stop, masked)
            if place > stop:
                break
            if masked and is_number and was_number:
                continue
            was_number = is_number
            recent[num % size] = key
            num += 1
            if num >= size and _has(_run_key(recent, num, size), keys, bitmap):
                found[row] = True
                break
        if 0 < num < size:
            found[row] = _has(_run_key(recent, num, num), keys, bitmap)


@kernel()
def _whole_keys(data: Bytes, offsets: Ints, keys: Keys) -> None:
    """Hash texts that are runs already, all tokens of each."""
    for row in range(len(keys)):
        recent = np.empty(offsets[row + 1] - offsets[row] + 1, np.uint64)
        place, stop, num = offsets[row], offsets[row + 1], 0
        while True:
            key, place, _ = _read_token(data, place, stop, False)
            if place > stop:
                break
            recent[num] = key
            num += 1
        keys[row] = _run_key(recent, num, num)
