"""What every engine can do, and the small records that go in and come out.

An engine is given requests that carry an id and answers with completions that carry the same id; callers join by id,
never by position. Batches are planned from the *full* list of requests, so that a run which is resumed forms the same
batches, and so the same rows, as one that was not interrupted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

FinishReason = Literal["stop", "length", "error"]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How tokens are drawn. Part of what identifies a completion.

    Attributes:
        temperature: 0 is greedy.
        top_p: Nucleus probability mass, in (0, 1].
        max_tokens: Upper bound on generated tokens.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 512


@dataclass(frozen=True, kw_only=True)
class Request:
    """One text to continue.

    Attributes:
        id: Unique in the list of requests.
        prompt: Rendered text, special tokens included; no further BOS is added where it already starts with one.
        seed: Seed of this row's draw, in [0, 2**63).
    """

    id: str
    prompt: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What a model wrote for one request.

    Attributes:
        id: The request's id.
        text: Generated text without special tokens.
        finish_reason: `stop` if the model ended by itself, `length` if it was cut, `error` if it could not be done.
        prompt_tokens: Length of the prompt.
        num_tokens: Length of the completion, the end-of-turn token included.
        engine_s: This row's share of the engine's seconds.
        error: Kind and message, where `finish_reason` is `error`.
    """

    id: str
    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    num_tokens: int
    engine_s: float
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Score:
    """A sequence-classification model's raw output for one text (a logit, not a probability).

    Attributes:
        id: The request's id.
        value: The logit.
        num_tokens: Tokens read.
        engine_s: This row's share of the engine's seconds.
        is_truncated: Whether the text was cut to the model's length before it was scored.
    """

    id: str
    value: float
    num_tokens: int
    engine_s: float
    is_truncated: bool = False


class GenerationEngine(Protocol):
    """A loaded model that writes text."""

    def render(self, messages: Sequence[Message]) -> str:
        """Return the prompt for a chat: the model's own template, ending where the assistant's turn begins."""
        ...

    def question_prefix(self, system: str | None) -> str:
        """Return what precedes a user's first word in the chat template (QFT trains on it, sampling starts from it)."""
        ...

    def question_end(self) -> str:
        """Return what ends a user's turn in that template (what QFT teaches as the end; generation stops there)."""
        ...

    def plan(self, requests: Sequence[Request], sampling: Sampling) -> list[list[Request]]:
        """Cut requests into batches. A pure function of the full list."""
        ...

    def generate(self, batch: Sequence[Request], sampling: Sampling) -> Iterator[Completion]:
        """Complete one planned batch, yielding rows as they finish, in any order."""
        ...

    def close(self) -> None:
        """Give the memory back. The engine cannot be used afterwards."""
        ...


class ScoringEngine(Protocol):
    """A loaded sequence-classification model with one output."""

    def render(self, messages: Sequence[Message]) -> str:
        """Return the text that the model scores for a chat (as it was trained)."""
        ...

    def score(self, requests: Sequence[Request]) -> Iterator[Score]:
        """Score texts, in any order."""
        ...

    def close(self) -> None:
        """Give the memory back. The engine cannot be used afterwards."""
        ...


TrainingTask = Literal["sft", "dpo", "reward", "regression"]


@dataclass(frozen=True, kw_only=True)
class TrainingJob:
    """All that a training needs; goes to the child process as JSON.

    Attributes:
        task: `sft` on rows `{text}` or `{prompt, completion}`, `dpo` and `reward` on `{prompt, chosen, rejected}`,
            `regression` on `{text, label}`.
        base_dir: Directory or hub id of the model to start from.
        base_revision: Hub revision, or None for a directory.
        train_file: JSON lines.
        output_dir: Where weights, tokenizer and `result.json` are written.
        hyperparameters: See `Hyperparameters`.
        seed: Seed of initialisation and shuffling.
        trust_remote_code: Whether code from the model's repository may run.
        keep_adapter: Whether a LoRA adapter is written as it is (bfloat16) and not merged into its base.
    """

    task: TrainingTask
    base_dir: str
    base_revision: str | None = None
    train_file: str
    output_dir: str
    hyperparameters: "Hyperparameters"
    seed: int
    trust_remote_code: bool = False
    keep_adapter: bool = False


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """How a model is trained.

    Attributes:
        learning_rate: Peak learning rate.
        num_epochs: Passes over the data; may be fractional.
        batch_size: Sequences (after packing, if packed) per optimizer step, over all devices.
        micro_batch_size: Sequences per forward pass and device.
        max_length: Tokens; longer rows are cut (sft) or dropped (dpo, reward).
        warmup: Share of all steps (< 1) or number of steps (>= 1).
        weight_decay: AdamW's.
        packing: Whether rows are packed to `max_length` (sft).
        beta: DPO's.
        lora_rank: LoRA rank; None trains all weights.
    """

    learning_rate: float
    num_epochs: float = 1.0
    batch_size: int = 8
    micro_batch_size: int = 8
    max_length: int = 256
    warmup: float = 0.03
    weight_decay: float = 0.0
    packing: bool = False
    beta: float = 0.1
    lora_rank: int | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """What a training reports in `result.json`.

    Attributes:
        num_rows: Rows trained on.
        num_steps: Optimizer steps.
        num_tokens: Tokens seen by the model, all epochs.
        train_s: Seconds in the training loop.
        device: `cpu`, `cuda:0 NVIDIA …`, `mps`.
        loss_curve: `(step, loss)` pairs.
        metrics: Final metrics (`loss`, and for dpo `reward_margin`, `reward_accuracy`).
    """

    num_rows: int
    num_steps: int
    num_tokens: int
    train_s: float
    device: str
    loss_curve: list[tuple[int, float]]
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a long piece of work is.

    Attributes:
        done: Rows finished.
        total: Rows in all.
        num_tokens: Tokens generated so far, stored completions not counted.
        seconds: Engine seconds so far.
    """

    done: int
    total: int
    num_tokens: int
    seconds: float


OnProgress = Callable[[Progress], None]
