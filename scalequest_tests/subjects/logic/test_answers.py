"""Answers in what models write, gold texts, and tables of both."""

import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.logic import forms
from scalequest_assets.subjects.logic.answers import LogicAnswers, answer
from scalequest_assets.subjects.logic.people import named, people

KNIGHTS = "You meet Ann, Bob and Cleo. Ann says: Bob is a knave. Who are the knights?"
ORDER = "Ann, Bob and Cleo run. Ann is before Bob. In what order are they?"
WHO = "Ann, Bob and Cleo are asked. Who likes tea?"
CHOICE = "Ann is before Bob. Which is true? (A) Bob is first (B) Ann is first (C) Neither."


@pytest.mark.parametrize(
    ("response", "query", "found"),
    [
        (r"If Ann lies, so does Bob.\nThe answer is \boxed{knights: Ann, Cleo}.", KNIGHTS, "knights: Ann, Cleo"),
        (r"So \boxed{\text{Ann and Cleo}}", KNIGHTS, "knights: Ann, Cleo"),
        ("### Answer\nBob is a knave, Ann and Cleo are knights.", KNIGHTS, "knights: Ann, Cleo"),
        ("It is easy.\nTherefore, Ann and Cleo are knights.", KNIGHTS, "knights: Ann, Cleo"),
        ("**Answer:**\n1. Ann\n2. Bob\n3. Cleo\n", ORDER, "Ann, Bob, Cleo"),
        ("The final answer is:\n1. **Ann**\n2. **Bob**\n3. **Cleo**", ORDER, "Ann, Bob, Cleo"),
        ("The answer is 1. Ann 2. Bob 3. Cleo.", ORDER, "Ann, Bob, Cleo"),
        (r"\boxed{Ann < Bob < Cleo}", ORDER, "Ann, Bob, Cleo"),
        (r"\boxed{Cleo, Ann}", WHO, "{Ann, Cleo}"),
        ("<think>The answer is Bob.</think>The answer is Ann.", WHO, "Ann"),
        ("The answer is that it cannot be decided.", WHO, "that it cannot be decided"),
        (r"\boxed{Ann is first}", CHOICE, "(B)"),
        ("The correct option is B.", CHOICE, "(B)"),
        ("I think of it.", WHO, None),
        ("", WHO, None),
        (None, WHO, None),
    ],
)
def test_answers_are_found_and_read(response: str | None, query: str, found: str | None):
    assert answer(response, query) == found


def test_gold_says_which_form_where_there_is_no_question():
    assert answer(r"\boxed{Bob, Ann}", None, "{Ann, Bob}") == "{Ann, Bob}"
    assert answer(r"\boxed{Bob, Ann}", None, "Bob, Ann") == "Bob, Ann"
    assert answer(r"\boxed{none}", None, "0") == "0"


def test_tables_are_checked_and_grouped():
    answers = LogicAnswers()
    gold = pl.Series(["knights: Ann", "{Ann, Bob}", "yes", None, "Ann, Bob", "3"])
    said = pl.Series(["knights: Ann", "{Ann, Cleo}", None, "yes", "{Ann, Bob}", "Ann"])
    assert answers.check(gold, said).to_list() == [True, False, False, None, None, False]
    assert answers.groups(gold, said).to_list() == said.to_list()
    assert answers.recompute(said, said, said).struct.field("num_equalities").to_list() == [0, 0, None, 0, 0, 0]
    assert answers.check(gold.clear(), said.clear()).to_list() == []


def test_gold_texts_are_answers_or_solutions_that_end_in_one():
    texts = pl.Series(["Ann and Cleo", r"Ann lies not. \boxed{Ann}", None, "x" * 400, "Cleo, Ann"])
    found = LogicAnswers().gold(texts, pl.Series([KNIGHTS, WHO, WHO, WHO, WHO]))
    assert found["answer"].to_list() == ["knights: Ann, Cleo", "Ann", None, None, "{Ann, Cleo}"]
    assert found["solution"].to_list() == [None, texts[1], None, None, None]


def test_solutions_box_their_answer_once():
    answers = LogicAnswers()
    assert answers.solution("So it is Ann.", "Ann") == "So it is Ann.\nThe answer is \\boxed{Ann}."
    assert answers.solution("", "Ann") == "The answer is \\boxed{Ann}."
    boxed = "So \\boxed{Ann}."
    assert answers.solution(boxed, "Ann") == boxed


HOSTILE = st.text(alphabet="Ann Bob,.:;<>()12{}\\boxedisakntvr\n*#\"'")


@given(HOSTILE | st.text(), HOSTILE | st.none(), HOSTILE | st.none())
def test_no_text_fails(response: str, query: str | None, gold: str | None):
    found = answer(response, query, gold)
    assert found is None or 0 < len(found) <= 300


@pytest.mark.parametrize("text", ["(" * 9000, "\\boxed{" * 3000, "Ann, " * 6000, "1. Ann\n" * 4000, "knights: " * 4000])
def test_long_hostile_text_ends(text: str):
    found = answer(f"The answer is {text}", WHO)
    assert found is None or len(found) <= 300


@pytest.mark.parametrize("part", ["who ", "list them ", "(A) ", "(A) x", "? ", " ", "Ann, ", "from knights is "])
def test_reading_a_long_question_takes_no_longer_than_its_length(part: str):
    short, long = (min(_seconds(part * num) for _ in range(3)) for num in (2000, 16000))
    assert long < 10 * short + 0.2


def _seconds(query: str) -> float:
    started = time.perf_counter()
    answer("The answer is Ann.", query)
    return time.perf_counter() - started


KNAVE = "On the island of Zork you meet Ann, Bob and Cleo. However, one of them lies. Who is a knave?"


@pytest.mark.parametrize(
    ("response", "is_right"),
    [
        ("\\boxed{Bob}", True),
        ("The answer is Bob.", True),
        ("\\boxed{\\text{knaves: Bob}}", True),
        ("\\boxed{\\text{knights: Ann, Cleo}}", True),
        ("\\boxed{\\text{Ann and Cleo}}", False),
        ("\\boxed{Ann}", False),
    ],
)
def test_who_is_named_are_those_that_the_question_asks_for(response: str, is_right: bool):
    gold = answer("\\boxed{Bob}", KNAVE)
    assert gold == "knights: Ann, Cleo"
    assert (forms.same(gold, answer(response, KNAVE, gold) or "") is True) == is_right


@pytest.mark.parametrize(
    ("said", "is_right"),
    [
        ("(Ann, Bob, Cleo)", True),
        ("(\\text{Ann}, \\text{Bob}, \\text{Cleo})", True),
        ("[Ann, Bob, Cleo]", True),
        ("Ann, then Bob, and finally Cleo", True),
        ("(Bob, Ann, Cleo)", False),
    ],
)
def test_an_order_may_stand_in_brackets(said: str, is_right: bool):
    found = answer(f"\\boxed{{{said}}}", "In what order do they stand?", "Ann, Bob, Cleo")
    assert forms.same("Ann, Bob, Cleo", found or "") is is_right


def test_an_option_may_be_in_latex():
    query = "Which must be true? (A) Ann is first (B) Bob is second"
    assert answer("\\boxed{\\text{Bob is second}}", query) == "(B)"
    assert answer("\\boxed{\\text{Bob is third}}", query) != "(B)"


@pytest.mark.parametrize(
    "text",
    [
        "On the Island of Knights and Knaves you meet two people, Ann and Bob. However, you do not know who is who.",
        "Additionally, Clues are given. In the Kingdom of Logic, Ann says that Bob lies. Therefore, think.",
        "You are on the island of Zork. Ann says: Bob is a knave.",
    ],
)
def test_only_people_are_people(text: str):
    assert people(text) == ("Ann", "Bob")


@pytest.mark.parametrize(
    ("response", "is_right"),
    [
        ("\\boxed{\\text{Ann is a knight}}", True),
        ("\\boxed{\\text{knight}}", True),
        ("Therefore, Ann is a knight.", True),
        ("\\boxed{\\text{knave}}", False),
        ("\\boxed{\\text{Bob is a knave}}", None),
    ],
)
def test_yes_may_be_a_role(response: str, is_right: bool | None):
    query = "You meet Ann and Bob. Ann says: Bob is a knave. Is Ann a knight?"
    assert answer(response, query) == answer(response, query, "yes")
    assert forms.same("yes", answer(response, query, "yes") or "") is is_right


LETTERS = "On an island you meet two people, A and B. A says: B is a knave. Who is a knave?"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (LETTERS, ("A", "B")),
        ("You meet A, B, and C. A knight tells the truth. A says that C is a liar.", ("A", "B", "C")),
        ("You see Ann. She meets A and B. Take box X and Y. B claims to be a knight.", ("Ann", "A", "B")),
        ("A says something. I said so.", ("A",)),
        ("A knight and a knave meet. A liar is here. Which of P and Q is true?", ()),
        ("Three cards, A, B and C, are red. Who said that?", ()),
    ],
)
def test_letters_are_people_where_they_speak_or_have_a_role(text: str, names: tuple[str, ...]):
    assert named(text) == names


@pytest.mark.parametrize(
    ("response", "found"),
    [
        ("Therefore, A is a knight and B is a knave.", "knights: A"),
        ("\\boxed{B}", "knights: A"),
        ("\\boxed{A}", "knights: B"),
        ("Therefore, C is a knight and A is a knave.", None),
    ],
)
def test_people_with_letters_for_names_are_read(response: str, found: str | None):
    assert answer(response, LETTERS) == found
