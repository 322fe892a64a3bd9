"""Everything that models ever wrote, addressed by content: what is stored is never made again.

A row's key is the hash of the model's version, the rendered prompt, the sampling and the row's seed. Rows lie in
append-only segments, `<root>/<model>/<sampling or "scores">/<id>-<hash of the bytes>.parquet`: written whole and
renamed, so that several processes may write, and checked when read, so that a damaged one is made again, not believed.
"""

import hashlib
import io
import json
import logging
import math
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Generic, TypeVar

import polars as pl
from upath import UPath

from scalequest_assets.engines.base import (
    Completion,
    GenerationEngine,
    OnProgress,
    Progress,
    Request,
    Sampling,
    Score,
    ScoringEngine,
)
from scalequest_assets.errors import EngineError
from scalequest_assets.storage.home import replacing
from scalequest_assets.storage.lake import Cost

FLUSH_ROWS, FLUSH_S = 256, 5.0
"""A kill loses at most this many finished rows, or those of this many seconds."""

MAX_READS = 20
"""How often a read starts anew because another process merged its segments meanwhile."""

COMPLETION_SCHEMA: dict[str, pl.DataType] = {
    "key": pl.String(),
    "text": pl.String(),
    "finish_reason": pl.String(),
    "prompt_tokens": pl.Int32(),
    "num_tokens": pl.Int32(),
    "engine_s": pl.Float64(),
}
SCORE_SCHEMA: dict[str, pl.DataType] = {
    "key": pl.String(),
    "value": pl.Float64(),
    "num_tokens": pl.Int32(),
    "engine_s": pl.Float64(),
}

log = logging.getLogger(__name__)
Answer = TypeVar("Answer", Completion, Score)


@dataclass(frozen=True, kw_only=True)
class CompletionResult:
    """Completions by request id, and what they took, in this call or when they were stored.

    Attributes:
        completions: One per request.
        num_generated: Distinct rows made in this call, failed ones included.
        num_stored: Distinct rows that were there already.
        prompt_tokens: Tokens of all distinct prompts.
        completion_tokens: Tokens of all distinct completions.
        engine_s: Engine seconds of all distinct rows.
        num_errors: Rows that the engine could not do; they are not stored, and tried again by the next call.
    """

    completions: dict[str, Completion]
    num_generated: int
    num_stored: int
    prompt_tokens: int
    completion_tokens: int
    engine_s: float
    num_errors: int

    def cost(self, device: str | None = None) -> Cost:
        """Return the figures as the cost of a part."""
        return Cost(
            num_requests=self.num_generated + self.num_stored,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            engine_s=self.engine_s,
            num_errors=self.num_errors,
            device=device,
        )


@dataclass(frozen=True, kw_only=True)
class ScoreResult:
    """Scores by request id; the figures as in `CompletionResult`."""

    scores: dict[str, Score]
    num_generated: int
    num_stored: int
    prompt_tokens: int
    engine_s: float

    def cost(self, device: str | None = None) -> Cost:
        """Return the figures as the cost of a part."""
        num_requests = self.num_generated + self.num_stored
        return Cost(num_requests=num_requests, prompt_tokens=self.prompt_tokens, engine_s=self.engine_s, device=device)


class CompletionStore:
    """Answers requests from what is stored, and asks a model for the rest."""

    def __init__(self, root: UPath | str) -> None:
        self.root = UPath(root)

    def complete(
        self,
        open_engine: Callable[[], GenerationEngine],
        model_version: str,
        requests: Sequence[Request],
        sampling: Sampling,
        *,
        on_progress: OnProgress | None = None,
    ) -> CompletionResult:
        """Complete requests; the model is opened only if a row is missing, and is left open.

        Batches are planned from all distinct requests. A batch that lacks a row is run whole, because a row may
        depend on its batch; rows that were stored keep their stored text.

        Raises:
            EngineError: The engine cannot run, or does not answer what it was asked. What finished is stored.
        """
        folder = self._folder(model_version) / _digest(asdict(sampling))[:12]
        keys = _keys(requests, [model_version, "generate", asdict(sampling)])
        segments = Segments(folder, COMPLETION_SCHEMA)
        call = _Call(keys, {key: Completion(id="", **row) for key, row in segments.read(keys.values())}, on_progress)
        distinct = call.first_of_each_key(requests)
        if call.lacks_one_of(distinct):
            engine = open_engine()
            with segments.appending() as appender:
                for batch in engine.plan(distinct, sampling):
                    if call.lacks_one_of(batch):
                        for completion in _checked(batch, engine.generate(batch, sampling)):
                            call.take(_storable(completion), appender)
                        appender.flush()
        rows = call.rows.values()
        return CompletionResult(
            completions=call.answers_to(requests),
            num_generated=len(rows) - call.num_stored,
            num_stored=call.num_stored,
            prompt_tokens=sum(row.prompt_tokens for row in rows),
            completion_tokens=sum(row.num_tokens for row in rows),
            engine_s=sum(row.engine_s for row in rows),
            num_errors=sum(row.finish_reason == "error" for row in rows),
        )

    def score(
        self,
        open_engine: Callable[[], ScoringEngine],
        model_version: str,
        requests: Sequence[Request],
        *,
        on_progress: OnProgress | None = None,
    ) -> ScoreResult:
        """Score requests; only what is missing goes to the model, which is opened only if something is.

        Raises:
            EngineError: The engine cannot run, does not answer what it was asked, or answers with NaN or infinity.
        """
        keys = _keys(requests, [model_version, "score"])
        segments = Segments(self._folder(model_version) / "scores", SCORE_SCHEMA)
        call = _Call(keys, {key: Score(id="", **row) for key, row in segments.read(keys.values())}, on_progress)
        missing = [request for request in call.first_of_each_key(requests) if call.lacks_one_of([request])]
        if missing:
            engine = open_engine()
            with segments.appending() as appender:
                for score in _checked(missing, engine.score(missing)):
                    if not math.isfinite(score.value):
                        raise EngineError(f"request {score.id}: score is {score.value}", "check the scoring model")
                    call.take(score, appender)
        rows = call.rows.values()
        return ScoreResult(
            scores=call.answers_to(requests),
            num_generated=len(rows) - call.num_stored,
            num_stored=call.num_stored,
            prompt_tokens=sum(row.num_tokens for row in rows),
            engine_s=sum(row.engine_s for row in rows),
        )

    def _folder(self, model_version: str) -> UPath:
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", model_version).strip("-.")[:60]
        return self.root / f"{slug}-{_digest(model_version)[:8]}"


class Segments:
    """Append-only rows in one folder, each with a `key`, in checksummed Parquet files."""

    def __init__(self, folder: UPath, schema: Mapping[str, pl.DataType]) -> None:
        self.folder = folder
        self.schema = dict(schema)

    def read(self, keys: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield `(key, the other columns)` of the rows with these keys, each key once.

        Memory holds one segment and the rows found. Damaged segments are skipped with a warning.
        """
        wanted = pl.DataFrame({"key": sorted(set(keys))}, schema={"key": pl.String()})
        found = [pl.DataFrame(schema=self.schema)]
        for attempt in range(MAX_READS):
            try:
                found += [self._matches(segment, wanted) for segment in self._files()]
                break
            except FileNotFoundError:  # another writer merged its segments: the merged one is in the next listing
                found = found[:1]
                if attempt == MAX_READS - 1:
                    raise
        # Two writers may have made the same row: whichever comes first in this order is everyone's.
        rows = pl.concat(found).sort(list(self.schema)).unique("key", keep="first", maintain_order=True)
        for row in rows.iter_rows(named=True):
            yield row.pop("key"), row

    def append(self, rows: Sequence[Mapping[str, Any]]) -> UPath:
        """Write rows as a new segment."""
        return self._write(pl.DataFrame(rows, schema=self.schema, strict=True))

    def merge(self, segments: Sequence[UPath]) -> None:
        """Replace segments by one with the same rows. A reader finds the rows before, while and after."""
        self._write(pl.concat([pl.read_parquet(segment.read_bytes()) for segment in segments]))
        for segment in segments:
            segment.unlink(missing_ok=True)

    @contextmanager
    def appending(self) -> Iterator["Appender"]:
        """Yield an appender; what was added is written however the block ends."""
        appender = Appender(self)
        try:
            yield appender
        finally:
            appender.flush()
        if len(appender.segments) > 1:
            self.merge(appender.segments)

    def _files(self) -> list[UPath]:
        return sorted(self.folder.glob("*.parquet"), key=str) if self.folder.exists() else []

    def _matches(self, segment: UPath, wanted: pl.DataFrame) -> pl.DataFrame:
        data = segment.read_bytes()
        if not segment.stem.endswith(f"-{hashlib.sha256(data).hexdigest()[:16]}"):
            log.warning("%s is damaged and ignored; its rows are made again. It can be deleted.", segment)
            return pl.DataFrame(schema=self.schema)
        if pl.read_parquet(data, columns=["key"]).join(wanted, on="key", how="semi").is_empty():
            return pl.DataFrame(schema=self.schema)
        return pl.read_parquet(data).join(wanted, on="key", how="semi")

    def _write(self, frame: pl.DataFrame) -> UPath:
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        data = buffer.getvalue()
        segment = self.folder / f"{uuid.uuid4().hex}-{hashlib.sha256(data).hexdigest()[:16]}.parquet"
        with replacing(segment) as temporary:
            temporary.write_bytes(data)
        return segment


class Appender:
    """Collects rows and writes them as segments every `FLUSH_ROWS` rows or `FLUSH_S` seconds."""

    def __init__(self, segments: Segments) -> None:
        self.segments: list[UPath] = []
        self._target = segments
        self._rows: list[Mapping[str, Any]] = []
        self._flushed_at = time.monotonic()

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row; it is on disk after the next flush."""
        self._rows.append(row)
        if len(self._rows) >= FLUSH_ROWS or time.monotonic() - self._flushed_at >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Write what was added since the last flush."""
        if self._rows:
            self.segments.append(self._target.append(self._rows))
            self._rows = []
        self._flushed_at = time.monotonic()


class _Call(Generic[Answer]):
    """The rows of one call so far, by key, and how far it is."""

    def __init__(self, keys: Mapping[str, str], stored: dict[str, Answer], on_progress: OnProgress | None) -> None:
        self.keys = keys
        self.rows: dict[str, Answer] = stored
        self.num_stored = len(stored)
        self._num_keys, self._on_progress = len(set(keys.values())), on_progress
        self._num_tokens, self._seconds = 0, 0.0
        self._report()

    def first_of_each_key(self, requests: Sequence[Request]) -> list[Request]:
        """Return the requests that ask for different rows, in their order."""
        first: dict[str, Request] = {}
        for request in requests:
            first.setdefault(self.keys[request.id], request)
        return list(first.values())

    def lacks_one_of(self, requests: Iterable[Request]) -> bool:
        return any(self.keys[request.id] not in self.rows for request in requests)

    def answers_to(self, requests: Sequence[Request]) -> dict[str, Answer]:
        return {request.id: replace(self.rows[self.keys[request.id]], id=request.id) for request in requests}

    def take(self, answer: Answer, appender: Appender) -> None:
        """Keep an answer, unless its row is there already, and store it, unless it is a failure."""
        key = self.keys[answer.id]
        if key in self.rows:
            return
        self.rows[key] = answer
        self._num_tokens += answer.num_tokens
        self._seconds += answer.engine_s
        if not (isinstance(answer, Completion) and answer.finish_reason == "error"):
            values = {field.name: getattr(answer, field.name) for field in fields(answer)}
            appender.add({"key": key, **{name: values[name] for name in values if name not in ("id", "error")}})
        self._report()

    def _report(self) -> None:
        if self._on_progress is not None:
            done = len(self.rows)
            self._on_progress(
                Progress(done=done, total=self._num_keys, num_tokens=self._num_tokens, seconds=self._seconds)
            )


def _checked(requests: Sequence[Request], answers: Iterator[Answer]) -> Iterator[Answer]:
    """Yield answers, and raise if one was not asked for or one is missing at the end."""
    open_ids = {request.id for request in requests}
    for answer in answers:
        if answer.id not in open_ids:
            raise EngineError(f"the engine answered {answer.id!r} twice or unasked", "report this fault of the engine")
        open_ids.remove(answer.id)
        yield answer
    if open_ids:
        some = ", ".join(sorted(open_ids)[:5])
        raise EngineError(f"the engine left {len(open_ids)} requests without an answer: {some}", "run again")


def _storable(completion: Completion) -> Completion:
    """Replace halves of surrogate pairs, which JSON from a server can carry and UTF-8 cannot."""
    text = completion.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return completion if text == completion.text else replace(completion, text=text)


def _keys(requests: Sequence[Request], recipe: Sequence[object]) -> dict[str, str]:
    keys = {request.id: _digest([*recipe, request.prompt, request.seed])[:32] for request in requests}
    if len(keys) < len(requests):
        twice = [name for name, count in Counter(request.id for request in requests).items() if count > 1]
        raise EngineError(f"request ids are not unique: {', '.join(twice[:5])}", "give every request an id of its own")
    return keys


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
