"""Engines whose model is held by workers on a Ray cluster. Several threads may ask one at once (`Shared`).

Rows are handed out in batches: those that the workers' engine itself would form of the whole list, where its rows
depend on their batch, so that they are the rows of that engine in one process; else as many as keep a worker busy. A
worker that dies costs what it had at work: rows that had come back are the caller's, the others are asked again, of
whoever is free (`rounds`).
"""

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from scalequest_assets.engines.base import Asked, Choice, Completion, EngineInfo, Request, Sampling, Score
from scalequest_assets.engines.opening import EngineFactory, ModelHandle
from scalequest_assets.engines.ray.cluster import connect, import_ray, needs_of_worker, room_for
from scalequest_assets.engines.ray.pool import Pool
from scalequest_assets.engines.ray.rounds import CALLS, Batch, Desk, Round
from scalequest_assets.engines.ray.worker import Purpose, Worker
from scalequest_assets.engines.settings import EngineSettings

_SEATS: Final = 4  # most rows that a worker of vLLM is given, in multiples of those that it works on


class _OnRay:
    """A model on a cluster, and the loop that hands out rows and takes answers in.

    Args:
        handle: The model.
        settings: How models are run.
        factory: Opens the model on a node, for the engine that `settings.ray` names.
        purpose: Whether it writes or scores.

    Raises:
        EngineError: Ray is not installed, no cluster answers or has room, or no worker can load the model.
    """

    def __init__(self, handle: ModelHandle, settings: EngineSettings, factory: EngineFactory, purpose: Purpose) -> None:
        connect(settings.ray)
        self._ray = import_ray()
        self._max_rows = _SEATS * settings.vllm.max_num_seqs
        needs = needs_of_worker(settings.ray, settings.vllm.tensor_parallel_size)
        options = {"num_cpus": needs["CPU"], "num_gpus": needs["GPU"], "scheduling_strategy": "SPREAD"}
        hired = self._ray.remote(Worker).options(**options)
        self._pool = Pool(
            handle.name,
            partial(hired.remote, factory, _reachable(handle), purpose),
            num_workers=settings.ray.num_workers or max(1, room_for(needs)),  # a cluster that grows has none yet
            needs=needs,
            settings=settings.ray,
        )
        self._desk = Desk(self._pool)
        self._last = threading.local()

    @property
    def info(self) -> EngineInfo:
        """Return what runs the model on the worker that answered this thread last: a row's seconds are its."""
        if not hasattr(self._last, "info"):
            self._last.info = cast(EngineInfo, self._pool.wait()[0].info)
        return cast(EngineInfo, self._last.info)

    @property
    def has_room(self) -> bool:
        """Return whether workers will have nothing to do soon; see `Shared`."""
        return self._desk.has_room

    def close(self) -> None:
        """End the workers, and with them all that they hold. The engine cannot be used afterwards."""
        self._pool.close()

    def _answers(self, requests: Sequence[Request], asked: Asked, missing: Collection[str]) -> Iterator[Any]:
        """Yield answers to the missing requests as they come, each once."""
        waiting = frozenset(missing) & {request.id for request in requests}
        with Round(self._desk, asked, waiting) as work:
            work.plan(self._batches(requests, asked, waiting))
            for info, answers in work.answers():
                self._last.info = info
                yield from answers

    def _batches(self, requests: Sequence[Request], asked: Asked, waiting: Collection[str]) -> list[Batch]:
        """Cut requests into batches, those left out that lack nothing."""
        if not waiting:
            return []
        plan = self._plan(requests, asked)
        if plan is None:
            lacking = [request for request in requests if request.id in waiting]
            size = min(self._max_rows, -(-len(lacking) // (CALLS * self._pool.num_workers)))
            return [Batch(lacking[start : start + size]) for start in range(0, len(lacking), size)]
        batches = [Batch([requests[place] for place in places]) for places in plan]
        return [batch for batch in batches if any(request.id in waiting for request in batch.requests)]

    def _plan(self, requests: Sequence[Request], asked: Asked) -> list[list[int]] | None:
        rows = None
        while True:
            member = self._desk.least_busy(self._pool.wait())
            if not member.is_batched:  # a call would wait until the worker is through with what it was given
                return None
            rows = rows or self._ray.put(list(requests))
            try:
                return cast("list[list[int]]", self._ray.get(member.actor.plan.remote(rows, asked)))
            except self._ray.exceptions.RayTaskError as error:
                raise error.cause from error
            except self._ray.exceptions.RayError as error:
                self._pool.lost(member, error)


class RayEngine(_OnRay):
    """A causal language model. Implements `GenerationEngine` and `Shared`; arguments as in `_OnRay`."""

    def __init__(self, handle: ModelHandle, settings: EngineSettings, factory: EngineFactory) -> None:
        super().__init__(handle, settings, factory, "generation")

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        """Complete the missing requests, yielding rows as they come back; see `GenerationEngine`.

        Rows whose batch brought down three workers are errors.
        """
        return self._answers(requests, sampling, missing)

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        """Choose for the missing requests; see `GenerationEngine`."""
        return self._answers(requests, choice, missing)


class RayScorer(_OnRay):
    """A sequence-classification model with one output.

    Implements `ScoringEngine` and `Shared`; arguments as in `_OnRay`.
    """

    def __init__(self, handle: ModelHandle, settings: EngineSettings, factory: EngineFactory) -> None:
        super().__init__(handle, settings, factory, "scoring")

    def score(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[Score]:
        """Score the missing texts; see `ScoringEngine`."""
        return self._answers(requests, None, missing)


def _reachable(handle: ModelHandle) -> ModelHandle:
    """Return a model whose directory has the name that it has on every node."""
    path = Path(handle.path)
    return replace(handle, path=str(path.resolve())) if path.is_dir() else handle
