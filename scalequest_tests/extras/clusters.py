"""Real Ray clusters on this machine, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

NODE: Final[dict[str, Any]] = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}


@contextmanager
def cluster_of(num_nodes: int) -> Iterator[Any]:
    """Give a cluster; this process is connected as it would be by itself."""
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args=NODE)
    for _ in range(num_nodes - 1):
        cluster.add_node(**NODE)
    cluster.wait_for_nodes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
    ray.shutdown()
    cluster.shutdown()
