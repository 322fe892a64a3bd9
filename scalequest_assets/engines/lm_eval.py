"""lm-evaluation-harness: it asks a model, reads what it wrote and compares that with gold, all by its own code.

Its prompts and its few-shot examples are left out: what is asked is given, so that the rest can be compared.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, Protocol

from scalequest_assets.engines.chat import load_tokenizer
from scalequest_assets.engines.loading import best_device, load_model
from scalequest_assets.errors import EngineError

_GROUP: Final = "scalequest"
_SPLIT: Final = "test"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question.

    Attributes:
        id: Unique among the questions.
        query: The question alone.
        prompt: The rendered text that the model goes on with.
        gold: Its answer.
    """

    id: str
    query: str
    prompt: str
    gold: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the harness makes of one answer in one of its ways to read.

    Attributes:
        id: The question's.
        filter: The harness's name of how it read the answer.
        response: What the model wrote.
        answer: What the harness read from it.
        is_correct: Whether it equals gold, by the harness.
    """

    id: str
    filter: str
    response: str
    answer: str
    is_correct: bool


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """All verdicts on one model.

    Attributes:
        verdicts: A row for each question and filter.
        evaluator: The harness and its task, with their versions.
        device: Where the model ran: `cpu`, `mps`, `cuda`.
        seconds: What asking and comparing took.
    """

    verdicts: list[Verdict]
    evaluator: str
    device: str
    seconds: float

    @property
    def is_on_gpu(self) -> bool:
        """Whether that is a GPU."""
        return self.device != "cpu"


class Harness(Protocol):
    """A model in the hands of the harness."""

    def evaluate(self, asked: Sequence[Asked], *, task: str, max_tokens: int) -> Evaluation:
        """Return what a task of the harness says of the model's greedy answers.

        Args:
            asked: The questions.
            task: Name of one of the harness's tasks that generate text, such as `gsm8k`.
            max_tokens: Upper bound on generated tokens.

        Raises:
            EngineError: The harness has no such task, or its task needs more than text and answer.
        """
        ...


def open_harness(
    path: str,
    *,
    revision: str | None = None,
    trust_remote_code: bool = False,
    dtype: str,
    device: str,
    batch_size: int,
) -> "LmEval":
    """Load a model as the harness runs it: with transformers' own `generate`, none of our engine.

    Args:
        path: Directory or hub id of a model with weights.
        revision: Of a hub id.
        trust_remote_code: Whether code from the model's repository may run.
        dtype: As `load_model` takes it; `int8`, which is our engine's alone, is `auto` here.
        device: `auto`, `cpu`, `cuda` or `mps`.
        batch_size: Rows in a batch.

    Raises:
        EngineError: The harness is not installed, or the model cannot be loaded.
    """
    _require()
    from lm_eval.models.huggingface import HFLM

    where = best_device() if device == "auto" else device
    which: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    model = load_model(path, "causal", dtype="auto" if dtype == "int8" else dtype, **which).to(where)
    tokenizer = load_tokenizer(path, **which)
    return LmEval(HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch_size, device=where), where)


class LmEval:
    """The harness with one of its models (`Harness`).

    Args:
        model: A model of the harness.
        device: Where it runs.
    """

    def __init__(self, model: Any, device: str) -> None:
        self._model, self._device = model, device

    def evaluate(self, asked: Sequence[Asked], *, task: str, max_tokens: int) -> Evaluation:
        """Return what a task of the harness says of the model's greedy answers; see `Harness`."""
        from lm_eval.evaluator import evaluate
        from lm_eval.tasks import TaskManager

        began = time.perf_counter()
        try:
            # In a group what is given changes the task; a task given alone would inherit nothing of it.
            tasks = TaskManager().load([{"group": _GROUP, "task": [{"task": task, **_ours(asked)}]}])
            (loaded,) = tasks["tasks"].values()
            loaded.config.generation_kwargs = {**loaded.config.generation_kwargs, "max_gen_toks": max_tokens}
        except (KeyError, TypeError, ValueError) as error:
            raise EngineError(
                f"lm-eval has no task {task!r} that one can put questions to: {error}",
                "name a task that generates text, such as gsm8k: students.evaluation.lm_eval_task",
            ) from error
        found = evaluate(self._model, tasks, log_samples=True, bootstrap_iters=0)
        verdicts = [
            Verdict(
                id=sample["doc"]["id"],
                filter=sample["filter"],
                response=sample["resps"][0][0],
                answer=str(sample["filtered_resps"][0]),
                is_correct=bool(sample["exact_match"]),
            )
            for sample in found["samples"][task]
        ]
        evaluator = f"lm-eval {version('lm-eval')}, {task} {found['versions'][task]}"
        seconds = time.perf_counter() - began
        return Evaluation(verdicts=verdicts, evaluator=evaluator, device=self._device, seconds=seconds)


def _ours(asked: Sequence[Asked]) -> dict[str, Any]:
    """Return what replaces a task's questions and prompts; its filters and its comparison stay."""
    from datasets import Dataset

    # Gold in each of the ways in which tasks look for it.
    rows = [
        {
            "id": one.id,
            "prompt": one.prompt,
            "question": one.query,
            "problem": one.query,
            "answer": one.gold,
            "solution": f"\\boxed{{{one.gold}}}",
        }
        for one in asked
    ]
    return {
        "dataset_path": _GROUP,
        "dataset_name": None,
        "custom_dataset": lambda **_: {_SPLIT: Dataset.from_list(rows)},
        "process_docs": None,
        "training_split": None,
        "validation_split": None,
        "fewshot_split": None,
        "test_split": _SPLIT,
        "num_fewshot": 0,
        "doc_to_text": lambda row: row["prompt"],
        "doc_to_target": lambda row: row["answer"],
    }


def _require() -> None:
    try:
        import lm_eval  # noqa: F401
    except ModuleNotFoundError as error:
        raise EngineError(
            f"lm-evaluation-harness is not installed: no module {error.name!r}",
            'run: pip install "scalequest-assets[lm-eval]" (a checkout: .venv/bin/pip install -e ".[lm-eval]")',
        ) from error
