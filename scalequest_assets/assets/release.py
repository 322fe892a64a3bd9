"""Group `release`: what was made, what it cost, the folder one uploads, and one page to look at.

The others depend on `release_manifest` alone and open what it lists directly: it lists content hashes, so that its own
content changes with theirs.
"""

from dataclasses import asdict, replace
from typing import Any

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import GENERATOR_NAMES
from scalequest_assets.recipe import funnel as funnels
from scalequest_assets.recipe import manifest
from scalequest_assets.recipe.reasons import MEANINGS
from scalequest_assets.release.card import card_of
from scalequest_assets.release.figures import stages
from scalequest_assets.release.forms import by_file, forms, in_splits
from scalequest_assets.release.picture import FUNNEL_FILE, funnel_picture
from scalequest_assets.release.records import by_name
from scalequest_assets.release.report import Released, page
from scalequest_assets.stages import STAGES
from scalequest_assets.steps import metadata
from scalequest_assets.steps.describing import DESCRIBED, facts_of, show_licence
from scalequest_assets.steps.releasing import (
    chosen_pairs,
    listed,
    records_of,
    refuse_contaminated,
    released_pairs,
    response_tokens,
    reviewed,
)
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset
from scalequest_assets.storage.costs import MODELS_JOINED
from scalequest_assets.storage.lake import Partition

MODELS = STAGES.listed("generator", "model")
TABLES_BY_GENERATOR = STAGES.listed("generator", "table")
TABLES_BY_SHARD = STAGES.listed("shard", "table")
SHARED = STAGES.listed("nothing", "table", "model")


@asset(
    settings=["num_shards"],
    deps=[*MODELS, *TABLES_BY_GENERATOR, *TABLES_BY_SHARD],
)
def release_manifest(step: Step) -> pl.DataFrame:
    """Counts, reasons, costs, models and content hashes of all shards of a generator."""
    own = {"generator": step.generator}
    rows = [_model_entry(step, name, own) for name in MODELS]
    rows += [_table_entry(step, name, own) for name in TABLES_BY_GENERATOR]
    wanted = [key for key in step.all_partitions("shard") if key["generator"] == step.generator]
    shards = step.fan_in(STAGES.pairs, wanted)
    rows += [_table_entry(step, name, key) for name in TABLES_BY_SHARD for key in shards]
    return pl.DataFrame(rows, infer_schema_length=None)


@asset(settings=[GENERATOR_NAMES])
def funnel(step: Step, release_manifest: pl.DataFrame) -> pl.DataFrame:
    """Questions that came in, were kept and dropped, per stage, generator and shard. It adds up, or this fails."""
    counted = funnels.funnel(release_manifest)
    funnels.assert_adds_up(counted)
    totals = counted.group_by("position", "stage").agg(pl.col("num_input", "num_kept").sum()).sort("position")
    step.show(funnel=metadata.table(totals))
    return counted


@asset(settings=["prices", GENERATOR_NAMES], recipe_version="2", deps=SHARED)
def costs(step: Step, release_manifest: pl.DataFrame) -> pl.DataFrame:
    """Seconds, tokens and money of every stage, and per pair that was made."""
    together = pl.col("model").str.contains(MODELS_JOINED, literal=True).fill_null(value=False)
    parts: list[tuple[str, Partition]] = [(name, {}) for name in SHARED]
    rows = release_manifest.filter(together).select("asset", "generator", "shard").iter_rows(named=True)
    parts += [(row.pop("asset"), {name: value for name, value in row.items() if value is not None}) for row in rows]
    apart = [
        (name, part.get("generator"), asdict(entry.cost))
        for name, part in parts
        for entry in step.lake.read_costs(name, part)
    ]
    summed = manifest.costs(release_manifest.filter(~together), apart, step.settings.prices)
    stages = manifest.stage_costs(summed)
    step.show(
        engine_s=float(summed["engine_s"].sum()),
        stages=metadata.table(stages),
    )
    return summed


@asset(
    settings=[*DESCRIBED, "release", "screening.contamination", GENERATOR_NAMES],
    recipe_version="6",
    reads_reviews=True,
)
def dataset(
    step: Step,
    release_manifest: pl.DataFrame,
    funnel: pl.DataFrame,
    costs: pl.DataFrame,
    benchmark_questions: pl.DataFrame,
) -> dg.MaterializeResult[None]:
    """The folder one uploads, in the forms that trainers take: Parquet, card, and the profile that made it.

    A check stops only its own run, so that what must not be released is looked for here again.
    """
    pairs, release = released_pairs(step.lake, release_manifest), step.settings.release
    overlap = step.settings.screening.contamination
    refuse_contaminated(pairs, benchmark_questions, step.subject.likeness.normalise, overlap)
    mixed = chosen_pairs(step, pairs, funnel)
    samples = listed(step.lake, release_manifest, STAGES.responses)
    configs = in_splits(forms(mixed, samples, step.subject.answers), release.validation_share)
    facts = facts_of(step, release.license, overlap, benchmark_questions, costs)
    facts = replace(facts, response_tokens=response_tokens(mixed, samples))
    records = records_of(step.lake, release_manifest, mixed, funnel)
    card = card_of(configs, funnel, facts, records=records, review=reviewed(step, mixed).told())
    more = {FUNNEL_FILE: funnel_picture(stages(funnel).to_dicts())}
    _, version = step.releases.write_dataset(
        by_file(configs), card.text, step.public_profile(), records=by_name(records), more=more
    )
    show_licence(step, card.licence)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(version),
        metadata={
            "dagster/row_count": mixed.height,
            "folder": dg.MetadataValue.path(step.releases.where()),
            "sample": metadata.sample(mixed, ["query", "response"]),
            "card": dg.MetadataValue.md(card.shown(more[FUNNEL_FILE])),
        },
    )


@asset(
    settings=["subject", "name", "description", "prices.currency", GENERATOR_NAMES],
    recipe_version="2",
    deps=["dataset"],
)
def report(
    step: Step,
    funnel: pl.DataFrame,
    costs: pl.DataFrame,
    release_manifest: pl.DataFrame,
    benchmark_questions: pl.DataFrame,
) -> dg.MaterializeResult[None]:
    """One HTML page to look at: funnel, reasons, difficulty, topics, rewards, costs, near-duplicates and samples."""
    released = Released(
        name=step.settings.name,
        description=step.settings.description,
        currency=step.settings.prices.currency,
        meanings={**MEANINGS, **step.subject.wording.meanings},
        funnel=funnel,
        costs=costs,
        benchmark_questions=benchmark_questions,
        scan=lambda table: listed(step.lake, release_manifest, table),
    )
    path, version = step.releases.write_report(page(released))
    return dg.MaterializeResult(data_version=dg.DataVersion(version), metadata={"report": dg.MetadataValue.path(path)})


def _table_entry(step: Step, name: str, partition: Partition) -> dict[str, Any]:
    lake = step.lake
    rows = lake.scan(name, [partition])
    if name == STAGES.pairs:
        scored, chosen = (lake.scan(table, [partition]) for table in (STAGES.responses, STAGES.choices))
        counts = funnels.answer_stage_counts(scored, chosen, rows)
    else:
        counts = funnels.stage_counts(rows)
    made_by = lake.made_by(name, partition)
    return _entry(step, name, partition, lake.content_hash(name, partition), counts, made_by)


def _model_entry(step: Step, name: str, partition: Partition) -> dict[str, Any]:
    version, cost = step.model(name, partition["generator"]).version, step.lake.read_cost(name, partition)
    return _entry(step, name, partition, version, None, cost.model if cost else None)


def _entry(
    step: Step, name: str, partition: Partition, version: str, counts: pl.DataFrame | None, made_by: str | None
) -> dict[str, Any]:
    cost = step.lake.read_cost(name, partition)
    return manifest.entry(
        generator=partition["generator"],
        shard=partition.get("shard"),
        asset=name,
        content_hash=version,
        counts=counts,
        cost={**(asdict(cost) if cost else {}), "model": made_by},
    )
