"""What `scalequest run` does with a selection: opens the graph, walks it, shows what it makes."""

from collections.abc import Sequence

import dagster as dg
import typer

from scalequest_assets.cli import console
from scalequest_assets.config.profile import Profile
from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.errors import ScalequestError
from scalequest_assets.orchestration.graph import Graph, walk
from scalequest_assets.partitions import matches, partition_keys
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import home_profile


def open_graph(home: Home, profile: Profile | None = None) -> tuple[Graph, Lake]:
    """Return the graph of a home, and its lake; without a profile, with the home's own."""
    used = profile or home_profile(home)
    resources = build_resources(home, used)
    instance = dg.DagsterInstance.from_config(str(home.dagster))
    return Graph(build_defs(resources), instance, resources), resources.lake


def selected_assets(graph: Graph, select: Sequence[str]) -> list[str]:
    """Return the assets of comma-separated lists, in topological order; of none, all that a run makes by itself.

    `+asset` stands for an asset and all that it depends on.

    Raises:
        BadParameter: A name is no asset's.
    """
    names = [name.strip() for text in select for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name.removeprefix("+") not in graph.assets()]
    if unknown:
        raise typer.BadParameter(f"no asset is named {', '.join(unknown)}; the assets are: {', '.join(graph.assets())}")
    chosen = {name.removeprefix("+") for name in names}
    chosen |= {asset for name in names if name.startswith("+") for asset in graph.upstream(name[1:])}
    return [asset for asset in graph.assets() if asset in chosen] if names else graph.assets_of_run()


def check_partitions(profile: Profile, patterns: Sequence[str]) -> None:
    """Raise `BadParameter` if a pattern fits no partition."""
    shards = partition_keys(profile, "shard")
    for pattern in patterns:
        if not any(matches(key, [pattern]) for key in shards):
            known = f"generators {', '.join(profile.generators)}; shards {', '.join(profile.shards())}"
            raise typer.BadParameter(f"no partition is like '{pattern}'; there are {known}")


def make(graph: Graph, names: Sequence[str], partitions: Sequence[str], *, force: bool, allow_partial: bool) -> int:
    """Make what is missing or stale of some assets, showing progress; return how many partitions that were.

    Raises:
        Exception: What the first step that failed raised; with `allow_partial`, after all others were made.
    """
    total = sum(graph.num_partitions(asset) for asset in names)
    display, num_made, failures = console.RunDisplay(total), 0, list[str]()
    with display.running():
        for asset in names:
            targets = list(walk(graph, [asset], partitions=partitions, force=force))
            display.skip(graph.num_partitions(asset) - len(targets))
            for target in targets:
                why = "; ".join(target.reasons) or (target.state if target.state == "missing" else "asked for")
                display.start(str(target), why)
                try:
                    graph.make(target, allow_partial=allow_partial, on_log=display.log)
                except Exception as error:
                    if not allow_partial:
                        raise
                    failures.append(f"{target}: {one_line(error)}")
                    continue
                display.finish(str(target))
                num_made += 1
    if failures:
        raise ScalequestError("\n".join(failures), "correct these and run again; the rest was made")
    return num_made


def one_line(error: Exception) -> str:
    """Return an error as the command line shows it: what, and the remedy."""
    if isinstance(error, ScalequestError):
        return str(error)
    return (
        f"{type(error).__name__}: {error}\n  -> the same command with --debug, or the run in `scalequest ui`, says more"
    )
