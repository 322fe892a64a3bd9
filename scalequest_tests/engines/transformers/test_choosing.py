"""How probable one of two answers is: the softmax of the model's own logits, however rows are batched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from scalequest_assets.engines.base import Choice, Request, Score
from scalequest_assets.engines.chat import choice_tokens
from scalequest_assets.engines.transformers.engine import TransformersEngine
from scalequest_assets.errors import EngineError
from scalequest_tests.engines.conftest import make_model, make_tokenizer, make_true_tokenizer

YES_NO = Choice(this=("Yes", " Yes", "yes"), other=("No", " No", "no"))
PROMPTS = [
    "What is the sum of 17 and 25? Verdict:",
    "Tom has",
    "<|im_start|>user\nTom has 3 apples<|im_end|>\n<|im_start|>assistant\nVerdict:",
    "<|im_start|>user\nTom has 12 apples, or so<|im_end|>\n<|im_start|>assistant\nVerdict:",
]


@pytest.fixture(scope="module")
def engine(tiny_model: str) -> Iterator[TransformersEngine]:
    engine = TransformersEngine(tiny_model, dtype="float32", device="cpu", batch_size=3)
    yield engine
    engine.close()


def requests(prompts: list[str]) -> list[Request]:
    return [Request(id=f"q{i:03d}", prompt=prompt, seed=0) for i, prompt in enumerate(prompts)]


def chosen(engine: TransformersEngine, asked: list[Request], choice: Choice = YES_NO) -> dict[str, Score]:
    found = list(engine.choose(asked, choice, {request.id for request in asked}))
    assert len(found) == len(asked)
    return {score.id: score for score in found}


def test_it_is_the_softmax_over_the_spellings_of_both(engine: TransformersEngine) -> None:
    asked = requests(PROMPTS)
    found = chosen(engine, asked)
    this, other = choice_tokens(engine._tokenizer, YES_NO)
    for request in asked:
        ids = engine._tokenizer(request.prompt, return_tensors="pt", add_special_tokens=False)
        with torch.inference_mode():
            probabilities = engine._model(**ids).logits[0, -1].double().softmax(0)
        yes, no = (float(probabilities[tokens].sum()) for tokens in (this, other))
        assert found[request.id].value == pytest.approx(yes / (yes + no), abs=1e-5)
        assert found[request.id].prompt_tokens == ids["input_ids"].shape[1]


def test_the_other_way_round_it_is_the_rest(engine: TransformersEngine) -> None:
    asked = requests(PROMPTS)
    turned = chosen(engine, asked, Choice(this=YES_NO.other, other=YES_NO.this))
    for key, score in chosen(engine, asked).items():
        assert score.value is not None
        assert turned[key].value == pytest.approx(1 - score.value)


def test_alone_in_a_batch_and_again_it_is_the_same(engine: TransformersEngine) -> None:
    asked = requests(PROMPTS * 3)
    together = chosen(engine, asked)
    assert {k: s.value for k, s in chosen(engine, asked[::-1]).items()} == {k: s.value for k, s in together.items()}
    for request in asked:
        assert chosen(engine, [request])[request.id].value == pytest.approx(together[request.id].value, abs=1e-5)


def test_only_batches_that_lack_a_row_are_run(engine: TransformersEngine) -> None:
    asked = requests(PROMPTS)
    assert list(engine.choose(asked, YES_NO, set())) == []
    assert [score.id for score in engine.choose(asked, YES_NO, {"q001"})] == ["q001", "q002", "q000"], "one batch"


def test_what_cannot_be_read_is_an_error_row(tmp_path: Path) -> None:
    short = TransformersEngine(str(make_model(tmp_path, context=16)), dtype="float32", device="cpu")
    found = chosen(short, requests(["", "word " * 40, "Tom"]))
    errors = {key: score.error and score.error.kind for key, score in found.items()}
    assert errors == {"q000": "empty_prompt", "q001": "too_long", "q002": None}
    assert [found[key].value for key in ("q000", "q001")] == [None, None]
    short.close()


def test_far_from_both_answers_it_is_still_a_probability(engine: TransformersEngine, monkeypatch) -> None:
    this, other = choice_tokens(engine._tokenizer, YES_NO)
    logits = torch.zeros(1, len(engine._tokenizer))
    logits[0, this], logits[0, other] = -900.0, -901.0
    monkeypatch.setattr("scalequest_assets.engines.transformers.decoding.next_logits", lambda model, prompts: logits)
    (score,) = engine.choose(requests(["Tom"]), YES_NO, {"q000"})
    odds = len(this) / len(other) * torch.e
    assert score.value == pytest.approx(odds / (1 + odds))


@pytest.mark.parametrize("family", ["chatml", "llama3", "gemma", "mistral"])
def test_a_token_that_begins_both_answers_counts_for_neither(family: str) -> None:
    tokenizer = make_true_tokenizer(family, ["Verdict: Yes", "Verdict: No", "Yes", "No"])
    this, other = choice_tokens(tokenizer, YES_NO)
    assert this
    assert other
    assert not {*this} & {*other}
    first = {tokenizer(text, add_special_tokens=False)["input_ids"][0] for text in (*YES_NO.this, *YES_NO.other)}
    assert {*this, *other} <= first


def test_answers_that_begin_alike_are_refused() -> None:
    with pytest.raises(EngineError, match="begins 'same' and 'same' alike"):
        choice_tokens(make_tokenizer("chatml"), Choice(this=("same",), other=("same", "")))
