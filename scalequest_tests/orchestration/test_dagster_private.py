"""What we use of Dagster's private modules keeps its word, shown on two small assets without anything of ours."""

from pathlib import Path

import dagster as dg
import pytest

from scalequest_assets.errors import HomeError
from scalequest_assets.orchestration.dagster_private import (
    AssetJob,
    AssetRuns,
    ChildFailedError,
    States,
    make_log_handlers,
    open_instance,
)

LETTERS = dg.StaticPartitionsDefinition(["a", "b"])


def definitions(version: str = "1", *, fails: bool = False) -> dg.Definitions:
    @dg.asset(partitions_def=LETTERS, code_version=version)
    def first(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        if fails:
            raise ValueError("the asset's own error")
        return dg.MaterializeResult(data_version=dg.DataVersion(f"{context.partition_key}{version}"))

    @dg.asset(partitions_def=LETTERS, deps=[first])
    def second() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(data_version=dg.DataVersion("s"))

    jobs = [dg.define_asset_job(f"make_{name}", [name], partitions_def=LETTERS) for name in ("first", "second")]
    return dg.Definitions([first, second], jobs=jobs, executor=dg.in_process_executor)


def make(instance: dg.DagsterInstance, asset: str, partition: str, made: dg.Definitions) -> dg.DagsterRun:
    job = made.resolve_job_def(f"make_{asset}")
    tags = {"dagster/partition": partition}
    runs = AssetRuns(instance, module="somewhere", location="here")
    run = runs.create(job, asset=asset, checks=[], tags=tags, run_config={})
    runs.execute(asset, run)
    return run


def states(instance: dg.DagsterInstance, made: dg.Definitions) -> States:
    return States(instance, made.resolve_asset_graph())


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def test_a_partition_is_missing_then_fresh_then_stale_with_its_reasons(instance: dg.DagsterInstance):
    old = definitions()
    assert states(instance, old).status("first", "a") == "MISSING"
    make(instance, "first", "a", old)
    make(instance, "second", "a", old)
    now = states(instance, old)
    assert [now.status(asset, key) for asset in ("first", "second") for key in "ab"] == ["FRESH", "MISSING"] * 2
    assert (now.data_version("first", "a"), now.data_version("second", "a"), now.reasons("first", "a")) == (
        "a1",
        "s",
        (),
    )

    new = definitions("2")
    assert states(instance, new).status("first", "a") == "STALE"
    assert states(instance, new).reasons("first", "a") == ("settings or code changed",)
    make(instance, "first", "a", new)
    later = states(instance, new)
    assert (later.status("first", "a"), later.status("second", "a")) == ("FRESH", "STALE")
    assert later.reasons("second", "a") == ("has a new dependency data version (first a)",)


def test_a_run_is_recorded_with_what_the_ui_needs_to_run_it_again(instance: dg.DagsterInstance):
    run = make(instance, "first", "b", definitions())
    recorded = instance.get_run_by_id(run.run_id)
    assert recorded is not None
    assert recorded.status == dg.DagsterRunStatus.SUCCESS
    assert recorded.tags["dagster/partition"] == "b"
    assert recorded.asset_selection == {dg.AssetKey("first")}
    assert recorded.remote_job_origin is not None
    assert recorded.remote_job_origin.location_name == "here"
    assert recorded.remote_job_origin.job_name == "make_first"


def test_what_a_step_raises_is_raised(instance: dg.DagsterInstance):
    with pytest.raises(ValueError, match="the asset's own error"):
        make(instance, "first", "a", definitions(fails=True))


def test_the_names_are_those_of_what_dagster_returns_and_raises():
    assert isinstance(dg.define_asset_job("job"), AssetJob)
    client = dg.PipesSubprocessClient()

    @dg.asset
    def failing(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        return client.run(command=["false"], context=context).get_materialize_result()

    with pytest.raises(ChildFailedError):
        dg.materialize([failing])


def with_handler(folder: Path, handler: str) -> dg.DagsterInstance:
    """Open the instance of a folder, whose `dagster.yaml` names a handler."""
    settings = f"python_logs:\n  dagster_handler_config:\n    handlers:\n      mine: {handler}\n"
    (folder / "dagster.yaml").write_text(settings, encoding="utf-8")
    return open_instance(folder)


def test_handlers_of_python_logs_are_made_once_and_not_for_who_only_reads(tmp_path: Path):
    file = tmp_path / "events.log"
    with with_handler(tmp_path, f"{{class: logging.FileHandler, filename: {file}}}") as instance:
        assert not file.exists()
        make_log_handlers(instance)
        assert file.exists()
        [handler] = instance.get_yaml_python_handlers()
        assert instance.get_yaml_python_handlers() == [handler]
        handler.close()


def test_a_fault_in_python_logs_is_said_where_handlers_are_made(tmp_path: Path):
    said = r"dagster.yaml: the handlers of `python_logs` cannot be made"
    with with_handler(tmp_path, "{class: nowhere.Handler}") as instance, pytest.raises(HomeError, match=said):
        make_log_handlers(instance)
