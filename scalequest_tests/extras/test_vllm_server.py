"""A real `vllm serve` on the CPU: what it writes, what it scores, and that it is shared and stops."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from scalequest_assets.engines.base import Choice, Request, Sampling
from scalequest_assets.engines.server.client import Servers
from scalequest_assets.engines.server.engine import ServedEngine, ServedScorer
from scalequest_assets.engines.server.settings import VllmServerSettings
from scalequest_assets.engines.transformers.engine import TransformersEngine, TransformersScorer
from scalequest_assets.engines.vllm.settings import VllmSettings
from scalequest_tests.engines.conftest import make_tokenizer

pytest.importorskip("vllm")
pytestmark = pytest.mark.timeout(600)
SETTINGS = VllmSettings(max_num_seqs=8, enforce_eager=True, gpu_memory_utilization=0.1)
PROMPTS = ("Tom has 3 apples and buys 12 more.", "What is the sum of 17 and 25?", "", "7 8 9 " * 200)
REQUESTS = [Request(id=f"r{i}", prompt=prompt, seed=2**62 + i) for i, prompt in enumerate(PROMPTS)]
IDS = frozenset(request.id for request in REQUESTS)
CLIENT = """
import sys
from pathlib import Path
from scalequest_assets.engines.base import Request, Sampling
from scalequest_assets.engines.server.engine import ServedEngine
from scalequest_assets.engines.server.client import Servers
from scalequest_assets.engines.server.settings import VllmServerSettings
from scalequest_tests.extras.test_vllm_server import SETTINGS
servers = Servers(root=Path(sys.argv[2]), settings=SETTINGS, times=VllmServerSettings(idle_s=5))
engine = ServedEngine(sys.argv[1], servers, dtype="float32")
[row] = engine.generate([Request(id="r", prompt="3 apples", seed=1)], Sampling(max_tokens=4), ["r"])
assert row.error is None, row.error
print(engine._server._handle.pid)
engine.close()
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    root = tmp_path_factory.mktemp("servers").resolve()
    yield root
    for process in running(root):
        process.kill()


def make_model(directory: Path, head: str) -> str:
    """Write a tiny random model whose heads are as wide as vLLM's kernels for the CPU want them (32)."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

    tokenizer = make_tokenizer("chatml")
    tokenizer.pad_token = "<|endoftext|>"
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=256,
        initializer_range=0.2,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        num_labels=1,
    )
    torch.manual_seed(0)
    model: Any = LlamaForCausalLM(config) if head == "causal" else LlamaForSequenceClassification(config)
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return str(directory)


def running(root: Path) -> list[psutil.Process]:
    """Return the processes that stand in a server's directory, as all of a server's do."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).is_relative_to(root):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def test_texts_are_written_and_the_server_is_shared(root: Path, tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", "causal")
    # What would change every row if the server heeded it.
    Path(model, "generation_config.json").write_text(json.dumps({"repetition_penalty": 3.0}))
    sampling = Sampling(max_tokens=24)
    engine = ServedEngine(
        model, Servers(root=root, settings=SETTINGS, times=VllmServerSettings(idle_s=5)), dtype="float32"
    )
    rows = {row.id: row for row in engine.generate(REQUESTS, sampling, IDS)}
    drawn = Sampling(temperature=1.0, top_p=0.9, max_tokens=24)
    twice = [{r.id: r.text for r in engine.generate(REQUESTS[:2], drawn, IDS)} for _ in range(2)]
    bare = TransformersEngine(model, dtype="float32", device="cpu")
    expected = {row.id: row for row in bare.generate(REQUESTS, sampling, IDS)}
    facts = {i: (r.text, r.finish_reason, r.prompt_tokens, r.num_tokens, r.error) for i, r in rows.items()}
    assert facts == {i: (r.text, r.finish_reason, r.prompt_tokens, r.num_tokens, r.error) for i, r in expected.items()}
    assert twice[0] == twice[1] != {i: r.text for i, r in rows.items() if i in twice[0]}
    choice = Choice(this=("Yes", " Yes"), other=("No", " No"))
    chosen, same = ({s.id: s for s in model_of.choose(REQUESTS, choice, IDS)} for model_of in (engine, bare))
    assert {i: s.error for i, s in chosen.items()} == {i: s.error for i, s in same.items()}
    assert chosen["r0"].value == pytest.approx(same["r0"].value, abs=1e-4)
    assert chosen["r1"].value == pytest.approx(same["r1"].value, abs=1e-4)
    assert engine.info.device == "cpu"
    arguments = [sys.executable, "-c", CLIENT, model, str(root)]
    other = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert other.stdout.strip() == str(engine._server._handle.pid), other.stderr
    engine.close()
    deadline = time.monotonic() + 60
    while running(root):
        assert time.monotonic() < deadline, "it stops after 5 s"
        time.sleep(0.2)


def test_scores_are_those_of_transformers(root: Path, tmp_path: Path) -> None:
    model = make_model(tmp_path / "scorer", "score")
    texts = [request for request in REQUESTS if request.prompt]
    scorer = ServedScorer(model, Servers(root=root, settings=SETTINGS, times=VllmServerSettings(idle_s=60)))
    rows = {row.id: row for row in scorer.score(texts, IDS)}
    bare = TransformersScorer(model, device="cpu")
    expected = {row.id: row for row in bare.score(texts, IDS)}
    assert set(rows) == set(expected)
    for i, row in rows.items():
        assert row.value == pytest.approx(expected[i].value, abs=1e-4)
        assert (row.prompt_tokens, row.is_truncated) == (expected[i].prompt_tokens, expected[i].is_truncated)
    os.kill(scorer._server._handle.pid, 9)  # its engine, which does not notice, goes with it
    deadline = time.monotonic() + 30
    while running(root):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    scorer.close()
