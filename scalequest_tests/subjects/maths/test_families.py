"""The problem families: right answers, no two alike, broken ones unsolvable, harder ones one step on."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction

import pytest

from scalequest_assets.subjects.maths.families import (
    FamilyError,
    Problem,
    Style,
    broken,
    families,
    generate,
    harder,
    impossible,
    skeletons,
)
from scalequest_tests.real_data import questions_or_skip
from scalequest_tests.subjects.maths import (
    brute_force_competition,
    brute_force_grade_school,
    brute_force_harder,
    oracle_first,
)

STYLES = ("grade_school", "competition", "first_stories", "first_formulas")
SUBJECTS = {"algebra", "arithmetic", "counting_and_probability", "geometry", "intermediate_algebra", "number_theory",
            "prealgebra", "precalculus"}  # fmt: skip


@pytest.fixture(scope="module", params=STYLES)
def problems(request: pytest.FixtureRequest) -> list[Problem]:
    return generate(request.param, 1000, seed=1)


def test_there_are_enough_families() -> None:
    assert len(families("grade_school")) >= 25
    assert len(families("competition")) >= 15
    assert sorted(families()) == sorted(name for style in STYLES for name in families(style))


def test_each_family_has_structural_variants() -> None:
    num = Counter(skeleton.split("/")[0] for skeleton in skeletons())
    large = families("grade_school") + families("competition")
    assert {name: num[name] for name in large if num[name] < 8} == {}


@pytest.mark.parametrize("name", families("grade_school"))
def test_grade_school_answers_are_what_the_text_says(name: str) -> None:
    for problem in generate("grade_school", 60, seed=5, families=[name]):
        assert brute_force_grade_school.solve(name, problem.query) == Fraction(problem.answer), problem


@pytest.mark.parametrize("name", families("competition"))
def test_competition_answers_are_what_the_text_says(name: str) -> None:
    for problem in generate("competition", 60, seed=5, families=[name]):
        result = brute_force_competition.solve(name, problem.query)
        assert brute_force_competition.same(result, problem.answer), problem


@pytest.mark.parametrize("style", ["first_stories", "first_formulas"])
def test_first_answers_are_what_the_text_says(style: Style) -> None:
    for seed, problem in enumerate(generate(style, 500, seed=5)):
        assert oracle_first.solve(problem.query) == Fraction(problem.answer), problem
        further = harder(problem, seed)
        assert oracle_first.solve(further.query) == Fraction(further.answer), further


def test_an_impossible_problem_has_no_sensible_answer() -> None:
    made = [impossible(problem, seed) for seed, problem in enumerate(generate("first_stories", 400, seed=6))]
    found = [problem for problem in made if problem is not None]
    assert len(found) > 100
    for problem in found:
        assert oracle_first.solve(problem.query) == oracle_first.SENSELESS, problem
        shown = re.search(r" (?:is|=) (-?[\d./]+)\.$", problem.checked)
        assert shown, problem
        why = "less than nothing" if shown[1].startswith("-") else "not a whole number"
        assert problem.reason == f"That is {why}."
        assert shown[1].startswith("-") or not shown[1].isdecimal(), problem


@pytest.mark.parametrize("style", ["grade_school", "competition", "first_stories", "first_formulas"])
def test_a_step_is_shown_with_other_numbers_as_with_its_own(style: Style) -> None:
    other = {10**6: Fraction(0)}  # of no number, so that all keep their own
    num_steps = num_same = 0
    for problem in (problem for name in families(style) for problem in generate(style, 30, seed=3, families=[name])):
        both = zip(problem.story.worked(), problem.story.worked(other), strict=True)
        for step, (shown, again) in zip(problem.story.steps, both, strict=True):
            bare = step.result.unit.digits(step.result.value)
            num_steps, num_same = num_steps + 1, num_same + (again == shown)
            is_bare = again.replace("$", "").endswith(f" is {bare}.")
            is_cube = problem.family == "similar_figures"  # 2/5 three times, or its cube
            assert again == shown or is_bare or is_cube, problem
    assert num_same > num_steps * 0.6


@pytest.mark.parametrize("style", ["grade_school", "first_stories"])
def test_every_story_can_be_asked_for_an_impossible_result(style: Style) -> None:
    made = [
        (impossible(problem, seed), problem)
        for name in families(style)
        for seed, problem in enumerate(generate(style, 60, seed=3, families=[name]))
    ]
    found = [(broken, problem) for broken, problem in made if broken is not None]
    assert found
    assert all(broken.query != problem.query for broken, problem in found)


def test_nothing_left_is_an_answer() -> None:
    assert all(
        " = 0. " not in f"{broken.checked} "
        for seed, problem in enumerate(generate("first_stories", 400, seed=9))
        if (broken := impossible(problem, seed))
    )


def test_a_problem_says_before_a_gap_what_is_given(problems: list[Problem]) -> None:
    for problem in problems:
        found = broken(problem, 2)
        told = list(problem.story.statements().values())
        if found.kind == "missing_condition":
            known = [sentence for sentence in told if sentence in found.checked]
            assert " ".join(known) == found.checked
            assert known == told[: len(known)]
            assert len(known) < len(told)


def test_first_problems_stay_small() -> None:
    for style in ("first_stories", "first_formulas"):
        problems = generate(style, 500, seed=7)
        assert max(problem.num_steps for problem in problems) <= 2
        assert max(int(n) for problem in problems for n in re.findall(r"\d+", problem.solution)) <= 180


def test_problems_are_well_formed(problems: list[Problem]) -> None:
    assert len({problem.query.lower() for problem in problems}) == len(problems)
    for problem in problems:
        assert problem.solution.endswith(f"The answer is \\boxed{{{problem.answer}}}.")
        assert problem.subject in SUBJECTS
        assert problem.level == min(5, problem.num_steps)
        assert problem.skeleton.startswith(f"{problem.family}/")
        assert len(problem.query.split()) <= 80


def test_text_reads_well(problems: list[Problem]) -> None:
    for problem in problems:
        texts = [problem.query, problem.solution, harder(problem, 2).query, broken(problem, 2).query]
        for text in texts:
            assert not re.search(r"⟨|⟩|  |\.\.|,,| ,| \.|None", text.replace(r"\ldots", "")), text
            assert not re.search(r"\ba [aeio]\w|\ban [bcdfgjkpqtvwxz]", text), text
            assert not re.search(r"(?<![\d.,$+-])\b1 (?!to |and |is |as )[a-z]+s\b", text.replace("$1$", "1")), text
            assert text.count("$") % 2 == 0 or problem.subject in ("arithmetic", "prealgebra"), text
            assert text[0].isupper() or not text[0].isalpha(), text


def test_money_is_whole_or_has_two_decimals(problems: list[Problem]) -> None:
    for problem in problems:
        if problem.story.style == "grade_school":
            assert re.fullmatch(r"\d+(\.\d{1,2})?|\d+/\d+", problem.answer), problem
            assert not re.search(r"\$\d+\.\d(?!\d)|\$\d+\.\d{3}", problem.query), problem


@pytest.mark.parametrize("style", STYLES)
def test_same_arguments_give_the_same(style: str) -> None:
    first, again, other = (generate(style, 40, seed) for seed in (3, 3, 4))  # type: ignore[arg-type]
    assert first == again
    shared = {problem.query for problem in first} & {problem.query for problem in other}
    assert len(shared) <= (10 if style == "first_formulas" else 0)  # of formulas with small numbers there are not many
    assert [broken(problem, 1) for problem in first] == [broken(problem, 1) for problem in again]
    assert [harder(problem, 1) for problem in first] == [harder(problem, 1) for problem in again]


def test_families_take_turns() -> None:
    drawn = [problem.family for problem in generate("competition", 30, 0, families=["urn", "dice", "vieta"])]
    assert drawn == ["dice", "urn", "vieta"] * 10


def test_broken_withholds_or_contradicts(problems: list[Problem]) -> None:
    kinds = set()
    for problem in problems:
        found = broken(problem, 7)
        kinds.add(found.kind)
        assert found.query != problem.query
        assert found.reason.endswith(".")
        if found.kind == "missing_condition":
            assert found.reason.endswith(" is not given.")
            assert _numbers(found.query) != _numbers(problem.query) or "k" in found.query
        else:
            stated = re.search(
                r"(?:is stated both as|works out as) (.+?),? (?:and as|but is stated as) (.+)\.$", found.reason
            )
            assert stated
            assert stated[1] != stated[2]
            assert stated[2] in found.query
    assert kinds == {"missing_condition", "contradiction"}


def test_all_that_decides_the_answer_is_told(problems: list[Problem]) -> None:
    for problem in problems:
        for told in (problem, harder(problem, 5), harder(harder(problem, 5), 5)):
            for number in told.story.givens():
                assert told.story.mentions(number.key), (told.query, number.label)


def test_harder_goes_one_step_on(problems: list[Problem]) -> None:
    for problem in problems:
        longer = harder(problem, 3)
        assert longer.num_steps == problem.num_steps + 1
        assert len(longer.query) > len(problem.query)
        assert longer.solution.endswith(f"The answer is \\boxed{{{longer.answer}}}.")
        if problem.story.style == "grade_school":
            assert brute_force_harder.one_step_on(longer.query, Fraction(problem.answer)) == Fraction(longer.answer)
        elif problem.story.answer.unit.kind == "number":
            expected = brute_force_harder.one_formula_on(longer.query, problem.story.answer.value)
            assert brute_force_competition.same(expected, longer.answer), longer


def test_harder_can_be_repeated_and_broken() -> None:
    for problem in [*generate("grade_school", 66, 9), *generate("competition", 50, 9)]:
        twice = harder(harder(problem, 1), 1)
        assert twice.num_steps == problem.num_steps + 2
        assert broken(twice, 1).query != twice.query


def test_steps_of_a_story_have_different_labels(problems: list[Problem]) -> None:
    for problem in problems:
        labels = [step.result.label for step in problem.story.steps]
        assert len(set(labels)) == len(labels), labels


def test_arithmetic_shown_is_right(problems: list[Problem]) -> None:
    for problem in problems:
        for shown in re.findall(r" is ([\d+*/(). -]+ = [\d.]+)\. ", problem.solution):
            left, right = shown.split(" = ")
            assert abs(eval(left) - float(right)) < 1e-9, shown


@pytest.mark.parametrize(
    ("style", "names"), [("grade_school", ["vieta"]), ("competition", ["nonsense"]), ("competition", [])]
)
def test_unknown_families_are_named(style: str, names: list[str]) -> None:
    with pytest.raises(FamilyError, match="The families of this style are"):
        generate(style, 1, 0, families=names)  # type: ignore[arg-type]


def test_too_many_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(FamilyError, match="Ask for fewer or allow more families"):
        generate("competition", 100_000, 0, families=["trigonometry"])


def test_no_eight_words_in_a_row_are_from_a_benchmark() -> None:
    questions = [text for name in ("gsm8k/test", "math500/test") for text in questions_or_skip(name)]
    theirs = {gram for text in questions for gram in _grams(text)}
    for style in STYLES:
        for problem in generate(style, 2000, seed=21):  # type: ignore[arg-type]
            for text in (problem.query, broken(problem, 1).query, harder(problem, 1).query):
                assert theirs.isdisjoint(_grams(text)), text


def _grams(text: str) -> set[tuple[str, ...]]:
    tokens = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(tokens[start : start + 8]) for start in range(len(tokens) - 7)}


def _numbers(text: str) -> list[str]:
    return re.findall(rf"\d+|\b(?:{'|'.join(brute_force_grade_school.WORDS)}|twice)\b", text.lower())
