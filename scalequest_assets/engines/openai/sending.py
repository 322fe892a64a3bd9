"""Sending many requests to a server that may be slow, overloaded, or gone for a while.

Who uses this brings a coroutine that sends one request and raises `Failure` where that went wrong; when to send, how
many at the same time, what to send again and when to give up is decided here.

**Whose fault is it?** A failure counts against a row's own retries if another row was answered since this row's last
failure (or since it was sent), or if there is no other row and the failure may be the row's (an HTTP 500, an answer
that makes no sense). Every other failure is the server's: rows wait, however often they were tried, until one is
answered or nothing was answered for `outage_s`; then all that is left becomes error rows without being sent.

**Does it work at all?** Until a first row is answered, no more than `first_batch` are sent. If each of them is refused,
unreadable, without text or too slow, the whole ends there: no row was sent twice, and the others would be no better.
"""

import asyncio
import heapq
import itertools
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from contextlib import closing
from typing import Final, Generic, TypeVar

from scalequest_assets.engines.base import LASTING, ErrorKind, Request
from scalequest_assets.engines.openai.attempts import Attempts, Ended, Failure, Outcome, Row
from scalequest_assets.engines.openai.background import in_background
from scalequest_assets.engines.openai.concurrency import Limiter
from scalequest_assets.engines.openai.first_batch import FirstBatch
from scalequest_assets.engines.openai.settings import RetryPolicy

__all__ = ["Failure", "Outcome", "send_all"]

T = TypeVar("T")
_OVERLOAD: Final[frozenset[ErrorKind]] = frozenset({"overloaded", "server_error", "unreachable", "timeout"})
_HELD: Final = 2  # rows held for each that may be out: those that wait for their next try keep no other from going


def send_all(
    requests: Iterable[Request],
    send: Callable[[Request], Awaitable[T]],
    *,
    policy: RetryPolicy,
    max_concurrency: int,
    has_worked: bool = False,
    close: Callable[[], Awaitable[None]] | None = None,
) -> Generator[Outcome[T], None, None]:
    """Send requests, and yield what became of each as soon as it is known, in any order.

    An event loop in a thread of its own does the work, from the first `next` until this generator ends or is closed;
    by then everything is cancelled and the thread is gone. Requests are pulled as they can be sent, in that thread.

    Args:
        requests: Any number; a few for each that may be out are held at a time.
        send: Sends one request. Raises `Failure` for one that was not done; anything else ends the whole and comes
            out here, such as `EngineError` for a wrong key.
        policy: When to try again, and when to give up.
        max_concurrency: Most requests at the same time.
        has_worked: Whether the same server did rows of the same list before: those that are left may be the few that it
            refuses.
        close: Called in the loop at the very end, such as to close a client.

    Raises:
        EngineError: Each row of the first batch failed.
    """

    async def outcomes() -> AsyncGenerator[Outcome[T], None]:
        attempts = Attempts(send, policy.timeout_s)
        try:
            async for outcome in _Sender(requests, attempts, policy, max_concurrency, has_worked=has_worked).outcomes():
                yield outcome
        finally:
            await attempts.cancel()
            if close is not None:
                await close()

    with closing(in_background(outcomes, buffer_size=max_concurrency)) as stream:
        yield from stream


class _Sender(Generic[T]):
    """One event loop's work. All decisions are made in `outcomes`, one after another; other tasks only send."""

    def __init__(
        self,
        requests: Iterable[Request],
        attempts: Attempts[T],
        policy: RetryPolicy,
        max_concurrency: int,
        *,
        has_worked: bool = False,
    ) -> None:
        self._requests, self._attempts, self._policy = iter(requests), attempts, policy
        self._limiter = Limiter(
            max_concurrency, clock=time.monotonic, first_wait_s=policy.first_wait_s, max_wait_s=policy.max_wait_s
        )
        self._max_held = max(_HELD * max_concurrency, policy.first_batch)
        self._first = FirstBatch(policy.first_batch, has_worked=has_worked)
        self._has_worked = has_worked
        self._fresh: Request | None = next(self._requests, None)
        self._waiting: list[tuple[float, int, Row]] = []  # heap of (when it is due, tie-breaker, row)
        self._was_again = False  # whether the last row to be sent had been sent before
        self._order = itertools.count()
        self._num_successes = 0
        # Silence is measured on a clock that stands still while the reader of the outcomes holds us up.
        self._held_up_s = 0.0
        self._silent_since: float | None = None
        self._last_kind: ErrorKind = "unreachable"

    async def outcomes(self) -> AsyncGenerator[Outcome[T], None]:
        """Yield outcomes until all requests are done."""
        while self._has_others() or self._first.num_held:
            outcome: Outcome[T] | None = None
            self._first.check(is_all=not self._has_others())
            if self._is_gone() or not self._has_others():
                self._wait_again()
            if not self._is_gone():
                self._send_due()
            elif self._attempts.ended.empty():
                outcome = self._give_up_one()
            if outcome is None:
                ended = await self._next_ended()
                outcome = self._judge(ended) if ended else None
            if outcome is not None:
                handed_out_at = time.monotonic()
                yield outcome
                self._held_up_s += time.monotonic() - handed_out_at
        self._first.check(is_all=True)

    def _now(self) -> float:
        return time.monotonic() - self._held_up_s

    def _is_gone(self) -> bool:
        return self._silent_since is not None and self._now() - self._silent_since >= self._policy.outage_s

    def _give_up_one(self) -> Outcome[T] | None:
        """Return a row that is not sent any more, if there is one."""
        row = heapq.heappop(self._waiting)[2] if self._waiting else self._pull()
        if row is None or self._silent_since is None:
            return None
        # No measured time in it: the text is part of a table, whose content should not differ from try to try.
        return row.failed(
            self._last_kind, f"given up: the server answered nothing for the {self._policy.outage_s:g} s of an outage"
        )

    def _send_due(self) -> None:
        """Send what may be sent now: in turn a row that was sent before and a new one.

        A row that the server always turns away would otherwise be sent before all others, one at a time, for ever.
        """
        while self._limiter.wait_s() == 0:
            is_due = bool(self._waiting) and self._waiting[0][0] <= time.monotonic()
            if is_due and not (self._was_again and self._has_room()):
                row: Row | None = heapq.heappop(self._waiting)[2]
            else:
                row = self._pull() if self._has_room() else None
            if row is None:
                return
            self._was_again = row.num_sent > 0
            self._attempts.start(row, self._limiter.sent())

    def _has_room(self) -> bool:
        num_out = self._limiter.num_in_flight
        has_place = len(self._waiting) + num_out < self._max_held and self._first.has_room(num_out)
        return self._fresh is not None and has_place

    def _pull(self) -> Row | None:
        request = self._fresh
        if request is None:
            return None
        self._fresh = next(self._requests, None)
        return Row(request=request, num_successes=self._num_successes)

    async def _next_ended(self) -> Ended[T] | None:
        """Wait for an attempt to end, but no longer than until there is something else to do."""
        if not self._limiter.num_in_flight and self._silent_since is None:
            self._silent_since = self._now()  # all wait: a server that wants to be left alone for days is gone
        wait_s = self._limiter.wait_s()
        if not self._has_room():
            wait_s = max(wait_s, self._waiting[0][0] - time.monotonic()) if self._waiting else math.inf
        if self._silent_since is not None and not self._is_gone():
            wait_s = min(wait_s, self._silent_since + self._policy.outage_s - self._now())
        try:
            async with asyncio.timeout(None if wait_s == math.inf else max(0.0, wait_s)):
                return await self._attempts.ended.get()
        except TimeoutError:
            return None

    def _judge(self, ended: Ended[T]) -> Outcome[T] | None:
        """Return what became of a row, or None if it is to be sent again."""
        if ended.fatal is not None:
            raise ended.fatal
        row, result = ended.row, ended.result
        if not isinstance(result, Failure):
            self._answered(ended.number)
            self._wait_again()
            return row.done(result)
        if result.kind in LASTING:  # an answer, too: this server works
            self._answered(ended.number)
            self._first.failed(row, result, is_alone=not self._has_others())
            return row.failed(result.kind, result.message)
        self._not_answered(ended, result)
        if self._is_rows_fault(row, result):
            row.num_charged += 1
        row.num_successes = self._num_successes
        if self._first.failed(row, result, is_alone=not self._has_others()):
            return None
        if row.num_charged > self._policy.max_retries:
            return row.failed(result.kind, result.message)
        self._wait(row)
        return None

    def _wait(self, row: Row) -> None:
        due_at = time.monotonic() + self._limiter.backoff_s(row.num_sent)
        heapq.heappush(self._waiting, (due_at, next(self._order), row))

    def _wait_again(self) -> None:
        """Let the rows that the first batch holds be sent again."""
        for row in self._first.release():
            self._wait(row)

    def _has_others(self) -> bool:
        return bool(self._fresh or self._waiting or self._limiter.num_in_flight)

    def _answered(self, number: int) -> None:
        self._limiter.succeeded(number)
        self._num_successes += 1
        self._silent_since = None

    def _not_answered(self, ended: Ended[T], failure: Failure) -> None:
        if failure.kind in _OVERLOAD:
            self._limiter.overloaded(ended.number, failure.retry_after_s)
        else:
            self._limiter.ended()
        self._last_kind = failure.kind
        if self._silent_since is None:
            self._silent_since = self._now()

    def _is_rows_fault(self, row: Row, failure: Failure) -> bool:
        if self._num_successes > row.num_successes or (self._has_worked and failure.kind == "bad_answer"):
            return True
        return not self._has_others() and not failure.is_servers
