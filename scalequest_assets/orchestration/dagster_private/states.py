"""What Dagster says of partitions."""

from typing import Any, Final

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.definitions.data_version import CachingStaleStatusResolver, DataProvenance
from dagster._core.definitions.events import AssetKeyPartitionKey
from dagster._core.loader import LoadingContextForTest
from dagster_shared.utils.cached_method import cached_method

from scalequest_assets.orchestration.dagster_private.records import last_makings

_PLAIN: Final = {"has a new code version": "settings or code changed"}
"""Dagster's reasons as our users know them: a code version is a hash of the settings that an asset was handed."""


class _Resolver(CachingStaleStatusResolver):
    """Asks for the records of all partitions of an asset at once, where its base class asks for each by itself."""

    @cached_method
    def _get_latest_data_version_record(self, key: AssetKeyPartitionKey) -> dg.EventLogRecord | None:
        if key.partition_key is None:
            return super()._get_latest_data_version_record(key)
        return self._latest(asset_key=key.asset_key).get(key.partition_key)

    @cached_method
    def _latest(self, *, asset_key: dg.AssetKey) -> dict[str, dg.EventLogRecord]:
        """Return the last making of each partition that was made."""
        return last_makings(self._instance, asset_key)

    def _is_dep_updated(self, provenance: DataProvenance, dep_key: AssetKeyPartitionKey) -> bool:
        if dep_key.partition_key is not None and (seen := provenance.input_storage_ids[dep_key.asset_key]) is not None:
            latest = self._latest(asset_key=dep_key.asset_key).get(dep_key.partition_key)
            if latest is not None and latest.storage_id <= seen:
                return False  # nothing was made of it since
        return super()._is_dep_updated(provenance, dep_key)


class States:
    """What Dagster says of partitions, as of when it was made: each is looked up once.

    Args:
        instance: Holds the records.
        graph: The asset graph of the definitions.
    """

    def __init__(self, instance: dg.DagsterInstance, graph: BaseAssetGraph[Any]) -> None:
        # The only context that loads from an instance; production code of Dagster makes one from its web server.
        self._resolver = _Resolver(instance, graph, LoadingContextForTest(instance))

    def status(self, asset: str, partition: str | None) -> str:
        """Return `MISSING`, `STALE` or `FRESH`."""
        return self._resolver.get_status(dg.AssetKey(asset), partition).value

    def reasons(self, asset: str, partition: str | None) -> tuple[str, ...]:
        """Return why it is stale, each reason with the asset and partition that it comes from."""
        found = []
        for cause in self._resolver.get_stale_causes(dg.AssetKey(asset), partition):
            reason = _PLAIN.get(str(cause.reason), str(cause.reason))
            if cause.dependency is not None:
                key = f" {cause.dependency.partition_key}" if cause.dependency.partition_key else ""
                reason = f"{reason} ({cause.dependency.asset_key.to_user_string()}{key})"
            found.append(reason)
        return tuple(found)

    def data_version(self, asset: str, partition: str | None) -> str:
        """Return the recorded data version."""
        return self._resolver.get_current_data_version(dg.AssetKey(asset), partition).value
