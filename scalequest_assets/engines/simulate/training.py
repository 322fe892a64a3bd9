"""A training that trains nothing: it reads its rows, and leaves a folder that says so."""

import json
from pathlib import Path
from typing import Final

from scalequest_assets.engines.base import TrainingJob, TrainingResult
from scalequest_assets.engines.simulate.draws import seed_of
from scalequest_assets.engines.simulate.replies import CHARS_PER_TOKEN
from scalequest_assets.engines.simulate.settings import SimulateSettings
from scalequest_assets.simulated import SIMULATED

_NUM_POINTS: Final = 20


def simulate_training(job: TrainingJob, settings: SimulateSettings) -> TrainingResult:
    """Write a folder that passes for a model in the store and for none anywhere else.

    Its weights are a safetensors file without tensors, whose fingerprint follows from rows, base, hyperparameters and
    seed, as that of real weights does.
    """
    num_rows, num_chars, digest = 0, 0, 0
    with Path(job.train_file).open(encoding="utf-8") as rows:
        for row in rows:
            num_rows, num_chars, digest = num_rows + 1, num_chars + len(row), digest ^ seed_of(f"{num_rows} {row}")
    output, hyper = Path(job.output_dir), job.hyperparameters
    output.mkdir(parents=True, exist_ok=True)
    made_of = {"task": job.task, "base": job.base_dir, "rows": f"{digest:016x}", "seed": str(job.seed)}
    header = {"__metadata__": {SIMULATED: "no weights: engine.kind simulate", **made_of, "hyper": repr(hyper)}}
    text = json.dumps(header, sort_keys=True).encode()
    (output / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    (output / "config.json").write_text(json.dumps({"model_type": SIMULATED}) + "\n", encoding="utf-8")
    num_steps = max(1, round(num_rows * hyper.num_epochs / hyper.batch_size))
    num_tokens = round(num_chars / CHARS_PER_TOKEN * hyper.num_epochs)
    steps = sorted({max(1, num_steps * point // _NUM_POINTS) for point in range(1, _NUM_POINTS + 1)})
    curve = [(step, round(0.5 + 1.5 / (1 + 4 * step / num_steps), 4)) for step in steps]
    return TrainingResult(
        num_rows=num_rows,
        num_steps=num_steps,
        num_tokens=num_tokens,
        train_s=num_tokens / settings.tokens_per_s,
        device=SIMULATED,
        loss_curve=curve,
        metrics={"loss": curve[-1][1]},
    )
