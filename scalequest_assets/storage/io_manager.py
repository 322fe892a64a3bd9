"""Dagster's way into the lake: what an asset returns is written as its partition, what it asks for is read.

The content hash becomes the data version, so that what comes out the same makes nothing downstream stale.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg
import polars as pl

from scalequest_assets.errors import SchemaError
from scalequest_assets.partitions import key_parts
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.lake import Lake, Partition, Written

IO_MANAGER = "lake_io_manager"
"""Its resource's name: not Dagster's default, which in a project of someone else's is of their other assets."""

ROLL_UP = "roll_up"
"""Definition metadata of an asset whose readers also open what it read: its version covers its inputs' versions."""

ALLOW_PARTIAL_TAG = "scalequest/allow_partial"
"""Run tag: read the partitions that exist, where some of those an asset wants are missing."""


class LakeIOManager(dg.IOManager):
    """Stores frames in the lake. The last component of an asset's key is its table.

    Args:
        lake: The lake.
        on_new_file: Called with the table after a file was written where there was none, or whose path is a new one:
            the catalog lists paths.
    """

    def __init__(self, lake: Lake, *, on_new_file: Callable[[str], object] = lambda table: None) -> None:
        self._lake, self._on_new_file = lake, on_new_file

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame | pl.LazyFrame | None) -> None:
        """Write what an asset returned, and record its version, size and columns.

        Raises:
            SchemaError: The asset returned no frame, or one with other columns than declared.
        """
        table = context.asset_key.path[-1]
        if not isinstance(obj, pl.DataFrame | pl.LazyFrame):
            raise SchemaError(
                f"asset {table} returned {type(obj).__name__}, a Polars frame is expected",
                "return a frame, or a MaterializeResult without a value for what is stored elsewhere",
            )
        partition = _output_partition(context)
        is_new = not (self._lake.files.is_local and self._lake.is_readable(table, partition))
        cost = self._lake.read_cost(table, partition)  # the step has just written it
        written = self._lake.write(table, partition, obj, made_by=cost.model if cost else None)
        version = dg.DataVersion(written.content_hash)
        if (context.definition_metadata or {}).get(ROLL_UP):
            version = _rolled_up(context, written.content_hash)
        context.step_context.set_data_version(context.asset_key, version)
        context.add_output_metadata(_metadata(context, written))
        if is_new:
            self._on_new_file(table)

    def load_input(self, context: dg.InputContext) -> pl.DataFrame | pl.LazyFrame:
        """Read one table: all partitions that the reading asset depends on, in the partitions' order.

        Returns:
            A DataFrame where the parameter is annotated so, else a LazyFrame.

        Raises:
            MissingPartitionError: Partitions have not been materialized; all are named.
        """
        lake, table = self._lake, context.asset_key.path[-1]
        partitions = _input_partitions(context)
        is_partial = context.step_context.run_tags.get(ALLOW_PARTIAL_TAG) == "true"
        partitions, left_out = split_partial(lake, table, partitions, is_partial)
        if left_out:
            context.log.warning(f"{table}: goes on without {len(left_out)} partitions: {left_out}")
        rows = lake.scan(table, partitions)
        return rows.collect() if context.dagster_type.typing_type is pl.DataFrame else rows


def split_partial(
    lake: Lake, table: str, partitions: Sequence[Partition], is_partial: bool
) -> tuple[Sequence[Partition], list[str]]:
    """Return the partitions to read, and the names of those left out: none, unless the run may be partial."""
    if not is_partial:
        return partitions, []
    there = [partition for partition in partitions if lake.exists(table, partition)]
    return there, ["|".join(partition.values()) for partition in partitions if partition not in there]


def _output_partition(context: dg.OutputContext) -> Partition:
    if not context.has_asset_partitions:
        return {}
    keys = sorted(context.asset_partition_keys)  # Dagster holds them in a set: their order differs from run to run
    if len(keys) != 1:
        raise dg.Failure(
            f"{context.asset_key.to_user_string()}: a run makes one partition, this one was given {len(keys)}: "
            f"{', '.join(map(str, keys[:5]))}. Launch a backfill without a single-run policy.",
            allow_retries=False,
        )
    return _partition(context, keys[0])


def _input_partitions(context: dg.InputContext) -> Sequence[Partition]:
    if not context.has_asset_partitions:
        return [{}]
    return [_partition(context, key) for key in sorted(context.asset_partition_keys)]


def _partition(context: dg.OutputContext | dg.InputContext, key: str) -> Partition:
    return key_parts(str(key), STAGES[context.asset_key.path[-1]].by)


def _rolled_up(context: dg.OutputContext, content_hash: str) -> dg.DataVersion:
    """Return the hash of the content and of the data versions of all inputs, as Dagster records them."""
    step = context.step_context
    parents = sorted(step.job_def.asset_layer.get(context.asset_key).parent_keys)
    infos = [step.maybe_fetch_and_get_input_asset_version_info(key) for key in parents]
    versions = [info.data_version.value if info and info.data_version else "" for info in infos]
    names = [key.to_user_string() for key in parents]
    text = "\n".join([content_hash, *(f"{name}={version}" for name, version in zip(names, versions, strict=True))])
    return dg.DataVersion(hashlib.sha256(text.encode()).hexdigest()[:16])


def _metadata(context: dg.OutputContext, written: Written) -> dict[str, Any]:
    row_count = "dagster/partition_row_count" if context.has_asset_partitions else "dagster/row_count"
    return {
        row_count: dg.MetadataValue.int(written.num_rows),
        "dagster/uri": dg.MetadataValue.text(written.uri),
        "size_bytes": dg.MetadataValue.int(written.size_bytes),
    }
