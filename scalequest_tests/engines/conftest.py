"""Tiny models with random weights, made in the test: real tokenizers, real chat templates, milliseconds a step."""

from pathlib import Path
from typing import Any

import pytest

CHATML = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are helpful.<|im_end|>\n' }}{% endif %}"
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA3 = (
    "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' "
    "+ m['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for m in messages %}"
    "{% set role = 'model' if m['role'] == 'assistant' else m['role'] %}"
    "{{ '<start_of_turn>' + role + '\n' + m['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
DEEPSEEK = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ 'User: ' + m['content'] + '\n\n' }}"
    "{% elif m['role'] == 'assistant' %}{{ 'Assistant: ' + m['content'] + eos_token }}"
    "{% else %}{{ m['content'] + '\n\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}"
    "{% elif m['role'] == 'assistant' %}{{ ' ' + m['content'] + eos_token }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported') }}{% endif %}{% endfor %}"
)
FAMILIES: dict[str, dict[str, Any]] = {
    "chatml": {"template": CHATML, "special": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], "eos": "<|im_end|>"},
    "llama3": {
        "template": LLAMA3,
        "special": ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
        "bos": "<|begin_of_text|>",
        "eos": "<|end_of_text|>",
    },
    "gemma": {
        "template": GEMMA,
        "special": ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"],
        "bos": "<bos>",
        "eos": "<eos>",
    },
    "deepseek": {
        "template": DEEPSEEK,
        "special": ["<begin_of_sentence>", "<end_of_sentence>"],
        "bos": "<begin_of_sentence>",
        "eos": "<end_of_sentence>",
    },
    "mistral": {
        "template": MISTRAL,
        "special": ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"],
        "bos": "<s>",
        "eos": "</s>",
    },
    "mistral_of_words": {  # its first versions: the marks of a turn are plain text
        "template": MISTRAL,
        "special": ["<unk>", "<s>", "</s>"],
        "bos": "<s>",
        "eos": "</s>",
    },
}
_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPLITS = {"chatml": _WORDS % r"\p{N}", "llama3": _WORDS % r"\p{N}{1,3}", "deepseek": _WORDS % r"\p{N}"}
"""How byte-level families cut text before merging, as their makers wrote it (Qwen2, Llama 3; DeepSeek alike)."""
CORPUS = [
    "Tom has 3 apples and buys 12 more. How many apples does he have?",
    "A train travels 60 miles per hour for 2.5 hours. How far does it go?",
    "What is the sum of 17 and 25? The answer is \\boxed{42}.",
    "user assistant system You are helpful. User: Assistant: model\n\n",
]


def make_tokenizer(family: str) -> Any:
    """Return a byte-level BPE tokenizer of about 320 tokens with a family's special tokens and chat template."""
    from tokenizers import decoders, pre_tokenizers

    return _trained(family, CORPUS, pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel())


def make_true_tokenizer(family: str, corpus: list[str]) -> Any:
    """Return a tokenizer that also cuts text as the family's do: what joins across a seam, joins here."""
    from tokenizers import Regex, decoders, pre_tokenizers

    if family in SPLITS:
        split = pre_tokenizers.Split(Regex(SPLITS[family]), behavior="isolated")
        cut = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        return _trained(family, corpus, cut, decoders.ByteLevel())
    scheme: Any = "never" if family == "gemma" else "first"
    decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
        + ([] if family == "gemma" else [decoders.Strip(content=" ", left=1)])
    )
    return _trained(family, corpus, pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False), decoder)


def _trained(family: str, corpus: list[str], cut: Any, decoder: Any) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    facts = FAMILIES[family]
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer, backend.decoder = cut, decoder
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=facts["special"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    backend.train_from_iterator(corpus * 4, trainer)
    bos = facts.get("bos")
    if bos is not None:
        backend.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, backend.token_to_id(bos))]
        )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token=bos, eos_token=facts["eos"], additional_special_tokens=facts["special"]
    )
    tokenizer.chat_template = facts["template"]
    return tokenizer


def make_model(
    directory: Path,
    *,
    kind: str = "llama",
    head: str = "causal",
    seed: int = 0,
    context: int = 256,
    family: str = "chatml",
) -> Path:
    """Write a tiny random model in float32 with a family's tokenizer."""
    import torch
    from transformers import (
        LlamaConfig,
        LlamaForCausalLM,
        LlamaForSequenceClassification,
        Qwen2Config,
        Qwen2ForCausalLM,
    )

    tokenizer = make_tokenizer(family)
    sizes: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": context,
        "initializer_range": 0.2,  # so that different inputs give different outputs
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.convert_tokens_to_ids(FAMILIES[family]["special"][0]),
    }
    torch.manual_seed(seed)
    if head == "score":
        model: Any = LlamaForSequenceClassification(LlamaConfig(**sizes, num_labels=1))
    else:
        model = LlamaForCausalLM(LlamaConfig(**sizes)) if kind == "llama" else Qwen2ForCausalLM(Qwen2Config(**sizes))
    model.save_pretrained(directory)
    if family == "chatml":  # the other families' makers name none
        tokenizer.pad_token = "<|endoftext|>"
    tokenizer.save_pretrained(directory)
    return directory


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Tiny models gain nothing from threads, which crawl when several test processes share the cores."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_model(tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="session")
def tiny_scorer(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_model(tmp_path_factory.mktemp("scorer"), head="score"))
