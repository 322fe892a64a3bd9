"""What the UI says and does about staleness, which is what `scalequest stale` and `scalequest run` say and do.

Dagster marks a partition whose code or direct inputs changed. It cannot know of a file that is gone, of rows that
failed, of a killed run's file, of a generator's slice; and an asset with partitions reads as fresh whatever they are.

So each asset has a check, `up_to_date`, that says what `scalequest stale` would list of it; the job `catch_up` makes
that. Of two sensors, off until they are turned on, one keeps the checks as they are now, the other launches the job.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import dagster as dg

from scalequest_assets.errors import BudgetError
from scalequest_assets.orchestration.dagster_private import AssetJob
from scalequest_assets.orchestration.graph import Graph, Target, walk
from scalequest_assets.orchestration.jobs import UP_TO_DATE, looks_at
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.processes import end_killed, note_process

CATCH_UP, LOOK = "catch_up", "look_for_stale"
NUM_SHOWN = 50
"""Partitions in a check's table; the rest is counted."""
INTERVAL_S = 60
"""Seconds between two looks of a sensor, at least."""

Opened = Callable[[dg.DagsterInstance], Graph]
"""Gives the graph on an instance."""


class CatchUpConfig(dg.Config):
    """How the job goes about it.

    Attributes:
        allow_partial: Whether to go on after a partition that failed, and fan-ins without partitions that are missing.
            Where the budget is spent, the job ends.
    """

    allow_partial: bool = False


def definitions(opened: Opened) -> dg.Definitions:
    """Return the checks, the jobs and the sensors."""
    catch_up = _catch_up_job(opened)
    return dg.Definitions(
        asset_checks=[_checks(opened)], jobs=[catch_up, _look_job()], sensors=_sensors(opened, catch_up)
    )


@contextmanager
def look_afterwards(graph: Graph) -> Iterator[None]:
    """Record what is missing or stale once the block ended, well or not: else the UI would go on showing what was.

    Only of assets at which somebody looked before.
    """
    try:
        yield
    finally:
        if looked := graph.looked():
            _record(graph, list(looked))


def _checks(opened: Opened) -> dg.AssetChecksDefinition:
    """Return the checks of all assets. They run by themselves, never with what they look at."""
    specs = [
        dg.AssetCheckSpec(
            UP_TO_DATE,
            asset=stage.name,
            description="All partitions are there and follow from what they are made of: what `scalequest stale` lists "
            f"of this asset is nothing. As of its last look (job {LOOK}, sensor {LOOK}_now, or after {CATCH_UP}).",
        )
        for stage in STAGES
    ]

    @dg.multi_asset_check(name=UP_TO_DATE, specs=specs, can_subset=True)
    def look(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        note_process(context.instance, context.run)
        assets = [key.asset_key.path[-1] for key in context.selected_asset_check_keys]
        for found in _evaluations(opened(context.instance), assets):
            yield dg.AssetCheckResult(
                asset_key=found.asset_key,
                check_name=UP_TO_DATE,
                passed=found.passed,
                severity=found.severity,
                description=found.description,
                metadata=found.metadata,
            )

    return look


def _catch_up_job(opened: Opened) -> dg.JobDefinition:
    """Return the job that makes what is missing or stale, each partition as a run of its own, one after another."""

    @dg.op(name="make_what_is_stale")
    def make(context: dg.OpExecutionContext, config: CatchUpConfig) -> None:
        note_process(context.instance, context.run)
        graph, failed = opened(context.instance), list[str]()
        try:
            for target in walk(graph, graph.assets_of_run()):
                context.log.info(f"{target}: {'; '.join(target.reasons) or target.state}")
                try:
                    graph.make(target, allow_partial=config.allow_partial)
                except Exception as error:
                    if not config.allow_partial or isinstance(error, BudgetError):
                        raise
                    failed.append(f"{target}: {error}")
        finally:
            _record(graph, graph.assets())
            graph.close()
        if failed:
            raise dg.Failure("\n".join(failed), allow_retries=False)

    @dg.job(
        name=CATCH_UP,
        description="Makes all that is missing or stale, and what follows from it, in order, as `scalequest run` does. "
        "Each partition is a run of its own.",
        executor_def=dg.in_process_executor,
    )
    def catch_up() -> None:
        make()

    return catch_up


def _look_job() -> AssetJob:
    """Return the job that looks for what is stale, and makes nothing."""
    return dg.define_asset_job(
        LOOK,
        selection=looks_at(stage.name for stage in STAGES),
        description="Looks for what is missing or stale of every asset, for the checks; makes nothing.",
    )


def _sensors(opened: Opened, catch_up: dg.JobDefinition) -> list[dg.SensorDefinition]:
    """Return the sensors, which are off until they are turned on."""

    @dg.sensor(name=f"{LOOK}_now", minimum_interval_seconds=INTERVAL_S, description="Keeps the checks as they are now.")
    def look_now(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        graph = opened(context.instance)
        if graph.is_outdated():
            return _OUTDATED
        found = _evaluations(graph, graph.assets())
        if (seen := _digest(f"{e.asset_key} {e.description}" for e in found)) == context.cursor:
            return dg.SkipReason("nothing changed since the last look")
        return dg.SensorResult(asset_events=found, cursor=seen)

    @dg.sensor(
        name=f"{CATCH_UP}_when_stale",
        job=catch_up,
        minimum_interval_seconds=INTERVAL_S,
        description="Launches catch_up where something is missing or stale. What a run of it left so is tried again "
        "once something changes.",
    )
    def when_stale(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        graph = opened(context.instance)
        if graph.is_outdated():
            return _OUTDATED
        end_killed(context.instance)
        if context.instance.get_runs_count(dg.RunsFilter(statuses=_AT_WORK)):
            return dg.SkipReason("a run is at work")
        stale = [f"{t} {t.reasons}" for t in walk(graph, graph.assets_of_run())]
        if not stale:
            return dg.SensorResult(skip_reason="everything is up to date", cursor=_FRESH)
        if (seen := _digest([*stale, *map(str, graph.made_by().items())])) == context.cursor:
            return dg.SkipReason("nothing changed since the run that left this missing or stale")
        return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=seen)

    return [look_now, when_stale]


def _record(graph: Graph, assets: Sequence[str]) -> None:
    """Record what is missing or stale now of some assets, where that differs from what was recorded last."""
    looked = graph.looked()
    for asset, found in zip(assets, _evaluations(graph, assets), strict=True):
        last = looked.get(asset)
        if last is None or (last.passed, last.metadata) != (found.passed, found.metadata):
            graph.instance.report_runless_asset_event(found)


def _evaluations(graph: Graph, assets: Sequence[str]) -> list[dg.AssetCheckEvaluation]:
    now = graph.states()
    return [_evaluation(asset, graph.targets(asset, now)) for asset in assets]


def _evaluation(asset: str, targets: Sequence[Target]) -> dg.AssetCheckEvaluation:
    found = [target for target in targets if target.state in ("missing", "stale")]
    what = "partitions" if len(targets) > 1 or targets[0].key else "asset"
    rows = [dg.TableRecord({"partition": t.key or "", "state": t.state, "why": _why(t)}) for t in found]
    first = f": {found[0].key or asset}: {_why(found[0])}" if found else ""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(asset),
        check_name=UP_TO_DATE,
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(found)} of {len(targets)} {what} missing or stale{first}",
        metadata={"partitions": dg.MetadataValue.table(rows[:NUM_SHOWN], schema=_SCHEMA), "num_found": len(found)},
    )


def _why(target: Target) -> str:
    return "; ".join(target.reasons) or target.state


def _digest(lines: Sequence[str] | Iterator[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


_SCHEMA = dg.TableSchema([dg.TableColumn(name) for name in ("partition", "state", "why")])
_FRESH = "fresh"
"""The cursor where nothing is stale: the same change again is another one. Dagster would keep the last one for ""."""
_OUTDATED = dg.SkipReason(
    "the profile, a source file or a review changed since this code location was loaded: Deployment, Reload"
)
_AT_WORK = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
