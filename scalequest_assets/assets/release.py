"""Group `release`: what was made, what it cost, the folder one uploads, and one page to look at.

The others depend on `release_manifest` alone and open what it lists directly: it lists content hashes, so that its own
content changes with theirs.
"""

from dataclasses import asdict
from typing import Any

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import GENERATOR_NAMES, Profile
from scalequest_assets.errors import ReleaseError
from scalequest_assets.partitions import partition_keys
from scalequest_assets.recipe import funnel as funnels
from scalequest_assets.recipe import manifest
from scalequest_assets.recipe.contamination import Overlap, contaminated
from scalequest_assets.release import card as dataset_card
from scalequest_assets.release import report as report_page
from scalequest_assets.stages import STAGES
from scalequest_assets.steps import metadata
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.template import asset, fan_in
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.releases import Releases

MODELS = STAGES.listed("generator", "model")
TABLES_BY_GENERATOR = STAGES.listed("generator", "table")
TABLES_BY_SHARD = STAGES.listed("shard", "table")
SHARED = STAGES.listed("nothing", "table", "model")


@asset(
    by="generator",
    identity=["answers.min_agreement", "num_shards"],
    deps=[*MODELS, *TABLES_BY_GENERATOR, *TABLES_BY_SHARD],
)
def release_manifest(
    context: dg.AssetExecutionContext,
    profile: dg.ResourceParam[Profile],
    lake: dg.ResourceParam[Lake],
    models: dg.ResourceParam[Models],
) -> pl.DataFrame:
    """Counts, reasons, costs and content hashes of all shards of a generator."""
    generator = context.partition_key
    own = {"generator": generator}
    rows = [_model_entry(models, lake, name, own) for name in MODELS]
    rows += [_table_entry(lake, name, own) for name in TABLES_BY_GENERATOR]
    wanted = [key for key in partition_keys(profile, "shard") if key["generator"] == generator]
    shards = fan_in(context, lake, STAGES.pairs, wanted)
    rows += [_table_entry(lake, name, key) for name in TABLES_BY_SHARD for key in shards]
    return pl.DataFrame(rows, infer_schema_length=None)


@asset(identity=[GENERATOR_NAMES])
def funnel(context: dg.AssetExecutionContext, release_manifest: pl.DataFrame) -> pl.DataFrame:
    """Questions that came in, were kept and dropped, per stage, generator and shard. It adds up, or this fails."""
    counted = funnels.funnel(release_manifest)
    funnels.assert_adds_up(counted)
    totals = counted.group_by("position", "stage").agg(pl.col("num_input", "num_kept").sum()).sort("position")
    context.add_output_metadata({"funnel": dg.MetadataValue.md(metadata.markdown_table(totals.to_dicts()))})
    return counted


@asset(identity=["prices", GENERATOR_NAMES], deps=SHARED)
def costs(
    context: dg.AssetExecutionContext,
    release_manifest: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Seconds, tokens and money of every stage, and per released pair."""
    spent = {name: lake.read_cost(name, {}) for name in SHARED}
    shared = {name: asdict(cost) for name, cost in spent.items() if cost}
    tokens = {name: (p.prompt_million, p.completion_million) for name, p in profile.prices.tokens.items()}
    servers = frozenset(name for name, model in profile.models.items() if model.kind == "api")
    hours = {"gpu_hour": profile.prices.gpu_hour, "cpu_hour": profile.prices.cpu_hour}
    summed = manifest.costs(release_manifest, shared, manifest.PriceTable(**hours, tokens=tokens, servers=servers))
    stages = manifest.stage_costs(summed)
    context.add_output_metadata(
        {
            "engine_s": float(summed["engine_s"].sum()),
            "stages": dg.MetadataValue.md(metadata.markdown_table(stages.to_dicts())),
        }
    )
    return summed


@asset(identity=["release", "name", "description", "models", "screening.contamination", GENERATOR_NAMES])
def dataset(
    context: dg.AssetExecutionContext,
    release_manifest: pl.DataFrame,
    funnel: pl.DataFrame,
    benchmark_questions: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    lake: dg.ResourceParam[Lake],
    releases: dg.ResourceParam[Releases],
) -> dg.MaterializeResult[None]:
    """The folder one uploads: Parquet splits, card, and the profile that made it.

    A check stops only its own run, so that what must not be released is looked for here again.
    """
    pairs = released_pairs(lake, release_manifest)
    refuse_contaminated(pairs, benchmark_questions, profile)
    mixed = dataset_card.mix(pairs, profile.release.mix)
    card = dataset_card.card(
        mixed,
        funnel,
        profile_name=profile.name,
        description=profile.description,
        license_id=profile.release.license,
        models=_licenses(profile),
    )
    folder, version = releases.write_dataset({"train": mixed}, card)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(version),
        metadata={
            "dagster/row_count": mixed.height,
            "folder": dg.MetadataValue.path(folder),
            "sample": metadata.sample(mixed, ["query", "response"]),
            "card": dg.MetadataValue.md(card.split("---\n", 2)[-1]),
        },
    )


@asset(identity=["name", "description", GENERATOR_NAMES], deps=["dataset"])
def report(
    context: dg.AssetExecutionContext,
    funnel: pl.DataFrame,
    costs: pl.DataFrame,
    release_manifest: pl.DataFrame,
    profile: dg.ResourceParam[Profile],
    lake: dg.ResourceParam[Lake],
    releases: dg.ResourceParam[Releases],
) -> dg.MaterializeResult[None]:
    """One HTML page to look at: funnel, reasons, costs, and finished pairs."""
    pairs = released_pairs(lake, release_manifest)
    page = report_page.page(profile.name, profile.description, funnel, costs, pairs)
    path, version = releases.write_report(page)
    return dg.MaterializeResult(data_version=dg.DataVersion(version), metadata={"report": dg.MetadataValue.path(path)})


def released_pairs(lake: Lake, release_manifest: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of all shards that the manifest lists."""
    listed = release_manifest.filter(pl.col("asset") == STAGES.pairs).select("generator", "shard")
    return lake.scan(STAGES.pairs, listed.to_dicts()).collect()


def contaminated_pairs(pairs: pl.DataFrame, benchmark_questions: pl.DataFrame, profile: Profile) -> list[str]:
    """Return which pairs' questions are taken from which benchmark questions, in words; there must be none."""
    overlap = Overlap(**profile.screening.contamination.model_dump())
    found = contaminated(pairs, benchmark_questions, overlap)
    return [f"{query_id} from {matched_id}" for query_id, matched_id in found.iter_rows()]


def refuse_contaminated(pairs: pl.DataFrame, benchmark_questions: pl.DataFrame, profile: Profile) -> None:
    """Raise `ReleaseError` if a pair's question is taken from a benchmark."""
    if found := contaminated_pairs(pairs, benchmark_questions, profile):
        raise ReleaseError(
            f"dataset: {len(found)} of {pairs.height} questions are taken from a benchmark: {', '.join(found[:3])}",
            "they were screened against other benchmarks: scalequest run makes what is stale",
        )


def _table_entry(lake: Lake, name: str, partition: Partition) -> dict[str, Any]:
    rows = lake.scan(name, [partition])
    if name == STAGES.pairs:
        counts = funnels.answer_stage_counts(lake.scan(STAGES.responses, [partition]), rows)
    else:
        counts = funnels.stage_counts(rows)
    return _entry(lake, name, partition, lake.content_hash(name, partition), counts)


def _model_entry(models: Models, lake: Lake, name: str, partition: Partition) -> dict[str, Any]:
    return _entry(lake, name, partition, models.handle(name, partition["generator"]).version, None)


def _entry(lake: Lake, name: str, partition: Partition, version: str, counts: pl.DataFrame | None) -> dict[str, Any]:
    cost = lake.read_cost(name, partition)
    return manifest.entry(
        generator=partition["generator"],
        shard=partition.get("shard"),
        asset=name,
        content_hash=version,
        counts=counts,
        cost=asdict(cost) if cost else None,
    )


def _licenses(profile: Profile) -> dict[str, str]:
    return {name: model.license for name, model in profile.models.items()}
