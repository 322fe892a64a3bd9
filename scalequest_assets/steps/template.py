"""An asset before it knows its profile.

`@asset(...)` marks a function; `bind` turns it into a Dagster asset whose partitions and code version follow from the
profile. So asset modules stay flat, and no module reads the environment when it is imported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import dagster as dg

from scalequest_assets.config.profile import Profile
from scalequest_assets.config.sources import FileSource, Sources
from scalequest_assets.partitions import partitions_of
from scalequest_assets.stages import STAGES, By
from scalequest_assets.storage.io_manager import ALLOW_PARTIAL_TAG, ROLL_UP, split_partial
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.sources import file_hash


@dataclass(frozen=True, kw_only=True)
class AssetTemplate:
    """What is known of an asset without a profile.

    Attributes:
        function: Computes it; parameters are inputs and resources.
        by: How it is partitioned.
        identity: Dotted profile keys that all its partitions share and that change what it holds.
        recipe_version: Raised when the code changes what comes out.
        deps: Assets it depends on without loading them as a table (models).
        roll_up: Whether its readers also open what it read, so that its data version covers its inputs.
        reads_files: Section of the profile whose files it reads: their content is part of what identifies it.
        pool: Dagster concurrency pool: `gpu` for all that loads a model.
    """

    function: Callable[..., Any]
    by: By
    identity: Sequence[str]
    recipe_version: str
    deps: Sequence[str]
    roll_up: bool
    reads_files: Literal["seeds", "benchmarks"] | None
    pool: str | None

    @property
    def name(self) -> str:
        """The asset's name, which is the function's."""
        return self.function.__name__

    def _code_version(self, profile: Profile) -> str:
        parts = [self.recipe_version, profile.fingerprint(*self.identity)]
        if self.reads_files:
            sources: Sources = getattr(profile, self.reads_files)
            parts += [file_hash(source.path) for source in sources.sources if isinstance(source, FileSource)]
        return "-".join(parts)

    def bind(self, profile: Profile, group: str) -> dg.AssetsDefinition:
        """Return the Dagster asset for a profile."""
        is_table = self.name in STAGES.tables
        return dg.asset(
            group_name=group,
            partitions_def=partitions_of(profile, self.by),
            code_version=self._code_version(profile),
            deps=list(self.deps),
            pool=self.pool,
            kinds={"polars", "parquet"} if is_table else {"pytorch"} if self.pool else {"python"},
            metadata={ROLL_UP: True} if self.roll_up else {},
        )(self.function)


def asset(
    *,
    by: By = "nothing",
    identity: Sequence[str] = (),
    recipe_version: str = "1",
    deps: Sequence[str] = (),
    roll_up: bool = False,
    reads_files: Literal["seeds", "benchmarks"] | None = None,
    pool: str | None = None,
) -> Callable[[Callable[..., Any]], AssetTemplate]:
    """Mark a function as an asset. See `AssetTemplate` for the arguments."""

    def mark(function: Callable[..., Any]) -> AssetTemplate:
        return AssetTemplate(
            function=function,
            by=by,
            identity=identity,
            recipe_version=recipe_version,
            deps=deps,
            roll_up=roll_up,
            reads_files=reads_files,
            pool=pool,
        )

    return mark


def fan_in(
    context: dg.AssetExecutionContext, lake: Lake, table: str, partitions: Sequence[Partition]
) -> Sequence[Partition]:
    """Return the partitions that a roll-up's reader opens directly: all, or those there are if the run may be partial.

    What is left out is recorded in the asset's metadata; without `--allow-partial`, opening what lacks is an error.
    """
    is_partial = context.run.tags.get(ALLOW_PARTIAL_TAG) == "true"
    there, left_out = split_partial(lake, table, partitions, is_partial)
    if left_out:
        context.add_output_metadata({"left_out": left_out})
    return there


def templates_in(module: Any) -> list[AssetTemplate]:
    """Return a module's assets in the order they are written."""
    return [value for value in vars(module).values() if isinstance(value, AssetTemplate)]
