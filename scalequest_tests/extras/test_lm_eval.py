"""The real lm-evaluation-harness, on texts that are known and on the embedded model."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from scalequest_assets.engines.base import Message, Request, Sampling
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.lm_eval import Asked, Evaluation, LmEval, open_harness
from scalequest_assets.engines.transformers.engine import TransformersEngine
from scalequest_assets.errors import EngineError

pytest.importorskip("lm_eval")

SUMS = [Asked(id=f"s{n}", query=f"{n} plus {n}?", prompt=f"{n} plus {n}? {{{{x}}}} ", gold=str(2 * n)) for n in (1, 36)]


def answering(texts: Mapping[str, str]) -> Any:
    """Return a model of the harness that writes given texts."""
    from lm_eval.api.model import LM

    class Writer(LM):  # type: ignore[misc]
        def generate_until(self, requests: Sequence[Any]) -> list[str]:
            self.asked = [request.args for request in requests]
            return [texts[request.args[0]] for request in requests]

        def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
            raise NotImplementedError

        def loglikelihood_rolling(self, requests: Sequence[Any]) -> list[float]:
            raise NotImplementedError

    return Writer()


def evaluated(model: Any, task: str) -> Evaluation:
    return LmEval(lambda: model, "cpu").evaluate(SUMS, task=task, max_tokens=17)


def test_our_prompts_are_put_to_its_task_and_its_filters_read_the_answers():
    model = answering({SUMS[0].prompt: "1 + 1 = 2\n#### 2", SUMS[1].prompt: "It is $\\boxed{72}$."})
    found = evaluated(model, "gsm8k")
    assert [prompt for prompt, _ in model.asked] == [one.prompt for one in SUMS], "as it is, no template of theirs"
    options = model.asked[0][1]
    assert "Question:" in options["until"]
    assert (options["max_gen_toks"], options["do_sample"]) == (17, False)
    said = {(verdict.id, verdict.filter): (verdict.answer, verdict.is_correct) for verdict in found.verdicts}
    assert said == {
        ("s1", "strict-match"): ("2", True),
        ("s1", "flexible-extract"): ("2", True),
        ("s36", "strict-match"): ("[invalid]", False),
        ("s36", "flexible-extract"): ("$.", False),
    }
    assert found.evaluator.startswith("lm-eval 0.4.")
    assert "gsm8k 3.0" in found.evaluator


def test_a_task_with_code_of_its_own_does_not_say_what_it_read():
    model = answering({SUMS[0].prompt: "It is $2$.", SUMS[1].prompt: "It is $71$."})
    found = evaluated(model, "hendrycks_math_algebra")
    assert [(verdict.answer, verdict.is_correct) for verdict in found.verdicts] == [(None, True), (None, False)]


def test_what_a_task_puts_before_a_question_is_left_out():
    model = answering({one.prompt: "the answer is (A)" for one in SUMS})
    evaluated(model, "mmlu_pro_math")
    assert [prompt for prompt, _ in model.asked] == [one.prompt for one in SUMS]


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("no_such_task", "is no task of lm-eval's"),
        ("hendrycks_math", "is a group of tasks"),
        ("hellaswag", "takes no questions of ours|does not compare one text"),
        ("agieval_math", "does not compare one text with one answer"),
        ("drop", "takes no questions of ours"),
        ("gsm8k_cot_self_consistency", "does not compare one text with one answer"),
    ],
)
def test_a_task_that_cannot_be_asked_is_refused_before_a_model_is_loaded(task: str, reason: str):
    def load() -> Any:
        raise AssertionError("loaded")

    with pytest.raises(EngineError, match=reason):
        LmEval(load, "cpu").evaluate(SUMS, task=task, max_tokens=17)


def test_a_prompt_keeps_its_beginning_and_one_that_fills_the_context_is_an_error():
    model = answering(dict.fromkeys([one.prompt for one in SUMS], "2"))
    model.max_length, model.tok_encode = 30, lambda text: list(text)[:20]
    evaluated(model, "gsm8k")
    assert {options["max_gen_toks"] for _, options in model.asked} == {30 - max(min(len(s.prompt), 20) for s in SUMS)}
    model.max_length = 5
    with pytest.raises(EngineError, match="fills the model's context of 5"):
        evaluated(model, "gsm8k")


def test_the_same_model_writes_the_same_greedy_text_there_and_here(smollm2: str):
    chat = ChatFormat(smollm2)
    prompts = [chat.render([Message(role="user", content=text)]) for text in ("What is 2 + 3?", "Name a colour.")]
    asked = [Asked(id=f"q{place}", query="?", prompt=prompt, gold="5") for place, prompt in enumerate(prompts)]
    harness = open_harness(smollm2, dtype="float32", device="cpu", batch_size=2)
    theirs = {v.id: v.response for v in harness.evaluate(asked, task="gsm8k", max_tokens=24).verdicts}
    engine = TransformersEngine(smollm2, dtype="float32", device="cpu", batch_size=2)
    requests = [Request(id=one.id, prompt=one.prompt, seed=0) for one in asked]
    ours = {c.id: c.text for c in engine.generate(requests, Sampling(max_tokens=24), {one.id for one in asked})}
    engine.close()
    harness.close()
    assert {i: text.strip() for i, text in theirs.items()} == {i: text.strip() for i, text in ours.items()}
