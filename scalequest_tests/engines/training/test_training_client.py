import json
import subprocess
import sys
from pathlib import Path

import pytest

from scalequest_assets.engines.allocator import find_tcmalloc
from scalequest_assets.engines.base import Hyperparameters, TrainingJob, TrainingResult
from scalequest_assets.engines.training.client import command, environment, parse_job, read_result, write_result
from scalequest_assets.errors import TrainingError

JOB = TrainingJob(
    task="dpo",
    base_dir="models/base",
    train_file="rows.jsonl",
    output_dir="out",
    hyperparameters=Hyperparameters(learning_rate=1e-5, batch_size=16, micro_batch_size=4),
    seed=1,
)


def test_job_survives_json() -> None:
    assert parse_job(json.loads(json.dumps(JOB.document()))) == JOB


@pytest.mark.parametrize("change", [{"sead": 1}, {"hyperparameters": {"learning_rte": 1}}, {"hyperparameters": {}}])
def test_unreadable_job_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(TrainingError, match="cannot be read"):
        parse_job(JOB.document() | change)


def test_commands_name_the_worker() -> None:
    assert command(JOB) == [sys.executable, "-m", "scalequest_assets.engines.training"]
    several = command(JOB, num_devices=4)
    assert several[3:] == ["--multi_gpu", "--num_processes", "4", "-m", "scalequest_assets.engines.training"]


def test_batch_must_divide_among_devices() -> None:
    with pytest.raises(TrainingError, match="batch_size 16"):
        command(JOB, num_devices=3)


def test_result_survives_the_file(tmp_path: Path) -> None:
    result = TrainingResult(
        num_rows=3, num_steps=2, num_tokens=40, train_s=0.5, device="cpu", loss_curve=[(1, 2.0)], metrics={"loss": 2.0}
    )
    write_result(result, tmp_path)
    assert read_result(tmp_path) == result
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_missing_result_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"left no .*result\.json"):
        read_result(tmp_path)


def test_allocator_is_preloaded_where_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "libtcmalloc_minimal.so.4"
    library.touch()
    monkeypatch.setattr("scalequest_assets.engines.allocator.sys.platform", "linux")
    assert find_tcmalloc((str(tmp_path),)) == library
    assert find_tcmalloc((str(tmp_path / "none"),)) is None
    monkeypatch.setattr("scalequest_assets.engines.training.client.find_tcmalloc", lambda: library)
    monkeypatch.setenv("LD_PRELOAD", "/other.so")
    assert environment(num_threads=3)["LD_PRELOAD"] == f"/other.so:{library}"
    assert environment(num_threads=3)["OMP_NUM_THREADS"] == "3"
    monkeypatch.setattr("scalequest_assets.engines.training.client.find_tcmalloc", lambda: None)
    assert "LD_PRELOAD" not in environment()
    monkeypatch.setattr("scalequest_assets.engines.allocator.sys.platform", "darwin")
    assert find_tcmalloc((str(tmp_path),)) is None


def test_engines_load_no_heavy_library_until_asked() -> None:
    code = (
        "import sys; from scalequest_assets.engines import allocator, base, chat, loading; "
        "from scalequest_assets.engines.training import client; "
        "from scalequest_assets.engines.transformers import engine; "
        "print([m for m in ('torch', 'transformers', 'trl', 'dagster', 'polars') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_worker_without_a_job_explains_itself() -> None:
    asked = subprocess.run(command(JOB), capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "--job is missing" in asked.stderr
