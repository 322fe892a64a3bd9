"""The device that a plan is for."""

from pydantic import Field

from scalequest_assets.settings import Seconds, Settings


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
