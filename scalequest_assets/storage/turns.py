"""Threads that make partitions side by side ask for rows in the partitions' order, and wait for each other's.

Equal texts in two partitions are one row of the store, and a row depends a little on the batch that it was made in. So
which of two partitions makes it must not depend on who is faster: it is the one that would, were they made one after
the other. Only a row that failed is made by whichever call asks again first.
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Line:
    """Partitions in their order, one after the other let in."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._turns: list[Turn] = []

    def turn(self) -> "Turn":
        """Return the place of the next one."""
        with self._changed:
            self._turns.append(Turn(self._changed, [*self._turns]))
            return self._turns[-1]


class Turn:
    """A partition's place in its line.

    Args:
        changed: The line's; held wherever something of a place is read or changed.
        before: The places before it.
    """

    def __init__(self, changed: threading.Condition, before: "list[Turn]") -> None:
        self._changed, self._before = changed, before
        self._num_claims, self._is_over = 0, False

    @property
    def has_claimed(self) -> bool:
        """Whether it has asked for rows, or never will."""
        with self._changed:
            return self._is_over or self._num_claims > 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Let the thread that runs the block claim rows in this place."""
        token = _TURN.set(self)
        try:
            yield
        finally:
            _TURN.reset(token)
            with self._changed:
                self._is_over = True
                self._before.clear()
                self._changed.notify_all()

    @contextmanager
    def claiming(self) -> Iterator[None]:
        """Run the block, which says what it will make, once all before have come as far or are over."""
        with self._changed:
            self._changed.wait_for(self._is_next)
        try:
            yield
        finally:
            with self._changed:
                self._num_claims += 1
                self._changed.notify_all()

    def _is_next(self) -> bool:
        self._before = [turn for turn in self._before if not turn._is_over]
        return all(turn._num_claims > self._num_claims for turn in self._before)


_TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)


@contextmanager
def claiming() -> Iterator[None]:
    """Run a block in this thread's turn; at once in a thread that is in no line."""
    turn = _TURN.get()
    if turn is None:
        yield
        return
    with turn.claiming():
        yield


class AtWork:
    """The rows that calls of this process are making: another call that wants one waits for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._keys: dict[str, set[str]] = {}  # by folder

    def claim(self, folder: str, keys: Collection[str]) -> set[str]:
        """Take the rows of a folder that nobody makes, and return their keys."""
        with self._changed:
            taken = self._keys.setdefault(folder, set())
            free = set(keys) - taken
            taken |= free
            return free

    def release(self, folder: str, keys: Collection[str]) -> None:
        """Give back rows that were taken: they are stored, or will not be made."""
        with self._changed:
            self._keys.get(folder, set()).difference_update(keys)
            self._changed.notify_all()

    def wait(self, folder: str, keys: Collection[str]) -> None:
        """Wait until nobody makes any of these rows."""
        with self._changed:
            self._changed.wait_for(lambda: self._keys.get(folder, set()).isdisjoint(keys))
