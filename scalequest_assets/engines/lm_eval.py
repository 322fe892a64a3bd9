"""lm-evaluation-harness: it asks a model, reads what it wrote and compares that with gold, all by its own code.

Of a task stay its filters, its end strings and its comparison. What is asked is given, prompt and all, and answered
greedily, so that these can be compared.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, Final, Protocol

from scalequest_assets.engines.chat import load_tokenizer, stop_token_ids
from scalequest_assets.engines.loading import best_device, device_name, free_memory, load_model
from scalequest_assets.errors import EngineError

_GROUP: Final = "scalequest"
_SPLIT: Final = "test"
_METRIC: Final = "exact_match"
REMEDY: Final = 'run: pip install "scalequest-assets[lm-eval]" (a checkout: .venv/bin/pip install -e ".[lm-eval]")'
_OTHER_TASK: Final = (
    "name a task that compares one text with one answer, such as gsm8k: students.evaluation.lm_eval_task"
)


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
        response: What the model wrote, up to one of the task's end strings.
        answer: What the harness read from it; None of a task that reads and compares in one, by code of its own.
        is_correct: Whether it equals gold, by the harness.
    """

    id: str
    filter: str
    response: str
    answer: str | None
    is_correct: bool


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """All verdicts on one model.

    Attributes:
        verdicts: A row for each question and filter.
        evaluator: The harness and its task, with their versions.
        device: Where the model ran, as costs name it.
        num_devices: GPUs in use; 0 for a CPU.
        seconds: What asking and comparing took, without loading.
    """

    verdicts: list[Verdict]
    evaluator: str
    device: str
    num_devices: int
    seconds: float


class Harness(Protocol):
    """A model in the hands of the harness."""

    def evaluate(self, asked: Sequence[Asked], *, task: str, max_tokens: int) -> Evaluation:
        """Return what a task of the harness says of the model's greedy answers.

        Args:
            asked: The questions, at least one.
            task: Name of one of the harness's tasks that generate text, such as `gsm8k`.
            max_tokens: Upper bound on generated tokens; less where the longest prompt leaves less of the context.

        Raises:
            EngineError: The harness has no such task, its task needs more than question and answer, the model cannot
                be loaded, or a prompt fills its context.
        """
        ...

    def close(self) -> None:
        """Give the model's memory back."""
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
    """Return a model as the harness runs it: with transformers' own `generate`, none of our engine.

    It is loaded when a task is there to ask it.

    Args:
        path: Directory or hub id of a model with weights.
        revision: Of a hub id.
        trust_remote_code: Whether code from the model's repository may run.
        dtype: As `load_model` takes it; `int8`, which is our engine's alone, is `auto` here.
        device: `auto`, `cpu`, `cuda` or `mps`.
        batch_size: Rows in a batch.

    Raises:
        EngineError: The harness is not installed.
    """
    _require()
    where = best_device() if device == "auto" else device
    which: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}

    def load() -> Any:
        from lm_eval.models.huggingface import HFLM

        model = load_model(path, "causal", dtype="auto" if dtype == "int8" else dtype, **which).to(where)
        tokenizer = load_tokenizer(path, **which)
        # Else it goes on behind a turn's end that is not the tokenizer's EOS.
        model.generation_config.eos_token_id = sorted(stop_token_ids(tokenizer, model.generation_config))
        return HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch_size, device=where)

    return LmEval(load, where)


class LmEval:
    """The harness with one of its models (`Harness`).

    Args:
        load: Returns a model of the harness; called once, when a task is there.
        device: Where it runs: `cpu`, `mps`, `cuda`.
    """

    def __init__(self, load: Callable[[], Any], device: str) -> None:
        self._load, self._device = load, device
        self._model: Any = None

    def evaluate(self, asked: Sequence[Asked], *, task: str, max_tokens: int) -> Evaluation:
        """Return what a task of the harness says of the model's greedy answers; see `Harness`."""
        from lm_eval.evaluator import evaluate

        tasks, loaded = _load_task(task, asked)
        self._model = self._model or self._load()
        until = loaded.config.generation_kwargs.get("until") or []
        loaded.config.generation_kwargs = {
            "until": until,
            "do_sample": False,
            "temperature": 0.0,
            "max_gen_toks": _room(self._model, asked, max_tokens),
        }
        began = time.perf_counter()
        found = evaluate(self._model, tasks, log_samples=True, bootstrap_iters=0)
        seconds = time.perf_counter() - began
        reads_itself = callable(loaded.config.process_results)
        verdicts = [
            Verdict(
                id=sample["doc"]["id"],
                filter=sample["filter"],
                response=sample["resps"][0][0],
                answer=None if reads_itself else str(sample["filtered_resps"][0]),
                is_correct=bool(sample[_METRIC]),
            )
            for sample in found["samples"][task]
        ]
        evaluator = f"lm-eval {version('lm-eval')}, {task} {found['versions'][task]}"
        return Evaluation(
            verdicts=verdicts,
            evaluator=evaluator,
            device=device_name(self._device),
            num_devices=int(self._device != "cpu"),
            seconds=seconds,
        )

    def close(self) -> None:
        """Give the model's memory back."""
        self._model = None
        free_memory()


def _load_task(task: str, asked: Sequence[Asked]) -> tuple[Any, Any]:
    """Return a task that asks our questions, as the harness takes it and by itself, once it was tried on no answer."""
    manager = _all_tasks()
    if task not in manager.all_subtasks:
        what = "a group of tasks" if task in {*manager.all_groups, *manager.all_tags} else "no task"
        raise EngineError(f"{task!r} is {what} of lm-eval's", _OTHER_TASK)
    try:
        # In a group what is given changes the task; a task given alone would inherit nothing of it.
        tasks = manager.load([{"group": _GROUP, "task": [{"task": task, **_ours(asked)}]}])
        (loaded,) = tasks["tasks"].values()
        metrics = loaded.process_results(loaded.dataset[_SPLIT][0], [""])
    except ModuleNotFoundError as error:
        remedy = f'install it, perhaps by: pip install "lm-eval[math]"; or {_OTHER_TASK}'
        raise EngineError(f"lm-eval's task {task!r} needs {error.name!r}, which is not installed", remedy) from error
    except Exception as error:  # tasks bring code of their own, which raises what it likes
        raise EngineError(f"lm-eval's task {task!r} takes no questions of ours: {error}", _OTHER_TASK) from error
    if loaded.OUTPUT_TYPE != "generate_until" or loaded.config.repeats != 1 or _METRIC not in metrics:
        raise EngineError(f"lm-eval's task {task!r} does not compare one text with one answer ({_METRIC})", _OTHER_TASK)
    return tasks, loaded


@cache
def _all_tasks() -> Any:
    """Return what knows the harness's tasks: it reads thousands of files, which takes seconds."""
    from lm_eval.tasks import TaskManager

    return TaskManager()


def _room(model: Any, asked: Sequence[Asked], max_tokens: int) -> int:
    """Return how many tokens each answer may have: the harness would cut the beginning of a prompt to make room."""
    context = getattr(model, "max_length", None)
    if context is None:
        return max_tokens
    longest = max(len(model.tok_encode(one.prompt)) for one in asked)
    if longest >= context:
        raise EngineError(f"a prompt of {longest} tokens fills the model's context of {context}", "ask shorter ones")
    return min(max_tokens, int(context) - longest)


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
        "fewshot_config": None,
        "description": "",
        "gen_prefix": None,
        "use_prompt": None,
        "doc_to_choice": None,
        "doc_to_text": lambda row: row["prompt"],
        "doc_to_target": lambda row: row["answer"],
    }


def _require() -> None:
    try:
        import lm_eval  # noqa: F401
    except ModuleNotFoundError as error:
        raise EngineError(f"lm-evaluation-harness is not installed: no module {error.name!r}", REMEDY) from error
