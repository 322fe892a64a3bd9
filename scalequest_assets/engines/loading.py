"""Loading weights from a directory or the hub, adapters merged."""

import gc
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from scalequest_assets.engines.scoring import brings_own_class, check_can_score
from scalequest_assets.errors import EngineError

Head = Literal["causal", "score"]


def load_model(
    model_path: str,
    head: Head,
    *,
    dtype: str = "auto",
    revision: str | None = None,
    trust_remote_code: bool = False,
    adds_head: bool = False,
    is_tuned: bool = False,
) -> Any:
    """Return a model of transformers on the CPU, in eval mode.

    Args:
        model_path: Directory, hub id, or directory with a LoRA adapter (merged into its base).
        head: `causal` writes text; `score` has one output (a regression or reward).
        dtype: `bfloat16`, `float32`, `float16`; `auto`: bfloat16 where the device is fast at it, else float32;
            `stored`: see `stored_dtype`; or `int8`: see `engines.int8`, and `auto` where that is not supported.
        revision: Of a hub id.
        trust_remote_code: Whether code from the model's repository may run.
        adds_head: Whether a model without a head that scores gets a new one, to be trained.
        is_tuned: Whether adapters will be trained on weights in `int8`: gradients then go through them.

    Raises:
        EngineError: If it cannot be loaded, or some of its weights are missing and would be random.
    """
    if dtype == "int8":
        which = {"revision": revision, "trust_remote_code": trust_remote_code, "adds_head": adds_head}
        return _in_int8(model_path, head, which, is_tuned=is_tuned)
    kwargs: dict[str, Any] = {
        "revision": revision,
        "trust_remote_code": trust_remote_code,
        "use_safetensors": True,  # other formats are pickles
    }
    try:
        is_stored = dtype == "stored"
        kwargs["dtype"] = (
            stored_dtype(model_path, revision, trust_remote_code=trust_remote_code) if is_stored else torch_dtype(dtype)
        )
        if (Path(model_path) / "adapter_config.json").is_file():
            return _merged_adapter(model_path, head, kwargs, adds_head=adds_head)
        auto, more = _auto_class(model_path, head, kwargs, adds_head=adds_head)
        model, report = auto.from_pretrained(model_path, **kwargs, **more, output_loading_info=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EngineError(
            f"no model could be loaded from {model_path!r} (revision {revision}): {error}", loading_remedy(error)
        ) from error
    _refuse_random_weights(model, report["missing_keys"], model_path, adds_head=adds_head)
    return model.eval()


def _in_int8(model_path: str, head: Head, which: dict[str, Any], *, is_tuned: bool) -> Any:
    from scalequest_assets.engines.int8 import is_supported, to_int8

    if not is_supported():
        return load_model(model_path, head, **which)
    model = load_model(model_path, head, dtype="stored", **which)
    to_int8(model, with_backward=is_tuned)
    return model


def scoring_config(model_path: str, *, revision: str | None, trust_remote_code: bool) -> Any:
    """Return the configuration of a model that scores.

    Raises:
        EngineError: There is none, or it says that the model gives no score.
    """
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(model_path, revision=revision, trust_remote_code=trust_remote_code)
    except (OSError, ValueError, KeyError) as error:
        raise EngineError(f"{model_path!r} has no configuration: {error}", loading_remedy(error)) from error
    check_can_score(config, model_path, trust_remote_code=trust_remote_code)
    return config


def loading_remedy(error: Exception) -> str:
    """Return what to do about an error of transformers when it loads a model, a configuration or a tokenizer."""
    if "trust_remote_code" in str(error):
        return "it brings code of its own; if you trust its makers: --set models.NAME.trust_remote_code=true"
    return "check the model's path or hub id, its revision, and the network"


def _auto_class(model_path: str, head: Head, kwargs: dict[str, Any], *, adds_head: bool) -> tuple[Any, dict[str, Any]]:
    """Return the class that opens a model with this head, and its other arguments."""
    from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

    if head == "causal":
        return AutoModelForCausalLM, {}
    if not adds_head:
        which = {key: kwargs[key] for key in ("revision", "trust_remote_code")}
        if brings_own_class(scoring_config(model_path, **which)):
            return AutoModel, {}
    return AutoModelForSequenceClassification, {"num_labels": 1}


def _refuse_random_weights(model: Any, missing: Iterable[str], model_path: str, *, adds_head: bool) -> None:
    """Raise an error if weights were not in the checkpoint: transformers fills them with random numbers."""
    body = f"{model.base_model_prefix}."
    random = sorted(name for name in missing if name.startswith(body) or not adds_head)
    if random:
        names = ", ".join(random[:3]) + (f" and {len(random) - 3} more" if len(random) > 3 else "")
        raise EngineError(
            f"{model_path!r} has no weights for {names}: they would be random numbers",
            "name a model that is complete, and made for what it is used for",
        )


def torch_dtype(name: str) -> Any:
    """Return the torch dtype of a name."""
    import torch

    if name == "auto":
        return torch.bfloat16 if is_fast_in_bfloat16() else torch.float32
    return getattr(torch, name)


def free_memory() -> None:
    """Give back what models took that nobody holds any more, to the device too."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def best_device() -> str:
    """Return `cuda`, `mps` or `cpu`, the first that is there."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def device_name(device: str) -> str:
    """Return a device as costs and records name it: `cpu`, `mps`, or `cuda` with the GPU's name."""
    import torch

    return f"cuda {torch.cuda.get_device_name()}" if device == "cuda" else device


def is_fast_in_bfloat16() -> bool:
    """Return whether the best device computes in bfloat16 natively; elsewhere it is slower than float32."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if torch.backends.mps.is_available():
        return True
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and bool(torch.cpu._is_avx512_bf16_supported())


def _merged_adapter(model_path: str, head: Head, kwargs: dict[str, Any], *, adds_head: bool) -> Any:
    import torch
    from peft import AutoPeftModelForCausalLM, AutoPeftModelForSequenceClassification

    from scalequest_assets.engines.rounding import round_weights

    if head == "score":
        kwargs = kwargs | {"num_labels": 1}
        if not adds_head and _adapter_config(model_path)["task_type"] != "SEQ_CLS":
            raise EngineError(
                f"the adapter {model_path!r} brings no head that scores, and a random one would say nothing",
                "name an adapter that was trained for sequence classification",
            )
    auto = AutoPeftModelForCausalLM if head == "causal" else AutoPeftModelForSequenceClassification
    dtype = kwargs["dtype"]
    # Merged in float32, else the base's rounding swallows the adapter. It names its base's revision itself.
    kwargs = {key: value for key, value in kwargs.items() if key != "revision"} | {"dtype": torch.float32}
    merged = auto.from_pretrained(model_path, **kwargs).merge_and_unload()
    round_weights(merged, dtype, seed=0)
    return merged.requires_grad_(True).eval()  # the adapter had frozen its base


def stored_dtype(model_path: str, revision: str | None = None, *, trust_remote_code: bool = False) -> Any:
    """Return the torch dtype in which a model's weights are stored; of an adapter, its base's."""
    import torch
    from transformers import AutoConfig

    if (Path(model_path) / "adapter_config.json").is_file():
        fields = _adapter_config(model_path)
        base, revision = fields["base_model_name_or_path"], fields.get("revision")
        return stored_dtype(base, revision, trust_remote_code=trust_remote_code)
    config = AutoConfig.from_pretrained(model_path, revision=revision, trust_remote_code=trust_remote_code)
    return config.dtype or torch.float32


def _adapter_config(model_path: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((Path(model_path) / "adapter_config.json").read_text(encoding="utf-8"))
    return fields


def set_pad_token(tokenizer: Any, *, is_distinct: bool) -> None:
    """Make sure that a tokenizer has a pad token.

    Args:
        tokenizer: Changed in place; its vocabulary is not enlarged.
        is_distinct: Whether padding needs a token that ends no text, because the score is read at the last token
            that is not padding.
    """
    if tokenizer.pad_token is not None and not (is_distinct and tokenizer.pad_token == tokenizer.eos_token):
        return
    special = {i: str(t) for i, t in sorted(tokenizer.added_tokens_decoder.items()) if t.special}
    taken = {tokenizer.eos_token, tokenizer.bos_token}
    free = [token for token in special.values() if token not in taken and token not in (tokenizer.chat_template or "")]
    tokenizer.pad_token = free[0] if is_distinct and free else tokenizer.eos_token
