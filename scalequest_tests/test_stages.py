"""The list of stages: that it is true of the graph, and that a new entry is found wherever stages are asked for."""

import polars as pl
import pytest

from scalequest_assets.config.file import read_profile, validate
from scalequest_assets.definitions import build_defs
from scalequest_assets.explain.story import tell
from scalequest_assets.explain.text import lines
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.partitions import table_partitions
from scalequest_assets.planning.measured import measured
from scalequest_assets.planning.plan import plan
from scalequest_assets.recipe.funnel import assert_adds_up, funnel, stage_counts
from scalequest_assets.recipe.manifest import entry
from scalequest_assets.recipe.paper_costs import PAPER_STAGES
from scalequest_assets.schemas import TABLES, Column, polars_schema
from scalequest_assets.stages import REVIEWS, STAGES, Stage, Stages
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.conforming import conform
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.sql import Tables, query
from scalequest_tests.conftest import FakeRun


def test_groups_and_partitions_are_those_of_the_assets():
    assert {group: tuple(t.name for t in templates) for group, templates in GROUPS.items()} == dict(STAGES.groups)
    assert STAGES.groups_on_request == ("study", "students", "cross_check")


def test_each_stage_stands_after_those_that_it_reads(fake_run: FakeRun):
    graph = build_defs(fake_run.resources).get_repository_def().asset_graph
    names = [stage.name for stage in STAGES]
    keys = graph.get_all_asset_keys()
    parents = {key.path[-1]: [parent.path[-1] for parent in graph.get(key).parent_keys] for key in keys}
    assert set(parents) == set(names)
    late = [(name, parent) for name in names for parent in parents[name] if names.index(parent) > names.index(name)]
    assert late == []


def test_tables_have_declared_columns_that_fit_what_the_list_says():
    assert {*STAGES.tables, REVIEWS} == set(TABLES)
    for stage in STAGES:
        columns = TABLES.get(stage.name, {})
        assert not stage.has_decisions or {"keep", "drop_reason", "generator"} <= set(columns), stage.name
        assert stage.rows is None or {"query_id", "query"} <= set(columns), stage.name
        assert set(stage.shown or ()) <= set(columns), stage.name
        assert set(stage.measured_by or ()) <= {s.name for s in STAGES if s.runs_model}, stage.name


def test_every_line_of_the_papers_cost_table_has_an_asset():
    assert set(STAGES.paper_lines.values()) == {line.name for line in PAPER_STAGES}
    assert all(STAGES[name].runs_model for name in STAGES.paper_lines)


def test_what_a_release_accounts_for_is_made_by_every_run():
    listed = {name for by in ("nothing", "generator", "shard") for name in STAGES.listed(by, "table", "model")}
    assert {s.name for s in STAGES if s.runs_model and not s.on_request} <= listed
    assert not {name for name in listed if STAGES[name].on_request}


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ((*STAGES, STAGES["funnel"]), "listed twice: funnel"),
        (tuple(s for s in STAGES if s.name != "qa_pairs"), "0 of them have `chooses_from`"),
        (tuple(s for s in STAGES if s.name != "response_scores"), "chooses from response_scores"),
        (tuple(s for s in STAGES if s.name != "observed_difficulty"), "chooses by observed_difficulty"),
        ((STAGES["qa_pairs"], *(s for s in STAGES if s.name != "qa_pairs")), "chooses from response_scores"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused(entries, fault):
    with pytest.raises(ValueError, match=fault):
        Stages(entries)


PARTITION = {"generator": "grade_school", "shard": "s0000"}
NEW = Stage("style_verdicts", "screening", "shard", rows="question", decides=True)


@pytest.fixture
def extended(monkeypatch) -> Stages:
    """The stages with a made-up one after the judge: an entry of the list, and its columns."""
    own = {"style": Column(pl.String(), "What it is written like")}
    shared = {name: TABLES["solvability_verdicts"][name] for name in ("query_id", "generator", "shard", "query")}
    decided = {name: TABLES["solvability_verdicts"][name] for name in ("keep", "drop_reason")}
    monkeypatch.setitem(TABLES, NEW.name, {**shared, **own, **decided})
    return STAGES.with_stage(NEW, after="solvability_verdicts")


def rows_of(table: str, reasons: dict[int, str | None], **more: object) -> pl.DataFrame:
    """Rows of a table from question number to drop reason, null where nothing is said."""
    found = [
        {"query_id": f"grade_school/s0000/{n:06d}", **PARTITION, "query": f"Question {n}?", "keep": reason is None,
         "drop_reason": reason, **more}
        for n, reason in reasons.items()
    ]  # fmt: skip
    return pl.DataFrame([{name: row.get(name) for name in TABLES[table]} for row in found], schema=polars_schema(table))


@pytest.fixture
def home(tmp_path, extended) -> Home:
    """A home in which one of four questions fails the made-up stage, and one is judged unsolvable."""
    home = Home(tmp_path)
    home.prepare()
    lake, all_kept = Lake(home.lake), dict.fromkeys(range(4))
    tables = {
        "synthetic_questions": rows_of("synthetic_questions", all_kept),
        "screened_questions": rows_of("screened_questions", all_kept),
        "solvability_verdicts": rows_of("solvability_verdicts", all_kept | {0: "unsolvable"}),
        NEW.name: rows_of(NEW.name, {1: "dull", 2: None, 3: None}, style="plain"),
        "difficulty_scores": rows_of("difficulty_scores", {2: None, 3: None}),
    }
    for table, rows in tables.items():
        lake.write(table, PARTITION, rows)
    manifest = pl.DataFrame(
        [
            entry(**PARTITION, asset=table, content_hash="h", counts=stage_counts(tables[table]), cost=None)
            for table in extended.listed("shard", "table")
            if table in tables
        ],
        schema=polars_schema("release_manifest"),
    )
    lake.write("funnel", {}, funnel(manifest, extended))
    Catalog(home, lake, {**{table: [PARTITION] for table in tables}, "funnel": [{}]}, extended).publish()
    return home


def test_a_made_up_stage_is_in_the_funnel(home):
    counted = Lake(home.lake).scan("funnel", [{}]).collect()
    assert_adds_up(counted)
    assert counted["stage"].to_list() == [
        "synthetic_questions", "screened_questions", "solvability_verdicts", NEW.name, "difficulty_scores",
    ]  # fmt: skip
    (own,) = counted.filter(stage=NEW.name).to_dicts()
    assert (own["num_input"], own["num_kept"]) == (3, 2)
    assert own["drop_reasons"] == [{"drop_reason": "dull", "num_rows": 1}]


def test_a_made_up_stage_is_in_the_catalog(home):
    rejected = query(home.catalog_file, "SELECT query_id, stage, drop_reason FROM rejections ORDER BY query_id")
    assert rejected.rows() == [
        ("grade_school/s0000/000000", "solvability_verdicts", "unsolvable"),
        ("grade_school/s0000/000001", NEW.name, "dull"),
    ]
    asked = "SELECT final_stage, drop_reason, style_keep, style FROM questions ORDER BY query_id"
    assert query(home.catalog_file, asked).rows() == [
        ("solvability_verdicts", "unsolvable", None, None),
        (NEW.name, "dull", False, "plain"),
        ("difficulty_scores", None, True, "plain"),
        ("difficulty_scores", None, True, "plain"),
    ]
    assert query(home.catalog_file, f"DESCRIBE {NEW.name}")["column_name"].to_list() == list(TABLES[NEW.name])


def test_a_made_up_stage_is_in_the_story_of_a_question(home, extended):
    with Tables(home.catalog_file) as tables:
        story = tell(tables, "grade_school/s0000/000001", lambda *_: [], extended)
    assert (story.outcome, story.stage, story.drop_reason) == ("dropped", NEW.name, "dull")
    assert [stage.stage for stage in story.stages] == list(extended.funnel[:4])
    assert story.stages[-1].evidence == {"style": "plain"}
    assert f"{NEW.name}: dropped, dull" in list(lines(story))


def test_a_made_up_stage_is_in_the_plan(home, extended):
    used = validate(read_profile("embedded"), "embedded")
    before = {stage.asset: stage for stage in plan(used)}
    assumed = {stage.asset: stage for stage in plan(used, stages=extended)}
    assert list(assumed) == list(extended.planned)
    assert assumed[NEW.name].num_rows == assumed[NEW.name].num_kept == before["solvability_verdicts"].num_kept
    assert assumed[NEW.name].model is None
    assert {name: stage for name, stage in assumed.items() if name != NEW.name} == before
    known = measured(Lake(home.lake), used, extended)
    assert known.keep_rates[NEW.name, "grade_school"] == 2 / 3
    stages = {stage.asset: stage for stage in plan(used, known, extended)}
    assert stages[NEW.name].num_kept < stages[NEW.name].num_rows
    assert stages["difficulty_scores"].num_rows == stages[NEW.name].num_kept


def test_every_table_has_the_partitions_that_the_list_says():
    used = validate(read_profile("embedded"), "embedded")
    students = len(used.students.bases) + len(used.students.trained)
    sizes = {"nothing": 1, "generator": 2, "shard": 2 * used.num_shards, "student": students}
    assert {t: len(found) for t, found in table_partitions(used).items()} == {
        t: sizes[STAGES[t].by] for t in STAGES.tables
    }


def test_the_funnel_of_todays_stages_still_fits_its_table():
    empty = pl.DataFrame(schema=polars_schema("release_manifest"))
    assert conform("funnel", funnel(empty)).collect().is_empty()
