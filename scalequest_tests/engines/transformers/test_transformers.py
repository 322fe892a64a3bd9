from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from scalequest_assets.engines.base import Asked, Choice, Completion, Request, Sampling
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.loading import load_model
from scalequest_assets.engines.transformers.engine import TransformersEngine, TransformersScorer
from scalequest_assets.errors import EngineError
from scalequest_tests.engines.conftest import make_model

GREEDY = Sampling(max_tokens=24)
SAMPLED = Sampling(temperature=1.0, top_p=0.95, max_tokens=24)
PROMPTS = [
    "What is the sum of 17 and 25?",
    "Tom has",
    "A train travels 60 miles per hour for 2.5 hours. How far",
    "<|im_start|>user\nTom has 3 apples<|im_end|>\n<|im_start|>assistant\n",
]


@pytest.fixture(scope="module")
def engine(tiny_model: str) -> Iterator[TransformersEngine]:
    engine = TransformersEngine(tiny_model, dtype="float32", device="cpu", batch_size=8)
    yield engine
    engine.close()


def requests(num: int, prompts: list[str] = PROMPTS) -> list[Request]:
    return [Request(id=f"q{i:03d}", prompt=prompts[i % len(prompts)], seed=1000 + i) for i in range(num)]


def run(engine: TransformersEngine, asked: list[Request], sampling: Sampling) -> dict[str, Completion]:
    done = list(engine.generate(asked, sampling, {request.id for request in asked}))
    assert len(done) == len(asked)
    return {row.id: row for row in done}


def texts(rows: dict[str, Completion]) -> dict[str, tuple[str, int, str]]:
    return {key: (row.text, row.num_tokens, row.finish_reason) for key, row in rows.items()}


@pytest.mark.parametrize("asked", [SAMPLED, Choice(this=("Yes",), other=("No",))])
def test_a_batch_alone_is_the_same_batch(engine: TransformersEngine, asked: Asked) -> None:
    rows = requests(30, [*PROMPTS, "", "7 8 9 " * 256])
    batches = engine.batches(rows, asked)
    assert len(batches) > 3
    assert sorted(row.id for batch in batches for row in batch) == [row.id for row in rows]
    assert [engine.batches(batch, asked) for batch in batches] == [[batch] for batch in batches]


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
def test_greedy_equals_generate(kind: str, tmp_path: Path) -> None:
    engine = TransformersEngine(str(make_model(tmp_path, kind=kind, seed=3)), dtype="float32", device="cpu")
    rows = run(engine, requests(4), GREEDY)
    model, tokenizer = engine._model, engine._tokenizer
    for request in requests(4):
        ids = tokenizer(request.prompt, return_tensors="pt", add_special_tokens=False)
        reference = model.generate(**ids, do_sample=False, max_new_tokens=24, eos_token_id=sorted(engine._stop_ids))
        written = reference[0, ids["input_ids"].shape[1] :]
        assert rows[request.id].text == tokenizer.decode(written, skip_special_tokens=True)
        assert rows[request.id].num_tokens == len(written)
        assert rows[request.id].prompt_tokens == ids["input_ids"].shape[1]


def test_a_row_is_the_same_alone_and_in_a_batch(engine: TransformersEngine) -> None:
    asked = requests(8)
    together = texts(run(engine, asked, SAMPLED))
    alone = [texts(run(engine, [request], SAMPLED)) for request in asked]
    assert together == {key: value for row in alone for key, value in row.items()}


def test_shared_beginnings_change_nothing(engine: TransformersEngine) -> None:
    prefix = "You are helpful. What is the sum of 17 and 25? The answer is "
    asked = requests(8, [prefix + end for end in ("forty", "42 apples", "a train", "", "How many apples?")])
    together = texts(run(engine, asked, SAMPLED))
    alone = [texts(run(engine, [request], SAMPLED)) for request in asked]
    assert together == {key: value for row in alone for key, value in row.items()}


def test_a_prompt_that_several_rows_have_is_computed_once(engine: TransformersEngine) -> None:
    computed: list[tuple[int, ...]] = []
    hook = engine._model.register_forward_pre_hook(
        lambda _, args, given: computed.append(tuple(given["input_ids"].shape)), with_kwargs=True
    )
    run(engine, requests(8, ["Tom has", "What is the sum of 17 and 25?"]), SAMPLED)
    hook.remove()
    assert computed[0][0] == 2
    assert computed[1] == (8, 1)


def test_equal_prompts_differ_by_seed_alone(engine: TransformersEngine) -> None:
    prompt = ChatFormat(engine.model_path).question_prefix(None)
    asked = [Request(id=str(i), prompt=prompt, seed=i % 5) for i in range(10)]
    rows = run(engine, asked, SAMPLED)
    assert len({row.text for row in rows.values()}) == 5
    assert all(rows[str(i)].text == rows[str(i + 5)].text for i in range(5))


def test_a_second_run_gives_the_same_rows(engine: TransformersEngine) -> None:
    assert texts(run(engine, requests(12), SAMPLED)) == texts(run(engine, requests(12), SAMPLED))


def test_plan_does_not_depend_on_the_order_of_requests(engine: TransformersEngine) -> None:
    asked = requests(30)
    plan = engine.plan(asked, GREEDY)
    assert plan == engine.plan(asked[::-1], GREEDY)
    assert sorted(request.id for batch in plan for request in batch) == [request.id for request in asked]
    assert max(map(len, plan)) == 8
    lengths = [len(request.prompt) for batch in plan for request in batch[:1]]
    assert lengths == sorted(lengths)


def test_plan_keeps_to_the_token_limit(tiny_model: str) -> None:
    engine = TransformersEngine(tiny_model, dtype="float32", device="cpu", batch_size=100, max_batch_tokens=200)
    plan = engine.plan(requests(12), GREEDY)
    tokens = [[len(engine._tokenizer(r.prompt)["input_ids"]) + 24 for r in batch] for batch in plan]
    assert all(len(batch) * max(batch) <= 200 or len(batch) == 1 for batch in tokens)
    assert len(plan) < 12
    assert engine.plan([], GREEDY) == []


def test_rows_that_end_leave_and_the_others_go_on(engine: TransformersEngine) -> None:
    rows = run(engine, requests(32), Sampling(temperature=2.0, max_tokens=120)).values()
    stopped = [row for row in rows if row.finish_reason == "stop"]
    assert stopped
    assert all(row.num_tokens == 120 for row in rows if row.finish_reason == "length")
    assert len({row.num_tokens for row in stopped}) > 1
    for row in stopped:
        assert "<|im_end|>" not in row.text
        assert row.num_tokens >= 1  # the end token counts


def test_seconds_add_up_to_the_time_spent(engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100_000))
    monkeypatch.setattr("scalequest_assets.engines.transformers.decoding.time.perf_counter", lambda: float(next(ticks)))
    rows = list(engine.complete(requests(8), SAMPLED))
    steps = max(row.num_tokens for row in rows)
    assert sum(row.engine_s for row in rows) == pytest.approx(steps)


def test_prompts_that_do_not_fit_are_answered_with_an_error(tmp_path: Path) -> None:
    engine = TransformersEngine(str(make_model(tmp_path, context=32)), dtype="float32", device="cpu")
    asked = [
        Request(id="long", prompt="Tom has 3 apples. " * 20, seed=1),
        Request(id="near", prompt="<|im_start|>" * 30, seed=1),
        Request(id="empty", prompt="", seed=1),
        Request(id="fits", prompt="Tom", seed=1),
    ]
    rows = run(engine, asked, Sampling(temperature=1.0, max_tokens=16))
    assert rows["long"].finish_reason == "error"
    assert str(rows["long"].error).startswith("too_long: ")
    assert str(rows["empty"].error).startswith("empty_prompt: ")
    assert rows["near"].finish_reason in ("length", "stop")
    assert rows["near"].num_tokens <= 2
    assert rows["fits"].error is None


@pytest.mark.parametrize("sampling", [GREEDY, SAMPLED])
def test_a_row_whose_logits_are_no_numbers_fails_alone(sampling: Sampling, tiny_model: str) -> None:
    engine = TransformersEngine(tiny_model, dtype="float32", device="cpu")
    asked = requests(4)
    right = run(engine, asked, sampling)
    broken = next(request.id for request in asked if "miles" in request.prompt)
    ids = {request.id: {*engine._tokenizer(request.prompt).input_ids} for request in asked}
    own = min(ids[broken].difference(*(others for id_, others in ids.items() if id_ != broken)))

    def spoil(module: Any, given: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        is_prompt = given[0].shape[1] > 1
        return output.masked_fill((given[0] == own)[..., None] & is_prompt, torch.nan)

    engine._model.get_input_embeddings().register_forward_hook(spoil)
    rows = run(engine, asked, sampling)
    assert rows[broken].finish_reason == "error"
    assert str(rows[broken].error).startswith("not_finite: after 0 tokens the model's logits are no numbers")
    assert {id_: row.text for id_, row in rows.items() if id_ != broken} == {
        id_: row.text for id_, row in right.items() if id_ != broken
    }


def test_consumer_is_left_out_of_inference_mode(engine: TransformersEngine) -> None:
    for _ in engine.complete(requests(4), SAMPLED):
        assert not torch.is_inference_mode_enabled()


def test_adapter_is_merged(tiny_model: str, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
    get_peft_model(base, config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(tmp_path)
    engine = TransformersEngine(str(tmp_path), dtype="float32", device="cpu")
    assert type(engine._model).__name__ == "LlamaForCausalLM"
    plain = TransformersEngine(tiny_model, dtype="float32", device="cpu")
    assert texts(run(engine, requests(4), GREEDY)) != texts(run(plain, requests(4), GREEDY))
    rounded = [load_model(str(tmp_path), "causal", dtype="bfloat16").state_dict() for _ in range(2)]
    exact = engine._model.state_dict()
    assert {value.dtype for value in rounded[0].values()} == {torch.bfloat16}
    assert all(torch.equal(value, rounded[1][key]) for key, value in rounded[0].items())
    assert any(not torch.equal(value, exact[key].bfloat16()) for key, value in rounded[0].items())


def test_missing_model_is_an_engine_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=str(tmp_path)):
        TransformersEngine(str(tmp_path))


def test_weights_that_are_pickled_are_refused(tiny_model: str, tmp_path: Path) -> None:
    for file in Path(tiny_model).iterdir():
        if file.suffix == ".json":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(EngineError, match="safetensors"):
        TransformersEngine(str(tmp_path))


def reference_score(scorer: TransformersScorer, text: str) -> float:
    ids: Any = scorer._tokenizer(text, return_tensors="pt", add_special_tokens=False)
    with torch.inference_mode():
        return float(scorer._model(**ids).logits[0, 0])


def test_scores_equal_the_models_own_logits(tiny_scorer: str) -> None:
    scorer = TransformersScorer(tiny_scorer, device="cpu", max_batch_tokens=100)
    asked = requests(9)
    scores = {score.id: score for score in scorer.score(asked, {request.id for request in asked})}
    assert set(scores) == {request.id for request in asked}
    for request in asked:
        assert scores[request.id].value == pytest.approx(reference_score(scorer, request.prompt), abs=1e-5)
        assert not scores[request.id].is_truncated
    scorer.close()


def test_texts_over_the_context_are_cut_and_flagged(tmp_path: Path) -> None:
    scorer = TransformersScorer(str(make_model(tmp_path, head="score", context=10)), device="cpu")
    score = next(scorer.score([Request(id="a", prompt="Tom has 3 apples and buys 12 more. " * 9, seed=0)], {"a"}))
    assert score.is_truncated
    assert score.prompt_tokens == 10


def test_only_batches_that_lack_a_row_are_run(engine: TransformersEngine, tiny_scorer: str) -> None:
    asked = requests(30)
    lacking = engine.plan(asked, SAMPLED)[1]
    made = {row.id: row for row in engine.generate(asked, SAMPLED, {lacking[0].id})}
    assert set(made) == {request.id for request in lacking}
    whole = run(engine, asked, SAMPLED)
    assert texts(made) == {key: row for key, row in texts(whole).items() if key in made}
    assert list(engine.generate(asked, SAMPLED, set())) == []
    scorer = TransformersScorer(tiny_scorer, device="cpu", max_batch_tokens=100)
    assert 0 < len(list(scorer.score(asked, {asked[0].id}))) < len(asked)
    assert (engine.info.device, engine.info.num_devices, engine.info.is_exact) == ("cpu", 0, True)
