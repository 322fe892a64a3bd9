"""How vLLM runs a model."""

from pydantic import Field

from scalequest_assets.settings import Positive, Settings


class VllmSettings(Settings):
    """How vLLM runs a model, in process or as a server. None of it identifies what comes out.

    Attributes:
        tensor_parallel_size: GPUs that share one model.
        gpu_memory_utilization: Share of each GPU's memory that vLLM takes.
        max_model_len: Tokens of prompt and completion together; None takes the model's own limit.
        max_num_seqs: Most rows in work at the same time.
        enforce_eager: Skip CUDA graphs: starts faster, runs slower. On a CPU, where compiling takes longer than most
            runs, always.
        batch_invariant: Use vLLM's batch-invariant kernels where the device has them (NVIDIA Hopper and later): rows
            are then exactly reproducible, and come slower.
    """

    tensor_parallel_size: Positive = 1
    gpu_memory_utilization: float = Field(default=0.9, gt=0, le=1)
    max_model_len: Positive | None = None
    max_num_seqs: Positive = 256
    enforce_eager: bool = False
    batch_invariant: bool = True


DEFAULT_VLLM = VllmSettings()
