"""What the asset `dataset` leaves in its folder: nothing of the maker's machine, and the same bytes each time."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import DatasetCard

from scalequest_assets.config.file import validate
from scalequest_tests.conftest import FakeRun

MARKER = "zqxmarker"
KEY = f"sk-{MARKER}-0123456789"
BENCHMARK = [
    {"question": "How many sides does a regular polygon with interior angles of 156 degrees have?", "answer": "15"}
]
SEEDS = [
    {"question": f"Tom has {n} apples and buys {n + 2} more. How many apples does he have?", "answer": str(2 * n + 2)}
    for n in range(3, 40)
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeRun]:
    """A finished home whose every name of place, user, host and server has the marker in it."""
    root = tmp_path_factory.mktemp(f"{MARKER}-root")
    folder = root / f"{MARKER}-questions" / "school"
    folder.mkdir(parents=True)
    for name, rows in (("seeds", SEEDS), ("test", BENCHMARK)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    with pytest.MonkeyPatch.context() as patched:
        for name in ("USER", "LOGNAME", "HOSTNAME", "SCALEQUEST_NOTE"):
            patched.setenv(name, f"{MARKER}-{name.lower()}")
        patched.setenv(f"{MARKER.upper()}_KEY", KEY)
        patched.setattr(socket, "gethostname", lambda: f"{MARKER}-host")
        finished = FakeRun(root)
        finished.use(
            "num_shards=1",
            f"seeds.sources=[{{kind: families, style: grade_school, max_questions: 40}}, "
            f"{{kind: jsonl, path: {folder}/seeds.jsonl, license: cc-by-nc-4.0}}]",
            f"benchmarks.sources=[{{kind: jsonl, path: {folder}/test.jsonl}}]",
            f"models.far={{kind: api, id: /srv/{MARKER}-disk/models/judge-7b, server: {MARKER}_server}}",
            f"engine.servers.{MARKER}_server={{base_url: 'http://{MARKER}.example:8443/v1', "
            f"key_env: {MARKER.upper()}_KEY}}",
            "roles.judge.model=far",
            f"hardware.name={MARKER} under the desk",
        )
        finished.make()
        yield finished


def released(run: FakeRun) -> dict[str, bytes]:
    folder = run.home.releases
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(run: FakeRun) -> Iterator[tuple[str, str]]:
    """Yield all that can be read in the folder: names, bytes, and what Parquet files have compressed."""
    for name, data in released(run).items():
        yield name, name
        yield name, data.decode("latin-1")
        if name.endswith(".parquet"):
            file = pq.ParquetFile(run.home.releases / name)
            yield name, str(file.metadata.metadata) + str(file.schema_arrow.metadata) + file.metadata.created_by
            yield name, pl.read_parquet(run.home.releases / name).write_json()


def test_nothing_of_the_makers_machine_is_in_any_byte(run: FakeRun):
    private = (MARKER, KEY, str(run.home.root), "8443", "/srv/", "/tmp/", str(Path.home()))
    server = f"{MARKER}_server"  # a name in the profile, which a placeholder address goes with
    found = {
        (name, secret)
        for name, text in told(run)
        for secret in private
        if secret.lower() in text.lower().replace(server, "").replace(server.replace("_", "-"), "")
    }
    assert found == set()


def test_no_text_of_the_folder_names_a_directory(run: FakeRun):
    texts = [released(run)[name].decode() for name in ("README.md", "profile.yaml")]
    assert [re.findall(r"(?<![\w.:/<~-])/\w+/[\w/]*", text.replace("/v1", "")) for text in texts] == [[], []]


def test_a_model_that_a_server_calls_by_its_path_is_named_by_its_last_part(run: FakeRun):
    pairs = pl.read_parquet(run.home.releases / "data" / "*.parquet")
    assert set(pairs["judge_model"]) == {"far@api:judge-7b"}
    assert "judge-7b, behind a server" in released(run)["README.md"].decode()


def test_the_same_inputs_give_the_same_bytes(run: FakeRun):
    before = released(run)
    run.make("dataset", force=True)
    assert released(run) == before


def test_the_card_tells_licences_models_prompts_and_costs_of_this_run(run: FakeRun):
    card = DatasetCard.load(run.home.releases / "README.md")
    assert card.data.license == "other", (
        "the model `tiny` has no known licence, and one source of seeds is non-commercial"
    )
    for told_there in (
        "(cc-by-nc-4.0, of seed questions seeds)", "(of far, tiny)", "Can this be solved?", "![Funnel",
        "| judging | far | 0.0 |", "| answers | tiny, taught | 0.5 |", "writes questions (competition)",
        "| school_test | 1 |", "in all", "profile.yaml",
    ):  # fmt: skip
        assert told_there in card.content.replace("\\", ""), told_there
    assert (run.home.releases / "funnel.png").read_bytes().startswith(b"\x89PNG")


def test_what_restricts_the_data_is_said_in_the_ui_and_in_the_log(run: FakeRun):
    event = run.instance.get_latest_materialization_event(dg.AssetKey("dataset"))
    shown = event.asset_materialization.metadata
    assert shown["license"].value == "other"
    assert any("cc-by-nc-4.0" in str(row.data) for row in shown["license_warnings"].records)
    logged = [entry.user_message for entry in run.instance.all_logs(event.run_id)]
    assert any("with conditions: non-commercial" in text for text in logged)


def test_the_released_profile_makes_a_card_of_the_same_licences(run: FakeRun):
    public = validate(yaml.safe_load(released(run)["profile.yaml"]), "released")
    assert public.seed_licenses == run.profile.seed_licenses
