"""Calls of an engine on Ray: batches that nobody has yet, and those that workers have at work.

Each worker has one batch at work and one waiting, of whichever call: this bounds what is under way however slowly
answers are stored. Calls that several threads make at once share the workers, the first come first, so that a second
call begins where the first one has no batch left for a worker.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self, cast

from scalequest_assets.engines.base import Asked, Completion, EngineInfo, Request, RowError, Sampling, Score, failed
from scalequest_assets.engines.ray.cluster import LOGS, import_ray
from scalequest_assets.engines.ray.pool import Member, Pool, in_a_line
from scalequest_assets.errors import EngineError

CALLS: Final = 2
"""Batches that a worker has: one at work, and the next, so that it never waits."""
TRIES: Final = 3
"""How often a worker may die over a batch before the batch's rows are errors."""
BREAKS: Final = 2
"""How often a worker's engine may fail over a batch, with the worker alive to say so, before the call does."""
_LOOK_S: Final = 0.2  # another thread may have given a round's batch to a worker meanwhile

Answer = Completion | Score
Found = tuple[EngineInfo, list[Answer]]
"""Answers, and what made them."""


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
        round: Whose batch it is.
        batch: The batch.
        member: The worker.
        stream: Ray's generator of its answers.
        has_begun: Whether its turn has come.
    """

    round: "Round"
    batch: Batch
    member: Member
    stream: Any
    has_begun: bool = False


class Desk:
    """Where the batches of all rounds are handed out to the workers of one pool.

    Everything in it is read and changed with `pool.changed` held; nobody waits for a worker meanwhile.
    """

    def __init__(self, pool: Pool) -> None:
        self._ray = import_ray()
        self.pool = pool
        self._rounds: list[Round] = []
        self._calls: list[_Call] = []  # in the order in which they were handed out, which is that of each worker

    @property
    def has_room(self) -> bool:
        """Whether workers will have nothing to do soon, and no round is about to bring batches."""
        with self.pool.changed:
            num_waiting = sum(len(one.batches) for one in self._rounds)
            is_ready = all(one.is_planned for one in self._rounds)
            return is_ready and num_waiting < CALLS * self.pool.num_ready

    def enter(self, new: "Round") -> None:
        """Take in a round, after all others."""
        with self.pool.changed:
            self._rounds.append(new)

    def leave(self, old: "Round") -> None:
        """Have workers forget what they have not finished of a round."""
        with self.pool.changed:
            for call in self.calls_of(old):
                with suppress(self._ray.exceptions.RayError):
                    self._ray.cancel(call.stream)
                self._calls.remove(call)
            self._rounds.remove(old)

    def calls_of(self, one: "Round") -> list[_Call]:
        """Return the batches of a round that workers have."""
        return [call for call in self._calls if call.round is one]

    def least_busy(self, members: Sequence[Member]) -> Member:
        """Return the worker that has the fewest batches."""
        with self.pool.changed:
            has = Counter(call.member for call in self._calls)
            return min(members, key=lambda member: has[member])

    def hand_out(self) -> None:
        """Give batches to workers that have few.

        Raises:
            EngineError: There are no workers any more.
        """
        waiting = [one for one in self._rounds if one.batches]
        ready = self.pool.ready() if waiting else []
        has = Counter(call.member for call in self._calls)
        for most in range(1, CALLS + 1):  # one for each before a second one: few batches reach many workers
            for member in ready:
                if has[member] < most and (one := next((one for one in waiting if one.batches), None)):
                    self._calls.append(one.ask(member))
                    has[member] += 1
                    self.pool.changed.notify_all()

    def read(self, one: "Round") -> None:
        """Take in what workers have sent of a round by now."""
        calls = {id(call.stream): call for call in self.calls_of(one)}
        if not calls:
            return
        refs = [call.stream for call in calls.values()]
        for ref in self._ray.wait(refs, num_returns=len(refs), timeout=0)[0]:
            if calls[id(ref)] in self._calls:  # else its worker was found lost just now
                self._next(calls[id(ref)])

    def _next(self, call: _Call) -> None:
        try:
            self._take(call)
        except StopIteration:
            self._calls.remove(call)
            call.member.num_restarts = 0  # it does its work: a loss from now on is another matter
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, EngineError):
                self._lose(call, error.cause, is_at_fault=True)
            else:
                self._calls.remove(call)
                call.round.failure = error.cause
        except self._ray.exceptions.RayError as error:
            self._lose(call, error, is_at_fault=False)

    def _take(self, call: _Call) -> None:
        """Take one message of a worker."""
        sent = self._ray.get(next(call.stream))
        call.has_begun = True
        call.round.receive(cast(EngineInfo, call.member.info), sent)

    def _lose(self, found: _Call, cause: Exception, *, is_at_fault: bool) -> None:
        """Give up a worker: what it had at work is tried once more, or no more, and what waited is put back.

        Args:
            found: The call that shows that it is lost.
            cause: Why it is.
            is_at_fault: Whether that call is what it was at.
        """
        self.pool.lost(found.member, cause)
        calls = [call for call in self._calls if call.member is found.member]
        lost = [call for call in calls if call is found or not self._has_ended(call)]
        self._calls = [call for call in self._calls if call.member is not found.member]
        # That a batch began may have been lost with the worker: then it is the first one that did not end.
        at_work = found if is_at_fault else next((call for call in reversed(lost) if call.has_begun), lost[0])
        at_work.batch.num_tries += 1
        for call in reversed(lost):
            call.round.put_back(call, cause, was_at_work=call is at_work)

    def _has_ended(self, call: _Call) -> bool:
        """Take all that a lost worker had sent of a batch, and return whether that was all of it."""
        while True:
            try:
                self._take(call)
            except StopIteration:
                return True
            except self._ray.exceptions.RayError:
                return False


class Round:
    """One call: its batches on their way to an answer for each row that waits for one.

    A context manager: for its length the call is at the desk; in the end workers forget what they have not finished.

    Attributes:
        batches: Those that no worker has; they are given by `plan`.
        is_planned: Whether they were given.
        failure: Why the call cannot go on.

    Args:
        desk: Hands out batches.
        asked: What is asked of each row.
        waiting: Ids of rows without an answer.
    """

    def __init__(self, desk: Desk, asked: Asked, waiting: Collection[str]) -> None:
        self._ray = import_ray()
        self._desk, self._asked, self._waiting = desk, asked, set(waiting)
        self.batches, self.is_planned = deque[Batch](), False
        self.failure: BaseException | None = None
        self._found = deque[Found]()

    def __enter__(self) -> Self:
        self._desk.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._desk.leave(self)

    def plan(self, batches: Sequence[Batch]) -> None:
        """Take all batches with a row that waits."""
        with self._desk.pool.changed:
            self.batches.extend(batches)
            self.is_planned = True

    def answers(self) -> Iterator[Found]:
        """Yield what comes back, and what made it, until nothing is to come; before an error all that has come.

        Raises:
            EngineError: There are no workers any more, or the engines of two could not go on with the same batch.
        """
        while True:
            with self._desk.pool.changed:
                self._desk.read(self)
                if self.failure is None:
                    self._hand_out()
                found, self._found = self._found, deque()
                refs = [call.stream for call in self._desk.calls_of(self)]
                is_over = not (self.batches or refs)
            yield from found
            if self.failure is not None:
                raise self.failure
            if is_over:
                return
            if not found:
                self._wait(refs)

    def ask(self, member: Member) -> _Call:
        """Give the next batch to a worker."""
        batch = self.batches.popleft()
        missing = [request.id for request in batch.requests if request.id in self._waiting]
        method = member.actor.answer.options(num_returns="streaming")
        stream = method.remote(batch.requests, self._asked, missing)
        return _Call(round=self, batch=batch, member=member, stream=stream)

    def receive(self, info: EngineInfo, sent: Sequence[Answer]) -> None:
        """Take in answers, those left out that were there already."""
        answers = [answer for answer in sent if answer.id in self._waiting]
        self._waiting.difference_update(answer.id for answer in answers)
        if answers:
            self._found.append((info, answers))

    def put_back(self, call: _Call, cause: Exception, *, was_at_work: bool) -> None:
        """Take back a lost worker's batch, or give it up: its rows are errors then, or the call fails."""
        batch = call.batch
        if was_at_work and isinstance(cause, EngineError) and batch.num_tries >= BREAKS:
            self.failure = cause
            return
        rows = [request.id for request in batch.requests if request.id in self._waiting]
        if batch.num_tries < TRIES:
            self.batches.extendleft([batch] if rows else [])
            return
        text = f"{TRIES} workers died while they had this row's batch at work; {LOGS}. The last: {in_a_line(cause)}"
        error = RowError(kind="server_error", message=text)
        self.receive(cast(EngineInfo, call.member.info), [self._error(row, error) for row in rows])

    def _hand_out(self) -> None:
        """Give out batches, of other rounds too; that no worker is left is a failure of those that need one."""
        try:
            self._desk.hand_out()
        except EngineError as error:
            if self.batches or self._desk.calls_of(self):
                self.failure = error

    def _wait(self, refs: list[Any]) -> None:
        """Wait until something happens, or might have: others hand out this round's batches too."""
        coming = self._desk.pool.coming() if self.batches else []
        if refs or coming:
            self._ray.wait([*refs, *coming], timeout=_LOOK_S)
            return
        with self._desk.pool.changed:
            self._desk.pool.changed.wait(_LOOK_S)

    def _error(self, row: str, error: RowError) -> Answer:
        if isinstance(self._asked, Sampling):
            return failed(row, error)
        return Score(id=row, value=None, prompt_tokens=0, engine_s=0.0, error=error)
