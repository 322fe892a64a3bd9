"""The released rows and the card that goes with them."""

from collections.abc import Mapping

import polars as pl
import yaml

from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.subjects.base import Card


def mix(pairs: pl.DataFrame, at_most: Mapping[str, int]) -> pl.DataFrame:
    """Return the released pairs: all of each generator, or the first so many by a hash of `query_id`.

    Args:
        pairs: Rows of `qa_pairs`.
        at_most: Pairs at most, by generator; a generator that is not named gives all.

    Returns:
        The chosen rows in their order.
    """
    if not at_most:
        return pairs
    order = pl.Series([row_seed(0, "mix", query_id) for query_id in pairs["query_id"]], dtype=pl.Int64)
    rank = pl.lit(order).rank("ordinal").over("generator")
    limit = pl.col("generator").replace_strict(dict(at_most), default=None, return_dtype=pl.Int64)
    return pairs.filter(limit.is_null() | (rank <= limit))


def card(
    pairs: pl.DataFrame,
    funnel: pl.DataFrame,
    *,
    profile_name: str,
    description: str,
    license_id: str,
    models: Mapping[str, str],
    about: Card,
) -> str:
    """Return the data set's card (`README.md` with its YAML head).

    Args:
        pairs: The released rows.
        funnel: Rows of `funnel`.
        profile_name: The profile's name.
        description: The profile's description.
        license_id: Hub identifier of the licence.
        models: Licence by name of every ready model that took part.
        about: What the card says of the subject.
    """
    head = {
        "license": license_id,
        "language": list(about.language),
        "task_categories": [about.task],
        "tags": ["synthetic", *about.tags, "scalequest"],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*.parquet"}]}],
        "size_categories": [_size(pairs.height)],
    }
    totals = funnel.group_by("position", "stage").agg(pl.col("num_input", "num_kept").sum()).sort("position")
    lines = [f"| {row['stage']} | {row['num_input']} | {row['num_kept']} |" for row in totals.iter_rows(named=True)]
    named = "\n".join(f"- {name}: {license_}" for name, license_ in models.items())
    return f"""---
{yaml.safe_dump(head, sort_keys=False).strip()}
---

# {profile_name}

{description}

{pairs.height} question-answer pairs, made by the ScaleQuest method (arXiv 2410.18693): models that were taught to write
questions, screening by rules, solvability, difficulty and near-duplicates, several responses to each question, and the
best of them by a reward model. `profile.yaml` beside this file is the profile that made it. Every row names the models
and versions behind it. Answers were written by models and may be wrong.

## Columns

`query`, `response` and `answer`; `difficulty` (predicted fail rate in [0, 1]), `topic` (told by the question's words),
`reward`, `agreement` (share of the samples with an equal answer); `query_id`, `generator`, `shard` and the models'
names say where a row comes from.

## Funnel

| stage | came in | kept |
|---|---:|---:|
{chr(10).join(lines)}

## Models and their licences

{named}
"""


def _size(num_rows: int) -> str:
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")):
        if num_rows < limit:
            return name
    return "1M<n<10M"
