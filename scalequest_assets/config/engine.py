"""The profile's sections that say how models are run and what that costs. Nothing here identifies the data."""

from typing import Annotated, Literal

from pydantic import Field

from scalequest_assets.config.sources import Identifier, Positive, Section, Share

Dtype = Literal["auto", "bfloat16", "float16", "float32"]
Seconds = Annotated[float, Field(gt=0)]


class Vllm(Section):
    """How vLLM runs a model, in process (`engine.kind: vllm`) or as a server (`vllm_server`).

    Attributes:
        tensor_parallel_size: GPUs that share one model.
        gpu_memory_utilization: Share of each GPU's memory that vLLM takes.
        max_model_len: Tokens of prompt and completion together; None takes the model's own limit.
        max_num_seqs: Most rows in work at the same time.
        enforce_eager: Skip CUDA graphs: starts faster, runs slower.
        batch_invariant: Use vLLM's batch-invariant kernels where the device has them (NVIDIA Hopper and later): rows
            are then exactly reproducible, and come slower.
    """

    tensor_parallel_size: Positive = 1
    gpu_memory_utilization: float = Field(default=0.9, gt=0, le=1)
    max_model_len: Positive | None = None
    max_num_seqs: Positive = 256
    enforce_eager: bool = False
    batch_invariant: bool = True


class VllmServer(Section):
    """The server that is started when a run needs a model, shared by runs, and stopped when nobody needs it.

    Attributes:
        idle_s: Seconds without any run that uses it after which it stops.
        start_s: Seconds that it may take to load its model.
    """

    idle_s: Seconds = 300.0
    start_s: Seconds = 1800.0


class Server(Section):
    """An OpenAI-compatible server that runs already, and how it is asked.

    Attributes:
        base_url: Ends in `/v1` for most.
        key_env: Environment variable that holds the key; None for a server without one. The key is nowhere else.
        max_concurrency: Most requests at the same time; fewer are sent while the server refuses or fails.
        timeout_s: Seconds after which a request is given up and sent again.
        max_retries: How often one request is sent again before it becomes an error row.
        outage_s: Seconds without any answer after which a run gives up.
        token_limit_field: How the server calls the bound on generated tokens.
    """

    base_url: str = Field(pattern=r"^https?://")
    key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    max_concurrency: Positive = 32
    timeout_s: Seconds = 300.0
    max_retries: int = Field(default=6, ge=0)
    outage_s: Seconds = 1800.0
    token_limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105 - no secret


class Engine(Section):
    """How models are run. Identifies nothing.

    Attributes:
        kind: `transformers` in this process; `vllm` in this process; `vllm_server` one server for many runs.
        device: `auto`, `cpu`, `cuda`, `mps` (`transformers`).
        dtype: Of models that write; `auto` is bfloat16 where the device computes in it, else float32.
        scoring_dtype: Of models that score: differences of scores are small.
        batch_size: Most rows in a batch (`transformers`).
        max_error_share: Share of rows that an engine may fail at before the asset fails.
        vllm: Settings of vLLM.
        vllm_server: Settings of the managed server.
        servers: Servers of `api` models, by name.
    """

    kind: Literal["transformers", "vllm", "vllm_server"] = "transformers"
    device: str = "auto"
    dtype: Dtype = "auto"
    scoring_dtype: Dtype = "float32"
    batch_size: Positive = 64
    max_error_share: Share = 0.01
    vllm: Vllm = Vllm()
    vllm_server: VllmServer = VllmServer()
    servers: dict[Identifier, Server] = Field(default_factory=dict)


class TokenPrices(Section):
    """What a server takes for a million tokens."""

    prompt_million: float = Field(ge=0)
    completion_million: float = Field(ge=0)


class Prices(Section):
    """What running models costs.

    Attributes:
        currency: Of all prices.
        gpu_hour: One GPU for an hour; None where that is not counted.
        cpu_hour: The machine for an hour, where models run on its CPU.
        tokens: By model, for those that are paid by token.
    """

    currency: str = "USD"
    gpu_hour: float | None = Field(default=None, ge=0)
    cpu_hour: float | None = Field(default=None, ge=0)
    tokens: dict[Identifier, TokenPrices] = Field(default_factory=dict)


class Hardware(Section):
    """What `scalequest plan` assumes of one device, where nothing has been measured yet.

    Attributes:
        name: For people.
        is_gpu: Whether its hours are GPU-hours.
        peak_tflops: Dense 16-bit matrix products, in 10^12 operations per second, as its maker states.
        decode_utilization: Share of the peak reached when writing tokens in large batches (bound by memory, so low).
        prefill_utilization: Share reached when reading prompts and scoring texts.
        training_utilization: Share reached in training.
        start_s: Seconds to load a model and be ready.
    """

    name: str = "NVIDIA A100"
    is_gpu: bool = True
    peak_tflops: float = Field(default=312.0, gt=0)
    decode_utilization: float = Field(default=0.1, gt=0, le=1)
    prefill_utilization: float = Field(default=0.35, gt=0, le=1)
    training_utilization: float = Field(default=0.35, gt=0, le=1)
    start_s: Seconds = 120.0
