"""Group `seeds`: questions to learn from, to keep clear of, and not to repeat; and what each generator is."""

import json
from pathlib import Path

import dagster as dg
import polars as pl

from scalequest_assets.config.sources import (
    Columns,
    FamiliesSource,
    HubSource,
    QuestionSource,
    Sources,
    source_name,
)
from scalequest_assets.errors import SeedError
from scalequest_assets.recipe.known import known_rows
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.recipe.seeds import NO_ANSWER, NO_QUESTION, left_out, sampled, seed_rows
from scalequest_assets.schemas import polars_schema
from scalequest_assets.steps import metadata
from scalequest_assets.steps.role_model import make_role_model, recipe_version
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset
from scalequest_assets.storage.source_files import read_known
from scalequest_assets.storage.sources import read_files, read_hub

_SHOWN_ANSWERS, _SHOWN_REASONS = 3, 10


@asset(settings=["subject", "seeds", "random_seed"], recipe_version="4", reads_files="seeds")
def seed_questions(step: Step) -> pl.DataFrame:
    """Questions to learn from, with gold answer and, where known, solution, subject, level."""
    rows, counts = _read_sources(step, step.settings.seeds, needs_answer=True)
    step.show(counts, sample=metadata.sample(rows, ["query", "answer"]))
    return rows


@asset(settings=["subject", "benchmarks", "random_seed"], recipe_version="4", reads_files="benchmarks")
def benchmark_questions(step: Step) -> pl.DataFrame:
    """Held-out benchmarks: for decontamination and the evaluation of students only."""
    rows, counts = _read_sources(step, step.settings.benchmarks, needs_answer=False)
    step.show(counts, sample=metadata.sample(rows, ["query", "answer"]))
    return rows.select("query_id", "source", "query", "answer")


@asset(settings=["subject", "known_questions.sources"], reads_files="known_questions")
def known_questions(step: Step) -> pl.DataFrame:
    """Questions of earlier sets that new ones must not repeat, each with what it is found by."""
    own = (Path(step.lake.files.where), step.releases.folder)
    parts, counts = [pl.DataFrame(schema=polars_schema("known_questions"))], []
    for source in step.settings.known_questions.sources:
        name, records = source_name(source), read_known(source, own)
        rows = known_rows(records, name, step.subject.likeness.normalise)
        if rows.is_empty():
            raise SeedError(
                f"known source '{name}': none of its {records.height} rows has a question",
                "map its column (`columns: {query: …}`)",
            )
        parts.append(rows)
        counts.append({"source": name, "records": records.height, "taken": rows.height})
    known = pl.concat(parts)
    step.show(sources=metadata.table(counts), sample=metadata.sample(known, ["query_id", "query"]))
    return known


@asset(settings=["subject", "role_model", "roles.judge.model", "random_seed"], recipe_version=recipe_version)
def role_model(step: Step) -> dg.MaterializeResult[None]:
    """The small base model taught every role's format on examples from our problem families.

    A reference record where the profile names ready models for all roles.
    """
    return make_role_model(step)


@asset(holds_slice=True)
def generator_config(step: Step) -> pl.DataFrame:
    """The profile's slice for one generator, resolved: upstream of all that is specific to it."""
    own = step.generator_slice()
    step.show(config=dg.MetadataValue.json(own))
    return pl.DataFrame({"generator": [step.generator], "config": [json.dumps(own, sort_keys=True)]})


def _read_sources(step: Step, sources: Sources, *, needs_answer: bool) -> tuple[pl.DataFrame, metadata.Metadata]:
    """Return the rows of all sources, how many each has, and what was left out of it for which reason."""
    parts, counts, lost = [pl.DataFrame(schema=polars_schema("seed_questions"))], [], []
    for source in sources.sources:
        name, records = source_name(source), _records(step, source, needs_answer=needs_answer)
        usable = seed_rows(records, name, step.subject.answers, needs_answer=needs_answer)
        unusable = left_out(records, usable)
        if usable.is_empty():
            found = ", ".join(repr(text or "") for text in unusable["answer"].head(_SHOWN_ANSWERS))
            raise SeedError(
                f"source '{name}': none of its {records.height} rows has both a question and an answer that can be "
                f"compared (answers such as {found})",
                "map its columns (`columns: {query: …, answer: …}`)",
            )
        taken = usable if source.max_questions is None else sampled(usable, source.max_questions, step.random_seed)
        parts.append(taken)
        by_reason = dict(unusable.group_by("reason").agg(pl.col("num_rows").sum()).iter_rows())
        counts.append(
            {
                "source": name,
                "records": records.height,
                "without_question": by_reason.get(NO_QUESTION, 0),
                "without_answer": by_reason.get(NO_ANSWER, 0),
                "taken": taken.height,
            }
        )
        lost += [{"source": name, **row} for row in unusable.head(_SHOWN_REASONS).to_dicts()]
    return pl.concat(parts), {"sources": metadata.table(counts), "left_out": metadata.table(lost)}


def _records(step: Step, source: QuestionSource, *, needs_answer: bool) -> pl.DataFrame:
    """Return a source's records with the recipe's column names."""
    if isinstance(source, FamiliesSource):
        seed = row_seed(step.random_seed, "families", source_name(source)) % 2**31
        return step.subject.families.records(
            source.style,
            source.max_questions,
            seed,
            names=source.families,
            max_level=source.max_level,
            max_number=source.max_number,
        )
    columns = {name: column for name, column in source.columns.model_dump().items() if column is not None}
    # A benchmark need have no answers; a column that someone named must be there.
    optional = {"answer"} if not needs_answer and columns["answer"] == Columns().answer else set()
    if isinstance(source, HubSource):
        return read_hub(source.id, source.revision, source.split, source.config, columns, optional=optional)
    return read_files(source.path, source.kind, columns, optional=optional)
