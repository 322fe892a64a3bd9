"""How the training child process is started, and how its result is read.

With Dagster: `PipesSubprocessClient().run(context=…, command=command(job), extras={"job": job.document()},
env=environment())`, then `read_result(job.output_dir)`. Training runs in a child of its own because it needs an
allocator that only a fresh process can have, and because its memory is gone for certain when it ends.
"""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from scalequest_assets.engines.allocator import find_tcmalloc, preload
from scalequest_assets.engines.base import Hyperparameters, TrainingJob, TrainingResult
from scalequest_assets.errors import ScalequestError, TrainingError

RESULT_FILE: Final = "result.json"
ERROR_FILE: Final = "error.json"
_MODULE: Final = "scalequest_assets.engines.training"
_FSDP: Final = [
    "--use_fsdp",
    *("--fsdp_version", "2"),
    *("--fsdp_auto_wrap_policy", "TRANSFORMER_BASED_WRAP"),
    *("--fsdp_state_dict_type", "FULL_STATE_DICT"),
]


def command(job: TrainingJob, num_devices: int = 1, *, is_sharded: bool = False) -> list[str]:
    """Return the command line of the worker, which gets the job through Dagster Pipes.

    Args:
        job: Checked here, so that a job that cannot run fails before a model is loaded.
        num_devices: GPUs to train on; more than one goes through `accelerate launch`.
        is_sharded: Whether the model is spread over them (FSDP) and not copied to each.

    Raises:
        TrainingError: If the batch does not divide among the devices.
    """
    hyper = job.hyperparameters
    if hyper.batch_size % (hyper.micro_batch_size * num_devices):
        raise TrainingError(
            f"{job.task}: batch_size {hyper.batch_size} is no multiple of micro_batch_size {hyper.micro_batch_size} "
            f"times {num_devices} device(s)",
            "choose a micro_batch_size that divides it",
        )
    if num_devices > 1:
        spread = _FSDP if is_sharded else ["--multi_gpu"]
        launch = ["-m", "accelerate.commands.launch", *spread, "--num_processes", str(num_devices)]
        return [sys.executable, *launch, "-m", _MODULE]
    return [sys.executable, "-m", _MODULE]


def environment(num_threads: int | None = None) -> dict[str, str]:
    """Return what the child needs in its environment besides the parent's.

    Args:
        num_threads: Threads of OpenMP; None leaves it to torch (all cores).
    """
    variables = {"TOKENIZERS_PARALLELISM": "false", "TQDM_DISABLE": "1", "PYTHONUNBUFFERED": "1"}
    # Threads that wait for others sleep: spinning, they would crawl as soon as another program wants a core.
    variables["OMP_WAIT_POLICY"] = "PASSIVE"
    if num_threads is not None:
        variables["OMP_NUM_THREADS"] = str(num_threads)
    return variables | preload(find_tcmalloc())


def parse_job(fields: dict[str, Any]) -> TrainingJob:
    """Return the job that `TrainingJob.document` describes.

    Raises:
        TrainingError: Fields are missing, unknown or out of bounds.
    """
    try:
        hyperparameters = Hyperparameters(**fields["hyperparameters"])
        return TrainingJob(**{**fields, "hyperparameters": hyperparameters})
    except (KeyError, TypeError, ValidationError) as error:
        raise TrainingError(f"the training job cannot be read: {error}", "launch it with training_client") from error


def write_result(result: TrainingResult, output_dir: str | Path) -> None:
    """Write `result.json`, whole or not at all."""
    target = Path(output_dir) / RESULT_FILE
    temporary = target.with_suffix(".tmp")
    temporary.write_text(json.dumps(dataclasses.asdict(result), indent=2), encoding="utf-8")
    temporary.replace(target)


def write_error(error: ScalequestError, output_dir: str | Path) -> None:
    """Write `error.json`: what went wrong, and the remedy."""
    Path(output_dir).mkdir(parents=True, exist_ok=True)
    fields = {"what": error.what, "remedy": error.remedy}
    (Path(output_dir) / ERROR_FILE).write_text(json.dumps(fields), encoding="utf-8")


def read_error(output_dir: str | Path) -> TrainingError | None:
    """Return the error that a training reported, or None if it said nothing."""
    path = Path(output_dir) / ERROR_FILE
    return TrainingError(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def read_result(output_dir: str | Path) -> TrainingResult:
    """Return what a training reported.

    Raises:
        TrainingError: If it left no result, so did not finish.
    """
    path = Path(output_dir) / RESULT_FILE
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TrainingError(f"the training left no {path}", "read the run's log: the child process failed") from error
    fields["loss_curve"] = [(step, loss) for step, loss in fields["loss_curve"]]
    fields["curves"] = {name: [(step, value) for step, value in curve] for name, curve in fields["curves"].items()}
    return TrainingResult(**fields)
