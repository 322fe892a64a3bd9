"""A step: one making of one partition of one asset, and all that it may use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import dagster as dg
import polars as pl

from scalequest_assets.config.profile import GENERATOR_NAMES, STUDENT_NAMES, Profile
from scalequest_assets.config.public import public_text
from scalequest_assets.engines.base import TrainingJob, TrainingResult
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import UndeclaredSettingError
from scalequest_assets.partitions import key_parts, partition_keys
from scalequest_assets.recipe.languages import LANGUAGES, Language
from scalequest_assets.stages import STAGES, By
from scalequest_assets.steps.handed import handed
from scalequest_assets.steps.ledger import Ledger
from scalequest_assets.steps.models import Models
from scalequest_assets.storage.io_manager import ALLOW_PARTIAL_TAG, split_partial
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.releases import Releases
from scalequest_assets.storage.reviews import Reviews
from scalequest_assets.subjects import subject_named
from scalequest_assets.subjects.base import Subject

_OUTPUT = "result"
"""Dagster's name for what an asset returns; a check of its rows is an output beside it."""


class Trainer(Protocol):
    """Trains a model into `job.output_dir`."""

    def train(self, context: dg.AssetExecutionContext, job: TrainingJob) -> TrainingResult:
        """Run the job to its end.

        Raises:
            TrainingError: It could not finish, or diverged.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What an asset declared that it reads.

    Attributes:
        asset: Its name.
        settings: Dotted keys of the profile.
        inputs: Assets that it is given as tables.
        deps: Assets that it depends on without being given them.
        reads_reviews: Whether it may read what people said of pairs.
    """

    asset: str
    settings: tuple[str, ...]
    inputs: frozenset[str]
    deps: frozenset[str]
    reads_reviews: bool = False


class Step:
    """One making of one partition of one asset.

    Attributes:
        context: Dagster's.
        asset: Name of the asset that is made.
        partition: Dimension to key of the partition that is made; empty for an asset without partitions.
        settings: The profile, of which the asset sees what it declared.
        models: The models of the home.
        lake: The tables of the home.
        trainer: Trains models.
        releases: What leaves the home.
        ledger: What models take in this step.
    """

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        declared: Declared,
        *,
        on_read: Callable[[str, str], object] = lambda asset, key: None,
    ) -> None:
        resources = context.resources
        self._profile: Profile = resources.profile
        self._declared, self._on_read = declared, on_read
        self.context, self.asset = context, declared.asset
        self.partition = key_parts(_key(context), STAGES[self.asset].by)
        self.settings = handed(self._profile, declared.settings, self.asset, self._note)
        self.models: Models = resources.models
        self.lake: Lake = resources.lake
        self.trainer: Trainer = resources.trainer
        self.releases: Releases = resources.releases
        self.ledger = Ledger(lake=self.lake, asset=self.asset, partition=self.partition)

    @property
    def random_seed(self) -> int:
        """The profile's seed, from which every row's follows."""
        return self.settings.random_seed

    @property
    def subject(self) -> Subject:
        """The profile's subject, in the profile's language."""
        return subject_named(self.settings.subject, self.settings.language)

    @property
    def language(self) -> Language:
        """What the questions are in."""
        return LANGUAGES[self.settings.language]

    @property
    def generator(self) -> str:
        """The generator whose partition is made."""
        return self.partition["generator"]

    @property
    def owner(self) -> str | None:
        """The generator or the student whose partition is made; None for what all share."""
        return self.partition.get("generator", self.partition.get("student"))

    @property
    def generator_names(self) -> list[str]:
        """The generators' names in the profile's order."""
        if GENERATOR_NAMES not in self._declared.settings:
            raise self._undeclared(GENERATOR_NAMES)
        self._note(GENERATOR_NAMES)
        return list(self._profile.generators)

    @property
    def generator_base(self) -> ModelHandle:
        """The model that this partition's generator starts from; `generator_config` identifies it."""
        if "generator_config" not in self._declared.inputs:
            raise self._undeclared(f"generators.{self.generator}.base")
        return self.models.handle(self._profile.generators[self.generator].base)

    @property
    def student_base(self) -> ModelHandle:
        """The model that this partition's student starts from; `student_config` identifies it."""
        student = self.partition["student"]
        if "student_config" not in self._declared.inputs:
            raise self._undeclared(f"students.trained.{student}.base")
        return self.models.handle(self._profile.students.model_of(student))

    @property
    def student_names(self) -> list[str]:
        """The students' names in the profile's order, bases first."""
        if STUDENT_NAMES not in self._declared.settings:
            raise self._undeclared(STUDENT_NAMES)
        self._note(STUDENT_NAMES)
        return self._profile.students.names

    def reviews(self) -> pl.DataFrame:
        """Return what people said of pairs: all rows of `reviews`.

        Raises:
            UndeclaredSettingError: The asset did not declare that it reads them.
        """
        if not self._declared.reads_reviews:
            raise UndeclaredSettingError(
                f"asset {self.asset} reads the reviews, which it does not declare", "give it `reads_reviews=True`"
            )
        reviews: Reviews = self.context.resources.reviews
        return reviews.read()

    def own_slice(self) -> dict[str, Any]:
        """Return what belongs to this partition's generator or student alone, model names resolved.

        No code version covers it: what is made of it must say it, so that the content does.
        """
        return self._profile.slice_of(self.partition)

    def public_profile(self) -> str:
        """Return the text of the profile that goes with a release: what identifies the data."""
        return public_text(self._profile)

    def model(self, name: str, generator: str | None = None) -> ModelHandle:
        """Return a model of the profile by name, or the current one that an asset made.

        Raises:
            MissingPartitionError: The asset has not been materialized.
            UndeclaredSettingError: It is another asset's, and this one does not depend on it.
        """
        if name in STAGES.models and name != self.asset and name not in self._declared.deps:
            raise UndeclaredSettingError(
                f"asset {self.asset} uses the model of {name}, which it does not depend on",
                f"add '{name}' to the asset's `deps`",
            )
        return self.models.handle(name, generator)

    def all_partitions(self, by: By) -> list[dict[str, str]]:
        """Return all partitions of one kind: the graph's structure, which Dagster knows, and no setting."""
        return partition_keys(self._profile, by)

    def show(self, shown: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Add to what the UI shows of this making."""
        self.context.add_output_metadata({**(shown or {}), **more}, output_name=_OUTPUT)

    def last_shown(self, name: str) -> Any:
        """Return a value that the last making of this partition showed; None where there is none."""
        key = self.context.partition_key if self.context.has_partition_key else None
        records = dg.AssetRecordsFilter(self.context.asset_key, asset_partitions=[str(key)] if key else None)
        made = self.context.instance.fetch_materializations(records, limit=1).records
        shown = made[0].asset_materialization.metadata if made and made[0].asset_materialization else {}
        return shown[name].value if name in shown else None

    def fan_in(self, table: str, partitions: Sequence[Partition]) -> Sequence[Partition]:
        """Return the partitions that a roll-up's reader opens: all, or those there are if the run may be partial.

        What is left out is shown. Without `--allow-partial`, a partition that is missing is an error when it is opened.
        """
        is_partial = self.context.run.tags.get(ALLOW_PARTIAL_TAG) == "true"
        there, left_out = split_partial(self.lake, table, partitions, is_partial)
        if left_out:
            self.show(left_out=left_out)
        return there

    def _note(self, key: str) -> None:
        self._on_read(self.asset, key)

    def _undeclared(self, key: str) -> UndeclaredSettingError:
        return UndeclaredSettingError(
            f"asset {self.asset} reads '{key}', which it does not declare", "add it to the asset's `settings`"
        )


def _key(context: dg.AssetExecutionContext) -> str | None:
    return str(context.partition_key) if context.has_partition_key else None
