"""LoRA adapters: merging one into its base, for models that start from one."""

from scalequest_assets.errors import EngineError


def merge_adapter(base_path: str, adapter_path: str, output_dir: str) -> None:
    """Write a model as safetensors with an adapter merged into it, and the base's tokenizer.

    The merge is done in float32 and rounded to bfloat16 stochastically: most of what an adapter changes is smaller than
    half a step of bfloat16, and rounding to the nearest would undo it.

    Raises:
        EngineError: The adapter does not fit the base.
    """
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from scalequest_assets.engines.rounding import round_weights

    model = AutoModelForCausalLM.from_pretrained(base_path, dtype=torch.float32, use_safetensors=True)
    try:
        merged = PeftModel.from_pretrained(model, adapter_path).merge_and_unload()
    except (ValueError, RuntimeError) as error:
        raise EngineError(
            f"adapter {adapter_path} does not fit {base_path}: {error}", "train it again for this base model"
        ) from error
    round_weights(merged, torch.bfloat16, seed=0)
    merged.save_pretrained(output_dir)
    AutoTokenizer.from_pretrained(base_path).save_pretrained(output_dir)
