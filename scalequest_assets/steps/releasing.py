"""What may leave the home: the pairs that a manifest lists, with the models behind them, and clean of benchmarks."""

from collections.abc import Sequence

import polars as pl

from scalequest_assets.config.public import PLACE
from scalequest_assets.errors import ReleaseError
from scalequest_assets.recipe.contamination import Overlap, contaminated
from scalequest_assets.recipe.manifest import API_VERSION
from scalequest_assets.recipe.parts import Normalise
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.lake import Lake

_SERVED_BY_PATH = f"{API_VERSION}{PLACE}"


def listed_pairs(lake: Lake, release_manifest: pl.DataFrame) -> pl.LazyFrame:
    """Return the pairs of all shards that the manifest lists."""
    return listed(lake, release_manifest, STAGES.pairs)


def listed(lake: Lake, release_manifest: pl.DataFrame, table: str) -> pl.LazyFrame:
    """Return the rows of a table of all shards that the manifest lists."""
    partitions = release_manifest.filter(pl.col("asset") == table).select("generator", "shard")
    return lake.scan(table, partitions.to_dicts())


def released_pairs(lake: Lake, release_manifest: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that the manifest lists, with the models behind each row (`STAGES.provenance`).

    Names and versions come from the manifest, which depends on every table that a model made. Of a model that a server
    calls by the path of its files, the path's last part is left.
    """
    pairs = listed_pairs(lake, release_manifest).collect()
    for column, table in STAGES.provenance.items():
        made_by = release_manifest.filter(pl.col("asset") == table).select(
            "generator", "shard", pl.col("model").str.replace(_SERVED_BY_PATH, API_VERSION).alias(column)
        )
        pairs = pairs.join(made_by, on=["generator", "shard"], how="left", maintain_order="left")
    return pairs.with_columns(pl.col(pl.Int32).cast(pl.Int64))  # as JSON's numbers, so that sets can be joined


def response_tokens(pairs: pl.DataFrame, samples: pl.LazyFrame) -> pl.Series:
    """Return the tokens of each pair's response, as its model counted them.

    Args:
        pairs: `query_id`, `sample_idx`.
        samples: `query_id`, `sample_idx`, `num_tokens` of at least the pairs' responses.
    """
    keys = [pl.col("query_id"), pl.col("sample_idx").cast(pl.Int64)]
    counted = samples.select(*keys, "num_tokens")
    wanted = pairs.lazy().select(*keys)
    return wanted.join(counted, on=["query_id", "sample_idx"], how="left", maintain_order="left").collect()[
        "num_tokens"
    ]


def refuse_empty(rows: pl.DataFrame, funnel: pl.DataFrame) -> None:
    """Raise `ReleaseError` if no row is left, with the stage at which the last were lost."""
    if not rows.is_empty():
        return
    totals = funnel.group_by("position", "stage").agg(pl.col("num_input", "num_kept").sum()).sort("position")
    lost = totals.filter(pl.col("num_kept") == 0).head(1).to_dicts()
    if not lost:
        raise ReleaseError("dataset: no pair is left: release.mix takes none", "raise it: scalequest run --set …")
    stage, num = lost[0]["stage"], lost[0]["num_input"]
    reasons = funnel.filter(pl.col("stage") == stage)["drop_reasons"].explode().drop_nulls().struct.unnest()
    counts = reasons.group_by("drop_reason").agg(pl.col("num_rows").sum()).sort("num_rows", descending=True)
    listed = ", ".join(f"{reason} {count}" for reason, count in counts.iter_rows()) or "none came in"
    asked = f"SELECT query, drop_reason FROM rejections WHERE stage = '{stage}'"  # noqa: S608 - a name of ours
    raise ReleaseError(
        f"dataset: no question is left: all {num} that came to {stage} were lost there ({listed})",
        f'see them: scalequest sql "{asked}"; then change that stage\'s settings, or make more questions: '
        "scalequest run --set questions_per_shard=…",
    )


def contaminated_pairs(
    pairs: pl.DataFrame, benchmark_questions: pl.DataFrame, normalise: Normalise, settings: Overlap
) -> Sequence[str]:
    """Return which pairs' questions are taken from which benchmark questions, in words; there must be none."""
    found = contaminated(pairs, benchmark_questions, normalise, settings)
    return [f"{query_id} from {matched_id}" for query_id, matched_id in found.iter_rows()]


def refuse_contaminated(
    pairs: pl.DataFrame, benchmark_questions: pl.DataFrame, normalise: Normalise, settings: Overlap
) -> None:
    """Raise `ReleaseError` if a pair's question is taken from a benchmark."""
    if found := contaminated_pairs(pairs, benchmark_questions, normalise, settings):
        raise ReleaseError(
            f"dataset: {len(found)} of {pairs.height} questions are taken from a benchmark: {', '.join(found[:3])}",
            "they were screened against other benchmarks: scalequest run makes what is stale",
        )
