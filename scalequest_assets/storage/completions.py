"""Everything that models ever wrote, addressed by content: what is stored is never made again.

A row's key is the hash of the model's version, the rendered prompt, the sampling and the row's seed. Rows lie in
segments, `<root>/<model>/<sampling or "scores">/…parquet` (see `segments`).
"""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import polars as pl

from scalequest_assets.engines.base import (
    Choice,
    Completion,
    EngineInfo,
    GenerationEngine,
    OnProgress,
    Request,
    RowError,
    Sampling,
    Score,
    ScoringEngine,
)
from scalequest_assets.errors import EngineError
from scalequest_assets.storage.calls import Call, OnMade, Result, closing, storable
from scalequest_assets.storage.files import FileStore, store_at
from scalequest_assets.storage.segments import SUFFIX, Row, Segments
from scalequest_assets.storage.turns import AtWork

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
Engine = TypeVar("Engine", GenerationEngine, ScoringEngine)
Opening = Callable[[], AbstractContextManager[Engine]]
"""Opens a model for the length of a block."""

SCORES = "scores"
"""Folder of a model's scores; its completions lie in folders named by sampling."""


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
        open_engine: Opening[GenerationEngine],
        model_version: str,
        requests: Sequence[Request],
        sampling: Sampling,
        *,
        on_progress: OnProgress | None = None,
        on_made: OnMade | None = None,
    ) -> Result:
        """Complete requests; the model is opened only if a row is missing, and only for as long as it makes rows.

        While the call waits for rows that another one makes, it uses no engine: that one may need it.

        Rows are stored as they come. Rows that were stored keep their stored text, also where their engine makes them
        again for the sake of a neighbour in their batch.

        Raises:
            EngineError: The engine cannot run, or does not answer what it was asked. What finished is stored.
            HomeError: The disk is full. What was stored stays.
        """
        folder = f"{_slug(model_version)}/{_digest(sampling.model_dump())[:12]}"
        keys = _keys(requests, [model_version, "generate", sampling.model_dump()])
        segments = self._of(folder, COMPLETION_SCHEMA)
        with Call[Completion](
            segments, self._at_work, keys, requests, on_progress=on_progress, on_made=on_made
        ) as call:
            while call.is_incomplete():
                with open_engine() as engine:
                    call.run(engine, engine.generate(call.distinct, sampling, call.missing), _completion_row)
            return call.result()

    def score(
        self,
        open_engine: Opening[ScoringEngine],
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
                with open_engine() as engine:
                    call.run(engine, _finite(engine.score(call.distinct, call.missing)), _score_row)
            return call.result()

    def choose(
        self,
        open_engine: Opening[GenerationEngine],
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
                with open_engine() as engine:
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
    ) -> "Call[Score]":
        keys = _keys(requests, [model_version, *asked])
        segments = self._of(f"{_slug(model_version)}/{SCORES}", SCORE_SCHEMA)
        return Call[Score](segments, self._at_work, keys, requests, on_progress=on_progress, on_made=on_made)

    def _of(self, folder: str, schema: Mapping[str, pl.DataType]) -> Segments:
        return self._segments.setdefault(folder, Segments(self.files, folder, schema))


def _completion_row(done: Completion, info: EngineInfo) -> Row:
    reasoning = None if done.reasoning is None else storable(done.reasoning)
    tokens = (done.prompt_tokens, done.num_tokens)
    return (storable(done.text), done.finish_reason, *tokens, *_provenance(done, info), reasoning)


def _score_row(done: Score, info: EngineInfo) -> Row:
    return (done.value, done.prompt_tokens, done.is_truncated, *_provenance(done, info))


def _provenance(done: Completion | Score, info: EngineInfo) -> Row:
    """Return what made a row, as the engine is now: a client learns from its server what it has to leave out."""
    return (done.engine_s, done.num_retries, info.name, info.device, info.num_devices, info.is_exact)


def _finite(scores: Iterator[Score]) -> Iterator[Score]:
    """Yield scores, those that are no number as errors."""
    with closing(scores):
        for score in scores:
            if score.value is None or math.isfinite(score.value):
                yield score
            else:
                error = RowError(kind="not_finite", message=f"the score is {score.value}")
                yield replace(score, value=None, error=error)


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
