"""Work cut into pieces: where pieces run, and where what they read lies until then.

One function does a piece, wherever it runs: one after the other in this process (`IN_MEMORY`; where there are several,
`storage.pieces`), or side by side on the nodes of a cluster (`engines.ray.pieces`).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

import polars as pl

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


class _InMemory:
    num = 1

    def keep(self, frame: pl.DataFrame) -> Kept:
        """Keep the frame itself."""
        return partial(_same, frame)

    def each(self, function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Result]:
        """Yield what the pieces return."""
        return (function(*own) for own in arguments)


def _same(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


IN_MEMORY: Pieces = _InMemory()
"""All in one piece."""
