"""The judge measured through Dagster with fake models: what is asked, what is shown, and when it warns."""

from itertools import product
from pathlib import Path
from typing import get_args

import dagster as dg
import polars as pl
import pytest

from scalequest_assets.orchestration.graph import Target
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.schemas import polars_schema
from scalequest_assets.subjects.maths.families import Style
from scalequest_assets.subjects.maths.soundness import MathsSoundness
from scalequest_tests.conftest import FakeRun
from scalequest_tests.fakes import END, PREFIX

NUM = 20
SOURCES = [*sorted([*get_args(Style), "jars"]), "all"]
TARGET = Target(asset="judge_report", group="screening", partition={}, state="missing")
SOLD = "Ann packs {} boxes a day. Each box holds {} jars. How many jars does she pack a day?"


def written(run: FakeRun, table: str, queries: list[str]) -> None:
    rows = [{"query_id": f"{table}/{i}", "source": "jars", "query": q, "answer": "1"} for i, q in enumerate(queries)]
    schema = polars_schema(table)
    run.lake.write(table, {}, pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema))


@pytest.fixture
def run(tmp_path: Path) -> FakeRun:
    """A home with seed and benchmark questions of one source, whose judge was not taught."""
    run = FakeRun(tmp_path)
    written(run, "seed_questions", [SOLD.format(n + 100, n + 2) for n in range(NUM)])
    written(run, "benchmark_questions", [SOLD.format(7, 88), "A text without a number. And another. Is it one?"])
    run.use("roles.judge.model=tiny", f"study.num_judged={NUM}")
    return run


def report(run: FakeRun, *settings: str) -> pl.DataFrame:
    run.use(*settings)
    run.graph.make(TARGET)
    return run.lake.scan("judge_report", [{}]).collect()


def check(run: FakeRun) -> dg.AssetCheckEvaluation:
    key = dg.AssetCheckKey(dg.AssetKey("judge_report"), "judge_tells_broken_from_sound")
    records = run.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
    found: dg.AssetCheckEvaluation = records[key].event.dagster_event.asset_check_evaluation_data
    return found


def knows(prompt: str) -> bool:
    """Whether a prompt has both conditions of `SOLD`."""
    return "Ann packs" in prompt and "Each box holds" in prompt


def asked_of(prompt: str) -> str:
    """Return the question in a judge's prompt."""
    return prompt.removeprefix(PREFIX).removesuffix(END).split("\n", 1)[1]


def test_each_source_has_pairs_and_every_kind_a_row(run: FakeRun):
    run.factory.choose = lambda prompt: 0.75 + knows(prompt) / 8
    found = report(run)
    assert found["source"].unique(maintain_order=True).to_list() == SOURCES
    assert found["evidence"].unique(maintain_order=True).to_list() == ["verdict", "probability", "decision"]
    assert set(found.filter(pl.col("source") != "all").select("num_sound", "num_broken").rows()) == {(NUM, NUM)}
    jars = found.filter(source="jars", evidence="probability").row(0, named=True)
    assert (jars["accuracy"], jars["auc"], jars["best_threshold"], jars["best_accuracy"]) == (0.5, 1.0, 0.875, 1.0)
    assert run.factory.calls["tiny"] == 2 * (len(SOURCES) - 1) * 2 * NUM, "a text and a probability of each"


def test_a_judge_of_probabilities_is_measured_by_its_threshold_without_asking_again(run: FakeRun):
    run.factory.choose = lambda prompt: 0.75 + knows(prompt) / 8
    report(run)
    calls = run.factory.calls["tiny"]
    found = report(run, "solvability.evidence=[probability]", "solvability.threshold=0.8")
    assert run.factory.calls["tiny"] == calls
    assert found.filter(source="jars", evidence="decision")["accuracy"].item() == 1.0


def test_a_judge_that_says_yes_to_all_warns_and_one_that_tells_does_not(run: FakeRun):
    run.factory.write = lambda prompt, seed: "Verdict: Yes"
    report(run)
    said = check(run)
    assert (said.passed, said.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert f"jars: 50.0% of {2 * NUM} right" in said.description
    own = MathsSoundness().labelled(NUM, row_seed(run.profile.random_seed, "judge_report") % 2**31)
    seeds = run.lake.scan("seed_questions", [{}]).collect()["query"]
    sound = {SOLD.format(7, 88), *seeds, *own.filter("is_sound")["query"]}
    run.factory.write = lambda prompt, seed: "Verdict: " + ("Yes" if asked_of(prompt) in sound else "No")
    found = report(run, "roles.judge.sampling.max_tokens=47")
    assert set(found.filter(evidence="decision")["accuracy"]) == {1.0}
    assert check(run).passed


def test_votes_are_measured_where_they_decide(run: FakeRun):
    settings = ("solvability.evidence=[votes]", "solvability.num_votes=2", "roles.judge.sampling.temperature=0.7")
    found = report(run, *settings)
    assert found["evidence"].unique(maintain_order=True).to_list() == ["votes", "probability", "decision"]
    votes, decision = (found.filter(evidence=name) for name in ("votes", "decision"))
    assert votes.select("source", "accuracy", "recall").equals(decision.select("source", "accuracy", "recall"))
    assert (votes["auc"] != decision["auc"]).any(), "votes have shares, a decision is yes or no"


def test_a_judge_behind_a_server_is_measured_by_its_texts(run: FakeRun):
    server = "engine.servers.other={base_url: 'https://example.org/v1'}"
    found = report(run, server, "models.gpt={kind: api, id: gpt, server: other}", "roles.judge.model=gpt")
    assert found["evidence"].unique(maintain_order=True).to_list() == ["verdict", "decision"]


def test_what_is_judged_wrongly_is_shown(run: FakeRun):
    report(run)
    shown = run.instance.get_latest_materialization_event(dg.AssetKey("judge_report")).asset_materialization.metadata
    wrong = [record.data for record in shown["wrong"].records]
    assert {(row["source"], row["is_sound"]) for row in wrong} <= {*product(SOURCES[:-1], (True, False))}
    assert len(shown["roc"].records) > 1
    assert len(shown["table"].records) == len(SOURCES) * 3
