"""An asset before it knows its profile.

`@asset(...)` marks a function; `bind` turns it into a Dagster asset whose partitions and code version follow from the
profile. So asset modules stay flat, and no module reads the environment when it is imported.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import dagster as dg

from scalequest_assets.checks import rows
from scalequest_assets.config.profile import Profile
from scalequest_assets.partitions import partitions_of
from scalequest_assets.stages import DIMENSIONS, STAGES, Stage
from scalequest_assets.steps import definition
from scalequest_assets.steps.step import Declared, Step
from scalequest_assets.storage.io_manager import IO_MANAGER, ROLL_UP
from scalequest_assets.storage.processes import note_process
from scalequest_assets.storage.source_files import files_hash

USED = frozenset({"profile", "models", "lake", "trainer", "releases", "reviews"})
"""Resources that a step is made of."""

GPU = "gpu"
"""Dagster concurrency pool of all that loads a model."""

_CONFIG = "config"
"""Dagster's name for the parameter that is given a run's config."""

OnRead = Callable[[str, str], object]


@dataclass(frozen=True, kw_only=True)
class AssetTemplate:
    """What is known of an asset without a profile.

    Attributes:
        function: Computes it; takes a `Step`, then its inputs.
        settings: Dotted profile keys that it is handed. They identify what it holds, and it can read no others.
        settings_by: Keys that decide what else it is handed: each with what it is handed besides at every value.
        recipe_version: Raised when the code changes what comes out; a function where a file decides.
        deps: Assets it depends on without loading them as a table (models).
        roll_up: Whether its readers also open what it read, so that its data version covers its inputs.
        reads_files: Section of the profile whose files it reads: their content is part of what identifies it.
        holds_slice: Whether it holds what one generator or student alone has. No code version covers that.
        reads_reviews: Whether it reads what people said of pairs: all of that is part of what identifies it.
    """

    function: Callable[..., Any]
    settings: Sequence[str]
    settings_by: Mapping[str, Mapping[str, Sequence[str]]]
    recipe_version: str | Callable[[], str]
    deps: Sequence[str]
    roll_up: bool
    reads_files: Literal["seeds", "benchmarks", "known_questions"] | None
    holds_slice: bool
    reads_reviews: bool

    @property
    def name(self) -> str:
        """The asset's name, which is the function's."""
        return self.function.__name__

    @property
    def stage(self) -> Stage:
        """Its entry in the list of stages: group, partitions, what it leaves, whether it runs a model."""
        return STAGES[self.name]

    @property
    def takes_config(self) -> bool:
        """Whether it samples questions, other ones by its run config (`steps.questions.Reroll`)."""
        return _CONFIG in inspect.signature(self.function).parameters

    def settings_of(self, profile: Profile) -> tuple[str, ...]:
        """Return the keys that it is handed under a profile: `settings`, and those that `settings_by` adds there.

        The language comes with the subject: what its parts are follows from both.
        """
        added = [key for by, ways in self.settings_by.items() for key in (by, *ways[profile.value(by)])]
        return (*self.settings, *(["language"] if "subject" in self.settings else []), *added)

    def declared(self, profile: Profile) -> Declared:
        """Return what the asset may read under a profile."""
        _, *inputs = inspect.signature(self.function).parameters
        return Declared(
            asset=self.name,
            settings=self.settings_of(profile),
            inputs=frozenset(inputs),
            deps=frozenset(self.deps),
            reads_reviews=self.reads_reviews,
        )

    def code_version(self, profile: Profile, reviews: str = "") -> str:
        """Return what identifies the asset under a profile: its recipe's version, its settings, what it reads beside.

        Args:
            profile: The profile.
            reviews: Version of what people said of pairs (`Reviews.version`); without any, it adds nothing.
        """
        version = self.recipe_version if isinstance(self.recipe_version, str) else self.recipe_version()
        parts = [version, profile.fingerprint(*self.settings_of(profile))]
        if self.reads_files:
            hashes = map(files_hash, getattr(profile, self.reads_files).sources)
            parts += [found for found in hashes if found]
        if self.reads_reviews and reviews:
            parts.append(reviews)
        return "-".join(parts)

    def bind(
        self, profile: Profile, *, reviews: str = "", on_read: OnRead = lambda asset, key: None
    ) -> dg.AssetsDefinition:
        """Return the Dagster asset for a profile.

        Args:
            profile: The profile.
            reviews: Version of what people said of pairs.
            on_read: Is called with the asset and each setting that it reads.
        """
        stage = self.stage
        return dg.asset(
            group_name=stage.group,
            partitions_def=partitions_of(profile, stage.by),
            code_version=self.code_version(profile, reviews),
            ins=self._ins(),
            deps=list(self.deps),
            pool=GPU if stage.runs_model else None,
            kinds=definition.KINDS[stage.kind],
            tags=definition.tags(stage),
            description=definition.description(stage, self.function),
            metadata={**definition.metadata(stage, self.function), **({ROLL_UP: True} if self.roll_up else {})},
            required_resource_keys=set(USED),
            io_manager_key=IO_MANAGER,
            check_specs=[rows.check_spec(stage)] if rows.is_recorded(stage) else None,
        )(self._stepped(profile, on_read))

    def _ins(self) -> dict[str, dg.AssetIn]:
        """Return how inputs are mapped where Dagster would look for partitions of the same name: all of them are read.

        A student and a generator have no dimension in common.
        """
        own, (_, *inputs) = DIMENSIONS[self.stage.by], inspect.signature(self.function).parameters
        partitioned = {name: DIMENSIONS[STAGES[name].by] for name in inputs if name in STAGES}
        apart = [name for name, others in partitioned.items() if own and others and not set(own) & set(others)]
        return {name: dg.AssetIn(partition_mapping=dg.AllPartitionMapping()) for name in apart}

    def _stepped(self, profile: Profile, on_read: OnRead) -> Callable[..., Any]:
        """Return the function as Dagster calls it: with a context, of which the step is made."""
        function, declared, stage = self.function, self.declared(profile), self.stage
        signature = inspect.signature(function)
        _, *inputs = signature.parameters.values()

        @functools.wraps(function)
        def compute(context: dg.AssetExecutionContext, *args: Any, **kwargs: Any) -> Any:
            note_process(context.instance, context.run)
            step = Step(context, declared, on_read=on_read)
            made = function(step, *args, **kwargs)
            step.ledger.close()
            step.show(step.ledger.usage())
            if not rows.is_checked(stage):
                return made
            found = rows.passed(stage, made, step.partition, kwargs)
            return dg.MaterializeResult(value=made, check_results=[found]) if rows.is_recorded(stage) else made

        first = inspect.Parameter(
            "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=dg.AssetExecutionContext
        )
        returned = inspect.Signature.empty if rows.is_recorded(stage) else signature.return_annotation
        compute.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[first, *inputs], return_annotation=returned
        )
        return compute


def asset(
    *,
    settings: Sequence[str] = (),
    settings_by: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    recipe_version: str | Callable[[], str] = "1",
    deps: Sequence[str] = (),
    roll_up: bool = False,
    reads_files: Literal["seeds", "benchmarks", "known_questions"] | None = None,
    holds_slice: bool = False,
    reads_reviews: bool = False,
) -> Callable[[Callable[..., Any]], AssetTemplate]:
    """Mark a function as an asset. See `AssetTemplate` for the arguments."""

    def mark(function: Callable[..., Any]) -> AssetTemplate:
        return AssetTemplate(
            function=function,
            settings=settings,
            settings_by=settings_by or {},
            recipe_version=recipe_version,
            deps=deps,
            roll_up=roll_up,
            reads_files=reads_files,
            holds_slice=holds_slice,
            reads_reviews=reads_reviews,
        )

    return mark


def templates_in(module: Any) -> list[AssetTemplate]:
    """Return a module's assets in the order they are written."""
    return [value for value in vars(module).values() if isinstance(value, AssetTemplate)]
