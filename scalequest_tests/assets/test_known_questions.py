"""A home that adds to an earlier set without repeating it, through Dagster with fake models."""

import json
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.errors import SeedError
from scalequest_assets.explain.resembling import nearest
from scalequest_assets.explain.story import tell
from scalequest_assets.explain.text import lines
from scalequest_assets.partitions import partition_keys
from scalequest_assets.recipe.reasons import KNOWN_QUESTION
from scalequest_assets.storage.sql import Tables, query
from scalequest_tests.conftest import CommandLine, FakeRun
from scalequest_tests.maths import LIKENESS

STALE_BY_KNOWN = {"known_questions", "screened_questions"}


@pytest.fixture(scope="module")
def first(one_shard: FakeRun) -> FakeRun:
    """The earlier home."""
    return one_shard


@pytest.fixture(scope="module")
def second(first: FakeRun, tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home that names it. Its fakes draw from the same questions, so that most are repeats."""
    run = FakeRun(tmp_path_factory.mktemp("second"))
    run.use("num_shards=1", "questions_per_shard=60", "random_seed=7", known("home", first.home.root))
    run.make()
    return run


def known(kind: str, path: object, **more: object) -> str:
    source = json.dumps({"kind": kind, "path": str(path), "name": "first", **more})
    return f"known_questions.sources=[{source}]"


def rows(run: FakeRun, statement: str) -> list[tuple]:
    run.resources.on_new_file()  # the catalog of a copied home names the files of the first one
    return query(run.home.catalog_file, statement).rows()


def texts(run: FakeRun, table: str, where: str = "true") -> set[str]:
    found = query(run.home.catalog_file, f"SELECT query FROM {table} WHERE {where}")["query"]
    return set(LIKENESS.normalise(found))


def test_no_pair_of_the_earlier_home_is_made_again(first: FakeRun, second: FakeRun):
    earlier, new = texts(first, "qa_pairs"), texts(second, "qa_pairs")
    assert earlier
    assert new
    assert not earlier & new
    repeated = texts(second, "synthetic_questions") & earlier
    assert repeated
    assert repeated <= texts(second, "rejections", f"drop_reason = '{KNOWN_QUESTION}'")
    assert not repeated & texts(second, "solvability_verdicts"), "no judge is asked"
    ids = {f"first/{row[0]}" for row in rows(first, "SELECT query_id FROM qa_pairs")}
    named = {row[0] for row in rows(second, f"SELECT known_id FROM rejections WHERE drop_reason = '{KNOWN_QUESTION}'")}
    assert named <= ids


def test_the_funnel_counts_them_and_rejections_and_why_have_the_known_text(first: FakeRun, second: FakeRun):
    dropped = f"FROM rejections WHERE drop_reason = '{KNOWN_QUESTION}'"
    query_id, known_id, known_query = rows(second, f"SELECT query_id, known_id, known_query {dropped} LIMIT 1")[0]
    assert (known_query,) in rows(first, f"SELECT query FROM qa_pairs WHERE query_id = '{known_id[6:]}'")
    reasons = (
        second.lake.scan("funnel", [{}]).select("drop_reasons").collect().explode("drop_reasons").unnest("drop_reasons")
    )
    counted = reasons.filter(drop_reason=KNOWN_QUESTION)["num_rows"].sum()
    assert counted == rows(second, f"SELECT count(*) {dropped}")[0][0] > 0
    told = told_of(second, query_id)
    assert f"screened_questions: dropped, {KNOWN_QUESTION}" in told
    assert f"known_id {known_id}" in told
    assert f"| {known_query.splitlines()[0]}" in told
    outside = told_of(second, known_id)
    assert known_query.splitlines()[0] in outside
    assert "band_keys" not in outside
    assert "sketch" not in outside


def told_of(run: FakeRun, query_id: str) -> str:
    partitions = partition_keys(run.profile, "shard")
    with Tables(run.home.catalog_file) as tables:
        resembling = partial(nearest, tables, run.lake, partitions, LIKENESS)
        return "\n".join(lines(tell(tables, query_id, resembling)))


def test_the_released_folder_says_the_same(first: FakeRun, second: FakeRun, tmp_path: Path):
    run = second.copied(tmp_path)
    before = pairs_of(run)
    released = pl.read_parquet(str(first.home.releases / "data" / "*.parquet"))
    assert released.height == rows(first, "SELECT count(*) FROM qa_pairs")[0][0]
    run.use(known("release", first.home.releases))
    made = run.make()
    assert made[0] == "known_questions"
    assert pairs_of(run).equals(before)
    ids = run.lake.scan("known_questions", [{}]).collect()["query_id"]
    assert set(ids) == set("first/" + released["query_id"])


def pairs_of(run: FakeRun) -> pl.DataFrame:
    return run.lake.scan("qa_pairs", run.lake.partitions("qa_pairs")).collect()


def test_a_planted_copy_and_a_near_copy_are_dropped_and_a_changed_file_is_noticed(second: FakeRun, tmp_path: Path):
    run = second.copied(tmp_path)
    own = pairs_of(run)["query"]
    copy, near = own[0], own[1]
    file = tmp_path / "old.jsonl"
    file.write_text(json.dumps({"text": copy, "key": 17}) + "\n")
    run.use(known("jsonl", file, columns={"query": "text", "id": "key"}))
    run.make()
    assert copy not in pairs_of(run)["query"].to_list()
    assert near in pairs_of(run)["query"].to_list()
    assert rows(
        run, f"SELECT DISTINCT known_id, known_query FROM rejections WHERE drop_reason = '{KNOWN_QUESTION}'"
    ) == [("first/17", copy)]
    assert run.make() == []
    with file.open("a") as more:
        more.write(json.dumps({"text": f"  {near.upper()} ", "key": 18}) + "\n")
    run.use()
    stale = {asset for asset in run.graph.assets_of_run() if any(t.state != "fresh" for t in run.graph.targets(asset))}
    assert stale == {"known_questions"}
    made = {name.split()[0] for name in run.make()}
    assert made >= STALE_BY_KNOWN
    assert not {copy, near} & set(pairs_of(run)["query"])


def test_without_an_earlier_set_the_questions_are_those_of_before(second: FakeRun, tmp_path: Path):
    run = second.copied(tmp_path)
    run.use("known_questions.sources=[]")
    run.make()
    assert rows(run, f"SELECT count(*) FROM rejections WHERE drop_reason = '{KNOWN_QUESTION}'") == [(0,)]
    screened = run.lake.scan("screened_questions", run.lake.partitions("screened_questions")).collect()
    assert screened["known_id"].null_count() == screened.height
    assert run.lake.scan("known_questions", [{}]).collect().height == 0


def test_a_home_cannot_name_itself(second: FakeRun, tmp_path: Path):
    run = second.copied(tmp_path)
    for kind, path in (("home", run.home.root), ("release", run.home.releases)):
        run.use(known(kind, path))
        with pytest.raises(SeedError, match=r"'first': .* is this home itself"):
            run.make("known_questions")


def test_the_command_line_names_what_is_wrong(tmp_path: Path, monkeypatch, capsys):
    scalequest = CommandLine(tmp_path / "home", monkeypatch, capsys)
    check = ("profile", "check", "embedded", "--set")
    code, _, err = scalequest(*check, "known_questions.sources=[{kind: home, path: a, questions: all}]")
    assert code
    assert "known_questions.sources.0.questions" in err
    code, _, err = scalequest(*check, "known_questions.sources=[{kind: families, style: competition}]")
    assert code
    assert "known_questions.sources.0.kind" in err
