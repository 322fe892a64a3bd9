"""The commands: `scalequest run`, `status`, `sql` and the rest, declared: their options, and what `--help` says.

What a command does is in the module that `done_by` names, which is imported when the command runs. So this module
imports nothing slow, and neither does `--help`.
"""

from pathlib import Path
from typing import Annotated

import typer

from scalequest_assets import __version__
from scalequest_assets.cli.declaring import done_by
from scalequest_assets.cli.options import AsJson, Form, Format, Partitions, ProfileOption, Select, Settings
from scalequest_assets.cli.statements import StatementCommand

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Turn open language models into a reasoning data set (ScaleQuest).",
    epilog="The home, the folder of one data set, is SCALEQUEST_HOME (data, where that is not set). With --debug, "
    "errors show their traceback. `scalequest profile show` prints every key of a profile.",
)
profile_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at profiles, and check them.")
app.add_typer(profile_app, name="profile")


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"scalequest-assets {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None: ...


@app.command()
@done_by("cli.running:run")
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
        float | None, typer.Option(metavar="H", help="Stop once GPUs have run for H hours in all.")
    ] = None,
    max_usd: Annotated[
        float | None, typer.Option(metavar="D", help="Stop once D dollars are spent, by the profile's prices.")
    ] = None,
) -> None:
    """Make what is missing or stale, and nothing else.

    Example: scalequest run --set num_shards=4 --select synthetic_questions --partition 'competition|s0000'

    Example: scalequest run --pairs 200 --max-questions 2000
    """


@app.command()
@done_by("cli.exporting:export_released")
def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write.")],
    form: Annotated[
        Form, typer.Option("--format", help="The folder as it is, or one file of JSON lines for other trainers.")
    ] = "folder",
) -> None:
    """Copy the data set, or write it as other trainers read it.

    Example: scalequest export pairs --format sharegpt
    """


@app.command()
@done_by("cli.pushing:push")
def push(
    repo_id: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The data set on the hub.")],
    public: Annotated[
        bool | None,
        typer.Option("--public/--private", help="Who may read it; a new one is private, one that is there stays."),
    ] = None,
    branch: Annotated[
        str, typer.Option("--branch", "--revision", help="Branch to push to; made where there is none.")
    ] = "main",
    yes: Annotated[bool, typer.Option("--yes", help="Push without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: what changes, and where it is.")] = False,
) -> None:
    """Put the data set on the Hugging Face hub.

    It shows what would change first, and then makes one commit.

    The token is HF_TOKEN or that of `hf auth login`. What is the same is not sent; files of others stay.

    Example: scalequest push my-team/questions
    """


@app.command()
@done_by("cli.reviewing:review")
def review(
    pairs: Annotated[int, typer.Option(min=1, metavar="N", help="How many pairs to judge.")] = 20,
    reviewer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who judges; else the name of the machine's user.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="Write the sample for a spreadsheet; ask nothing.")
    ] = None,
    filled: Annotated[
        Path | None, typer.Option("--in", metavar="FILE.csv", help="Read such a file back, filled in.")
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Only show what was said so far.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --summary or --in: print JSON.")] = False,
) -> None:
    """Judge a sample of the pairs.

    Of the pairs that would be released: is the question sound, is the answer right?

    The sample is drawn by generator and difficulty, and the next one goes on where it ended. Every judgement is kept at
    once. Judgements of pairs that change later no longer count.

    Example: scalequest review --pairs 40 --reviewer Ada

    Example: scalequest review --out sample.csv; scalequest review --in sample.csv
    """


@app.command()
@done_by("sweeps.command:sweep")
def sweep(
    axes: Annotated[
        list[str] | None, typer.Argument(metavar="KEY=V1,V2...", help="A profile key and its values, as a YAML list.")
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option("--select", metavar="ASSETS", help="Make these, and all that they need.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Only list the points that there are.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the home at several values of some keys, and compare.

    All combinations of the values are made.

    Each point is a home in the folder sweeps; none asks a model again what the home or another point has asked it. A
    key with one value is a setting of all points. Where random_seed varies, figures are averaged over it.

    Example: scalequest sweep question_tuning.solvability_share=0,0.5,1 random_seed=1,2,3 --select qpo_model,funnel
    """


@app.command()
@done_by("cli.planning:plan")
def plan(
    profile: ProfileOption = None,
    settings: Settings = None,
    pairs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Of a run with --pairs N.")] = None,
    as_json: AsJson = False,
) -> None:
    """Predict rows, tokens, GPU-hours and money. Writes nothing.

    Example: scalequest plan --profile paper --set num_shards=5
    """


@app.command()
@done_by("cli.running:status")
def status(as_json: AsJson = False) -> None:
    """Show what is fresh, stale or missing, and what warns.

    Partitions of each asset are counted; optional ones are made where they are selected.

    Example: scalequest status --json
    """


@app.command()
@done_by("cli.running:stale")
def stale(
    launch: Annotated[bool, typer.Option("--launch", help="Make them now (as `scalequest run`).")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is missing or stale, and why.

    It also says which assets would follow.

    Example: scalequest stale --launch
    """


@app.command(cls=StatementCommand)
@done_by("cli.asking:sql")
def sql(
    statement: Annotated[
        str | None,
        typer.Argument(help="One SELECT (or WITH, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN); in a terminal, none: a prompt."),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How the rows are printed.")] = "table",
) -> None:
    """Ask the tables with DuckDB SQL.

    Statements that write are refused.

    Example: scalequest sql "SELECT drop_reason, count(*) FROM rejections GROUP BY ALL"
    """


@app.command()
@done_by("cli.why:why")
def why(
    query_id: Annotated[str, typer.Argument(help="Of a synthetic, seed, benchmark or known question.")],
    as_json: AsJson = False,
) -> None:
    """Tell one question's story.

    It has each stage's verdict and evidence, what the question resembles, its responses and its end.

    Example: scalequest why competition/s0000/000007
    """


@app.command()
@done_by("cli.doctor:doctor")
def doctor(as_json: AsJson = False) -> None:
    """Look at packages, models, home, disk and devices.

    The exit code is 1 where a run would fail.

    Example: scalequest doctor
    """


@app.command()
@done_by("cli.cleaning:clean")
def clean(
    older_than_days: Annotated[
        float, typer.Option(min=0, help="Leave alone what changed later: a killed run's work is wanted by the next.")
    ] = 7.0,
    sweeps: Annotated[bool, typer.Option("--sweeps", help="The points of sweeps too; their comparisons stay.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what nothing in the home refers to; remove it.

    That is completions, models, partitions and half-written files.

    Example: scalequest clean --older-than-days 1
    """


@app.command()
@done_by("cli.webserver:ui")
def ui(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Open Dagster's web UI on the home.

    Example: scalequest ui --port 3001
    """


@profile_app.command("show")
@done_by("cli.profiles:show")
def profile_show(
    name: Annotated[str | None, typer.Argument(help="A shipped profile or a file; else the home's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a profile with all its defaults spelled out.

    Example: scalequest profile show embedded
    """


@profile_app.command("schema")
@done_by("cli.profiles:schema")
def profile_schema() -> None:
    """Print the JSON schema of a profile, by which an editor completes and checks one.

    Example: scalequest profile schema > profile.schema.json
    """


@profile_app.command("check")
@done_by("cli.profiles:check")
def profile_check(
    name: Annotated[str, typer.Argument(help="A shipped profile or a file.")], settings: Settings = None
) -> None:
    """Say all that is wrong with a profile, at once.

    Example: scalequest profile check my_profile.yaml --set num_shards=8
    """
