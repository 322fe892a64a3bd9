"""What Dagster is told of every asset follows from the list of stages and the schemas, and reaches the graph."""

import inspect
import warnings
from pathlib import Path

import dagster as dg
import pytest

from scalequest_assets.definitions import GROUPS, build_defs
from scalequest_assets.orchestration.jobs import job_name
from scalequest_assets.schemas import TABLES
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.lineage import LINEAGE
from scalequest_tests.conftest import FakeRun

TEMPLATES = {template.name: template for templates in GROUPS.values() for template in templates}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home in which nothing is made; no test changes it."""
    return FakeRun(tmp_path_factory.mktemp("definition"))


def node(run: FakeRun, name: str):
    return run.defs.get_repository_def().asset_graph.get(dg.AssetKey(name))


def test_every_table_has_its_columns_its_view_and_a_query(fresh: FakeRun):
    for name in STAGES.tables:
        asset = node(fresh, name)
        columns = asset.metadata["dagster/column_schema"].columns
        assert [(c.name, c.type) for c in columns] == [(n, str(c.dtype)) for n, c in TABLES[name].items()]
        assert all(c.description.startswith(TABLES[name][c.name].description) for c in columns), name
        assert asset.metadata["dagster/table_name"] == f"scalequest.main.{name}"
        assert f'scalequest sql "FROM {name} LIMIT 5"' in asset.description, name
        assert asset.kinds == {"polars", "parquet", "duckdb"}, name


def test_every_asset_says_what_it_is_and_where_it_is_written(fresh: FakeRun):
    for stage in STAGES:
        asset, function = node(fresh, stage.name), TEMPLATES[stage.name].function
        assert asset.description.startswith(inspect.getdoc(function)), stage.name
        assert asset.tags["scalequest/decides"] == ("yes" if stage.decides else "no")
        assert asset.tags["scalequest/calls_model"] == ("yes" if stage.runs_model else "no")
        (code,) = asset.metadata["dagster/code_references"].code_references
        lines = Path(code.file_path).read_text(encoding="utf-8").splitlines()
        assert lines[code.line_number - 1].startswith("@asset("), "the decorator, in the module as it is installed"
        assert any(f"def {stage.name}(" in line for line in lines[code.line_number :])


def test_owners_are_not_invented(fresh: FakeRun):
    assert [stage.name for stage in STAGES if node(fresh, stage.name).owners] == []


def test_jobs_name_what_they_make_and_the_command_for_it(fresh: FakeRun):
    jobs = {job.name: job.description for job in fresh.defs.jobs}
    for stage in STAGES:
        description = jobs[job_name(stage)]
        command = description.partition("`scalequest run --select ")[2].rstrip("`")
        assert stage.name in command.split(","), description


def test_building_the_graph_warns_of_nothing(fresh: FakeRun):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build_defs(fresh.resources)


def test_columns_say_what_they_are_made_of(fresh: FakeRun):
    """Dagster's own server shows no column lineage; a column's description it does."""
    columns = {c.name: c.description for c in node(fresh, "qa_pairs").metadata["dagster/column_schema"].columns}
    assert columns["topic"].endswith("From `screened_questions.topic`")


@pytest.mark.parametrize("name", STAGES.tables)
def test_lineage_names_columns_of_tables_that_an_asset_depends_on(fresh: FakeRun, name: str):
    asset = node(fresh, name)
    made, parents = LINEAGE[name], {key.path[-1] for key in asset.parent_keys}
    named = {column for names in made.of for column in names.split()}
    assert named <= set(TABLES[name]), "a column that the table does not have"
    assert len(named) == sum(len(names.split()) for names in made.of), "a column is declared twice"
    for column, origins in made.origins(name).items():
        for table, source in origins:
            assert table in parents, f"{column}: {name} does not depend on {table}"
            assert source in TABLES[table], f"{column}: {table} has no column {source}"


@pytest.mark.parametrize("name", STAGES.tables)
def test_lineage_leaves_out_no_column_that_follows_from_another_table(fresh: FakeRun, name: str):
    """A table without tables before it has no origins; in any other, what has none is about the engine or a label."""
    without = set(TABLES[name]) - set(LINEAGE[name].origins(name))
    tables = {key.path[-1] for key in node(fresh, name).parent_keys} & set(STAGES.tables)
    assert without <= (UNTRACED if tables else set(TABLES[name]))


SPENT = "num_requests prompt_tokens completion_tokens engine_s gpu_s wall_s num_retries num_errors device model"
UNTRACED = {"engine", "is_exact", "shard", "asset", "content_hash", "evidence", "stage", "sample_idx", *SPENT.split()}
UNTRACED |= {"num_samples", "evaluator", "filter"}
"""Columns that no column upstream decides: the engine, a partition's name, a number, what was spent, or a label."""
