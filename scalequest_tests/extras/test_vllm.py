"""The engines in this process, with a real vLLM: on the CPU, or on a GPU where there is one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from scalequest_assets.engines.base import Choice, Message, Request, Sampling
from scalequest_assets.engines.chat import load_tokenizer, render
from scalequest_assets.engines.transformers.engine import TransformersEngine, TransformersScorer
from scalequest_assets.engines.vllm.engine import VllmEngine, VllmScorer
from scalequest_assets.engines.vllm.settings import VllmSettings
from scalequest_assets.errors import EngineError
from scalequest_tests.extras.conftest import CONTEXT

pytestmark = pytest.mark.timeout(600)

GREEDY = Sampling(temperature=0.0, max_tokens=12)
WARM = Sampling(temperature=1.0, top_p=0.9, max_tokens=12)
MAX_NUM_SEQS = 16
SHARED = "A train travels 60 miles per hour. " * 8  # longer than a block of vLLM's prefix cache on a CPU


def requests(*prompts: str, seed: int = 2**62) -> list[Request]:
    return [Request(id=f"r{i}", prompt=prompt, seed=seed + i) for i, prompt in enumerate(prompts)]


def ids(rows: list[Request]) -> frozenset[str]:
    return frozenset(row.id for row in rows)


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    return dict(os.environ)


@pytest.fixture(scope="module")
def engine(environment: dict[str, str], wide_model: str) -> Iterator[VllmEngine]:
    engine = VllmEngine(
        wide_model, dtype="float32", settings=VllmSettings(max_num_seqs=MAX_NUM_SEQS, gpu_memory_utilization=0.2)
    )
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def scorer(wide_scorer: str) -> Iterator[VllmScorer]:
    scorer = VllmScorer(
        wide_scorer, dtype="float32", settings=VllmSettings(max_num_seqs=MAX_NUM_SEQS, gpu_memory_utilization=0.2)
    )
    yield scorer
    scorer.close()


def test_info_names_version_and_device(engine: VllmEngine) -> None:
    assert engine.info.name.startswith("vllm 0.")
    assert engine.info.device.split()[0] in {"cpu", "cuda"}
    assert engine.info.num_devices == (engine.info.device != "cpu")
    assert engine.info.device != "cpu" or not engine.info.is_exact


def test_the_environment_is_left_as_it_was(engine: VllmEngine, environment: dict[str, str]) -> None:
    assert {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"} == {
        k: v for k, v in environment.items() if k != "PYTEST_CURRENT_TEST"
    }


def test_greedy_rows_are_those_of_transformers_with_and_without_the_prefix_cache(
    engine: VllmEngine, wide_model: str
) -> None:
    rows = requests("Tom has 3 apples", "user 17", *(f"{SHARED}{i}" for i in range(4)))
    reference = TransformersEngine(wide_model, dtype="float32", device="cpu")
    expected = {row.id: row for row in reference.generate(rows, GREEDY, ids(rows))}
    for _ in range(2):
        for row in engine.generate(rows, GREEDY, ids(rows)):
            same = expected[row.id]
            assert (row.text, row.finish_reason) == (same.text, same.finish_reason)
            assert (row.prompt_tokens, row.num_tokens) == (same.prompt_tokens, same.num_tokens)


def test_choices_are_those_of_transformers(engine: VllmEngine, wide_model: str) -> None:
    rows = requests("Tom has 3 apples", "user 17", *(f"{SHARED}{i}" for i in range(20)), "", "7 8 9 " * CONTEXT)
    choice = Choice(this=("Yes", " Yes", "yes"), other=("No", " No", "no"))
    reference = TransformersEngine(wide_model, dtype="float32", device="cpu")
    expected = {score.id: score for score in reference.choose(rows, choice, ids(rows))}
    found = {score.id: score for score in engine.choose(rows, choice, ids(rows))}
    assert ids(rows) == found.keys()
    for key, score in found.items():
        same = expected[key]
        assert score.value == (same.value if same.value is None else pytest.approx(same.value, abs=1e-4))
        assert (score.prompt_tokens, score.error) == (same.prompt_tokens, same.error)
    assert len({round(score.value, 3) for score in found.values() if score.value is not None}) > 5
    assert {score.id for score in engine.choose(rows, choice, {"r1"})} == {"r1"}


def test_the_end_token_counts(engine: VllmEngine) -> None:
    rows = requests(*(f"Tom has {i} apples" for i in range(40)))
    done = list(engine.generate(rows, Sampling(temperature=1.0, max_tokens=60), ids(rows)))
    assert ids(rows) == {row.id for row in done}
    assert {row.finish_reason for row in done} == {"stop", "length"}
    assert all(row.num_tokens == 60 for row in done if row.finish_reason == "length")
    assert all(0 < row.num_tokens <= 60 for row in done)
    assert not any("<|im_end|>" in row.text for row in done)


def test_same_seed_same_text(engine: VllmEngine) -> None:
    [row] = requests("Tom has")
    again = [next(iter(engine.generate([row], WARM, [row.id]))).text for _ in range(2)]
    [other] = engine.generate(requests("Tom has", seed=1), WARM, ["r0"])
    assert again[0] == again[1] != other.text


def test_only_missing_rows_are_made(engine: VllmEngine) -> None:
    rows = requests("one", "two", "three")
    assert {row.id for row in engine.generate(rows, GREEDY, {"r1"})} == {"r1"}
    assert list(engine.generate(rows, GREEDY, set())) == []


def test_rows_that_cannot_be_done_are_errors_and_the_others_are_done(engine: VllmEngine) -> None:
    rows = requests("", "7 8 9 " * CONTEXT, "Tom has")
    done = {row.id: row for row in engine.generate(rows, GREEDY, ids(rows))}
    assert done["r0"].error is not None
    assert done["r0"].error.kind == "empty_prompt"
    assert done["r1"].error is not None
    assert done["r1"].error.kind == "too_long"
    assert done["r1"].prompt_tokens > CONTEXT
    assert (done["r1"].finish_reason, done["r1"].num_tokens) == ("error", 0)
    assert done["r2"].error is None


def nearly_full(engine: VllmEngine, room: int) -> str:
    """Return a prompt that leaves room for so many tokens."""
    tokenizer = engine._tokenizer
    text = "7" * (CONTEXT - room)
    assert len(tokenizer(text, add_special_tokens=False)["input_ids"]) == CONTEXT - room
    return text


def test_rows_come_out_as_they_finish(engine: VllmEngine) -> None:
    rows = requests("Tom has", nearly_full(engine, 2))
    stream = engine.generate(rows, Sampling(temperature=0.0, max_tokens=40), ids(rows))
    first = next(stream)
    assert (first.id, first.finish_reason, first.num_tokens) == ("r1", "length", 2)
    assert engine._process.llm.get_num_unfinished_requests() == 1
    assert [row.id for row in stream] == ["r0"]


def test_long_prompts_with_seeds_fill_more_than_a_step(engine: VllmEngine) -> None:
    rows = requests(*(f"{i} " + "7" * (CONTEXT - 40) for i in range(MAX_NUM_SEQS)))
    done = list(engine.generate(rows, Sampling(temperature=1.0, max_tokens=2), ids(rows)))
    assert len(done) == MAX_NUM_SEQS


def test_few_rows_wait_inside_and_shares_add_up(engine: VllmEngine) -> None:
    rows = requests(*(f"Tom has {i}" for i in range(5 * MAX_NUM_SEQS)))
    started, shares = time.perf_counter(), []
    for row in engine.generate(rows, WARM, ids(rows)):
        assert engine._process.llm.get_num_unfinished_requests() <= 2 * MAX_NUM_SEQS
        shares.append(row.engine_s)
    assert min(shares) > 0
    assert sum(shares) == pytest.approx(time.perf_counter() - started, rel=0.2, abs=0.2)


def test_a_caller_who_leaves_early_takes_the_rest_along(engine: VllmEngine) -> None:
    rows = requests(*(f"Tom has {i}" for i in range(3 * MAX_NUM_SEQS)))
    stream = engine.generate(rows, Sampling(temperature=1.0, max_tokens=40), ids(rows))
    next(stream)
    with pytest.raises(EngineError, match="another caller"):
        next(engine.generate(rows, WARM, ids(rows)))
    stream.close()
    assert not engine._process.llm.has_unfinished_requests()
    assert {row.id for row in engine.generate(rows, WARM, ids(rows))} == ids(rows)


def test_scores_are_the_logits_of_transformers(scorer: VllmScorer, wide_scorer: str) -> None:
    texts = ("Tom has 3 apples", "", "7" * (CONTEXT + 9), "7" * CONTEXT, "two<|endoftext|><|endoftext|>", SHARED)
    rows = requests(*texts)
    reference = TransformersScorer(wide_scorer, device="cpu")
    expected = {row.id: row for row in reference.score(rows, ids(rows))}
    scores = {row.id: row for row in scorer.score(rows, ids(rows))}
    assert scores.keys() == expected.keys()
    for row, score in scores.items():
        assert score.value == pytest.approx(expected[row].value, rel=1e-3, abs=1e-3)
        assert (score.prompt_tokens, score.is_truncated) == (expected[row].prompt_tokens, expected[row].is_truncated)
    assert [row.id for row in scorer.score(rows, {"r3"})] == ["r3"]


def test_smollm2_writes_what_it_writes_with_transformers_and_closing_ends_all_processes(smollm2: str) -> None:
    tokenizer = load_tokenizer(smollm2)
    questions = ("What is 2 + 2?", "Name a colour.", "Say yes.", "Count to five.", "What is the capital of France?")
    rows = requests(*(render(tokenizer, [Message(role="user", content=question)]) for question in questions))
    sampling = Sampling(temperature=0.0, max_tokens=20)
    reference = TransformersEngine(smollm2, dtype="float32", device="cpu")
    expected = {row.id: row for row in reference.generate(rows, sampling, ids(rows))}
    reference.close()
    before = set(psutil.Process().children(recursive=True))
    engine = VllmEngine(
        smollm2, dtype="float32", settings=VllmSettings(max_num_seqs=8, gpu_memory_utilization=0.2, max_model_len=1024)
    )
    done = list(engine.generate(rows, sampling, ids(rows)))
    same = [row for row in done if (row.text, row.num_tokens) == (expected[row.id].text, expected[row.id].num_tokens)]
    # Sums are rounded in another order: a near tie can fall the other way.
    assert len(same) >= len(rows) - 1
    assert {row.finish_reason for row in done} == {"stop", "length"}
    engine.close()
    engine.close()
    left = set(psutil.Process().children(recursive=True)) - before
    assert not [child for child in left if "resource_tracker" not in " ".join(child.cmdline())]
    with pytest.raises(EngineError, match="closed"):
        next(engine.generate(rows, sampling, ids(rows)))


def test_an_engine_whose_process_is_killed_says_so(wide_model: str) -> None:
    engine = VllmEngine(wide_model, dtype="float32", settings=VllmSettings(max_num_seqs=1, gpu_memory_utilization=0.2))
    rows = requests(*(f"Tom has {i}" for i in range(200)))
    stream = engine.generate(rows, Sampling(temperature=1.0, max_tokens=200), ids(rows))
    next(stream)
    [process] = engine._process._processes
    process.kill()
    with pytest.raises(EngineError, match="EngineDeadError"):
        list(stream)
    engine.close()


KILLED = """
import os, signal, sys
from scalequest_assets.engines.vllm.engine import VllmEngine
from scalequest_assets.engines.vllm.settings import VllmSettings

if __name__ == "__main__":
    engine = VllmEngine(sys.argv[1], dtype="float32", settings=VllmSettings(max_num_seqs=1, gpu_memory_utilization=0.2))
    print("vllm", engine._process._processes[0].pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_vllm_ends_when_this_process_is_killed(wide_model: str, tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    done = subprocess.run([sys.executable, str(script), wide_model], stdout=subprocess.PIPE, text=True)
    [pid] = [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("vllm ")]
    assert until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_vllm_ends_when_this_process_is_killed_while_it_loads(wide_model: str, tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    before = marked()
    process = subprocess.Popen([sys.executable, str(script), wide_model], stdout=subprocess.PIPE)
    assert until(lambda: bool(marked() - before), seconds=200)
    process.kill()
    assert b"vllm " not in process.communicate()[0], "it was loading"
    assert until(lambda: not marked() - before)


def marked() -> set[int]:
    """Return the processes that have a leash's mark."""
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if "SCALEQUEST_VLLM" in process.environ():
                found.add(process.pid)
    return found


def until(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Return whether something holds in the end."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no tokenizer could be loaded"):
        VllmEngine(f"{tmp_path}/none", dtype="float32")
