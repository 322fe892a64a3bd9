"""Pieces of work on a cluster: each is a task on a node, and what it reads lies in Ray's store until then.

A task whose node dies runs again elsewhere: it changes nothing but what it returns.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scalequest_assets.engines.ray.cluster import LOGS, connect, described, import_ray
from scalequest_assets.engines.ray.settings import RaySettings
from scalequest_assets.errors import EngineError


@dataclass(frozen=True)
class _Stored:
    ref: Any

    def __call__(self) -> Any:
        return import_ray().get(self.ref)


def _run(function: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
    """Yield at once, which shows that the piece has a place; then what it returns."""
    yield None
    yield function(*arguments)


class RayPieces:
    """Pieces on a cluster. Implements `recipe.pieces.Pieces`.

    Workers that hold a model keep their CPUs while they are idle: whoever has such an engine closes it first.

    Args:
        num: Pieces, from 1.
        settings: Where the cluster is, the CPUs of each task, and how long it may wait for them.

    Raises:
        EngineError: Ray is not installed, or no cluster answers.
    """

    def __init__(self, num: int, settings: RaySettings) -> None:
        connect(settings)
        self.num, self._ray, self._settings = num, import_ray(), settings

    def keep(self, frame: Any) -> Callable[[], Any]:
        """Put a frame into Ray's store, which moves to the disk what its memory does not hold."""
        return _Stored(self._ray.put(frame))

    def each(self, function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield what the pieces return, in their order; all run at once, as far as there are CPUs.

        Raises:
            EngineError: None of those left was given a place in time, or the cluster lost a piece again and again.
        """
        cpus = self._settings.cpus_per_worker
        threads = {"POLARS_MAX_THREADS": str(max(1, math.floor(cpus)))}
        task = self._ray.remote(_run).options(
            num_cpus=cpus,
            num_returns="streaming",
            scheduling_strategy="SPREAD",
            runtime_env={"env_vars": threads},
        )
        waiting = [task.remote(function, *own) for own in arguments]
        try:
            while waiting:
                self._await_a_place(waiting)
                self._ray.get(next(waiting[0]))
                yield self._ray.get(next(waiting[0]))
                waiting.pop(0)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            raise EngineError(
                f"a piece of the search for near-duplicates was lost on the Ray cluster: {error}",
                f"{LOGS}; where memory ran out, raise engine.near_duplicate_pieces",
            ) from error
        finally:
            for stream in waiting:
                self._ray.cancel(stream, force=True)

    def _await_a_place(self, waiting: list[Any]) -> None:
        """Wait until one of these pieces has begun, if none has."""
        patience_s, needs = self._settings.placement_s, {"CPU": self._settings.cpus_per_worker}
        if not self._ray.wait(waiting, timeout=patience_s)[0]:
            raise EngineError(
                "no node of the Ray cluster had room for a piece of the search for near-duplicates in "
                f"{patience_s:g} s (engine.ray.placement_s): {described(needs, 'a piece')}",
                "let others finish (ray status), add nodes, lower engine.ray.cpus_per_worker, or search where the "
                "command runs: engine.near_duplicate_pieces: 1",
            )
