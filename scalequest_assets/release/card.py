"""The data set's card: a head that the Hub and `datasets` read, and a body that people read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from huggingface_hub import DatasetCardData

from scalequest_assets.errors import ReleaseError
from scalequest_assets.release.rendering import render
from scalequest_assets.subjects import base

_CONFIG = "default"
_FEATURES = {
    pl.Boolean(): "bool",
    pl.Int32(): "int32",
    pl.Int64(): "int64",
    pl.Float32(): "float32",
    pl.Float64(): "float64",
    pl.String(): "string",
}
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)
_LARGEST = "1B<n<10B"


@dataclass(frozen=True)
class Card:
    """A card.

    Attributes:
        head: What the Hub and `datasets.load_dataset` read: licence, files, columns.
        body: Markdown.
    """

    head: DatasetCardData
    body: str

    @property
    def text(self) -> str:
        """The text of `README.md`."""
        order = ["license", "language", "task_categories", "tags", "configs", "dataset_info", "size_categories"]
        return f"---\n{self.head.to_yaml(original_order=order)}\n---\n\n{self.body}"


def card_of(
    pairs: pl.DataFrame,
    funnel: pl.DataFrame,
    *,
    profile_name: str,
    description: str,
    license_id: str,
    models: Mapping[str, str],
    about: base.Card,
) -> Card:
    """Return the data set's card.

    Args:
        pairs: The released rows.
        funnel: Rows of `funnel`.
        profile_name: The profile's name.
        description: The profile's description.
        license_id: Hub identifier of the licence.
        models: Licence by name of every ready model that took part.
        about: What the card says of the subject.

    Raises:
        ReleaseError: A column has a type that the head has no name for.
    """
    totals = funnel.group_by("position", "stage").agg(pl.col("num_input", "num_kept").sum()).sort("position")
    body = render(
        "card.md.j2",
        name=profile_name,
        description=description,
        num_pairs=pairs.height,
        stages=totals.to_dicts(),
        models=dict(models),
    )
    return Card(_head(pairs, license_id, about), body)


def _head(pairs: pl.DataFrame, license_id: str, about: base.Card) -> DatasetCardData:
    return DatasetCardData(
        license=license_id,
        language=list(about.language),
        task_categories=[about.task],
        tags=["synthetic", *about.tags, "scalequest"],
        configs=[{"config_name": _CONFIG, "data_files": [{"split": "train", "path": "data/train-*.parquet"}]}],
        dataset_info={"config_name": _CONFIG, "features": _features(pairs.schema)},
        size_categories=[_size(pairs.height)],
    )


def _features(schema: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return columns and types as `datasets` writes them into a head."""
    if unknown := {name: str(dtype) for name, dtype in schema.items() if dtype not in _FEATURES}:
        raise ReleaseError(
            f"dataset: the card's head has no type for {', '.join(f'{name} ({t})' for name, t in unknown.items())}",
            "name it in scalequest_assets/release/card.py, as `datasets.Features` does",
        )
    return [{"name": name, "dtype": _FEATURES[dtype]} for name, dtype in schema.items()]


def _size(num_rows: int) -> str:
    return next((name for limit, name in _SIZES if num_rows < limit), _LARGEST)
