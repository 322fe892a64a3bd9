from collections import Counter

import pytest

from scalequest_assets.errors import ScalequestError
from scalequest_assets.recipe import judgements
from scalequest_assets.subjects.maths.families import families
from scalequest_assets.subjects.maths.prompts import solve
from scalequest_assets.subjects.maths.supervision import examples, held_out_families

STYLES = ("grade_school", "competition", "first_stories", "first_formulas")
TAUGHT = dict.fromkeys(STYLES)
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
