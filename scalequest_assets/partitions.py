"""The two partition dimensions: `generator` and `shard`. Static, from the profile."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scalequest_assets.config.profile import Profile
from scalequest_assets.stages import STAGES, By

if TYPE_CHECKING:  # tables are asked without it
    import dagster as dg


def partitions_of(profile: Profile, by: By) -> "dg.PartitionsDefinition[str] | None":
    """Return the partitions definition for an asset, or None."""
    import dagster as dg

    generators = dg.StaticPartitionsDefinition(list(profile.generators))
    if by == "nothing":
        return None
    if by == "generator":
        return generators
    shards = dg.StaticPartitionsDefinition(profile.shards())
    return dg.MultiPartitionsDefinition({"generator": generators, "shard": shards})


def partition_keys(profile: Profile, by: By) -> list[dict[str, str]]:
    """Return all partitions of an asset as mappings of dimension to key, generator by generator."""
    if by == "nothing":
        return [{}]
    if by == "generator":
        return [{"generator": generator} for generator in profile.generators]
    return [{"generator": g, "shard": s} for g in profile.generators for s in profile.shards()]


def table_partitions(profile: Profile) -> dict[str, list[dict[str, str]]]:
    """Return all partitions of every table."""
    return {table: partition_keys(profile, STAGES[table].by) for table in STAGES.tables}


def key_text(partition: Mapping[str, str]) -> str | None:
    """Return Dagster's text form of a partition: `g`, `g|s`, or None for no partition."""
    return "|".join(partition[dimension] for dimension in sorted(partition)) or None


def key_parts(text: str | None) -> dict[str, str]:
    """Return the mapping that `key_text` came from. A plain string key is what some launches send for `g|s`."""
    if not text:
        return {}
    return dict(zip(("generator", "shard"), str(text).split("|"), strict=False))


def matches(partition: Mapping[str, str], selected: Iterable[str]) -> bool:
    """Whether a partition is selected by `g`, `g|s` or `*|s` patterns; no pattern selects all."""
    patterns = [key_parts(text) for text in selected]
    return not patterns or any(
        all(
            partition.get(dimension) == key or key == "*" or dimension not in partition
            for dimension, key in pattern.items()
        )
        for pattern in patterns
    )
