"""What every engine can do, and the small records that go in and come out.

An engine is given requests that carry an id and answers with a stream of completions that carry the same id; callers
join by id, never by position. It always gets the *full* list of requests and which of them are missing, so that an
engine whose rows depend on their batch forms the same batches, and so the same rows, when a run is resumed.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, Protocol, runtime_checkable

from pydantic import Field, model_validator

from scalequest_assets.settings import Positive, Settings

FinishReason = Literal["stop", "length", "error"]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(Settings):
    """How tokens are drawn. Part of what identifies a completion.

    Attributes:
        temperature: 0 is greedy.
        top_p: Nucleus probability mass, in (0, 1].
        max_tokens: Upper bound on generated tokens.
    """

    temperature: float = Field(default=0.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=512, ge=1, le=32768)


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


ErrorKind = Literal[
    "empty_prompt",
    "too_long",
    "refused",
    "not_finite",
    "overloaded",
    "server_error",
    "unreachable",
    "timeout",
    "bad_answer",
    "no_text",
]
LASTING: Final[frozenset[ErrorKind]] = frozenset({"empty_prompt", "too_long", "refused", "not_finite", "no_text"})
"""Kinds of errors that the same request meets again: a run that has nothing else to do does not try them again."""


@dataclass(frozen=True, kw_only=True)
class RowError:
    """Why an engine could not do a row.

    Attributes:
        kind: What kind of failure.
        message: What happened, for a person; no key and no other secret.
    """

    kind: ErrorKind
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class EngineInfo:
    """What ran a model: the provenance of its rows.

    Attributes:
        name: Engine and its version, such as `vllm 0.32.0`.
        device: `cpu`, `cuda NVIDIA H200`, or the server's host.
        num_devices: GPUs in use at the same time; 0 for a CPU, or a server that is somebody else's.
        is_exact: Whether the same list of requests gives the same rows again, on the same device and settings.
    """

    name: str
    device: str
    num_devices: int
    is_exact: bool


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What a model wrote for one request.

    Attributes:
        id: The request's id.
        text: What the model says, without thinking and special tokens; empty where it was cut while it thought.
        finish_reason: `stop` if the model ended by itself, `length` if it was cut, `error` if it could not be done.
        prompt_tokens: Length of the prompt.
        num_tokens: Length of the completion, thinking and the end-of-turn token included.
        engine_s: This row's share of the engine's seconds.
        reasoning: What the model thought before, in tags or beside its text; None where it shows none.
        num_retries: How often the request was sent again.
        error: Why it could not be done, where `finish_reason` is `error`.
    """

    id: str
    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    num_tokens: int
    engine_s: float
    reasoning: str | None = None
    num_retries: int = 0
    error: RowError | None = None


def refusal(prompt_tokens: int, context: int) -> RowError | None:
    """Return why a prompt cannot be continued: it is empty, or fills the model's context; None where it can."""
    if prompt_tokens == 0:
        return RowError(kind="empty_prompt", message="nothing to continue")
    if prompt_tokens >= context:
        return RowError(kind="too_long", message=f"{prompt_tokens} prompt tokens, and the model's context is {context}")
    return None


def failed(request_id: str, error: RowError, prompt_tokens: int = 0) -> Completion:
    """Return the completion of a request that could not be done."""
    return Completion(
        id=request_id,
        text="",
        finish_reason="error",
        prompt_tokens=prompt_tokens,
        num_tokens=0,
        engine_s=0.0,
        error=error,
    )


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Two answers to choose between, each in the spellings that count as it (`Yes`, ` Yes`, `yes`).

    A spelling counts by its first token. A token that begins both answers tells nothing, and counts for neither.

    Attributes:
        this: Spellings of the answer whose probability is asked for.
        other: Spellings of the other one.
    """

    this: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Score:
    """What a model says of one text in a number.

    Attributes:
        id: The request's id.
        value: Of a sequence-classification model its raw output, a logit. Of a choice the probability in [0, 1] of
            `this`, where it goes on with one of the two. None where the text could not be scored.
        prompt_tokens: Tokens read.
        engine_s: This row's share of the engine's seconds.
        is_truncated: Whether the text was cut to the model's length before it was scored.
        num_retries: How often the request was sent again.
        error: Why it could not be scored, where `value` is None.
    """

    id: str
    value: float | None
    prompt_tokens: int
    engine_s: float
    is_truncated: bool = False
    num_retries: int = 0
    error: RowError | None = None


class GenerationEngine(Protocol):
    """A loaded model that writes text."""

    @property
    def info(self) -> EngineInfo:
        """Return what runs the model."""
        ...

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        """Complete requests, yielding rows as they finish, in any order.

        Args:
            requests: All that the caller wants completed, whether it is stored already or not.
            sampling: How tokens are drawn.
            missing: Ids of those that are not stored. Others may be yielded too, where they share a batch with one.

        Raises:
            EngineError: The engine itself cannot go on. A row that cannot be done is a completion with an `error`.
        """
        ...

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        """Return how probable one of two answers is right behind each prompt; no token is written.

        Raises:
            EngineError: The engine gives no probabilities, or no token tells the two answers apart.
        """
        ...

    def close(self) -> None:
        """Give the memory back. The engine cannot be used afterwards."""
        ...


class ScoringEngine(Protocol):
    """A loaded sequence-classification model with one output."""

    @property
    def info(self) -> EngineInfo:
        """Return what runs the model."""
        ...

    def score(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[Score]:
        """Score texts, in any order; arguments as in `GenerationEngine.generate`."""
        ...

    def close(self) -> None:
        """Give the memory back. The engine cannot be used afterwards."""
        ...


Asked = Sampling | Choice | None
"""What is asked of a list of requests: texts, a choice, or (None) scores."""


@runtime_checkable
class Batched(Protocol):
    """An engine whose rows depend on what is in a batch with them."""

    def batches(self, requests: Sequence[Request], asked: Asked) -> list[list[Request]]:
        """Return the batches that it forms of requests; asked for one of them alone, it forms the same one."""
        ...


@runtime_checkable
class Shared(Protocol):
    """An engine that several threads may ask at once: calls share what it has, the first come first."""

    @property
    def has_room(self) -> bool:
        """Return whether some of it would soon have nothing to do, were it not asked for more."""
        ...


TrainingTask = Literal["sft", "dpo", "reward", "regression"]


class Hyperparameters(Settings):
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

    learning_rate: float = Field(gt=0, lt=0.1)
    num_epochs: float = Field(default=1.0, gt=0, le=100)
    batch_size: Positive = 8
    micro_batch_size: Positive = 8
    max_length: int = Field(default=256, ge=16, le=131072)
    warmup: float = Field(default=0.03, ge=0)
    weight_decay: float = Field(default=0.0, ge=0)
    packing: bool = False
    beta: float = Field(default=0.1, gt=0)
    lora_rank: Positive | None = None

    @model_validator(mode="after")
    def _batches_divide(self) -> "Hyperparameters":
        if self.batch_size % self.micro_batch_size:
            raise ValueError(f"batch_size {self.batch_size} is no multiple of micro_batch_size {self.micro_batch_size}")
        return self


@dataclass(frozen=True, kw_only=True)
class TrainingJob:
    """All that a training needs; goes to the child process as JSON.

    Attributes:
        task: `sft` on rows `{text}` or `{prefix, text}`, of which all is learned, or `{prompt, completion}`, of which
            the completion is; `dpo` on `{prompt, chosen, rejected}`, `reward` on `{chosen, rejected}` (whole chats),
            `regression` on `{text, label}`.
        base_dir: Directory or hub id of the model to start from.
        base_revision: Hub revision, or None for a directory.
        train_file: JSON lines.
        output_dir: Where weights, tokenizer and `result.json` are written.
        hyperparameters: See `Hyperparameters`.
        seed: Seed of initialisation and shuffling.
        trust_remote_code: Whether code from the model's repository may run.
        keep_adapter: Whether a LoRA adapter is written as it is (bfloat16) and not merged into its base.
        frozen_dtype: Of weights that stay frozen under LoRA: `auto`, or `int8` where it is the faster
            (`training.memory.weights_dtype`).
        checkpoint_dir: Where a killed training left its checkpoints, and this one leaves its own; None makes none.
            It belongs to this very job: another base, row, hyperparameter or seed takes another directory.
        checkpoint_every_s: Seconds between checkpoints, at least.
    """

    task: TrainingTask
    base_dir: str
    base_revision: str | None = None
    train_file: str
    output_dir: str
    hyperparameters: Hyperparameters
    seed: int
    trust_remote_code: bool = False
    keep_adapter: bool = False
    frozen_dtype: str = "auto"
    checkpoint_dir: str | None = None
    checkpoint_every_s: float = 60.0

    def document(self) -> dict[str, Any]:
        """Return the job as JSON-like values; `training.client.parse_job` reads it."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**values, "hyperparameters": self.hyperparameters.model_dump()}


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """What a training reports in `result.json`.

    Attributes:
        num_rows: Rows trained on.
        num_steps: Optimizer steps.
        num_tokens: Tokens seen by the model, all epochs.
        train_s: Seconds in the training loop.
        device: `cpu`, `cuda NVIDIA …`, `mps`.
        num_devices: GPUs that trained it; 0 for a CPU.
        loss_curve: `(step, loss)` pairs.
        metrics: Final metrics (`loss`, and for dpo and reward `reward_margin`, `reward_accuracy`).
        curves: `(step, value)` pairs of the metrics other than the loss.
        resumed_from: Step of the checkpoint it went on from; 0 where it began at the beginning. `train_s` and
            `num_tokens` include what came before the checkpoint.
    """

    num_rows: int
    num_steps: int
    num_tokens: int
    train_s: float
    device: str
    loss_curve: list[tuple[int, float]]
    num_devices: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    curves: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    resumed_from: int = 0


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
