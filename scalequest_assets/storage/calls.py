"""One call of the store: rows that are there, that another call makes, and that this one has an engine make."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

import polars as pl

from scalequest_assets.engines.base import (
    LASTING,
    Completion,
    EngineInfo,
    GenerationEngine,
    OnProgress,
    Progress,
    Request,
    Score,
    ScoringEngine,
)
from scalequest_assets.errors import EngineError
from scalequest_assets.storage.costs import Cost
from scalequest_assets.storage.segments import Appender, Row, Segments
from scalequest_assets.storage.turns import AtWork, claiming

_ERRORS: dict[str, pl.DataType] = {"error_kind": pl.String(), "error": pl.String()}
_ASKED = {"id": pl.String(), "key": pl.String()}

OnMade = Callable[[Cost], None]
"""Is told what each row took that an engine has made, once it is stored; may raise an error."""
Answer = TypeVar("Answer", Completion, Score)


@dataclass(frozen=True, kw_only=True)
class Result:
    """Answers to requests, and what they took, in this call or when they were stored.

    Attributes:
        rows: One per request, in their order: `id`, `COMPLETION_SCHEMA` or `SCORE_SCHEMA`, and `error_kind`, `error`
            (`kind: message`), null where the row could be done. Failed rows are not stored, and tried again next time.
        folder: Where the rows are stored, relative to the store.
        num_made: Distinct rows made in this call, failed ones included.
        num_stored: Distinct rows that were there already, or that another call made while this one waited for them.
        wall_s: Seconds of this call, from when it was its turn to take rows.
    """

    rows: pl.DataFrame
    folder: str
    num_made: int
    num_stored: int
    wall_s: float

    @property
    def num_errors(self) -> int:
        """Return how many requests the engine could not do."""
        return self.rows.height - self.rows["error_kind"].null_count()

    def references(self) -> pl.DataFrame:
        """Return where each row is stored: `folder`, `key`."""
        return self.rows.select(pl.lit(self.folder).alias("folder"), "key")

    def cost(self, model: str | None = None) -> Cost:
        """Return the figures as the cost of a part; equal requests count once."""
        rows = self.rows.unique("key").sort("key")
        done = rows.filter(pl.col("error_kind").is_null())
        lasting = rows["error_kind"].is_in(sorted(LASTING)).sum()
        num_errors = rows.height - rows["error_kind"].null_count()
        devices = rows["device"].drop_nulls().unique().sort().to_list()
        return Cost(
            num_requests=rows.height,
            prompt_tokens=int(done["prompt_tokens"].sum()),
            completion_tokens=int(done["num_tokens"].sum()) if "num_tokens" in done.columns else 0,
            engine_s=float(rows["engine_s"].sum()),
            gpu_s=float((rows["engine_s"] * rows["num_devices"]).sum()),
            wall_s=self.wall_s,
            num_retries=int(rows["num_retries"].sum()),
            num_errors=num_errors,
            num_passing_errors=num_errors - int(lasting),
            device=" + ".join(devices) or None,
            model=model,
        )


class Call(Generic[Answer]):
    """One call: what was asked, what is stored, and what the engine has answered so far.

    A context manager: it takes the rows that nobody makes, and gives back those of them that it did not make.

    Attributes:
        distinct: The requests, one for each key.

    Args:
        segments: Where the rows lie.
        at_work: The rows that this process is making.
        keys: Each request's key by its id.
        requests: What is asked.
        on_progress: Is told of each row that comes, and of those that are there.
        on_made: Is told what each row took.
    """

    def __init__(
        self,
        segments: Segments,
        at_work: AtWork,
        keys: Mapping[str, str],
        requests: Sequence[Request],
        *,
        on_progress: OnProgress | None,
        on_made: OnMade | None,
    ) -> None:
        self._segments, self._keys, self._on_progress, self._on_made = segments, keys, on_progress, on_made
        self._at_work = at_work
        self._made: list[Row] = []
        self._first: dict[str, Request] = {}
        for request in requests:
            self._first.setdefault(keys[request.id], request)
        self.distinct = list(self._first.values())
        self._num_tokens, self._seconds = 0, 0.0
        self._stored, self._own, self._others = segments.empty(), set[str](), set(self._first)

    def __enter__(self) -> Self:
        try:
            with claiming():
                self._began = time.monotonic()
                self._claim()
            self._report()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    @property
    def missing(self) -> set[str]:
        """Return the ids of requests that this call has to make."""
        return {self._first[key].id for key in self._own}

    def is_incomplete(self) -> bool:
        """Return whether rows are to be made, once those that other calls were making are there, or are not made.

        A row that another call could not make is the first one's that asks again, in no order. Nobody may use an engine
        while it waits here: the call that it waits for may need it.
        """
        while not self._own and self._others:
            self._at_work.wait(self._segments.folder, self._others)
            self._claim()
            self._report()
        return bool(self._own)

    def _claim(self) -> None:
        """Take the rows that nobody makes, and read what is stored: what others stored before is there by now."""
        wanted, folder = self._others, self._segments.folder
        self._own = self._at_work.claim(folder, wanted)
        self._others = wanted - self._own
        there = self._segments.read(self._own)
        stored = set(there["key"])
        self._stored = pl.concat([self._stored, there])
        self._at_work.release(folder, stored)
        self._own -= stored

    def _release(self) -> None:
        self._at_work.release(self._segments.folder, self._own)
        self._own = set()

    def run(
        self,
        engine: GenerationEngine | ScoringEngine,
        answers: Iterator[Answer],
        row_of: Callable[[Answer, EngineInfo], Row],
    ) -> None:
        """Take what the engine answers, storing it as it comes."""
        name, missing = engine.info.name, self.missing
        waiting, known = set(missing), {request.id for request in self.distinct}
        answer: Answer
        with self._segments.appending() as appender, closing(answers):
            for answer in answers:
                if answer.id in waiting:
                    waiting.remove(answer.id)
                    self._take(answer, engine.info, [self._keys[answer.id], *row_of(answer, engine.info)], appender)
                elif answer.id not in known or answer.id in missing:
                    raise EngineError(f"{name} answered {answer.id!r} twice or unasked", "report this fault")
        if waiting:
            some = ", ".join(sorted(waiting)[:5])
            raise EngineError(f"{name} left {len(waiting)} requests without an answer: {some}", "run again")
        self._release()

    def result(self) -> Result:
        """Return all rows by request, stored ones first where one was made twice."""
        schema = {**self._segments.schema, **_ERRORS}
        made = pl.DataFrame(self._made, schema=schema, orient="row")
        nothing = [pl.lit(None, dtype).alias(name) for name, dtype in _ERRORS.items()]
        rows = pl.concat([self._stored.with_columns(nothing), made])
        asked = pl.DataFrame({"id": list(self._keys), "key": list(self._keys.values())}, schema=_ASKED)
        return Result(
            rows=asked.join(rows, on="key", how="left", maintain_order="left"),
            folder=self._segments.folder,
            num_made=made.height,
            num_stored=self._stored.height,
            wall_s=time.monotonic() - self._began,
        )

    def _take(self, answer: Answer, info: EngineInfo, row: Row, appender: Appender) -> None:
        if answer.error:
            self._made.append((*row, answer.error.kind, storable(str(answer.error))))
        else:
            appender.add(row)
            self._made.append((*row, None, None))
        self._num_tokens += answer.num_tokens if isinstance(answer, Completion) else answer.prompt_tokens
        self._seconds += answer.engine_s
        self._report()
        if self._on_made is not None:
            self._on_made(_cost_of(answer, info))

    def _report(self) -> None:
        if self._on_progress is not None:
            done, total = self._stored.height + len(self._made), len(self.distinct)
            self._on_progress(Progress(done=done, total=total, num_tokens=self._num_tokens, seconds=self._seconds))


@contextmanager
def closing(answers: Iterator[Answer]) -> Iterator[None]:
    """Close a generator however the block ends: what it still has workers do is nobody's any more."""
    try:
        yield
    finally:
        if isinstance(answers, Generator):
            answers.close()


def _cost_of(answer: Answer, info: EngineInfo) -> Cost:
    """Return what one answer took; a failed one took its seconds alone."""
    gpu_s = answer.engine_s * info.num_devices
    if answer.error:
        return Cost(engine_s=answer.engine_s, gpu_s=gpu_s)
    written = answer.num_tokens if isinstance(answer, Completion) else 0
    return Cost(prompt_tokens=answer.prompt_tokens, completion_tokens=written, engine_s=answer.engine_s, gpu_s=gpu_s)


def storable(text: str) -> str:
    """Replace halves of surrogate pairs, which JSON from a server can carry and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
