"""The report's figures: small frames, counted over all rows of the tables that they are about.

Tables come as lazy frames, of which only the columns are read that a figure needs. Counts and quantiles are the same in
whatever order rows come, so that equal tables give equal figures.
"""

import math
import sys
from collections.abc import Mapping

import polars as pl

from scalequest_assets.recipe.manifest import NOT_IN_PAPER, stage_costs
from scalequest_assets.recipe.paper_costs import PAPER_STAGES
from scalequest_assets.recipe.reasons import CONTAMINATION
from scalequest_assets.recipe.topic_shares import topic_shares

NUM_BINS = 20
"""Bins of a histogram."""
_LONGEST_SHARE = 0.99
"""Share of lengths that lie below a histogram's end; the longer ones are counted in its last bin."""
_REWARD_BINS = 12
_REWARD_SHARE = (0.01, 0.99)
_NICE_STEPS = (1, 2, 5, 10)


def stages(funnel: pl.DataFrame) -> pl.DataFrame:
    """Return each stage's totals in the order of stages.

    Args:
        funnel: Rows of `funnel`.

    Returns:
        `stage`, `num_input`, `num_kept`, `num_dropped`; `keep_rate` (of what came in) and `share` (kept, of what came
        into the first stage), both in [0, 1] and null where nothing came.
    """
    totals = funnel.group_by("position", "stage").agg(pl.col("num_input", "num_kept", "num_dropped").sum())
    kept, first = pl.col("num_kept"), pl.col("num_input").first()
    return (
        totals.sort("position")
        .with_columns(keep_rate=_share(kept, pl.col("num_input")), share=_share(kept, first))
        .drop("position")
    )


def reasons(funnel: pl.DataFrame, meanings: Mapping[str, str]) -> pl.DataFrame:
    """Return why questions were dropped, stage by stage, commonest first.

    Args:
        funnel: Rows of `funnel`.
        meanings: What each reason says (`recipe.reasons.MEANINGS` and the subject's).

    Returns:
        `stage`, `drop_reason`, `num_questions`, `share` (of what came into the stage), `meaning` (null: not known).
    """
    by_stage = ["position", "stage"]
    came = funnel.group_by(by_stage).agg(pl.col("num_input").sum())
    dropped = funnel.select(*by_stage, "drop_reasons").explode("drop_reasons").drop_nulls("drop_reasons")
    counted = dropped.unnest("drop_reasons").group_by(*by_stage, "drop_reason").agg(num_questions=pl.sum("num_rows"))
    meaning = pl.col("drop_reason").replace_strict(dict(meanings), default=None, return_dtype=pl.String)
    return (
        counted.join(came, on=by_stage)
        .sort("position", "num_questions", "drop_reason", descending=[False, True, False])
        .select(
            "stage",
            "drop_reason",
            "num_questions",
            share=_share(pl.col("num_questions"), pl.col("num_input")),
            meaning=meaning,
        )
    )


def generators(funnel: pl.DataFrame, pairs: pl.LazyFrame) -> pl.DataFrame:
    """Return what became of each generator's questions.

    Args:
        funnel: Rows of `funnel`.
        pairs: `generator`, `difficulty`, `reward`, `agreement`.

    Returns:
        `generator`, `num_written`, `num_pairs`, `yield` (in [0, 1], null where none was written), and the medians of
        its pairs' `difficulty`, `reward` and `agreement`; sorted by name.
    """
    place = pl.col("position")
    counted = funnel.group_by("generator").agg(
        num_written=pl.col("num_input").filter(place == place.min()).sum(),
        num_pairs=pl.col("num_kept").filter(place == place.max()).sum(),
    )
    medians = pairs.group_by("generator").agg(pl.median("difficulty", "reward", "agreement")).collect()
    return (
        counted.with_columns(_share(pl.col("num_pairs"), pl.col("num_written")).alias("yield"))
        .join(medians, on="generator", how="left")
        .sort("generator")
    )


def topics(pairs: pl.LazyFrame) -> pl.DataFrame:
    """Return `topic`, `num_questions` and `share` of all pairs, most frequent first, and each generator's shares.

    Args:
        pairs: `generator`, `topic`.

    Returns:
        The columns of `topic_shares`, and one `share in <generator>` for each generator where there are several.
    """
    rows = pairs.select("generator", "topic").collect()
    total, names = topic_shares(rows["topic"]), rows["generator"].unique().sort()
    for generator in names if len(names) > 1 else []:
        own = topic_shares(rows.filter(generator=generator)["topic"])
        own = own.select("topic", pl.col("share").alias(f"share in {generator}"))  # whatever the generator is called
        total = total.join(own, on="topic", how="left", maintain_order="left")
    return total


def difficulties(scores: pl.LazyFrame, pairs: pl.LazyFrame) -> pl.DataFrame:
    """Return how predicted difficulties spread, before screening by them and among the pairs.

    Args:
        scores: `difficulty` of all questions that were scored.
        pairs: `difficulty` of the pairs.

    Returns:
        `low` and `high` of each bin of [0, 1], `scored` and `paired` questions in it.
    """
    values = {"scored": scores.select(value="difficulty"), "paired": pairs.select(value="difficulty")}
    return histogram(values, low=0.0, width=1 / NUM_BINS, num_bins=NUM_BINS)


def lengths(values: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Return how lengths spread.

    Args:
        values: Series by name: lengths in tokens as column `value`. The first one decides about the bins.

    Returns:
        `low` and `high` of each bin, and a count for each series; the last bin has the longer ones too. No rows where
        there are no lengths.
    """
    first = next(iter(values.values()))
    longest = first.select(pl.col("value").quantile(_LONGEST_SHARE, "nearest")).collect().item()
    if longest is None:
        return pl.DataFrame(schema={"low": pl.Float64, "high": pl.Float64, **dict.fromkeys(values, pl.Int64)})
    width = nice_step(max(longest, 1) / NUM_BINS, whole=True)
    return histogram(values, low=0.0, width=width, num_bins=max(1, math.ceil((longest + 1) / width)))


def rewards(scores: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return how the rewards of responses go with their agreement.

    Args:
        scores: `agreement` and `reward` of all scored responses; those without finite ones are left out.

    Returns:
        Two frames. `agreement` (to the nearest tenth), `low` and `high` of the reward, `num_responses`: the cells of a
        map, of which the lowest and the highest have what lies beyond them; and by `agreement`: `num_responses`, and
        `low_quartile`, `median` and `high_quartile` of the reward.
    """
    tenth = (pl.col("agreement") * 10).round() / 10
    known = scores.filter(pl.col("reward").is_finite()).select("reward", agreement=tenth).drop_nulls()
    by_agreement = known.group_by("agreement").agg(
        num_responses=pl.len(),
        low_quartile=pl.quantile("reward", 0.25, "nearest"),
        median=pl.quantile("reward", 0.5, "nearest"),
        high_quartile=pl.quantile("reward", 0.75, "nearest"),
    )
    bounds = known.select(
        low=pl.quantile("reward", _REWARD_SHARE[0], "nearest"), high=pl.quantile("reward", _REWARD_SHARE[1], "nearest")
    )
    quartiles, ends = pl.collect_all([by_agreement, bounds])
    low, high = ends.row(0)
    schema = {"agreement": pl.Float64, "low": pl.Float64, "high": pl.Float64, "num_responses": pl.UInt32}
    if low is None:
        return pl.DataFrame(schema=schema), quartiles
    width = nice_step((high - low) / _REWARD_BINS or 1.0)
    start = math.floor(low / width) * width
    num_bins = max(1, math.ceil((high - start) / width + 1e-9))
    place = _place(pl.col("reward"), start, width, num_bins)
    cells = known.group_by("agreement", place=place).agg(num_responses=pl.len()).collect()
    edges = cells.with_columns(low=start + pl.col("place") * width, high=start + (pl.col("place") + 1) * width)
    return edges.select(list(schema)).sort("agreement", "low"), quartiles.sort("agreement")


def costs(costs: pl.DataFrame) -> pl.DataFrame:
    """Return what each line of the paper's cost table took, beside the paper's figures.

    Args:
        costs: Rows of `costs`.

    Returns:
        The columns of `manifest.stage_costs`, with `engine_hours` after `stage`, and `paper_usd` of lines that the
        paper pays by token.
    """
    lines = stage_costs(costs)
    hours = costs.group_by("stage").agg(engine_hours=pl.sum("engine_s") / 3600)
    named = lines.with_columns(line=pl.when(pl.col("stage") != NOT_IN_PAPER).then("stage"))
    usd = {stage.name: stage.usd for stage in PAPER_STAGES if stage.usd is not None}
    paid = pl.col("stage").replace_strict(usd, default=None, return_dtype=pl.Float64)
    joined = named.join(hours, left_on="line", right_on="stage", how="left", nulls_equal=True, maintain_order="left")
    return joined.select("stage", "engine_hours", *lines.columns[1:], paper_usd=paid)


def benchmarks(benchmark_questions: pl.DataFrame, screened: pl.LazyFrame) -> pl.DataFrame:
    """Return how many questions of each benchmark there are, and how many new ones were dropped as copies of them.

    Args:
        benchmark_questions: Rows of `benchmark_questions`.
        screened: `matched_id`, `drop_reason`.

    Returns:
        `benchmark`, `num_questions`, `num_dropped`, sorted by name.
    """
    sources = benchmark_questions.select("query_id", benchmark="source")
    copies = screened.filter(pl.col("drop_reason") == CONTAMINATION).group_by("matched_id").agg(num=pl.len()).collect()
    found = sources.join(copies, left_on="query_id", right_on="matched_id", how="left")
    return found.group_by("benchmark").agg(num_questions=pl.len(), num_dropped=pl.sum("num")).sort("benchmark")


def histogram(values: Mapping[str, pl.LazyFrame], *, low: float, width: float, num_bins: int) -> pl.DataFrame:
    """Count values by bins of one width; what lies beyond the first or last bin is counted in it, nulls are not.

    Args:
        values: Series by name: numbers as column `value`.
        low: Where the first bin begins.
        width: Of a bin.
        num_bins: How many.

    Returns:
        `low` and `high` of each bin (the last one's value included), and a count for each series.
    """
    place = _place(pl.col("value"), low, width, num_bins).alias("place")
    counted = [
        frame.select(pl.col("value").cast(pl.Float64)).filter(pl.col("value").is_finite()).group_by(place).agg(pl.len())
        for frame in values.values()
    ]
    bins = pl.DataFrame({"place": range(num_bins)}, schema={"place": pl.Int64})
    for name, rows in zip(values, pl.collect_all(counted), strict=True):
        rows = rows.select("place", pl.col("len").cast(pl.Int64).alias(name))
        bins = bins.join(rows, on="place", how="left", maintain_order="left")
    edges = [(low + (pl.col("place") + after) * width).alias(name) for name, after in (("low", 0), ("high", 1))]
    return bins.select(*edges, *(pl.col(name).fill_null(0) for name in values))


def nice_step(least: float, *, whole: bool = False) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is at least so large; whole ones are 1 or more."""
    if whole and least <= 1:
        return 1.0
    least = max(least, sys.float_info.min)  # a fifth of the least number is 0, which has no logarithm
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _NICE_STEPS if step * power >= least * (1 - 1e-9))


def _place(value: pl.Expr, low: float, width: float, num_bins: int) -> pl.Expr:
    return ((value - low) / width + 1e-9).floor().clip(0, num_bins - 1).cast(pl.Int64)


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)
