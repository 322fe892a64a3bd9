"""How good a scorer is on what it never learned from, with what so few rows can and cannot show.

A scorer must beat what needs no model: the difficulty model the mean of its labels, a reward model a coin. It counts as
better where it is so by two standard errors; less than that, and the verdict says that it is not known.

Source: PAPER section 5.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

NUM_STANDARD_ERRORS = 2.0
"""By how many standard errors a scorer must be better before it counts as better."""


class Verdict(NamedTuple):
    """Whether a scorer is shown to be better than what needs no model, and the figures in a sentence."""

    is_better: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class RegressionQuality:
    """Predicted fail rates beside those observed.

    Attributes:
        num_rows: Held-out questions that have a score.
        mse: Mean squared error of the model's scores, clipped to [0, 1] as they are used.
        constant_mse: Mean squared error of the constant predictor.
        gain: `constant_mse - mse`.
        gain_standard_error: Of the gain, from the paired differences; None for fewer than two rows.
        noise_mse: What is left to a perfect predictor, because a fail rate is a share of a few samples; an estimate,
            from the questions with at least two samples; None where there are none.
        spearman: Rank correlation; None where it is not defined.
    """

    num_rows: int
    mse: float
    constant_mse: float
    gain: float
    gain_standard_error: float | None
    noise_mse: float | None
    spearman: float | None


@dataclass(frozen=True, kw_only=True)
class PairQuality:
    """Rewards of right responses beside those of wrong ones to the same question.

    Attributes:
        num_pairs: Held-out pairs of which both have a score.
        num_questions: Their questions.
        accuracy: Share of pairs in which the right response has the higher reward; equal ones count half.
        standard_error: Of the accuracy; pairs of one question count as one observation.
        chance_standard_error: What it would be for a coin.
        mean_margin: Mean reward of the right response less that of the wrong one.
        log_loss: Mean of -log sigmoid(margin), what the training minimises; a coin has log 2.
    """

    num_pairs: int
    num_questions: int
    accuracy: float
    standard_error: float
    chance_standard_error: float
    mean_margin: float
    log_loss: float


def regression_quality(held_out: pl.DataFrame, *, constant: float) -> RegressionQuality | None:
    """Return how good predicted fail rates are; None where no row has a score.

    Args:
        held_out: `fail_rate` in [0, 1], `num_samples`, `predicted` (null where there is no score).
        constant: What the constant predictor says: the mean of the labels that the model learned from.
    """
    rows = held_out.filter(pl.col("predicted").is_not_null()).with_columns(pl.col("predicted").clip(0.0, 1.0))
    if rows.is_empty():
        return None
    rate, guess, num = pl.col("fail_rate"), pl.col("predicted"), pl.col("num_samples")
    errors = rows.select(own=(rate - guess) ** 2, constant=(rate - constant) ** 2)
    gains = errors["constant"] - errors["own"]
    noise = rows.filter(num > 1).select((rate * (1 - rate) / (num - 1)).mean()).item()
    return RegressionQuality(
        num_rows=rows.height,
        mse=_mean(errors["own"]),
        constant_mse=_mean(errors["constant"]),
        gain=_mean(gains),
        gain_standard_error=standard_error(gains),
        noise_mse=noise,
        spearman=_spearman(rows),
    )


def pair_quality(held_out: pl.DataFrame) -> PairQuality | None:
    """Return how well rewards tell right from wrong; None where no pair has both scores.

    Args:
        held_out: `query_id`, `margin` (the right response's reward less the wrong one's; null where one is missing).
    """
    rows = held_out.filter(pl.col("margin").is_not_null())
    if rows.is_empty():
        return None
    scored = rows.select("query_id", "margin", win=_win())
    accuracy = _mean(scored["win"])
    by_question = scored.group_by("query_id").agg(pl.len(), excess=(pl.col("win") - accuracy).sum())
    loss = scored["margin"].map_elements(lambda value: _log1p_exp(-value), return_dtype=pl.Float64)
    return PairQuality(
        num_pairs=rows.height,
        num_questions=by_question.height,
        accuracy=accuracy,
        standard_error=math.sqrt(sum(value**2 for value in by_question["excess"])) / rows.height,
        chance_standard_error=0.5 * math.sqrt(sum(num**2 for num in by_question["len"])) / rows.height,
        mean_margin=_mean(scored["margin"]),
        log_loss=_mean(loss),
    )


def confidence(held_out: pl.DataFrame) -> pl.DataFrame:
    """Return how sure a reward model is of each pair's order, and whether it is right.

    Args:
        held_out: `margin` (null where a reward is missing).

    Returns:
        `predicted` (sigmoid of the margin's size, in [0.5, 1]) and `observed` (1 right, 0 wrong, 0.5 for equal ones).
    """
    margin = pl.col("margin")
    return held_out.filter(margin.is_not_null()).select(predicted=1 / (1 + (-margin.abs()).exp()), observed=_win())


def regression_verdict(quality: Mapping[str, float | None]) -> Verdict:
    """Return whether a difficulty model beats the constant predictor; `quality` as in `RegressionQuality`."""
    gain, error, num = quality["gain"] or 0.0, quality["gain_standard_error"], int(quality["num_rows"] or 0)
    measured = f"held-out MSE {quality['mse']:.4f}, constant predictor {quality['constant_mse']:.4f} on {num} questions"
    if error is None:
        return Verdict(False, f"{measured}: one question shows nothing")
    measured += f": {'worse' if gain < 0 else 'better'} by {abs(gain):.4f} ± {error:.4f}"
    return _verdict(measured, gain, error)


def pair_verdict(quality: Mapping[str, float | None]) -> Verdict:
    """Return whether a reward model beats chance; `quality` as in `PairQuality`."""
    accuracy, error = quality["accuracy"] or 0.0, quality["chance_standard_error"] or 0.0
    measured = (
        f"{accuracy:.1%} of {int(quality['num_pairs'] or 0)} held-out pairs "
        f"({int(quality['num_questions'] or 0)} questions) in the right order, of which a coin gets 50.0% ± {error:.1%}"
    )
    return _verdict(measured, accuracy - 0.5, error)


def rank_verdict(rows: pl.DataFrame) -> Verdict:
    """Return whether questions predicted to be difficult are those that are failed more often.

    Args:
        rows: `predicted` and `fail_rate`, of questions that were answered.
    """
    correlation = _spearman(rows) if rows.height > 1 else None
    if correlation is None:
        return Verdict(True, f"{rows.height} answered questions, or all alike: there is no order to compare")
    error = 1 / math.sqrt(rows.height - 1)
    measured = f"predicted and observed fail rates of {rows.height} questions: rank correlation {correlation:+.3f}"
    measured += f" ± {error:.3f}"
    return _verdict(measured, correlation, error)


def _verdict(measured: str, gain: float, error: float) -> Verdict:
    """Return whether it is better, worse, or neither for certain."""
    if gain > 0 and gain >= NUM_STANDARD_ERRORS * error:
        return Verdict(True, measured)
    if gain < 0 and gain <= -NUM_STANDARD_ERRORS * error:
        return Verdict(False, f"{measured}. It is worse")
    if gain == error == 0:
        return Verdict(False, f"{measured}. It is no better")
    return Verdict(False, f"{measured}. Within two standard errors: so few rows cannot tell whether it is better")


def _win() -> pl.Expr:
    margin = pl.col("margin")
    return pl.when(margin > 0).then(1.0).when(margin == 0).then(0.5).otherwise(0.0)


def _spearman(rows: pl.DataFrame) -> float | None:
    value = rows.select(pl.corr("predicted", "fail_rate", method="spearman")).item()
    return None if value is None or math.isnan(value) else float(value)


def standard_error(values: pl.Series) -> float | None:
    """Return the standard error of the mean; None for fewer than two values."""
    deviation = values.std()
    return None if deviation is None else float(deviation) / math.sqrt(len(values))  # type: ignore[arg-type]


def _mean(values: pl.Series) -> float:
    return float(values.mean())  # type: ignore[arg-type]


def _log1p_exp(value: float) -> float:
    """Return log(1 + exp(value)) without overflow."""
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))
