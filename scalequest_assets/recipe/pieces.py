"""Work cut into pieces: where pieces run, and where what they read lies until then.

One function does a piece, wherever it runs: one after the other in this process (`here`), or side by side on the nodes
of a cluster (`engines.ray.pieces`).
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import polars as pl

from scalequest_assets.errors import HomeError

Result = TypeVar("Result")
Kept = Callable[[], pl.DataFrame]
"""Returns a frame that was kept."""


class Pieces(Protocol):
    """How many pieces there are, and where they run.

    Attributes:
        num: Pieces, from 1.
    """

    num: int

    def keep(self, frame: pl.DataFrame) -> Kept:
        """Put a frame where pieces read it."""
        ...

    def each(self, function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Result]:
        """Yield `function(*arguments[i])` of every piece i, in their order.

        The function is one of a module. What it is given is `Kept`, or can be sent to another process.
        """
        ...


class _Here:
    """Pieces one after the other; several find their frames in a folder, one has them in memory."""

    def __init__(self, num: int, folder: Path) -> None:
        self.num, self._folder, self._num_kept = num, folder, 0

    def keep(self, frame: pl.DataFrame) -> Kept:
        """Put a frame into the folder.

        Raises:
            HomeError: The folder cannot be written; often its disk is full.
        """
        if self.num == 1:
            return partial(_same, frame)
        path = self._folder / f"{self._num_kept}.parquet"
        self._num_kept += 1
        try:
            frame.write_parquet(path, compression="uncompressed", statistics=False)  # read again soon, mostly hashes
        except (OSError, pl.exceptions.ComputeError) as error:  # Polars has the second for a full disk
            raise HomeError(
                f"the temporary folder {self._folder} cannot be written: {error}",
                "make space there, name a folder on a larger disk by TMPDIR, or lower engine.near_duplicate_pieces",
            ) from error
        return partial(pl.read_parquet, path)

    def each(self, function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Result]:
        """Yield what the pieces return."""
        return (function(*own) for own in arguments)


def _same(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


@contextmanager
def here(num: int = 1) -> Iterator[Pieces]:
    """Give pieces of this process, and for several of them a temporary folder (in `TMPDIR`)."""
    with tempfile.TemporaryDirectory(prefix="scalequest-") as folder:
        yield _Here(num, Path(folder))


IN_MEMORY: Pieces = _Here(1, Path())
"""All in one piece."""
