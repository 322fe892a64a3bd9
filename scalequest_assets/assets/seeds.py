"""Group `seeds`: the questions to learn from, the benchmarks to keep clear of, and what each generator is."""

import json

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import Profile
from scalequest_assets.config.sources import (
    FamiliesSource,
    FileSource,
    HubSource,
    QuestionSource,
    Sources,
    source_name,
)
from scalequest_assets.errors import SeedError
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.recipe.seeds import family_records, sampled, seed_rows
from scalequest_assets.schemas import polars_schema
from scalequest_assets.steps import metadata
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.role_model import RECIPE_VERSION, make_role_model
from scalequest_assets.steps.template import asset
from scalequest_assets.steps.training import Trainer
from scalequest_assets.storage import sources as files
from scalequest_assets.storage.lake import Lake


@asset(identity=["seeds", "random_seed"], recipe_version="2", reads_files="seeds")
def seed_questions(context: dg.AssetExecutionContext, profile: dg.ResourceParam[Profile]) -> pl.DataFrame:
    """Questions to learn from, with gold answer and, where known, solution, subject, level."""
    rows, counts = _read_sources(profile.seeds, profile.random_seed, needs_answer=True)
    context.add_output_metadata({**counts, "sample": metadata.sample(rows, ["query", "answer"])})
    return rows


@asset(identity=["benchmarks", "random_seed"], recipe_version="2", reads_files="benchmarks")
def benchmark_questions(context: dg.AssetExecutionContext, profile: dg.ResourceParam[Profile]) -> pl.DataFrame:
    """Held-out benchmarks: for decontamination and the evaluation of students only."""
    rows, counts = _read_sources(profile.benchmarks, profile.random_seed, needs_answer=False)
    context.add_output_metadata({**counts, "sample": metadata.sample(rows, ["query", "answer"])})
    return rows.select("query_id", "source", "query", "answer")


@asset(identity=["role_model", "roles.judge.model", "random_seed"], recipe_version=RECIPE_VERSION, pool="gpu")
def role_model(
    context: dg.AssetExecutionContext,
    profile: dg.ResourceParam[Profile],
    models: dg.ResourceParam[Models],
    lake: dg.ResourceParam[Lake],
    trainer: dg.ResourceParam[Trainer],
) -> dg.MaterializeResult[None]:
    """The small base model taught every role's format on examples from our problem families.

    A reference record where the profile names ready models for all roles.
    """
    return make_role_model(context, profile, models, lake, trainer)


@asset(by="generator")
def generator_config(context: dg.AssetExecutionContext, profile: dg.ResourceParam[Profile]) -> pl.DataFrame:
    """The profile's slice for one generator, resolved: upstream of all that is specific to it."""
    generator = context.partition_key
    config = json.dumps(profile.generator_slice(generator), sort_keys=True)
    context.add_output_metadata({"config": dg.MetadataValue.json(json.loads(config))})
    return pl.DataFrame({"generator": [generator], "config": [config]})


def _read_sources(sources: Sources, random_seed: int, *, needs_answer: bool) -> tuple[pl.DataFrame, metadata.Metadata]:
    """Return the rows of all sources, and a table of how many there are and were left out."""
    parts, counts = [pl.DataFrame(schema=polars_schema("seed_questions"))], []
    for source in sources.sources:
        name, records = source_name(source), _records(source, random_seed)
        usable = seed_rows(records, name, max_questions=None, random_seed=random_seed, needs_answer=needs_answer)
        if usable.is_empty():
            raise SeedError(
                f"source '{name}': none of its {records.height} rows has both a question and an answer",
                "map its columns (`columns: {query: …, answer: …}`)",
            )
        taken = usable if source.max_questions is None else sampled(usable, source.max_questions, random_seed)
        parts.append(taken)
        counts.append({"source": name, "taken": taken.height, "unusable": records.height - usable.height})
    return pl.concat(parts), {"sources": dg.MetadataValue.md(metadata.markdown_table(counts))}


def _records(source: QuestionSource, random_seed: int) -> pl.DataFrame:
    """Return a source's records with the recipe's column names."""
    if isinstance(source, FamiliesSource):
        seed = row_seed(random_seed, "families", source_name(source)) % 2**31
        bounds = {"max_level": source.max_level, "max_number": source.max_number}
        return family_records(source.style, source.max_questions, seed, **bounds)
    names = {name: column for name, column in source.columns.model_dump().items() if column is not None}
    frame = _read_file(source, list(names.values()))
    return frame.select(pl.col(column).alias(name) for name, column in names.items())


def _read_file(source: FileSource | HubSource, columns: list[str]) -> pl.DataFrame:
    if isinstance(source, HubSource):
        return files.read_hub(source.id, source.revision, source.split, source.config, columns)
    return (files.read_jsonl if source.kind == "jsonl" else files.read_parquet)(source.path, columns)
