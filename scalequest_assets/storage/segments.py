"""Append-only rows with a `key`, in checksummed Parquet files that several processes may write and read at once.

A segment is `<random>-<hash of its keys>-<hash of its bytes>.parquet`, written whole and renamed. To find rows, only
the columns of keys are read, and remembered; a segment that has one of them is read whole, and believed only if its
bytes have the hash in its name.
"""

import hashlib
import io
import logging
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scalequest_assets.errors import HomeError
from scalequest_assets.storage.files import FileStore, Stat

FLUSH_ROWS, FLUSH_S = 256, 5.0
"""A kill loses at most this many finished rows, or those of this many seconds."""
FLUSH_GAP_S, MOST_ROWS = 1.0, 16_384
"""Segments are written no more often than this: an engine that makes thousands of rows a second loses those of one
gap, or this many rows. A segment of 256 rows each would cost it more than the rows."""

MAX_READS = 20
"""How often a read starts again because another process merged its segments meanwhile."""

SUFFIX = ".parquet"
DAMAGED = "%s is damaged and ignored; its rows are made again. It can be deleted."

log = logging.getLogger(__name__)
Row = Sequence[object]
"""A row's values, in the order of the schema."""


class Segments:
    """The rows of one folder.

    Args:
        files: Where they lie.
        folder: Their folder there; need not exist.
        schema: Columns, the first of them `key`: 32 hex digits. Those that a segment of an earlier release has not
            are null.
    """

    def __init__(self, files: FileStore, folder: str, schema: Mapping[str, pl.DataType]) -> None:
        self._store, self.folder = files, folder
        self.schema = dict(schema)
        self._index: dict[str, NDArray[np.uint64]] = {}

    def read(self, keys: Iterable[str]) -> pl.DataFrame:
        """Return the rows with these keys, each key once. Damaged segments are skipped with a warning."""
        wanted = pl.DataFrame({"key": list(keys)}, schema={"key": pl.String()}).unique()
        starts = _starts(wanted["key"])
        found = self.empty()
        for attempt in range(MAX_READS):
            try:
                now = self._store.listed(self.folder)
                segments = [name for name in now.list(self.folder) if _is_segment(name)]
                parts = [self._rows(name, now, starts) for name in segments if self._may_hold(name, now, starts)]
                found = pl.concat([self.empty(), *parts]).join(wanted, on="key", how="semi", maintain_order="left")
                break
            except FileNotFoundError:  # another writer merged its segments: the merged one is in the next listing
                if attempt == MAX_READS - 1:
                    raise
        if found["key"].is_unique().all():
            return found
        # Two writers may have made the same row: whichever comes first in this order is everyone's.
        return found.sort(list(self.schema)).unique("key", keep="first", maintain_order=True)

    def files(self) -> list[str]:
        """Return the segments' names."""
        return [name for name in self._store.list(self.folder) if _is_segment(name)]

    def stat(self, segment: str) -> Stat:
        """Return a segment's size and time."""
        return self._store.stat(segment)

    def remove(self, segment: str) -> None:
        """Remove a segment, if it is there."""
        self._store.remove(segment)
        self._index.pop(segment, None)

    def append(self, rows: Sequence[Row]) -> str:
        """Write rows as a new segment.

        Raises:
            HomeError: The disk is full.
        """
        return self._write(pl.DataFrame(rows, schema=self.schema, orient="row", strict=True))

    def merge(self, segments: Sequence[str]) -> str:
        """Replace segments by one with the same rows. A reader finds the rows before, while and after."""
        return self.rewrite(segments, pl.concat([self._parse(self._store.read(segment)) for segment in segments]))

    def rewrite(self, segments: Sequence[str], rows: pl.DataFrame) -> str:
        """Put rows, as one segment as old as the newest of them, in the place of segments."""
        newest = max(self._store.stat(segment).modified_s for segment in segments)
        merged = self._write(rows, modified_s=newest)
        for segment in segments:
            self.remove(segment)
        return merged

    def whole(self, segment: str) -> pl.DataFrame | None:
        """Return all rows of a segment; None, with a warning, if it is damaged."""
        return self._whole(segment, self._store)

    @contextmanager
    def appending(self) -> Iterator["Appender"]:
        """Yield an appender; what was added is written however the block ends."""
        appender = Appender(self)
        try:
            yield appender
        except BaseException:
            with suppress(HomeError):  # what ended the block is the news
                appender.close()
            raise
        appender.close()
        if len(appender.segments) > 1:
            with suppress(FileNotFoundError):  # somebody else put them together
                self.merge(appender.segments)

    def _whole(self, segment: str, store: FileStore) -> pl.DataFrame | None:
        data = store.read(segment)
        if _hashes(segment)[1:] == [_short_hash(data)]:
            return self._parse(data)
        log.warning(DAMAGED, store.uri(segment))
        return None

    def _may_hold(self, segment: str, store: FileStore, starts: NDArray[np.uint64]) -> bool:
        index = self._index.get(segment)  # which another thread forgets when it merges segments
        if index is None:
            index = self._index[segment] = self._read_index(segment, store)
        few, many = sorted((index, starts), key=len)
        return bool(_are_in(many, few).any())

    def _read_index(self, segment: str, store: FileStore) -> NDArray[np.uint64]:
        """Return the sorted first halves of a segment's keys; none of a segment whose keys cannot be believed."""
        with suppress(pl.exceptions.PolarsError):
            starts = _starts(pl.read_parquet(store.fetch([segment])[0], columns=["key"], glob=False)["key"])
            if _hashes(segment)[:1] == [_short_hash(starts.tobytes())]:
                return starts
        log.warning(DAMAGED, store.uri(segment))
        return np.empty(0, np.uint64)

    def _rows(self, segment: str, store: FileStore, starts: NDArray[np.uint64]) -> pl.DataFrame:
        """Return the rows whose keys begin as one that is wanted."""
        rows = self._whole(segment, store)
        return self.empty() if rows is None else rows.filter(_are_in(starts, _numbers(rows["key"])))

    def _parse(self, data: bytes) -> pl.DataFrame:
        rows = pl.read_parquet(data)
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in self.schema.items() if name not in rows.columns]
        return rows.with_columns(missing).select(list(self.schema))

    def empty(self) -> pl.DataFrame:
        """Return no rows."""
        return pl.DataFrame(schema=self.schema)

    def _write(self, frame: pl.DataFrame, *, modified_s: float | None = None) -> str:
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        data = buffer.getvalue()
        starts = _starts(frame["key"])
        file = f"{uuid.uuid4().hex}-{_short_hash(starts.tobytes())}-{_short_hash(data)}{SUFFIX}"
        name = f"{self.folder}/{file}"
        self._store.put(name, data, modified_s=modified_s)
        self._index[name] = starts
        return name


class Appender:
    """Collects rows and writes them as segments: of `FLUSH_ROWS` rows, or more where they come fast.

    No row waits for longer than `FLUSH_S` seconds, and `FLUSH_ROWS` of them for no longer than `FLUSH_GAP_S`.

    A thread sees to the seconds: the next row, which would otherwise bring the last one to disk, may take minutes.
    """

    def __init__(self, segments: Segments) -> None:
        self.segments: list[str] = []
        self._target = segments
        self._rows: list[Row] = []
        self._due: float | None = None
        self._last = -FLUSH_GAP_S
        self._failure: Exception | None = None
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="flush", daemon=True)
        self._thread.start()

    def add(self, row: Row) -> None:
        """Add a row; it is on disk after the next flush.

        Raises:
            HomeError: The disk is full. No row that was on disk is lost.
        """
        with self._changed:
            if self._failure:
                raise self._failure
            self._rows.append(row)
            if len(self._rows) >= FLUSH_ROWS and self._may_flush():
                self._flush()
            elif self._due is None:
                self._wait_until(time.monotonic() + FLUSH_S)
            elif len(self._rows) == FLUSH_ROWS:
                self._wait_until(min(self._due, self._last + FLUSH_GAP_S))

    def close(self) -> None:
        """Write what is left, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()
        self._flush()

    def _may_flush(self) -> bool:
        return len(self._rows) >= MOST_ROWS or time.monotonic() - self._last >= FLUSH_GAP_S

    def _wait_until(self, due: float) -> None:
        self._due = due
        self._changed.notify()

    def _flush(self) -> None:
        if self._rows:
            self.segments.append(self._target.append(self._rows))
            self._rows, self._last = [], time.monotonic()
        self._due = None

    def _watch(self) -> None:
        with self._changed:
            while not self._closed and self._failure is None:
                if self._due is None:
                    self._changed.wait()
                elif (left := self._due - time.monotonic()) > 0:
                    self._changed.wait(left)
                else:
                    try:
                        self._flush()
                    except Exception as error:  # whatever it is: `add` raises it where it is seen
                        self._failure = error


def _is_segment(name: str) -> bool:
    return name.endswith(SUFFIX)


def _hashes(segment: str) -> list[str]:
    """Return the hashes in a segment's name: of its keys, of its bytes."""
    return segment.removesuffix(SUFFIX).rsplit("/", 1)[-1].split("-")[1:]


def _starts(keys: pl.Series) -> NDArray[np.uint64]:
    """Return the first 16 hex digits of keys as sorted numbers."""
    return np.sort(_numbers(keys))


def _numbers(keys: pl.Series) -> NDArray[np.uint64]:
    return keys.str.slice(0, 16).str.to_integer(base=16, dtype=pl.UInt64).to_numpy()


def _are_in(ordered: NDArray[np.uint64], values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return for each value whether it is among sorted ones."""
    if not len(ordered):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return np.equal(ordered[places], values)


def _short_hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
