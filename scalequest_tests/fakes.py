"""Models for tests only: they answer at once, and every answer follows from prompt and seed.

They know the compact prompts of the recipe, so that a whole graph runs without a language model: questions come from
the problem families (some spoilt), the judge says no now and then, the solver is right or wrong by its seed.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import dagster as dg

from scalequest_assets.config.profile import Profile
from scalequest_assets.definitions import build_resources
from scalequest_assets.engines.base import (
    Choice,
    Completion,
    EngineInfo,
    Message,
    Request,
    RowError,
    Sampling,
    Score,
    TrainingJob,
    TrainingResult,
)
from scalequest_assets.engines.lm_eval import Asked, Evaluation, Verdict
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import EngineError
from scalequest_assets.orchestration.resources import Resources
from scalequest_assets.steps.models import Models
from scalequest_assets.storage.home import Home
from scalequest_assets.subjects.maths import families

PREFIX, END = "<user>", "<end>"
_NUM_QUESTIONS = 400


class FakeChat:
    """A chat template of one line."""

    def render(self, messages: Sequence[Message], *, enable_thinking: bool | None = None) -> str:
        return PREFIX + "\n".join(m.content for m in messages) + END

    def question_prefix(self, system: str | None) -> str:
        return (f"<system>{system}" if system else "") + PREFIX

    def question_end(self) -> str:
        return END

    def answer_end(self) -> str:
        return END

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 1 for text in texts]


class FakeEngine:
    """Writes what `fake_text` says; counts what it was asked."""

    def __init__(self, handle: ModelHandle, factory: "FakeFactory") -> None:
        self._name, self._calls, self._factory = handle.name, factory.calls, factory
        self.info = EngineInfo(name="fake 1", device="fake", num_devices=0, is_exact=True)

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        for request in requests:
            if request.id not in missing:
                continue
            self._calls[self._name] += 1
            if error := self._factory.failing.get(self._name, {}).get(request.id.rsplit("#", 1)[0]):
                yield Completion(
                    id=request.id,
                    text="",
                    finish_reason="error",
                    prompt_tokens=0,
                    num_tokens=0,
                    engine_s=0.0,
                    num_retries=3,
                    error=error,
                )
                continue
            text = self._factory.write(request.prompt, request.seed)
            num_tokens = len(text.split()) + 1
            yield Completion(
                id=request.id,
                text=text,
                finish_reason="stop",
                prompt_tokens=len(request.prompt.split()),
                num_tokens=num_tokens,
                engine_s=0.001,
            )

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        for request in requests:
            if request.id in missing:
                self._calls[self._name] += 1
                error = self._factory.failing.get(self._name, {}).get(request.id)
                value = None if error else self._factory.choose(request.prompt)
                tokens = len(request.prompt.split())
                yield Score(id=request.id, value=value, prompt_tokens=tokens, engine_s=0.001, error=error)

    def score(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[Score]:
        for request in requests:
            if request.id not in missing:
                continue
            self._calls[self._name] += 1
            value = (sum(request.prompt.encode()) % 997) / 997
            yield Score(id=request.id, value=value, prompt_tokens=len(request.prompt.split()), engine_s=0.001)

    def close(self) -> None:
        pass


class FakeHarness:
    """Reads a dollar sign in what `fake_text` says (filter `flexible`), and the right answer in a text of its own."""

    def __init__(self, factory: "FakeFactory") -> None:
        self._factory = factory

    def evaluate(self, asked: Sequence[Asked], *, task: str, max_tokens: int) -> Evaluation:
        self._factory.harnessed.append((task, max_tokens, list(asked)))
        if self._factory.harness_fails:
            raise EngineError("the harness failed", "try again")
        flexible = [
            Verdict(id=one.id, filter="flexible", response=fake_text(one.prompt, 0), answer="$.", is_correct=False)
            for one in asked
        ]
        right = [
            Verdict(id=one.id, filter="right", response=f"\\boxed{{{one.gold}}}", answer=one.gold, is_correct=True)
            for one in asked
        ]
        return Evaluation(
            verdicts=[*flexible, *right], evaluator="fake harness 1", device="cpu", num_devices=0, seconds=2.0
        )

    def close(self) -> None:
        self._factory.harnesses_open -= 1


class FakeFactory:
    """Opens fakes.

    Attributes:
        calls: Rows made, by model.
        loads: Models opened.
        failing: The `query_id`s that a model cannot do, and why.
        write: What a model writes for a prompt and a seed.
        choose: How probable the first of two answers to a prompt is.
        harnessed: Task, tokens and questions that each harness was given.
        harnesses_open: Those that nobody has closed.
        harness_fails: Whether it fails when it is asked.
    """

    def __init__(self, write: Callable[[str, int], str] | None = None) -> None:
        self.write = write or fake_text
        self.choose: Callable[[str], float] = lambda prompt: (sum(prompt.encode()) % 97) / 96
        self.failing: dict[str, dict[str, RowError]] = {}
        self.calls: Counter[str] = Counter()
        self.loads: Counter[str] = Counter()
        self.harnessed: list[tuple[str, int, list[Asked]]] = []
        self.harnesses_open, self.harness_fails = 0, False

    def generation(self, handle: ModelHandle) -> FakeEngine:
        self.loads[handle.name] += 1
        return FakeEngine(handle, self)

    def scoring(self, handle: ModelHandle) -> FakeEngine:
        self.loads[handle.name] += 1
        return FakeEngine(handle, self)

    def harness(self, handle: ModelHandle) -> FakeHarness:
        self.loads[handle.name] += 1
        self.harnesses_open += 1
        return FakeHarness(self)

    def chat(self, handle: ModelHandle) -> FakeChat:
        return FakeChat()

    def free_devices(self) -> None:
        pass


def weights_hash(folder: str | Path) -> str:
    """Return a hash of a model's weights, which are the same wherever it lies."""
    return hashlib.sha256((Path(folder) / "model.safetensors").read_bytes()).hexdigest()


class FakeTrainer:
    """Writes a file of weights that depends on what was learned, and nothing else; counts its trainings."""

    def __init__(self) -> None:
        self.num_trained = 0

    def train(self, context: dg.AssetExecutionContext, job: TrainingJob) -> TrainingResult:
        self.num_trained += 1
        rows = Path(job.train_file).read_text(encoding="utf-8")
        output = Path(job.output_dir)
        output.mkdir(parents=True)
        weights = f"{job.task}|{weights_hash(job.base_dir)}|{job.hyperparameters!r}|{job.seed}|{rows}"
        (output / "model.safetensors").write_bytes(weights.encode())
        (output / "config.json").write_text(json.dumps({"model_type": "fake"}))
        num_rows = len(rows.splitlines())
        return TrainingResult(
            num_rows=num_rows,
            num_steps=1,
            num_tokens=len(rows.split()),
            train_s=0.01,
            device="fake",
            loss_curve=[(1, 2.0), (2, 1.0)],
            metrics={"loss": 1.0},
        )


def fake_text(prompt: str, seed: int) -> str:
    """Return what a fake model writes for a prompt."""
    message = prompt.removeprefix(PREFIX).removesuffix(END)
    if message == "" or not prompt.endswith(END):
        return _question(seed)
    if message.startswith("Can this be solved?"):
        return "Something is not given. Verdict: No" if seed % 5 == 0 else "All that is needed is given. Verdict: Yes"
    if message.startswith("Make it solvable.\n"):
        return "FINAL QUESTION: " + message.split("\n", 1)[1].replace("?", " in all?")
    if message.startswith("Make it harder.\n"):
        return "#Finally Rewritten Problem#: Suppose the day has begun. " + message.split("\n", 1)[1]
    number = re.findall(r"\d+", message) or ["0"]
    return f"The number is {number[0]}. The answer is \\boxed{{{number[seed % len(number)]}}}."


def _question(seed: int) -> str:
    if seed % 11 == 0:
        return "Sure, here is a text that asks for nothing at all."
    problems = _problems()
    return problems[seed % len(problems)]


def _problems() -> list[str]:
    if not _CACHE:
        _CACHE.extend(problem.query for problem in families.generate("grade_school", _NUM_QUESTIONS, seed=7))
    return _CACHE


_CACHE: list[str] = []


def fake_resources(
    home: Home, profile: Profile, factory: FakeFactory | None = None, trainer: FakeTrainer | None = None
) -> Resources:
    """Return the package's resources with fake models and a fake trainer."""
    models = Models(home, profile, factory or FakeFactory())
    return replace(build_resources(home, profile), models=models, trainer=trainer or FakeTrainer())
