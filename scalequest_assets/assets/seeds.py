"""Group `seeds`: questions to learn from, to keep clear of, and not to repeat; and what each generator is."""

import json
from pathlib import Path

import dagster as dg
import polars as pl

from scalequest_assets.config.sources import (
    source_name,
)
from scalequest_assets.errors import SeedError
from scalequest_assets.recipe.known import known_rows
from scalequest_assets.schemas import polars_schema
from scalequest_assets.steps import metadata
from scalequest_assets.steps.question_sources import read_sources
from scalequest_assets.steps.role_model import make_role_model, recipe_version
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset
from scalequest_assets.storage.source_files import read_known


@asset(settings=["subject", "seeds", "random_seed"], recipe_version="5", reads_files="seeds")
def seed_questions(step: Step) -> pl.DataFrame:
    """Questions to learn from, with gold answer and, where known, solution, subject, level."""
    rows, counts = read_sources(step, step.settings.seeds, needs_answer=True)
    step.show(counts, sample=metadata.sample(rows, ["query", "answer"]))
    return rows


@asset(settings=["subject", "benchmarks", "random_seed"], recipe_version="5", reads_files="benchmarks")
def benchmark_questions(step: Step) -> pl.DataFrame:
    """Held-out benchmarks: for decontamination and the evaluation of students only."""
    rows, counts = read_sources(step, step.settings.benchmarks, needs_answer=False)
    step.show(counts, sample=metadata.sample(rows, ["query", "answer"]))
    return rows.select("query_id", "source", "query", "answer")


@asset(settings=["subject", "known_questions.sources"], recipe_version="2", reads_files="known_questions")
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
    own = step.own_slice()
    step.show(config=dg.MetadataValue.json(own))
    return pl.DataFrame({"generator": [step.generator], "config": [json.dumps(own, sort_keys=True)]})
