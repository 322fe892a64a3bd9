"""What may leave the home: the pairs that a manifest lists, with the models behind them, and clean of benchmarks."""

from collections.abc import Iterator, Sequence

import polars as pl

from scalequest_assets.config.public import PLACE
from scalequest_assets.errors import ReleaseError
from scalequest_assets.recipe.contamination import contaminated
from scalequest_assets.recipe.manifest import API_VERSION
from scalequest_assets.recipe.parts import Normalise
from scalequest_assets.recipe.settings import Overlap
from scalequest_assets.release.figures import reasons, stages
from scalequest_assets.release.mix import mix
from scalequest_assets.release.records import (
    FULL,
    REJECTED,
    TABLES_OF_RECORDS,
    Parts,
    Tables,
    full,
    rejected,
    tables_of_none,
)
from scalequest_assets.release.reviewing import Review, hashed, review_of
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.step import Step
from scalequest_assets.storage.lake import Lake, Partition

_SERVED_BY_PATH = f"{API_VERSION}{PLACE}"


def listed_pairs(lake: Lake, release_manifest: pl.DataFrame) -> pl.LazyFrame:
    """Return the pairs of all shards that the manifest lists."""
    return listed(lake, release_manifest, STAGES.pairs)


def listed(lake: Lake, release_manifest: pl.DataFrame, table: str) -> pl.LazyFrame:
    """Return the rows of a table of all shards that the manifest lists."""
    partitions = release_manifest.filter(pl.col("asset") == table).select("generator", "shard")
    return lake.scan(table, partitions.to_dicts())


def released_pairs(lake: Lake, release_manifest: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that the manifest lists, with what was observed of each question and the models behind each row.

    The columns are those of `qa_pairs`, those that `STAGES.choices` shows, and `STAGES.provenance`, whose names and
    versions come from the manifest, which depends on every table that a model made. Of a model that a server calls by
    the path of its files, the path's last part is left.
    """
    choices = STAGES[STAGES.choices]
    observed = listed(lake, release_manifest, choices.name).select("query_id", *choices.shown or ())
    listed_now = listed_pairs(lake, release_manifest)
    pairs = listed_now.join(observed, on="query_id", how="left", maintain_order="left").collect()
    for column, table in STAGES.provenance.items():
        made_by = release_manifest.filter(pl.col("asset") == table).select(
            "generator", "shard", pl.col("model").str.replace(_SERVED_BY_PATH, API_VERSION).alias(column)
        )
        pairs = pairs.join(made_by, on=["generator", "shard"], how="left", maintain_order="left")
    return pairs.with_columns(pl.col(pl.Int32).cast(pl.Int64))  # as JSON's numbers, so that sets can be joined


def chosen_pairs(step: Step, pairs: pl.DataFrame, funnel: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that are released, of all that the manifest lists.

    Raises:
        ReleaseError: There is none, or fewer than the profile wants.
    """
    settings = step.settings.release
    chosen = mix(pairs, settings.mix, settings.num_pairs, step.generator_names)
    refuse_empty(chosen, funnel)
    return chosen


def reviewed(step: Step, pairs: pl.DataFrame) -> Review:
    """Return what people said of the pairs that are about to be released, and show it.

    Where `release.max_wrong_share` is set and nobody has judged any, it warns.

    Raises:
        ReleaseError: Too many are wrong.
    """
    review, most = review_of(hashed(pairs), step.reviews()), step.settings.release.max_wrong_share
    step.show(review=f"{review.num_judged} of {review.num_pairs} pairs judged; wrong: {review.wrong}")
    if most is not None:
        refuse_wrong(review, most)
        if not review.wrong.num:
            step.context.log.warning(
                f"release.max_wrong_share is {most:g}, and nobody has judged a pair of this release: scalequest review"
            )
    return review


def refuse_wrong(review: Review, max_wrong_share: float) -> None:
    """Raise `ReleaseError` if the interval of the wrong pairs' share lies wholly above the largest that may be."""
    wrong = review.wrong
    if wrong.interval[0] <= max_wrong_share:
        return
    raise ReleaseError(
        f"dataset: of {wrong.num} judged pairs {wrong.hits} are wrong ({wrong}), more than release.max_wrong_share, "
        f"{max_wrong_share:.1%}; nothing was released",
        'see them: scalequest sql "FROM reviews WHERE NOT is_question_sound OR NOT is_answer_right"; then make better '
        "pairs (answers.min_agreement, a better judge or responder), judge more of them (scalequest review), or allow "
        "more: scalequest run --set release.max_wrong_share=…",
    )


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


def records_of(lake: Lake, release_manifest: pl.DataFrame, pairs: pl.DataFrame, funnel: pl.DataFrame) -> list[Parts]:
    """Return the configs `full` and `rejected`, which are made shard by shard when they are written.

    Args:
        lake: The home's tables.
        release_manifest: Lists the shards.
        pairs: The released pairs.
        funnel: Counts the questions that were lost.
    """
    shards = release_manifest.filter(asset=STAGES.pairs).select("generator", "shard").to_dicts()

    def tables(shard: Partition) -> Tables:
        return {table: lake.scan(table, [shard]) for table in TABLES_OF_RECORDS}

    def of_pairs() -> Iterator[pl.DataFrame]:
        return (full(pairs.filter(**shard), tables(shard)) for shard in shards)

    def of_lost() -> Iterator[pl.DataFrame]:
        return (rejected(tables(shard)) for shard in shards)

    none = tables_of_none()
    return [
        Parts(FULL, full(pairs.clear(), none).schema, pairs.height, of_pairs),
        Parts(REJECTED, rejected(none).schema, int(funnel["num_dropped"].sum()), of_lost),
    ]


def refuse_empty(rows: pl.DataFrame, funnel: pl.DataFrame) -> None:
    """Raise `ReleaseError` if no row is left, with the stage at which the last were lost."""
    if not rows.is_empty():
        return
    lost = stages(funnel).filter(num_kept=0).head(1).to_dicts()
    if not lost:
        raise ReleaseError("dataset: no pair is left: release.mix takes none", "raise it: scalequest run --set …")
    stage, num = lost[0]["stage"], lost[0]["num_input"]
    counts = reasons(funnel, {}).filter(stage=stage).select("drop_reason", "num_questions")
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
