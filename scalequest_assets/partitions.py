"""The three partition dimensions: `generator`, `shard` and `student`. Static, from the profile."""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import TYPE_CHECKING

from scalequest_assets.config.profile import Profile
from scalequest_assets.stages import DIMENSIONS, STAGES, By

if TYPE_CHECKING:  # tables are asked without it
    import dagster as dg


def partitions_of(profile: Profile, by: By) -> "dg.PartitionsDefinition[str] | None":
    """Return the partitions definition for an asset, or None."""
    import dagster as dg

    parts = {name: dg.StaticPartitionsDefinition(_keys_of(profile, name)) for name in DIMENSIONS[by]}
    if len(parts) > 1:
        return dg.MultiPartitionsDefinition(parts)
    return next(iter(parts.values()), None)


def partition_keys(profile: Profile, by: By) -> list[dict[str, str]]:
    """Return all partitions of an asset as mappings of dimension to key, generator by generator."""
    dimensions = DIMENSIONS[by]
    return [
        dict(zip(dimensions, keys, strict=True)) for keys in product(*(_keys_of(profile, name) for name in dimensions))
    ]


def table_partitions(profile: Profile) -> dict[str, list[dict[str, str]]]:
    """Return all partitions of every table."""
    return {table: partition_keys(profile, STAGES[table].by) for table in STAGES.tables}


def key_text(partition: Mapping[str, str]) -> str | None:
    """Return Dagster's text form of a partition: `g`, `g|s`, or None for no partition."""
    return "|".join(partition[dimension] for dimension in sorted(partition)) or None


def key_parts(text: str | None, by: By) -> dict[str, str]:
    """Return the mapping that `key_text` came from. A plain string key is what some launches send for `g|s`.

    Args:
        text: The key; None for no partition.
        by: How the asset is partitioned: of one name, nobody can tell whether it is a generator's or a student's.
    """
    return dict(zip(DIMENSIONS[by], str(text).split("|"), strict=True)) if text else {}


def matches(partition: Mapping[str, str], selected: Iterable[str]) -> bool:
    """Whether a partition is selected by `g`, `g|s`, `*|s` or, of a student, `t`; no pattern selects all."""
    dimensions = DIMENSIONS["student" if "student" in partition else "shard"]
    patterns = [text.split("|") for text in selected]
    return not patterns or any(
        len(pattern) <= len(dimensions)
        and all(
            partition.get(dimension) == key or key == "*" or dimension not in partition
            for dimension, key in zip(dimensions, pattern, strict=False)
        )
        for pattern in patterns
    )


def _keys_of(profile: Profile, dimension: str) -> list[str]:
    match dimension:
        case "generator":
            return list(profile.generators)
        case "shard":
            return profile.shards()
        case _:
            return profile.students.names
