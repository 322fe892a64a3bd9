import re
from pathlib import Path

import pytest

from scalequest_assets.engines import footprint
from scalequest_assets.engines.footprint import PROCESS_BYTES, Footprint, Memory, memory_here
from scalequest_assets.errors import EngineError

GB = 10**9
LAPTOP = Memory(total=8 * GB, free=6 * GB)


def test_bytes_follow_from_the_number_of_weights():
    need = Footprint(GB)
    assert need.disk == 2 * GB
    assert need.converting == 3 * GB + PROCESS_BYTES
    assert {name: size - PROCESS_BYTES for name, size in need.running.items()} == {
        "int8": 1.56 * GB,
        "bfloat16": 2 * GB,
        "float32": 5.12 * GB,
    }


@pytest.mark.parametrize(
    ("num_parameters", "words", "is_tied"),
    [
        (134_515_008, 49_152 * 576, True),  # SmolLM2-135M
        (494_032_768, 151_936 * 896, True),  # Qwen2.5, from here on
        (1_543_714_304, 151_936 * 1536, True),
        (3_085_938_688, 151_936 * 2048, True),
        (7_615_616_512, 152_064 * 3584, False),
    ],
)
def test_real_models_take_no_more_and_little_less(num_parameters: int, words: int, is_tied: bool):
    said = {name: size - PROCESS_BYTES for name, size in Footprint(num_parameters).running.items()}
    linear = num_parameters - words  # in int8 the table of words stays in bfloat16
    real = {"int8": linear + 3 * words if is_tied else num_parameters + words}
    real |= {"bfloat16": 2 * num_parameters, "float32": 4 * (num_parameters + words * is_tied)}
    for name, size in real.items():
        assert 0.97 * size <= said[name] <= 1.1 * size, name


def test_a_laptop_is_told_what_fits(tmp_path: Path):
    small, middle = Footprint(round(1.36e9)), Footprint(round(1.41e9))
    small.require_room("q", tmp_path, LAPTOP)
    assert small.beside(LAPTOP).endswith("it runs here in int8, bfloat16, float32")
    assert middle.beside(LAPTOP) == "8.0 GB of memory are here, 6.0 GB of them free: it runs here in int8, bfloat16"
    assert str(small).startswith("1.36 billion weights: 2.7 GB of disk; memory: 5.3 GB while they are converted (once)")
    with pytest.raises(EngineError, match=r"model q, 7\.00 billion weights: .*: it does not run here") as caught:
        Footprint(7 * GB).require_room("q", tmp_path, LAPTOP)
    assert "smaller model" in caught.value.remedy


def test_too_little_disk_is_said_before_anything_is_written(tmp_path: Path):
    boundless = Memory(total=10**18, free=10**18)
    with pytest.raises(EngineError, match=r"GB are free at .*"):
        Footprint(10**16).require_room("q", tmp_path, boundless)


def test_this_machine_has_memory():
    found = memory_here()
    assert 0 < found.free <= found.total


def test_a_container_has_what_its_limit_leaves(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(footprint, "_cgroup", lambda: (456, 123))
    assert memory_here() == Memory(total=456, free=123)


def test_the_documented_table_is_what_is_computed():
    text = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    number = r"([\d.]+)"
    row = rf"^\| {number} billion" + rf" \| {number} GB" * 5 + r" \|$"
    rows = re.findall(row, text, re.MULTILINE)
    assert len(rows) == 4
    for billions, *said in rows:
        need = Footprint(round(float(billions) * 1e9))
        assert said == [f"{size / 1e9:.1f}" for size in (need.disk, need.converting, *need.running.values())]
