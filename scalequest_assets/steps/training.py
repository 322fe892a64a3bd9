"""From rows to a trained model in the model store, through the training child."""

import hashlib
import json
import time
from dataclasses import replace
from typing import Any

import dagster as dg
import polars as pl

from scalequest_assets.engines.base import Hyperparameters, TrainingJob, TrainingResult, TrainingTask
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.steps import metadata
from scalequest_assets.steps.step import Step
from scalequest_assets.storage.costs import Cost
from scalequest_assets.storage.models import ModelRecord, Published
from scalequest_assets.storage.sources import file_hash


def train(
    step: Step,
    task: TrainingTask,
    base: ModelHandle,
    rows: pl.DataFrame,
    training: Hyperparameters,
    *,
    extra: metadata.Metadata | None = None,
    seed: int | None = None,
) -> dg.MaterializeResult[None]:
    """Train a model on rows and publish it as the asset's current one.

    Args:
        step: The step.
        task: What kind of training; decides the columns of `rows` (see `TrainingJob`).
        base: The model to start from.
        rows: Training rows.
        training: The profile's hyperparameters.
        extra: Further metadata of the asset.
        seed: Of initialisation and shuffling; None derives it from the profile's, the asset and the generator.
    """
    began, generator = time.monotonic(), step.owner
    with step.models.store.job(step.asset, generator) as folder:
        rows.write_ndjson(folder.train_file)
        rows_hash = file_hash(str(folder.train_file))
        job = TrainingJob(
            task=task,
            base_dir=base.path,
            base_revision=base.revision,
            train_file=str(folder.train_file),
            output_dir=str(folder.output_dir),
            hyperparameters=training,
            seed=row_seed(step.random_seed, step.asset, generator or "") % 2**31 if seed is None else seed,
            trust_remote_code=base.trust_remote_code,
        )
        same = _already_trained(step, generator, base, job, rows_hash)
        if same:
            step.context.log.info("trained already on the same rows, with the same hyperparameters and seed")
            _account(step, same, wall_s=time.monotonic() - began)
            return dg.MaterializeResult(
                data_version=dg.DataVersion(str(same.weights_version)),
                metadata={"trained_already": True, **(extra or {})},
            )
        step.models.free_devices()
        checkpoints = folder.checkpoints(_job_hash(base, job, rows_hash))
        result = step.trainer.train(step.context, replace(job, checkpoint_dir=str(checkpoints)))
        record = _record(step, generator, base, job, rows_hash, result)
        published = step.models.store.publish(folder.output_dir, record)
    step.models.budget.spend(_account(step, record, wall_s=time.monotonic() - began))
    return dg.MaterializeResult(
        data_version=dg.DataVersion(published.version),
        metadata={
            **_metadata(published, base, result),
            "rows_left_out": rows.height - result.num_rows,
            **(extra or {}),
        },
    )


def _account(step: Step, record: ModelRecord, *, wall_s: float) -> Cost:
    """Enter what a training took, from the model's record: it is the same however often the asset is made."""
    cost = Cost(
        num_requests=record.extra["num_rows"],
        completion_tokens=record.num_tokens,
        engine_s=record.train_s,
        gpu_s=record.train_s * record.extra["num_devices"],
        wall_s=wall_s,
        device=record.device,
        model=f"{record.base}@{record.base_version}",
    )
    step.ledger.add("trained", cost)
    return cost


def _already_trained(
    step: Step, generator: str | None, base: ModelHandle, job: TrainingJob, rows_hash: str
) -> ModelRecord | None:
    """Return the record of the current model, or of a relative's taken over, that the job would only make again."""
    store, job_hash = step.models.store, _job_hash(base, job, rows_hash)
    if store.is_there(step.asset, generator):
        record = store.record(step.asset, generator)
        if record.extra.get("job") == job_hash:
            return record
    return store.take_over(step.asset, generator, base_version=base.version, job=job_hash)


def _job_hash(base: ModelHandle, job: TrainingJob, rows_hash: str) -> str:
    """Return 16 hex digits of all that decides what a training makes."""
    identity = [job.task, base.version, rows_hash, job.hyperparameters.model_dump(), job.seed]
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]


def _record(
    step: Step,
    generator: str | None,
    base: ModelHandle,
    job: TrainingJob,
    rows_hash: str,
    result: TrainingResult,
) -> ModelRecord:
    return ModelRecord(
        kind="trained",
        asset=step.asset,
        generator=generator,
        base=base.name,
        base_revision=base.revision,
        base_version=base.version,
        data_version=rows_hash,
        hyperparameters=job.hyperparameters.model_dump(),
        seed=job.seed,
        loss_curve=result.loss_curve,
        metrics=result.metrics,
        num_tokens=result.num_tokens,
        train_s=result.train_s,
        device=result.device,
        extra={
            "task": job.task,
            "job": _job_hash(base, job, rows_hash),
            "num_rows": result.num_rows,
            "num_steps": result.num_steps,
            "num_devices": result.num_devices,
        },
    )


def _metadata(published: Published, base: ModelHandle, result: TrainingResult) -> metadata.Metadata:
    described: dict[str, Any] = {
        "base": base.label,
        "weights": dg.MetadataValue.path(published.path),
        "rows": result.num_rows,
        "steps": result.num_steps,
        "tokens": result.num_tokens,
        "train_s": result.train_s,
        "tokens_per_s": round(result.num_tokens / result.train_s, 1) if result.train_s else 0.0,
        "device": result.device,
        "metrics": dg.MetadataValue.json(json.loads(json.dumps(result.metrics))),
    }
    if result.loss_curve:
        described["loss_curve"] = metadata.curve(result.loss_curve, "step", "loss")
    for name, curve in result.curves.items():
        described[f"{name}_curve"] = metadata.curve(curve, "step", name)
    if result.resumed_from:
        described["resumed_from_step"] = result.resumed_from
    return described
