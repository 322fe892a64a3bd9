"""One call of an engine on Ray: batches that nobody has yet, and those that workers have at work.

Each worker has one batch at work and one waiting, which bounds what is under way however slowly answers are stored.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

from scalequest_assets.engines.base import Asked, Completion, EngineInfo, Request, RowError, Sampling, Score, failed
from scalequest_assets.engines.ray.cluster import LOGS, import_ray
from scalequest_assets.engines.ray.pool import Member, Pool, in_a_line
from scalequest_assets.errors import EngineError

CALLS: Final = 2
"""Batches that a worker has of one round: one at work, and the next, so that it never waits."""
TRIES: Final = 3
"""How often a worker may die over a batch before the batch's rows are errors."""
BREAKS: Final = 2
"""How often a worker's engine may fail over a batch, with the worker alive to say so, before the call does."""

Answer = Completion | Score


@dataclass(eq=False)
class Batch:
    """Requests that are asked together.

    Attributes:
        requests: All of them, stored or not.
        num_tries: How often a worker was lost while it had them at work.
    """

    requests: Sequence[Request]
    num_tries: int = 0


@dataclass(eq=False, kw_only=True)
class _Call:
    """A batch that a worker has.

    Attributes:
        batch: The batch.
        member: The worker.
        stream: Ray's generator of its answers.
        has_begun: Whether its turn has come.
    """

    batch: Batch
    member: Member
    stream: Any
    has_begun: bool = False


class Round:
    """Batches on their way to an answer for each row that waits for one.

    Args:
        pool: The workers.
        asked: What is asked of each row.
        batches: All batches with a row that waits.
        waiting: Ids of rows without an answer.
    """

    def __init__(self, pool: Pool, asked: Asked, batches: Sequence[Batch], waiting: Collection[str]) -> None:
        self._ray = import_ray()
        self._pool, self._asked = pool, asked
        self._batches, self._waiting = deque(batches), set(waiting)
        self._calls: list[_Call] = []
        self._dead: set[Member] = set()

    def hand_out(self) -> bool:
        """Give batches to workers that have few; return whether anything is still to come.

        Raises:
            EngineError: There are no workers any more.
        """
        ready = self._pool.ready() if self._batches else []
        has = Counter(call.member for call in self._calls)
        for most in range(1, CALLS + 1):  # one for each before a second one: few batches reach many workers
            for member in ready:
                if self._batches and has[member] < most:
                    self._calls.append(self._ask(member, self._batches.popleft()))
                    has[member] += 1
        return bool(self._batches or self._calls)

    def take_in(self) -> Iterator[tuple[EngineInfo, list[Answer]]]:
        """Wait until something happens, and yield what came back, and what made it.

        Raises:
            EngineError: The engines of two workers could not go on with the same batch.
        """
        calls = {id(call.stream): call for call in self._calls}
        refs = [call.stream for call in self._calls] + (self._pool.coming() if self._batches else [])
        if not refs:
            return
        found, _ = self._ray.wait(refs, num_returns=len(refs), timeout=0)
        found = found or self._ray.wait(refs, timeout=1.0)[0]
        for call in [calls[id(ref)] for ref in found if id(ref) in calls]:
            if answers := self._next(call):
                yield cast(EngineInfo, call.member.info), answers

    def take_back(self) -> None:
        """Have workers forget what they have not finished."""
        for call in self._calls:
            with suppress(self._ray.exceptions.RayError):
                self._ray.cancel(call.stream)
        self._calls = []

    def _ask(self, member: Member, batch: Batch) -> _Call:
        missing = [request.id for request in batch.requests if request.id in self._waiting]
        method = member.actor.answer.options(num_returns="streaming")
        return _Call(batch=batch, member=member, stream=method.remote(batch.requests, self._asked, missing))

    def _next(self, call: _Call) -> list[Answer]:
        """Return what a worker sent, without rows that were answered before; nothing where its batch came to an end."""
        try:
            sent = self._ray.get(next(call.stream))
        except StopIteration:
            self._calls.remove(call)
            return []
        except self._ray.exceptions.RayTaskError as error:
            if not isinstance(error.cause, EngineError):
                raise error.cause from error
            return self._lost(call, error.cause)
        except self._ray.exceptions.RayError as error:
            return self._lost(call, error)
        call.has_begun = True
        return self._taken([row for row in sent if row.id in self._waiting])

    def _lost(self, call: _Call, cause: Exception) -> list[Answer]:
        """Put a lost worker's batch back, or give it up and return its rows as errors."""
        if isinstance(cause, EngineError):
            call.batch.num_tries += 1
        elif call.member not in self._dead:
            self._dead.add(call.member)
            self._at_work(call.member).batch.num_tries += 1
        self._calls.remove(call)
        self._pool.lost(call.member, cause)
        batch = call.batch
        if isinstance(cause, EngineError) and batch.num_tries >= BREAKS:
            raise cause
        rows = [request.id for request in batch.requests if request.id in self._waiting]
        if batch.num_tries < TRIES:
            self._batches.extendleft([batch] if rows else [])
            return []
        text = f"{TRIES} workers died while they had this row's batch at work; {LOGS}. The last: {in_a_line(cause)}"
        error = RowError(kind="server_error", message=text)
        return self._taken([self._error(row, error) for row in rows])

    def _at_work(self, member: Member) -> _Call:
        """Return the call that a worker was at when it died: that it began may have been lost with it."""
        calls = [call for call in self._calls if call.member is member]
        return next((call for call in reversed(calls) if call.has_begun), calls[0])

    def _taken(self, answers: list[Answer]) -> list[Answer]:
        self._waiting.difference_update(answer.id for answer in answers)
        return answers

    def _error(self, row: str, error: RowError) -> Answer:
        if isinstance(self._asked, Sampling):
            return failed(row, error)
        return Score(id=row, value=None, prompt_tokens=0, engine_s=0.0, error=error)
