"""`scalequest clean`: what nothing in the home refers to is shown, and removed on request."""

import sys
import time

import typer

from scalequest_assets.cli import console
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.partitions import table_partitions
from scalequest_assets.storage.cleaning import leftovers, listing, put_together, summary
from scalequest_assets.storage.completions import CompletionStore
from scalequest_assets.storage.home import home_from_environment
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.processes import end_killed
from scalequest_assets.storage.profiles import existing_profile


def clean(older_than_days: float, *, sweeps: bool, yes: bool, as_json: bool) -> None:
    """Show what can be removed; remove it where the user says so."""
    if yes and as_json:
        raise typer.BadParameter("--yes removes what --json would list: name one of them")
    home = home_from_environment()
    used = existing_profile(home)
    age_s = older_than_days * 86400
    if going_on := sum(end_killed(open_instance(h.dagster)) for h in (home, *home.points())):
        console.err.print(
            f"{going_on} runs are at work, or were killed where nobody here can tell: wait for those that are at work.",
            style="yellow",
        )
    partitions, now = table_partitions(used), time.time()
    found = leftovers(home, Lake(home.lake), used, partitions, older_than_s=age_s, now=now, sweeps=sweeps)
    if as_json:
        rows = [{"kind": f.kind, "path": f.path, "detail": f.detail, "num_bytes": f.num_bytes} for f in found]
        return console.show_json(rows)
    if not found:
        console.out.print(f"Nothing to remove: all that is older than {older_than_days:g} days is needed.")
    else:
        console.show_table(listing(found))
        console.show_table(summary(found), title="In all")
        if not yes and not (sys.stdin.isatty() and typer.confirm("Remove this?")):
            return console.out.print("Nothing was removed. `scalequest clean --yes` removes it.")
        for leftover in found:
            leftover.remove()
    fewer = put_together(CompletionStore(home.completions), time.time() - max(age_s, 3600.0))
    return console.out.print(f"Removed {len(found)} things; put together {fewer} files of completions.")
