"""A home of which two tables are to be made on a Ray cluster, for tests and the benchmark: its questions are there.

`python -m scalequest_tests.extras.side_by_side HOME MADE` makes `responses` in one, with the counting engine.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from scalequest_assets.cli.making import make
from scalequest_assets.config.profile import Profile
from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.engines.base import Completion, Request
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.orchestration.graph import Graph
from scalequest_assets.partitions import partition_keys
from scalequest_assets.steps.models import Models
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import use_profile
from scalequest_tests.extras.counting import CountingEngine, CountingFactory
from scalequest_tests.fakes import FakeChat

NUM_SHARDS = 4
INTERRUPTED = 130
"""How the command here ends after an interrupt."""
SAMPLING = "{temperature: 1.0, top_p: 0.9, max_tokens: 8}"
SETTINGS = (
    f"num_shards={NUM_SHARDS}",
    "answers.num_samples=1",
    "solvability.evidence=[probability]",
    f"roles.judge={{model: tiny, prompt_style: compact, sampling: {SAMPLING}}}",
    f"roles.responder={{model: tiny, prompt_style: compact, sampling: {SAMPLING}}}",
    "engine.device=cpu",
    "engine.dtype=float32",
    "engine.batch_size=4",
)


def prepared(root: Path, model: str, *settings: str, num_questions: int = 6) -> tuple[Home, Profile]:
    """Return a home and its profile; half of each shard's questions are those of all other shards too."""
    home = Home(root)
    profile, _ = use_profile(home, "embedded", [f"models.tiny={{kind: path, path: {model}}}", *SETTINGS, *settings])
    lake = Lake(home.lake)
    for partition in partition_keys(profile, "shard"):
        name = f"{partition['generator']}/{partition['shard']}"
        own = range(num_questions)
        texts = [f"Tom has {row if row % 2 else name} apples and buys {row} more. How many?" for row in own]
        ids = [f"{name}/{row:06d}" for row in own]
        rows = pl.DataFrame({"query_id": ids, **partition, "query": texts, "keep": True})
        for table in ("screened_questions", "deduplicated_questions"):
            lake.write(table, partition, completed(table, rows))
    return home, profile


def completed(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with all columns of a table, null where nothing is said of them."""
    from scalequest_assets.schemas import polars_schema

    schema = polars_schema(table)
    return rows.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in rows.columns
    ).select(list(schema))


def opened(home: Home, profile: Profile, factory: Any = None) -> Graph:
    """Return the graph of a home, as a command opens it; with another factory of engines where one is given."""
    resources = build_resources(home, profile)
    if factory is not None:
        resources = replace(resources, models=Models(home, profile, factory))
    return Graph(build_defs(resources), open_instance(home.dagster), resources)


def made(graph: Graph, *assets: str, allow_partial: bool = False) -> int:
    """Make all partitions of assets that are missing; return how many those were."""
    return make(graph, assets, [], force=False, allow_partial=allow_partial)


class CountedOnRay:
    """Opens the counting engine on workers of a cluster."""

    def __init__(self, profile: Profile, made: Path, row_s: float = 0.0) -> None:
        self._profile, self._inner = profile, SlowFactory(made, row_s=row_s)

    def generation(self, handle: ModelHandle) -> Any:
        from scalequest_assets.engines.ray.engine import RayEngine

        return RayEngine(handle, self._profile.engine, self._inner)

    def scoring(self, handle: ModelHandle) -> Any:
        raise NotImplementedError

    def chat(self, handle: ModelHandle) -> FakeChat:
        return FakeChat()

    def free_devices(self) -> None:
        pass


class SlowFactory(CountingFactory):
    """Opens the counting engine, which takes a while for each row."""

    def __init__(self, made: Path, *, row_s: float) -> None:
        super().__init__(made)
        object.__setattr__(self, "row_s", row_s)

    def generation(self, handle: ModelHandle) -> CountingEngine:
        return SlowEngine(self)


class SlowEngine(CountingEngine):
    """Takes a while for each row; a batch with a question about a bug is a fault."""

    def generate(self, requests: Sequence[Request], *asked: Any) -> Iterator[Completion]:
        if any("a bug" in request.prompt for request in requests):
            raise ZeroDivisionError
        for row in super().generate(requests, *asked):
            time.sleep(self._factory.row_s)  # type: ignore[attr-defined]
            yield row


def main() -> None:
    home = Home(Path(sys.argv[1]))
    profile, _ = use_profile(home, None, [])
    try:
        made(opened(home, profile, CountedOnRay(profile, Path(sys.argv[2]), row_s=0.05)), "responses")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
