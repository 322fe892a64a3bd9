"""The UI says and does of staleness what `scalequest stale` and `scalequest run` say and do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from scalequest_assets.cli.making import make
from scalequest_assets.errors import BudgetError
from scalequest_assets.orchestration.catching_up import CATCH_UP, LOOK
from scalequest_assets.orchestration.graph import ASSET_TAG, Graph, Target, walk
from scalequest_assets.orchestration.jobs import UP_TO_DATE
from scalequest_tests.conftest import FakeRun

SHARD = {"generator": "grade_school", "shard": "s0000"}


def made_once(root: Path, *settings: str) -> FakeRun:
    """Return a home in which everything was made, whose seeds lie in a file beside families."""
    run = FakeRun(root)
    seeds = run.home.root / "seeds.jsonl"
    seeds.write_text("".join(f'{{"question": "What is {i} + {i}?", "answer": "{2 * i}"}}\n' for i in range(40)))
    run.use(*settings, f"seeds.sources=[{{kind: jsonl, path: {seeds}}}, {{kind: families, style: grade_school}}]")
    run.make()
    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """Such a home, in which nothing was looked at."""
    return made_once(tmp_path_factory.mktemp("catching-up"), "num_shards=1")


@pytest.fixture(autouse=True)
def seeds_as_they_were(finished: FakeRun) -> Iterator[None]:
    """Put the seed file back, which all copies of the home read."""
    file = seed_file(finished)
    before = file.read_text()
    yield
    file.write_text(before)


def seed_file(run: FakeRun) -> Path:
    return next(Path(source.path) for source in run.profile.seeds.sources if source.kind == "jsonl")


def other_questions(run: FakeRun) -> None:
    """Sample one shard's questions anew, as its form in the UI does."""
    job = run.defs.resolve_job_def("synthesis_by_shard")
    config = {"ops": {"synthetic_questions": {"config": {"reroll": 1}}}}
    key = dg.MultiPartitionKey(SHARD)
    assert job.execute_in_process(partition_key=key, run_config=config, instance=run.instance).success


def edited_seeds(run: FakeRun) -> None:
    with seed_file(run).open("a") as seeds:
        seeds.write('{"question": "What is 90 + 1?", "answer": "91"}\n')
    run.use()


def deleted_file(run: FakeRun) -> None:
    Path(run.lake.uri("response_scores", SHARD)).unlink()


def killed_run(run: FakeRun) -> None:
    """Leave a file in place whose run ended before it was recorded."""
    job = run.defs.resolve_job_def("screening_by_shard")
    tags = {"dagster/partition": "|".join(SHARD.values())}
    run.instance.create_run_for_job(
        job, asset_selection={dg.AssetKey("difficulty_scores")}, tags=tags, status=dg.DagsterRunStatus.STARTED
    )
    scores = run.lake.scan("difficulty_scores", [SHARD]).collect()
    run.lake.write("difficulty_scores", SHARD, scores.head(scores.height - 1))


def deleted_model(run: FakeRun) -> None:
    path, _ = run.resources.models.store.current("reward_model")
    for file in path.glob("*.safetensors"):
        file.unlink()


def setting(*settings: str) -> Callable[[FakeRun], None]:
    return lambda run: run.use(*settings)


ANOTHER = "generators={grade_school: {base: tiny, num_seed_questions: 20}, third: {base: tiny, num_seed_questions: 20}}"

CHANGES = {
    "one shard has other questions": other_questions,
    "a threshold": setting("dedup.threshold=0.95"),
    "a prompt": setting("roles.responder.prompt_style=full"),
    "another judge": setting("roles.judge.model=tiny"),
    "a setting of one generator": setting("generators.competition.drop_easiest=0.6"),
    "a seed file": edited_seeds,
    "more shards": setting("num_shards=2"),
    "a generator": setting(ANOTHER),
    "a file deleted": deleted_file,
    "a model deleted": deleted_model,
    "a killed run": killed_run,
}


UNKNOWN_TO_DAGSTER = ("a setting of one generator", "a file deleted", "a killed run")


def listed(run: FakeRun) -> dict[str, set[tuple[str, str, str]]]:
    """Return what `scalequest stale` lists: partitions, states and reasons, by asset."""
    found: dict[str, set[tuple[str, str, str]]] = {asset: set() for asset in run.graph.assets()}
    for target in walk(run.graph, run.graph.assets_of_run()):
        found[target.asset].add((target.key or "", target.state, "; ".join(target.reasons) or target.state))
    return found


def marked(run: FakeRun) -> dict[str, set[tuple[str, str, str]]]:
    """Return the same as the UI shows it: what the checks last said."""
    found = {}
    for asset in run.graph.assets():
        key = dg.AssetCheckKey(dg.AssetKey(asset), UP_TO_DATE)
        record = run.instance.get_latest_asset_check_evaluation_record(key)
        assert record is not None, asset
        assert record.evaluation is not None
        rows = [row.data for row in record.evaluation.metadata["partitions"].records]
        assert record.evaluation.passed == (not rows)
        found[asset] = {(row["partition"], row["state"], row["why"]) for row in rows}
    return found


def look(run: FakeRun) -> None:
    assert run.defs.resolve_job_def(LOOK).execute_in_process(instance=run.instance).success


def made(run: FakeRun, before: set[str]) -> list[str]:
    """Return what runs made since, in their order."""
    new = [r for r in run.instance.get_runs() if r.run_id not in before and ASSET_TAG in r.tags]
    return [" ".join(filter(None, (r.tags[ASSET_TAG], r.tags.get("dagster/partition")))) for r in reversed(new)]


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_marked_as_it_is_listed(finished: FakeRun, tmp_path: Path, change: str) -> None:
    run = finished.copied(tmp_path)
    CHANGES[change](run)
    assert any(listed(run).values())
    look(run)
    assert marked(run) == listed(run)


@pytest.mark.parametrize("change", UNKNOWN_TO_DAGSTER)
def test_the_button_makes_what_the_command_makes(finished: FakeRun, tmp_path: Path, change: str) -> None:
    by_button, by_command = finished.copied(tmp_path / "button"), finished.copied(tmp_path / "command")
    for run in (by_button, by_command):
        CHANGES[change](run)
    before = {run.run_id for run in by_button.instance.get_runs()}
    assert by_button.defs.resolve_job_def(CATCH_UP).execute_in_process(instance=by_button.instance).success
    assert made(by_button, before) == by_command.make() != []
    assert not any(marked(by_button).values())
    assert not any(listed(by_button).values())


def sensor(run: FakeRun, name: str) -> dg.SensorDefinition:
    found = run.defs.get_sensor_def(name)
    assert found.default_status == dg.DefaultSensorStatus.STOPPED, (
        "nothing happens by itself unless someone asks for it"
    )
    return found


def tick(run: FakeRun, cursor: str | None) -> tuple[int, str | None]:
    """Have Dagster ask the sensor that launches; return how many runs it asks for, and the cursor afterwards."""
    context = dg.build_sensor_context(instance=run.instance, cursor=cursor)
    found = sensor(run, "catch_up_when_stale").evaluate_tick(context)
    return len(found.run_requests or ()), found.cursor


def test_the_sensors_say_what_is_stale_and_launch_the_job_once(finished: FakeRun, tmp_path: Path) -> None:
    run = finished.copied(tmp_path)
    looks = sensor(run, "look_for_stale_now")
    context = dg.build_sensor_context(instance=run.instance)
    assert tick(run, None)[0] == 0
    deleted_file(run)

    found = looks(context)
    assert isinstance(found, dg.SensorResult)
    failed = [event for event in found.asset_events if not event.passed]
    assert [(event.asset_key.to_user_string(), event.description) for event in failed] == [
        ("response_scores", "1 of 2 partitions missing or stale: grade_school|s0000: its file is gone")
    ]
    again = looks(dg.build_sensor_context(instance=run.instance, cursor=found.cursor))
    assert isinstance(again, dg.SkipReason)

    num_launched, cursor = tick(run, None)
    assert num_launched == 1
    assert tick(run, cursor) == (0, cursor), "what a run left as it was is not tried for ever"
    run.make()
    num_launched, cursor = tick(run, cursor)
    assert num_launched == 0
    deleted_file(run)
    assert tick(run, cursor)[0] == 1, "the same change is another one once it was made"


@pytest.mark.parametrize("change", ["a threshold", "a seed file", "a generator"])
def test_sensors_of_what_was_loaded_before_a_change_do_nothing(finished: FakeRun, tmp_path: Path, change: str) -> None:
    """They would take what a new process made for stale, launch one that finds nothing to make, and so on."""
    run = finished.copied(tmp_path)
    loaded = [sensor(run, name) for name in ("look_for_stale_now", "catch_up_when_stale")]
    CHANGES[change](run)
    for each in loaded:
        found = each(dg.build_sensor_context(instance=run.instance))
        assert isinstance(found, dg.SkipReason)
        assert "changed since this code location was loaded" in str(found.skip_message)


@pytest.mark.parametrize("error", [BudgetError("spent", "more"), ValueError("no")])
def test_catching_up_goes_on_after_a_failure_where_it_may_and_ends_where_the_budget_is_spent(
    finished: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    run, tried = finished.copied(tmp_path), list[str]()
    run.use("dedup.threshold=0.95", "roles.judge.model=tiny")

    def fail(graph: Graph, target: Target, **how: object) -> None:
        tried.append(str(target))
        raise error

    monkeypatch.setattr(Graph, "make", fail)
    config = {"ops": {"make_what_is_stale": {"config": {"allow_partial": True}}}}
    job = run.defs.resolve_job_def(CATCH_UP)
    assert not job.execute_in_process(instance=run.instance, run_config=config, raise_on_error=False).success
    assert (len(tried) == 1) == isinstance(error, BudgetError), tried


def num_looks(run: FakeRun, asset: str) -> int:
    key = dg.AssetCheckKey(dg.AssetKey(asset), UP_TO_DATE)
    return len(run.instance.event_log_storage.get_asset_check_execution_history(key, limit=10))


def test_a_run_corrects_what_was_looked_at_and_is_no_more(finished: FakeRun, tmp_path: Path) -> None:
    run = finished.copied(tmp_path)
    deleted_file(run)
    look(run)
    assert any(marked(run).values())
    make(run.graph, run.graph.assets_of_run(), [], force=False, allow_partial=False)
    assert not any(marked(run).values())
    assert (num_looks(run, "response_scores"), num_looks(run, "responses")) == (2, 1)


def test_what_is_stale_is_marked_also_where_a_step_fails(
    finished: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished.copied(tmp_path)
    deleted_file(run)

    def fail(graph: Graph, target: Target, **how: object) -> None:
        raise ValueError(f"no {target}")

    monkeypatch.setattr(Graph, "make", fail)
    job = run.defs.resolve_job_def(CATCH_UP)
    assert not job.execute_in_process(instance=run.instance, raise_on_error=False).success
    assert marked(run) == listed(run) != {}

    Path(run.lake.uri("qa_pairs", SHARD)).unlink()
    with pytest.raises(ValueError, match="no response_scores"):
        make(run.graph, run.graph.assets_of_run(), [], force=False, allow_partial=False)
    assert marked(run) == listed(run)
    assert marked(run)["qa_pairs"]
