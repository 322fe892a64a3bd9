"""Group `dedup`: near-duplicates inside a generator, then across generators; who survives.

`duplicate_pairs` is a roll-up: a fan-in of 100 partitions or more would lose Dagster's staleness, so what comes after
it depends on it alone, opens the signatures directly, and its data version covers them.
"""

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import GENERATOR_NAMES, Profile
from scalequest_assets.partitions import partition_keys
from scalequest_assets.recipe import clusters, duplicates, minhash
from scalequest_assets.steps import metadata
from scalequest_assets.steps.template import asset, fan_in
from scalequest_assets.storage.lake import Lake


@asset(by="shard", recipe_version="3")
def minhash_signatures(context: dg.AssetExecutionContext, difficulty_scores: pl.DataFrame) -> pl.DataFrame:
    """MinHash signature and band keys of every question that is left."""
    kept = difficulty_scores.filter("keep").select("query_id", "generator", "shard", "query", "difficulty")
    return minhash.signatures(kept)


@asset(by="generator", identity=["dedup.threshold", "num_shards"], recipe_version="2", roll_up=True)
def duplicate_pairs(
    context: dg.AssetExecutionContext, minhash_signatures: pl.LazyFrame, profile: dg.ResourceParam[Profile]
) -> pl.DataFrame:
    """Pairs inside a generator, over all its shards, verified by exact Jaccard."""
    pairs = duplicates.pairs(minhash_signatures, threshold=profile.dedup.threshold)
    context.add_output_metadata(_relations(pairs))
    return pairs


@asset(identity=["dedup", GENERATOR_NAMES], recipe_version="2")
def duplicate_clusters(
    context: dg.AssetExecutionContext,
    duplicate_pairs: pl.LazyFrame,
    profile: dg.ResourceParam[Profile],
    lake: dg.ResourceParam[Lake],
) -> pl.DataFrame:
    """Pairs across generators, clusters, and the survivor of each.

    The survivor is the one of the lower shard, then the generator's place in the profile, then difficulty, then hash:
    a new shard never evicts an old survivor.
    """
    keys = fan_in(context, lake, "minhash_signatures", partition_keys(profile, "shard"))
    signatures = lake.scan("minhash_signatures", keys)
    generators = list(profile.generators)
    across = duplicates.cross_pairs(signatures, threshold=profile.dedup.threshold, generators=generators)
    pairs = pl.concat([duplicate_pairs.collect(), across])
    questions = signatures.select(clusters.QUESTION_COLUMNS).collect()
    found = clusters.clusters(pairs, questions, generators=generators, max_variants=profile.dedup.max_variants)
    context.add_output_metadata({**_relations(across), "clusters": found["cluster_id"].n_unique()})
    return found


@asset(by="shard")
def deduplicated_questions(
    context: dg.AssetExecutionContext, difficulty_scores: pl.DataFrame, duplicate_clusters: pl.DataFrame
) -> pl.DataFrame:
    """What survives, and for each loser its survivor and the Jaccard."""
    kept = difficulty_scores.filter("keep").select("query_id", "generator", "shard", "query", "difficulty")
    survivors = clusters.apply_clusters(kept, duplicate_clusters)
    context.add_output_metadata(metadata.screening(survivors, ["query"]))
    return survivors


def _relations(pairs: pl.DataFrame) -> metadata.Metadata:
    counts = pairs.group_by("relation").len("pairs").sort("relation")
    return {"pairs": dg.MetadataValue.md(metadata.markdown_table(counts.to_dicts()))}
