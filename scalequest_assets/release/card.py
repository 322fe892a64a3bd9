"""The data set's card: a head that the Hub and `datasets` read, and a body that people read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from huggingface_hub import DatasetCardData

from scalequest_assets.errors import ReleaseError
from scalequest_assets.release.forms import DEFAULT, Configs, folder_of
from scalequest_assets.release.rendering import render
from scalequest_assets.release.reviewing import Review
from scalequest_assets.subjects import base

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
    configs: Configs,
    funnel: pl.DataFrame,
    *,
    profile_name: str,
    description: str,
    license_id: str,
    models: Mapping[str, str],
    about: base.Card,
    review: Review | None = None,
) -> Card:
    """Return the data set's card.

    Args:
        configs: The released rows by config: and split: see `release.forms`.
        funnel: Rows of `funnel`.
        profile_name: The profile's name.
        description: The profile's description.
        license_id: Hub identifier of the licence.
        models: Licence by name of every ready model that took part.
        about: What the card says of the subject.
        review: What people said of the pairs; the card is silent about pairs that nobody judged.

    Raises:
        ReleaseError: A column has a type that the head has no name for.
    """
    totals = funnel.group_by("position", "stage").agg(pl.col("num_input", "num_kept").sum()).sort("position")
    body = render(
        "card.md.j2",
        name=profile_name,
        description=description,
        num_pairs=_height(configs[DEFAULT]),
        configs={name: {split: rows.height for split, rows in splits.items()} for name, splits in configs.items()},
        stages=totals.to_dicts(),
        models=dict(models),
        review=review,
    )
    return Card(_head(configs, license_id, about), body)


def _head(configs: Configs, license_id: str, about: base.Card) -> DatasetCardData:
    return DatasetCardData(
        license=license_id,
        language=list(about.language),
        task_categories=[about.task],
        tags=["synthetic", *about.tags, "scalequest"],
        configs=[
            {"config_name": name, "data_files": [_split(name, split) for split in splits]}
            for name, splits in configs.items()
        ],
        dataset_info=[
            {"config_name": name, "features": _features(splits["train"].schema.items())}
            for name, splits in configs.items()
        ],
        size_categories=[_size(_height(configs[DEFAULT]))],
    )


def _split(config: str, split: str) -> dict[str, str]:
    return {"split": split, "path": f"{folder_of(config)}/{split}-*.parquet"}


def _height(splits: Mapping[str, pl.DataFrame]) -> int:
    return sum(rows.height for rows in splits.values())


def _features(columns: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Return columns and types as `datasets` writes them into a head."""
    return [{"name": name, **_feature(name, dtype)} for name, dtype in columns]


def _feature(name: str, dtype: Any) -> dict[str, Any]:
    if dtype in _FEATURES:
        return {"dtype": _FEATURES[dtype]}
    if isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
        return {"list": _features((field.name, field.dtype) for field in dtype.inner.fields)}
    raise ReleaseError(
        f"dataset: the card's head has no type for {name} ({dtype})",
        "name it in scalequest_assets/release/card.py, as `datasets.Features` does",
    )


def _size(num_rows: int) -> str:
    return next((name for limit, name in _SIZES if num_rows < limit), _LARGEST)
