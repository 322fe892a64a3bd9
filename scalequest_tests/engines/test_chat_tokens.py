"""What training and sampling see of each family's chat template, token by token.

The tokenizers are tiny, but cut and join text as the families' own do: byte-level ones by their makers' patterns, the
others with `▁` for spaces. Their few merges are learned from texts that put a question behind its prefix, so that
tokens do join across the seam wherever the family lets them.
"""

from pathlib import Path
from typing import Any

import pytest

from scalequest_assets.engines.base import Hyperparameters, TrainingJob
from scalequest_assets.engines.chat import answer_end, encode, question_end, question_prefix, stop_token_ids
from scalequest_assets.engines.training.rows import tokenized
from scalequest_tests.engines.conftest import CORPUS, FAMILIES, make_tokenizer, make_true_tokenizer

QUESTIONS = {
    "word": "What is the sum of 17 and 25?",
    "space": " What is the sum?",
    "newline": "\nWhat is the sum?",
    "newlines": "\n\n What is the sum?",
    "digit": "12 apples are shared by 3 children. How many has each?",
    "latex": "$x^2 = 4$. What is $x$?",
    "cjk": "一共有多少个苹果",
    "emoji": "🍎 and 🍎 are how many?",
    "punctuation": "... and how many are left?",
    "assistant": "Assistant: what does it say?",
}


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def tokenizer(family: str) -> Any:
    around = question_prefix(make_tokenizer(family), None)
    bare = around
    for special in FAMILIES[family]["special"]:
        bare = bare.replace(special, "")
    questions = list(QUESTIONS.values())
    corpus = [*CORPUS, *["a\n\n\nb"] * 20, *questions, *questions, *(bare + question for question in questions)]
    return make_true_tokenizer(family, corpus)


def job(task: Any = "sft", **hyper: Any) -> TrainingJob:
    settings = Hyperparameters(learning_rate=1e-3, max_length=512, **hyper)
    return TrainingJob(task=task, base_dir="", train_file="", output_dir="", hyperparameters=settings, seed=0)


def qft_row(tokenizer: Any, question: str, system: str | None = None) -> tuple[list[int], dict[str, Any]]:
    """Return what sampling starts from, and the row that QFT learns."""
    prefix, end = question_prefix(tokenizer, system), question_end(tokenizer)
    (row,) = tokenized(job(), [{"prefix": prefix, "text": question + end}], tokenizer)
    return encode(tokenizer, [prefix])[0], row


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("system", [None, "You are a helpful assistant."])
def test_training_sees_the_prefix_that_sampling_starts_from(tokenizer: Any, question: str, system: str | None) -> None:
    prefix, row = qft_row(tokenizer, question, system)
    assert row["input_ids"][: len(prefix)] == prefix
    assert row["labels"] == row["input_ids"], "QFT learns all tokens, as in the paper"


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_what_was_taught_is_read_back_as_the_question(tokenizer: Any, question: str) -> None:
    """A model that repeats its training row to the letter stops once, at the end, and says the question."""
    prefix, row = qft_row(tokenizer, question)
    taught = row["input_ids"][len(prefix) :]
    stops = [index for index, token in enumerate(taught) if token in stop_token_ids(tokenizer)]
    assert stops == [len(taught) - 1]
    assert tokenizer.decode(taught[:-1], skip_special_tokens=True).strip() == question.strip()


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_one_bos_where_it_is_demanded(tokenizer: Any, question: str) -> None:
    prefix, row = qft_row(tokenizer, question)
    pair = {"prompt": question_prefix(tokenizer, None), "chosen": question, "rejected": question}
    (preference,) = tokenized(job("dpo"), [pair], tokenizer)
    for ids in (prefix, row["input_ids"], preference["prompt_ids"] + preference["chosen_ids"]):
        if tokenizer.bos_token_id is None:
            assert not set(ids) & set(encode(tokenizer, ["<|endoftext|>"])[0])
        else:
            assert [index for index, token in enumerate(ids) if token == tokenizer.bos_token_id] == [0]


def test_both_tunings_see_the_same_question(tokenizer: Any) -> None:
    """QPO starts from what QFT taught: the same tokens, in both halves of a pair."""
    for question in QUESTIONS.values():
        prefix, row = qft_row(tokenizer, question)
        end = question_end(tokenizer)
        pair = {"prompt": question_prefix(tokenizer, None), "chosen": question + end, "rejected": "Who?" + end}
        (preference,) = tokenized(job("dpo"), [pair], tokenizer)
        assert preference["prompt_ids"] == prefix
        assert preference["prompt_ids"] + preference["chosen_ids"] == row["input_ids"]


def test_tokens_would_join_across_the_seam(family: str, tokenizer: Any) -> None:
    """Why prefix and question are tokenized apart: together, each family's prefix changes with some question."""
    prefix = question_prefix(tokenizer, None)
    alone = encode(tokenizer, [prefix])[0]
    joined = [
        name for name, question in QUESTIONS.items() if encode(tokenizer, [prefix + question])[0][: len(alone)] != alone
    ]
    assert joined, family


def test_a_plain_end_of_words_is_not_taught() -> None:
    """Sampled questions would end in it: ` [/INST]` is no token there that sampling could stop at."""
    assert question_end(make_tokenizer("mistral_of_words")) == "</s>"
    assert question_end(make_tokenizer("mistral")) == " [/INST]"
    assert question_end(make_tokenizer("deepseek")) == "\n\n<end_of_sentence>"


def test_a_model_s_own_turn_ends_where_others_stop_too() -> None:
    """What a student learns to write last; with a user's end, nothing but our own engines would stop there."""
    assert answer_end(make_tokenizer("mistral")) == "</s>"
    assert answer_end(make_tokenizer("deepseek")) == "<end_of_sentence>"
    for family in ("chatml", "llama3"):
        assert answer_end(make_tokenizer(family)) == question_end(make_tokenizer(family))
    for family in FAMILIES:
        tokenizer = make_tokenizer(family)
        assert encode(tokenizer, [answer_end(tokenizer)])[0][-1] in stop_token_ids(tokenizer)


def test_prefixes_are_cut_with_their_rows(tmp_path: Path) -> None:
    tokenizer = make_tokenizer("chatml")
    rows = [{"prefix": "user ", "text": "apples " * 90}, {"prefix": "user ", "text": "apples"}]
    cut, whole = tokenized(job(), rows, tokenizer)
    assert cut["input_ids"][: len(whole["input_ids"])] == whole["input_ids"]
    limited = TrainingJob(
        task="sft",
        base_dir="",
        train_file=str(tmp_path),
        output_dir="",
        hyperparameters=Hyperparameters(learning_rate=1e-3, max_length=16),
        seed=0,
    )
    assert tokenized(limited, rows, tokenizer)[0]["length"] == 16
