"""`scalequest run`, `status` and `stale`: what is missing or stale is made, counted or listed."""

from collections import Counter
from collections.abc import Sequence

import polars as pl
import typer

from scalequest_assets.cli import console, outcome
from scalequest_assets.cli.making import check_asked, graph_to_read, make, open_graph, reroll_of, selected_assets
from scalequest_assets.cli.ordering import check_bound, fulfil, order_of, settings_of
from scalequest_assets.cli.spending import budget_of, rest_if_it_is_spent
from scalequest_assets.config.profile import Profile
from scalequest_assets.orchestration.graph import Graph, walk
from scalequest_assets.partitions import table_partitions
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home, home_from_environment
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import existing_profile, use_profile

_STATES = ("fresh", "stale", "missing", "optional")


def run(
    profile: str | None,
    settings: Sequence[str] | None,
    select: Sequence[str] | None,
    partition: Sequence[str] | None,
    *,
    force: bool,
    allow_partial: bool,
    reroll: int | None,
    pairs: int | None,
    max_questions: int | None,
    max_tokens: int | None,
    max_gpu_hours: float | None,
    max_usd: float | None,
) -> None:
    """Make what is missing or stale, of what is selected and within what may be spent."""
    home = home_from_environment()
    is_whole = not (select or partition or force or reroll is not None)
    order = order_of(pairs, max_questions, is_whole=is_whole, allow_partial=allow_partial)
    given = {"max_tokens": max_tokens, "max_gpu_hours": max_gpu_hours, "max_usd": max_usd}

    def accept(new: Profile) -> None:
        check_asked(new, select or [], partition or [], reroll)
        budget_of(new, given)
        if order:
            check_bound(order, new)

    used, changes = use_profile(home, profile, settings_of(order, home, settings or []), accept=accept)
    for change in changes:
        console.err.print(f"profile: {change}", markup=False)
    num_before, budget, note = 0, budget_of(used, given), outcome.JudgeNote()
    if order:
        with rest_if_it_is_spent(home, used, order.num_pairs):
            used, num_before = fulfil(home, used, order, budget, note)
    graph, lake = open_graph(home, used, budget)
    names = selected_assets(graph, select or [])
    asked = None if reroll is None else reroll_of(graph, reroll, select or [], names, partition or [])
    with rest_if_it_is_spent(home, used), outcome.warnings_if_it_fails(graph, names):
        num_made = make(graph, names, partition or [], note, force=force, allow_partial=allow_partial, reroll=asked)
    _end(home, used, graph, lake, names, num_before + num_made, is_whole=not select and bool(asked or not partition))


def _end(
    home: Home, used: Profile, graph: Graph, lake: Lake, names: Sequence[str], num_made: int, *, is_whole: bool
) -> None:
    """Publish what was made of some assets, and say so; of a whole run with what it gave."""
    Catalog(home, lake, table_partitions(used)).publish()
    outcome.show_num_made(num_made)
    if is_whole:
        outcome.show_result(home)
    outcome.show_warnings(graph.warnings(names))


def status(*, as_json: bool) -> None:
    """Show the state of all partitions, and the checks that warn."""
    with graph_to_read(home_from_environment()) as graph:
        now = graph.states()
        targets = [target for asset in graph.assets() for target in graph.targets(asset, now)]
        warned = graph.warnings(graph.assets())
    if as_json:
        states = [
            {**outcome.state_of(target), "warnings": outcome.warnings_of(target.asset, warned)} for target in targets
        ]
        return console.show_json(states)
    counts: dict[str, Counter[str]] = {}
    for target in targets:
        counts.setdefault(target.asset, Counter())[target.state] += 1
    rows = [  # no wider than 80 columns; the group is in --json
        {"asset": asset, "partitions": count.total(), **{s: count[s] for s in _STATES}}
        for asset, count in counts.items()
    ]
    console.show_table(pl.DataFrame(rows))
    return outcome.show_warnings(warned)


def stale(*, launch: bool, as_json: bool) -> None:
    """List what is missing or stale and why, or make it."""
    if launch and as_json:
        raise typer.BadParameter("--launch makes what --json would list: name one of them")
    home = home_from_environment()
    used = existing_profile(home)
    if launch:
        graph, lake = open_graph(home, used)
        names = graph.assets_of_run()
        with outcome.warnings_if_it_fails(graph, names):
            num_made = make(graph, names, [], force=False, allow_partial=False)
        return _end(home, used, graph, lake, names, num_made, is_whole=False)
    with graph_to_read(home) as graph:
        targets = list(walk(graph, graph.assets_of_run()))
        found = {target.asset for target in targets}
        follow = sorted(graph.downstream(list(found)) & set(graph.assets_of_run()) - found)
    if as_json:
        return console.show_json({"targets": [outcome.state_of(target) for target in targets], "may_follow": follow})
    if not targets:
        return console.out.print("Everything is up to date.")
    rows = [{"asset": t.asset, "partition": t.key, "state": t.state, "why": "; ".join(t.reasons)} for t in targets]
    console.show_table(pl.DataFrame(rows, schema=dict.fromkeys(("asset", "partition", "state", "why"), pl.String)))
    if follow:
        console.out.print(f"May follow, where their content changes: {', '.join(follow)}", markup=False)
    return None
