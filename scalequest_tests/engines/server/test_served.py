"""Engines on a managed server, which is a fake one: what is sent, what comes back, and a server that dies."""

import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from scalequest_assets.engines.base import Choice, EngineInfo, Request, Sampling
from scalequest_assets.engines.chat import choice_tokens, encode, load_tokenizer
from scalequest_assets.engines.openai.settings import RetryPolicy
from scalequest_assets.engines.server.client import Servers
from scalequest_assets.engines.server.command import vllm_server
from scalequest_assets.engines.server.engine import ServedEngine, ServedScorer
from scalequest_assets.engines.server.lease import ServerSpec
from scalequest_assets.engines.server.settings import VllmServerSettings
from scalequest_assets.engines.vllm.settings import VllmSettings
from scalequest_assets.errors import EngineError

PROGRAM = str(Path(__file__).parents[1] / "fake_model_server.py")
POLICY = RetryPolicy(max_retries=1, timeout_s=20, outage_s=20, first_wait_s=0.05, max_wait_s=0.2)
CONTEXT = 32


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Callable[..., Servers]]:
    root = tmp_path.resolve() / "servers"

    def make(*options: str) -> Servers:
        def build(model: str, mode: str, settings: VllmSettings, **_: Any) -> ServerSpec:
            command = (sys.executable, PROGRAM, "--port", "{port}", "--name", "{name}", "--context", str(CONTEXT))
            info = EngineInfo(name="fake", device="cpu", num_devices=0, is_exact=False)
            return ServerSpec(model=model, command=(*command, *options), identity=(mode,), info=info)

        settings = VllmSettings(max_num_seqs=4)
        times = VllmServerSettings(idle_s=60, start_s=20)
        return Servers(root=root, settings=settings, times=times, policy=POLICY, build=build)

    try:
        yield make
    finally:
        for process in psutil.process_iter():
            try:
                if Path(process.cwd()).is_relative_to(root):
                    process.kill()
            except (psutil.Error, OSError):
                continue


def requests(*prompts: str) -> list[Request]:
    return [Request(id=f"r{i}", prompt=prompt, seed=2**62 + i) for i, prompt in enumerate(prompts)]


def test_rows_are_completed_as_by_other_engines(tiny_model: str, servers: Callable[..., Servers]) -> None:
    tokenizer = load_tokenizer(tiny_model)
    lengths = [len(ids) for ids in encode(tokenizer, ["3 apples", "12 " * 12])]
    engine = ServedEngine(tiny_model, servers())
    given = requests("3 apples", "12 " * 12, "", "7 8 9 " * 40, "not missing")
    rows = {row.id: row for row in engine.generate(given, Sampling(max_tokens=20), [r.id for r in given[:4]])}
    engine.close()
    assert set(rows) == {"r0", "r1", "r2", "r3"}
    assert (rows["r0"].text, rows["r0"].finish_reason) == ("3 apples", "stop")
    assert (rows["r0"].prompt_tokens, rows["r0"].num_tokens) == (lengths[0], lengths[0] + 1), "the end counts"
    assert rows["r0"].engine_s > 0
    assert (rows["r1"].finish_reason, rows["r1"].num_tokens) == ("length", min(20, CONTEXT - lengths[1]))
    assert str(rows["r2"].error) == "empty_prompt: nothing to continue"
    assert str(rows["r3"].error) == f"too_long: {rows['r3'].prompt_tokens} prompt tokens, and the model's context is 32"
    assert rows["r3"].finish_reason == "error"


def test_choices_come_from_the_log_probabilities_of_both_answers(
    tiny_model: str, servers: Callable[..., Servers]
) -> None:
    choice = Choice(this=("Yes", " Yes"), other=("No", " No"))
    this, other = choice_tokens(load_tokenizer(tiny_model), choice)
    engine = ServedEngine(tiny_model, servers())
    given = requests("3 apples", "", "7 8 9 " * 40, "not missing")
    rows = {row.id: row for row in engine.choose(given, choice, {"r0", "r1", "r2"})}
    engine.close()
    yes, no = (sum(math.exp(-token / 100) for token in tokens) for tokens in (this, other))
    assert rows["r0"].value == pytest.approx(yes / (yes + no))
    assert {key: row.error and row.error.kind for key, row in rows.items()} == {
        "r0": None,
        "r1": "empty_prompt",
        "r2": "too_long",
    }


def test_texts_are_scored(tiny_scorer: str, servers: Callable[..., Servers]) -> None:
    tokenizer = load_tokenizer(tiny_scorer)
    ids = encode(tokenizer, ["3 apples", "7 8 9 " * 40])
    scorer = ServedScorer(tiny_scorer, servers())
    rows = {row.id: row for row in scorer.score(requests("3 apples", "7 8 9 " * 40, ""), {"r0", "r1", "r2"})}
    scorer.close()
    assert (rows["r0"].value, rows["r0"].prompt_tokens, rows["r0"].is_truncated) == (sum(ids[0]), len(ids[0]), False)
    assert (rows["r1"].value, rows["r1"].prompt_tokens, rows["r1"].is_truncated) == (
        sum(ids[1][:CONTEXT]),
        CONTEXT,
        True,
    )
    assert rows["r2"].value is None
    assert str(rows["r2"].error) == "empty_prompt: nothing to score"


def test_no_proxy_is_asked(tiny_model: str, servers: Callable[..., Servers], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    engine = ServedEngine(tiny_model, servers())
    [row] = engine.generate(requests("one"), Sampling(), ["r0"])
    engine.close()
    assert row.error is None


def test_killed_server_is_replaced_once(tiny_model: str, servers: Callable[..., Servers], tmp_path: Path) -> None:
    length = len(encode(load_tokenizer(tiny_model), ["kill 4 5 6 7"])[0])
    engine = ServedEngine(tiny_model, servers("--die-at", str(length), "--die-once", str(tmp_path / "died")))
    given = requests(*["one"] * 20, "kill 4 5 6 7", *["two 2"] * 20)
    rows = list(engine.generate(given, Sampling(), [r.id for r in given]))
    engine.close()
    assert (tmp_path / "died").exists()
    assert sorted(row.id for row in rows) == sorted(r.id for r in given), "each once"
    assert all(row.error is None for row in rows)


def test_server_that_dies_again_is_an_error(tiny_model: str, servers: Callable[..., Servers]) -> None:
    length = len(encode(load_tokenizer(tiny_model), ["kill 4 5 6 7"])[0])
    engine = ServedEngine(tiny_model, servers("--die-at", str(length)))
    with pytest.raises(EngineError, match="died twice") as error:
        list(engine.generate(requests("kill 4 5 6 7"), Sampling(), ["r0"]))
    engine.close()
    assert "run again" in error.value.remedy


@pytest.fixture
def _vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "scalequest_assets.engines.server.command"
    monkeypatch.setattr(f"{module}._vllm", lambda: ("0.32.0", ["vllm", "serve"]))
    monkeypatch.setattr(f"{module}._gpu", lambda: ("NVIDIA H200", 9.0))


@pytest.mark.usefixtures("_vllm")
def test_command_says_what_the_settings_say(tiny_model: str) -> None:
    settings = VllmSettings(tensor_parallel_size=2, max_model_len=4096, enforce_eager=True)
    spec = vllm_server(tiny_model, "score", settings, dtype="float32", revision="abc", trust_remote_code=True)
    words = " ".join(spec.command)
    assert spec.command[1:5] == ("-m", "vllm", "serve", tiny_model)
    for option in (
        "--host 127.0.0.1 --port {port}",
        "--served-model-name {name}",
        "--dtype float32",
        "--tensor-parallel-size 2",
        "--max-model-len 4096",
        "--enforce-eager",
        "--revision abc",
        "--trust-remote-code",
        "--runner pooling",
    ):
        assert option in words
    assert spec.environment["VLLM_BATCH_INVARIANT"] == "1"
    assert spec.info == EngineInfo(name="vllm-server 0.32.0", device="cuda NVIDIA H200", num_devices=2, is_exact=True)


@pytest.mark.usefixtures("_vllm")
def test_same_model_and_settings_are_the_same_server(tiny_model: str) -> None:
    def key(mode: Any = "generate", dtype: str = "bfloat16", identity: str = "", **settings: Any) -> str:
        return vllm_server(tiny_model, mode, VllmSettings(**settings), dtype=dtype, identity=identity).key

    keys = [key(), key(mode="score"), key(dtype="float32"), key(identity="v2"), key(max_num_seqs=8)]
    assert len({*keys, key(batch_invariant=False)}) == 6
    assert key() == keys[0]
    assert "--trust-remote-code" not in vllm_server(tiny_model, "generate", VllmSettings(), dtype="auto").command


@pytest.mark.usefixtures("_vllm")
def test_adapter_is_served_on_its_base(tmp_path: Path) -> None:
    config = '{"base_model_name_or_path": "org/base", "revision": "abc", "r": 12}'
    (tmp_path / "adapter_config.json").write_text(config)
    spec = vllm_server(str(tmp_path), "generate", VllmSettings(), dtype="auto", revision="ignored")
    words = " ".join(spec.command)
    assert spec.command[4] == "org/base"
    assert f"--lora-modules {{name}}={tmp_path}" in words
    assert "--max-lora-rank 16" in words
    assert "--revision abc" in words
    with pytest.raises(EngineError, match="adapter"):
        vllm_server(str(tmp_path), "score", VllmSettings(), dtype="auto")


def test_without_vllm_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    def version(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr("scalequest_assets.engines.server.command.version", version)
    with pytest.raises(EngineError, match="not installed"):
        vllm_server("org/model", "generate", VllmSettings(), dtype="auto")
