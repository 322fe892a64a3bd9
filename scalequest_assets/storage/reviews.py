"""What people said of pairs: a table that no run makes, beside the lake, one file for each session of reviewing.

A session's file is written whole with every judgement, so that an interruption loses none, and two people who review at
the same time do not meet. Nothing here removes one.
"""

import hashlib
import uuid
from datetime import UTC, datetime

import polars as pl

from scalequest_assets.stages import REVIEWS
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake, Partition


class Reviews:
    """Reads and writes the judgements of a home.

    Args:
        home: The home. They lie in it, wherever its lake is: they cannot be made again.
    """

    def __init__(self, home: Home) -> None:
        self._files = Lake(home.root)
        self.where = str(home.reviews)

    def read(self) -> pl.DataFrame:
        """Return all judgements, with the columns of `TABLES["reviews"]`, session by session.

        Raises:
            SchemaError: A file has other columns, or is damaged.
        """
        return self._files.scan(REVIEWS, self._sessions()).collect()

    def version(self) -> str:
        """Return a hash of all that was said; nothing where nothing was."""
        hashes = [f"{key}={self._files.content_hash(REVIEWS, key)}" for key in self._sessions()]
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:8] if hashes else ""

    def paths(self) -> list[str]:
        """Return what DuckDB reads the sessions by."""
        return self._files.paths(REVIEWS, self._sessions())

    def write(self, session: str, judgements: pl.DataFrame) -> None:
        """Put all judgements of a session in place of those that it had.

        Raises:
            HomeError: There is no space left.
            SchemaError: The frame does not have the declared columns.
        """
        self._files.write(REVIEWS, {"session": session}, judgements)

    def _sessions(self) -> list[Partition]:
        return [*self._files.partitions(REVIEWS)]


def new_session() -> str:
    """Return the name of a new session: names are in the order of time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
