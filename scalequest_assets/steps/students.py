"""What belongs to one student, what it learns from, and what it is asked."""

import json
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

from scalequest_assets import __version__
from scalequest_assets.config.sources import Sources
from scalequest_assets.config.students import UNTRAINED, PlainPrompt
from scalequest_assets.engines.base import Hyperparameters, Message
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import SeedError, TrainingError
from scalequest_assets.recipe import arms, student_answers
from scalequest_assets.recipe.prompting import Style
from scalequest_assets.recipe.seeds import sampled
from scalequest_assets.recipe.settings import Arm
from scalequest_assets.release.forms import validation_ids
from scalequest_assets.release.mix import mix
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.asking import ask
from scalequest_assets.steps.question_sources import read_sources
from scalequest_assets.steps.releasing import listed
from scalequest_assets.steps.step import Step


@dataclass(frozen=True, kw_only=True)
class StudentConfig:
    """A row of `student_config`.

    Attributes:
        student: Its name.
        arm: What it learns from (`recipe.settings.Arm`), or `base`: it learns nothing.
        generator: The generator whose questions it learns from alone; None for all.
        num_pairs: Pairs that it learns from; None for all there are.
        seed: Of draw, shuffling and initialisation; of a base, 0.
        prompt_style: Style of the prompt in which questions are asked.
        plain: What is around it in place of a chat template; None for the model's own.
        training: Hyperparameters; None for a base.
    """

    student: str
    arm: str
    generator: str | None
    num_pairs: int | None
    seed: int
    prompt_style: Style
    plain: PlainPrompt | None
    training: Hyperparameters | None


def read_student_config(table: pl.DataFrame) -> StudentConfig:
    """Return what a partition of `student_config` says."""
    config: dict[str, Any] = json.loads(table["config"].item())
    training, plain = config.get("training"), config["plain"]
    return StudentConfig(
        student=table["student"].item(),
        arm=config["arm"],
        generator=config.get("generator"),
        num_pairs=config.get("num_pairs"),
        seed=config.get("seed", 0),
        prompt_style=config["prompt_style"],
        plain=None if plain is None else PlainPrompt(**plain),
        training=None if training is None else Hyperparameters(**training),
    )


def slices(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what all partitions of `student_config` say, each with the student's name.

    Raises:
        TrainingError: There is none.
    """
    if table.is_empty():
        raise TrainingError(
            "student_report: the profile names no student", "name some: students.bases and students.trained"
        )
    return [{**json.loads(config), "student": name} for name, config in table.select("student", "config").iter_rows()]


def pairs_of(
    step: Step, own: StudentConfig, release_manifest: pl.DataFrame, seed_questions: pl.DataFrame
) -> pl.DataFrame:
    """Return what a student learns from: `query_id`, `query`, `response`. Nothing, of a base.

    What the data set sets apart for validation is nobody's to learn from.

    Raises:
        TrainingError: There is nothing, or less than the profile asks for.
    """
    if own.arm == UNTRAINED:
        return pl.DataFrame(schema=arms.PAIRS)
    if own.arm == "seeds_only":
        found = arms.of_seeds(seed_questions, step.subject.answers)
    else:
        scored, observed = (listed(step.lake, release_manifest, name) for name in (STAGES.responses, STAGES.choices))
        released = _released(step, release_manifest)
        found = arms.select(cast(Arm, own.arm), released, scored, observed, generator=own.generator, seed=own.seed)
        held = validation_ids(found["query_id"], step.settings.release.validation_share)
        found = found.filter(~pl.col("query_id").is_in(held.implode()))
    pairs = arms.sized(found, own.num_pairs, own.seed)
    if pairs.is_empty() or pairs.height < (own.num_pairs or 0):
        raise TrainingError(
            f"student_pairs {own.student}: the arm {own.arm} has {found.height} pairs, "
            f"{own.num_pairs or 'at least one'} wanted",
            f"lower students.trained.{own.student}.num_pairs, or make more: scalequest run --pairs N",
        )
    return pairs


def training_rows(step: Step, own: StudentConfig, pairs: pl.DataFrame, base: ModelHandle) -> pl.DataFrame:
    """Return pairs as `prompt` and `completion`, as the student is asked later; the loss is on the completion alone."""
    end = own.plain.end if own.plain else step.models.chat(base).answer_end()
    return pl.DataFrame({"prompt": prompts_of(step, own, base, pairs["query"]), "completion": pairs["response"] + end})


def questions_of(step: Step, benchmark_questions: pl.DataFrame, seed_questions: pl.DataFrame) -> pl.DataFrame:
    """Return what all students are asked; the columns of `student_questions`.

    Raises:
        SeedError: There is no question with an answer.
    """
    evaluation, normalise = step.settings.students.evaluation, step.subject.likeness.normalise
    held_out, shown = read_sources(step, Sources(sources=evaluation.held_out), needs_answer=True)
    seen = normalise(held_out["query"]).is_in(normalise(seed_questions["query"]).implode())
    with_answer = benchmark_questions.filter(pl.col("answer").is_not_null())
    columns = ["query_id", "source", "query", "answer"]
    rows = pl.concat([with_answer.select(columns), held_out.filter(~seen).select(columns)])
    if rows.is_empty():
        raise SeedError(
            "student_questions: no benchmark has a question with an answer, and no family is held out",
            "add sources to benchmarks, or to students.evaluation.held_out",
        )
    group = {name: group for group, names in evaluation.groups.items() for name in names}
    named = rows.with_columns(benchmark=pl.col("source").replace(group)).select(
        "query_id", "benchmark", "query", "answer"
    )
    step.show(sources=shown["sources"], among_seeds=int(seen.sum()))
    if evaluation.max_questions is None:
        return named
    parts = named.partition_by("benchmark", maintain_order=True)
    return pl.concat(sampled(part, evaluation.max_questions, step.random_seed) for part in parts)


def answers_of(step: Step, own: StudentConfig, questions: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return a student's answers to all questions; the columns of `student_answers`."""
    evaluation, subject = step.settings.students.evaluation, step.subject
    handle = step.model("student_model", own.student)
    prompts = pl.Series(prompts_of(step, own, handle, questions["query"]), dtype=pl.String)
    asked = questions.rename({"answer": "gold"}).with_columns(prompt=prompts)
    greedy = ask(step, handle, _times(asked, 1), evaluation.sampling).drop("sample_idx")
    num, samples = evaluation.num_samples, None
    if num:
        samples = ask(
            step, handle, _times(asked.select("query_id", "query", "gold", "prompt"), num), evaluation.majority
        )
    seen = subject.likeness.normalise(pairs["query"])
    return student_answers.judged(greedy, samples, subject.answers).select(
        pl.lit(own.student).alias("student"),
        pl.all(),
        pl.lit(own.prompt_style).alias("prompt_style"),
        pl.lit(f"{subject.name}, scalequest-assets {__version__}").alias("evaluator"),
        subject.likeness.normalise(questions["query"]).is_in(seen.implode()).alias("is_seen"),
    )


def prompts_of(step: Step, own: StudentConfig, handle: ModelHandle, queries: pl.Series) -> list[str]:
    """Return the text behind which the student's response to each question begins."""
    asked = [step.subject.prompts.solve(query, own.prompt_style) for query in queries]
    if own.plain:
        return [own.plain.prompt.replace("{prompt}", text) for text in asked]
    chat = step.models.chat(handle)
    return [chat.render([Message(role="user", content=text)]) for text in asked]


def _released(step: Step, release_manifest: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that are released, those that are set apart for validation among them."""
    release = step.settings.release
    pairs = listed(step.lake, release_manifest, STAGES.pairs).collect()
    return mix(pairs, release.mix, release.num_pairs, step.generator_names)


def _times(rows: pl.DataFrame, num_samples: int) -> pl.DataFrame:
    samples = pl.DataFrame({"sample_idx": range(num_samples)}, schema={"sample_idx": pl.Int32})
    return rows.join(samples, how="cross")
