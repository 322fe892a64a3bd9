"""Where a Ray cluster is, what each of its workers holds and takes, and how patient we are with them."""

from typing import Literal

from pydantic import Field, field_validator

from scalequest_assets.settings import Positive, Seconds, Settings

InnerKind = Literal["transformers", "vllm"]


class RaySettings(Settings):
    """How models run on a Ray cluster. None of it identifies what comes out.

    Attributes:
        engine: What each worker holds, with this profile's settings of it: `transformers` or `vllm`.
        address: `host:port` of a cluster that runs already; this process must be on one of its nodes. None takes
            `RAY_ADDRESS`, and where that is not set either, a cluster of this machine is started and stopped again.
        num_workers: Copies of the model at the same time; None for as many as the nodes that are there have room for.
        gpus_per_worker: GPUs of a worker, all on one node; below 1 several share one, above 1 it is a whole
            number. None: where the cluster has GPUs `vllm.tensor_parallel_size`, or 1 with transformers; elsewhere
            none.
        cpus_per_worker: CPUs of a worker, which are also the threads that it computes with on a CPU. A piece of the
            search for near-duplicates has as many.
        placement_s: Seconds until a node must have room for a first worker, or for a piece.
        start_s: Seconds until a first worker must have loaded its model.
        max_restarts: How often one worker that died is started again, before it has finished a batch.
    """

    engine: InnerKind = "transformers"
    address: str | None = Field(default=None, pattern=r"^(auto|local|[^/\s]+:\d+)$")
    num_workers: Positive | None = None
    gpus_per_worker: float | None = Field(default=None, ge=0)
    cpus_per_worker: float = Field(default=1, gt=0)
    placement_s: Seconds = 300.0
    start_s: Seconds = 1800.0
    max_restarts: int = Field(default=3, ge=0)

    @field_validator("gpus_per_worker")
    @classmethod
    def _are_whole(cls, gpus: float | None) -> float | None:
        if gpus is not None and gpus > 1 and gpus % 1:
            raise ValueError(f"Ray gives no worker {gpus:g} GPUs: a whole number, or one below 1")
        return gpus
