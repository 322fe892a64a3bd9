"""Students through Dagster with fake models: what each learns from, what a change makes again, and that it adds up."""

import shutil
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from scalequest_assets.cli.making import selected_assets
from scalequest_assets.engines.base import RowError, TrainingJob, TrainingResult
from scalequest_assets.errors import ProfileError, SeedError, TrainingError
from scalequest_assets.recipe.arms import PAIRS
from scalequest_assets.release.simulated import NOTICE
from scalequest_assets.release.students import page
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.sql import query
from scalequest_assets.sweeps.figures import figures_of
from scalequest_tests.assets.test_graph import assert_carried
from scalequest_tests.conftest import FakeRun
from scalequest_tests.fakes import FakeTrainer, weights_hash

STUDENTS = list(STAGES.groups["students"])
TRAINED = {
    "best_1": "{base: tiny, arm: best, seed: 1}",
    "best_2": "{base: tiny, arm: best, seed: 2}",
    "drawn": "{base: tiny, arm: random_response}",
    "commonest": "{base: tiny, arm: majority}",
    "raw": "{base: tiny, arm: unscreened, generator: competition}",
    "seeds": "{base: tiny, arm: seeds_only, num_pairs: 20}",
}
NAMES = ["tiny", *TRAINED]


def trained(**changed: str) -> str:
    """The students as `--set` takes them, some of them changed."""
    return f"students.trained={{{', '.join(f'{name}: {text}' for name, text in (TRAINED | changed).items())}}}"


def with_students(home: FakeRun, root: Path) -> FakeRun:
    run = home.copied(root)
    run.use(trained())
    return run


@pytest.fixture(scope="module")
def made(one_shard: FakeRun, tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home in which the students were made too. Tests read it, or change a copy."""
    run = with_students(one_shard, tmp_path_factory.mktemp("students"))
    run.make(*selected_assets(run.graph, ["+student_page"]))
    return run


def rows(run: FakeRun, table: str, *names: str) -> pl.DataFrame:
    return run.lake.scan(table, [{"student": name} for name in names or NAMES]).collect()


def report(run: FakeRun) -> pl.DataFrame:
    return run.lake.scan("student_report", [{}]).collect()


def test_students_are_made_on_request_alone_and_once(made: FakeRun, one_shard: FakeRun):
    assert {t.state for asset in STUDENTS for t in one_shard.graph.targets(asset)} == {"optional"}
    assert {t.state for asset in STUDENTS for t in made.graph.targets(asset)} == {"fresh"}
    assert made.make(*STUDENTS) == []
    assert (made.home.lake / "student_pairs" / "student=best_1" / "part.parquet").is_file()
    assert made.trainer.num_trained == len(TRAINED), "a base is not trained"


def test_what_is_released_is_what_the_best_arm_learns_from(made: FakeRun):
    released = pl.read_parquet(str(made.home.releases / "data" / "*.parquet"))
    for name in ("best_1", "best_2"):
        assert (
            rows(made, "student_pairs", name)
            .select(PAIRS.names())
            .equals(released.sort("query_id").select(PAIRS.names()))
        )
    assert rows(made, "student_pairs", "tiny").is_empty()


def test_other_arms_are_selections_over_the_same_tables(made: FakeRun):
    scored, best = made.table("response_scores"), rows(made, "student_pairs", "best_1")
    drawn, commonest = rows(made, "student_pairs", "drawn"), rows(made, "student_pairs", "commonest")
    for found in (drawn, commonest):
        assert found["query_id"].equals(best["query_id"])
        known = scored.filter("keep").select("query_id", "query", "response")
        assert found.select("query_id", "query", "response").join(known, on=known.columns, how="anti").is_empty()
    raw = rows(made, "student_pairs", "raw")
    assert raw["query_id"].to_list() == sorted(scored.filter(generator="competition")["query_id"].unique())
    assert raw["response"].equals(scored.filter(generator="competition", sample_idx=0).sort("query_id")["response"])
    seeds = made.lake.scan("seed_questions", [{}]).collect()
    own = rows(made, "student_pairs", "seeds")
    assert own.height == 20
    assert own.join(seeds, on=["query_id", "query"], how="anti").is_empty()
    assert own["response"].str.contains("boxed").all()


def test_a_student_is_trained_on_prompt_and_response_from_its_base(made: FakeRun):
    base, student = made.resources.models.handle("tiny"), made.resources.models.handle("student_model", "best_1")
    own = rows(made, "student_pairs", "best_1").row(0, named=True)
    told = (Path(student.path) / "model.safetensors").read_text(encoding="utf-8")  # the fake writes what it is given
    assert told.startswith(f"sft|{weights_hash(base.path)}|")
    assert '"completion":"' in told
    assert '"prompt":"<user>' in told
    assert own["response"].split("\n")[0].replace("\\", "\\\\") in told
    assert made.resources.models.handle("student_model", "tiny") == base
    seeds = {made.resources.models.store.current("student_model", name)[1].seed for name in ("best_1", "drawn")}
    assert len(seeds) == 1, "arms at the same seed are trained alike"


def test_everybody_answers_every_question_once(made: FakeRun):
    questions = made.lake.scan("student_questions", [{}]).collect()
    seeds = made.lake.scan("seed_questions", [{}]).collect()
    assert 0 < questions.height <= 30
    assert questions.join(seeds, on="query", how="semi").is_empty()
    for name in NAMES:
        own = rows(made, "student_answers", name)
        assert own["query_id"].equals(questions["query_id"])
        assert own["gold"].equals(questions["answer"])
        assert set(own["student"]) == {name}
        assert set(own["evaluator"]) == {"maths, scalequest-assets 0.1.0"}
        assert own["is_correct"].null_count() == 0
        assert not own["is_seen"].any()
    assert made.lake.read_cost("student_answers", {"student": "tiny"}).num_requests == questions.height


def test_what_answers_carry_over_is_equal(made: FakeRun):
    assert_carried(made, "student_answers")


def test_the_report_adds_up_with_the_answers(made: FakeRun):
    found, answered = report(made), rows(made, "student_answers")
    right = dict(answered.group_by("student").agg(pl.col("is_correct").mean()).iter_rows())
    singles = found.drop_nulls("student")
    assert dict(singles.select("student", "accuracy").iter_rows()) == {
        name: pytest.approx(right[name]) for name in ("best_1", "best_2")
    }
    scores = found.filter(pl.col("student").is_null(), pl.col("against").is_null())
    told = {"base", "best", "random_response", "majority", "unscreened of competition", "seeds_only, 20 pairs"}
    assert set(scores["arm"]) == told
    assert found.drop_nulls("against").height == len(told) * (len(told) - 1) // 2
    assert scores.filter(arm="base")["accuracy"].item() == pytest.approx(right["tiny"])
    assert query(made.home.catalog_file, "SELECT count(*) FROM student_report").item() == found.height


@pytest.mark.parametrize("name", ["released_pairs_teach", "students_are_compared_on_the_same", "rows_add_up"])
def test_checks_look_at_the_report(made: FakeRun, name: str):
    key = dg.AssetCheckKey(dg.AssetKey("student_report"), name)
    record = made.instance.get_latest_asset_check_evaluation_record(key)
    assert record is not None
    assert record.evaluation.passed == (name != "released_pairs_teach"), "fakes learn nothing"


def test_the_page_shows_scores_with_intervals(made: FakeRun):
    html = (made.home.reports / "students.html").read_text(encoding="utf-8")
    assert html.count('<svg class="chart"') == 1
    assert "random_response" in html
    assert "95% interval" in html
    assert "<script" not in html
    report = made.lake.scan("student_report", [{}]).collect()
    assert NOTICE in page(report, name="tiny", description="", is_simulated=True)
    assert NOTICE not in html


def test_one_arm_changed_makes_its_student_alone_again(made: FakeRun, tmp_path: Path):
    run = made.copied(tmp_path)
    run.use(trained(drawn="{base: tiny, arm: random_response, seed: 5}"))
    assert run.make(*STUDENTS) == [
        "student_config drawn",
        "student_pairs drawn",
        "student_model drawn",
        "student_answers drawn",
        "student_report",
    ], "the fakes answer as before: the page stays"
    assert run.trainer.num_trained == 1


def test_what_every_student_would_learn_again_is_not_trained_again(made: FakeRun, tmp_path: Path):
    run = made.copied(tmp_path)
    run.use("prices.cpu_hour=0.5", "answers.selection=majority")
    assert {target.split()[0] for target in run.make()} >= {"observed_difficulty", "release_manifest"}
    before = {name: run.lake.content_hash("student_pairs", {"student": name}) for name in NAMES}
    remade = run.make(*STUDENTS)
    assert {f"student_pairs {name}" for name in NAMES} <= set(remade), "the manifest is another"
    changed = {name for name in NAMES if run.lake.content_hash("student_pairs", {"student": name}) != before[name]}
    assert not changed & {"tiny", "raw", "seeds"}
    assert {target.split()[1] for target in remade if target.startswith("student_model")} == changed
    assert run.trainer.num_trained == len(changed)


class KilledTrainer(FakeTrainer):
    """Leaves a checkpoint and ends, the first time; notes what each training found."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []

    def train(self, context: dg.AssetExecutionContext, job: TrainingJob) -> TrainingResult:
        folder = Path(str(job.checkpoint_dir))
        self.found.append((folder.name, [path.name for path in folder.iterdir()]))
        if len(self.found) == 1:
            (folder / "checkpoint-3").mkdir()
            raise TrainingError("killed", "start it again")
        return super().train(context, job)


def test_a_students_training_that_was_cut_short_goes_on_from_its_own_checkpoint(one_shard: FakeRun, tmp_path: Path):
    run = one_shard.copied(tmp_path)
    run.trainer = KilledTrainer()
    run.use()
    run.make("student_config", "student_pairs")
    with pytest.raises(TrainingError, match="killed"):
        run.make("student_model")
    assert run.make("student_model") == ["student_model best_1", "student_model seeds"]
    (first, nothing), (again, left), (other, fresh) = run.trainer.found
    assert (again, left) == (first, ["checkpoint-3"])
    assert first.startswith("student_model-best_1-")
    assert nothing == fresh == []
    assert other.startswith("student_model-seeds-")


def test_a_student_that_is_gone_leaves_the_report(made: FakeRun, tmp_path: Path):
    run = made.copied(tmp_path)
    run.use(f"students.trained={{best_1: {TRAINED['best_1']}}}")
    assert run.make(*STUDENTS) == ["student_report", "student_page"]
    assert set(report(run)["arm"]) == {"base", "best"}


def test_too_few_pairs_are_an_error_that_says_how_many_there_are(one_shard: FakeRun, tmp_path: Path):
    run = one_shard.copied(tmp_path)
    run.use("students.trained={best_1: {base: tiny, arm: best, num_pairs: 5000}}")
    run.make("student_config")
    with pytest.raises(TrainingError, match=r"student_pairs best_1: the arm best has \d+ pairs, 5000 wanted"):
        run.make("student_pairs")


def test_a_profile_without_students_has_no_report(fake_run: FakeRun):
    fake_run.use("students.trained={}", "students.bases={}")
    assert fake_run.graph.targets("student_model") == []
    with pytest.raises(TrainingError, match="the profile names no student"):
        fake_run.make("student_report")


def test_without_a_question_nobody_is_asked(one_shard: FakeRun, tmp_path: Path):
    run = one_shard.copied(tmp_path)
    run.use("students.evaluation.held_out=[]")
    with pytest.raises(SeedError, match="no benchmark has a question with an answer"):
        run.make("student_questions")


def test_benchmarks_in_groups_a_sample_of_each_and_more_samples(one_shard: FakeRun, tmp_path: Path):
    run = one_shard.copied(tmp_path)
    own = "{kind: families, name: NAME, style: competition, max_questions: 8}"
    run.use(
        f"students.evaluation.held_out=[{own.replace('NAME', 'one')}, {own.replace('NAME', 'two')}]",
        "students.evaluation.groups={both: [one, two]}",
        "students.evaluation.max_questions=10",
        "students.evaluation.num_samples=3",
        "students.trained={}",
    )
    run.make("student_questions", "student_config", "student_pairs", "student_model", "student_answers")
    answered = rows(run, "student_answers", "tiny")
    assert (answered.height, set(answered["benchmark"])) == (10, {"both"})
    assert {key.split("/")[0] for key in answered["query_id"]} == {"one", "two"}
    assert set(answered["num_samples"]) == {3}
    assert answered["majority_answer"].null_count() == 0
    assert run.lake.read_cost("student_answers", {"student": "tiny"}).num_requests == 40


def test_what_an_engine_cannot_do_counts_for_nobody(made: FakeRun, tmp_path: Path):
    run = made.copied(tmp_path)
    run.use("engine.max_error_share=0.5")
    shutil.rmtree(run.home.completions)
    run.factory.failing = {"student_model/drawn": {"new_ones/000003": RowError(kind="timeout", message="no answer")}}
    run.graph.make(next(t for t in run.graph.targets("student_answers") if t.key == "drawn"))
    assert rows(run, "student_answers", "drawn").filter(pl.col("is_correct").is_null()).height == 1
    run.make("student_report")
    assert set(report(run)["num_questions"]) == {rows(run, "student_answers", "tiny").height - 1}


def test_a_sweep_compares_arms(made: FakeRun):
    figures = figures_of(made.home, made.profile, ["student_model", "student_report"])
    told = figures.filter(table="student_report")
    assert set(told["measure"]) == {"accuracy", "difference"}
    assert "tiny best new_ones" in told["key"].to_list()
    assert set(figures.filter(table="student_model")["key"]) == set(TRAINED)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (trained(raw="{base: other, arm: best}"), "students.trained.raw.base"),
        (trained(raw="{base: tiny, arm: best, generator: nobody}"), "students.trained.raw.generator"),
        (trained(raw="{base: tiny, arm: seeds_only, generator: competition}"), "seed questions are no generator's"),
        (trained(tiny="{base: tiny, arm: best}"), "both a base and a student"),
        ("students.bases.tiny.model=role_model", "has learned these questions already"),
        ("students.evaluation.groups={math: [nothing]}", "no benchmark is named nothing"),
    ],
)
def test_students_that_cannot_be_are_refused(fake_run: FakeRun, settings: str, fault: str):
    with pytest.raises(ProfileError, match=fault):
        fake_run.use(settings)
