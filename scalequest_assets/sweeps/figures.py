"""What came out of a point, as figures: from its tables and the records of its models."""

from collections.abc import Iterator, Sequence

import polars as pl

from scalequest_assets.config.profile import Profile
from scalequest_assets.partitions import key_text, partition_keys, table_partitions
from scalequest_assets.recipe import comparison, judge_quality
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.measuring import HELD_OUT
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.models import ModelStore


def figures_of(home: Home, profile: Profile, assets: Sequence[str]) -> pl.DataFrame:
    """Return the figures of some assets (see `recipe.comparison.FIGURES`), in the assets' order.

    Args:
        home: The point.
        profile: Its profile.
        assets: Those that are up to date: what others left behind may be of an older profile.
    """
    lake, store = Lake(home.lake), ModelStore(home.models)
    parts = [part for asset in assets for part in _of_asset(lake, store, profile, asset)]
    return pl.concat([pl.DataFrame(schema=comparison.FIGURES), *parts])


def _of_asset(lake: Lake, store: ModelStore, profile: Profile, asset: str) -> Iterator[pl.DataFrame]:
    stage = STAGES[asset]
    if stage.kind == "model":
        for owner in map(key_text, partition_keys(profile, stage.by)):
            if store.is_there(asset, owner):
                yield _of_model(store, asset, owner)
        return
    partitions = [p for p in table_partitions(profile).get(asset, []) if lake.exists(asset, p)]
    if not partitions or not (stage.has_decisions or stage.figures):
        return
    rows = lake.scan(asset, partitions)
    if stage.has_decisions:
        yield comparison.keep_rates(asset, rows.select("generator", "keep").collect())
    match stage.figures:
        case "yields":
            yield comparison.yields(rows.collect())
        case "totals":
            yield comparison.totals(rows.collect())
        case "numbers":
            yield comparison.measures(asset, rows.collect())
        case "scores":
            yield comparison.measures(asset, comparison.scores(rows.collect()))
        case "decisions":
            yield comparison.measures(asset, judge_quality.decisions(rows.collect()))


def _of_model(store: ModelStore, asset: str, owner: str | None) -> pl.DataFrame:
    """Return how a training ended, and what was measured of its model."""
    record = store.record(asset, owner)
    measured = {
        HELD_OUT: record.extra.get(HELD_OUT),
        "rows": record.extra.get("num_rows"),
        "train_s": record.train_s or None,
    }
    return comparison.numbers_in(asset, owner or "", {**record.metrics, **measured})
