"""What steps, checks and the walk are given: the lake, the models, the trainer, the releases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg

from scalequest_assets.config.profile import Profile
from scalequest_assets.engines.base import TrainingJob, TrainingResult
from scalequest_assets.engines.packages import needing_local_packages
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.engines.simulate.settings import SimulateSettings
from scalequest_assets.orchestration.dagster_private import ChildFailedError
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.step import Trainer
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.io_manager import IO_MANAGER, LakeIOManager
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.releases import Releases
from scalequest_assets.storage.reviews import Reviews


@dataclass(frozen=True, kw_only=True)
class Resources:
    """All that a home and a profile give; tests replace some of it."""

    home: Home
    profile: Profile
    lake: Lake
    models: Models
    trainer: Trainer
    releases: Releases
    reviews: Reviews
    on_new_file: Callable[..., object]

    def for_dagster(self) -> Mapping[str, Any]:
        """Return them by the names under which steps and checks ask for them."""
        return {
            IO_MANAGER: LakeIOManager(self.lake, on_new_file=self.on_new_file),
            "lake": self.lake,
            "profile": self.profile,
            "models": self.models,
            "trainer": self.trainer,
            "releases": self.releases,
            "reviews": self.reviews,
        }


def trainer_of(engine: EngineSettings) -> Trainer:
    """Return what trains models: a child process, or a simulation where models are simulated."""
    return SimulatedTrainer(engine.simulate) if engine.kind == "simulate" else PipesTrainer(engine.frozen_dtype)


class SimulatedTrainer:
    """Trains nothing; see `engines.simulate.training`."""

    def __init__(self, settings: SimulateSettings) -> None:
        self._settings = settings

    def train(self, context: dg.AssetExecutionContext, job: TrainingJob) -> TrainingResult:
        """Leave the folder of a simulated model."""
        from scalequest_assets.engines.simulate.training import simulate_training

        context.log.info(f"simulated: nothing is trained for {job.task}")
        return simulate_training(job, self._settings)


class PipesTrainer:
    """Trains in a child process, whose log lines appear in the run's log as they come.

    Args:
        frozen_dtype: See `TrainingJob`.
    """

    def __init__(self, frozen_dtype: str = "auto") -> None:
        self._frozen_dtype = frozen_dtype

    def train(self, context: dg.AssetExecutionContext, job: TrainingJob) -> TrainingResult:
        """Run the job to its end."""
        from scalequest_assets.engines.training.client import command, environment, read_error, read_result

        with needing_local_packages("a training"):
            import torch

            from scalequest_assets.engines.training.memory import must_be_sharded
        job = replace(job, frozen_dtype=self._frozen_dtype)
        num_devices = torch.cuda.device_count() or 1
        invocation = command(job, num_devices, is_sharded=must_be_sharded(job, num_devices))
        try:
            dg.PipesSubprocessClient().run(
                command=invocation, context=context, env=environment(), extras={"job": job.document()}
            )
        except ChildFailedError as failure:
            reported = read_error(job.output_dir)
            raise (reported or failure) from failure
        return read_result(job.output_dir)
