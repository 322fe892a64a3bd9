"""Strings of Polars read and written by numba kernels and by blocks: what all kernels of the package share."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from scalequest_assets.recipe.kernels import kernel

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

IS_LETTER = np.array([chr(byte).isalpha() or byte >= 128 for byte in range(256)])
"""Whether each byte of UTF-8 is a letter, or part of what is not ASCII."""

_BLOCK = 8192


def arrow_buffers(texts: pl.Series) -> tuple[Bytes, Ints]:
    """Return the UTF-8 bytes of all texts and where each starts: text i is `data[offsets[i]:offsets[i + 1]]`.

    Args:
        texts: Strings; a null counts as an empty one.

    Returns:
        Read-only arrays of len(bytes) and len(texts) + 1.
    """
    if texts.is_empty():
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    array = texts.cast(pl.String).fill_null("").to_arrow()
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return (np.frombuffer(data, np.uint8) if data and data.size else np.zeros(0, np.uint8)), starts


def arrow_array(values: npt.NDArray[Any]) -> pa.Array:
    """Return an array of numbers in the same memory. `pa.array` would import pandas to see what it is given."""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def series_from_buffers(data: Bytes, offsets: Ints) -> pl.Series:
    """Return the strings that lie in `data`, which must be valid UTF-8; the inverse of `arrow_buffers`."""
    array = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
    return pl.Series(values=pl.from_arrow(array), dtype=pl.String)


def binary_of(rows: npt.NDArray[Any]) -> pl.Series:
    """Return the bytes of each row of a matrix. Parquet reads and writes them ten times as fast as lists of numbers."""
    starts = np.arange(len(rows) + 1, dtype=np.int64) * rows[:1].nbytes
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(np.ascontiguousarray(rows))]
    array = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(rows), buffers)
    return pl.Series(values=pl.from_arrow(array), dtype=pl.Binary)


def rows_of(binary: pl.Series, dtype: type[np.generic], width: int) -> npt.NDArray[Any]:
    """Return the matrix whose rows `binary_of` turned into bytes.

    Raises:
        ValueError: The rows are not of `width` numbers.
    """
    array = binary.to_arrow()
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    if (np.diff(bounds) != width * np.dtype(dtype).itemsize).any():
        raise ValueError(f"rows of {binary.name!r} are not {width} numbers: make the table again")
    values = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]] if len(array) else np.zeros(0, np.uint8)
    return values.view(dtype).reshape(-1, width)


def run_blocks(kernel: Callable[..., None], num_rows: int, *arguments: object, block: int = _BLOCK) -> None:
    """Call `kernel(start, stop, *arguments)` for blocks of rows, on Polars' number of threads.

    Kernels release the GIL and write to rows of their own, so that the result is that of one call for all rows.
    """
    if num_rows <= block:
        kernel(0, num_rows, *arguments)
        return
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        starts = range(0, num_rows, block)
        list(pool.map(lambda start: kernel(start, min(start + block, num_rows), *arguments), starts))


def by_blocks(function: Callable[[pl.Series], pl.Series], texts: pl.Series) -> pl.Series:
    """Return `function(texts)` for a function that looks at each text by itself, on Polars' number of threads.

    Polars runs an expression on strings on one thread, and keeps its intermediate results whole; blocks stay small.
    """
    if len(texts) <= _BLOCK:
        return function(texts)
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        starts = range(0, len(texts), _BLOCK)
        return pl.concat(list(pool.map(lambda start: function(texts.slice(start, _BLOCK)), starts)))


@kernel()
def is_digit(byte: int) -> bool:
    """Return whether a byte is a digit in ASCII."""
    return 48 <= byte <= 57
