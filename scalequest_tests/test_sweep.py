"""`scalequest sweep` as a user meets it, with fake models: what is shared, what is made again, what is told."""

import json
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets import cli, making
from scalequest_tests.conftest import SMALL, fake_model
from scalequest_tests.fakes import FakeFactory, FakeTrainer, fake_resources


class Sweep:
    """A home with fake models that count, and commands in it."""

    def __init__(self, root: Path, monkeypatch, capsys) -> None:
        self.root, self.home = root, root / "home"
        self.factory, self.trainer = FakeFactory(), FakeTrainer()
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.setattr(
            making,
            "build_resources",
            lambda home, profile: fake_resources(home, profile, self.factory, self.trainer),
        )
        model = fake_model(root / "model")
        self("run", "--select", "seed_questions", *self._settings(model))
        self.clear()

    def __call__(self, *arguments: str, home: Path | None = None) -> tuple[int, str, str]:
        self._monkeypatch.setenv("SCALEQUEST_HOME", str(home or self.home))
        self._monkeypatch.setattr("sys.argv", ["scalequest", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        printed = self._capsys.readouterr()
        return code, printed.out, printed.err

    def clear(self) -> None:
        """Forget what was counted."""
        self.factory.calls.clear()
        self.trainer.num_trained = 0

    def points(self) -> list[Path]:
        return sorted(path.parent for path in self.home.glob("sweeps/*/point.json"))

    @staticmethod
    def _settings(model: Path) -> list[str]:
        one = "generators={grade_school: {base: tiny}}"
        small = [*SMALL, one, "num_shards=1", "questions_per_shard=12", "question_tuning.num_raw_questions=8"]
        return [part for setting in small for part in ("--set", setting.replace("MODEL", str(model)))]


@pytest.fixture
def scalequest(tmp_path, monkeypatch, capsys) -> Sweep:
    return Sweep(tmp_path, monkeypatch, capsys)


def test_a_second_point_computes_nothing_that_the_home_or_a_first_did(scalequest):
    code, _, err = scalequest("sweep", "question_tuning.qpo.beta=0.1,0.2", "--select", "qpo_model")
    assert code == 0, err
    assert scalequest.trainer.num_trained == 4, "role model and QFT once, QPO twice"
    assert scalequest.factory.calls["qft_model/grade_school"] == 8, "raw questions once"
    first, second = scalequest.points()
    assert not (first / "completions").exists()
    weights = [next(point.glob("models/qft_model/grade_school/*/model.safetensors")) for point in (first, second)]
    assert weights[0].samefile(weights[1]), "linked, not copied"
    records = [next(point.glob("models/qft_model/grade_school/*/record.json")) for point in (first, second)]
    assert not records[0].samefile(records[1])


def test_running_again_makes_nothing_and_a_further_value_one_point(scalequest):
    arguments = ("--select", "raw_questions")
    assert scalequest("sweep", "question_sampling.top_p=0.8,0.9", *arguments)[0] == 0
    scalequest.clear()
    code, _, err = scalequest("sweep", "question_sampling.top_p=0.9,0.8", *arguments)
    assert (code, err.count("up to date"), scalequest.trainer.num_trained) == (0, 2, 0)
    assert scalequest.factory.calls.total() == 0
    code, _, err = scalequest("sweep", "question_sampling.top_p=0.8,0.9,1", *arguments)
    assert (code, err.count("up to date")) == (0, 2), "the points of before are found by their overrides"
    assert (scalequest.trainer.num_trained, scalequest.factory.calls.total()) == (0, 8)
    assert len(scalequest.points()) == 3


def test_the_home_takes_over_what_a_point_has_trained(scalequest):
    assert scalequest("sweep", "question_tuning.qpo.beta=0.3", "--select", "qpo_model")[0] == 0
    scalequest.clear()
    made = "seed_questions,role_model,generator_config,qft_model,raw_questions,optimized_questions,qpo_model"
    assert scalequest("run", "--set", "question_tuning.qpo.beta=0.3", "--select", made)[0] == 0
    assert (scalequest.trainer.num_trained, scalequest.factory.calls.total()) == (0, 0)


def test_the_comparison_is_a_table_a_file_a_picture_and_a_document(scalequest):
    axes = ("question_tuning.solvability_share=0,1", "random_seed=1,2", "--select", "optimized_questions")
    code, out, err = scalequest("sweep", *axes)
    assert code == 0, err
    assert "Mean ± standard deviation over seeds" in out
    assert "solvability_share=1" in out
    assert "keep_rate" in out
    (table,) = scalequest.home.glob("sweeps/*.csv")
    rows = pl.read_csv(table)
    assert rows.select("question_tuning.solvability_share", "random_seed").rows() == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert rows["optimized_questions.grade_school.keep_rate"].is_between(0, 1).all()
    assert rows["error"].is_null().all()
    (picture,) = scalequest.home.glob("sweeps/*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    document = json.loads(scalequest("sweep", *axes, "--json")[1])
    assert {average["num_points"] for average in document["over_seeds"]} == {2}
    assert document["points"][0]["figures"]["qft_model.grade_school.loss"] == 1.0
    assert scalequest("sql", "FROM optimized_questions", home=scalequest.points()[0])[0] == 0


def test_a_point_that_fails_is_told_and_stops_no_other_and_goes_on_later(scalequest):
    code, _, err = scalequest("sweep", "question_tuning.min_pairs=1000,2", "--select", "qpo_model")
    assert code == 1
    assert "1 of 2 points failed" in err
    assert "preference pairs, 1000 needed" in err
    assert "Traceback" not in err
    listed = {
        tuple(row["overrides"].values()): row["state"] for row in json.loads(scalequest("sweep", "--list", "--json")[1])
    }
    assert listed[(2,)] == "made"
    assert "1000 needed" in listed[(1000,)]
    (table,) = scalequest.home.glob("sweeps/*.csv")
    errors = dict(pl.read_csv(table).select("question_tuning.min_pairs", "error").iter_rows())
    assert errors[2] is None
    assert "1000 needed" in errors[1000]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "write KEY=V1,V2"),
        (["random_seed"], "no value"),
        (["random_seed="], "no value"),
        (["=1"], "no key"),
        (["random_seed=1,1"], "twice"),
        (["random_seed=1", "random_seed=2"], "there already"),
        (["seeds.sources=[{kind: families"], "not YAML"),
        (["num_shard=1,2"], "did you mean 'num_shards'?"),
        (["num_shards=1,0,1000"], "2 of 3 points cannot be"),
        (["num_shards=0", "random_seed=1,2,3"], "random_seed=1 and 2 more: profile"),
        (["generators.*.nonsense=1"], "unknown key"),
        (["random_seed=1", "--select", "nonsense"], "no asset is named nonsense"),
    ],
)
def test_what_cannot_be_is_told_before_anything_runs(scalequest, arguments, expected):
    code, out, err = scalequest("sweep", *arguments)
    assert code == 2
    assert expected in err
    assert "Traceback" not in out + err
    assert scalequest.points() == []


def test_a_sweep_is_not_begun_in_a_point(scalequest):
    assert scalequest("sweep", "random_seed=1", "--select", "seed_questions")[0] == 0
    code, _, err = scalequest("sweep", "random_seed=2", home=scalequest.points()[0])
    assert code == 2
    assert f"SCALEQUEST_HOME={scalequest.home}" in err


def test_clean_keeps_what_points_refer_to_and_removes_points_on_request(scalequest):
    assert "no points yet" in scalequest("sweep", "--list")[1]
    assert scalequest("sweep", "question_sampling.top_p=0.8,0.9", "--select", "raw_questions")[0] == 0
    young = ("clean", "--older-than-days", "0", "--json")
    assert json.loads(scalequest(*young)[1]) == []
    assert json.loads(scalequest(*young, home=scalequest.points()[0])[1]) == [], (
        "a point's completions are its parent's"
    )
    scalequest("clean", "--older-than-days", "0", "--sweeps", "--yes")
    assert scalequest.points() == []
    assert list(scalequest.home.glob("sweeps/*.csv")), "what was compared stays"
