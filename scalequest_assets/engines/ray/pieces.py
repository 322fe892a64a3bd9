"""Pieces of work on a cluster: each is a task on a node, and what it reads lies in Ray's store until then.

A task whose node dies runs again elsewhere: it changes nothing but what it returns.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scalequest_assets.engines.ray.cluster import LOGS, connect, import_ray
from scalequest_assets.engines.ray.settings import RaySettings
from scalequest_assets.errors import EngineError


@dataclass(frozen=True)
class _Stored:
    ref: Any

    def __call__(self) -> Any:
        return import_ray().get(self.ref)


class RayPieces:
    """Pieces on a cluster. Implements `recipe.pieces.Pieces`.

    Args:
        num: Pieces, from 1.
        settings: Where the cluster is, and the CPUs of each task.

    Raises:
        EngineError: Ray is not installed, or no cluster answers.
    """

    def __init__(self, num: int, settings: RaySettings) -> None:
        connect(settings)
        self.num, self._ray, self._cpus = num, import_ray(), settings.cpus_per_worker

    def keep(self, frame: Any) -> Callable[[], Any]:
        """Put a frame into Ray's store, which moves to the disk what its memory does not hold."""
        return _Stored(self._ray.put(frame))

    def each(self, function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield what the pieces return, in their order; all run at once, as far as there are CPUs.

        Raises:
            EngineError: The cluster lost a piece again and again.
        """
        threads = {"POLARS_MAX_THREADS": str(max(1, math.floor(self._cpus)))}
        task = self._ray.remote(function).options(
            num_cpus=self._cpus, scheduling_strategy="SPREAD", runtime_env={"env_vars": threads}
        )
        waiting = [task.remote(*own) for own in arguments]
        try:
            while waiting:
                yield self._ray.get(waiting[0])
                waiting.pop(0)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            raise EngineError(
                f"a piece of the search for near-duplicates was lost on the Ray cluster: {error}",
                f"{LOGS}; where memory ran out, raise engine.near_duplicate_pieces",
            ) from error
        finally:
            for ref in waiting:
                self._ray.cancel(ref, force=True)
