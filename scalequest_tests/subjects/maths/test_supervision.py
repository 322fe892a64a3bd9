import re
from collections import Counter

import pytest

from scalequest_assets.errors import ScalequestError
from scalequest_assets.recipe import judgements
from scalequest_assets.subjects.maths.arithmetic import equalities
from scalequest_assets.subjects.maths.families import families, generate, mismatched
from scalequest_assets.subjects.maths.prompts import solve
from scalequest_assets.subjects.maths.supervision import examples, held_out_families

STYLES = ("grade_school", "competition", "first_stories", "first_formulas")
TAUGHT = dict.fromkeys(STYLES)
_NUMBER = re.compile(r"\d+")
TRAINING = examples(400, 1, taught=TAUGHT)
HELD_OUT = examples(240, 2, taught=TAUGHT, held_out=True)


def test_all_roles_are_there_and_in_the_format_their_parsers_read():
    for example in TRAINING:
        if example.role == "solve":
            assert solve.parse(example.target) == example.expected
        elif example.role == "judge":
            assert judgements.parse(example.target).verdict == example.expected
        assert example.query in example.prompt
    assert set(Counter(example.role for example in TRAINING)) == {"solve", "judge", "repair", "harden"}


def test_verdicts_are_balanced():
    verdicts = Counter(example.expected for example in TRAINING if example.role == "judge")
    assert verdicts["yes"] - verdicts["no"] in (0, 1)


def test_a_judge_sees_each_problem_as_it_is_and_broken():
    judged = [example for example in TRAINING if example.role == "judge"]
    for whole, broken in zip(judged[::2], judged[1::2], strict=False):
        assert whole.problem is broken.problem
        assert (whole.expected, broken.expected) == ("yes", "no")
        assert whole.query != broken.query


@pytest.mark.parametrize("made", [TRAINING, HELD_OUT], ids=["taught", "held out"])
def test_a_judge_calculates_rightly(made):
    for example in made:
        if example.role == "judge":
            assert not [one.text for one in equalities(example.target) if one.holds is False], example.target


def test_a_judge_calculates_with_what_it_has_stated():
    stories = {"first_stories": None}  # formulas calculate with numbers of their own, such as 180
    judged = [example for example in examples(900, 3, taught=stories) if example.role == "judge"]
    assert len(judged) > 200
    for example in judged:
        known = set()
        for sentence in example.target.split(". "):
            left, _, result = sentence.rpartition(" = ")
            assert {*_NUMBER.findall(left.rpartition(" is ")[2])} <= known, example.target
            known |= {*_NUMBER.findall(sentence)} if not left else {*_NUMBER.findall(result)}


def test_a_judge_finds_gaps_and_results_that_cannot_be():
    targets = [example.target for example in TRAINING if example.expected == "no"]
    for reason in ("is not given.", "That is less than nothing."):
        assert any(reason in target for target in targets)


def test_a_story_with_anothers_question_lacks_what_that_needs():
    prices, ages = (generate("first_stories", 1, seed=3, families=[name])[0] for name in ("prices", "ages"))
    found = mismatched(prices, ages)
    assert found is not None
    assert found.query.startswith(prices.query.rpartition(". ")[0])
    assert found.query.endswith(ages.query.rpartition(". ")[2])
    assert found.reason.startswith("The age of ")
    assert found.reason.endswith(" is not given.")
    (formula,) = generate("first_formulas", 1, seed=3)
    assert mismatched(prices, formula) is mismatched(formula, prices) is mismatched(prices, prices) is None


def test_held_out_families_are_never_trained_on():
    names = {name for style in STYLES for name in held_out_families(style)}
    assert len(names) == 10  # all that are named are there
    assert {example.problem.family for example in HELD_OUT} == names
    assert not names & {example.problem.family for example in TRAINING}
    assert not {example.query for example in HELD_OUT} & {example.query for example in TRAINING}


def test_families_can_be_named_and_the_held_out_ones_stay():
    taught = {"first_stories": ["prices", "ages"], "first_formulas": None}
    made = {example.problem.family for example in examples(300, 1, taught=taught)}
    assert made & set(families("first_stories")) == {"prices", "ages"}
    assert made > {"prices", "ages", "rectangle"}
    held_out = {example.problem.family for example in examples(60, 1, taught=taught, held_out=True)}
    assert held_out == {name for style in taught for name in held_out_families(style)}


@pytest.mark.parametrize("name", ["pricess", "two_kinds", "rectangle"])
def test_a_family_that_cannot_be_taught_is_named(name):
    with pytest.raises(ScalequestError, match=f"first_stories has no family to teach that is named {name}"):
        examples(10, 1, taught={"first_stories": ["prices", name]})


def test_the_same_seed_gives_the_same_examples():
    assert examples(30, 5, taught=TAUGHT) == examples(30, 5, taught=TAUGHT)
    assert examples(30, 5, taught=TAUGHT) != examples(30, 6, taught=TAUGHT)
