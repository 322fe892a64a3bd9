"""`scalequest sweep` as a user meets it, with fake models: what is shared, what is made again, what is told."""

import json
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.cli import making
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import use_profile
from scalequest_tests.conftest import SMALL, CommandLine, fake_model
from scalequest_tests.fakes import FakeFactory, FakeTrainer, fake_resources


class Sweep(CommandLine):
    """Commands in a home with fake models that count."""

    def __init__(self, root: Path, monkeypatch, capsys) -> None:
        super().__init__(root / "home", monkeypatch, capsys)
        self.root = root
        self.factory, self.trainer = FakeFactory(), FakeTrainer()
        monkeypatch.setattr(
            making,
            "build_resources",
            lambda home, profile: fake_resources(home, profile, self.factory, self.trainer),
        )
        model = fake_model(root / "model")
        one = "generators={grade_school: {base: tiny}}"
        small = [*SMALL, one, "num_shards=1", "questions_per_shard=12", "question_tuning.num_raw_questions=8"]
        use_profile(Home(self.home), None, [setting.replace("MODEL", str(model)) for setting in small])

    def clear(self) -> None:
        """Forget what was counted."""
        self.factory.calls.clear()
        self.trainer.num_trained = 0

    def points(self) -> list[Path]:
        return sorted(path.parent for path in self.home.glob("sweeps/*/point.json"))


@pytest.fixture
def scalequest(tmp_path, monkeypatch, capsys) -> Sweep:
    return Sweep(tmp_path, monkeypatch, capsys)


def test_a_second_point_computes_nothing_that_a_first_did_and_both_are_compared(scalequest):
    code, out, err = scalequest("sweep", "question_tuning.qpo.beta=0.1,0.2", "--select", "qpo_model", "--json")
    assert code == 0, err
    assert scalequest.trainer.num_trained == 4, "role model and QFT once, QPO twice"
    assert scalequest.factory.calls["qft_model/grade_school"] == 8, "raw questions once"
    first, second = scalequest.points()
    assert not (first / "completions").exists()
    weights = [next(point.glob("models/qft_model/grade_school/*/model.safetensors")) for point in (first, second)]
    assert weights[0].samefile(weights[1]), "linked, not copied"
    records = [next(point.glob("models/qft_model/grade_school/*/record.json")) for point in (first, second)]
    assert not records[0].samefile(records[1])
    document = json.loads(out)
    assert [point["overrides"] for point in document["points"]] == [{"question_tuning.qpo.beta": b} for b in (0.1, 0.2)]
    figures = document["points"][0]["figures"]
    assert figures["qft_model.grade_school.loss"] == 1.0
    assert 0 < figures["optimized_questions.grade_school.keep_rate"] <= 1
    rows = pl.read_csv(document["files"][0])
    assert rows["point"].to_list() == [first.name, second.name]
    assert (
        rows["optimized_questions.grade_school.keep_rate"][0] == figures["optimized_questions.grade_school.keep_rate"]
    )
    assert scalequest("sql", "FROM optimized_questions", home=first)[0] == 0


def test_running_again_makes_nothing_and_a_further_value_one_point(scalequest):
    arguments = ("--select", "seed_questions")
    assert scalequest("sweep", "random_seed=1,2", *arguments)[0] == 0
    code, _, err = scalequest("sweep", "random_seed=2,1", *arguments)
    assert (code, err.count("up to date")) == (0, 2)
    code, _, err = scalequest("sweep", "random_seed=1,2,3", *arguments)
    assert (code, err.count("up to date")) == (0, 2), "the points of before are found by their overrides"
    assert len(scalequest.points()) == 3
    source = "seeds.sources=[{kind: families, style: grade_school, max_questions: 9}]"
    assert scalequest("run", "--set", source, *arguments)[0] == 0
    code, _, err = scalequest("sweep", "random_seed=1,2", *arguments)
    assert (code, err.count("made 1 partitions")) == (0, 2), "a point follows its home"


def test_the_home_takes_over_what_a_point_has_trained(scalequest):
    assert scalequest("sweep", "question_tuning.qft.num_epochs=3", "--select", "qft_model")[0] == 0
    scalequest.clear()
    made = "seed_questions,role_model,generator_config,qft_model"
    assert scalequest("run", "--set", "question_tuning.qft.num_epochs=3", "--select", made)[0] == 0
    assert (scalequest.trainer.num_trained, scalequest.factory.calls.total()) == (0, 0)


def test_a_point_that_fails_is_told_and_stops_no_other_and_goes_on_later(scalequest):
    source = scalequest.root / "later.jsonl"
    axis = f"seeds.sources=[{{kind: jsonl, path: {source}}}],[{{kind: families, style: competition}}]"
    arguments = ("sweep", axis, "--select", "seed_questions")
    code, _, err = scalequest(*arguments)
    assert code == 1
    assert "1 of 2 points failed" in err
    assert "later.jsonl" in err
    assert "Traceback" not in err
    states = [row["state"] for row in json.loads(scalequest("sweep", "--list", "--json")[1])]
    assert sorted(state == "made" for state in states) == [False, True]
    (table,) = scalequest.home.glob("sweeps/*.csv")
    assert "later.jsonl" in pl.read_csv(table)["error"][0]
    source.write_text('{"question": "How many are 1 and 1?", "answer": "2"}\n')
    code, _, err = scalequest(*arguments)
    assert (code, err.count("made 1 partitions"), err.count("up to date")) == (0, 1, 1)
    assert {row["state"] for row in json.loads(scalequest("sweep", "--list", "--json")[1])} == {"made"}


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


def test_of_a_point_that_failed_what_was_made_is_compared(scalequest):
    few = ("question_tuning.min_pairs=1000", "--select", "qpo_model", "--json")
    code, out, err = scalequest("sweep", *few)
    (point,) = json.loads(out)["points"]
    assert (code, "1000 needed" in point["error"]) == (1, True)
    assert point["figures"]["optimized_questions.grade_school.keep_rate"] > 0
    assert not any(name.startswith("qpo_model") for name in point["figures"])
    assert "looks inside" in err


def test_a_sweep_is_not_begun_in_a_point(scalequest):
    assert scalequest("sweep", "random_seed=1", "--select", "seed_questions")[0] == 0
    code, _, err = scalequest("sweep", "random_seed=2", home=scalequest.points()[0])
    assert code == 2
    assert f"SCALEQUEST_HOME={scalequest.home}" in err


def test_clean_keeps_what_points_refer_to_and_removes_points_on_request(scalequest):
    assert "no points yet" in scalequest("sweep", "--list")[1]
    assert scalequest("sweep", "question_sampling.top_p=0.8", "--select", "raw_questions")[0] == 0
    young = ("clean", "--older-than-days", "0", "--json")
    assert json.loads(scalequest(*young)[1]) == []
    assert json.loads(scalequest(*young, home=scalequest.points()[0])[1]) == [], (
        "a point's completions are its parent's"
    )
    scalequest("clean", "--older-than-days", "0", "--sweeps", "--yes")
    assert scalequest.points() == []
    assert list(scalequest.home.glob("sweeps/*.csv")), "what was compared stays"


def test_ways_to_preference_pairs_are_compared(scalequest):
    ways = "rewrites,judged_rewrites,own_samples"
    code, out, err = scalequest("sweep", f"question_tuning.pairs={ways}", "--select", "qpo_model", "--json")
    assert code == 0, err
    points = json.loads(out)["points"]
    assert [point["overrides"]["question_tuning.pairs"] for point in points] == ways.split(",")
    kept = [point["figures"]["optimized_questions.grade_school.keep_rate"] for point in points]
    assert all(0 < rate <= 1 for rate in kept)
    assert kept[1] < kept[0], "the judge agrees with some pairs alone"
    assert scalequest.factory.calls["qft_model/grade_school"] == 8, "raw questions once"
