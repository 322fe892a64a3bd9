"""Makes the points of a sweep, one after another, each as `scalequest run` makes a home."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import takewhile

import polars as pl

from scalequest_assets.cli import console
from scalequest_assets.cli.making import make, open_graph, selected_assets
from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import HomeError, ProfileError
from scalequest_assets.partitions import table_partitions
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.points import make_point, note_outcome
from scalequest_assets.storage.profiles import home_profile, planned_profile
from scalequest_assets.sweeps.axes import Axes, Point, points_of, varied
from scalequest_assets.sweeps.figures import figures_of


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a point ended.

    Attributes:
        point: The point.
        figures: What came out (`recipe.comparison.FIGURES`), of a point that failed up to there.
        error: Why it failed.
    """

    point: Point
    figures: pl.DataFrame
    error: str | None = None


def run_sweep(parent: Home, axes: Axes, select: Sequence[str]) -> list[Outcome]:
    """Make what is missing or stale of every point, and return how each ended; one that fails does not stop the others.

    Args:
        parent: The home whose profile is varied.
        axes: The values.
        select: Lists of assets, made with all that they need; none means all.

    Raises:
        HomeError: The home is itself a point.
        ProfileError: A point's profile cannot be: all such are named, and nothing is made.
        BadParameter: A name is no asset's.
    """
    if parent.parent:
        raise HomeError(
            f"home {parent.root} is a point of a sweep", f"sweep in its parent: SCALEQUEST_HOME={parent.parent.root}"
        )
    home_profile(parent)
    points = points_of(axes)
    keys = varied(axes) or list(axes)
    _check(parent, points, keys)
    names = _with_upstream(parent, select)
    homes = [make_point(parent, point.name, point.overrides, point.settings) for point in points]
    outcomes = []
    for number, (point, (home, profile)) in enumerate(zip(points, homes, strict=True), start=1):
        console.err.print(f"point {number} of {len(points)}: {point.label(keys)}  ({home.root})", markup=False)
        error = _make(home, profile, names)
        note_outcome(home, error)
        fresh = _fresh(home, profile, names) if error else names
        outcomes.append(Outcome(point=point, figures=figures_of(home, profile, fresh), error=error))
    return outcomes


def _check(parent: Home, points: Sequence[Point], keys: Sequence[str]) -> None:
    """Raise one error for all points that cannot be; what several have in common is said once."""
    problems: dict[str, list[str]] = {}
    for point in points:
        try:
            planned_profile(parent, None, point.settings)
        except ProfileError as error:
            problems.setdefault(error.what.replace("\n", "\n  "), []).append(point.label(keys))
    if problems:
        num = sum(map(len, problems.values()))
        listed = [f"\n  {labels[0]}{_others(labels)}: {what}" for what, labels in problems.items()]
        what = f"sweep: {num} of {len(points)} points cannot be{''.join(listed)}"
        raise ProfileError(what, "correct these values; nothing was made")


def _others(labels: Sequence[str]) -> str:
    return f" and {len(labels) - 1} more" if len(labels) > 1 else ""


def _with_upstream(parent: Home, select: Sequence[str]) -> list[str]:
    """Return selected assets and all that they are made of, in topological order."""
    graph, _ = open_graph(parent)
    return selected_assets(graph, [f"+{asset}" for asset in selected_assets(graph, select)])


def _make(home: Home, profile: Profile, names: Sequence[str]) -> str | None:
    """Make what is missing or stale; return what went wrong."""
    graph, lake = open_graph(home, profile)
    try:
        with closing(graph):
            num_made = make(graph, names, [], force=False, allow_partial=False)
        Catalog(home, lake, table_partitions(profile)).publish()
    except Exception as error:
        console.err.print(f"  failed: {console.one_line(error).splitlines()[0]}", markup=False, style="red")
        return console.one_line(error)
    console.err.print(f"  made {num_made} partitions" if num_made else "  up to date")
    return None


def _fresh(home: Home, profile: Profile, names: Sequence[str]) -> list[str]:
    """Return the assets up to the first that is missing or stale: of later ones, Dagster knows one step back only."""
    graph, _ = open_graph(home, profile)
    return list(takewhile(lambda asset: all(t.state == "fresh" for t in graph.targets(asset)), names))
