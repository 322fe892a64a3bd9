"""The first rows that a server is sent: if none of them can be done, nor could the others.

Who pays for rows does not want to pay for each of them to find out that the server's answers cannot be read, nor twice
for one: rows that failed are held until another row was done.
"""

from typing import Final

from scalequest_assets.engines.base import LASTING, ErrorKind
from scalequest_assets.engines.openai.attempts import Failure, Row
from scalequest_assets.errors import EngineError

_TELLING: Final[frozenset[ErrorKind]] = frozenset({"bad_answer", "timeout", "refused", "no_text"})
"""Failures that say something about the server's other rows, unlike an outage, and a prompt that is too long."""


class FirstBatch:
    """Keeps account of the rows sent before a first one is done.

    Args:
        size: Rows that have to fail before the server is given up.
        has_worked: Whether it did rows of the same list before. Then rows that it refuses may be all that are left, and
            fewer than `size` say nothing.
    """

    def __init__(self, size: int, *, has_worked: bool) -> None:
        self._size, self._has_worked = size, has_worked
        self._failed: dict[str, Failure] = {}
        self._held: list[Row] = []
        self._is_over = False

    def has_room(self, num_in_flight: int) -> bool:
        """Return whether one more row may be sent that was not sent before."""
        return self._is_over or num_in_flight + len(self._failed) < self._size

    @property
    def num_held(self) -> int:
        """Rows that are neither out nor waiting."""
        return len(self._held)

    def failed(self, row: Row, failure: Failure, *, is_alone: bool) -> bool:
        """Take note of a row's failure, and return whether the row is held here.

        A row that is alone is not: it has its retries.
        """
        is_last = failure.kind in LASTING
        if self._is_over or failure.kind not in _TELLING or (is_last and self._has_worked):
            return False
        if is_alone and not self._failed:
            return False
        self._failed[row.request.id] = failure
        if not is_last:
            self._held.append(row)
        return not is_last

    def check(self, *, is_all: bool) -> None:
        """Give the server up if the batch is whole: all its rows failed.

        Args:
            is_all: Whether there is no other row, sent or not.

        Raises:
            EngineError: The server did none of its first rows.
        """
        num = len(self._failed)
        if self._is_over or num < 2 or not (num >= self._size or (is_all and not self._has_worked)):
            return
        failure = list(self._failed.values())[-1]
        raise EngineError(
            f"the first {num} rows all failed and none was done, so the others were not sent: "
            f"{failure.kind}: {failure.message}",
            _REMEDIES.get(failure.kind, _REMEDY),
        )

    def release(self) -> list[Row]:
        """Return the rows that were held, to be sent again, and end the batch: a row was done, or no other is left."""
        self._is_over = True
        held, self._held = self._held, []
        return held


_REMEDY: Final = (
    "remove the cause and run again: see the server's settings (engine.servers.*, such as omit_fields), the role's "
    "sampling, and docs/servers.md"
)
_REMEDIES: Final[dict[ErrorKind, str]] = {
    "timeout": "raise engine.servers.*.timeout_s, or lower max_concurrency or the role's max_tokens, and run again",
    "no_text": "the model only thinks: raise the role's sampling.max_tokens, or take one that answers",
}
