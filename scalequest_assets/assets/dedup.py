"""Group `dedup`: near-duplicates inside a generator, then across generators; who survives.

`duplicate_pairs` is a roll-up: a fan-in of 100 partitions or more would lose Dagster's staleness, so what comes after
it depends on it alone, opens the signatures directly, and its data version covers them.
"""

import polars as pl

from scalequest_assets.config.profile import GENERATOR_NAMES
from scalequest_assets.recipe import clusters, duplicates, minhash
from scalequest_assets.steps import metadata
from scalequest_assets.steps.pieces import pieces_for
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset


@asset(settings=["subject"], recipe_version="5")
def minhash_signatures(step: Step, difficulty_scores: pl.DataFrame) -> pl.DataFrame:
    """MinHash signature, its sketch and band keys of every question that is left."""
    return minhash.signatures(_left(difficulty_scores), step.subject.likeness.normalise)


@asset(settings=["subject", "dedup.threshold", "num_shards"], recipe_version="4", roll_up=True)
def duplicate_pairs(step: Step, minhash_signatures: pl.LazyFrame) -> pl.DataFrame:
    """Pairs inside a generator, over all its shards, verified by exact Jaccard."""
    threshold = step.settings.dedup.threshold
    with pieces_for(step.settings.engine, minhash_signatures, step.models.close) as pieces:
        pairs = duplicates.pairs(minhash_signatures, step.subject.likeness, threshold=threshold, pieces=pieces)
    step.show(_relations(pairs))
    return pairs


@asset(settings=["subject", "dedup", GENERATOR_NAMES], recipe_version="4")
def duplicate_clusters(step: Step, duplicate_pairs: pl.LazyFrame) -> pl.DataFrame:
    """Pairs across generators, clusters, and the survivor of each.

    The survivor is the one of the lower shard, then the generator's place in the profile, then difficulty, then hash:
    a new shard never evicts an old survivor.
    """
    keys = step.fan_in("minhash_signatures", step.all_partitions("shard"))
    signatures = step.lake.scan("minhash_signatures", keys)
    settings, generators = step.settings.dedup, step.generator_names
    likeness, threshold = step.subject.likeness, settings.threshold
    with pieces_for(step.settings.engine, signatures, step.models.close) as pieces:
        across = duplicates.cross_pairs(signatures, likeness, threshold=threshold, generators=generators, pieces=pieces)
    pairs = pl.concat([duplicate_pairs.collect(), across])
    questions = signatures.select(clusters.QUESTION_COLUMNS).collect()
    found = clusters.clusters(pairs, questions, generators=generators, max_variants=settings.max_variants)
    step.show(_relations(across), clusters=found["cluster_id"].n_unique())
    return found


@asset()
def deduplicated_questions(
    step: Step, difficulty_scores: pl.DataFrame, duplicate_clusters: pl.LazyFrame
) -> pl.DataFrame:
    """What survives, and for each loser its survivor and the Jaccard."""
    shard = f"{step.generator}/{step.partition['shard']}"
    own = pl.col("query_id").is_between(pl.lit(f"{shard}/"), pl.lit(f"{shard}0"), closed="left")  # 0 follows the slash
    survivors = clusters.apply_clusters(_left(difficulty_scores), duplicate_clusters.filter(own).collect())
    step.show(metadata.screening(survivors, ["query"]))
    return survivors


def _left(difficulty_scores: pl.DataFrame) -> pl.DataFrame:
    """Return the questions that are compared: those left after their difficulty is known."""
    return difficulty_scores.filter("keep").select("query_id", "generator", "shard", "query", "difficulty")


def _relations(pairs: pl.DataFrame) -> metadata.Metadata:
    counts = pairs.group_by("relation").len("pairs").sort("relation")
    return {"pairs": metadata.table(counts)}
