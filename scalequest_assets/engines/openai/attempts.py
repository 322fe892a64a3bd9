"""One attempt to have a request done by a server: its deadline, what went wrong with it, and its share of the time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from scalequest_assets.engines.base import ErrorKind, Request, RowError

T = TypeVar("T")
_NEVER_THE_ROWS: Final[frozenset[ErrorKind]] = frozenset({"overloaded", "unreachable", "timeout"})


class Failure(Exception):  # noqa: N818 - one attempt's, and no error yet: it may be tried again
    """A request that was not done.

    Attributes:
        kind: Lasting kinds are not tried again.
        message: What happened, for a person; no secret.
        retry_after_s: Seconds for which the server wants no request at all.
        is_servers: Whether the row cannot be what is wrong; by default, it follows from the kind.
        is_said: Whether the message is what a model said, which tells nothing of the request.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        retry_after_s: float | None = None,
        is_servers: bool | None = None,
        is_said: bool = False,
    ) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind, self.message, self.retry_after_s, self.is_said = kind, message, retry_after_s, is_said
        self.is_servers = kind in _NEVER_THE_ROWS if is_servers is None else is_servers


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[T]):
    """What became of a request: an answer or an error.

    Attributes:
        request: As it came.
        answer: What `send` returned.
        error: Why there is no answer.
        num_retries: How often it was sent again.
        engine_s: Its share of the seconds: at every moment, time is divided among the requests that are out.
    """

    request: Request
    answer: T | None
    error: RowError | None
    num_retries: int
    engine_s: float


@dataclass(kw_only=True)
class Row:
    """A request on its way.

    Attributes:
        request: As it came.
        num_successes: Of all rows, when this one was first sent or last failed.
        num_sent: How often it was sent.
        num_charged: Failures that count against its own retries.
        engine_s: Its share of the seconds so far.
    """

    request: Request
    num_successes: int
    num_sent: int = 0
    num_charged: int = 0
    engine_s: float = 0.0

    def failed(self, kind: ErrorKind, message: str) -> Outcome[T]:
        """Return the row's end as an error."""
        return self.done(None, RowError(kind=kind, message=message))

    def done(self, answer: T | None, error: RowError | None = None) -> Outcome[T]:
        """Return the row's end."""
        num_retries = max(0, self.num_sent - 1)
        return Outcome(
            request=self.request, answer=answer, error=error, num_retries=num_retries, engine_s=self.engine_s
        )


@dataclass(frozen=True, kw_only=True)
class Ended(Generic[T]):
    """An attempt that is over.

    Attributes:
        row: Whose attempt.
        number: Of all attempts, as the limiter counts them.
        result: The answer, or what went wrong.
        fatal: An error that ends more than this row.
    """

    row: Row
    number: int
    result: T | Failure | None = None
    fatal: BaseException | None = None


class Attempts(Generic[T]):
    """The attempts that are out, each a task, and a queue of those that are over."""

    def __init__(self, send: Callable[[Request], Awaitable[T]], timeout_s: float) -> None:
        self.ended: asyncio.Queue[Ended[T]] = asyncio.Queue()  # bounded by what is out
        self._send, self._timeout_s = send, timeout_s
        self._tasks: set[asyncio.Task[None]] = set()
        # A running sum of seconds / number of requests out: what it grows by during an attempt is the attempt's share.
        self._num_out, self._sum_s, self._summed_at = 0, 0.0, time.monotonic()

    def start(self, row: Row, number: int) -> None:
        """Send a row."""
        row.num_sent += 1
        task = asyncio.create_task(self._attempt(row, number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def cancel(self) -> None:
        """Cancel what is out, and wait until it is."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _attempt(self, row: Row, number: int) -> None:
        result: T | Failure | None = None
        fatal: BaseException | None = None
        sum_s = self._count(1)
        try:
            async with asyncio.timeout(self._timeout_s):
                result = await self._send(row.request)
        except TimeoutError:
            result = Failure("timeout", f"no complete answer within {self._timeout_s:g} s")
        except Failure as failure:
            result = failure
        except BaseException as error:  # for whoever reads the queue; a cancelled attempt nobody waits for
            fatal = error
        row.engine_s += self._count(-1) - sum_s
        self.ended.put_nowait(Ended(row=row, number=number, result=result, fatal=fatal))

    def _count(self, change: int) -> float:
        now = time.monotonic()
        if self._num_out:
            self._sum_s += (now - self._summed_at) / self._num_out
        self._num_out, self._summed_at = self._num_out + change, now
        return self._sum_s
