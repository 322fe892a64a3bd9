"""What runs on a node of the cluster: one engine, asked for one batch after the other.

Models write minutes at a batch, so rows are sent back as they finish: what a node had sent before it died is kept.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import scalequest_assets
from scalequest_assets.engines.base import Asked, Batched, Choice, Completion, EngineInfo, Request, Sampling, Score
from scalequest_assets.engines.opening import EngineFactory, ModelHandle
from scalequest_assets.errors import EngineError

Purpose = Literal["generation", "scoring"]

_SEND_EVERY_S: Final = 0.1  # rows that finish sooner after one another go together: each message takes a millisecond


@dataclass(frozen=True, kw_only=True)
class Started:
    """What a worker says of itself once its model is loaded.

    Attributes:
        info: What runs the model.
        version: This package's version on the node.
        is_batched: Whether its rows depend on their batch: what is asked together has to be planned.
    """

    info: EngineInfo
    version: str
    is_batched: bool


class Worker:
    """A loaded model on a node.

    Args:
        factory: Opens the model.
        handle: The model.
        purpose: Whether it writes or scores.
    """

    def __init__(self, factory: EngineFactory, handle: ModelHandle, purpose: Purpose) -> None:
        self._factory, self._handle, self._purpose = factory, handle, purpose
        self._engine: Any = None

    def place(self) -> str:
        """Return the address of the node that it is on."""
        import ray

        return str(ray.util.get_node_ip_address())

    def start(self) -> Started:
        """Load the model.

        Raises:
            EngineError: It cannot be loaded here.
        """
        path = Path(self._handle.path)
        if path.is_absolute() and not path.exists():
            raise EngineError(
                f"model {self._handle.name}: node {self.place()} has no {path}",
                "put the home where all nodes mount it at the same place, or name a model of kind hub (docs/ray.md)",
            )
        self._engine = getattr(self._factory, self._purpose)(self._handle)
        is_batched = isinstance(self._engine, Batched)
        return Started(info=self._engine.info, version=scalequest_assets.__version__, is_batched=is_batched)

    def plan(self, requests: Sequence[Request], asked: Asked) -> list[list[int]]:
        """Return which requests, by position, must be asked together, where rows depend on others (`is_batched`)."""
        places = {request.id: place for place, request in enumerate(requests)}
        return [[places[row.id] for row in batch] for batch in self._engine.batches(requests, asked)]

    def answer(
        self, requests: Sequence[Request], asked: Asked, missing: Sequence[str]
    ) -> Iterator[list[Completion] | list[Score]]:
        """Yield an empty list once the requests' turn has come, then their answers as they finish."""
        yield []
        finished: list[Any] = []
        sent = 0.0
        for row in self._answers(requests, asked, frozenset(missing)):
            finished.append(row)
            if time.monotonic() - sent >= _SEND_EVERY_S:
                yield finished
                finished, sent = [], time.monotonic()
        if finished:
            yield finished

    def _answers(self, requests: Sequence[Request], asked: Asked, missing: frozenset[str]) -> Iterator[Any]:
        if isinstance(asked, Sampling):
            found: Iterator[Any] = self._engine.generate(requests, asked, missing)
        elif isinstance(asked, Choice):
            found = self._engine.choose(requests, asked, missing)
        else:
            found = self._engine.score(requests, missing)
        return found
