"""What `scalequest run` does with a selection: opens the graph, walks it, shows what it makes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial

import typer

from scalequest_assets.cli import console
from scalequest_assets.cli.outcome import JudgeNote
from scalequest_assets.cli.progress import RunDisplay
from scalequest_assets.config.profile import Profile
from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.errors import BudgetError, ScalequestError
from scalequest_assets.orchestration.catching_up import look_afterwards
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.orchestration.graph import Graph, Target, due
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.orchestration.side_by_side import make_all
from scalequest_assets.partitions import matches, partition_keys
from scalequest_assets.stages import STAGES, By
from scalequest_assets.steps.budget import Budget
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.processes import end_killed
from scalequest_assets.storage.profiles import existing_profile, home_profile
from scalequest_assets.storage.records import readable_records

_FINEST: tuple[By, ...] = ("shard", "student")  # whose keys have all dimensions, so that each part is looked at
JUDGE_REPORT = STAGES["judge_report"].name
"""What measures the judge. Nothing follows from it, so that it is a run's to make it before answers are asked for."""


def open_graph(home: Home, profile: Profile | None = None, budget: Budget | None = None) -> tuple[Graph, Lake]:
    """Return the graph of a home, and its lake.

    Args:
        home: The home.
        profile: None for the home's own.
        budget: What models may spend; None for what the profile says.
    """
    used = profile or home_profile(home)
    resources = build_resources(home, used)
    resources.models.budget = budget or resources.models.budget
    instance = open_instance(home.dagster)
    end_killed(instance)
    return Graph(build_defs(resources), instance, resources), resources.lake


@contextmanager
def graph_to_read(home: Home) -> Iterator[Graph]:
    """Yield the graph of a home that is there, for states alone: nothing is written in the home.

    Raises:
        HomeError: There is no home.
    """
    resources = build_resources(home, existing_profile(home))
    with readable_records(home) as records, open_instance(records) as instance:
        yield Graph(build_defs(resources), instance, resources)


def selected_assets(graph: Graph, select: Sequence[str]) -> list[str]:
    """Return the assets of comma-separated lists, in topological order; of none, all that a run makes by itself.

    `+asset` stands for an asset and all that it depends on.

    Raises:
        BadParameter: A name is no asset's.
    """
    names = _names(select)
    chosen = {name.removeprefix("+") for name in names}
    chosen |= {asset for name in names if name.startswith("+") for asset in graph.upstream(name[1:])}
    return [asset for asset in graph.assets() if asset in chosen] if names else graph.assets_of_run()


def check_asked(profile: Profile, select: Sequence[str], partitions: Sequence[str], reroll: int | None) -> None:
    """Check what a command asks for before anything is written.

    Args:
        profile: What the home's profile will be.
        select: Comma-separated lists of assets.
        partitions: Patterns of their partitions.
        reroll: Which other questions are asked for; None for none.

    Raises:
        BadParameter: There is no such asset or partition, or `reroll` names no partition, or none that is sampled.
    """
    names = _names(select)
    _check_partitions(profile, names, partitions)
    if reroll is None:
        return
    if not partitions:
        raise typer.BadParameter("--reroll needs --partition: 'g|s', or g for all of a generator")
    sampled = [template.name for templates in GROUPS.values() for template in templates if template.takes_config]
    if names and not any(name.startswith("+") or name in sampled for name in names):
        raise _nothing_sampled(sampled)


def _names(select: Sequence[str]) -> list[str]:
    """Return the names in comma-separated lists, each with its `+`; raise `BadParameter` if one is no asset's."""
    names = [name.strip() for text in select for name in text.split(",") if name.strip()]
    known = [template.name for templates in GROUPS.values() for template in templates]
    if unknown := [name for name in names if name.removeprefix("+") not in known]:
        near = [near for name in unknown for near in get_close_matches(name.removeprefix("+"), known, n=1)]
        hint = f"did you mean {' and '.join(near)}? The" if near else "the"
        raise typer.BadParameter(f"no asset is named {', '.join(unknown)}; {hint} assets are: {', '.join(known)}")
    return names


def _nothing_sampled(sampled: Sequence[str]) -> typer.BadParameter:
    return typer.BadParameter(f"--reroll: select one that samples questions: {', '.join(sampled)}")


def _check_partitions(profile: Profile, names: Sequence[str], patterns: Sequence[str]) -> None:
    is_of_all = not names or any(name.startswith("+") for name in names)
    every = [key for by in _FINEST for key in partition_keys(profile, by)]
    keys = every if is_of_all else [key for name in names for key in partition_keys(profile, STAGES[name].by)]
    for pattern in patterns:
        if not all(any(matches(key, [pattern]) for key in some) for some in (every, keys)):
            known = f"generators {', '.join(profile.generators)}; shards {', '.join(profile.shards())}"
            known += f"; students {', '.join(students)}" if (students := profile.students.names) else ""
            which = "no partition" if is_of_all else f"no partition of {', '.join(names)}"
            raise typer.BadParameter(f"{which} is like '{pattern}'; there are {known}")


@dataclass(frozen=True)
class Reroll:
    """Other questions, asked for.

    Attributes:
        number: Which ones.
        assets: Of these assets.
        partitions: In the partitions that these patterns fit.
    """

    number: int
    assets: Sequence[str]
    partitions: Sequence[str]

    def covers(self, target: Target) -> bool:
        """Whether a partition is to have other questions."""
        return target.asset in self.assets and matches(target.partition, self.partitions)


def reroll_of(
    graph: Graph, number: int, select: Sequence[str], names: Sequence[str], partitions: Sequence[str]
) -> Reroll:
    """Return what `--reroll` asks for: other questions in the assets that are selected by name, else of the candidates.

    Raises:
        BadParameter: Nothing that is selected samples questions.
    """
    selected = {*_names(select)}
    assets = [name for name in graph.sampled() if name in selected] or [STAGES.candidates]
    if not set(assets) <= set(names):
        raise _nothing_sampled(graph.sampled())
    return Reroll(number, assets, partitions)


def make(
    graph: Graph,
    names: Sequence[str],
    partitions: Sequence[str],
    note: JudgeNote | None = None,
    *,
    force: bool,
    allow_partial: bool,
    reroll: Reroll | None = None,
) -> int:
    """Make what is missing or stale of some assets, showing progress; return how many partitions that were.

    Args:
        graph: The graph.
        names: The assets, in topological order.
        partitions: Patterns of their partitions; none means all.
        note: What says that the judge is no better than a coin; None for one of this call alone.
        force: Whether fresh partitions are made, too.
        allow_partial: Whether to go on where one fails, and fan-ins without partitions that are missing.
        reroll: Other questions, asked for.

    Raises:
        Exception: What the first step that failed raised; with `allow_partial`, after all others were made.
    """
    total = sum(graph.num_partitions(asset) for asset in names)
    work = _Work(graph, RunDisplay(total), note or JudgeNote(), allow_partial=allow_partial, reroll=reroll)
    states, failures = None, list[str]()
    with look_afterwards(graph), work.display.running():
        for asset in names:
            states = states or graph.states()
            targets = _targets(graph.targets(asset, states), partitions, force, reroll)
            work.display.skip(graph.num_partitions(asset) - len(targets))
            make_all(graph, targets, work.make, work.begin, work.ended)
            failures += [work.failures[name] for name in map(str, targets) if name in work.failures]
            if work.broken is not None:
                raise work.broken
            states = None if targets else states
            if asset == JUDGE_REPORT:
                work.note.measured(graph.warnings([asset]), is_new=bool(targets))
    if failures:
        raise ScalequestError("\n".join(failures), "correct these and run again; the rest was made")
    return work.num_made


class _Work:
    """What one call of `make` does of each partition, and what came of them.

    Attributes:
        display: Shows progress.
        note: What says that the judge is no better than a coin.
        num_made: Partitions that were made.
        failures: What failed, and why, where the call goes on nevertheless.
        broken: What the first step raised that ends the call.
    """

    def __init__(
        self, graph: Graph, display: RunDisplay, note: JudgeNote, *, allow_partial: bool, reroll: Reroll | None
    ) -> None:
        self._graph, self.display, self.note = graph, display, note
        self._allow_partial, self._reroll = allow_partial, reroll
        self.num_made, self.failures = 0, dict[str, str]()
        self.broken: Exception | None = None

    def begin(self, target: Target) -> None:
        """Say what is made, and why."""
        number = self._number(target)
        why = "; ".join(target.reasons) or (target.state if target.state == "missing" else "asked for")
        self.note.say()
        self.display.start(str(target), why if number is None else f"other questions, number {number}")

    def make(self, target: Target) -> None:
        """Make it."""
        on_log = partial(self.display.log, str(target))
        self._graph.make(target, allow_partial=self._allow_partial, reroll=self._number(target), on_log=on_log)

    def ended(self, target: Target, error: Exception | None) -> bool:
        """Say and note what became of it; return whether the call goes on."""
        if error is None:
            self.display.finish(str(target))
            self.num_made += 1
            return self.broken is None
        self.display.fail(str(target), error)
        if self._allow_partial and not isinstance(error, BudgetError):
            self.failures[str(target)] = f"{target}: {console.one_line(error)}"
        else:
            self.broken = self.broken or error
        return self.broken is None

    def _number(self, target: Target) -> int | None:
        return self._reroll.number if self._reroll and self._reroll.covers(target) else None


def _targets(found: Sequence[Target], partitions: Sequence[str], force: bool, reroll: Reroll | None) -> list[Target]:
    """Return what must be made of an asset; what follows from other questions is not bound to partitions."""
    if reroll is None:
        return due(found, partitions, force=force)
    return [t for t in found if force or t.state != "fresh" or reroll.covers(t)]
