"""How many examples are enough, and LoRA or all weights: models taught with more and more of the same examples.

Each size takes the first of the examples that the shipped adapter learned from, so that the adapter is the last point
of the curve. A point has a directory of its own: what it was trained on and how (`rows.jsonl`, `job.json`), the model
(270 MB for the embedded base), and what it wrote for the held-out questions (`answers.json`). What is there is not made
again: a killed measurement goes on where it was, and another way to score needs no model.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from scalequest_assets.engines.adapters import merge_adapter
from scalequest_assets.engines.base import Hyperparameters, Message, Request, TrainingJob
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.training.client import RESULT_FILE
from scalequest_assets.engines.training.worker import train
from scalequest_assets.engines.transformers.engine import TransformersEngine
from scalequest_assets.errors import HomeError
from scalequest_assets.steps.role_model import EVALUATION
from scalequest_assets.subjects.maths import role_scores
from scalequest_assets.subjects.maths.supervision import Example

Answers = dict[str, list[str]]
_DRAWN = ("solve_accuracy", "judge_accuracy", "repair_solvable", "harden_more_steps")


@dataclass(frozen=True, kw_only=True)
class Point:
    """One model of the curve.

    Attributes:
        num_examples: How many of the examples it learns from.
        training: How; None stands for an adapter that is there already.
    """

    num_examples: int
    training: Hyperparameters | None

    @property
    def name(self) -> str:
        """Also the name of its directory and its column."""
        if self.training is None:
            return f"{self.num_examples} shipped"
        if self.training.lora_rank is None:
            return f"{self.num_examples} full {self.training.learning_rate:g}"
        return f"{self.num_examples} LoRA"


@dataclass(frozen=True, kw_only=True)
class Course:
    """What all points have in common.

    Attributes:
        folder: Where the points are.
        base: Directory of the base model.
        adapter: Directory of the shipped adapter.
        rows: Training rows (`prompt`, `completion`), of which each point takes the first.
        held_out: Questions to measure on, by set.
        seed: Of the trainings.
        log: Takes lines of progress.
    """

    folder: Path
    base: Path
    adapter: Path
    rows: pl.DataFrame
    held_out: Mapping[str, Sequence[Example]]
    seed: int
    log: Callable[[str], Any]

    def measure(self, points: Sequence[Point]) -> str:
        """Make what is missing of the points; tell, and return, the table of all that are done after each of them."""
        answers: dict[str, Answers] = {}
        shown = ""
        for point in points:
            answers[point.name] = self._answers(point)
            shown = curve_table(self.held_out, answers)
            (self.folder / "learning_curve.md").write_text(shown + "\n", encoding="utf-8")
            draw(self.folder / "learning_curve.png", self.held_out, points[: len(answers)], answers)
            self.log(shown)
        return shown

    def _answers(self, point: Point) -> Answers:
        """Return what the model writes for the held-out questions, from the disk where it is there."""
        asked = {name: [example.prompt for example in examples] for name, examples in self.held_out.items()}
        file = self._folder_of(point) / "answers.json"
        if file.exists():
            stored = json.loads(file.read_text(encoding="utf-8"))
            if stored["asked"] == asked:
                return dict(stored["answers"])
        model = self._trained(point)
        self.log(f"{point.name}: asking")
        answers = {name: _written(model, prompts) for name, prompts in asked.items()}
        _write(file, json.dumps({"asked": asked, "answers": answers}, indent=1))
        return answers

    def _trained(self, point: Point) -> Path:
        """Return the model's directory; it is trained only where it is not there."""
        folder = self._folder_of(point)
        model, job_file, rows_file = folder / "model", folder / "job.json", folder / "rows.jsonl"
        if point.training is None:
            if not (model / "config.json").exists():
                merge_adapter(str(self.base), str(self.adapter), str(model))
            return model
        job = TrainingJob(
            task="sft",
            base_dir=str(self.base),
            train_file=str(rows_file),
            output_dir=str(model),
            hyperparameters=point.training,
            seed=self.seed,
            checkpoint_dir=str(folder / "checkpoints"),
        )
        keep_or_refuse(rows_file, self.rows.head(point.num_examples).write_ndjson())
        keep_or_refuse(job_file, json.dumps(job.document(), indent=2))
        if not (model / RESULT_FILE).exists():
            self.log(f"{point.name}: training")
            train(job, self.log)
        return model

    def _folder_of(self, point: Point) -> Path:
        folder = self.folder / point.name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def curve_table(held_out: Mapping[str, Sequence[Example]], answers: Mapping[str, Answers]) -> str:
    """Return one Markdown table per set of held-out questions, a column per point."""
    tables = []
    for name, examples in held_out.items():
        columns = {point: role_scores.score(examples, written[name]) for point, written in answers.items()}
        tables.append(f"{name.replace('_', ' ')}:\n\n{_markdown(role_scores.table(columns))}")
    return "\n\n".join(tables)


def _markdown(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows, of which there is at least one, as a Markdown table."""
    header = "| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0])
    return "\n".join([header, *("| " + " | ".join(row.values()) + " |" for row in rows)])


def draw(
    file: Path,
    held_out: Mapping[str, Sequence[Example]],
    points: Sequence[Point],
    answers: Mapping[str, Answers],
) -> None:
    """Write the curve as a picture: a panel per set, a line per role, crosses where all weights were trained."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(held_out), 3.6), layout="constrained")
    panels = figure.subplots(1, len(held_out), sharey=True, squeeze=False)[0]
    for panel, (name, examples) in zip(panels, held_out.items(), strict=True):
        scores = {point: role_scores.score(examples, answers[point.name][name]) for point in points}
        for place, measure in enumerate(_DRAWN):
            for is_full, style in ((False, ".-"), (True, "x")):
                shown = [p for p in points if measure in scores[p] and _is_full(p) == is_full]
                panel.errorbar(
                    [p.num_examples for p in shown],
                    [scores[p][measure].value for p in shown],
                    yerr=[scores[p][measure].standard_error for p in shown],
                    fmt=style,
                    color=f"C{place}",
                    capsize=2,
                    label=None if is_full else measure.replace("_", " "),
                )
        panel.set(title=name.replace("_", " "), xlabel="examples", xscale="log", ylim=(-0.03, 1.03))
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].legend(fontsize=7)
    figure.savefig(file, dpi=110)


def _is_full(point: Point) -> bool:
    return point.training is not None and point.training.lora_rank is None


def _written(model: Path, asked: Sequence[str]) -> list[str]:
    """Return what a model writes for each user's message."""
    chat = ChatFormat(str(model))
    prompts = [chat.render([Message(role="user", content=text)]) for text in asked]
    requests = [Request(id=f"{index:06d}", prompt=prompt, seed=0) for index, prompt in enumerate(prompts)]
    engine = TransformersEngine(str(model), dtype="auto")
    texts = {row.id: row.text for row in engine.generate(requests, EVALUATION, {request.id for request in requests})}
    engine.close()
    return [texts[request.id] for request in requests]


def keep_or_refuse(file: Path, content: str) -> None:
    """Write a file that is not there; what is there must be the same."""
    if not file.exists():
        _write(file, content)
    elif file.read_text(encoding="utf-8") != content:
        raise HomeError(
            f"{file} is of another training: the examples, the hyperparameters or the place have changed since",
            f"remove {file.parent}, or name another directory",
        )


def _write(file: Path, content: str) -> None:
    """Write a file whole or not at all."""
    temporary = file.with_suffix(".tmp")
    temporary.write_text(content, encoding="utf-8")
    temporary.replace(file)
