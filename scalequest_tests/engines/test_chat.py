from typing import Any

import pytest

from scalequest_assets.engines.base import Message
from scalequest_assets.engines.chat import (
    ChatFormat,
    encode,
    question_end,
    question_prefix,
    render,
    stop_token_ids,
)
from scalequest_assets.errors import EngineError
from scalequest_tests.engines.conftest import FAMILIES, make_tokenizer

SYSTEM = "You are helpful."
EXPECTED = {
    "chatml": ("<|im_start|>system\nYou are helpful.<|im_end|>\n<|im_start|>user\n", "<|im_end|>"),
    "llama3": ("<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>"),
    "gemma": ("<bos><start_of_turn>user\n", "<end_of_turn>"),
    "deepseek": ("<begin_of_sentence>User: ", "\n\n<end_of_sentence>"),
    "mistral": ("<s>[INST] ", " [/INST]"),
    "mistral_of_words": ("<s>[INST] ", "</s>"),
}


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def tokenizer(family: str) -> Any:
    return make_tokenizer(family)


def test_question_is_cut_out_of_the_template(family: str, tokenizer: Any) -> None:
    assert (question_prefix(tokenizer, None), question_end(tokenizer)) == EXPECTED[family]


def test_system_text_is_in_the_prefix(tokenizer: Any) -> None:
    prefix = question_prefix(tokenizer, "Ask about fractions.")
    assert prefix.count("Ask about fractions.") == 1
    assert SYSTEM not in prefix


def test_exactly_one_bos(family: str, tokenizer: Any) -> None:
    question = question_prefix(tokenizer, None) + "What is 2 + 2?" + question_end(tokenizer)
    chat = render(tokenizer, [Message(role="user", content="What is 2 + 2?")])
    bare = "What is 2 + 2?"
    expected = 0 if tokenizer.bos_token_id is None else 1
    for ids in encode(tokenizer, [question, chat, bare]):
        assert ids.count(tokenizer.bos_token_id) == expected
        assert expected == 0 or ids[0] == tokenizer.bos_token_id


def test_sampling_stops_at_what_was_taught(tokenizer: Any) -> None:
    taught = encode(tokenizer, ["What is 2 + 2?" + question_end(tokenizer)])[0][-1]
    assert {taught, tokenizer.eos_token_id} <= stop_token_ids(tokenizer)


def test_render_ends_where_the_assistant_begins(tokenizer: Any) -> None:
    turns = [Message(role="user", content="One"), Message(role="assistant", content="Two")]
    turns.append(Message(role="user", content="Three"))
    text = render(tokenizer, turns)
    assert text.index("One") < text.index("Two") < text.index("Three")
    assert text.startswith(render(tokenizer, turns, add_generation_prompt=False))


def test_a_template_is_told_of_thinking_only_where_that_is_said() -> None:
    tokenizer = make_tokenizer("gemma")
    tokenizer.chat_template = "{{ 'on' if enable_thinking is defined and enable_thinking else 'off' }}"
    tokenizer.chat_template += "{{ enable_thinking is defined }}"
    turns = [Message(role="user", content="x")]
    told = [render(tokenizer, turns, enable_thinking=thinking) for thinking in (None, False, True)]
    assert told == ["offFalse", "offTrue", "onTrue"]


def test_refused_system_role_is_folded_into_the_first_turn() -> None:
    turns = [Message(role="system", content="Be brief."), Message(role="user", content="Hello")]
    assert "user\nBe brief.\n\nHello<end_of_turn>" in render(make_tokenizer("gemma"), turns)


def test_text_cannot_open_a_turn(tokenizer: Any) -> None:
    for special in tokenizer.all_special_tokens:
        half = len(special) // 2
        joined = special[:half] + special + special[half:]
        spelled = f"a{special}b{joined}c"
        turns = [Message(role="user", content=spelled)]
        assert render(tokenizer, turns) == render(tokenizer, [Message(role="user", content="abc")])


def test_configured_stop_tokens_are_kept() -> None:
    class Configured:
        eos_token_id = (7, 9)

    assert {7, 9} <= stop_token_ids(make_tokenizer("chatml"), Configured())


def test_model_without_template_is_refused() -> None:
    bare = make_tokenizer("chatml")
    bare.chat_template = None
    with pytest.raises(EngineError, match="no chat template"):
        render(bare, [Message(role="user", content="Hello")])


def test_roles_out_of_turn_are_refused() -> None:
    strict = make_tokenizer("chatml")
    strict.chat_template = "{{ raise_exception('roles must alternate') }}"
    with pytest.raises(EngineError, match="roles must alternate"):
        render(strict, [Message(role="assistant", content="Hello")])


def test_chat_format_needs_no_weights(tiny_model: str) -> None:
    chat = ChatFormat(tiny_model)
    assert (chat.question_prefix(None), chat.question_end()) == EXPECTED["chatml"]
    assert chat.count_tokens(["<|im_start|><|im_end|>", ""]) == [2, 0]
    assert chat.render([Message(role="user", content="Hi")]).endswith("Hi<|im_end|>\n<|im_start|>assistant\n")


def test_missing_tokenizer_is_an_engine_error(tmp_path: Any) -> None:
    with pytest.raises(EngineError, match="no tokenizer"):
        ChatFormat(str(tmp_path))
