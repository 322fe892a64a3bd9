"""How well a judge tells broken questions from sound ones: each kind of evidence alone, and what decides.

Intervals are of 95%. That of a share is Wilson's; that of the area under the ROC curve is Newcombe's: all areas that
differ from the one found by no more than 1.96 of their own standard errors, so that 10 of 10 in order is not certain.

Source: Hanley and McNeil 1982 (variance of the area), Newcombe 2006, method 5. A sound question and its broken form
count as two independent ones, which makes intervals too wide rather than too narrow.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from scalequest_assets.recipe import solvability
from scalequest_assets.recipe.finding import Finding
from scalequest_assets.recipe.reasons import ENGINE_ERROR
from scalequest_assets.recipe.seeding import shuffled
from scalequest_assets.recipe.settings import Evidence, Solvability
from scalequest_assets.schemas import polars_schema

DECISION, ALL = "decision", "all"
"""In place of a kind of evidence: what the settings make of it. In place of a source: all of them together."""
ENOUGH = 100
"""Questions of which an interval tells a judge that is right of three in five from a coin."""
REMEDY = (
    'see it: scalequest sql "FROM judge_report"; then have something else decide (solvability.evidence, '
    "solvability.threshold), or name another model as roles.judge"
)
"""What to do about a judge that is no better than a coin."""
_Z = 1.96
_STEPS = 60  # of bisection: more than a double has digits

Break = Callable[[pl.Series, pl.Series], pl.Series]
"""From questions and their solutions to the questions without a condition (a subject's `soundness.broken`)."""
Interval = tuple[float | None, float | None]


def labelled(own: pl.DataFrame, others: pl.DataFrame, broken: Break, *, num: int, seed: int) -> pl.DataFrame:
    """Return questions of which it is known whether they can be solved.

    Args:
        own: `source`, `query`, `is_sound` of the subject's own questions. Where others are from some of its sources,
            those alone are taken: what a run is about is what its judge must be good at.
        others: `query_id`, `source`, `query`, `solution` of seed and benchmark questions: sound ones. Those of a source
            that `own` has are left out.
        broken: Takes one condition out of a question.
        num: Questions of each other source at most, each as it is and broken.
        seed: Of their choice.

    Returns:
        `query_id` (`source/row`), `source`, `query`, `is_sound`.
    """
    is_own = pl.col("source").is_in(own["source"].unique().implode())
    learned = others.filter(is_own)["source"].unique()
    own = own if learned.is_empty() else own.filter(pl.col("source").is_in(learned.implode()))
    rest = shuffled(others.filter(~is_own), seed, "judge_report").unique("query", keep="first", maintain_order=True)
    rest = rest.with_columns(broken(rest["query"], rest["solution"]).alias("broken")).drop_nulls("broken")
    rest = rest.group_by("source", maintain_order=True).head(num)
    pairs = [
        rest.select("source", pl.col(name).alias("query"), pl.lit(name == "query").alias("is_sound"))
        for name in ("query", "broken")
    ]
    rows = pl.concat([own, *pairs]).sort("source", maintain_order=True)
    number = pl.int_range(pl.len()).over("source").cast(pl.String).str.zfill(6)
    return rows.select(pl.format("{}/{}", "source", number).alias("query_id"), *own.columns)


def measure(judged: pl.DataFrame, kinds: Sequence[Evidence], settings: Solvability) -> pl.DataFrame:
    """Return the columns of `judge_report`, one row per source and kind of evidence, and per source for what decides.

    Args:
        judged: `source`, `is_sound`, and the evidence, as `solvability.decide` reads it.
        kinds: The kinds of evidence that were asked for, those that decide among them.
        settings: What decides.
    """
    outcomes: dict[str, pl.DataFrame] = {
        kind: _outcomes(judged, settings.model_copy(update={"evidence": (kind,)}), kind) for kind in kinds
    }
    if settings.evidence:
        outcomes[DECISION] = _outcomes(judged, settings, DECISION)
    sources = judged["source"].unique(maintain_order=True).to_list()
    rows = []
    for source in [*sources, *([ALL] if len(sources) > 1 else [])]:
        for name, found in outcomes.items():
            part = found if source == ALL else found.filter(source=source)
            rows.append({"source": source, "evidence": name, **_measures(part, has_threshold=name == "probability")})
    return pl.DataFrame(rows, schema=polars_schema("judge_report"))


def roc(judged: pl.DataFrame) -> list[tuple[float, float]]:
    """Return the ROC curve of the probability: shares dropped of sound and of broken questions, by threshold."""
    rows = judged.drop_nulls("yes_probability")
    sound, broken = (rows.filter(pl.col("is_sound") == flag)["yes_probability"] for flag in (True, False))
    if sound.is_empty() or broken.is_empty():
        return []
    cuts = rows["yes_probability"].unique().sort().to_list()
    points = [((sound < cut).sum() / len(sound), (broken < cut).sum() / len(broken)) for cut in cuts]
    return [*points, (1.0, 1.0)]


def decisions(report: pl.DataFrame) -> pl.DataFrame:
    """Return how often what decides is right, by `source`: `accuracy`, `precision`, `recall`: what a sweep compares.

    Args:
        report: Rows of `judge_report`.
    """
    return report.filter(evidence=DECISION).select("source", "accuracy", "precision", "recall")


def finding(report: pl.DataFrame) -> Finding:
    """Return whether what decides is right more often than a coin: in all for certain, and on every source.

    Where a source has fewer than `ENOUGH` questions, even a fair judge's interval may reach down to a coin's: there,
    more than half must be right, which no judge that says the same of all reaches.

    Args:
        report: Rows of `judge_report`.
    """
    if not report.is_empty() and report.filter(evidence=DECISION).is_empty():
        return Finding(True, "nothing decides: no judge is asked (solvability.evidence)")
    decisions = report.filter(evidence=DECISION).sort(pl.col("source") == ALL, maintain_order=True).to_dicts()
    told = [_told(row, is_certain=_num(row) >= ENOUGH) for row in decisions if row["source"] != ALL]
    if told and all(part.passed for part in told):
        in_all = _told(decisions[-1], is_certain=True)
        told = [*told, in_all] if len(told) > 1 else [in_all]
    passed = bool(told) and all(part.passed for part in told)
    text = "; ".join(part.text for part in told) or "no labelled question was judged"
    better = report.filter((pl.col("evidence") != DECISION) & (pl.col("auc_low") > 0.5))
    if passed or better.is_empty():
        return Finding(passed, text)
    best = better.sort("auc_low", descending=True).row(0, named=True)
    return Finding(False, f"{text}. Best alone: {best['evidence']}, area {best['auc']:.2f} on {best['source']}")


def share_interval(hits: int, num: int) -> Interval:
    """Return Wilson's interval of a share; nothing of nothing. Source: Wilson 1927."""
    if not num:
        return None, None
    share, z2 = hits / num, _Z**2
    centre, half = share + z2 / (2 * num), _Z * math.sqrt(share * (1 - share) / num + z2 / (4 * num**2))
    bounds = [(centre + sign * half) / (1 + z2 / num) for sign in (-1, 1)]
    return max(0.0, bounds[0]), min(1.0, bounds[1])


def area(sound: pl.Series, broken: pl.Series) -> float | None:
    """Return the area under the ROC curve: how often a sound question scores above a broken one, ties half."""
    if sound.is_empty() or broken.is_empty():
        return None
    ranks = pl.concat([sound.cast(pl.Float64).alias("s"), broken.cast(pl.Float64).alias("s")]).rank("average")
    excess = float(ranks[: len(sound)].sum()) - len(sound) * (len(sound) + 1) / 2
    return excess / (len(sound) * len(broken))


def area_interval(found: float | None, num_sound: int, num_broken: int) -> Interval:
    """Return Newcombe's interval of an area under the ROC curve."""
    if found is None:
        return None, None
    mean = (num_sound + num_broken) / 2

    def is_near(value: float) -> bool:
        spread = 1 + (mean - 1) * ((1 - value) / (2 - value) + value / (1 + value))
        return (value - found) ** 2 <= _Z**2 * value * (1 - value) * spread / (num_sound * num_broken)

    return _edge(found, 0.0, is_near), _edge(found, 1.0, is_near)


def best_threshold(sound: pl.Series, broken: pl.Series) -> tuple[float | None, float | None]:
    """Return the lowest threshold with most questions right, and that share; each class counts equally.

    It is chosen on the very questions that it is measured on: others will be right a little less often.
    """
    if sound.is_empty() or broken.is_empty():
        return None, None
    cuts = pl.concat([sound.alias("s"), broken.alias("s")]).unique().sort().to_list()
    rights = [((sound >= cut).mean() + (broken < cut).mean()) / 2 for cut in cuts]
    best = max(rights)
    return cuts[rights.index(best)], best


def _outcomes(judged: pl.DataFrame, settings: Solvability, name: str) -> pl.DataFrame:
    """Return `source`, `is_sound`, `keep` and `score` (higher is sounder); without what an engine could not do."""
    done = solvability.decide(judged, settings).filter(pl.col("drop_reason").ne_missing(ENGINE_ERROR))
    scores = {
        "probability": pl.col("yes_probability"),
        "votes": pl.when(pl.col("num_votes") > 0).then(pl.col("num_yes") / pl.col("num_votes")).otherwise(0.0),
    }
    return done.select("source", "is_sound", "keep", score=scores.get(name, pl.col("keep").cast(pl.Float64)))


def _measures(rows: pl.DataFrame, *, has_threshold: bool) -> dict[str, Any]:
    sound, broken = rows.filter("is_sound"), rows.filter(~pl.col("is_sound"))
    num_found, num_dropped = int((~broken["keep"]).sum()), int((~rows["keep"]).sum())
    found = area(sound["score"], broken["score"])
    best = best_threshold(sound["score"], broken["score"]) if has_threshold else (None, None)
    return {
        "num_sound": sound.height,
        "num_broken": broken.height,
        **_share("accuracy", num_found + int(sound["keep"].sum()), rows.height),
        **_share("precision", num_found, num_dropped),
        **_share("recall", num_found, broken.height),
        **_bounded("auc", found, area_interval(found, sound.height, broken.height)),
        "best_threshold": best[0],
        "best_accuracy": best[1],
    }


def _share(name: str, hits: int, num: int) -> dict[str, float | None]:
    return _bounded(name, hits / num if num else None, share_interval(hits, num))


def _bounded(name: str, value: float | None, bounds: Interval) -> dict[str, float | None]:
    return {name: value, f"{name}_low": bounds[0], f"{name}_high": bounds[1]}


def _num(row: dict[str, Any]) -> int:
    return int(row["num_sound"] + row["num_broken"])


def _told(row: dict[str, Any], *, is_certain: bool) -> Finding:
    """Return whether a row is better than a coin: for certain, by its interval, or else by its share."""
    if not _num(row):
        return Finding(False, f"{row['source']}: none could be judged")
    low, high = row["accuracy_low"], row["accuracy_high"]
    said = f"{row['source']}: {row['accuracy']:.1%} of {_num(row)} right ({low:.1%} to {high:.1%})"
    if (low if is_certain else row["accuracy"]) > 0.5:
        return Finding(True, said)
    return Finding(False, f"{said}, {'worse than' if high < 0.5 else 'which cannot be told from'} a coin")


def _edge(inside: float, end: float, is_near: Callable[[float], bool]) -> float:
    """Return the value farthest from `inside`, towards `end`, for which something holds."""
    if is_near(end):
        return end
    outside = end
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if is_near(middle) else (inside, middle)
    return inside
