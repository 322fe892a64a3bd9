"""Group `students`: what a model learns from the data. `run` leaves it out.

A student is trained on one arm of the data, a selection over finished tables, and answers questions that nobody was
trained on. Its base answers them too.
"""

import json

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import GENERATOR_NAMES, STUDENT_NAMES
from scalequest_assets.recipe import student_scores
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.release.students import page
from scalequest_assets.steps import metadata
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.students import (
    answers_of,
    pairs_of,
    questions_of,
    read_student_config,
    slices,
    training_rows,
)
from scalequest_assets.steps.template import asset
from scalequest_assets.steps.training import train


@asset(holds_slice=True)
def student_config(step: Step) -> pl.DataFrame:
    """The profile's slice for one student, resolved: upstream of all that is specific to it."""
    own = step.own_slice()
    step.show(config=dg.MetadataValue.json(own))
    return pl.DataFrame({"student": [step.owner], "config": [json.dumps(own, sort_keys=True)]})


@asset(
    settings=["subject", "release.mix", "release.num_pairs", "release.validation_share", GENERATOR_NAMES],
    recipe_version="2",
)
def student_pairs(
    step: Step, student_config: pl.DataFrame, release_manifest: pl.DataFrame, seed_questions: pl.DataFrame
) -> pl.DataFrame:
    """What one student learns from: its arm of the data, as a selection over finished tables."""
    own = read_student_config(student_config)
    pairs = pairs_of(step, own, release_manifest, seed_questions)
    step.show(pairs=pairs.height, sample=metadata.sample(pairs, ["query", "response"]))
    return pairs.select(pl.lit(own.student).alias("student"), pl.all())


@asset(
    settings=[
        "subject",
        "students.evaluation.groups",
        "students.evaluation.held_out",
        "students.evaluation.max_questions",
        "random_seed",
    ]
)
def student_questions(step: Step, benchmark_questions: pl.DataFrame, seed_questions: pl.DataFrame) -> pl.DataFrame:
    """What all students are asked: benchmarks, and held-out families without the seeds."""
    questions = questions_of(step, benchmark_questions, seed_questions)
    step.show(benchmarks=metadata.table(questions.group_by("benchmark", maintain_order=True).len("questions")))
    return questions


@asset(settings=["subject", "random_seed"])
def student_model(step: Step, student_config: pl.DataFrame, student_pairs: pl.DataFrame) -> dg.MaterializeResult[None]:
    """The student: SFT of its base, the loss on the response alone. A base stands for itself, untrained.

    Source: PAPER section 1, student.
    """
    own, base = read_student_config(student_config), step.student_base
    if own.training is None:
        version = step.models.refer(step.asset, base.name, own.student)
        return dg.MaterializeResult(data_version=dg.DataVersion(version), metadata={"model": base.label})
    rows = training_rows(step, own, student_pairs, base)
    seed = row_seed(step.random_seed, step.asset, own.seed) % 2**31
    return train(step, "sft", base, rows, own.training, seed=seed)


@asset(
    settings=[
        "subject",
        "students.evaluation.sampling",
        "students.evaluation.num_samples",
        "students.evaluation.majority",
        "random_seed",
    ],
    recipe_version="4",
    deps=["student_model"],
)
def student_answers(
    step: Step, student_config: pl.DataFrame, student_pairs: pl.DataFrame, student_questions: pl.DataFrame
) -> pl.DataFrame:
    """A student's answer to every question, greedy (pass@1), checked against gold as every other answer.

    Source: PAPER section 1, student.
    """
    own = read_student_config(student_config)
    answered = answers_of(step, own, student_questions, student_pairs)
    right = answered.group_by("benchmark", maintain_order=True).agg(pl.len().alias("questions"), pl.mean("is_correct"))
    step.show(
        right=metadata.table(right),
        without_answer=int(answered["answer"].null_count()),
        seen=int(answered["is_seen"].sum()),
        sample=metadata.sample(answered, ["query", "gold", "response", "is_correct"]),
    )
    return answered


@asset(settings=["subject", "random_seed", STUDENT_NAMES], recipe_version="2")
def student_report(
    step: Step, student_config: pl.DataFrame, student_pairs: pl.LazyFrame, student_answers: pl.DataFrame
) -> pl.DataFrame:
    """Every arm beside its base and beside the other arms, with intervals and paired tests; see `student_scores`."""
    there = student_answers["student"].unique().to_list()
    own = sorted(slices(student_config), key=lambda one: step.student_names.index(one["student"]))
    counts = dict(student_pairs.group_by("student").len().collect().iter_rows())
    students = [one for one in own if one["student"] in there]
    paper = step.subject.paper_students
    found = student_scores.report(student_answers, students, counts, paper=paper, seed=step.random_seed)
    of_arms, left_out = found.filter(pl.col("student").is_null()), student_scores.left_out(student_answers)
    step.show(
        scores=metadata.table(of_arms.filter(pl.col("against").is_null()).select(student_scores.SHOWN_SCORES)),
        tests=metadata.table(of_arms.drop_nulls("against").select(student_scores.SHOWN_TESTS)),
        questions_left_out=left_out,
    )
    return found


@asset(settings=["name", "description"], recipe_version="2")
def student_page(step: Step, student_report: pl.DataFrame) -> dg.MaterializeResult[None]:
    """One HTML page on what the students learned: scores with intervals, tests, the paper's figures."""
    html = page(
        student_report,
        name=step.settings.name,
        description=step.settings.description,
        is_simulated=step.models.are_simulated,
    )
    path, version = step.releases.write_students(html)
    return dg.MaterializeResult(data_version=dg.DataVersion(version), metadata={"page": dg.MetadataValue.path(path)})
