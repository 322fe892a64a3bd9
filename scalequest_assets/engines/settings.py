"""How models are run, and on what. Nothing here identifies what comes out."""

from typing import Literal

from pydantic import Field

from scalequest_assets.engines.openai.settings import ServerSettings
from scalequest_assets.engines.vllm.settings import VllmSettings
from scalequest_assets.settings import Identifier, Positive, Seconds, Settings, Share

Dtype = Literal["auto", "bfloat16", "float16", "float32"]


class VllmServerSettings(Settings):
    """The server that is started when a run needs a model, shared by runs, and stopped when nobody needs it.

    Attributes:
        idle_s: Seconds without any run that uses it after which it stops.
        start_s: Seconds that it may take to load its model.
    """

    idle_s: Seconds = 300.0
    start_s: Seconds = 1800.0


class EngineSettings(Settings):
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
    vllm: VllmSettings = VllmSettings()
    vllm_server: VllmServerSettings = VllmServerSettings()
    servers: dict[Identifier, ServerSettings] = Field(default_factory=dict)


class Hardware(Settings):
    """What a plan assumes of one device, where nothing has been measured yet.

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
