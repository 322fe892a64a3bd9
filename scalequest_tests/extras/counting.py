"""An engine for Ray's workers in tests: it writes down each row that it makes, and dies or stalls when told."""

import os
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scalequest_assets.engines.base import Asked, Choice, Completion, EngineInfo, Request, Sampling, Score
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import EngineError

BATCH = 4


@dataclass(frozen=True)
class CountingFactory:
    """Opens the engine; `victim` is the node on which it stalls after its first row."""

    made: Path
    victim: str = ""

    def generation(self, handle: ModelHandle) -> "CountingEngine":
        if handle.path == "unloadable":
            raise EngineError("there are no weights", "name others")
        return CountingEngine(self)

    def scoring(self, handle: ModelHandle) -> Any:
        raise NotImplementedError

    def chat(self, handle: ModelHandle) -> Any:
        raise NotImplementedError

    def free_devices(self) -> None:
        raise NotImplementedError

    def rows(self) -> list[str]:
        """Return the ids of all rows that were made, each as often as it was."""
        return self.made.read_text(encoding="utf-8").split()


class CountingEngine:
    """Upper-cases prompts in batches of four. `die` ends its process, `break` its engine, `bug` is a fault."""

    info = EngineInfo(name="counting 1", device="cpu", num_devices=0, is_exact=True)

    def __init__(self, factory: CountingFactory) -> None:
        self._factory = factory

    def batches(self, requests: Sequence[Request], asked: Asked) -> list[list[Request]]:
        return [list(requests[start : start + BATCH]) for start in range(0, len(requests), BATCH)]

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        import ray

        stalls = ray.get_runtime_context().get_node_id() == self._factory.victim
        for request in requests:
            if request.id not in missing:
                continue
            if request.prompt == "die":
                os._exit(1)
            if request.prompt == "break":
                raise EngineError("the device fell off", "put it back")
            if request.prompt == "bug":
                raise ZeroDivisionError
            with self._factory.made.open("a", encoding="utf-8") as file:
                file.write(f"{request.id}\n")
            yield Completion(
                id=request.id,
                text=request.prompt.upper(),
                finish_reason="stop",
                prompt_tokens=1,
                num_tokens=1,
                engine_s=0.0,
            )
            if stalls:
                threading.Event().wait()

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        raise NotImplementedError

    def close(self) -> None:
        pass
