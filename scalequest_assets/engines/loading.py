"""Loading weights from a directory or the hub, adapters merged."""

from pathlib import Path
from typing import Any, Literal

from scalequest_assets.errors import EngineError

Head = Literal["causal", "score"]


def load_model(
    model_path: str, head: Head, *, dtype: str = "auto", revision: str | None = None, trust_remote_code: bool = False
) -> Any:
    """Return a model of transformers on the CPU, in eval mode.

    Args:
        model_path: Directory, hub id, or directory with a LoRA adapter (merged into its base).
        head: `causal` writes text; `score` has one output (a regression or reward).
        dtype: `bfloat16`, `float32`, `float16`; or `auto`: bfloat16 where the device is fast at it, else float32.
        revision: Of a hub id.
        trust_remote_code: Whether code from the model's repository may run.

    Raises:
        EngineError: If it cannot be loaded.
    """
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    kwargs: dict[str, Any] = {
        "revision": revision,
        "trust_remote_code": trust_remote_code,
        "dtype": torch_dtype(dtype),
        "use_safetensors": True,  # other formats are pickles
    }
    if head == "score":
        kwargs |= {"num_labels": 1}
    try:
        if (Path(model_path) / "adapter_config.json").is_file():
            return _merged_adapter(model_path, head, kwargs)
        auto = AutoModelForCausalLM if head == "causal" else AutoModelForSequenceClassification
        return auto.from_pretrained(model_path, **kwargs).eval()
    except (OSError, ValueError, KeyError) as error:
        raise EngineError(
            f"no model could be loaded from {model_path!r} (revision {revision}): {error}",
            "check the model's path or hub id, its revision, and the network",
        ) from error


def torch_dtype(name: str) -> Any:
    """Return the torch dtype of a name."""
    import torch

    if name == "auto":
        return torch.bfloat16 if _is_fast_in_bfloat16() else torch.float32
    return getattr(torch, name)


def best_device() -> str:
    """Return `cuda`, `mps` or `cpu`, the first that is there."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_fast_in_bfloat16() -> bool:
    import torch

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if torch.backends.mps.is_available():
        return True
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and bool(torch.cpu._is_avx512_bf16_supported())


def _merged_adapter(model_path: str, head: Head, kwargs: dict[str, Any]) -> Any:
    from peft import AutoPeftModelForCausalLM, AutoPeftModelForSequenceClassification

    auto = AutoPeftModelForCausalLM if head == "causal" else AutoPeftModelForSequenceClassification
    kwargs = {key: value for key, value in kwargs.items() if key != "revision"}  # the adapter names its base's own
    return auto.from_pretrained(model_path, **kwargs).merge_and_unload().eval()
