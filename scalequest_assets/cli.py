"""The command line: `scalequest run`, `status`, `sql` and the rest. Thin: the work is in `runs`, `storage`, `recipe`.

Exit codes: 0 done, 1 failed, 2 misuse (a wrong option, profile or statement).
"""

import os
import sys
import traceback
import warnings
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated, Any, Literal

import dagster as dg
import polars as pl
import typer
from typer.exceptions import TyperException

from scalequest_assets import console, doctor, server
from scalequest_assets.definitions import build_defs, build_resources, home_from_environment, table_partitions
from scalequest_assets.errors import HomeError, ProfileError, QueryError, ScalequestError
from scalequest_assets.partitions import matches, partition_keys
from scalequest_assets.profile import Profile
from scalequest_assets.profile_file import dump, edit_document, read_profile, validate
from scalequest_assets.runs import Graph, Target, walk
from scalequest_assets.storage.catalog import publish_catalog
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import home_profile, use_profile
from scalequest_assets.storage.sql import query

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Turn open language models into a reasoning data set (ScaleQuest).",
)
profile_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at profiles, and check them.")
app.add_typer(profile_app, name="profile")

ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="A shipped profile or a file; else the home's own (a new home: embedded)."),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a profile value; may be repeated.")
]
Select = Annotated[
    list[str] | None, typer.Option("--select", metavar="ASSETS", help="Stay within these assets (comma-separated).")
]
Partitions = Annotated[
    list[str] | None, typer.Option("--partition", metavar="'G|S'", help="Only g, 'g|s' or '*|s'; may be repeated.")
]
Format = Literal["table", "csv", "json", "parquet"]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


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
) -> None:
    """Make what is missing or stale, and nothing else.

    Example: scalequest run --set num_shards=4 --select synthetic_questions --partition 'competition|s0000'
    """
    home = home_from_environment()
    used, changes = use_profile(home, profile, settings or [])
    for change in changes:
        console.err.print(f"profile: {change}", markup=False)
    graph, lake = _graph(home, used)
    names = _selected(graph, select)
    _check_partitions(used, partition or [])
    num_made = _make(graph, names, partition or [], force=force, allow_partial=allow_partial)
    publish_catalog(home, lake, table_partitions(used))
    console.out.print(_told(num_made))
    if not select and not partition:
        _show_result(home)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show for every asset how many partitions are fresh, stale and missing.

    Example: scalequest status --json
    """
    graph, _ = _graph(home_from_environment())
    targets = [target for asset in graph.assets() for target in graph.targets(asset)]
    if as_json:
        return console.show_json([_as_dict(target) for target in targets])
    counts: dict[tuple[str, str], Counter[str]] = {}
    for target in targets:
        counts.setdefault((target.group, target.asset), Counter())[target.state] += 1
    rows = [
        {
            "group": group,
            "asset": asset,
            "partitions": count.total(),
            **{s: count[s] for s in ("fresh", "stale", "missing")},
        }
        for (group, asset), count in counts.items()
    ]
    return console.show_table(pl.DataFrame(rows))


@app.command()
def stale(
    launch: Annotated[bool, typer.Option("--launch", help="Make them now (as `scalequest run`).")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is missing or stale, why, and which assets would follow from it.

    Example: scalequest stale --launch
    """
    home = home_from_environment()
    used = home_profile(home)
    graph, lake = _graph(home, used)
    if launch:
        num_made = _make(graph, graph.assets(), [], force=False, allow_partial=False)
        publish_catalog(home, lake, table_partitions(used))
        console.out.print(_told(num_made))
        return
    targets = list(walk(graph, graph.assets()))
    follow = sorted(graph.downstream([target.asset for target in targets]) - {target.asset for target in targets})
    if as_json:
        return console.show_json({"targets": [_as_dict(target) for target in targets], "may_follow": follow})
    if not targets:
        return console.out.print("Everything is up to date.")
    rows = [{"asset": t.asset, "partition": t.key, "state": t.state, "why": "; ".join(t.reasons)} for t in targets]
    console.show_table(pl.DataFrame(rows, schema=dict.fromkeys(("asset", "partition", "state", "why"), pl.String)))
    if follow:
        console.out.print(f"May follow, where their content changes: {', '.join(follow)}", markup=False)
    return None


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT (or WITH, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN).")],
    output: Annotated[Format, typer.Option("--format", help="How the rows are printed.")] = "table",
) -> None:
    """Ask the tables with DuckDB SQL; statements that write are refused.

    Example: scalequest sql "SELECT drop_reason, count(*) FROM rejections GROUP BY ALL"
    """
    rows = query(home_from_environment().catalog_file, statement)
    match output:
        case "table":
            console.show_table(rows)
        case "json":
            console.show_json(rows.to_dicts())
        case "csv":
            sys.stdout.write(console.csv_text(rows))
        case "parquet":
            rows.write_parquet(sys.stdout.buffer)


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
    raise typer.Exit(server.serve(home, host=host, port=port))


@profile_app.command("show")
def profile_show(
    name: Annotated[str | None, typer.Argument(help="A shipped profile or a file; else the home's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a profile with all its defaults spelled out.

    Example: scalequest profile show embedded
    """
    used = home_profile(home_from_environment()) if name is None else validate(read_profile(name), name)
    if as_json:
        console.show_json(used.model_dump(mode="json"))
    else:
        sys.stdout.write(dump(used))


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


def command() -> None:
    """Run the command line as a program of its own.

    It ends without Python's own clearing up, in which DuckDB's bindings print warnings about themselves.
    """
    code = 0
    try:
        main()
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    with suppress(BrokenPipeError):  # `scalequest sql … | head`
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Run the command line; turn what goes wrong into one line and an exit code.

    Raises:
        SystemExit: With the exit code, where that is not 0.
    """
    for name, value in _QUIET_LIBRARIES.items():
        os.environ.setdefault(name, value)
    debug = "--debug" in sys.argv
    if not debug:
        warnings.simplefilter("ignore")  # of other libraries, about their own future
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        app(standalone_mode=False)
    except typer.Exit as exit_:
        sys.exit(exit_.exit_code)
    except TyperException as error:
        console.err.print(error.format_message(), markup=False)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        console.err.print("Interrupted. Finished work is kept; run the command again to go on.")
        sys.exit(130)
    except Exception as error:
        if debug:
            traceback.print_exc()
        misuse = isinstance(error, ProfileError | QueryError | HomeError)
        console.err.print(f"error: {_one_line(error)}", markup=False, style="red")
        sys.exit(2 if misuse else 1)


_QUIET_LIBRARIES = {"TQDM_DISABLE": "1", "TRANSFORMERS_VERBOSITY": "error"}
"""Keeps other libraries' progress bars out of ours. They read this when they are first imported."""

_FUNNEL = """
    SELECT stage, sum(num_input)::BIGINT AS came_in, sum(num_kept)::BIGINT AS kept, sum(num_dropped)::BIGINT AS dropped,
           round(sum(num_kept) / nullif(sum(num_input), 0), 3) AS keep_rate
    FROM funnel GROUP BY position, stage ORDER BY position"""
_PAIRS = "SELECT query_id, query, response FROM qa_pairs ORDER BY agreement DESC, query_id LIMIT 3"


def _one_line(error: Exception) -> str:
    if isinstance(error, ScalequestError):
        return str(error)
    return (
        f"{type(error).__name__}: {error}\n  -> the same command with --debug, or the run in `scalequest ui`, says more"
    )


def _graph(home: Home, profile: Profile | None = None) -> tuple[Graph, Lake]:
    used = profile or home_profile(home)
    resources = build_resources(home, used)
    instance = dg.DagsterInstance.from_config(str(home.dagster))
    return Graph(build_defs(used, resources), instance, used, resources), resources["lake"]


def _selected(graph: Graph, select: list[str] | None) -> list[str]:
    names = [name.strip() for text in select or [] for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in graph.assets()]
    if unknown:
        raise typer.BadParameter(f"no asset is named {', '.join(unknown)}; the assets are: {', '.join(graph.assets())}")
    return [asset for asset in graph.assets() if asset in names] if names else graph.assets()


def _check_partitions(profile: Profile, patterns: list[str]) -> None:
    shards = partition_keys(profile, "shard")
    for pattern in patterns:
        if not any(matches(key, [pattern]) for key in shards):
            known = f"generators {', '.join(profile.generators)}; shards {', '.join(profile.shards())}"
            raise typer.BadParameter(f"no partition is like '{pattern}'; there are {known}")


def _make(graph: Graph, names: list[str], partitions: list[str], *, force: bool, allow_partial: bool) -> int:
    total = sum(graph.num_partitions(asset) for asset in names)
    display, num_made, failures = console.RunDisplay(total), 0, list[str]()
    with display.running():
        for asset in names:
            targets = list(walk(graph, [asset], partitions=partitions, force=force))
            display.skip(graph.num_partitions(asset) - len(targets))
            for target in targets:
                why = "; ".join(target.reasons) or ("asked for" if target.state == "fresh" else target.state)
                display.start(str(target), why)
                try:
                    graph.make(target, allow_partial=allow_partial, on_log=display.log)
                except Exception as error:
                    if not allow_partial:
                        raise
                    failures.append(f"{target}: {_one_line(error)}")
                    continue
                display.finish(str(target))
                num_made += 1
    if failures:
        raise ScalequestError("\n".join(failures), "correct these and run again; the rest was made")
    return num_made


def _told(num_made: int) -> str:
    return f"Made {num_made} partitions." if num_made else "Everything is up to date."


def _as_dict(target: Target) -> dict[str, Any]:
    return {
        "asset": target.asset,
        "group": target.group,
        "partition": target.key,
        "state": target.state,
        "reasons": list(target.reasons),
    }


def _show_result(home: Home) -> None:
    """Print the funnel, three finished pairs, and where things lie."""
    catalog = home.catalog_file
    console.show_table(query(catalog, _FUNNEL), title="Funnel")
    pairs = query(catalog, _PAIRS)
    console.show_pairs(pairs.to_dicts())
    places = [
        ("data set", home.releases),
        ("report", home.reports / "report.html"),
        ("tables", home.lake),
        ("SQL", home.catalog_file),
        ("profile", home.profile_file),
    ]
    console.out.print()
    for what, path in places:
        console.out.print(f"{what:>9}: {path}", markup=False)
