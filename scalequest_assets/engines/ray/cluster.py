"""This process's connection to a Ray cluster, and what the cluster has.

Ray moves what it is given as pickles. A cluster is one program on several machines: who can reach its ports can run
code on it, so it belongs on a network of its own.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Final

from scalequest_assets.engines.ray.settings import RaySettings
from scalequest_assets.errors import EngineError

REMEDY: Final = 'run: pip install "scalequest-assets[ray]", on every node (a checkout: pip install -e ".[ray]")'
LOGS: Final = "workers write their logs on their nodes, to /tmp/ray/session_latest/logs"


def import_ray() -> Any:
    """Return package ray.

    Raises:
        EngineError: It is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise EngineError(f"engine.kind ray needs the package ray, which cannot be imported: {error}", REMEDY) from None
    return ray


def connect(settings: RaySettings) -> None:
    """Connect this process, if it is not; without any address, start a cluster of this machine.

    Raises:
        EngineError: Ray is not installed, or no cluster answers.
    """
    ray = import_ray()
    if ray.is_initialized():
        return
    address = settings.address or os.environ.get("RAY_ADDRESS") or "local"
    if "://" in address:
        raise EngineError(
            f"the Ray cluster's address is {address}, and rows cannot be streamed through Ray's client",
            "run this command on a node of the cluster, with RAY_ADDRESS=auto; or: ray job submit -- scalequest run",
        )
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else a cluster that we start calls home
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")  # of batches that are asked again elsewhere
    options = {"include_dashboard": False} if address == "local" else {}
    try:
        _in_a_thread_that_stays(
            lambda: ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **options)
        )
    except Exception as error:  # Ray's are of many kinds, some of no kind
        what = "could be started on this machine" if address == "local" else f"answers at {address}"
        raise EngineError(
            f"no Ray cluster {what}: {error}",
            "check engine.ray.address and RAY_ADDRESS; `ray status` on this machine must show the cluster",
        ) from error


def _in_a_thread_that_stays(start: Callable[[], object]) -> None:
    """Call a function; in a thread that may end before the process does, have another one call it that does not.

    Linux ends the processes of a cluster that we start with the *thread* that started them.
    """
    if threading.current_thread() is threading.main_thread():
        start()
        return
    done = Future[None]()

    def call() -> None:
        try:
            start()
        except BaseException as error:
            done.set_exception(error)
            return
        done.set_result(None)
        threading.Event().wait()

    threading.Thread(target=call, name="ray-cluster", daemon=True).start()
    done.result()


def disconnect() -> None:
    """Leave the cluster; one that `connect` started is stopped."""
    ray = sys.modules.get("ray")  # who never connected need not have it
    if ray is not None and ray.is_initialized():
        ray.shutdown()


def needs_of_worker(settings: RaySettings, tensor_parallel_size: int) -> dict[str, float]:
    """Return what a worker takes of a node, by Ray's names."""
    gpus = settings.gpus_per_worker
    if gpus is None:
        has_gpus = import_ray().cluster_resources().get("GPU", 0) > 0
        gpus = (tensor_parallel_size if settings.engine == "vllm" else 1) if has_gpus else 0
    return {"CPU": settings.cpus_per_worker, "GPU": gpus}


def room_for(needs: Mapping[str, float]) -> int:
    """Return how many workers the nodes that are there could hold, were they empty."""
    asked = {name: amount for name, amount in needs.items() if amount}
    return sum(min(int(has.get(name, 0) / amount + 1e-9) for name, amount in asked.items()) for has in _nodes())


def described(needs: Mapping[str, float], who: str = "a worker") -> str:
    """Return what a worker, or a piece of work, takes and what each node has, for people."""
    return f"{who} takes {_listed(needs)}, and the nodes have: {' | '.join(map(_listed, _nodes())) or 'none is there'}"


def _nodes() -> list[dict[str, float]]:
    return [node["Resources"] for node in import_ray().nodes() if node["Alive"]]


def _listed(amounts: Mapping[str, float]) -> str:
    return ", ".join(f"{amounts[name]:g} {name}" for name in ("CPU", "GPU") if amounts.get(name)) or "nothing"
