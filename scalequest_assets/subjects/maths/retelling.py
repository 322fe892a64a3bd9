"""Whether a rewritten question is one of the families' own stories again: what a rewrite is worth, without a judge.

A text is a story where it is word for word what the families would write, but for the values of the numbers, and every
step of the solution still comes out: whole where things are counted, never below zero. A good rewrite in words of its
own is missed, so that what is counted here is a lower bound.
"""

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import polars as pl

from scalequest_assets.subjects.maths import families, normalization, problem_marks
from scalequest_assets.subjects.maths.families.story import Story
from scalequest_assets.subjects.maths.families.words import BOYS, GIRLS
from scalequest_assets.subjects.maths.rewrites import MathsRewrites

_NUM_WORDINGS = 400  # draws of a further step; with numbers as words there are some thirty wordings
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_EXPRESSION = re.compile(r"\$\d*(?P<name>[NTSW])(?:\^2)?(?: [+-] \d+)?\$")
_NAME = re.compile(rf"\b(?:{'|'.join((*GIRLS, *BOYS))})\b")


def tells(problem: families.Problem, text: str) -> bool:
    """Whether a text is a problem's story, with its own or other values of its numbers, and can be solved."""
    plain = replace(problem.story, is_conditional=False)  # "If it costs $3, what …" told as "It costs $3. What …"
    for story in (problem.story, plain):
        changed = _changed(story, text)
        for sign in (1, -1):  # a text's numbers are read without theirs
            if changed is not None and _is_told(story, {key: sign * value for key, value in changed.items()}, text):
                return True
    return False


def has_further_step(problem: families.Problem, rewrite: str) -> bool:
    """Whether a rewrite is a problem with one more step, which comes out."""
    return _calculates_on(problem.story, rewrite) or _goes_on(problem, rewrite)


def adds_number(query: str, rewrite: str) -> bool:
    """Whether a rewrite has all numbers of its question, and more; whether they make sense is not looked at."""
    own, found = (Counter(numbers) for numbers in _numbers([query, rewrite]))
    return own < found


def _changed(story: Story, text: str) -> dict[int, Fraction] | None:
    """Return the numbers of a story that have another value in a text, by key; None where it has more or fewer."""
    own, found = _numbers([story.query(), text])
    if len(own) != len(found):
        return None
    changed = {}
    for given in story.givens():
        sign = 1 if given.value >= 0 else -1
        (other,) = _numbers([story.query(changed={given.key: given.value + sign})])
        places = [place for place, pair in enumerate(zip(own, other, strict=False)) if pair[0] != pair[1]]
        values = {(own[place], found[place]) for place in places}
        if len(other) == len(own) and len(values) == 1 and (value := values.pop())[0] != value[1]:
            changed[given.key] = sign * Fraction(value[1])
    return changed


def _is_told(story: Story, changed: dict[int, Fraction], text: str) -> bool:
    """Whether a text is a story with these values, and every step of its solution comes out."""
    try:
        told = pl.Series([story.query(changed=changed)])
        comes_out = all(step.result.unit.admits(step.result.evaluate(changed)) for step in story.steps)
    except (ArithmeticError, LookupError, ValueError, TypeError, AttributeError):
        return False  # the families' own functions expect values that make sense
    return comes_out and bool(MathsRewrites().are_same(told, pl.Series([text])).item())


def _calculates_on(story: Story, rewrite: str) -> bool:
    """Whether the rewrite gives what was asked for a name, and asks for a multiple, square or sum of it."""
    told = replace(story, question="", is_conditional=False).query().strip()
    naming, separator, question = rewrite.removeprefix(told).rpartition(". ")
    asked = _EXPRESSION.search(question)
    if not (rewrite.startswith(told) and separator and asked and asked[0] != f"${asked['name']}$"):
        return False
    is_named = re.search(rf"(?<![A-Za-z\\]){asked['name']}(?![A-Za-z])", naming) and naming.count(". ") == 0
    return bool(is_named) and any(
        story.fill(label).strip("$") in naming for label in (story.answer.label, story.known_as)
    )


def _goes_on(problem: families.Problem, rewrite: str) -> bool:
    """Whether the rewrite is the problem with one of the families' further steps, in any of their wordings."""
    query = problem.query
    extended = [families.harder(problem, seed) for seed in range(_NUM_WORDINGS)]
    shapes = _shapes([rewrite, *(further.query for further in extended)], query)
    alike = {further.query: further for further, shape in zip(extended, shapes[1:], strict=True) if shape == shapes[0]}
    return any(tells(further, _renamed(rewrite, query, further.query)) for further in alike.values())


def _shapes(texts: list[str], query: str) -> list[tuple[str, str]]:
    """Return the words and operators of extended questions, without numbers and the names of people who come up."""
    anonymous = pl.Series([_renamed(text, query, "") for text in texts])
    words = [_NUMBER.sub("#", text) for text in normalization.normalise(anonymous)]
    return list(zip(words, map(str, problem_marks.operators(anonymous)), strict=True))


def _renamed(text: str, query: str, like: str) -> str:
    """Return a text in which those who are not in the question have the names that another text gives them."""
    names, others = (_NAME.findall(told) for told in (text, like))
    known = set(_NAME.findall(query))
    new, wanted = ([name for name in dict.fromkeys(found) if name not in known] for found in (names, others))
    renamed = dict(zip(new, wanted, strict=False))
    return _NAME.sub(lambda name: name[0] if name[0] in known else renamed.get(name[0], "N"), text)


def _numbers(texts: list[str]) -> list[list[str]]:
    return problem_marks.numbers(pl.Series(texts)).to_list()
