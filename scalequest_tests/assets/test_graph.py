"""The graph through Dagster with fake models: what is made, what follows from a change, and that it adds up."""

import json
import re
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
import yaml
from dagster._core.errors import DagsterAssetCheckFailedError

from scalequest_assets.config.file import validate
from scalequest_assets.errors import MissingPartitionError, ReleaseError, SeedError
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.recipe.funnel import assert_adds_up
from scalequest_assets.schemas import TABLES
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.lineage import LINEAGE
from scalequest_assets.storage.sql import query
from scalequest_tests.conftest import FakeRun, fake_model

SHARD_BRANCH = [
    "screened_questions",
    "solvability_verdicts",
    "difficulty_scores",
    "minhash_signatures",
    "deduplicated_questions",
    "responses",
    "response_scores",
    "observed_difficulty",
    "qa_pairs",
]


def node(run: FakeRun, name: str):
    """Return an asset of the graph, as Dagster knows it."""
    return run.defs.get_repository_def().asset_graph.get(dg.AssetKey(name))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home in which everything was made once. Tests that change it leave it fresh."""
    run = FakeRun(tmp_path_factory.mktemp("graph"))
    run.make()
    return run


def counts(run: FakeRun, sql: str) -> list[tuple]:
    return query(run.home.catalog_file, sql).rows()


def survivors_of(run: FakeRun) -> dict[str, str]:
    """Return the content hash of every partition of `deduplicated_questions`, by its key."""
    table = "deduplicated_questions"
    return {"|".join(p.values()): run.lake.content_hash(table, p) for p in run.lake.partitions(table)}


def may_follow_from_dedup(run: FakeRun, before: dict[str, str]) -> set[str]:
    """Return what other questions may rightly cause elsewhere: a comparison, and what follows where survivors differ.

    The fakes of both generators draw from the same questions, so that duplicates across generators are common.
    """
    after = survivors_of(run)
    changed = [key for key in after if after[key] != before[key]]
    follows = {f"{asset} {key}" for key in changed for asset in STAGES.groups["answers"]}
    return follows | {f"deduplicated_questions {key}" for key in after}


def test_every_table_exists_with_unique_ids(finished: FakeRun):
    on_request = {template.name for group in STAGES.groups_on_request for template in GROUPS[group]}
    for table in STAGES.tables:
        columns = TABLES[table]
        assert bool(finished.lake.partitions(table)) == (table not in on_request), table
        if table in ("synthetic_questions", "qa_pairs", "seed_questions", "optimized_questions"):
            assert "query_id" in columns
            total, distinct = counts(finished, f"SELECT count(*), count(DISTINCT query_id) FROM {table}")[0]
            assert total == distinct > 0


def test_a_second_run_makes_nothing(finished: FakeRun):
    assert finished.make() == []


def test_the_funnel_adds_up_and_rejections_explain_the_difference(finished: FakeRun):
    funnel = finished.lake.scan("funnel", [{}]).collect()
    assert_adds_up(funnel)
    sampled = counts(finished, "SELECT count(*) FROM synthetic_questions")[0][0]
    rejected = counts(finished, "SELECT count(*) FROM rejections")[0][0]
    pairs = counts(finished, "SELECT count(*) FROM qa_pairs")[0][0]
    assert sampled == rejected + pairs
    assert pairs > 0
    assert rejected > 0


def test_every_dropped_row_has_a_reason_and_no_kept_row_has(finished: FakeRun):
    for table, columns in TABLES.items():
        if "keep" in columns and "drop_reason" in columns:
            wrong = counts(
                finished, f"SELECT count(*) FROM {table} WHERE keep IS NULL OR keep = (drop_reason IS NOT NULL)"
            )
            assert wrong == [(0,)], table


def test_screening_tables_keep_all_their_input_rows(finished: FakeRun):
    for before, after in [
        ("synthetic_questions", "screened_questions"),
        ("screened_questions", "solvability_verdicts"),
        ("solvability_verdicts", "difficulty_scores"),
        ("difficulty_scores", "deduplicated_questions"),
    ]:
        kept = "WHERE keep" if before != "synthetic_questions" else ""
        missing = counts(finished, f"SELECT query_id FROM {before} {kept} EXCEPT SELECT query_id FROM {after}")
        added = counts(finished, f"SELECT query_id FROM {after} EXCEPT SELECT query_id FROM {before} {kept}")
        assert (missing, added) == ([], []), after


def released(run: FakeRun) -> pl.DataFrame:
    return pl.read_parquet(str(run.home.releases / "data" / "*.parquet"))


def test_released_pairs_name_the_models_behind_them(finished: FakeRun):
    pairs, models = released(finished), finished.resources.models
    for generator in finished.profile.generators:
        own = pairs.filter(generator=generator)
        assert set(own["generator_model"]) == {models.handle("qpo_model", generator).label}
    judge = models.handle("role_model").label
    assert set(pairs["judge_model"]) == set(pairs["responder_model"]) == {judge}
    assert set(pairs["reward_model"]) == {models.handle("reward_model").label}


def test_another_judge_with_the_same_verdicts_is_named_in_the_release(tmp_path: Path, finished: FakeRun):
    run = finished.copied(tmp_path)
    judged = run.lake.scan("solvability_verdicts", [{"generator": "competition", "shard": "s0000"}]).collect()
    other = fake_model(tmp_path / "other")
    (other / "model.safetensors").write_bytes(b"other weights")
    run.use(f"models.other={{kind: path, path: {other}}}", "roles.judge.model=other")
    made = run.make()
    assert "solvability_verdicts competition|s0000" in made
    assert (
        run.lake.scan("solvability_verdicts", [{"generator": "competition", "shard": "s0000"}]).collect().equals(judged)
    )
    assert not {"responses competition|s0000", "qa_pairs competition|s0000"} & set(made), "the same questions are kept"
    pairs = released(run)
    assert set(pairs["judge_model"]) == {run.resources.models.handle("other").label}
    assert set(pairs["responder_model"]) == {run.resources.models.handle("role_model").label}


def test_remaking_a_partition_with_the_same_seed_makes_nothing_stale(finished: FakeRun):
    partition = {"generator": "grade_school", "shard": "s0000"}
    before = finished.lake.content_hash("synthetic_questions", partition)
    target = next(t for t in finished.graph.targets("synthetic_questions") if t.partition == partition)
    finished.graph.make(target)
    assert finished.lake.content_hash("synthetic_questions", partition) == before
    assert finished.make() == []


def test_a_reroll_makes_its_children_stale_and_nothing_else_and_the_walk_remakes_that_branch(finished: FakeRun):
    survivors = survivors_of(finished)
    job = finished.defs.resolve_job_def("synthesis_by_shard")
    key = "grade_school|s0001"
    config = {"ops": {"synthetic_questions": {"config": {"reroll": 1}}}}
    assert job.execute_in_process(
        partition_key=dg.MultiPartitionKey({"generator": "grade_school", "shard": "s0001"}),
        run_config=config,
        instance=finished.instance,
    ).success
    stale = [
        str(t) for asset in finished.graph.assets_of_run() for t in finished.graph.targets(asset) if t.state != "fresh"
    ]
    assert sorted(stale) == sorted([f"screened_questions {key}", "release_manifest grade_school"])
    made = finished.make()
    branch = {f"{asset} {key}" for asset in SHARD_BRANCH}
    assert {name for name in made if "|" in name} - branch <= may_follow_from_dedup(finished, survivors)
    assert f"qa_pairs {key}" in made
    assert "duplicate_clusters" in made, "its parent is a roll-up: other signatures are another version of it"
    assert finished.make() == []


def test_growth_leaves_old_shards_alone(finished: FakeRun, tmp_path: Path):
    run = finished.copied(tmp_path)
    assert run.make() == [], "a copy of a home is as fresh as the home"
    kept = {str(p): run.lake.content_hash("qa_pairs", p) for p in run.lake.partitions("qa_pairs")}
    run.use("num_shards=3")
    made = run.make()
    assert all("s0002" in name for name in made if name.startswith(("synthetic", "screened", "responses", "qa_pairs")))
    assert {
        str(p): run.lake.content_hash("qa_pairs", p) for p in run.lake.partitions("qa_pairs") if str(p) in kept
    } == kept
    assert 0 < run.factory.calls.total() < finished.factory.calls.total()
    assert run.make() == []


def test_a_generators_own_setting_touches_that_generator_alone(finished: FakeRun, tmp_path: Path):
    run = finished.copied(tmp_path)
    survivors, trained = survivors_of(run), run.trainer.num_trained
    run.use("generators.competition.drop_easiest=0.5")
    made = run.make()
    assert made[0] == "generator_config competition"
    others = {name for name in made if "grade_school" in name} - {"release_manifest grade_school"}
    assert others <= may_follow_from_dedup(run, survivors)
    assert run.trainer.num_trained == trained, "a threshold repeats no training"
    assert "difficulty_scores competition|s0000" in made


def test_a_changed_threshold_calls_no_model(finished: FakeRun):
    calls = finished.factory.calls.total()
    finished.use("dedup.max_variants=2", "screening.max_tokens=100")
    finished.make()
    assert finished.factory.calls.total() == calls
    finished.use(*finished.settings, "dedup.max_variants=3", "screening.max_tokens=110")
    finished.make()


def test_a_shard_is_sampled_towards_a_target_and_its_histogram_shown(finished: FakeRun, tmp_path: Path):
    run = finished.copied(tmp_path)
    run.use("generators.grade_school.drop_easiest=0")
    run.use("generators.grade_school.target_difficulty={weights: [1, 1], keep: 0.5}")
    run.make("generator_config", "difficulty_scores")
    scores = run.lake.scan("difficulty_scores", [{"generator": "grade_school", "shard": "s0000"}]).collect()
    assert scores["keep"].sum() == scores.height // 2
    assert set(scores["drop_reason"].drop_nulls()) == {"off_target"}
    event = run.instance.get_latest_materialization_event(dg.AssetKey("difficulty_scores"))
    shown = event.asset_materialization.metadata
    counted = [record.data["after"] for record in shown["difficulty"].records]
    assert sum(counted) == shown["kept"].value
    assert "threshold" in shown


def test_a_question_from_a_benchmark_fails_the_check_that_blocks_and_the_data_set(finished: FakeRun, tmp_path: Path):
    run = finished.copied(tmp_path)
    targets = {name: run.graph.targets(name)[0] for name in ("funnel", "dataset")}
    assert check(run, "nothing_is_from_a_benchmark").passed
    assert check(run, "nothing_is_from_a_benchmark").blocking
    assert "mean difficulty" in check(run, "difficulty_does_not_fall").description
    query_id, text = counts(run, "SELECT query_id, query FROM qa_pairs ORDER BY query_id LIMIT 1")[0]
    taken = pl.DataFrame({"query_id": ["b/000000"], "source": ["b"], "query": [text], "answer": ["1"]})
    run.lake.write("benchmark_questions", {}, taken)  # behind everybody's back: nothing was screened against it
    with pytest.raises(DagsterAssetCheckFailedError, match="nothing_is_from_a_benchmark"):
        run.graph.make(targets["funnel"])
    assert f"{query_id} from b/000000" in check(run, "nothing_is_from_a_benchmark").description
    with pytest.raises(ReleaseError, match=f"taken from a benchmark: {query_id} from b/000000"):
        run.graph.make(targets["dataset"])


def check(run: FakeRun, name: str) -> dg.AssetCheckEvaluation:
    key = dg.AssetCheckKey(dg.AssetKey("funnel"), name)
    record = run.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    return record.event.dagster_event.event_specific_data


def test_topics_are_carried_to_the_pairs_shown_and_checked(finished: FakeRun):
    assert counts(finished, "SELECT count(*) FROM screened_questions WHERE keep AND topic IS NULL") == [(0,)]
    differing = "FROM qa_pairs p JOIN screened_questions s USING (query_id) WHERE p.topic IS DISTINCT FROM s.topic"
    assert counts(finished, f"SELECT count(*) {differing}") == [(0,)]
    named, num = counts(
        finished, "SELECT topic, count(*) AS num FROM qa_pairs GROUP BY topic ORDER BY num DESC, topic"
    )[0]
    share = num / counts(finished, "SELECT count(topic) FROM qa_pairs")[0][0]
    told = check(finished, "largest_topic")
    assert f"{share:.1%} are {named}" in told.description
    assert told.passed is (share <= finished.profile.checks.max_topic_share)
    event = finished.instance.get_latest_materialization_event(dg.AssetKey("screened_questions"))
    topics = [record.data["topic"] for record in event.asset_materialization.metadata["topics"].records]
    assert len(topics) == len(set(topics)) > 0
    assert f"<td>{named}</td>" in (finished.home.reports / "report.html").read_text()


def test_a_fan_in_that_lacks_a_partition_names_it(finished: FakeRun):
    missing = {"generator": "competition", "shard": "s0001"}
    rows = finished.lake.scan("minhash_signatures", [missing]).collect()
    finished.lake.remove("minhash_signatures", missing)
    target = next(t for t in finished.graph.targets("duplicate_pairs") if t.partition == {"generator": "competition"})
    with pytest.raises(MissingPartitionError, match=r"minhash_signatures.*competition\|s0001"):
        finished.graph.make(target)
    finished.graph.make(target, allow_partial=True)
    finished.lake.write("minhash_signatures", missing, rows)
    finished.make("duplicate_pairs", force=True)
    finished.make()
    assert finished.make() == [], "that a run of it failed once does not make a roll-up stale for ever"


def test_metadata_shows_counts_reasons_and_escaped_samples(finished: FakeRun):
    event = finished.instance.get_latest_materialization_event(dg.AssetKey("solvability_verdicts"))
    metadata = event.asset_materialization.metadata
    assert {"kept", "keep_rate", "drop_reasons", "kept_sample", "model", "sampling"} <= set(metadata)
    assert "unsolvable" in {row.data["drop_reason"] for row in metadata["drop_reasons"].records}
    assert "dagster/partition_row_count" in metadata
    assert len(set(metadata) - {"dagster/uri"}) <= 13, "a page that fits on a screen"


def test_the_role_model_shows_its_scores_role_by_role(finished: FakeRun):
    shown = finished.instance.get_latest_materialization_event(dg.AssetKey("role_model")).asset_materialization.metadata
    assert "judge accuracy" in {row.data["measure"] for row in shown["role_scores"].records}
    assert 0 <= shown["new_families_harden_more_steps"].value <= 1


def test_runs_are_named_jobs_of_the_code_location(finished: FakeRun):
    record = finished.instance.get_run_records(limit=1)[0].dagster_run
    assert not record.job_name.startswith("__")
    assert record.remote_job_origin.location_name == "scalequest_assets"


def test_the_released_folder_has_the_pairs_the_card_and_the_profile(finished: FakeRun):
    folder = finished.home.releases
    rows = pl.read_parquet(str(folder / "data" / "*.parquet"))
    assert rows.height == counts(finished, "SELECT count(*) FROM qa_pairs")[0][0]
    card = (folder / "README.md").read_text()
    assert card.startswith("---\nlicense:")
    event = finished.instance.get_latest_materialization_event(dg.AssetKey("dataset"))
    shown = event.asset_materialization.metadata["card"].value
    assert shown.startswith(f"# {finished.profile.name}\n")
    assert card.endswith("---\n\n" + re.sub(r"\(data:image/png;base64,[\w+/=]+\)", "(funnel.png)", shown))
    released = (folder / "profile.yaml").read_text()
    assert str(finished.home.root.parent) in finished.home.profile_file.read_text()
    assert str(finished.home.root.parent) not in released
    assert validate(yaml.safe_load(released), "released").random_seed == finished.profile.random_seed
    page = (finished.home.reports / "report.html").read_text()
    assert page.count("<script") == 1, "its own, which its policy allows by hash"
    assert str(finished.home.root.parent) not in page
    assert f"{rows.height:,} of {rows.height:,} pairs" in page


def test_costs_cover_every_asset_that_called_a_model(finished: FakeRun):
    costs = finished.lake.scan("costs", [{}]).collect()
    named = set(costs["asset"])
    assert {"role_model", "qft_model", "qpo_model", "synthetic_questions", "responses", "reward_model"} <= named
    assert json.loads(costs.write_json())[0]["engine_s"] > 0


def test_removing_a_shard_takes_its_rows_out_of_what_spans_all_of_them(finished: FakeRun, tmp_path: Path):
    run = finished.copied(tmp_path)
    run.use("num_shards=1")
    made = run.make()
    assert {"duplicate_pairs competition", "release_manifest grade_school", "dataset"} <= set(made)
    funnel = run.lake.scan("funnel", [{}]).collect()
    assert funnel["shard"].unique().to_list() == ["s0000"]
    assert run.make() == []


def test_a_model_that_is_gone_is_missing(tmp_path):
    run = FakeRun(tmp_path)
    run.make("role_model")
    path, _ = run.resources.models.store.current("role_model")
    for file in path.glob("*.safetensors"):
        file.unlink()
    assert [target.state for target in run.graph.targets("role_model")] == ["missing"]
    trained = run.trainer.num_trained
    assert run.make("role_model") == ["role_model"]
    assert run.trainer.num_trained == trained + 1, "a record without weights is no model"
    assert run.make("role_model") == []


def test_an_edited_seed_file_makes_the_seeds_stale(tmp_path):
    run = FakeRun(tmp_path)
    seeds = tmp_path / "seeds.jsonl"
    seeds.write_text('{"question": "What is 1 + 1?", "answer": "2"}\n')
    run.use(f"seeds.sources=[{{kind: jsonl, path: {seeds}}}]")
    run.make("seed_questions")
    seeds.write_text('{"question": "What is 2 + 2?", "answer": "4"}\n')
    run.use()
    assert run.make("seed_questions") == ["seed_questions"]


def test_a_file_added_to_a_folder_makes_the_seeds_stale_and_what_is_left_out_is_shown(tmp_path):
    run = FakeRun(tmp_path)
    folder = tmp_path / "school"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"question": "What is 1 + 1?", "answer": "2"}\n')
    run.use(f"seeds.sources=[{{kind: jsonl, path: {folder}}}]")
    assert run.make("seed_questions") == ["seed_questions"]
    assert run.make("seed_questions") == []
    answers = ["proof", "proof", "It holds as both sides are equal.", "3"]
    rows = [{"question": f"What is {i}?", "answer": answer} for i, answer in enumerate(answers)]
    (folder / "b.jsonl").write_text("\n".join(map(json.dumps, [*rows, {"question": "", "answer": "1"}])))
    run.use()
    assert run.make("seed_questions") == ["seed_questions"]
    shown = run.instance.get_latest_materialization_event(dg.AssetKey("seed_questions")).asset_materialization.metadata
    (counts,) = [record.data for record in shown["sources"].records]
    expected = {"records": 6, "without_question": 1, "without_answer": 3, "taken": 2}
    assert counts == {"source": "school", **expected}
    assert [(r.data["reason"], r.data["answer"], r.data["num_rows"]) for r in shown["left_out"].records] == [
        ("no gold answer", "proof", 2),
        ("no gold answer", "It holds as both sides are equal.", 1),
        ("no question", "1", 1),
    ]


def test_a_source_without_any_gold_answer_is_an_error_with_examples(tmp_path):
    run = FakeRun(tmp_path)
    seeds = tmp_path / "seeds.csv"
    seeds.write_text("question;answer\nIs it so?;proof\nWhy?;Since it is the same on both sides.\n")
    run.use(f"seeds.sources=[{{kind: csv, path: {seeds}}}]")
    with pytest.raises(SeedError, match=r"'seeds': none of its 2 rows .* \(answers such as 'proof', 'Since it"):
        run.make("seed_questions")


def test_a_benchmark_needs_no_answers(tmp_path):
    run = FakeRun(tmp_path)
    file = tmp_path / "test.json"
    file.write_text('[{"question": "What is 1 + 1?"}]')
    run.use(f"benchmarks.sources=[{{kind: json, path: {file}, name: exam}}]")
    run.make("benchmark_questions")
    assert run.lake.scan("benchmark_questions", [{}]).collect().row(0) == (
        "exam/000000",
        "exam",
        "What is 1 + 1?",
        None,
    )
    run.use(f"benchmarks.sources=[{{kind: json, path: {file}, name: exam, columns: {{answer: solution}}}}]")
    with pytest.raises(SeedError, match="column 'solution' is in no row"):
        run.make("benchmark_questions")


def test_a_band_and_a_weak_solver_decide_on_the_answers_that_are_there(finished: FakeRun, tmp_path: Path):
    run = finished.copied(tmp_path)
    run.use("roles.weak_solver={model: tiny, sampling: {temperature: 0.7}}", "answers.pass_rate.max=0.9")
    made = {name.split()[0] for name in run.make()}
    assert not made & {"responses", "response_scores", "reward_model"}, "nothing before it is made again"
    observed = run.lake.scan("observed_difficulty", run.lake.partitions("observed_difficulty")).collect()
    chosen, num_samples = observed.filter(pl.col("sample_idx").is_not_null()), run.profile.answers.num_samples
    assert chosen["weak_answers"].list.len().to_list() == [num_samples] * chosen.height
    assert chosen["gap"].null_count() == 0
    assert run.factory.calls["tiny"] == chosen.height * num_samples
    run.resources.on_new_file()
    lost = query(
        run.home.catalog_file, "SELECT query_id FROM rejections WHERE drop_reason = 'off_pass_rate' ORDER BY ALL"
    )
    assert lost["query_id"].to_list() == chosen.filter(pl.col("pass_rate") > 0.9)["query_id"].sort().to_list() != []
    assert query(run.home.catalog_file, "SELECT max(pass_rate) FROM questions WHERE is_in_qa_pairs").item() <= 0.9
    released = pl.read_parquet(str(run.home.releases / "data" / "*.parquet"))
    assert released["weak_pass_rate"].null_count() == 0


def test_the_name_of_a_table_is_that_of_its_view(finished: FakeRun):
    for name in STAGES.tables:
        view = node(finished, name).metadata["dagster/table_name"]
        assert query(finished.home.catalog_file, f"FROM {view} LIMIT 0").columns == list(TABLES[name])


@pytest.mark.parametrize(
    "name", [name for name in STAGES.tables if LINEAGE[name].carries and not STAGES[name].on_request]
)
def test_what_is_carried_over_is_equal(finished: FakeRun, name: str):
    assert_carried(finished, name)


def assert_carried(run: FakeRun, name: str) -> None:
    """Hold the columns that a table has from others against theirs."""
    rows = run.table(name)
    assert rows.height
    carried = LINEAGE[name].carried(name)
    for table in set(carried.values()):
        columns = [column for column, source in carried.items() if source == table]
        key = [column for column in STAGES[table].row_key if column in rows.columns]
        source = run.table(table).select({*key, *columns}).unique()
        found = rows.select(key).join(source, on=key, how="left", maintain_order="left", validate="m:1")
        assert found.height == rows.height
        assert rows.select(key).join(source, on=key, how="anti").is_empty(), f"{name}: rows that {table} does not have"
        assert found.select(columns).equals(rows.select(columns)), f"{name} from {table}"


def test_lineage_is_told_to_dagster_once_and_with_no_making(finished: FakeRun):
    lineage = node(finished, "screened_questions").metadata["dagster/column_lineage"]
    deps = lineage.deps_by_column["matched_share"]
    assert {(dep.asset_key.path[-1], dep.column_name) for dep in deps} == {
        ("benchmark_questions", "query"),
        ("synthetic_questions", "query"),
    }
    made = finished.instance.get_latest_materialization_event(dg.AssetKey("screened_questions"))
    assert "dagster/column_lineage" not in made.asset_materialization.metadata
    assert "dagster/column_lineage" not in node(finished, "seed_questions").metadata
