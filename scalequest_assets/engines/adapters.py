"""LoRA adapters: merging one into its base, for models that start from one."""

from scalequest_assets.errors import EngineError


def merge_adapter(base_path: str, adapter_path: str, output_dir: str) -> None:
    """Write a model as safetensors with an adapter merged into it, and the base's tokenizer.

    The merge is done in float32 and saved as bfloat16, so that it gives the same bytes everywhere.

    Raises:
        EngineError: The adapter does not fit the base.
    """
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(base_path, dtype=torch.float32, use_safetensors=True)
    try:
        merged = PeftModel.from_pretrained(model, adapter_path).merge_and_unload()
    except (ValueError, RuntimeError) as error:
        raise EngineError(
            f"adapter {adapter_path} does not fit {base_path}: {error}", "train it again for this base model"
        ) from error
    merged.to(torch.bfloat16).save_pretrained(output_dir)
    AutoTokenizer.from_pretrained(base_path).save_pretrained(output_dir)
