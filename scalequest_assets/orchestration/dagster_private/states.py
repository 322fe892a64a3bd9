"""What Dagster says of partitions."""

from typing import Any

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest


class States:
    """What Dagster says of partitions, as of when it was made: each is looked up once.

    Args:
        instance: Holds the records.
        graph: The asset graph of the definitions.
    """

    def __init__(self, instance: dg.DagsterInstance, graph: BaseAssetGraph[Any]) -> None:
        # The only context that loads from an instance; production code of Dagster makes one from its web server.
        self._resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))

    def status(self, asset: str, partition: str | None) -> str:
        """Return `MISSING`, `STALE` or `FRESH`."""
        return self._resolver.get_status(dg.AssetKey(asset), partition).value

    def reasons(self, asset: str, partition: str | None) -> tuple[str, ...]:
        """Return why it is stale, each reason with the asset and partition that it comes from."""
        found = []
        for cause in self._resolver.get_stale_causes(dg.AssetKey(asset), partition):
            reason = str(cause.reason)
            if cause.dependency is not None:
                key = f" {cause.dependency.partition_key}" if cause.dependency.partition_key else ""
                reason = f"{reason} ({cause.dependency.asset_key.to_user_string()}{key})"
            found.append(reason)
        return tuple(found)

    def data_version(self, asset: str, partition: str | None) -> str:
        """Return the recorded data version."""
        return self._resolver.get_current_data_version(dg.AssetKey(asset), partition).value
