"""The command `scalequest sweep`."""

from collections.abc import Sequence

import polars as pl

from scalequest_assets.cli import console
from scalequest_assets.errors import ScalequestError
from scalequest_assets.storage.home import Home, home_from_environment
from scalequest_assets.storage.points import point_rows
from scalequest_assets.sweeps import presenting
from scalequest_assets.sweeps.axes import read_axes
from scalequest_assets.sweeps.running import run_sweep


def sweep(axes: Sequence[str] | None, select: Sequence[str] | None, *, listed: bool, as_json: bool) -> None:
    """Make the points of a sweep and compare them, or list those that there are."""
    home = home_from_environment()
    if listed:
        _list_points(home, as_json=as_json)
    else:
        _compare_points(home, axes or [], select or [], as_json=as_json)


def _compare_points(home: Home, texts: Sequence[str], select: Sequence[str], *, as_json: bool) -> None:
    """Make the points of a sweep, show how they compare, and write that down.

    Raises:
        ProfileError: The values, or a point's profile, cannot be; nothing was made.
        ScalequestError: Points failed; the others were made, shown and written down.
    """
    axes = read_axes(texts)
    outcomes = run_sweep(home, axes, select)
    compared = presenting.compare(axes, outcomes)
    files = presenting.write(home, axes, outcomes, compared)
    if as_json:
        console.show_json(presenting.document(outcomes, compared, files))
    else:
        _show(compared, files)
    if failed := [f"{outcome.point.name}: {outcome.error}" for outcome in outcomes if outcome.error]:
        what = "\n  ".join([f"{len(failed)} of {len(outcomes)} points failed", *failed])
        inside = f"SCALEQUEST_HOME={home.sweeps}/POINT scalequest status"
        raise ScalequestError(what, f"correct these and run again: only what is missing is made; {inside} looks inside")


def _show(compared: presenting.Comparison, files: Sequence[str]) -> None:
    shown = presenting.table(compared)
    if not shown.is_empty():
        console.show_table(shown, title="Mean ± standard deviation over seeds" if compared.has_seeds else "Comparison")
    if shown.is_empty() and not compared.figures.is_empty():
        console.out.print("All figures are the same at all points.")
    for path in files:
        console.out.print(path, markup=False)


def _list_points(home: Home, *, as_json: bool) -> None:
    """Print which points a home has, and how the last run of each ended."""
    rows = point_rows(home)
    if as_json:
        return console.show_json(rows)
    if not rows:
        return console.out.print("There are no points yet. Example: scalequest sweep random_seed=1,2,3")
    shown = [{**row, "overrides": console.json_text(row["overrides"])} for row in rows]
    return console.show_table(pl.DataFrame(shown))
