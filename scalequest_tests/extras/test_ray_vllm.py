"""vLLM inside a worker of a real Ray cluster, on this machine."""

import importlib.util
from collections.abc import Iterable

import psutil
import pytest

from scalequest_assets.engines.base import Choice, Completion, Request, Sampling, Score
from scalequest_assets.engines.opening import ModelHandle, TransformersFactory, VllmFactory
from scalequest_assets.engines.ray.settings import RaySettings
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.engines.vllm.settings import VllmSettings

if not all(map(importlib.util.find_spec, ("ray", "vllm"))):
    pytest.skip("Ray or vLLM is not installed: make test-extras has them", allow_module_level=True)

from scalequest_assets.engines.ray.engine import RayEngine
from scalequest_tests.extras.clusters import cluster_of

pytestmark = pytest.mark.timeout(600)

GREEDY = Sampling(temperature=0.0, max_tokens=12)
CHOICE = Choice(this=("Yes",), other=("No",))
ROWS = [Request(id=f"r{i}", prompt=f"Tom has {i} apples", seed=2**62 + i) for i in range(40)]
IDS = frozenset(row.id for row in ROWS)


def texts(rows: Iterable[Completion]) -> dict[str, tuple[str | None, str]]:
    """Return what was written, by id; no row may come twice."""
    found = list(rows)
    assert sorted(row.id for row in found) == sorted(IDS)
    return {row.id: (row.text, row.finish_reason) for row in found}


def values(rows: Iterable[Score]) -> dict[str, float | None]:
    """Return what was scored, by id."""
    return {row.id: row.value for row in rows}


def cores() -> set[int]:
    """Return the processes in which vLLM computes."""
    return {process.pid for process in psutil.process_iter(["cmdline"]) if _is_core(process.info["cmdline"] or [])}


def _is_core(command: list[str]) -> bool:
    return any("EngineCore" in part for part in command)


def test_rows_are_those_of_transformers_and_closing_leaves_nothing_behind(wide_model: str) -> None:
    vllm, on_ray = VllmSettings(max_num_seqs=4, gpu_memory_utilization=0.2), RaySettings(engine="vllm")
    settings = EngineSettings(kind="ray", device="cpu", dtype="float32", vllm=vllm, ray=on_ray)
    handle, before = ModelHandle(name="wide", path=wide_model, version="1"), cores()
    local = TransformersFactory(settings).generation(handle)
    expected = texts(local.generate(ROWS, GREEDY, IDS))
    with cluster_of(1):
        engine = RayEngine(handle, settings, VllmFactory(settings))
        assert engine.info.name.startswith("vllm ")
        assert texts(engine.generate(ROWS, GREEDY, IDS)) == expected
        chosen, wanted = values(engine.choose(ROWS, CHOICE, IDS)), values(local.choose(ROWS, CHOICE, IDS))
        assert chosen == pytest.approx(wanted, abs=1e-4)
        own = [psutil.Process(pid) for pid in cores() - before]
        assert len(own) == 1
        engine.close()
        assert not psutil.wait_procs(own, timeout=60)[1], "vLLM would keep the GPUs"
