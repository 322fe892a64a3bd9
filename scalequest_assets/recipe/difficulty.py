"""Difficulty: fail rates on seed questions, what the regression model learns, and which questions are too easy.

A shard's questions are chosen in one of three ways (`choose`): without the easiest fraction, without those below a
cutoff, or so that their difficulties come near a target distribution.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import polars as pl

from scalequest_assets.recipe.reasons import NO_SCORE, OFF_TARGET, TOO_EASY
from scalequest_assets.recipe.seeding import row_seed

DROP_REASONS = (TOO_EASY, OFF_TARGET, NO_SCORE)


def fail_rates(seed_responses: pl.DataFrame) -> pl.DataFrame:
    """Return each seed question's share of wrong samples.

    Args:
        seed_responses: Columns `query_id`, `query`, `is_correct` (null where undecidable), `finish_reason`.

    Returns:
        `query_id`, `query`, `fail_rate` in [0, 1], `num_samples` (the decided ones), in order of appearance. Samples
        that are undecidable or that the engine failed on do not count; questions without any other are left out.

    Source: PAPER section 1, difficulty. Differs: undecidable samples are left out, the authors count them as wrong.
    """
    decided = seed_responses.filter(pl.col("is_correct").is_not_null(), pl.col("finish_reason").ne_missing("error"))
    return decided.group_by("query_id", maintain_order=True).agg(
        pl.col("query").first(),
        fail_rate=(~pl.col("is_correct")).mean(),
        num_samples=pl.len().cast(pl.Int32),
    )


def rise(before: pl.Series, after: pl.Series) -> tuple[float, float] | None:
    """Return by how much the mean difficulty of what is left lies above that of what was scored, and its noise.

    Args:
        before: Difficulties of all scored questions; nulls do not count.
        after: Those of the questions that are left.

    Returns:
        The difference of the means and the standard error of the second one; None where either is empty.
    """
    before, after = before.drop_nulls(), after.drop_nulls()
    if before.is_empty() or after.is_empty():
        return None
    means = [float(values.mean() or 0.0) for values in (before, after)]  # type: ignore[arg-type]
    spread = float(before.std(ddof=0) or 0.0)  # type: ignore[arg-type]
    return means[1] - means[0], spread / math.sqrt(len(after))


def train_rows(rates: pl.DataFrame) -> pl.DataFrame:
    """Return `text` (the question) and `label` (its fail rate, in [0, 1]): what the regression model learns from."""
    return rates.select(text="query", label=pl.col("fail_rate").cast(pl.Float64))


def choose(frame: pl.DataFrame, config: Mapping[str, Any], *, seed: int) -> pl.DataFrame:
    """Decide which questions of one shard are kept, as a generator's configuration says; rows and their order stay.

    Args:
        frame: Columns `query_id`, `query`, `difficulty` (predicted fail rate, not yet bounded; null for no score).
        config: At most one of `drop_easiest` (see `easiest`), `min_difficulty` (see `cut`) and `target_difficulty`
            with `weights` and `keep` (see `sample_towards`); what is absent or None does not apply.
        seed: Seed of the sampling.

    Returns:
        The frame with `difficulty` clipped to [0, 1], `threshold` (what it was compared with; null where nothing was),
        `sampled_share` (of the questions of like difficulty, in [0, 1]; null unless sampled), `keep` and `drop_reason`,
        one of `DROP_REASONS`.
    """
    if target := config.get("target_difficulty"):
        return sample_towards(frame, weights=target["weights"], keep=target["keep"], seed=seed)
    if (cutoff := config.get("min_difficulty")) is not None:
        return cut(frame, cutoff=cutoff)
    return easiest(frame, drop_fraction=config.get("drop_easiest") or 0.0)


def easiest(frame: pl.DataFrame, *, drop_fraction: float) -> pl.DataFrame:
    """Drop the easiest questions of one shard; see `choose` for what comes in and out.

    Exactly `floor(drop_fraction * n)` of the n scored rows are dropped, in the order of the scores as they are: all
    that were clipped to 1 would be equal. Equal ones are ordered by a hash of the question, so that the choice does
    not depend on row order. `threshold` is the highest difficulty dropped.

    Raises:
        ValueError: `drop_fraction` is not in [0, 1].

    Source: PAPER section 1, difficulty. Differs: a fraction within the shard, where the authors cut at one score.
    """
    if not 0 <= drop_fraction <= 1:
        raise ValueError(f"drop_fraction is {drop_fraction}, must be in [0, 1]")
    scored = _bounded(frame)
    num_dropped = math.floor(Fraction(str(drop_fraction)) * (scored.height - scored["difficulty"].null_count()))
    hashes = pl.Series([_content_hash(query) for query in scored["query"]], dtype=pl.Binary)
    score = frame["difficulty"].cast(pl.Float64).fill_nan(None)
    order = scored.select(pl.arg_sort_by(score, hashes, nulls_last=True, maintain_order=True)).to_series()
    easy = order.head(num_dropped)
    is_kept = pl.repeat(True, scored.height, dtype=pl.Boolean, eager=True).scatter(easy, False)
    highest = scored["difficulty"][easy[-1]] if num_dropped else None
    return _decided(scored, is_kept, TOO_EASY, threshold=highest)


def cut(frame: pl.DataFrame, *, cutoff: float) -> pl.DataFrame:
    """Drop the questions whose difficulty is below a cutoff, which is the `threshold`; see `choose`.

    Raises:
        ValueError: `cutoff` is not in [0, 1].

    Source: PAPER section 1, difficulty: the authors cut at one score.
    """
    if not 0 <= cutoff <= 1:
        raise ValueError(f"cutoff is {cutoff}, must be in [0, 1]")
    scored = _bounded(frame)
    return _decided(scored, (scored["difficulty"] >= cutoff).fill_null(False), TOO_EASY, threshold=cutoff)


def sample_towards(frame: pl.DataFrame, *, weights: Sequence[float], keep: float, seed: int) -> pl.DataFrame:
    """Keep a share of one shard's questions whose difficulties come as near as can be to a target distribution.

    [0, 1] is cut into bins of equal width. Of the questions to keep, each bin gets its weight's part; where a bin is
    short, the others give, by their weights. Inside a bin the draw is by each row's own seed. See `choose` for what
    comes in and out; there is no `threshold`.

    Args:
        frame: As in `choose`.
        weights: One per bin, not negative, not all 0.
        keep: Share of the scored questions to keep, in [0, 1]; fewer are kept where bins of weight 0 hold too many.
        seed: Seed of the draw.

    Raises:
        ValueError: There is no positive weight, a negative one, or `keep` is not in [0, 1].
    """
    if not 0 <= keep <= 1:
        raise ValueError(f"keep is {keep}, must be in [0, 1]")
    if not weights or min(weights) < 0 or not 0 < sum(weights) < math.inf:
        raise ValueError(f"weights are {list(weights)}: they must be finite, not negative, and one of them positive")
    scored = _bounded(frame).with_columns(
        _bin=(pl.col("difficulty") * len(weights)).floor().clip(0, len(weights) - 1).cast(pl.Int64),
        _draw=pl.Series([row_seed(seed, "difficulty_scores", i) for i in frame["query_id"]], dtype=pl.Int64),
    )
    counts = [int((scored["_bin"] == place).sum()) for place in range(len(weights))]
    quotas = _quotas(counts, weights, math.floor(Fraction(str(keep)) * sum(counts)))
    rank = pl.struct("_draw", "query_id").rank("ordinal").over("_bin")
    known = dict(enumerate(quotas))
    shares = {
        place: quota / count if count else None for place, (quota, count) in enumerate(zip(quotas, counts, strict=True))
    }
    scored = scored.with_columns(
        is_kept=(rank <= pl.col("_bin").replace_strict(known, default=0, return_dtype=pl.Int64)).fill_null(False),
        sampled_share=pl.col("_bin").replace_strict(shares, default=None, return_dtype=pl.Float64),
    )
    return _decided(scored.drop("_bin", "_draw", "is_kept"), scored["is_kept"], OFF_TARGET)


def _quotas(counts: Sequence[int], weights: Sequence[float], total: int) -> list[int]:
    """Share `total` out among bins by their weights, none getting more than its count."""
    quotas = [0] * len(counts)
    open_bins = [place for place, weight in enumerate(weights) if weight > 0 and counts[place] > 0]
    while open_bins and (left := total - sum(quotas)) > 0:
        in_all = sum(weights[place] for place in open_bins)
        wanted = {place: left * weights[place] / in_all for place in open_bins}
        full = [place for place in open_bins if quotas[place] + wanted[place] >= counts[place]]
        if not full:
            for place in open_bins:
                quotas[place] += math.floor(wanted[place])
            rest = sorted(open_bins, key=lambda place: (math.floor(wanted[place]) - wanted[place], place))
            for place in rest[: total - sum(quotas)]:
                quotas[place] += 1
            break
        for place in full:
            quotas[place] = counts[place]
        open_bins = [place for place in open_bins if place not in full]
    return quotas


def _bounded(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        difficulty=pl.col("difficulty").cast(pl.Float64).fill_nan(None).clip(0.0, 1.0),
        sampled_share=pl.lit(None, pl.Float64),
    )


def _decided(scored: pl.DataFrame, kept: pl.Series, reason: str, *, threshold: float | None = None) -> pl.DataFrame:
    """Add `threshold`, `keep` and `drop_reason`; what has no score is not kept."""
    has_score = pl.col("difficulty").is_not_null()
    return scored.with_columns(kept.alias("keep"), threshold=pl.lit(threshold, pl.Float64)).with_columns(
        keep=pl.col("keep") & has_score,
        drop_reason=pl.when(~has_score).then(pl.lit(NO_SCORE)).when(~pl.col("keep")).then(pl.lit(reason)),
    )


def _content_hash(query: str | None) -> bytes:
    return hashlib.blake2b((query or "").encode(errors="surrogatepass"), digest_size=8).digest()
