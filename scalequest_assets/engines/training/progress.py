"""What happens beside the steps of a training: its log lines and curves, an end to what diverges, and checkpoints.

A checkpoint is whole once it has its mark, which is written last. The last two are kept, so that a kill while one is
written leaves the one before. Optimizer and scheduler states are read with `weights_only=True` (transformers does),
and only from the job's own directory.
"""

# mypy: allow-untyped-calls
# (torch and transformers are typed in part)

import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from accelerate import PartialState  # type: ignore[import-untyped]  # publishes no type information
from transformers import TrainerCallback

from scalequest_assets.errors import TrainingError

Log = Callable[[str], None]

NUM_CHECKPOINTS: Final = 2
_MARK: Final = "whole.json"
_MAX_SHARE: Final = 0.05  # of the time of a training that writing checkpoints may take
_METRICS: Final = {
    "rewards/margins": "reward_margin",
    "rewards/accuracies": "reward_accuracy",
    "margin": "reward_margin",
    "accuracy": "reward_accuracy",
}
_REMEDY: Final = "lower learning_rate, raise warmup, or look for broken rows in the training file"
_MIN_STEPS_TO_JUDGE: Final = 8
_MIN_STEPS_FOR_CHANCE: Final = 20


class DivergedError(TrainingError):
    """The loss is no longer finite, or has risen."""


class Progress(TrainerCallback):
    """Logs step, loss, speed and time left, at most every two seconds, and stops a training that diverged."""

    def __init__(self, log: Log, interval_s: float = 2.0, *, seconds_before: float = 0.0) -> None:
        self.loss_curve: list[tuple[int, float]] = []
        self.curves: dict[str, list[tuple[int, float]]] = {}
        self._log, self._interval_s = log, interval_s
        self._seconds_before = seconds_before
        self._started = self._last = time.perf_counter()
        self._first_step = 0

    @property
    def metrics(self) -> dict[str, float]:
        """The last loss, and the last of what else was measured."""
        last = {name: curve[-1][1] for name, curve in self.curves.items()}
        return last | ({"loss": self.loss_curve[-1][1]} if self.loss_curve else {})

    @property
    def seconds(self) -> float:
        """Seconds of training, those before the checkpoint included."""
        return self._seconds_before + time.perf_counter() - self._started

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start the clock; take over the curves of a training that goes on."""
        self._started = time.perf_counter()
        self._last = -math.inf
        self._first_step = state.global_step
        for logs in state.log_history:
            self._record(int(logs["step"]), logs)
        if state.global_step:
            self._log(f"goes on from the checkpoint of step {state.global_step}/{state.max_steps}")

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Record the loss of a step; report it if the last report is old.

        Raises:
            DivergedError: If the loss or its gradient is not finite, or the loss has doubled.
        """
        if logs is None or "loss" not in logs:
            return
        for name in ("loss", "grad_norm"):
            if not math.isfinite(logs.get(name, 0.0)):
                raise DivergedError(f"{name} is {logs[name]} at step {state.global_step} of {state.max_steps}", _REMEDY)
        self._record(state.global_step, logs)
        check_not_doubled(self.loss_curve)
        now = time.perf_counter()
        if not state.is_world_process_zero:
            return
        if now - self._last < self._interval_s and state.global_step < state.max_steps:
            return
        self._last, here = now, now - self._started
        left = here / max(1, state.global_step - self._first_step) * (state.max_steps - state.global_step)
        speed = state.num_input_tokens_seen / (self._seconds_before + here)
        self._log(
            f"step {state.global_step}/{state.max_steps}  loss {logs['loss']:.4f}  "
            f"{speed:.0f} tokens/s  {left:.0f} s left"
        )

    def _record(self, step: int, logs: dict[str, Any]) -> None:
        if "loss" not in logs:
            return
        self.loss_curve.append((step, round(float(logs["loss"]), 6)))
        for theirs, ours in _METRICS.items():
            if theirs in logs:
                self.curves.setdefault(ours, []).append((step, round(float(logs[theirs]), 6)))


def check_not_doubled(loss_curve: Sequence[tuple[int, float]]) -> None:
    """Stop a training early whose loss is twice what it began with.

    Raises:
        DivergedError: If the mean of the last eight losses is above twice that of the first eight.
    """
    losses = [loss for _, loss in loss_curve]
    if len(losses) < 2 * _MIN_STEPS_TO_JUDGE:
        return
    first = statistics.fmean(losses[:_MIN_STEPS_TO_JUDGE])
    last = statistics.fmean(losses[-_MIN_STEPS_TO_JUDGE:])
    if last > 2 * first > 0:
        step = loss_curve[-1][0]
        raise DivergedError(f"the loss has risen from {first:.4g} to {last:.4g} at step {step}", _REMEDY)


def check_not_risen(loss_curve: Sequence[tuple[int, float]]) -> None:
    """Refuse a training that ended above where it began.

    From 20 steps on, the last quarter of the losses is held against the first: the difference must be more than chance,
    two standard errors. Below, it is the halves: half as much again, and three standard errors, for batches of a few
    rows differ by as much (a regression's squared errors by a factor of two).

    Raises:
        DivergedError: If the loss has risen.
    """
    losses = [loss for _, loss in loss_curve]
    if len(losses) < _MIN_STEPS_TO_JUDGE:
        return
    is_long = len(losses) >= _MIN_STEPS_FOR_CHANCE
    part = len(losses) // (4 if is_long else 2)
    first, last = losses[:part], losses[-part:]
    rise, start = statistics.fmean(last) - statistics.fmean(first), statistics.fmean(first)
    error = math.sqrt((statistics.variance(first) + statistics.variance(last)) / part)
    chance = 2 * error if is_long else max(0.5 * abs(start), 3 * error)
    if rise > chance:
        what = f"it was {start:.4g} over the first {part} steps and {start + rise:.4g} over the last"
        raise DivergedError(f"the loss ended above its start: {what}", _REMEDY)


class Checkpoints(TrainerCallback):
    """Asks for a checkpoint now and then, and marks those that are whole."""

    def __init__(self, progress: Progress, every_s: float) -> None:
        self._progress, self._every_s = progress, every_s
        self._last = self._asked = time.perf_counter()

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start the clock."""
        self._last = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for a checkpoint if the last is old; all processes of a training ask at the same step."""
        is_due = time.perf_counter() - self._last >= self._every_s and state.global_step < state.max_steps
        if _first_process_says(is_due):
            control.should_save = True
            self._asked = time.perf_counter()

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Mark the checkpoint that was written, and let the next wait at least twenty times as long as this took."""
        if state.is_world_process_zero:
            mark = Path(args.output_dir) / f"checkpoint-{state.global_step}" / _MARK
            mark.write_text(json.dumps({"step": state.global_step, "train_s": self._progress.seconds}))
        self._last = time.perf_counter()
        self._every_s = max(self._every_s, (self._last - self._asked) / _MAX_SHARE if self._every_s else 0.0)


def last_checkpoint(folder: str | None) -> tuple[Path, float] | None:
    """Return the last whole checkpoint in a directory and the seconds of training before it, or None."""
    marks = sorted(Path(folder).glob(f"checkpoint-*/{_MARK}"), key=_step) if folder else []
    if not marks:
        return None
    return marks[-1].parent, float(json.loads(marks[-1].read_text(encoding="utf-8"))["train_s"])


def _step(mark: Path) -> int:
    return int(mark.parent.name.rpartition("-")[2])


def _first_process_says(is_due: bool) -> bool:
    """Return what the first process says: their clocks differ, and a checkpoint needs them all."""
    if PartialState().num_processes == 1:
        return is_due
    flag = torch.tensor(int(is_due), device=PartialState().device)
    torch.distributed.broadcast(flag, src=0)
    return bool(flag.item())
