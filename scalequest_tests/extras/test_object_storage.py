"""A lake in a bucket: the graph and the commands, on a server that speaks S3's protocol and loses 5% of its answers."""

import json
import logging
import os
import shutil
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from moto.server import ThreadedMotoServer

from scalequest_assets.cli import making
from scalequest_assets.partitions import table_partitions
from scalequest_assets.schemas import polars_schema
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.models import ModelRecord, ModelStore, Published
from scalequest_assets.storage.object_files import ObjectFiles, bucket_files
from scalequest_assets.storage.releases import Releases
from scalequest_assets.storage.sql import query
from scalequest_tests.conftest import CommandLine, FakeRun
from scalequest_tests.extras.faulty_proxy import FaultyProxy, faulty_proxy
from scalequest_tests.fakes import fake_resources
from scalequest_tests.forks import FORKS

SHARE = 0.05
DIFFERING = ("costs", "release_manifest", "generator_config")
"""Tables that say how many seconds things took, or where the fake model lies."""
PARTITION = {"generator": "grade_school", "shard": "s0000"}
SETTINGS = ("num_shards=1", "generators={grade_school: {base: tiny}}", "questions_per_shard=12")
DEADLINE_S = 300.0

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """The port of an empty server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(port=0, verbose=False)
    moto.start()
    yield moto.get_host_and_port()[1]
    moto.stop()


@pytest.fixture(scope="module")
def proxy(server: int) -> Iterator[FaultyProxy]:
    """The server as all clients of this module see it; `share` says how much of it is spoilt."""
    with faulty_proxy(server, share=0.0, seed=17) as passing, pytest.MonkeyPatch.context() as patch:
        names = {"ENDPOINT_URL": passing.url, "ALLOW_HTTP": "true", "REGION": "us-east-1"}
        names |= {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret"}
        for name, value in names.items():
            patch.setenv(f"AWS_{name}", value)
        yield passing


@pytest.fixture
def bucket(proxy: FaultyProxy, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty bucket, behind faults."""
    yield make_bucket(proxy, request.node.name.replace("_", "-")[:60].strip("-"))
    proxy.share = 0.0


def make_bucket(proxy: FaultyProxy, name: str) -> str:
    made = urllib.request.Request(f"http://127.0.0.1:{proxy.target}/{name}", method="PUT")
    urllib.request.urlopen(made).close()
    proxy.share = SHARE
    proxy.requests.clear()
    return f"s3://{name}/a/prefix"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """What the graph makes on a local disk."""
    run = FakeRun(tmp_path_factory.mktemp("local"))
    run.use(*SETTINGS)
    run.make()
    return run


@pytest.fixture(scope="module")
def made(local: FakeRun, proxy: FaultyProxy, tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """What the graph makes of the same model in a bucket."""
    lake = make_bucket(proxy, "made")
    run = FakeRun(tmp_path_factory.mktemp("made"), lake)
    run.use(*SETTINGS, local.its_models)
    proxy.faults.clear()
    run.make()
    assert {"500", "503", "slow", "cut"} < set(proxy.faults), "every fault came"
    proxy.share = 0.0
    return run


def hashes(run: FakeRun) -> dict[str, str]:
    """Return the hashes of all tables but those that differ from run to run."""
    now = run.lake.listed()
    partitions = {table: now.partitions(table) for table in table_partitions(run.profile) if table not in DIFFERING}
    return {
        f"{table} {partition}": now.content_hash(table, partition)
        for table, found in partitions.items()
        for partition in found
    }


def test_the_graph_makes_the_same_bytes_in_a_bucket_that_loses_answers(local: FakeRun, made: FakeRun):
    assert hashes(made) == hashes(local)
    pairs = [pl.read_parquet(Releases(run.home).fetched() / "data" / "*.parquet") for run in (local, made)]
    assert pairs[0].equals(pairs[1])
    assert pairs[0].height
    for asset in ("role_model", "difficulty_model"):
        records = [run.resources.models.store.record(asset) for run in (local, made)]
        assert records[0].weights_version == records[1].weights_version
    assert {path.name for path in made.home.root.iterdir()} >= {"copies", "dagster", "profile.yaml", "report"}
    assert not (made.home.root / "lake").exists()
    assert not (made.home.root / "completions").exists()


def test_all_is_up_to_date_and_asked_in_few_requests(made: FakeRun, proxy: FaultyProxy):
    proxy.requests.clear()
    assert FakeRun.opened(made.home.root.parent, made.home.lake_dir).make() == []
    assert proxy.requests.total() <= 12


def test_another_machine_reads_it_all(made: FakeRun, tmp_path: Path, proxy: FaultyProxy):
    """Its home has the records and the profile, and no copy yet."""
    shutil.copytree(made.home.root, tmp_path / "home", ignore=shutil.ignore_patterns("copies", "*.duckdb"))
    proxy.share = SHARE
    other = FakeRun.opened(tmp_path, made.home.lake_dir)
    assert other.make() == []
    Catalog(other.home, other.lake, table_partitions(other.profile)).publish()
    funnel = "SELECT stage, num_kept FROM funnel ORDER BY ALL"
    assert query(other.home.catalog_file, funnel).equals(query(made.home.catalog_file, funnel))
    proxy.share = 0.0
    proxy.requests.clear()
    Catalog(other.home, other.lake, table_partitions(other.profile)).publish()
    assert proxy.requests == {"GET": 1}, "one listing"


class Commands(CommandLine):
    def __init__(self, run: FakeRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(run.home.root, monkeypatch, capsys)
        monkeypatch.setenv("SCALEQUEST_LAKE", str(run.home.lake_dir))
        monkeypatch.setattr(making, "build_resources", lambda home, profile: fake_resources(home, profile))


def test_commands_work_there(made: FakeRun, proxy: FaultyProxy, tmp_path: Path, monkeypatch, capsys):
    scalequest = Commands(made, monkeypatch, capsys)
    proxy.share = SHARE
    code, out, err = scalequest("status", "--json")
    assert code == 0, err
    assert {target["state"] for target in json.loads(out)} <= {"fresh", "optional"}
    code, out, err = scalequest("sql", "SELECT count(*) AS n FROM questions", "--format", "json")
    assert code == 0, err
    assert json.loads(out) == [{"n": 12}]
    code, out, err = scalequest("why", "grade_school/s0000/000003")
    assert code == 0, err
    assert "synthetic_questions: made" in out
    _, out, err = scalequest("doctor", "--json")
    assert {"what": "bucket", "state": "ok", "detail": f"{made.home.bucket} can be read and written"} in json.loads(
        out
    ), err
    code, out, err = scalequest("export", str(tmp_path / "out"))
    assert code == 0, err
    assert (tmp_path / "out" / "README.md").exists()
    code, out, err = scalequest("sweep", "answers.num_samples=1,2", "--select", "responses", "--json")
    assert code == 0, err
    assert [point["error"] for point in json.loads(out)["points"]] == [None, None]
    assert not any(made.home.root.glob("sweeps/*/completions")), "in the home's bucket"
    code, out, err = scalequest("clean", "--older-than-days", "0", "--sweeps", "--yes")
    assert code == 0, err
    code, out, err = scalequest("clean", "--older-than-days", "0", "--json")
    assert {found["kind"] for found in json.loads(out)} <= {"completions", "local copy"}, "of the sweep that is gone"
    assert FakeRun.opened(made.home.root.parent, made.home.lake_dir).make() == [], "nothing that is needed was removed"


def make_all(root: str, lake: str, environment: dict[str, str]) -> None:
    """Make the graph; the process that is killed."""
    os.environ.update(environment)
    FakeRun.opened(Path(root), lake).make()


def test_a_run_that_is_killed_goes_on(local: FakeRun, bucket: str, proxy: FaultyProxy, tmp_path: Path):
    FakeRun(tmp_path, bucket).use(*SETTINGS, local.its_models)
    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    num_killed = 0
    for _ in range(2):
        proxy.requests.clear()
        child = FORKS.Process(target=make_all, args=(str(tmp_path), bucket, environment))
        child.start()
        deadline = time.monotonic() + DEADLINE_S
        while child.is_alive() and proxy.requests["PUT"] < 35 and time.monotonic() < deadline:
            child.join(0.002)
        num_killed += child.is_alive()
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    assert num_killed == 2
    run = FakeRun.opened(tmp_path, bucket)
    run.make()
    assert hashes(run) == hashes(local)
    assert run.make() == []


def rows(text: str) -> pl.DataFrame:
    """Return the rows of one writer."""
    count = 3000 if text == "a" else 2500
    frame = pl.DataFrame({"query_id": [f"grade_school/s0000/{row:06d}" for row in range(count)]})
    filled = frame.with_columns(query=pl.lit(text * 50), **{name: pl.lit(value) for name, value in PARTITION.items()})
    nulls = {name: pl.lit(None) for name in polars_schema("synthetic_questions") if name not in filled.columns}
    return filled.with_columns(**nulls).select(
        pl.col(name).cast(kind) for name, kind in polars_schema("synthetic_questions").items()
    )


def test_two_writers_of_a_partition_do_not_mix_and_readers_see_one_of_them(bucket: str, tmp_path: Path):
    frames = {text: rows(text) for text in "ab"}
    lakes = {name: Lake(bucket_files(bucket, copies=tmp_path / name, work=tmp_path / name)) for name in ("a", "b", "r")}
    lakes["a"].write("synthetic_questions", PARTITION, frames["a"])
    ended = threading.Event()

    def write(text: str) -> None:
        while not ended.is_set():
            lakes[text].write("synthetic_questions", PARTITION, frames[text])

    def read() -> str:
        found = lakes["r"].scan("synthetic_questions", [PARTITION]).collect()
        return next((text for text, frame in frames.items() if found.equals(frame)), "mixed")

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, text) for text in "ab"]
        try:
            readers = [pool.submit(lambda: {read() for _ in range(15)}) for _ in range(2)]
            seen = set.union(*(reader.result() for reader in readers))
        finally:
            ended.set()
        for writer in writers:
            writer.result()
    assert seen <= {"a", "b"}, "which of them is the machine's affair"
    for text in "ba":
        lakes[text].write("synthetic_questions", PARTITION, frames[text])
        assert read() == text


def test_no_update_of_a_file_is_lost(bucket: str, proxy: FaultyProxy, tmp_path: Path):
    proxy.share = 0.2
    stores = [bucket_files(bucket, copies=tmp_path / name, work=tmp_path / name) for name in "abcd"]

    def with_name(old: bytes | None, name: str) -> bytes:
        return " ".join(sorted({*(old or b"").decode().split(), name})).encode()

    def add(store: ObjectFiles) -> None:
        for number in range(5):
            store.update("names", partial(with_name, name=f"{store.work.name}{number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, stores))
    assert stores[0].read("names").decode().split() == [f"{name}{number}" for name in "abcd" for number in range(5)]


def test_releases_take_each_others_place_whole(bucket: str, tmp_path: Path):
    homes = {text: Home(tmp_path / text, bucket) for text in "abr"}
    frames = {text: pl.DataFrame({"query": [text] * 5}) for text in "ab"}

    def release(text: str) -> None:
        for _ in range(3):
            Releases(homes[text]).write_dataset([("data/train", frames[text]), ("more/train", frames[text])], text, "")

    release("a")
    ended = threading.Event()

    def read() -> set[tuple[str, str, str]]:
        seen = set[tuple[str, str, str]]()
        while not (seen and ended.is_set()):
            folder = Releases(homes["r"]).fetched()
            texts = [pl.read_parquet(folder / name / "*.parquet")["query"][0] for name in ("data", "more")]
            seen.add(((folder / "README.md").read_text(), *texts))
        return seen

    with ThreadPoolExecutor(3) as pool:
        reader = pool.submit(read)
        for writer in [pool.submit(release, text) for text in "ab"]:
            writer.result()
        ended.set()
        assert reader.result() <= {("a", "a", "a"), ("b", "b", "b")}
    assert len(Releases(homes["r"]).superseded()) == 8, "those before stay until `clean`"


def test_a_model_is_none_until_its_record_is_there(bucket: str, proxy: FaultyProxy, tmp_path: Path):
    """What a kill leaves of an upload is not taken for a model, and the next upload makes it one."""
    files = bucket_files(bucket, copies=tmp_path / "copies", work=tmp_path / "work")
    store = ModelStore(files)
    made = publish(store, "qft_model")
    files.remove(f"qft_model/all/{made.version}/record.json")
    assert not store.is_there("qft_model")
    again = publish(store, "qft_model")
    assert again.version == made.version
    assert store.is_there("qft_model")
    assert (again.path / "model.safetensors").read_bytes() == b"x" * (9 << 20), "in pieces, and back"
    other = ModelStore(bucket_files(bucket, copies=tmp_path / "other", work=tmp_path / "other"))
    assert (other.current("qft_model")[0] / "model.safetensors").read_bytes() == b"x" * (9 << 20)


def publish(store: ModelStore, asset: str) -> Published:
    with store.staging(asset) as staging:
        (staging / "model.safetensors").write_bytes(b"x" * (9 << 20))
        (staging / "config.json").write_text("{}")
        return store.publish(staging, ModelRecord(kind="trained", asset=asset, base="b"))
