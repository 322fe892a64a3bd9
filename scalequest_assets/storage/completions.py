"""Everything that models ever wrote, addressed by content: what is stored is never made again.

A row's key is the hash of the model's version, the rendered prompt, the sampling and the row's seed. Rows lie in
segments, `<root>/<model>/<sampling or "scores">/…parquet` (see `segments`).
"""

import hashlib
import json
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import polars as pl

from scalequest_assets.engines.base import (
    LASTING,
    Choice,
    Completion,
    EngineInfo,
    GenerationEngine,
    OnProgress,
    Progress,
    Request,
    RowError,
    Sampling,
    Score,
    ScoringEngine,
)
from scalequest_assets.errors import EngineError
from scalequest_assets.storage.costs import Cost
from scalequest_assets.storage.files import FileStore, store_at
from scalequest_assets.storage.segments import SUFFIX, Appender, Row, Segments
from scalequest_assets.storage.turns import AtWork, claiming

_PROVENANCE: dict[str, pl.DataType] = {
    "engine_s": pl.Float64(),
    "num_retries": pl.Int32(),
    "engine": pl.String(),
    "device": pl.String(),
    "num_devices": pl.Int32(),
    "is_exact": pl.Boolean(),
}
COMPLETION_SCHEMA: dict[str, pl.DataType] = {
    "key": pl.String(),
    "text": pl.String(),
    "finish_reason": pl.String(),
    "prompt_tokens": pl.Int32(),
    "num_tokens": pl.Int32(),
    **_PROVENANCE,
    "reasoning": pl.String(),  # last: rows of earlier releases have none
}
SCORE_SCHEMA: dict[str, pl.DataType] = {
    "key": pl.String(),
    "value": pl.Float64(),
    "prompt_tokens": pl.Int32(),
    "is_truncated": pl.Boolean(),
    **_PROVENANCE,
}
_ERRORS: dict[str, pl.DataType] = {"error_kind": pl.String(), "error": pl.String()}

SCORES = "scores"
"""Folder of a model's scores; its completions lie in folders named by sampling."""

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
        num_stored: Distinct rows that were there already.
        wall_s: Seconds of this call.
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


class CompletionStore:
    """Answers requests from what is stored, and asks a model for the rest; several threads may ask at once.

    Args:
        files: Where completions lie: a store, or a local directory.
    """

    def __init__(self, files: FileStore | Path | str) -> None:
        self.files = store_at(files)
        self._segments: dict[str, Segments] = {}
        self._at_work = AtWork()

    def complete(
        self,
        open_engine: Callable[[], GenerationEngine],
        model_version: str,
        requests: Sequence[Request],
        sampling: Sampling,
        *,
        on_progress: OnProgress | None = None,
        on_made: OnMade | None = None,
    ) -> Result:
        """Complete requests; the model is opened only if a row is missing, and is left open.

        Rows are stored as they come. Rows that were stored keep their stored text, also where their engine makes them
        again for the sake of a neighbour in their batch.

        Raises:
            EngineError: The engine cannot run, or does not answer what it was asked. What finished is stored.
            HomeError: The disk is full. What was stored stays.
        """
        folder = f"{_slug(model_version)}/{_digest(sampling.model_dump())[:12]}"
        keys = _keys(requests, [model_version, "generate", sampling.model_dump()])
        segments = self._of(folder, COMPLETION_SCHEMA)
        with _Call[Completion](segments, self._at_work, keys, requests, on_progress, on_made) as call:
            while call.is_incomplete():
                engine = open_engine()
                call.run(engine, engine.generate(call.distinct, sampling, call.missing), _completion_row)
            return call.result()

    def score(
        self,
        open_engine: Callable[[], ScoringEngine],
        model_version: str,
        requests: Sequence[Request],
        *,
        on_progress: OnProgress | None = None,
        on_made: OnMade | None = None,
    ) -> Result:
        """Score texts; see `complete`.

        Raises:
            EngineError: The engine cannot run, or does not answer what it was asked.
            HomeError: The disk is full. What was stored stays.
        """
        with self._scores(model_version, requests, ["score"], on_progress, on_made) as call:
            while call.is_incomplete():
                engine = open_engine()
                call.run(engine, _finite(engine.score(call.distinct, call.missing)), _score_row)
            return call.result()

    def choose(
        self,
        open_engine: Callable[[], GenerationEngine],
        model_version: str,
        requests: Sequence[Request],
        choice: Choice,
        *,
        on_progress: OnProgress | None = None,
        on_made: OnMade | None = None,
    ) -> Result:
        """Have a model that writes choose between two answers to each prompt; see `complete`.

        Raises:
            EngineError: The engine cannot run, gives no probabilities, or does not answer what it was asked.
            HomeError: The disk is full. What was stored stays.
        """
        asked = ["choose", choice.this, choice.other]
        with self._scores(model_version, requests, asked, on_progress, on_made) as call:
            while call.is_incomplete():
                engine = open_engine()
                call.run(engine, _finite(engine.choose(call.distinct, choice, call.missing)), _score_row)
            return call.result()

    def folders(self) -> list[Segments]:
        """Return the segments of all models and samplings that something is stored for."""
        found = sorted({name.rpartition("/")[0] for name in self.files.list() if name.endswith(SUFFIX)})
        schemas = {True: SCORE_SCHEMA, False: COMPLETION_SCHEMA}
        return [Segments(self.files, folder, schemas[folder.endswith(f"/{SCORES}")]) for folder in found]

    def _scores(
        self,
        model_version: str,
        requests: Sequence[Request],
        asked: Sequence[object],
        on_progress: OnProgress | None,
        on_made: OnMade | None,
    ) -> "_Call[Score]":
        keys = _keys(requests, [model_version, *asked])
        segments = self._of(f"{_slug(model_version)}/{SCORES}", SCORE_SCHEMA)
        return _Call[Score](segments, self._at_work, keys, requests, on_progress, on_made)

    def _of(self, folder: str, schema: Mapping[str, pl.DataType]) -> Segments:
        return self._segments.setdefault(folder, Segments(self.files, folder, schema))


class _Call(Generic[Answer]):
    """One call: what was asked, what is stored, and what the engine has answered so far.

    A context manager, which gives back the rows that it took and did not make.
    """

    def __init__(
        self,
        segments: Segments,
        at_work: AtWork,
        keys: Mapping[str, str],
        requests: Sequence[Request],
        on_progress: OnProgress | None,
        on_made: OnMade | None,
    ) -> None:
        self._segments, self._keys, self._on_progress, self._on_made = segments, keys, on_progress, on_made
        self._at_work = at_work
        self._began = time.monotonic()
        self._made: list[Row] = []
        self._first: dict[str, Request] = {}
        for request in requests:
            self._first.setdefault(keys[request.id], request)
        self.distinct = list(self._first.values())
        self._num_tokens, self._seconds = 0, 0.0
        self._stored, self._own, self._others = segments.empty(), set[str](), set(self._first)
        with claiming():
            self._claim()
        self._report()

    def __enter__(self) -> Self:
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
        """Return whether rows are to be made, once those that other calls were making are there, or are not made."""
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
        try:
            there = self._segments.read(self._own)
        except BaseException:
            self._release()
            raise
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
        with self._segments.appending() as appender, _closed(answers):
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
            self._made.append((*row, answer.error.kind, _storable(str(answer.error))))
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
def _closed(answers: Iterator[Answer]) -> Iterator[None]:
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


_ASKED = {"id": pl.String(), "key": pl.String()}


def _completion_row(done: Completion, info: EngineInfo) -> Row:
    reasoning = None if done.reasoning is None else _storable(done.reasoning)
    tokens = (done.prompt_tokens, done.num_tokens)
    return (_storable(done.text), done.finish_reason, *tokens, *_provenance(done, info), reasoning)


def _score_row(done: Score, info: EngineInfo) -> Row:
    return (done.value, done.prompt_tokens, done.is_truncated, *_provenance(done, info))


def _provenance(done: Completion | Score, info: EngineInfo) -> Row:
    """Return what made a row, as the engine is now: a client learns from its server what it has to leave out."""
    return (done.engine_s, done.num_retries, info.name, info.device, info.num_devices, info.is_exact)


def _finite(scores: Iterator[Score]) -> Iterator[Score]:
    """Yield scores, those that are no number as errors."""
    for score in scores:
        if score.value is None or math.isfinite(score.value):
            yield score
        else:
            error = RowError(kind="not_finite", message=f"the score is {score.value}")
            yield replace(score, value=None, error=error)


def _storable(text: str) -> str:
    """Replace halves of surrogate pairs, which JSON from a server can carry and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _keys(requests: Sequence[Request], recipe: Sequence[object]) -> dict[str, str]:
    """Return each request's key by its id: the hash of the JSON list of the recipe, the prompt and the seed."""
    begun = hashlib.sha256(json.dumps(recipe, sort_keys=True)[:-1].encode())
    keys, last, prompted = {}, None, begun
    for request in requests:
        if request.prompt != last:  # the samples of a question follow one another, and have one prompt
            last, prompted = request.prompt, begun.copy()
            prompted.update(f", {json.dumps(last)}, ".encode())
        digest = prompted.copy()
        digest.update(f"{request.seed}]".encode())
        keys[request.id] = digest.hexdigest()[:32]
    if len(keys) < len(requests):
        twice = [name for name, count in Counter(request.id for request in requests).items() if count > 1]
        raise EngineError(f"request ids are not unique: {', '.join(twice[:5])}", "give every request an id of its own")
    return keys


def _slug(model_version: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", model_version).strip("-.")[:60]
    return f"{name}-{_digest(model_version)[:8]}"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
