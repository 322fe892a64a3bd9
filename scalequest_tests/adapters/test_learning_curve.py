import json
from pathlib import Path

import pytest

from scalequest_assets.adapters import learning_curve
from scalequest_assets.adapters.learning_curve import Course, Point, curve_table
from scalequest_assets.config.sections import RoleModel
from scalequest_assets.engines.base import Hyperparameters
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.errors import HomeError
from scalequest_assets.steps.role_model import role_rows
from scalequest_assets.subjects.maths.role_scores import held_out_sets
from scalequest_assets.subjects.maths.subject import SUBJECT
from scalequest_tests.engines.conftest import make_model

LORA = Hyperparameters(learning_rate=1e-3, batch_size=4, micro_batch_size=4, max_length=900, lora_rank=2)
FULL = Hyperparameters(learning_rate=1e-4, batch_size=4, micro_batch_size=4, max_length=900)
POINTS = [Point(num_examples=4, training=LORA), Point(num_examples=4, training=FULL)]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("curve")
    base = make_model(folder / "base", context=1024)
    return Course(
        folder=folder,
        base=base,
        adapter=folder / "none",
        rows=role_rows(SUBJECT, ChatFormat(str(base)), RoleModel(base="b", num_examples=8, training=LORA), 1),
        held_out=held_out_sets(4, 1, taught={"first_stories": None}),
        seed=1,
        log=lambda text: None,
    )


def test_a_curve_is_measured_once_and_goes_on_where_it_was(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    told = course.measure(POINTS)
    assert "| measure | 4 LoRA | 4 full 0.0001 |" in told
    assert "new families" in told
    assert (course.folder / "learning_curve.md").read_text().strip() == told
    assert (course.folder / "learning_curve.png").stat().st_size > 10_000
    monkeypatch.setattr(learning_curve, "train", _refuse)
    assert course.measure(POINTS) == told  # from what the models wrote
    answers = course.folder / "4-LoRA" / "answers.json"
    stored = json.loads(answers.read_text())
    answers.unlink()
    assert course.measure(POINTS) == told  # from the trained model
    assert json.loads(answers.read_text()) == stored


def test_a_directory_of_another_training_is_refused(course: Course) -> None:
    course.measure(POINTS[:1])
    (course.folder / "4-LoRA" / "answers.json").unlink()
    other = Point(num_examples=4, training=Hyperparameters(learning_rate=2e-3, lora_rank=2))
    with pytest.raises(HomeError, match=r"4-LoRA.job\.json is of another training"):
        course.measure([other])


def test_a_table_shows_points_side_by_side() -> None:
    held_out = held_out_sets(8, 3, taught={"first_stories": None})
    answers = {name: {key: [e.target for e in examples] for key, examples in held_out.items()} for name in ("a", "b")}
    assert curve_table(held_out, answers).count("| judge accuracy | 100% ± ") == 2


def _refuse(*_: object) -> None:
    raise AssertionError("it is trained again")


def test_points_are_told_apart_by_their_names() -> None:
    shipped = Point(num_examples=4400, training=None)
    assert [point.name for point in (*POINTS, shipped)] == ["4 LoRA", "4 full 0.0001", "4400 shipped"]
    assert Path(POINTS[1].name.replace(" ", "-")).name == "4-full-0.0001"
