"""Which partitions are missing or stale, and making them: the walk behind `scalequest run`, `status` and `stale`.

Dagster marks the direct children of what changed. The walk goes through the graph in topological order and asks again
at each asset, so that it makes what follows from a change, and stops where nothing changed. Each run is one partition
of one asset, made by the group's named job of the code location, so that the UI can re-execute it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import dagster as dg

from scalequest_assets.orchestration.dagster_private import AssetRuns, States, may_overlap
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.orchestration.jobs import UP_TO_DATE, job_name
from scalequest_assets.orchestration.resources import Resources
from scalequest_assets.partitions import key_text, matches, partition_keys
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.home import CODE_LOCATION
from scalequest_assets.storage.io_manager import ALLOW_PARTIAL_TAG
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.models import ModelStore
from scalequest_assets.storage.profiles import existing_profile

DEFINITIONS = "scalequest_assets.definitions"
"""Module in which the UI finds the jobs."""
ASSET_TAG = "asset"
"""Run tag: what the run makes, for the UI's list of runs."""

State = Literal["missing", "stale", "fresh", "optional"]
"""`optional` is missing, in a group that is made only where it is selected."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One partition of one asset.

    Attributes:
        asset: Its name.
        group: Its group.
        partition: Dimension to key; empty for none.
        state: Whether it is there and follows from what it was made of.
        reasons: Why it is stale.
    """

    asset: str
    group: str
    partition: Mapping[str, str]
    state: State
    reasons: tuple[str, ...] = ()

    @property
    def key(self) -> str | None:
        """Dagster's partition key."""
        return key_text(self.partition)

    def __str__(self) -> str:
        return f"{self.asset} {self.key}" if self.key else self.asset


@dataclass(frozen=True, kw_only=True)
class Warned:
    """An asset check whose last result is not a pass.

    Attributes:
        asset: The asset that it looks at.
        check: Its name.
        text: What it found, on one line.
    """

    asset: str
    check: str
    text: str

    def __str__(self) -> str:
        return f"{self.asset}: {self.check}: {self.text}"


@dataclass(frozen=True)
class Now:
    """What is said of partitions at one moment: by Dagster, by the lake and by the store of models."""

    states: States
    lake: Lake
    models: ModelStore


class Graph:
    """The graph of a home: its states, and runs of it.

    Attributes:
        instance: Dagster's records of the home.
        models: What its steps ask.
    """

    def __init__(self, definitions: dg.Definitions, instance: dg.DagsterInstance, resources: Resources) -> None:
        self._definitions = definitions
        self.instance = instance
        self._home, self._profile, self._lake = resources.home, resources.profile, resources.lake
        self.models, self._releases, self._reviews = resources.models, resources.releases, resources.reviews
        self._graph = definitions.get_repository_def().asset_graph
        self._runs = AssetRuns(instance, module=DEFINITIONS, location=CODE_LOCATION)
        self._templates = {t.name: t for templates in GROUPS.values() for t in templates}

    def made_by(self) -> dict[str, str | None]:
        """Return by what this graph makes tables: the profile, and each asset's code version."""
        versions = {name: self._graph.get(dg.AssetKey(name)).code_version for name in self._templates}
        return {"profile": self._profile.model_dump_json(), **versions}

    def is_outdated(self) -> bool:
        """Return whether the profile, a source file or a review changed since the graph was loaded."""
        now, said = existing_profile(self._home), self._reviews.version()
        versions = {name: template.code_version(now, said) for name, template in self._templates.items()}
        return {"profile": now.model_dump_json(), **versions} != self.made_by()

    def assets(self) -> list[str]:
        """Return all assets, each after those it depends on."""
        return [key.path[-1] for key in self._graph.toposorted_asset_keys if key.path[-1] in self._templates]

    def assets_of_run(self) -> list[str]:
        """Return those that a run makes where none is selected: all but those on request."""
        return [asset for asset in self.assets() if not STAGES[asset].on_request]

    def sampled(self) -> list[str]:
        """Return the assets that sample questions, and would sample other ones by another number (`reroll`)."""
        return [asset for asset in self.assets() if self._templates[asset].takes_config]

    def num_partitions(self, asset: str) -> int:
        """Return how many partitions the profile has of an asset."""
        return len(partition_keys(self._profile, STAGES[asset].by))

    def states(self) -> Now:
        """Return what Dagster and the stores say of partitions as of now; it holds until something is made."""
        return Now(States(self.instance, self._graph), self._lake.listed(), self.models.store.listed())

    def targets(self, asset: str, now: Now | None = None) -> list[Target]:
        """Return all partitions of an asset with their states: as of now, or as of when `now` was made."""
        now, stage = now or self.states(), STAGES[asset]
        return [
            self._target(now, asset, stage.group, partition) for partition in partition_keys(self._profile, stage.by)
        ]

    def downstream(self, assets: Sequence[str]) -> set[str]:
        """Return the assets that follow from some, themselves left out."""
        found: set[str] = set()
        frontier = [dg.AssetKey(asset) for asset in assets]
        while frontier:
            children = {c for key in frontier for c in self._graph.get(key).child_keys} - {
                dg.AssetKey(f) for f in found
            }
            found |= {key.path[-1] for key in children}
            frontier = list(children)
        return found

    def upstream(self, asset: str) -> set[str]:
        """Return the assets that one depends on, itself left out."""
        return {key.path[-1] for key in self._graph.get_ancestor_asset_keys(dg.AssetKey(asset))}

    def make(
        self,
        target: Target,
        *,
        allow_partial: bool = False,
        reroll: int | None = None,
        on_log: Callable[[str], None] | None = None,
    ) -> None:
        """Make one partition in this process, as a run of its group's job.

        Args:
            target: What to make.
            allow_partial: Whether a fan-in may go on without partitions that are missing.
            reroll: For an asset that samples questions: another number gives other ones; None keeps the last number.
            on_log: Is given each line that the step logs.

        Raises:
            Exception: What the step raised; the run is recorded as failed.
            KeyboardInterrupt: The user interrupted it.
        """
        job = self._definitions.resolve_job_def(job_name(STAGES[target.asset]))
        tags = {ASSET_TAG: target.asset, **_partition_tags(target)}
        run = self._runs.create(
            job,
            asset=target.asset,
            checks=[key for key in self._checks if key.asset_key.path[-1] == target.asset],
            tags={**tags, **({ALLOW_PARTIAL_TAG: "true"} if allow_partial else {})},
            run_config=_QUIET if reroll is None else {**_QUIET, "ops": {target.asset: {"config": {"reroll": reroll}}}},
        )
        if on_log:
            self.instance.add_event_listener(run.run_id, lambda entry: _forward(entry, on_log))
        try:
            self._runs.execute(target.asset, run)
        except dg.DagsterExecutionInterruptedError as interruption:
            raise KeyboardInterrupt from interruption

    def takes_several(self, asset: str) -> bool:
        """Return whether partitions of an asset may be made side by side: its rows are those of a shared engine."""
        stage = STAGES[asset]
        is_asked = stage.runs_model and stage.kind == "table"
        return is_asked and self.models.are_shared and may_overlap(self.instance)

    def warnings(self, assets: Sequence[str]) -> list[Warned]:
        """Return the checks of some assets that warn, or fail, by what Dagster recorded of each the last time.

        Whether an asset is up to date is no finding about its content: `targets` says it as of now.
        """
        keys = [key for key in self._checks if key.asset_key.path[-1] in assets]
        warned = []
        for key in sorted(keys, key=lambda key: (assets.index(key.asset_key.path[-1]), key.name)):
            record = self.instance.get_latest_asset_check_evaluation_record(key)
            if record and record.evaluation and record.status.value == "FAILED":
                text = " ".join((record.evaluation.description or "").split())
                warned.append(Warned(asset=key.asset_key.path[-1], check=key.name, text=text))
        return warned

    def looked(self) -> dict[str, dg.AssetCheckEvaluation | None]:
        """Return what was found of assets when somebody looked last (check `up_to_date`); None where it did not end."""
        keys = {asset: dg.AssetCheckKey(dg.AssetKey(asset), UP_TO_DATE) for asset in self.assets()}
        records = {asset: self.instance.get_latest_asset_check_evaluation_record(key) for asset, key in keys.items()}
        found = {asset: record.evaluation for asset, record in records.items() if record}
        return {asset: e if isinstance(e, dg.AssetCheckEvaluation) else None for asset, e in found.items()}

    @property
    def _checks(self) -> list[dg.AssetCheckKey]:
        """The checks of what assets hold."""
        return [key for key in self._graph.asset_check_keys if key.name != UP_TO_DATE]

    def close(self) -> None:
        """Give back the memory of a model that is still loaded."""
        self.models.close()

    def _target(self, now: Now, asset: str, group: str, partition: Mapping[str, str]) -> Target:
        text = key_text(partition)
        status, reasons = now.states.status(asset, text), now.states.reasons(asset, text)
        if status == "FRESH" and not self._is_there(now, asset, partition):
            status, reasons = "MISSING", ("its file is gone",)
        if status == "FRESH" and self._was_replaced_unrecorded(now, asset, partition):
            status, reasons = "STALE", ("a run that was killed replaced its file",)
        if status == "FRESH" and (failed := _num_failed(now.lake, asset, partition)):
            status, reasons = "STALE", (f"the engine failed at {failed} rows, which are tried again",)
        if status == "FRESH" and self._templates[asset].holds_slice and self._slice_differs(now, asset, partition):
            status, reasons = "STALE", (f"the profile's slice for this {'/'.join(partition)} changed",)
        state = "optional" if status == "MISSING" and STAGES[asset].on_request else _STATES[status]
        return Target(asset=asset, group=group, partition=partition, state=state, reasons=reasons)

    def _is_there(self, now: Now, asset: str, partition: Mapping[str, str]) -> bool:
        if asset in STAGES.tables:
            return now.lake.exists(asset, partition)
        if asset in STAGES.models:
            return now.models.is_there(asset, key_text(partition))
        return self._releases.is_there(asset)

    def _was_replaced_unrecorded(self, now: Now, asset: str, partition: Mapping[str, str]) -> bool:
        """Whether a run put a file in place and ended before Dagster recorded it.

        A roll-up's version is not its file's hash. It is made again because of its inputs, whose versions are in its
        own: where its new one was not recorded, it is stale by them still.
        """
        is_roll_up = self._templates[asset].roll_up
        if asset not in STAGES.tables or is_roll_up or (asset, key_text(partition)) not in self._unfinished:
            return False
        return now.states.data_version(asset, key_text(partition)) != now.lake.content_hash(asset, partition)

    @cached_property
    def _unfinished(self) -> set[tuple[str, str | None]]:
        """What runs were at that did not end well: assets and partition keys, as of the first time it is asked for."""
        runs = self.instance.get_runs(dg.RunsFilter(statuses=_NOT_ENDED_WELL))
        selections = [(run.asset_selection or (), run.tags.get("dagster/partition")) for run in runs]
        return {(key.path[-1], partition) for keys, partition in selections for key in keys}

    def _slice_differs(self, now: Now, asset: str, partition: Mapping[str, str]) -> bool:
        """Whether the profile now says something else: no code version covers what one generator or student has."""
        stored = now.lake.scan(asset, [partition]).collect()["config"].item()
        return bool(json.loads(stored) != json.loads(json.dumps(self._profile.slice_of(partition))))


def _num_failed(lake: Lake, asset: str, partition: Mapping[str, str]) -> int:
    cost = lake.read_cost(asset, partition)
    return cost.num_passing_errors if cost else 0


_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""The step's log lines go to the run's record and to `on_log`, not to the terminal."""


_NOT_ENDED_WELL = [
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
    dg.DagsterRunStatus.CANCELED,
    dg.DagsterRunStatus.FAILURE,
]

_STATES: dict[str, State] = {"MISSING": "missing", "STALE": "stale", "FRESH": "fresh"}


def walk(
    graph: Graph, assets: Sequence[str], *, partitions: Sequence[str] = (), force: bool = False
) -> Iterator[Target]:
    """Yield what must be made of some assets, each one's states asked for when the walk reaches it.

    Args:
        graph: The graph.
        assets: In topological order.
        partitions: `g`, `g|s` or `*|s`; none means all.
        force: Whether fresh partitions are yielded too.
    """
    now: Now | None = None
    for asset in assets:
        now = now or graph.states()
        for target in due(graph.targets(asset, now), partitions, force=force):
            yield target
            now = None  # who is given it makes it


def due(targets: Sequence[Target], partitions: Sequence[str], *, force: bool) -> list[Target]:
    """Return those that must be made; the arguments are those of `walk`."""
    return [t for t in targets if (force or t.state != "fresh") and matches(t.partition, partitions)]


def _partition_tags(target: Target) -> dict[str, str]:
    """Return the tags by which Dagster knows a run's partition; a `g|s` key has one for each dimension too."""
    if not target.key:
        return {}
    dimensions = target.partition if len(target.partition) > 1 else {}
    return {"dagster/partition": target.key, **{f"dagster/partition/{name}": key for name, key in dimensions.items()}}


def _forward(entry: dg.EventLogEntry, on_log: Callable[[str], None]) -> None:
    if not entry.is_dagster_event:
        on_log(entry.user_message)
