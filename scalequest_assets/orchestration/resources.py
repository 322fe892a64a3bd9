"""The training child, as a resource. Tests hand in another."""

from dataclasses import asdict

import dagster as dg

from scalequest_assets.engines.base import TrainingJob, TrainingResult
from scalequest_assets.orchestration.dagster_private import DagsterPipesExecutionError


class PipesTrainer:
    """Trains in a child process, whose log lines appear in the run's log as they come."""

    def train(self, context: dg.AssetExecutionContext, job: TrainingJob) -> TrainingResult:
        """Run the job to its end."""
        import torch

        from scalequest_assets.engines.training.client import command, environment, read_error, read_result
        from scalequest_assets.engines.training.memory import must_be_sharded

        num_devices = torch.cuda.device_count() or 1
        invocation = command(job, num_devices, is_sharded=must_be_sharded(job, num_devices))
        try:
            dg.PipesSubprocessClient().run(
                command=invocation, context=context, env=environment(), extras={"job": asdict(job)}
            )
        except DagsterPipesExecutionError as failure:
            reported = read_error(job.output_dir)
            raise (reported or failure) from failure
        return read_result(job.output_dir)
