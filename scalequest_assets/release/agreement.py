"""How what chooses pairs agrees with people: reward, agreement of samples and the judge, by difficulty.

A figure is an area under the ROC curve: how often a pair that people call right has more of something than one that
they call wrong, ties half; 0.5 is a coin's. Only pairs that were chosen are judged, so that all figures are of what is
left after choosing.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from scalequest_assets.recipe.judge_quality import area, area_interval
from scalequest_assets.release.reviewing import verdicts

SIGNALS: Final[Mapping[str, str]] = {"reward": "is_wrong", "agreement": "is_wrong", "yes_probability": "is_unsound"}
"""What is compared, and with which verdict: the judge is asked about questions, not about answers."""
ALL: Final = "all"
_PARTS: Final = ("easiest third", "middle third", "hardest third")
SCHEMA: Final = {
    "signal": pl.String,
    "difficulty": pl.String,
    "num_right": pl.Int64,
    "num_wrong": pl.Int64,
    "area": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


def agreement(pairs: pl.DataFrame, judgements: pl.DataFrame) -> pl.DataFrame:
    """Return how far each signal tells right pairs from wrong ones.

    Args:
        pairs: The pairs that would be released, with `content_hash`, `difficulty` and the columns of `SIGNALS`.
        judgements: Rows of `reviews`.

    Returns:
        `signal`, `difficulty` (thirds of all pairs by predicted difficulty, or all), `num_right`, `num_wrong`, `area`
        with `low` and `high`, its 95% interval. Where there are not both right and wrong ones, there is no row.
    """
    place = (pl.col("difficulty").rank("ordinal") - 1) * len(_PARTS) // pl.len()
    parts = pairs.with_columns(part=place.replace_strict(dict(enumerate(_PARTS)), default=None, return_dtype=pl.String))
    judged = parts.join(verdicts(pairs, judgements), on="query_id")
    rows = []
    for signal, verdict in SIGNALS.items():
        known = judged.drop_nulls([signal, verdict])
        for part in (ALL, *_PARTS):
            own = known if part == ALL else known.filter(part=part)
            right, wrong = own.filter(~pl.col(verdict))[signal], own.filter(verdict)[signal]
            found = area(right, wrong)
            if found is not None:
                bounds = area_interval(found, len(right), len(wrong))
                rows.append((signal, part, len(right), len(wrong), found, *bounds))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
