"""Log lines, curves, divergence and checkpoints of trainings."""

import dataclasses
import json
import math
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scalequest_assets.engines.base import TrainingJob
from scalequest_assets.engines.training_client import read_result
from scalequest_assets.engines.training_progress import (
    Progress,
    check_not_doubled,
    check_not_risen,
    last_checkpoint,
)
from scalequest_assets.errors import TrainingError
from scalequest_tests.engines.test_training import ROWS, digest, fit, make_job

KILLED_AT_STEP = """
import json, os, pathlib, signal, sys
import torch
from scalequest_assets.engines import training
from scalequest_assets.engines.training_client import parse_job

torch.set_num_threads(1)
step, moment = int(sys.argv[2]), sys.argv[3]

class Killed(training.Checkpoints):
    def on_save(self, args, state, control, **kwargs):
        if moment == "marked":
            super().on_save(args, state, control, **kwargs)
        if state.global_step == step:
            os.kill(os.getpid(), signal.SIGKILL)
        super().on_save(args, state, control, **kwargs)

training.Checkpoints = Killed
training.train(parse_job(json.loads(pathlib.Path(sys.argv[1]).read_text())), print)
"""


def with_checkpoints(job: TrainingJob, folder: Path, *, every_s: float = 0.0) -> TrainingJob:
    folder.mkdir(parents=True)
    return dataclasses.replace(job, checkpoint_dir=str(folder), checkpoint_every_s=every_s)


def curve(*losses: float) -> list[tuple[int, float]]:
    return list(enumerate(losses, start=1))


@pytest.mark.parametrize(
    ("rows", "moment"), [("sft", "unmarked"), *((rows, "marked") for rows in sorted(ROWS) if rows != "sft")]
)
def test_a_killed_training_goes_on_and_ends_the_same(rows: str, moment: str, tiny_model: str, tmp_path: Path) -> None:
    """Killed at 60%, once after a checkpoint was whole and once before: the same steps, losses and weights."""
    undisturbed = make_job(tmp_path / "a", tiny_model, rows, num_epochs=3)
    expected, _ = fit(undisturbed)
    job = with_checkpoints(make_job(tmp_path / "b", tiny_model, rows, num_epochs=3), tmp_path / "checkpoints")
    (tmp_path / "job.json").write_text(json.dumps(dataclasses.asdict(job)))
    step = math.ceil(0.6 * expected.num_steps) + 1  # in the middle of an epoch
    command = [sys.executable, "-c", KILLED_AT_STEP, str(tmp_path / "job.json"), str(step), moment]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (Path(job.output_dir) / "result.json").exists()

    result, lines = fit(job)
    assert result.resumed_from == (step if moment == "marked" else step - 1)
    assert lines[0] == f"goes on from the checkpoint of step {result.resumed_from}/{expected.num_steps}"
    assert (result.num_steps, result.num_tokens) == (expected.num_steps, expected.num_tokens)
    assert result.loss_curve == expected.loss_curve
    assert result.curves == expected.curves
    assert digest(job.output_dir) == digest(undisturbed.output_dir)
    assert read_result(job.output_dir) == result


def test_a_packed_training_goes_on_from_its_checkpoint(tiny_model: str, tmp_path: Path) -> None:
    packed = {"packing": True, "micro_batch_size": 1, "batch_size": 1}
    whole = make_job(tmp_path / "a", tiny_model, "sft", **packed)
    expected, _ = fit(whole)
    job = with_checkpoints(make_job(tmp_path / "b", tiny_model, "sft", **packed), tmp_path / "checkpoints")
    fit(job)
    again, _ = fit(job)
    assert again.resumed_from == expected.num_steps - 1
    assert again.loss_curve == expected.loss_curve
    assert digest(job.output_dir) == digest(whole.output_dir)


def test_an_adapter_goes_on_from_its_checkpoint(tiny_model: str, tmp_path: Path) -> None:
    whole = make_job(tmp_path / "a", tiny_model, "sft", lora_rank=2)
    expected, _ = fit(whole)
    job = with_checkpoints(make_job(tmp_path / "b", tiny_model, "sft", lora_rank=2), tmp_path / "checkpoints")
    fit(job)
    again, _ = fit(job)
    assert again.resumed_from == expected.num_steps - 1
    assert again.loss_curve == expected.loss_curve
    assert digest(job.output_dir) == digest(whole.output_dir)


def test_two_checkpoints_are_kept_and_optimizer_states_are_no_pickles(tiny_model: str, tmp_path: Path) -> None:
    import torch

    job = with_checkpoints(make_job(tmp_path / "a", tiny_model, "sft"), tmp_path / "checkpoints")
    fit(job)
    kept = sorted(path.name for path in (tmp_path / "checkpoints").glob("checkpoint-*"))
    assert kept == ["checkpoint-4", "checkpoint-5"]
    state = torch.load(tmp_path / "checkpoints" / "checkpoint-5" / "optimizer.pt", weights_only=True)
    assert state["state"]


def test_checkpoints_are_rare(tiny_model: str, tmp_path: Path) -> None:
    job = with_checkpoints(make_job(tmp_path / "a", tiny_model, "sft"), tmp_path / "checkpoints", every_s=3600)
    fit(job)
    assert list((tmp_path / "checkpoints").glob("checkpoint-*")) == []


def test_there_is_no_checkpoint_before_the_first(tmp_path: Path) -> None:
    assert last_checkpoint(None) is None
    assert last_checkpoint(str(tmp_path)) is None
    (tmp_path / "checkpoint-3").mkdir()  # not whole
    assert last_checkpoint(str(tmp_path)) is None


def test_curves_of_a_preference_training(tiny_model: str, tmp_path: Path) -> None:
    result, _ = fit(make_job(tmp_path, tiny_model, "dpo"))
    assert set(result.curves) == {"reward_margin", "reward_accuracy"}
    assert [step for step, _ in result.curves["reward_margin"]] == list(range(1, result.num_steps + 1))
    assert result.metrics["reward_margin"] == result.curves["reward_margin"][-1][1]


def test_a_loss_that_doubles_stops_early() -> None:
    check_not_doubled(curve(*[1.0] * 8, *[1.9] * 8))
    check_not_doubled(curve(*[1.0] * 8, 9.0))
    with pytest.raises(TrainingError, match=r"risen from 1 to 2\.1 at step 16"):
        check_not_doubled(curve(*[1.0] * 8, *[2.1] * 8))


def test_a_loss_above_its_start_fails() -> None:
    noise = random.Random(0)
    flat = [1 + noise.gauss(0, 0.1) for _ in range(40)]
    check_not_risen(curve(*flat))
    check_not_risen(curve(*[2 - step / 40 + noise.gauss(0, 0.1) for step in range(40)]))
    check_not_risen(curve(1.0, 9.0))  # too few to judge
    check_not_risen(curve(*[1.0] * 4, *[1.4] * 4))
    with pytest.raises(TrainingError, match="above its start"):
        check_not_risen(curve(*[1 + step / 40 + noise.gauss(0, 0.1) for step in range(40)]))
    with pytest.raises(TrainingError, match=r"it was 1 over the first 2 steps and 1\.6 over the last"):
        check_not_risen(curve(*[1.0] * 4, *[1.6] * 4))


def test_checkpoints_of_a_diverged_training_are_removed(tiny_model: str, tmp_path: Path) -> None:
    job = make_job(tmp_path, tiny_model, "sft", learning_rate=1e30, warmup=0.0, num_epochs=8)
    job = with_checkpoints(job, tmp_path / "checkpoints")
    with pytest.raises(TrainingError, match="at step"):
        fit(job)
    assert not (tmp_path / "checkpoints").exists()


def test_diverged_training_stops(tiny_model: str, tmp_path: Path) -> None:
    job = make_job(tmp_path, tiny_model, "sft", learning_rate=1e30, warmup=0.0, num_epochs=8)
    with pytest.raises(TrainingError, match="at step"):
        fit(job)
    assert not (Path(job.output_dir) / "result.json").exists()


def test_progress_is_reported_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import TrainerState

    lines: list[str] = []
    clock = iter(x / 4 for x in range(1000))
    monkeypatch.setattr("scalequest_assets.engines.training_progress.time.perf_counter", lambda: next(clock))
    progress = Progress(lines.append)
    progress.on_train_begin(None, TrainerState(), None)
    for step in range(1, 41):
        state = TrainerState(global_step=step, max_steps=40, num_input_tokens_seen=100 * step)
        progress.on_log(None, state, None, {"loss": 1.0})
    assert [int(line.split()[1].split("/")[0]) for line in lines] == [1, 9, 17, 25, 33, 40]
    assert lines[1].endswith("400 tokens/s  8 s left")
