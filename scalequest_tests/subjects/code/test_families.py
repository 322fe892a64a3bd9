"""Families of programming tasks: every expected value against an oracle, and what tasks of a style look like."""

import re

import pytest

from scalequest_assets.errors import ScalequestError
from scalequest_assets.sandbox.runs import Returned
from scalequest_assets.subjects.code import STYLES, behaviour, cases, inputs, signature
from scalequest_assets.subjects.code.families.drawing import FAMILIES, records, tasks
from scalequest_assets.subjects.code.families.family import Task, task
from scalequest_assets.subjects.code.prompts import solve
from scalequest_assets.subjects.code.topics import TOPICS, classify
from scalequest_tests.subjects.code.oracles import ORACLES, said

ALL = {name: family for style in STYLES for name, family in FAMILIES[style].items()}


@pytest.fixture(scope="module")
def drawn() -> list[Task]:
    return [one for style in STYLES for one in tasks(style, 300, 11)]


def test_there_are_at_least_forty_families_each_with_an_oracle():
    assert len(ALL) >= 40
    assert set(ALL) == set(ORACLES)
    assert sum(map(len, FAMILIES.values())) == len(ALL), "no name is in two styles"


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_expected_value_is_the_oracles(name: str):
    for seed in range(25):
        one = task(ALL[name], seed)
        found = cases.calls(one.tests)
        assert found is not None
        words = said(one.bare)
        again = [cases.line(one.function, a, Returned(ORACLES[name](words, *a))) for a in found.arguments]
        assert one.tests.splitlines() == again, one.query


@pytest.mark.parametrize("name", sorted(ALL))
def test_families_come_in_several_phrasings_and_what_is_vague_misses_something(name: str):
    several = [task(ALL[name], seed) for seed in range(60)]
    frames = {re.sub(r"`[^`]*`|\d+|'[^']*'", "", one.bare) for one in several}
    assert len(frames) >= 5
    for one in several:
        assert one.vague != one.bare
        assert one.query.startswith(one.bare)
        assert one.signature in one.bare
        assert one.signature in one.vague
        assert 3 <= one.tests.count("\n") + 1 <= 8


def test_slots_are_told_in_the_question_and_not_in_the_vague_one():
    for name, family in ALL.items():
        one = task(family, 3)
        values = re.findall(r"\b\d{2,}\b", one.program)
        known = set(re.findall(r"\d+", one.bare)) | {"26", "97", "100", "400", "10"}
        assert set(values) <= known, name
        if "$k" in family.program:
            assert "$k" not in family.vague


def test_references_pass_their_tests_in_the_sandbox_and_have_inputs_of_their_own(drawn: list[Task]):
    rows = [(solve.target(one.program), one.query, one.tests) for one in drawn[::6]]
    rows += [(solve.target(one.program), one.query, None) for one in drawn[::6]]
    done = behaviour.answers(rows)
    half = len(rows) // 2
    assert done[:half] == [one.tests for one in drawn[::6]]
    assert all(done[half:]), "every question says on what answers are compared"


def test_questions_name_their_function_with_parameters_and_examples(drawn: list[Task]):
    for one in drawn:
        found = signature.read(one.query)
        assert found is not None
        assert found.name == one.function
        assert len(found.annotations) == one.parameters.count(":")
        calls = inputs.calls_of(one.query)
        assert calls is not None
        assert len(calls.arguments) >= 2


def test_tasks_follow_from_the_seed_and_are_all_different():
    again = tasks("functions", 80, 4)
    assert [one.query for one in again] == [one.query for one in tasks("functions", 80, 4)]
    assert len({one.query for one in again}) == 80
    assert {one.query for one in again} != {one.query for one in tasks("functions", 80, 5)}


def test_bounds_hold_and_what_cannot_be_is_said():
    few = tasks("functions", 20, 1, names=["grade", "collatz_steps"], max_level=2)
    assert {one.family for one in few} == {"grade"}
    small = tasks("first_functions", 20, 1, max_number=9)
    assert max(int(number) for one in small for number in re.findall(r"\d+", f"{one.query} {one.program}")) <= 9
    with pytest.raises(ScalequestError, match=r"no family is named cooking(.|\n)*families: count_vowels"):
        tasks("functions", 1, 1, names=["cooking"])
    with pytest.raises(ScalequestError, match="0 of 5 tasks"):
        tasks("functions", 5, 1, max_level=1)


def test_records_have_tests_as_answers_and_topics_that_words_find(drawn: list[Task]):
    rows = records(drawn)
    assert rows.columns == ["query", "answer", "solution", "subject", "level"]
    assert set(rows["subject"]) <= set(TOPICS)
    found = classify(rows["query"])
    assert (found == rows["subject"]).mean() > 0.6
    assert classify(rows["query"].head(1).clear().extend(found.clear())).len() == 0
