"""The data set's card: a head that the Hub and `datasets` read, and a body that people read."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from huggingface_hub import DatasetCardData

from scalequest_assets.errors import ReleaseError
from scalequest_assets.recipe.reasons import CONTAMINATION, EXACT_DUPLICATE, NEAR_DUPLICATE, NUMERIC_VARIANT
from scalequest_assets.recipe.seeding import shuffled
from scalequest_assets.recipe.settings import Selection
from scalequest_assets.release import figures, statistics
from scalequest_assets.release.facts import Facts
from scalequest_assets.release.forms import DEFAULT, Configs, folder_of
from scalequest_assets.release.licences import OTHER, UNKNOWN, Licence, licence_of
from scalequest_assets.release.picture import FUNNEL_FILE
from scalequest_assets.release.records import SPLIT, Parts
from scalequest_assets.release.rendering import Block, render
from scalequest_assets.release.simulated import NOTICE, are_simulated
from scalequest_assets.schemas import TABLES
from scalequest_assets.simulated import SIMULATED
from scalequest_assets.stages import STAGES
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
_CHOSEN: Final[Mapping[Selection, str]] = {
    "reward": "the one that a reward model likes best",
    "reward_in_majority": "the one that a reward model likes best, where most samples have one answer of those with it",
    "majority": "the one that a reward model likes best of those with the commonest answer",
}
"""Which response is kept."""
TAG = "scalequest"
"""Tag in the head of every card of ours."""
_HEAD = (
    "license", "license_name", "language", "annotations_creators", "language_creators", "task_categories", "tags",
    "configs", "dataset_info", "size_categories",
)  # fmt: skip
_LICENSE_NAME = "terms-of-its-models-and-seeds"
_NUM_SAMPLES, _MAX_SAMPLE_CHARS, _MAX_PROMPT_CHARS = 3, 2_000, 2_500


@dataclass(frozen=True)
class Card:
    """A card.

    Attributes:
        head: What the Hub and `datasets.load_dataset` read: licence, files, columns.
        body: Markdown.
        licence: The data set's licence, with what restricts it.
    """

    head: DatasetCardData
    body: str
    licence: Licence

    @property
    def text(self) -> str:
        """The text of `README.md`."""
        return f"---\n{self.head.to_yaml(original_order=list(_HEAD))}\n---\n\n{self.body}"

    def shown(self, picture: bytes) -> str:
        """Return the body with its picture inside, for who has no files beside it."""
        data = base64.b64encode(picture).decode()
        return self.body.replace(f"]({FUNNEL_FILE})", f"](data:image/png;base64,{data})")


def card_of(
    configs: Configs,
    funnel: pl.DataFrame,
    facts: Facts,
    *,
    records: Sequence[Parts] = (),
    review: Mapping[str, object] | None = None,
) -> Card:
    """Return the data set's card.

    Args:
        configs: The released rows by config: see `release.forms`. Those of `default` alone are made.
        funnel: Rows of `funnel`.
        facts: What the card says beside them.
        records: The configs of `release.records`.
        review: What people found who read a part of the rows, as figures by what they are; None where nobody did.

    Raises:
        ReleaseError: A column has a type that the head has no name for.
    """
    pairs = pl.concat([rows.slice(0) for _, rows in configs[DEFAULT].splits()])
    licence, is_simulated = licence_of(behind(facts), facts.license), are_simulated(facts.costs["model"])
    body = render(
        "card.md.j2",
        name=facts.name,
        description=facts.description,
        notice=NOTICE if is_simulated else None,
        num_pairs=pairs.height,
        configs={name: form.heights for name, form in configs.items()},
        records={parts.name: parts.height for parts in records},
        columns=_columns(pairs),
        review=review,
        **_licence_values(licence),
        **_told(facts),
        **_counted(pairs, funnel, facts),
    )
    tags = [*facts.about.tags, TAG, *([SIMULATED] if is_simulated else [])]
    return Card(_head(configs, records, licence, facts.about, tags), body, licence)


def behind(facts: Facts) -> list[tuple[str, str]]:
    """Return name and licence of everything that the data set's licence follows from."""
    models = [(model.name, model.license) for model in facts.models]
    return models + [(f"seed questions {source.name}", source.license or UNKNOWN) for source in facts.seeds]


def _licence_values(licence: Licence) -> dict[str, Any]:
    return {
        "license_id": licence.id,
        "derived_license": licence.derived,
        "is_overridden": licence.is_overridden,
        "warnings": licence.warnings,
    }


def _told(facts: Facts) -> dict[str, Any]:
    """Return what the template takes from the facts as they are."""
    names = (
        "is_rewritten",
        "is_judged",
        "is_masked",
        "false_equalities",
        "models",
        "seeds",
        "benchmarks",
        "prompts",
        "samplings",
        "ngram",
        "threshold",
        "currency",
        "about",
        "reward",
    )
    lengths = {"max_sample_chars": _MAX_SAMPLE_CHARS, "max_prompt_chars": _MAX_PROMPT_CHARS}
    told = {name: getattr(facts, name) for name in names} | lengths
    return {**told, "chosen": _CHOSEN[facts.selection], "picture": Block(FUNNEL_FILE)}


def _counted(pairs: pl.DataFrame, funnel: pl.DataFrame, facts: Facts) -> dict[str, Any]:
    """Return what the template takes that is counted."""
    reasons = figures.reasons(funnel, facts.meanings)
    return {
        "stages": figures.stages(funnel).to_dicts(),
        "reasons": reasons.to_dicts(),
        "num_contaminated": statistics.num_lost(reasons, CONTAMINATION),
        "num_duplicates": statistics.num_lost(reasons, EXACT_DUPLICATE, NEAR_DUPLICATE),
        "num_variants": statistics.num_lost(reasons, NUMERIC_VARIANT),
        "distributions": statistics.distributions(pairs, facts.response_tokens),
        "topics": statistics.shares(pairs, "topic"),
        "generators": statistics.shares(pairs, "generator"),
        "samples": shuffled(pairs, 0, "card").head(_NUM_SAMPLES).select("query_id", "query", "response").to_dicts(),
        "spending": statistics.spending(facts.costs, pairs.height),
    }


def _columns(pairs: pl.DataFrame) -> list[dict[str, str]]:
    """Return name, type and meaning of each column of the pairs."""
    known = {**TABLES[STAGES.choices], **TABLES[STAGES.pairs]}
    meanings = {name: column.description for name, column in known.items()}
    meanings |= {name: f"Model behind {stage}, with its version" for name, stage in STAGES.provenance.items()}
    features = _features(pairs.schema.items())
    return [
        {"name": f["name"], "type": f.get("dtype", "list"), "meaning": meanings.get(f["name"], "")} for f in features
    ]


def _head(
    configs: Configs, records: Sequence[Parts], licence: Licence, about: base.Card, tags: Sequence[str]
) -> DatasetCardData:
    named: dict[str, Any] = {"license_name": _LICENSE_NAME} if licence.id == OTHER else {}
    schemas = {name: form.schema for name, form in configs.items()}
    schemas |= {parts.name: parts.schema for parts in records}
    splits = {name: list(form.heights) for name, form in configs.items()} | {parts.name: [SPLIT] for parts in records}
    return DatasetCardData(
        license=licence.id,
        **named,
        language=list(about.language),
        annotations_creators=["machine-generated"],
        language_creators=["machine-generated"],
        task_categories=[about.task],
        tags=["synthetic", *tags],
        configs=[
            {"config_name": name, "data_files": [_split(name, split) for split in found]}
            for name, found in splits.items()
        ],
        dataset_info=[{"config_name": name, "features": _features(schema.items())} for name, schema in schemas.items()],
        size_categories=[size_category(len(configs[DEFAULT].query_ids))],
    )


def _split(config: str, split: str) -> dict[str, str]:
    return {"split": split, "path": f"{folder_of(config)}/{split}-*.parquet"}


def _features(columns: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Return columns and types as `datasets` writes them into a head."""
    return [{"name": name, **_feature(name, dtype)} for name, dtype in columns]


def _feature(name: str, dtype: Any) -> dict[str, Any]:
    if dtype in _FEATURES:
        return {"dtype": _FEATURES[dtype]}
    if isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
        return {"list": _features((field.name, field.dtype) for field in dtype.inner.fields)}
    if dtype == pl.List(pl.String):
        return {"list": "string"}
    raise ReleaseError(
        f"dataset: the card's head has no type for {name} ({dtype})",
        "name it in scalequest_assets/release/card.py, as `datasets.Features` does",
    )


def size_category(num_rows: int) -> str:
    """Return what the hub calls a data set of so many rows."""
    return next((name for limit, name in _SIZES if num_rows < limit), _LARGEST)
