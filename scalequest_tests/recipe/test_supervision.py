from collections import Counter

import pytest

from scalequest_assets.recipe import families
from scalequest_assets.recipe.prompts import judge, solve
from scalequest_assets.recipe.supervision import Example, examples, held_out_families, score

TRAINING = examples(400, 1)
HELD_OUT = examples(120, 2, held_out=True)


def test_all_roles_are_there_and_in_the_format_their_parsers_read():
    for example in TRAINING:
        if example.role == "solve":
            assert solve.parse(example.target) == example.expected
        elif example.role == "judge":
            assert judge.parse(example.target).verdict == example.expected
        assert example.query in example.prompt
    assert set(Counter(example.role for example in TRAINING)) == {"solve", "judge", "repair", "harden"}


def test_verdicts_are_balanced():
    verdicts = Counter(example.expected for example in TRAINING if example.role == "judge")
    assert 0.35 < verdicts["yes"] / verdicts.total() < 0.65


def test_held_out_families_are_never_trained_on():
    names = {name for style in ("grade_school", "competition") for name in held_out_families(style)}
    assert len(names) >= 5
    trained = {p.query for style in ("grade_school", "competition") for p in families.generate(style, 200, 1)}
    assert trained
    assert not {example.query for example in HELD_OUT} & {example.query for example in TRAINING}


def test_the_same_seed_gives_the_same_examples():
    assert examples(30, 5) == examples(30, 5)
    assert examples(30, 5) != examples(30, 6)


def test_perfect_answers_score_one_and_silence_scores_nothing():
    perfect = score(HELD_OUT, [example.target for example in HELD_OUT])
    assert {name: value for name, value in perfect.items() if name != "judge_yes"} == {
        "solve_accuracy": 1.0,
        "judge_accuracy": 1.0,
        "rewrite_format": 1.0,
    }
    silent = score(HELD_OUT, [None] * len(HELD_OUT))
    assert set(silent.values()) == {0.0}


def test_a_copied_question_is_no_rewrite():
    example = Example(role="harden", query="q?", prompt="", target="", expected="")
    assert score([example], ["#Finally Rewritten Problem#: q?"]) == {"rewrite_format": 0.0}
    with pytest.raises(ValueError, match="zip"):
        score([example], [])
