"""Make the shipped adapter again: `python -m scalequest_assets.adapters [OUTPUT_DIR]` (half an hour on two cores)."""

import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from importlib import resources
from pathlib import Path

from scalequest_assets.assets.role_model import ADAPTER_PACKAGE, role_rows
from scalequest_assets.engines import gguf
from scalequest_assets.engines.base import Hyperparameters, TrainingJob
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.training import train
from scalequest_assets.profile_file import read_profile, validate
from scalequest_assets.recipe.seeding import row_seed

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


def main(output: Path) -> None:
    """Convert the base model, train, and put adapter and record into `output`."""
    profile = validate(read_profile("embedded"), "embedded")
    settings = profile.role_model
    assert settings is not None
    with tempfile.TemporaryDirectory() as folder:
        base, trained = Path(folder) / "base", Path(folder) / "model"
        base.mkdir()
        gguf.convert(gguf.wheel_file(ADAPTER_PACKAGE), base)
        rows = role_rows(ChatFormat(str(base)), settings.num_examples, profile.random_seed)
        rows.write_ndjson(Path(folder) / "rows.jsonl")
        rows_hash = hashlib.sha256((Path(folder) / "rows.jsonl").read_bytes()).hexdigest()[:16]
        job = TrainingJob(
            task="sft",
            base_dir=str(base),
            train_file=str(Path(folder) / "rows.jsonl"),
            output_dir=str(trained),
            hyperparameters=Hyperparameters(**settings.training.model_dump()),
            seed=row_seed(profile.random_seed, "role_model", "") % 2**31,
            keep_adapter=True,
        )
        result = train(job, print)
        shutil.copyfile(trained / WEIGHTS, output / WEIGHTS)
        config = json.loads((trained / CONFIG).read_text(encoding="utf-8"))
        config["base_model_name_or_path"] = ADAPTER_PACKAGE  # else a directory that is gone
        (output / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    made = {
        "base": ADAPTER_PACKAGE,
        "weights_hash": hashlib.sha256((output / WEIGHTS).read_bytes()).hexdigest()[:16],
        "num_examples": settings.num_examples,
        "rows_hash": rows_hash,
        "random_seed": profile.random_seed,
        "hyperparameters": asdict(job.hyperparameters),
        **{key: value for key, value in asdict(result).items() if key not in ("loss_curve", "curves")},
        "loss_curve": result.loss_curve[:: max(1, len(result.loss_curve) // 50)],
    }
    (output / "record.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with resources.as_file(resources.files("scalequest_assets") / "adapters") as shipped:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else shipped)
