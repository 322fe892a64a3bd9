"""What tells one model from another: a hash of the files that decide what it writes."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from scalequest_assets.errors import HomeError

IDENTIFYING_FILES = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "adapter_config.json",
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.*",
    "vocab.*",
    "merges.txt",
    "spiece.model",
    "*.py",  # code that the model brings
)
_PATHS_IN_CONFIGS = ("_name_or_path", "name_or_path", "base_model_name_or_path")


def has_weights(directory: Path) -> bool:
    """Return whether a directory is there and has weights."""
    return any(path.is_file() for path in directory.glob("*.safetensors"))


def fingerprint_dir(directory: Path) -> str:
    """Return a 16-digit hash of a model's weights, configuration and tokenizer.

    Training arguments, optimizer states and the paths that configurations remember do not count.

    Raises:
        HomeError: The directory holds no `*.safetensors`.
    """
    files = {path for pattern in IDENTIFYING_FILES for path in directory.glob(pattern) if path.is_file()}
    if not has_weights(directory):
        raise HomeError(f"{directory} holds no *.safetensors", "save the model before it is published")
    return hash_files(sorted(files))


def hash_files(files: Sequence[Path]) -> str:
    """Return a 16-digit hash of names and contents; paths that a configuration remembers are left out."""
    digest = hashlib.sha256()
    for path in files:
        content = hashlib.sha256()
        if path.suffix == ".json" and "config" in path.name:
            values = json.loads(path.read_text(encoding="utf-8"))
            kept = {name: value for name, value in values.items() if name not in _PATHS_IN_CONFIGS}
            content.update(json.dumps(kept, sort_keys=True).encode())
        else:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    content.update(block)
        digest.update(f"{path.name}\0{content.hexdigest()}\n".encode())
    return digest.hexdigest()[:16]
