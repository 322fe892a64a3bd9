"""Families of puzzles: every answer against an oracle that reads the question, and what puzzles look like."""

import re

import pytest

from scalequest_assets.errors import ScalequestError
from scalequest_assets.subjects.logic import STYLES, forms
from scalequest_assets.subjects.logic.answers import answer, normal
from scalequest_assets.subjects.logic.families.drawing import FAMILIES, LogicFamilies, puzzles
from scalequest_assets.subjects.logic.families.puzzle import Ask, Clue, Draft, Family, enough, puzzle
from scalequest_assets.subjects.logic.wording import TOPICS, LogicTopics
from scalequest_tests.subjects.logic.oracles import ORACLES

ALL = {name: family for style in STYLES for name, family in FAMILIES[style].items()}


def test_there_are_at_least_sixteen_families_each_with_an_oracle():
    assert len(ALL) >= 16
    assert set(ALL) == set(ORACLES)
    assert sum(map(len, FAMILIES.values())) == len(ALL), "no name is in two styles"


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_answer_is_the_oracles(name: str):
    found = set()
    for seed in range(25):
        one = puzzle(ALL[name], seed)
        wanted = normal(ORACLES[name](one.query), one.query)
        assert normal(one.answer, one.query) == wanted, one.query
        found.add(wanted)
    assert len(found) > 1, "a puzzle whose answer is always the same is none"


@pytest.mark.parametrize("name", sorted(ALL))
def test_questions_ask_for_the_form_of_their_answers_and_solutions_end_in_them(name: str):
    for seed in range(25):
        one = puzzle(ALL[name], seed)
        for ask, query in enumerate((one.query, one.harder)):
            (stated,) = one.draft.answers(ask)
            form = forms.read(normal(stated, query) or "", forms.asked_by(query))
            asked = "knights" if forms.asked_by(query) == "knaves" else forms.asked_by(query)
            assert form is not None
            assert form.kind == asked or (form.kind, asked) == ("set", "choice"), query
        assert answer(one.solution, one.query) == normal(one.answer, one.query)
        assert one.solution.endswith("}.")
        assert one.solution.count("\\boxed{") == 1
        assert one.solution.count("\n") >= 1, "there is a step before the answer"


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_puzzle_without_its_clue_has_several_answers_and_repairs_have_one(name: str):
    for seed in range(10):
        one = puzzle(ALL[name], seed)
        rest = one.draft.without(one.lost)
        assert len(one.draft.answers()) == 1 < len(one.draft.answers(clues=rest))
        assert len(one.broken) < len(one.query)
        assert one.draft.clues[one.lost].text not in one.broken
        assert one.query in one.repairs()
        assert one.broken not in one.repairs()
        assert one.harder.startswith(one.story)
        assert one.harder != one.query


@pytest.mark.parametrize("name", sorted(ALL))
def test_families_come_in_several_phrasings(name: str):
    names = r"\b[A-Z][a-z]+\b|\d+"
    frames = {re.sub(names, "", puzzle(ALL[name], seed).query) for seed in range(60)}
    assert len(frames) >= 5


def test_a_draft_with_several_answers_is_no_puzzle():
    def draw(_: object) -> Draft:
        ask = Ask("Which?", str)
        return Draft(worlds=(1, 2), clues=[Clue("It is small.", lambda _: True)], asks=(ask, ask))

    with pytest.raises(ScalequestError, match="family dull: no draft of"):
        puzzle(Family(name="dull", topic="sets", level=1, draw=draw), 1)


def test_no_clue_that_is_chosen_can_go():
    import random

    pool = [Clue(f"not {n}", lambda w, n=n: w != n) for n in range(6)] + [Clue("small", lambda w: w < 4)]
    for seed in range(20):
        rng = random.Random(seed)
        clues = enough(rng, range(7), pool)
        kept = [w for w in range(7) if all(c.holds(w) for c in clues)]
        assert kept == []
        for clue in clues:
            assert any(all(c.holds(w) for c in clues if c is not clue) for w in range(7))


def test_puzzles_follow_from_the_seed_and_are_all_different():
    again = puzzles("first_puzzles", 80, 4)
    assert [one.query for one in again] == [one.query for one in puzzles("first_puzzles", 80, 4)]
    assert len({one.query for one in again}) == 80
    assert {one.query for one in again} != {one.query for one in puzzles("first_puzzles", 80, 5)}


def test_bounds_hold_and_what_cannot_be_is_said():
    few = puzzles("puzzles", 20, 1, names=["boxes", "line_up"], max_level=2)
    assert {one.family.name for one in few} == {"boxes"}
    small = puzzles("puzzles", 10, 1, names=["both_of_two"], max_number=9)
    assert max(int(n) for one in small for n in re.findall(r"\d+", f"{one.query} {one.solution}")) <= 9
    with pytest.raises(ScalequestError, match=r"no family is named cooking(.|\n)*families: knights_all"):
        puzzles("puzzles", 1, 1, names=["cooking"])
    with pytest.raises(ScalequestError, match="0 of 5 puzzles"):
        puzzles("puzzles", 5, 1, max_level=1)
    assert puzzles("puzzles", 0, 1) == []


def test_records_have_topics_that_words_find():
    rows = LogicFamilies().records("first_puzzles", 120, 3, names=None, max_level=None, max_number=None)
    assert rows.columns == ["query", "answer", "solution", "subject", "level"]
    assert set(rows["subject"]) <= set(TOPICS)
    found = LogicTopics().classify(rows, rows["query"])
    assert (found == rows["subject"]).mean() > 0.8
