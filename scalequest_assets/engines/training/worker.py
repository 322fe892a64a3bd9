"""The training worker: one model, one task, one process. Read it from `train` down.

Tasks: `sft` (question fine-tuning, role model, student), `dpo` (question preference optimization), `reward`
(Bradley-Terry), `regression` (difficulty). Rows are tokenized by us (`training_rows`) and not by TRL.

It runs in a process of its own (`__main__`), so it imports torch and transformers at the top.
"""

# mypy: allow-untyped-calls
# (torch, transformers and trl are typed in part)

import argparse
import json
import logging
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import datasets
import peft
import torch
import transformers
from accelerate import DistributedType, PartialState  # type: ignore[import-untyped]  # publishes no type information
from accelerate.utils import parse_flag_from_env  # type: ignore[import-untyped]
from dagster_pipes import PipesContext, open_dagster_pipes
from peft.tuners.lora import LoraLayer
from peft.utils import ModulesToSaveWrapper
from transformers import Trainer, TrainingArguments
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.reward_config import RewardConfig
from trl.trainer.reward_trainer import RewardTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from scalequest_assets.engines.base import TrainingJob, TrainingResult, TrainingTask
from scalequest_assets.engines.chat import load_tokenizer
from scalequest_assets.engines.int8 import Int8Linear
from scalequest_assets.engines.loading import (
    Head,
    best_device,
    device_name,
    is_fast_in_bfloat16,
    load_model,
    set_pad_token,
    stored_dtype,
)
from scalequest_assets.engines.rounding import round_weights, rounded
from scalequest_assets.engines.training.client import parse_job, write_error, write_result
from scalequest_assets.engines.training.head import start_at_mean
from scalequest_assets.engines.training.memory import Setup, choose, weights_dtype
from scalequest_assets.engines.training.order import Ordered
from scalequest_assets.engines.training.progress import (
    NUM_CHECKPOINTS,
    Checkpoints,
    DivergedError,
    Log,
    Progress,
    check_not_risen,
    last_checkpoint,
)
from scalequest_assets.engines.training.rows import read_rows, tokenized
from scalequest_assets.errors import ScalequestError, TrainingError

_ROWS: Final = "rows"
_HEADS: Final[dict[TrainingTask, Head]] = {"sft": "causal", "dpo": "causal", "reward": "score", "regression": "score"}


def main() -> None:
    """Run the job given on the command line or by Dagster."""
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description="Train one model on one task.")
    parser.add_argument("--job", type=Path, help="a TrainingJob as JSON; without it, the job comes from Dagster Pipes")
    job_file = parser.parse_args().job
    if job_file is not None:
        train(parse_job(json.loads(job_file.read_text(encoding="utf-8"))), print)
        return
    with open_dagster_pipes() as pipes:
        if not isinstance(pipes, PipesContext):
            parser.error("--job is missing, and this process was not launched by Dagster")
        job = parse_job(pipes.get_extra("job"))
        try:
            train(job, pipes.log.info)
        except ScalequestError as error:
            write_error(error, job.output_dir)
            raise


def train(job: TrainingJob, log: Log) -> TrainingResult:
    """Train, write weights, tokenizer and `result.json` to the job's output directory, and return the result.

    Raises:
        TrainingError: If memory is too little, the rows cannot be used, the loss is no longer finite, or it rose.
    """
    _silence_libraries()
    transformers.set_seed(job.seed)
    tokenizer = load_tokenizer(job.base_dir, revision=job.base_revision, trust_remote_code=job.trust_remote_code)
    set_pad_token(tokenizer, is_distinct=job.task in ("reward", "regression"))
    rows = tokenized(job, read_rows(job), tokenizer)
    setup = _setup(job, rows)
    model = _loaded(job, weights_dtype(job, is_bfloat16=is_fast_in_bfloat16()))
    model.config.pad_token_id = tokenizer.pad_token_id
    if job.task == "regression" and not setup.is_sharded:  # a model in parts gives no states before it is trained
        start_at_mean(model, rows, batch_size=job.hyperparameters.micro_batch_size, device=str(PartialState().device))
    arguments = _arguments(job, setup)
    trainer = _TRAINERS[job.task](job, arguments, model, tokenizer, _dataset(job, rows, setup))
    checkpoint, seconds_before = last_checkpoint(job.checkpoint_dir) or (None, 0.0)
    progress = Progress(log, seconds_before=seconds_before)
    trainer.add_callback(progress)
    if job.checkpoint_dir:
        trainer.add_callback(Checkpoints(progress, job.checkpoint_every_s))
    trainer.remove_callback(transformers.PrinterCallback)
    resumed_from = int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0
    try:
        _run(trainer, checkpoint, resumed_from)
        check_not_risen(progress.loss_curve)
    except DivergedError:  # it would again from where it was
        if job.checkpoint_dir and trainer.is_world_process_zero():
            shutil.rmtree(job.checkpoint_dir)
        raise
    result = TrainingResult(
        num_rows=len(rows),
        num_steps=trainer.state.global_step,
        num_tokens=trainer.state.num_input_tokens_seen,
        train_s=round(progress.seconds, 3),
        device=device_name(best_device()),
        num_devices=0 if best_device() == "cpu" else PartialState().num_processes,
        loss_curve=progress.loss_curve,
        metrics=progress.metrics,
        curves=progress.curves,
        resumed_from=resumed_from,
    )
    _save(job, trainer, tokenizer)
    if trainer.is_world_process_zero():
        write_result(result, job.output_dir)
    return result


def _run(trainer: Trainer, checkpoint: Path | None, resumed_from: int) -> None:
    """Train to the end; what goes wrong before the first step behind a checkpoint is the checkpoint's fault."""
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except Exception as error:
        if checkpoint is None or isinstance(error, TrainingError) or trainer.state.global_step > resumed_from:
            raise
        raise TrainingError(
            f"the training could not go on from {checkpoint}: {type(error).__name__}: {str(error)[:300]}",
            "remove that directory if a file in it is damaged: the training then goes on from the last one",
        ) from error


def _loaded(job: TrainingJob, dtype: str) -> Any:
    """Return the model to start from."""
    return load_model(
        job.base_dir,
        _HEADS[job.task],
        dtype=dtype,
        revision=job.base_revision,
        trust_remote_code=job.trust_remote_code,
        adds_head=_HEADS[job.task] == "score",
        is_tuned=True,
    )


def _dataset(job: TrainingJob, rows: list[dict[str, Any]], setup: Setup) -> datasets.Dataset:
    """Return the rows; with several processes from one file, because what one of them adds the others read from it."""
    if setup.num_devices == 1:
        return datasets.Dataset.from_list(rows)
    folder = str(Path(job.output_dir) / _ROWS)
    with PartialState().main_process_first():
        if PartialState().is_main_process:
            datasets.Dataset.from_list(rows).save_to_disk(folder)
        return datasets.load_from_disk(folder)


def _setup(job: TrainingJob, rows: Sequence[Mapping[str, Any]]) -> Setup:
    """Return how the training is spread over devices; raises a TrainingError where memory is too little."""
    state = PartialState(cpu=best_device() == "cpu")
    is_sharded = state.distributed_type in (DistributedType.FSDP, DistributedType.DEEPSPEED)
    is_sharded = is_sharded or parse_flag_from_env("ACCELERATE_USE_FSDP")
    longest = job.hyperparameters.max_length if job.hyperparameters.packing else max(row["length"] for row in rows)
    return choose(job, Setup(num_devices=state.num_processes, is_sharded=is_sharded), num_tokens=longest)


def _arguments(job: TrainingJob, setup: Setup) -> dict[str, Any]:
    """Return what all trainers are configured with."""
    hyper, device = job.hyperparameters, best_device()
    return {
        "output_dir": job.checkpoint_dir or job.output_dir,
        "learning_rate": hyper.learning_rate,
        "num_train_epochs": hyper.num_epochs,
        "per_device_train_batch_size": hyper.micro_batch_size,
        "gradient_accumulation_steps": max(1, hyper.batch_size // (hyper.micro_batch_size * setup.num_devices)),
        "warmup_steps": hyper.warmup,
        "lr_scheduler_type": "cosine",
        "weight_decay": hyper.weight_decay,
        "seed": job.seed,
        "remove_unused_columns": job.task in ("sft", "regression"),  # the others' `length` cannot be inferred
        "bf16": is_fast_in_bfloat16(),
        "gradient_checkpointing": setup.is_checkpointing,
        "use_cpu": device == "cpu",
        "dataloader_pin_memory": device == "cuda",
        "include_num_input_tokens_seen": "non_padding",
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",  # `Checkpoints` asks, by the clock
        "save_total_limit": NUM_CHECKPOINTS,
        "report_to": "none",
        "disable_tqdm": True,
    }


class _SFTTrainer(Ordered, SFTTrainer):
    """TRL's trainer; on a CPU with the model's own loss: its fused head is made for Triton and a third slower here."""

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        if self.args.device.type != "cpu":
            return super().compute_loss(model, inputs, *args, **kwargs)
        return Trainer.compute_loss(self, model, inputs, *args, **kwargs)


class _DPOTrainer(Ordered, DPOTrainer):
    """TRL's trainer on rows that are tokenized already."""

    def _prepare_dataset(self, dataset: Any, *args: Any, **kwargs: Any) -> Any:
        return dataset


class _RewardTrainer(Ordered, RewardTrainer):
    """TRL's trainer, its rows in our order."""


class _RegressionTrainer(Ordered, Trainer):
    """The plain trainer, its rows in our order."""


def _sft(job: TrainingJob, arguments: dict[str, Any], model: Any, tokenizer: Any, rows: Any) -> Trainer:
    hyper = job.hyperparameters
    config = SFTConfig(**arguments, max_length=hyper.max_length, packing=hyper.packing)
    return _SFTTrainer(model, config, train_dataset=rows, processing_class=tokenizer, peft_config=_lora(job))


def _dpo(job: TrainingJob, arguments: dict[str, Any], model: Any, tokenizer: Any, rows: Any) -> Trainer:
    hyper = job.hyperparameters
    config = DPOConfig(
        **arguments,
        max_length=hyper.max_length,
        beta=hyper.beta,
        loss_type=["sigmoid"],
        precompute_ref_log_probs=True,  # one copy of the model in memory, not two
    )
    return _DPOTrainer(model, args=config, train_dataset=rows, processing_class=tokenizer, peft_config=_lora(job))


def _reward(job: TrainingJob, arguments: dict[str, Any], model: Any, tokenizer: Any, rows: Any) -> Trainer:
    config = RewardConfig(**arguments, max_length=job.hyperparameters.max_length)
    return _RewardTrainer(model, config, train_dataset=rows, processing_class=tokenizer, peft_config=_lora(job))


def _regression(job: TrainingJob, arguments: dict[str, Any], model: Any, tokenizer: Any, rows: Any) -> Trainer:
    model.config.problem_type = "regression"  # mean squared error
    if (lora := _lora(job)) is not None:
        model = peft.get_peft_model(model, lora)
    collator = transformers.DataCollatorWithPadding(tokenizer)
    config = TrainingArguments(**arguments)
    trainer = _RegressionTrainer(model, config, data_collator=collator, train_dataset=rows, processing_class=tokenizer)
    trainer.model_accepts_loss_kwargs = False  # its loss is the mean of a micro-batch, whatever the batch has
    return trainer


_TRAINERS: Final = {"sft": _sft, "dpo": _dpo, "reward": _reward, "regression": _regression}


def _lora(job: TrainingJob) -> peft.LoraConfig | None:
    rank = job.hyperparameters.lora_rank
    if rank is None:
        return None
    kind = "CAUSAL_LM" if job.task in ("sft", "dpo") else "SEQ_CLS"  # of which the head is trained whole
    return peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type=kind)


def _save(job: TrainingJob, trainer: Trainer, tokenizer: Any) -> None:
    """Write weights (safetensors, in the base model's dtype) and tokenizer; an adapter is merged unless it is kept."""
    is_sharded = trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled
    gathered = Path(job.output_dir) / "gathered"
    if is_sharded:
        trainer.save_model(str(gathered))  # all processes send their parts
    if not trainer.is_world_process_zero():
        return
    shutil.rmtree(Path(job.output_dir) / _ROWS, ignore_errors=True)
    if is_sharded:
        model = load_model(str(gathered), _HEADS[job.task], dtype="float32")
        shutil.rmtree(gathered)
    else:
        model = trainer.accelerator.unwrap_model(trainer.model)
    dtype = stored_dtype(job.base_dir, job.base_revision, trust_remote_code=job.trust_remote_code)
    if isinstance(model, peft.PeftModel):
        in_int8 = [module for module in model.modules() if isinstance(module, Int8Linear)]
        for module in in_int8:
            module.free()
        if job.keep_adapter:
            dtype = torch.bfloat16
            model.peft_config["default"].revision = job.base_revision
        elif in_int8 or any(weight.dtype != torch.float32 for weight in model.parameters() if not weight.requires_grad):
            model = _merged_anew(job, model)
        else:
            model = model.merge_and_unload()
    round_weights(model, dtype, job.seed)
    model.save_pretrained(job.output_dir)
    tokenizer.save_pretrained(job.output_dir)


def _merged_anew(job: TrainingJob, tuned: peft.PeftModel) -> Any:
    """Return the base model as it is stored, with what was learned on rounded weights added to the true ones.

    Added to weights in bfloat16, most of it would be lost: a step is smaller than what they are rounded to.
    """
    learned = tuned.get_base_model()
    model = _loaded(job, "stored")
    model.config.update({name: getattr(learned.config, name, None) for name in ("pad_token_id", "problem_type")})
    generator = torch.Generator().manual_seed(job.seed)
    for name, layer in learned.named_modules():
        if isinstance(layer, LoraLayer):
            weight = model.get_submodule(name).weight
            delta = layer.get_delta_weight("default")  # type: ignore[attr-defined]  # all that we adapt have it
            weight.data = rounded(weight.float() + delta.float().to(weight.device), weight.dtype, generator)
        elif isinstance(layer, ModulesToSaveWrapper):
            model.get_submodule(name).load_state_dict(layer.modules_to_save["default"].state_dict())
    return model


def _silence_libraries() -> None:
    """Keep progress bars and advice off the log; what goes wrong is raised."""
    datasets.disable_progress_bars()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning)
    logging.getLogger("trl").setLevel(logging.ERROR)
