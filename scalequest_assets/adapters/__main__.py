"""Make the shipped adapter again, or measure how many examples and which kind of training it takes.

    python -m scalequest_assets.adapters [OUTPUT_DIR] [--work DIR]  (half an hour on two cores)
    python -m scalequest_assets.adapters --learning-curve DIR       (an hour; a killed one goes on where it was)

A killed training goes on from its last checkpoint where it is started again with the same `--work`. Training is twice
as fast with tcmalloc in `LD_PRELOAD` (see `engines.allocator`).
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict
from importlib import resources
from pathlib import Path

from scalequest_assets.adapters.learning_curve import Course, Point, keep_or_refuse
from scalequest_assets.config.file import read_profile, validate
from scalequest_assets.config.profile import Profile
from scalequest_assets.config.sections import RoleModel
from scalequest_assets.engines.base import TrainingJob
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.training.worker import train
from scalequest_assets.engines.transformers import gguf
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.steps.role_model import ADAPTER_PACKAGE, adapter_record, role_examples, role_families, role_rows
from scalequest_assets.subjects import subject_named

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, nargs="?", help="where the adapter goes; default: into the package")
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="where rows and checkpoints are kept; default: nothing is kept"
    )
    parser.add_argument("--learning-curve", type=Path, metavar="DIR", help="measure, and keep the models in DIR")
    parser.add_argument("--sizes", type=_sizes, default="275,550,1100,2200", help="examples; default %(default)s")
    parser.add_argument("--full", type=_sizes, default="", help="sizes at which all weights are trained as well")
    parser.add_argument("--full-learning-rate", type=float, default=3e-4, help="of those; default 3e-4")
    parser.add_argument("--num-held-out", type=int, default=320, help="questions in each of two sets; default 320")
    given = parser.parse_args()
    with resources.as_file(resources.files("scalequest_assets") / "adapters") as shipped:
        if given.learning_curve is None:
            with tempfile.TemporaryDirectory() as folder:
                make_adapter(given.output or shipped, given.work or Path(folder))
            return
        profile, settings = _embedded()
        lora = settings.training
        full = lora.model_copy(update={"lora_rank": None, "learning_rate": given.full_learning_rate})
        points = [Point(num_examples=num, training=lora) for num in given.sizes]
        points += [Point(num_examples=num, training=full) for num in given.full]
        ready = Point(num_examples=adapter_record()["num_examples"], training=None)
        course = _course(given.learning_curve, shipped, profile, settings, given.num_held_out)
        course.measure([ready, *sorted(points, key=lambda point: point.num_examples)])


def _course(folder: Path, adapter: Path, profile: Profile, settings: RoleModel, num_held_out: int) -> Course:
    """Return what the points of the curve have in common, with the base model in the curve's directory."""
    base = _base(folder)
    seed = profile.random_seed
    subject = subject_named(profile.subject)
    taught = role_examples(subject, settings, seed)
    return Course(
        folder=folder,
        base=base,
        adapter=adapter,
        rows=role_rows(subject, ChatFormat(str(base)), settings, seed),
        held_out=subject.roles.held_out(num_held_out, seed, role_families(subject, settings), learned=taught),
        seed=row_seed(seed, "role_model", "") % 2**31,
        log=print,
    )


def make_adapter(output: Path, work: Path) -> None:
    """Convert the base model, train, and put adapter and record into `output`.

    Args:
        output: Directory of the adapter.
        work: Directory of the base model, the rows and the checkpoints, from the last of which training goes on.

    Raises:
        HomeError: If `work` is of another training.
    """
    output.mkdir(parents=True, exist_ok=True)
    profile, settings = _embedded()
    base, trained, rows_file = _base(work), work / "model", work / "rows.jsonl"
    subject = subject_named(profile.subject)
    rows = role_rows(subject, ChatFormat(str(base)), settings, profile.random_seed)
    job = TrainingJob(
        task="sft",
        base_dir=str(base),
        train_file=str(rows_file),
        output_dir=str(trained),
        hyperparameters=settings.training,
        seed=row_seed(profile.random_seed, "role_model", "") % 2**31,
        keep_adapter=True,
        checkpoint_dir=str(work / "checkpoints"),
    )
    keep_or_refuse(rows_file, rows.write_ndjson())
    keep_or_refuse(work / "job.json", json.dumps(job.document(), indent=2))
    result = train(job, print)
    shutil.copyfile(trained / WEIGHTS, output / WEIGHTS)
    config = json.loads((trained / CONFIG).read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = ADAPTER_PACKAGE  # else a directory that is gone
    config["target_modules"] = sorted(config["target_modules"])  # of a set: another order in each process
    (output / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    made = {
        "base": ADAPTER_PACKAGE,
        "weights_hash": hashlib.sha256((output / WEIGHTS).read_bytes()).hexdigest()[:16],
        "num_examples": settings.num_examples,
        "rows_hash": hashlib.sha256(rows_file.read_bytes()).hexdigest()[:16],
        "random_seed": profile.random_seed,
        "hyperparameters": job.hyperparameters.model_dump(),
        **{key: value for key, value in asdict(result).items() if key not in ("loss_curve", "curves")},
        "loss_curve": result.loss_curve[:: max(1, len(result.loss_curve) // 50)],
    }
    (output / "record.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


def _base(folder: Path) -> Path:
    """Return the directory of the base model in a directory; it is converted where it is not there."""
    base = folder / "base"
    if not base.exists():
        converting = folder / "base.tmp"  # renamed when it is whole: a kill leaves no half of a model
        shutil.rmtree(converting, ignore_errors=True)
        converting.mkdir(parents=True)
        gguf.convert(gguf.wheel_file(ADAPTER_PACKAGE), converting)
        converting.rename(base)
    return base


def _embedded() -> tuple[Profile, RoleModel]:
    """Return the embedded profile and its section about the role model."""
    profile = validate(read_profile("embedded"), "embedded")
    assert profile.role_model is not None
    return profile, profile.role_model


def _sizes(text: str) -> list[int]:
    """Read `275,550`."""
    return [int(part) for part in text.split(",") if part]


if __name__ == "__main__":
    main()
