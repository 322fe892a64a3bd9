"""What memory a training needs on each device, said before a weight is loaded.

An estimate from the model's configuration and the longest row: too little memory is then an error with numbers and a
way out, and not a process that the system kills an hour later. `docs/benchmarks.md` has it beside measured peaks.
"""

# mypy: allow-untyped-calls
# (torch and transformers are typed in part)

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import torch

from scalequest_assets.engines.base import TrainingJob
from scalequest_assets.engines.footprint import PROCESS_BYTES, memory_here
from scalequest_assets.engines.int8 import is_supported
from scalequest_assets.engines.loading import best_device, is_fast_in_bfloat16
from scalequest_assets.errors import TrainingError

_GB: Final = 1e9
_ADAM_BYTES: Final = 8  # two moments in float32
_FROZEN_IN_BFLOAT16: Final = ("sft", "dpo")
_LORA_RANK: Final = 16  # what a remedy proposes
_LOGIT_BYTES: Final = {"sft": 12, "dpo": 18, "reward": 12, "regression": 12}  # dpo: log-probabilities besides
_TEXTS_AT_ONCE: Final = {"sft": 1, "regression": 1, "dpo": 2, "reward": 2}  # of a row: chosen and rejected


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What of a model decides how much memory its training takes.

    Attributes:
        num_parameters: All weights.
        lora_parameters: Weights of a LoRA adapter of rank 1 on all linear layers but the output.
        num_layers: Transformer layers.
        hidden_size: Width.
        intermediate_size: Width of the feed-forward part.
        vocab_size: Outputs of the language model head; 1 for a model that scores.
    """

    num_parameters: int
    lora_parameters: int
    num_layers: int
    hidden_size: int
    intermediate_size: int
    vocab_size: int


@dataclass(frozen=True, kw_only=True)
class Need:
    """Bytes on each device.

    Attributes:
        weights: In float32; where they stay frozen in bfloat16, or twice in int8.
        gradients: Of the trained weights, in float32; with several devices that each hold all, a second time.
        optimizer: AdamW's two moments.
        activations: What the backward pass needs of the forward pass.
        logits: The head's output, in float32 with what is made of it and its gradient.
        process: Everything else.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    process: int = PROCESS_BYTES

    @property
    def total(self) -> int:
        """Bytes in all."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.logits + self.process

    def __str__(self) -> str:
        parts = {name: getattr(self, name) for name in ("weights", "gradients", "optimizer", "activations", "logits")}
        listed = ", ".join(f"{name} {size / _GB:.1f}" for name, size in parts.items())
        return f"{self.total / _GB:.1f} GB ({listed})"


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How a training is spread and what it keeps.

    Attributes:
        num_devices: Devices that train.
        is_sharded: Whether each holds a part of weights, gradients and moments (FSDP), or all of them.
        is_checkpointing: Whether activations are computed again in the backward pass.
    """

    num_devices: int = 1
    is_sharded: bool = False
    is_checkpointing: bool = False


def shape_of(job: TrainingJob) -> Shape:
    """Return the shape of the job's base model, from its configuration alone."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

    path, revision = job.base_dir, job.base_revision
    adapter = Path(path) / "adapter_config.json"
    if adapter.is_file():  # it is merged before it is trained on
        fields = json.loads(adapter.read_text(encoding="utf-8"))
        path, revision = fields["base_model_name_or_path"], fields.get("revision")
    config: Any = AutoConfig.from_pretrained(path, revision=revision, trust_remote_code=job.trust_remote_code)
    auto: Any = AutoModelForCausalLM
    if job.task in ("reward", "regression"):
        auto, config.num_labels = AutoModelForSequenceClassification, 1
    with torch.device("meta"):
        model = auto.from_config(config, trust_remote_code=job.trust_remote_code)
    head = model.get_output_embeddings()
    linear = [module for module in model.modules() if isinstance(module, torch.nn.Linear) and module is not head]
    text = config.get_text_config()
    return Shape(
        num_parameters=model.num_parameters(),
        lora_parameters=sum(layer.in_features + layer.out_features for layer in linear),
        num_layers=text.num_hidden_layers,
        hidden_size=text.hidden_size,
        intermediate_size=getattr(text, "intermediate_size", None) or 4 * text.hidden_size,
        vocab_size=text.vocab_size if auto is AutoModelForCausalLM else 1,
    )


def estimate(job: TrainingJob, shape: Shape, setup: Setup, *, num_tokens: int, is_bfloat16: bool) -> Need:
    """Return what a training needs on each device.

    Args:
        job: Task and hyperparameters.
        shape: Of its base model.
        setup: How it is spread.
        num_tokens: Of the longest row, prompt included.
        is_bfloat16: Whether the device computes in bfloat16.
    """
    hyper, rank = job.hyperparameters, job.hyperparameters.lora_rank
    num_trained = shape.num_parameters if rank is None else rank * shape.lora_parameters
    is_short = weights_dtype(job, is_bfloat16=is_bfloat16) != "float32"
    parts = setup.num_devices if setup.is_sharded else 1
    copies = 2 if setup.num_devices > 1 and not setup.is_sharded else 1
    tokens = hyper.micro_batch_size * _TEXTS_AT_ONCE[job.task] * num_tokens
    width = 2 if is_bfloat16 else 4
    layer = 16 * shape.hidden_size + 4 * shape.intermediate_size  # values a token leaves in one layer
    kept = shape.num_layers * shape.hidden_size + layer if setup.is_checkpointing else shape.num_layers * layer
    return Need(
        weights=shape.num_parameters * (2 if is_short else 4) // parts,
        gradients=num_trained * 4 * copies // parts,
        optimizer=num_trained * _ADAM_BYTES // parts,
        activations=tokens * kept * width,
        logits=tokens * shape.vocab_size * _LOGIT_BYTES[job.task],
    )


def weights_dtype(job: TrainingJob, *, is_bfloat16: bool) -> Literal["float32", "bfloat16", "int8"]:
    """Return how weights are held: in float32, or shorter where they stay frozen under LoRA.

    Trained weights in bfloat16 would swallow small updates; the arithmetic is bfloat16 by autocast. Frozen ones need no
    such care, and autocast would cast them again in every forward pass. Int8, which takes the weights twice, is no
    smaller, and slower where the device computes in bfloat16.

    Args:
        job: Task, rank and `frozen_dtype`.
        is_bfloat16: Whether the device computes in bfloat16.
    """
    if job.hyperparameters.lora_rank is None:
        return "float32"
    if is_bfloat16 and job.task in _FROZEN_IN_BFLOAT16:
        return "bfloat16"
    return "int8" if job.frozen_dtype == "int8" and is_supported() else "float32"


def available() -> int:
    """Return the bytes free on the device that a training would take: a GPU's, or what the system gives a process."""
    device = best_device()
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    if device == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return memory_here().free


def choose(job: TrainingJob, setup: Setup, *, num_tokens: int, free: int | None = None) -> Setup:
    """Return the setup to train with: activations are computed again only where they would not fit otherwise.

    Args:
        job: What is trained.
        setup: How many devices there are and whether the model is spread over them.
        num_tokens: Of the longest row.
        free: Bytes on each device; None asks the device.

    Raises:
        TrainingError: If it does not fit at all; says what would.
    """
    shape, is_bfloat16 = shape_of(job), is_fast_in_bfloat16()
    free = available() if free is None else free
    for is_checkpointing in (False, True):
        tried = replace(setup, is_checkpointing=is_checkpointing)
        need = estimate(job, shape, tried, num_tokens=num_tokens, is_bfloat16=is_bfloat16)
        if need.total <= free:
            return tried
    where = "each device" if setup.num_devices > 1 else best_device()
    raise TrainingError(
        f"{job.task} of a model of {shape.num_parameters / 1e9:.2f} billion parameters needs about {need} on {where}, "
        f"activations recomputed; {free / _GB:.1f} GB are free",
        _remedy(job, shape, setup, free=free, num_tokens=num_tokens, is_bfloat16=is_bfloat16),
    )


def must_be_sharded(job: TrainingJob, num_devices: int) -> bool:
    """Return whether the model must be spread over the devices, because it does not fit one of them."""
    if num_devices == 1:
        return False
    try:
        choose(job, Setup(num_devices=num_devices), num_tokens=job.hyperparameters.max_length)
    except TrainingError:
        return True
    return False


def _remedy(job: TrainingJob, shape: Shape, setup: Setup, *, free: int, num_tokens: int, is_bfloat16: bool) -> str:
    """Return the changes that would make it fit, the mildest first."""
    hyper, setup = job.hyperparameters, replace(setup, is_checkpointing=True)

    def total(changes: Mapping[str, Any], setup: Setup = setup) -> int:
        changed = replace(job, hyperparameters=hyper.model_copy(update=changes))
        return estimate(changed, shape, setup, num_tokens=num_tokens, is_bfloat16=is_bfloat16).total

    tried: list[tuple[str, dict[str, Any]]] = [
        ("micro_batch_size: 1", {"micro_batch_size": 1}),
        (f"lora_rank: {_LORA_RANK}", {"lora_rank": _LORA_RANK}),
        (f"lora_rank: {_LORA_RANK} and micro_batch_size: 1", {"lora_rank": _LORA_RANK, "micro_batch_size": 1}),
    ]
    fitting = [f"{change} ({size / _GB:.1f} GB)" for change, changes in tried if (size := total(changes)) <= free]
    shards = next(
        (n for n in (2, 4, 8, 16) if total({}, Setup(num_devices=n, is_sharded=True, is_checkpointing=True)) <= free),
        None,
    )
    if shards and best_device() == "cuda":
        fitting.append(f"{shards} GPUs, over which the model is spread by itself")
    return "in this training's section of the profile, set " + (
        " or ".join(fitting) if fitting else "a smaller max_length, or name a smaller base model"
    )
