"""Thinking is never part of a text, nor is a token that ends a turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.thinking import spoken, without_end_tokens, without_thinking

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="<>[]|◁▷\uff5c"), max_size=40)


@pytest.mark.parametrize(
    ("text", "said", "thought"),
    [
        ("<think>\n2 pens cost 4.\n</think>\n\nThe answer is 4.", "The answer is 4.", "2 pens cost 4."),
        ("2 pens cost 4.\n</think>\n\nThe answer is 4.", "The answer is 4.", "2 pens cost 4."),
        ("<think>\nLet me count the", "", "Let me count the"),
        ("<think>\n\n</think>\n\n4", "4", None),
        ("<thinking>a</thinking>4", "4", "a"),
        ("<Thought>a</Thought>4", "4", "a"),
        ("<seed:think>a</seed:think>4", "4", "a"),
        ("[THINK]a[/THINK]4", "4", "a"),
        ("◁think▷a◁/think▷4", "4", "a"),
        ("<|begin_of_thought|>a<|end_of_thought|>4", "4", "a"),
        ("<|channel>thought\na<channel|>4<turn|>", "4", "a"),
        ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>", "4", "a"),
        ("<|channel|>analysis<|message|>a and", "", "a and"),
        ("<think>is <think> a tag?</think>4", "4", "is <think> a tag?"),
        ("<think>a</think>x<think>b</think>y", "xy", "a\n\nb"),
        ("<think>a</think> still thinking </think>4", "4", "a\n\nstill thinking"),
        ("Write `<think>` before and `</think>` behind it.", "Write `<think>` before and `</think>` behind it.", None),
        ('re.search("<think>(.*)</think>", text)', 're.search("<think>(.*)</think>", text)', None),
        ("I think that 2 < 3 > 1, [thinking] aloud", "I think that 2 < 3 > 1, [thinking] aloud", None),
        ("  plain\n", "  plain\n", None),
        ("", "", None),
    ],
)
def test_thinking_is_kept_apart(text: str, said: str, thought: str | None) -> None:
    assert spoken(text)[:2] == (said, thought)
    assert without_thinking(text) == said


def test_thinking_that_the_prompt_began_is_thinking() -> None:
    prompt = "<|im_start|>assistant\n<think>\n"
    assert spoken("2 and 2", prompt=prompt) == ("", "2 and 2", True)
    assert spoken("2 and 2</think>4", prompt=prompt) == ("4", "2 and 2", False)
    assert spoken("4", prompt="<think>\n\n</think>\n\n") == ("4", None, False)
    assert spoken("4", prompt="a user speaks of <think> and goes on") == ("4", None, False)


def test_thinking_that_a_server_shows_comes_before_that_in_tags() -> None:
    assert spoken("<think>b</think>4", shown="a") == ("4", "a\n\nb", False)
    assert spoken("4", shown="  ") == ("4", None, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("How many?</s>", "How many?"),
        ("How many?<|im_end|>\n", "How many?"),
        ("How many?<|eot_id|><|end_of_text|>", "How many?"),
        ("How many? <end_of_turn>\n<eos>", "How many?"),
        ("How many?<|endoftext|>", "How many?"),
        ("How many?<\uff5cend▁of▁sentence\uff5c>", "How many?"),
        ("How many?<|im_end|>\n<|im_start|>user\nAnother?", "How many?"),
        ("How many?<end_of_turn>\n<start_of_turn>user\nAnother?", "How many?"),
        ("Strike it: <s>old</s>", "Strike it: <s>old</s>"),
        ("The token <|endoftext|> ends a text.", "The token <|endoftext|> ends a text."),
        ("|x| < |y|", "|x| < |y|"),
        ("P(A|B) <|> ", "P(A|B) <|> "),
    ],
)
def test_tokens_that_end_a_turn_are_no_text(text: str, said: str) -> None:
    assert without_end_tokens(text) == said


@given(WORDS, WORDS)
def test_any_thought_comes_off_any_text(thought: str, text: str) -> None:
    expected = (text.strip(), thought.strip() or None)
    assert spoken(f"<think>{thought}</think>\n{text}")[:2] == expected
    assert spoken(text)[:2] == (text, None)


@given(st.lists(st.sampled_from(["<think>", "</think>", "</s>", "<|im_end|>", "[THINK]", "a", "\n"])).map("".join))
def test_what_is_said_says_nothing_more_when_read_again(text: str) -> None:
    said = spoken(text).text
    assert not any(mark in said for mark in ("<think>", "</think>", "[THINK]"))
    assert spoken(said).text == said


def test_a_long_text_of_marks_is_read_at_once() -> None:
    assert spoken("<think>" * 20_000).is_open
    assert spoken("<|im_end|> " * 20_000).text == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12<|endoftext|>Question: What is 4 + 5?", "12"),
        ("12<|im_end|>\n\nQuestion: What is 4 + 5?", "12"),
        ("12\n<|im_start|>user\nWhat is 4 + 5?", "12"),
        ("<|im_start|>assistant\n12<|im_end|>", "12"),
        ("<|start_header_id|>assistant<|end_header_id|>\n\n12<|eot_id|>", "12"),
        ("Write `<|im_end|>` there.", "Write `<|im_end|>` there."),
    ],
)
def test_one_turn_is_read(text: str, said: str) -> None:
    assert without_end_tokens(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "<think >9</think >12",
        "<scratchpad>9</scratchpad>12",
        "<|START_THINKING|>9<|END_THINKING|><|START_RESPONSE|>12<|END_RESPONSE|>",
        "<|begin_of_thought|>9<|end_of_thought|><|begin_of_solution|>12<|end_of_solution|>",
    ],
)
def test_further_marks_of_thinking(text: str) -> None:
    assert spoken(text)[:2] == ("12", "9")
