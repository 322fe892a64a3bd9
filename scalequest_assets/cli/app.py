"""The commands: `scalequest run`, `status`, `sql` and the rest. Thin: the work is in `runs`, `storage`, `recipe`."""

import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import typer

from scalequest_assets import __version__
from scalequest_assets.cli import console, doctor, outcome, webserver
from scalequest_assets.cli.exporting import Form, export
from scalequest_assets.cli.making import check_partitions, graph_to_read, make, open_graph, reroll_of, selected_assets
from scalequest_assets.cli.ordering import fulfil, order_of, settings_of
from scalequest_assets.cli.pushing import push
from scalequest_assets.cli.reviewing import review
from scalequest_assets.cli.spending import budget_of, rest_if_it_is_spent
from scalequest_assets.cli.statements import StatementCommand
from scalequest_assets.config.file import dump, edit_document, read_profile, validate
from scalequest_assets.config.profile import Profile
from scalequest_assets.definitions import home_from_environment, table_partitions
from scalequest_assets.explain.story import document, tell
from scalequest_assets.explain.text import lines
from scalequest_assets.orchestration.dagster_private import open_instance
from scalequest_assets.orchestration.graph import runs_going_on, walk
from scalequest_assets.planning import table as table_of_plan
from scalequest_assets.planning.measured import measured
from scalequest_assets.planning.plan import beside_paper, plan, sized
from scalequest_assets.storage.asking import opened
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.cleaning import leftovers, listing, put_together, summary
from scalequest_assets.storage.completions import CompletionStore
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import existing_profile, home_profile, planned_profile, use_profile
from scalequest_assets.subjects import subject_named
from scalequest_assets.sweeps.command import sweep

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Turn open language models into a reasoning data set (ScaleQuest).",
)
profile_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at profiles, and check them.")
app.add_typer(profile_app, name="profile")
app.command("sweep")(sweep)
app.command("review")(review)
app.command("push")(push)

ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="A shipped profile or a file; else the home's own (a new home: embedded)."),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a profile value; may be repeated.")
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select", metavar="ASSETS", help="Stay within these assets (comma-separated); +asset: and all before it."
    ),
]
Partitions = Annotated[
    list[str] | None, typer.Option("--partition", metavar="'G|S'", help="Only g, 'g|s' or '*|s'; may be repeated.")
]
Format = Literal["table", "csv", "json", "parquet"]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _show_version(is_asked: bool) -> None:
    if is_asked:
        console.out.print(f"scalequest-assets {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None: ...


@app.command()
def run(
    profile: ProfileOption = None,
    settings: Settings = None,
    select: Select = None,
    partition: Partitions = None,
    force: Annotated[bool, typer.Option("--force", help="Make fresh partitions again too.")] = False,
    allow_partial: Annotated[
        bool, typer.Option("--allow-partial", help="Let fan-in assets go on without missing partitions.")
    ] = False,
    reroll: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Other questions in the --partition, kept until another N; and all that follows."
        ),
    ] = None,
    pairs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Add shards until N pairs are there; release exactly N.")
    ] = None,
    max_questions: Annotated[
        int | None, typer.Option(min=1, metavar="M", help="With --pairs: sample at most M questions for them.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, metavar="T", help="Stop once T tokens are read, written or trained on.")
    ] = None,
    max_gpu_hours: Annotated[
        float | None, typer.Option(min=0, metavar="H", help="Stop once GPUs have run for H hours in all.")
    ] = None,
    max_usd: Annotated[
        float | None, typer.Option(min=0, metavar="D", help="Stop once D dollars are spent, by the profile's prices.")
    ] = None,
) -> None:
    """Make what is missing or stale, and nothing else.

    Example: scalequest run --set num_shards=4 --select synthetic_questions --partition 'competition|s0000'
    Example: scalequest run --pairs 200 --max-questions 2000
    """
    home = home_from_environment()
    order = order_of(pairs, max_questions, is_whole=not (select or partition or force or reroll is not None))
    used, changes = use_profile(home, profile, settings_of(order, home, settings or []))
    for change in changes:
        console.err.print(f"profile: {change}", markup=False)
    given = {"max_tokens": max_tokens, "max_gpu_hours": max_gpu_hours, "max_usd": max_usd}
    num_before, budget, note = 0, budget_of(used, given), outcome.JudgeNote()
    if order:
        with rest_if_it_is_spent(home, used):
            used, num_before = fulfil(home, used, order, budget, note)
    graph, lake = open_graph(home, used, budget)
    names = selected_assets(graph, select or [])
    check_partitions(used, partition or [])
    asked = None if reroll is None else reroll_of(graph, reroll, select or [], names, partition or [])
    with rest_if_it_is_spent(home, used), outcome.warnings_if_it_fails(graph, names):
        num_made = make(graph, names, partition or [], note, force=force, allow_partial=allow_partial, reroll=asked)
    Catalog(home, lake, table_partitions(used)).publish()
    outcome.show_num_made(num_before + num_made)
    if not select and (asked or not partition):
        outcome.show_result(home)
    outcome.show_warnings(graph.warnings(names))


@app.command("export")
def export_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write.")],
    form: Annotated[
        Form, typer.Option("--format", help="The folder as it is, or one file of JSON lines for other trainers.")
    ] = "folder",
) -> None:
    """Copy the released data set, or write its pairs as other trainers read them.

    Example: scalequest export pairs --format sharegpt
    """
    console.out.print(str(export(home_from_environment(), directory, form)), markup=False)


@app.command("plan")
def plan_command(
    profile: ProfileOption = None,
    settings: Settings = None,
    pairs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Of a run with --pairs N.")] = None,
    as_json: AsJson = False,
) -> None:
    """Predict rows, tokens, GPU-hours and money, before anything runs. Writes nothing.

    Example: scalequest plan --profile paper --set num_shards=5
    """
    home = home_from_environment()
    used, own = planned_profile(home, profile, settings or [])
    if own is None and profile is None:
        console.show_note(f"there is no home at {home.root}: this is the plan of a new one")
    known = measured(Lake(home.lake), own) if own else None
    used = used if pairs is None else sized(used, pairs, known)
    stages = plan(used, known)
    if as_json:
        return console.show_json(table_of_plan.document(used, stages))
    console.out.print(table_of_plan.table(used, stages, console.out.width))
    if lines := beside_paper(used, stages):
        console.out.print(table_of_plan.paper_table(lines))
    return console.out.print("\n".join(table_of_plan.notes(used, stages)), markup=False)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show how many partitions are fresh, stale, missing or optional (made where selected), and which checks warn.

    Example: scalequest status --json
    """
    with graph_to_read(home_from_environment()) as graph:
        targets = [target for asset in graph.assets() for target in graph.targets(asset)]
        warned = graph.warnings(graph.assets())
    if as_json:
        states = [
            {**outcome.state_of(target), "warnings": outcome.warnings_of(target.asset, warned)} for target in targets
        ]
        return console.show_json(states)
    counts: dict[tuple[str, str], Counter[str]] = {}
    for target in targets:
        counts.setdefault((target.group, target.asset), Counter())[target.state] += 1
    rows = [
        {
            "group": group,
            "asset": asset,
            "partitions": count.total(),
            **{s: count[s] for s in ("fresh", "stale", "missing", "optional")},
        }
        for (group, asset), count in counts.items()
    ]
    console.show_table(pl.DataFrame(rows))
    return outcome.show_warnings(warned)


@app.command()
def stale(
    launch: Annotated[bool, typer.Option("--launch", help="Make them now (as `scalequest run`).")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is missing or stale, why, and which assets would follow from it.

    Example: scalequest stale --launch
    """
    home = home_from_environment()
    used = existing_profile(home)
    if launch:
        graph, lake = open_graph(home, used)
        with outcome.warnings_if_it_fails(graph, graph.assets_of_run()):
            num_made = make(graph, graph.assets_of_run(), [], force=False, allow_partial=False)
        Catalog(home, lake, table_partitions(used)).publish()
        outcome.show_num_made(num_made)
        outcome.show_warnings(graph.warnings(graph.assets_of_run()))
        return
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


@app.command(cls=StatementCommand)
def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT (or WITH, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN).")],
    output: Annotated[Format, typer.Option("--format", help="How the rows are printed.")] = "table",
) -> None:
    """Ask the tables with DuckDB SQL; statements that write are refused.

    Example: scalequest sql "SELECT drop_reason, count(*) FROM rejections GROUP BY ALL"
    """
    home = home_from_environment()
    with opened(home, table_partitions(existing_profile(home)), on_note=console.show_note) as tables:
        rows = tables.ask(statement)
    match output:
        case "table":
            console.show_table(rows)
        case "json":
            console.show_json(rows.to_dicts())
        case "csv":
            sys.stdout.write(console.csv_text(rows))
        case "parquet":
            rows.write_parquet(sys.stdout.buffer)


@app.command()
def why(
    query_id: Annotated[str, typer.Argument(help="Of a synthetic, seed, benchmark or known question.")],
    as_json: AsJson = False,
) -> None:
    """Tell one question's story: each stage's verdict and evidence, what it resembles, its responses, its end.

    Example: scalequest why competition/s0000/000007
    """
    home = home_from_environment()
    used = existing_profile(home)
    partitions, likeness = table_partitions(used), subject_named(used.subject).likeness
    with opened(home, partitions, on_note=console.show_note) as tables:
        story = tell(tables, Lake(home.lake), partitions["minhash_signatures"], query_id, likeness)
    if as_json:
        return console.show_json(document(story))
    return console.show_lines(lines(story))


@app.command("doctor")
def doctor_command(as_json: AsJson = False) -> None:
    """Look at packages, models, home, disk and devices; exit code 1 where a run would fail.

    Example: scalequest doctor
    """
    findings = doctor.examine(home_from_environment())
    if as_json:
        console.show_json([asdict(finding) for finding in findings])
    else:
        console.show_table(pl.DataFrame([asdict(finding) for finding in findings]))
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


@app.command()
def clean(
    older_than_days: Annotated[
        float, typer.Option(min=0, help="Leave alone what changed later: a killed run's work is wanted by the next.")
    ] = 7.0,
    sweeps: Annotated[bool, typer.Option("--sweeps", help="The points of sweeps too; their comparisons stay.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what nothing in the home refers to (completions, models, partitions, half-written files); remove it.

    Example: scalequest clean --older-than-days 1
    """
    home = home_from_environment()
    used = existing_profile(home)
    age_s = older_than_days * 86400
    if going_on := sum(runs_going_on(open_instance(h.dagster)) for h in (home, *home.points())):
        console.err.print(
            f"{going_on} runs have not ended: if one of them is at work (and was not killed), wait for it.",
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


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Open Dagster's web UI on the home.

    Example: scalequest ui --port 3001
    """
    home = home_from_environment()
    home_profile(home)
    console.err.print(f"Dagster UI: http://{host}:{port}  (Ctrl+C ends it)", markup=False)
    raise typer.Exit(webserver.serve(home, host=host, port=port))


@profile_app.command("show")
def profile_show(
    name: Annotated[str | None, typer.Argument(help="A shipped profile or a file; else the home's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a profile with all its defaults spelled out.

    Example: scalequest profile show embedded
    """
    used = existing_profile(home_from_environment()) if name is None else validate(read_profile(name), name)
    if as_json:
        console.show_json(used.model_dump(mode="json"))
    else:
        sys.stdout.write(dump(used))


@profile_app.command("schema")
def profile_schema() -> None:
    """Print the JSON schema of a profile, by which an editor completes and checks one.

    Example: scalequest profile schema > profile.schema.json
    """
    console.show_json(Profile.model_json_schema())


@profile_app.command("check")
def profile_check(
    name: Annotated[str, typer.Argument(help="A shipped profile or a file.")], settings: Settings = None
) -> None:
    """Say all that is wrong with a profile, at once.

    Example: scalequest profile check my_profile.yaml --set num_shards=8
    """
    used = validate(edit_document(read_profile(name), settings or []), name)
    num = len(used.generators) * used.num_shards
    console.out.print(
        f"{name}: valid. {len(used.generators)} generators x {used.num_shards} shards = {num} partitions.", markup=False
    )
