"""Log lines, curves, divergence and checkpoints of trainings."""

import dataclasses
import math
import os
import pickle
import random
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from scalequest_assets.engines.base import TrainingJob
from scalequest_assets.engines.training import worker
from scalequest_assets.engines.training.client import read_result
from scalequest_assets.engines.training.progress import (
    DivergedError,
    Progress,
    check_not_doubled,
    check_not_risen,
    last_checkpoint,
)
from scalequest_assets.errors import TrainingError
from scalequest_tests.engines.training.test_training import ROWS, digest, fit, make_job
from scalequest_tests.forks import FORKS


def train_until_killed(job: TrainingJob, step: int, moment: str) -> None:
    """Train, and end by a signal at a step: once its checkpoint is written, before it is `marked` as whole or after."""

    class Killed(worker.Checkpoints):
        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if moment == "marked":
                super().on_save(args, state, control, **kwargs)
            if state.global_step == step:
                os.kill(os.getpid(), signal.SIGKILL)
            super().on_save(args, state, control, **kwargs)

    torch.set_num_threads(1)
    worker.Checkpoints = Killed
    worker.train(job, print)


def with_checkpoints(job: TrainingJob, folder: Path, *, every_s: float = 0.0) -> TrainingJob:
    folder.mkdir(parents=True)
    return dataclasses.replace(job, checkpoint_dir=str(folder), checkpoint_every_s=every_s)


def curve(*losses: float) -> list[tuple[int, float]]:
    return list(enumerate(losses, start=1))


@pytest.mark.parametrize(
    ("rows", "moment", "lora_rank"),
    [
        ("sft", "unmarked", None),
        ("sft", "marked", 2),
        *((rows, "marked", None) for rows in sorted(ROWS) if rows != "sft"),
    ],
)
def test_a_killed_training_goes_on_and_ends_the_same(
    rows: str, moment: str, lora_rank: int | None, tiny_model: str, tmp_path: Path
) -> None:
    """Killed at 60%, once after a checkpoint was whole and once before: the same steps, losses and weights."""
    settings = {"num_epochs": 3, "lora_rank": lora_rank}
    undisturbed = make_job(tmp_path / "a", tiny_model, rows, **settings)
    expected, _ = fit(undisturbed)
    job = with_checkpoints(make_job(tmp_path / "b", tiny_model, rows, **settings), tmp_path / "checkpoints")
    step = math.ceil(0.6 * expected.num_steps) + 1  # in the middle of an epoch
    killed = FORKS.Process(target=train_until_killed, args=(job, step, moment))
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL, "it ended otherwise: see the captured stderr"
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


class Poison:
    """Unpickled, it writes a file: what a checkpoint from elsewhere could do to who reads it."""

    def __init__(self, sign: Path) -> None:
        self.sign = sign

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.sign,)


STATES = ("optimizer.pt", "scheduler.pt", "rng_state.pth")


@pytest.fixture(scope="module")
def checkpointed(tiny_model: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingJob, Path]:
    """A job with the checkpoint before its last step."""
    folder = tmp_path_factory.mktemp("checkpointed")
    job = with_checkpoints(make_job(folder / "job", tiny_model, "sft"), folder / "checkpoints")
    fit(job)
    return job, last_checkpoint(job.checkpoint_dir)[0]  # type: ignore[index]


@pytest.mark.parametrize("name", STATES)
def test_what_is_in_a_checkpoint_is_never_executed(
    name: str, checkpointed: tuple[TrainingJob, Path], tmp_path: Path
) -> None:
    job, checkpoint = checkpointed
    sign, folder = tmp_path / "executed", tmp_path / "checkpoints"
    shutil.copytree(checkpoint, folder / checkpoint.name)
    (folder / checkpoint.name / name).write_bytes(pickle.dumps(Poison(sign)))
    with pytest.raises(TrainingError, match=f"could not go on from .*{checkpoint.name}") as raised:
        fit(dataclasses.replace(job, checkpoint_dir=str(folder)))
    assert "remove that directory" in raised.value.remedy
    assert not sign.exists()
    assert (folder / checkpoint.name).exists(), "it is kept for whoever looks into it"
    pickle.loads(pickle.dumps(Poison(sign)))
    assert sign.exists(), "the poison works"


def test_weights_beside_a_checkpoint_are_not_read_as_pickles(
    checkpointed: tuple[TrainingJob, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that the library would write in other settings are not looked at, and all that is read, is read safely."""
    job, checkpoint = checkpointed
    sign, folder = tmp_path / "executed", tmp_path / "checkpoints"
    shutil.copytree(checkpoint, folder / checkpoint.name)
    for name in ("training_args.bin", "pytorch_model.bin", "adapter_model.bin", "optimizer.bin"):
        (folder / checkpoint.name / name).write_bytes(pickle.dumps(Poison(sign)))
    read: dict[str, object] = {}
    load = torch.load

    def recorded(file: Any, *args: Any, **kwargs: Any) -> Any:
        read[Path(str(file)).name] = kwargs.get("weights_only")
        return load(file, *args, **kwargs)

    monkeypatch.setattr(torch, "load", recorded)
    result, _ = fit(dataclasses.replace(job, checkpoint_dir=str(folder)))
    assert result.resumed_from == int(checkpoint.name.rpartition("-")[2])
    assert read == dict.fromkeys(STATES, True)
    assert not sign.exists()


def test_two_checkpoints_are_kept_and_optimizer_states_are_no_pickles(tiny_model: str, tmp_path: Path) -> None:
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
    check_not_risen(curve(0.05, 0.06, 0.12, 0.04, 0.09, 0.05, 0.11, 0.07, 0.08, 0.12))  # ten batches of eight rows
    with pytest.raises(TrainingError, match="above its start"):
        check_not_risen(curve(*[1 + step / 40 + noise.gauss(0, 0.1) for step in range(40)]))
    with pytest.raises(TrainingError, match=r"it was 1 over the first 4 steps and 1\.6 over the last"):
        check_not_risen(curve(*[1.0] * 4, *[1.6] * 4))


def test_checkpoints_of_a_diverged_training_are_removed(tiny_model: str, tmp_path: Path) -> None:
    job = make_job(tmp_path, tiny_model, "sft", learning_rate=1e30, warmup=0.0, num_epochs=8)
    job = with_checkpoints(job, tmp_path / "checkpoints")
    with pytest.raises(TrainingError, match="at step"):
        fit(job)
    assert not (tmp_path / "checkpoints").exists()


@pytest.mark.parametrize(
    ("learning_rate", "warmup", "num_epochs", "message"),
    [
        (1e30, 0.0, 3, r"^(loss|grad_norm) is (nan|inf) at step \d of 9"),
        (3.0, 0.9, 8, r"^the loss has risen from [\d.]+ to [\d.]+ at step 1\d"),
        (
            3.0,
            0.9,
            4,
            r"^the loss ended above its start: it was [\d.]+ over the first 6 steps and [\d.]+ over the last",
        ),
    ],
)
def test_diverged_training_stops(
    learning_rate: float, warmup: float, num_epochs: int, message: str, tiny_model: str, tmp_path: Path
) -> None:
    hyper = {"learning_rate": learning_rate, "warmup": warmup, "num_epochs": num_epochs}
    job = make_job(tmp_path, tiny_model, "sft", **hyper)
    with pytest.raises(DivergedError, match=message) as raised:
        fit(job)
    assert "lower learning_rate" in raised.value.remedy
    assert not (Path(job.output_dir) / "result.json").exists()


def test_progress_is_reported_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import TrainerState

    lines: list[str] = []
    clock = iter(x / 4 for x in range(1000))
    monkeypatch.setattr("scalequest_assets.engines.training.progress.time.perf_counter", lambda: next(clock))
    progress = Progress(lines.append)
    progress.on_train_begin(None, TrainerState(), None)
    for step in range(1, 41):
        state = TrainerState(global_step=step, max_steps=40, num_input_tokens_seen=100 * step)
        progress.on_log(None, state, None, {"loss": 1.0})
    assert [int(line.split()[1].split("/")[0]) for line in lines] == [1, 9, 17, 25, 33, 40]
    assert lines[1].endswith("400 tokens/s  8 s left")
