"""Pieces of work done one after the other in this process: what they read lies in a temporary folder until then."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from scalequest_assets.errors import HomeError


class InFolder:
    """Pieces that find their frames in a folder. Implements `recipe.pieces.Pieces`.

    Args:
        num: Pieces, from 1.
        folder: Where frames are put.
    """

    def __init__(self, num: int, folder: Path) -> None:
        self.num, self._folder, self._num_kept = num, folder, 0

    def keep(self, frame: pl.DataFrame) -> Callable[[], pl.DataFrame]:
        """Put a frame into the folder.

        Raises:
            HomeError: The folder cannot be written; often its disk is full.
        """
        path = self._folder / f"{self._num_kept}.parquet"
        self._num_kept += 1
        try:
            frame.write_parquet(path, compression="uncompressed", statistics=False)  # read again soon, mostly hashes
        except (OSError, pl.exceptions.ComputeError) as error:  # Polars has the second for a full disk
            raise HomeError(
                f"the temporary folder {self._folder} cannot be written: {error}",
                "make space there, name a folder on a larger disk by TMPDIR, or lower engine.near_duplicate_pieces",
            ) from error
        return partial(pl.read_parquet, path, glob=False)

    def each(self, function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield what the pieces return."""
        return (function(*own) for own in arguments)


@contextmanager
def in_folder(num: int) -> Iterator[InFolder]:
    """Give pieces that find their frames in a temporary folder (in `TMPDIR`), which goes with them."""
    with tempfile.TemporaryDirectory(prefix="scalequest-") as folder:
        yield InFolder(num, Path(folder))
