import dataclasses
import hashlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from scalequest_assets.engines.base import Hyperparameters, Message, Request, TrainingJob, TrainingResult
from scalequest_assets.engines.chat import encode, load_tokenizer, render
from scalequest_assets.engines.int8 import is_supported
from scalequest_assets.engines.training import worker
from scalequest_assets.engines.training.client import read_result
from scalequest_assets.engines.training.rows import read_rows, tokenized
from scalequest_assets.engines.training.worker import train
from scalequest_assets.engines.transformers.engine import TransformersScorer
from scalequest_assets.errors import TrainingError
from scalequest_assets.recipe.scorer_quality import pair_quality, pair_verdict, regression_quality, regression_verdict
from scalequest_tests.engines.conftest import make_tokenizer
from scalequest_tests.maths import split

END = "<|im_end|>"
ROWS: dict[str, list[dict[str, Any]]] = {
    "sft": [{"text": f"<|im_start|>user\nWhat is the sum of {i} and {i + 1}?{END}"} for i in range(24)],
    "completion": [{"prompt": f"What is {i} + 1? ", "completion": f"The answer is {i + 1}.{END}"} for i in range(24)],
    "dpo": [
        {"prompt": "<|im_start|>user\n", "chosen": f"Tom has {i} apples.{END}", "rejected": f"apples {i} how{END}"}
        for i in range(24)
    ],
    "reward": [
        {"chosen": f"What is {i} + 1? {i + 1}{END}\n", "rejected": f"What is {i} + 1? a train{END}\n"}
        for i in range(24)
    ],
    "regression": [{"text": "Tom has " + "apples " * (i % 8), "label": i % 8 / 8} for i in range(24)],
}
FAST = Hyperparameters(learning_rate=5e-3, num_epochs=2, batch_size=8, micro_batch_size=4, max_length=64)


def make_job(folder: Path, base: str, rows: str, **changes: Any) -> TrainingJob:
    folder.mkdir(exist_ok=True, parents=True)
    train_file = folder / "rows.jsonl"
    train_file.write_text("".join(json.dumps(row) + "\n" for row in ROWS[rows]))
    hyper = {k: changes.pop(k) for k in list(changes) if k in set(Hyperparameters.model_fields)}
    fields: dict[str, Any] = {
        "task": "sft" if rows == "completion" else rows,
        "base_dir": base,
        "train_file": str(train_file),
        "output_dir": str(folder / "model"),
        "hyperparameters": FAST.model_copy(
            update=hyper
        ),  # unchecked: tests of divergence go beyond what a profile may ask
        "seed": 7,
    }
    return TrainingJob(**(fields | changes))


def fit(job: TrainingJob) -> tuple[TrainingResult, list[str]]:
    lines: list[str] = []
    return train(job, lines.append), lines


def digest(folder: str) -> str:
    return hashlib.sha256((Path(folder) / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize("rows", sorted(ROWS))
def test_each_task_learns_and_reports(rows: str, tiny_model: str, tmp_path: Path) -> None:
    job = make_job(tmp_path, tiny_model, rows, num_epochs=6, beta=0.5)
    result, lines = fit(job)
    assert (result.num_rows, result.num_steps) == (24, 18)
    assert [step for step, _ in result.loss_curve] == list(range(1, 19))
    first, last = result.loss_curve[0][1], result.loss_curve[-1][1]
    assert last < 0.8 * first
    assert result.metrics["loss"] == pytest.approx(last, abs=1e-5)
    assert ("reward_margin" in result.metrics) == (rows in ("dpo", "reward"))
    assert result.num_tokens > 24
    assert lines[0].startswith("step 1/18  loss ")
    assert lines[-1].startswith("step 18/18  loss ")
    assert read_result(job.output_dir) == result
    names = {path.name for path in Path(job.output_dir).iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja", "result.json"} <= names
    assert not [name for name in names if name.startswith("checkpoint") or name.endswith((".bin", ".pt"))]


@pytest.mark.parametrize("rows", sorted(ROWS))
def test_two_runs_give_the_same_weights(rows: str, tiny_model: str, tmp_path: Path) -> None:
    jobs = [make_job(tmp_path / name, tiny_model, rows) for name in ("a", "b")]
    curves = [fit(job)[0].loss_curve for job in jobs]
    assert curves[0] == curves[1]
    assert digest(jobs[0].output_dir) == digest(jobs[1].output_dir)
    other = make_job(tmp_path / "c", tiny_model, rows, seed=8)
    fit(other)
    assert digest(other.output_dir) != digest(jobs[0].output_dir)


def test_counted_tokens_are_those_of_the_rows(tiny_model: str, tmp_path: Path) -> None:
    job = make_job(tmp_path, tiny_model, "sft")
    tokenizer = load_tokenizer(tiny_model)
    per_epoch = sum(row["length"] for row in tokenized(job, read_rows(job), tokenizer))
    assert fit(job)[0].num_tokens == 2 * per_epoch


@pytest.mark.parametrize("rows", ["sft", "completion"])
def test_packed_rows_are_learned_from(rows: str, tiny_model: str, tmp_path: Path) -> None:
    packed, _ = fit(make_job(tmp_path / "a", tiny_model, rows, packing=True, micro_batch_size=1, batch_size=1))
    assert packed.num_rows == 24
    assert packed.num_steps < 48
    assert packed.loss_curve[-1][1] < packed.loss_curve[0][1]


@pytest.mark.parametrize("rows", ["sft", "completion"])
def test_packing_does_not_mix_rows(rows: str, tiny_model: str, tmp_path: Path) -> None:
    """The first loss, before any update, is the same packed in one sequence and in a padded batch."""
    whole = {"batch_size": 24, "num_epochs": 1, "max_length": 2048}
    padded, _ = fit(make_job(tmp_path / "a", tiny_model, rows, micro_batch_size=24, **whole))
    packed, _ = fit(
        make_job(tmp_path / "b", tiny_model, rows, packing=True, micro_batch_size=1, **whole | {"batch_size": 1})
    )
    assert packed.loss_curve[0][1] == pytest.approx(padded.loss_curve[0][1], rel=2e-2)


@pytest.mark.parametrize("rows", ["sft", "dpo", "reward", "regression"])
def test_adapter_is_merged_before_it_is_saved(rows: str, tiny_model: str, tmp_path: Path) -> None:
    job = make_job(tmp_path, tiny_model, rows, lora_rank=2)
    result, _ = fit(job)
    assert math.isfinite(result.metrics["loss"])
    weights = load_file(Path(job.output_dir) / "model.safetensors")
    before = load_file(Path(tiny_model) / "model.safetensors")
    name = "model.layers.0.mlp.up_proj.weight"
    assert not torch.equal(weights[name], before[name])
    assert not [key for key in weights if "lora" in key]
    assert not (Path(job.output_dir) / "adapter_config.json").exists()


@pytest.mark.skipif(not is_supported(), reason="torch has no int8 kernels for this processor")
@pytest.mark.parametrize("rows", ["sft", "dpo", "reward", "regression"])
def test_what_is_learned_on_weights_in_int8_is_added_to_the_true_ones(
    rows: str, tiny_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "is_fast_in_bfloat16", lambda: False)
    job = make_job(tmp_path, tiny_model, rows, lora_rank=2, learning_rate=1e-3, num_epochs=2)
    plain, _ = fit(dataclasses.replace(job, output_dir=str(tmp_path / "plain")))
    small, _ = fit(dataclasses.replace(job, output_dir=str(tmp_path / "small"), frozen_dtype="int8"))
    assert small.loss_curve[0][1] == pytest.approx(plain.loss_curve[0][1], rel=0.05)
    assert small.metrics["loss"] == pytest.approx(plain.metrics["loss"], rel=0.1)
    before = load_file(Path(tiny_model) / "model.safetensors")
    learned = [load_file(tmp_path / name / "model.safetensors") for name in ("plain", "small")]
    assert set(learned[0]) == set(learned[1])
    name = "model.layers.0.mlp.up_proj.weight"
    steps = [weights[name].float() - before[name].float() for weights in learned]
    assert torch.nn.functional.cosine_similarity(steps[0].flatten(), steps[1].flatten(), dim=0) > 0.5
    assert steps[1].abs().max() < 0.05, "the base's own weights are not rounded"
    configs = [json.loads((tmp_path / name / "config.json").read_text()) for name in ("plain", "small")]
    for config in configs:
        config.pop("use_cache")  # a trainer's own, which generation does not read
    assert configs[0] == configs[1]


def test_what_is_learned_on_weights_in_bfloat16_is_added_to_the_true_ones(
    tiny_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "is_fast_in_bfloat16", lambda: True)
    job = make_job(tmp_path, tiny_model, "sft", lora_rank=2, learning_rate=1e-5)
    fit(job)
    before, after = (load_file(Path(where) / "model.safetensors") for where in (tiny_model, job.output_dir))
    name = "model.layers.0.mlp.up_proj.weight"
    steps = (after[name] - before[name]).abs()
    assert 0 < steps.max() < before[name].abs().max() / 2**12, "less than what bfloat16 rounds them to"


@pytest.mark.parametrize("rows", ["sft", "completion", "reward", "regression"])
def test_the_loss_is_that_of_the_rows_however_they_are_shared_out(
    rows: str, tiny_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "is_fast_in_bfloat16", lambda: False)  # in which each way rounds otherwise
    losses = []
    for micro in (4, 2, 1):
        job = make_job(tmp_path / str(micro), tiny_model, rows, batch_size=4, micro_batch_size=micro)
        losses.append([loss for _, loss in fit(job)[0].loss_curve])
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    assert losses[2] == pytest.approx(losses[0], rel=1e-3)


def test_kept_adapter_is_small_and_can_be_trained_on(tiny_model: str, tmp_path: Path) -> None:
    job = make_job(tmp_path / "a", tiny_model, "sft", lora_rank=2, keep_adapter=True)
    fit(job)
    weights = load_file(Path(job.output_dir) / "adapter_model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.bfloat16}
    assert not (Path(job.output_dir) / "model.safetensors").exists()
    again = make_job(tmp_path / "b", job.output_dir, "sft")
    assert fit(again)[0].loss_curve[0][1] > 0
    assert (Path(again.output_dir) / "model.safetensors").exists()


def test_weights_are_stored_as_the_base_was(tiny_model: str, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = tmp_path / "bfloat16"
    AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.bfloat16).save_pretrained(base)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(base)
    job = make_job(tmp_path, str(base), "sft")
    fit(job)
    weights = load_file(Path(job.output_dir) / "model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.bfloat16}


def test_scorer_reads_what_was_trained(tiny_model: str, tmp_path: Path) -> None:
    job = make_job(tmp_path, tiny_model, "regression", num_epochs=30)
    fit(job)
    scorer = TransformersScorer(job.output_dir, device="cpu")
    asked = [Request(id=str(i), prompt=row["text"], seed=0) for i, row in enumerate(ROWS["regression"][:8])]
    scores = {score.id: score.value for score in scorer.score(asked, {request.id for request in asked})}
    errors = [abs(scores[str(i)] - row["label"]) for i, row in enumerate(ROWS["regression"][:8])]
    assert max(errors) < 0.2


def test_only_the_completion_is_learned(tiny_model: str, tmp_path: Path) -> None:
    job = make_job(tmp_path, tiny_model, "completion")
    tokenizer = load_tokenizer(tiny_model)
    row = tokenized(job, read_rows(job), tokenizer)[0]
    learned = [label for label in row["labels"] if label != -100]
    assert tokenizer.decode(learned) == f"The answer is 1.{END}"
    assert tokenizer.decode(row["input_ids"]) == f"What is 0 + 1? The answer is 1.{END}"
    assert row["input_ids"][-1] == tokenizer.eos_token_id


def test_preference_rows_have_one_bos_and_no_added_eos(tmp_path: Path) -> None:
    tokenizer = make_tokenizer("llama3")
    job = make_job(tmp_path, "unused", "dpo")
    rows = [{"prompt": "<|begin_of_text|>Q: ", "chosen": "one<|eot_id|>", "rejected": "two<|eot_id|>"}]
    made = tokenized(job, rows, tokenizer)[0]
    whole = made["prompt_ids"] + made["chosen_ids"]
    assert tokenizer.decode(whole) == "<|begin_of_text|>Q: one<|eot_id|>"
    assert whole.count(tokenizer.bos_token_id) == 1


def test_a_reward_model_is_trained_on_the_tokens_that_it_will_score(tmp_path: Path) -> None:
    tokenizer = make_tokenizer("llama3")
    turns = [Message(role="user", content="What is 2 + 2?"), Message(role="assistant", content="\n\nIt is 4.")]
    text = render(tokenizer, turns, add_generation_prompt=False)
    made = tokenized(make_job(tmp_path, "unused", "reward"), [{"chosen": text, "rejected": "none"}], tokenizer)[0]
    assert made["chosen_ids"] == encode(tokenizer, [text])[0]
    assert made["chosen_ids"].count(tokenizer.bos_token_id) == made["rejected_ids"].count(tokenizer.bos_token_id) == 1


def test_long_rows_are_cut_or_dropped(tiny_model: str, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(tiny_model)
    long = "apples " * 90
    cut = tokenized(make_job(tmp_path, tiny_model, "sft"), [{"text": long}], tokenizer)
    assert [row["length"] for row in cut] == [64]
    pairs = [{"prompt": "", "chosen": long, "rejected": "a"}, {"prompt": "Q", "chosen": "a", "rejected": "b"}]
    assert len(tokenized(make_job(tmp_path, tiny_model, "dpo"), pairs, tokenizer)) == 1
    whole = [{"chosen": "Qa", "rejected": long}, {"chosen": "Qa", "rejected": "Qb"}]
    assert len(tokenized(make_job(tmp_path, tiny_model, "reward"), whole, tokenizer)) == 1
    with pytest.raises(TrainingError, match="max_length"):
        tokenized(make_job(tmp_path, tiny_model, "dpo"), pairs[:1], tokenizer)
    filled = [{"prompt": long, "completion": "a"}, {"prompt": "Q", "completion": "a"}]
    assert len(tokenized(make_job(tmp_path, tiny_model, "completion"), filled, tokenizer)) == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"text": "a"}\n{"txt": "b"}\n', "rows.jsonl:2"),
        ('{"text": "a"}\n{"prompt": "b", "completion": "c"}\n', "rows.jsonl:2"),
        ('{"text": "a"}\nnot json\n', "rows.jsonl:2"),
        ('{"text": null}\n', "rows.jsonl:1"),
        ("", "no rows"),
    ],
)
def test_unusable_rows_are_named(lines: str, message: str, tmp_path: Path) -> None:
    job = make_job(tmp_path, "unused", "sft")
    Path(job.train_file).write_text(lines)
    with pytest.raises(TrainingError, match=message):
        read_rows(job)


@pytest.mark.parametrize("rows", ["sft", "dpo"])
def test_two_processes_share_the_batches(rows: str, tiny_model: str, tmp_path: Path) -> None:
    alone, _ = fit(make_job(tmp_path / "a", tiny_model, rows))
    job = make_job(tmp_path / "b", tiny_model, rows)
    (tmp_path / "job.json").write_text(json.dumps(job.document()))
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone"]
    command = [*launch, "-m", "scalequest_assets.engines.training", "--job", str(tmp_path / "job.json")]
    done = subprocess.run(
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    together = read_result(job.output_dir)
    assert (together.num_rows, together.num_steps) == (alone.num_rows, alone.num_steps)
    expected = pytest.approx([loss for _, loss in alone.loss_curve], rel=0.05)
    assert [loss for _, loss in together.loss_curve] == expected
    assert {"model.safetensors", "tokenizer.json"} <= {path.name for path in Path(job.output_dir).iterdir()}
    assert not (Path(job.output_dir) / "rows").exists()


def test_a_trained_difficulty_model_beats_the_constant_on_what_it_never_saw(tiny_model: str, tmp_path: Path) -> None:
    texts = [(f"{name} has " + "apples " * num, num / 8) for name in ("Tom", "A train", "What is") for num in range(9)]
    rows = pl.DataFrame(texts, schema=["query", "fail_rate"], orient="row").with_columns(num_samples=pl.lit(8))
    learned, held_out = split(rows, "query", share=0.3, seed=1)
    job = make_job(tmp_path, tiny_model, "regression", num_epochs=40)
    learned.select(text="query", label="fail_rate").write_ndjson(job.train_file)
    fit(job)
    scored = held_out.with_columns(predicted=scores(job.output_dir, held_out["query"]))
    quality = regression_quality(scored, constant=float(learned["fail_rate"].mean() or 0.0))
    assert quality is not None
    assert regression_verdict(dataclasses.asdict(quality)).is_better
    assert (quality.spearman or 0) > 0.8


def test_a_trained_reward_model_beats_chance_on_what_it_never_saw(tiny_model: str, tmp_path: Path) -> None:
    numbers = [f"What is {i} + 1? " for i in range(30)]
    pairs = pl.DataFrame({"query_id": numbers}).with_columns(
        chosen=pl.col("query_id") + "It is 4." + END, rejected=pl.col("query_id") + "A train." + END
    )
    learned, held_out = split(pairs, "query_id", share=0.3, seed=1)
    job = make_job(tmp_path, tiny_model, "reward", num_epochs=6)
    learned.select("chosen", "rejected").write_ndjson(job.train_file)
    fit(job)
    margins = [scores(job.output_dir, held_out[name]) for name in ("chosen", "rejected")]
    quality = pair_quality(held_out.select("query_id", margin=margins[0] - margins[1]))
    assert quality is not None
    assert (quality.num_pairs, quality.accuracy) == (9, 1.0)
    assert pair_verdict(dataclasses.asdict(quality)).is_better


def scores(model_dir: str, texts: pl.Series) -> pl.Series:
    asked = [Request(id=str(i), prompt=text, seed=0) for i, text in enumerate(texts)]
    scorer = TransformersScorer(model_dir, device="cpu")
    made = {score.id: score.value for score in scorer.score(asked, {request.id for request in asked})}
    return pl.Series([made[request.id] for request in asked], dtype=pl.Float64)
