import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.prompts.rewrite import HARDER, SOLVABLE
from scalequest_assets.subjects.maths.retelling import tells
from scalequest_assets.subjects.maths.role_scores import Share, held_out_sets, score, table
from scalequest_assets.subjects.maths.supervision import Example

STYLES: tuple[families.Style, ...] = ("grade_school", "competition", "first_stories", "first_formulas")
SETS = held_out_sets(40, 7, taught=dict.fromkeys(STYLES))
EXAMPLES = [example for examples in SETS.values() for example in examples]


def _first(role: str) -> Example:
    return next(example for example in EXAMPLES if example.role == role and example.problem.style == "grade_school")


def _share(example: Example, measure: str, text: str | None) -> float:
    return score([example], [text])[measure].value


def test_roles_have_equally_many_questions():
    for examples in SETS.values():
        assert Counter(example.role for example in examples) == dict.fromkeys(
            ("solve", "judge", "repair", "harden"), 10
        )
    assert [len(examples) for examples in held_out_sets(3, 7, taught=dict.fromkeys(STYLES)).values()] == [3, 3]


def test_questions_that_were_learned_from_are_left_out():
    learned = {example.problem.query for example in SETS["new_instances"][:20]}
    again = held_out_sets(40, 7, taught=dict.fromkeys(STYLES), learned=learned)["new_instances"]
    assert not learned & {example.problem.query for example in again}


def test_perfect_answers_score_one_and_silence_scores_nothing():
    perfect = {name: share.value for name, share in score(EXAMPLES, [e.target for e in EXAMPLES]).items()}
    del perfect["judge_yes"]
    assert perfect.pop("harden_more_steps") >= 0.9  # a wording in a few hundred is not among those looked at
    assert perfect.pop("harden_adds_number") >= 0.9  # "What is a + b?" has no number
    assert set(perfect.values()) == {1.0}
    assert {share.value for share in score(EXAMPLES, [None] * len(EXAMPLES)).values()} == {0.0}


def test_parts_add_up():
    found = score(EXAMPLES, [example.target for example in EXAMPLES])
    steps = [share for name, share in found.items() if name.startswith("solve_accuracy_")]
    assert sum(share.num for share in steps) == found["solve_accuracy"].num == 20
    assert found["judge_accuracy_yes"].num + found["judge_accuracy_no"].num == found["judge_accuracy"].num
    assert found["judge_yes"].hits == found["judge_accuracy_yes"].num


def test_a_judge_that_always_says_yes_is_seen_through():
    judged = [example for example in EXAMPLES if example.role == "judge"]
    found = score(judged, ["Verdict: Yes"] * len(judged))
    assert (found["judge_yes"].value, found["judge_accuracy_yes"].value, found["judge_accuracy_no"].value) == (1, 1, 0)


def test_a_copied_question_is_no_rewrite():
    example = _first("harden")
    found = score([example], [HARDER.target(example.query)])
    assert {share.value for share in found.values()} == {0.0}
    with pytest.raises(ValueError, match="zip"):
        score([example], [])


def test_a_repair_may_put_in_a_number_of_its_own_if_the_solution_still_comes_out():
    problem = families.generate("grade_school", 3, 1, families=["base_fee"])[0]
    assert "a fixed fee of $45 plus $38 for every day" in problem.query
    assert problem.query.startswith("Naomi pays $159")
    assert tells(problem, problem.query.replace("$45", "$121"))  # for one day
    assert not tells(problem, problem.query.replace("$45", "$50"))  # for no whole number of days
    assert not tells(problem, problem.query.replace("$45", "$159"))  # for none at all
    assert not tells(problem, problem.query.replace("$45", "some money"))
    assert not tells(problem, problem.query.replace("a day", "an hour").replace("every day", "every hour"))


def test_a_further_step_may_have_another_number_and_another_name():
    problem = families.generate("grade_school", 3, 1, families=["family_ages"])[0]
    example = replace(_first("harden"), query=problem.query, problem=problem)
    told = problem.query.replace(
        "How many years", "Tomas's estimate is {} too high. According to Tomas, how many years"
    )
    step = told.format("17 years")
    assert _share(example, "harden_more_steps", HARDER.target(step)) == 1
    assert _share(example, "harden_more_steps", HARDER.target(step.replace("According", "Due"))) == 0
    assert _share(example, "harden_more_steps", HARDER.target(told.format("years"))) == 0


def test_a_broken_question_is_not_repaired_by_other_words():
    example = _first("repair")
    assert _share(example, "repair_solvable", SOLVABLE.target(example.query + " Good luck!")) == 0
    assert _share(example, "repair_solvable", SOLVABLE.target(example.problem.query)) == 1
    assert _share(example, "repair_format", SOLVABLE.target(example.query + " Good luck!")) == 1


def test_calculating_on_with_what_was_asked_is_a_further_step():
    problem = families.generate("competition", 2, 1, families=["common_divisors"])[0]
    told = "Let $a = 50$ and $b = 30$. "
    assert problem.query == told + "What is the greatest common divisor of $a$ and $b$?"
    example = replace(_first("harden"), query=problem.query, problem=problem)
    for rewrite, is_further in (
        (r"Write $W$ for $\gcd(a, b)$. What is $2W^2 + 9$?", True),
        (r"Write $W$ for $\gcd(a, b)$. What is $W$?", False),
        (r"Write $W$ for $\gcd(a, b)$. What is $2S^2 + 9$?", False),
        (r"Write $W$ for $\gcd(b, c)$. What is $2W^2 + 9$?", False),
        (r"What is $2W^2 + 9$?", False),
    ):
        found = _share(example, "harden_more_steps", HARDER.target(told + rewrite))
        assert found == is_further, rewrite


def test_a_longer_question_without_a_further_step_is_no_harder():
    example = _first("harden")
    longer = f"On a sunny day, {example.query[0].lower()}{example.query[1:]}"
    assert _share(example, "harden_more_steps", HARDER.target(longer)) == 0
    assert _share(example, "harden_format", HARDER.target(longer)) == 1


@settings(max_examples=20, deadline=None)  # the first call compiles kernels
@given(st.integers(0, 400), st.integers(0, 10**6))
def test_every_problem_tells_itself_and_no_broken_form_does(index, seed):
    problem = PROBLEMS[index % len(PROBLEMS)]
    assert tells(problem, problem.query)
    assert not tells(problem, families.broken(problem, seed).query)


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_standard_error_is_never_none_and_shrinks_with_more(hits, misses):
    share = Share(hits, hits + misses or 1)
    assert 0 < share.standard_error < 0.5
    assert Share(share.hits * 4, share.num * 4).standard_error < share.standard_error


def test_a_table_has_a_row_for_each_measure_of_any_column():
    rows = table(
        {"a": {"judge_yes": Share(1, 2)}, "b": {"solve_accuracy_2_steps": Share(1, 4), "solve_accuracy": Share(2, 4)}}
    )
    assert [row["measure"] for row in rows] == ["solve accuracy", "solve accuracy 2 steps", "judge yes"]
    assert rows[0] == {"measure": "solve accuracy", "a": "–", "b": "50% ± 20% of 4"}
    assert math.isclose(Share(2, 4).standard_error, 0.2041, abs_tol=1e-4)


PROBLEMS = [problem for style in ("grade_school", "competition") for problem in families.generate(style, 60, 11)]
