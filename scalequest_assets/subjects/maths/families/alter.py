"""The same story made unsolvable, or harder by one step."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Mapping
from fractions import Fraction

from scalequest_assets.subjects.maths.families.draft import Draft, Unfit, finish
from scalequest_assets.subjects.maths.families.extensions import extensions_for
from scalequest_assets.subjects.maths.families.problem import BrokenProblem, Problem
from scalequest_assets.subjects.maths.families.quantity import Number
from scalequest_assets.subjects.maths.families.story import FORMULAS, Story

_MAX_TRIES = 200


def broken(problem: Problem, seed: int) -> BrokenProblem:
    """Makes a problem that cannot be solved: withholds a number it needs, or contradicts one.

    Args:
        problem: A problem of `generate` or `harder`.
        seed: Any integer; the same gives the same.
    """
    rng = random.Random(f"broken/{seed}/{problem.query}")
    contradict = [_contradict_given, _contradict_step]
    rng.shuffle(contradict)
    ways = [_withhold, *contradict] if rng.random() < 0.5 else [*contradict, _withhold]
    for way in ways:
        found = way(problem.story, rng)
        if found is not None and found.query != problem.query:
            return found
    raise AssertionError(f"{problem.skeleton} has no given to contradict")


def impossible(problem: Problem, seed: int) -> BrokenProblem | None:
    """Makes a problem whose result no one can have: less than nothing, or a part of what comes whole.

    Args:
        problem: A problem of `generate` or `harder`.
        seed: Any integer; the same gives the same.

    Returns:
        The problem with one other number; None where every number leads to a result.
    """
    rng, story = random.Random(f"impossible/{seed}/{problem.query}"), problem.story
    givens = [number for number in story.givens() if len(story.mentions(number.key)) == 1 and number.unit.one]
    rng.shuffle(givens)
    for number in givens:
        values = [number.value + change for change in range(-19, 20) if number.value + change > 1]
        rng.shuffle(values)
        for value in values:
            changed = {number.key: value}
            if why := _why_impossible(story, changed):
                checked = " ".join([*story.statements(changed).values(), *story.worked(changed)])
                query = story.query(changed=changed)
                return BrokenProblem(query=query, kind="impossible", reason=f"That is {why}.", checked=checked)
    return None


def mismatched(problem: Problem, other: Problem) -> BrokenProblem | None:
    """Puts what another problem asks behind a problem's story.

    Returns:
        A problem without the first number that the other needs and this story does not give. None where that makes no
        broken problem: one of them is no story, or both are of one family.
    """
    story, separator, _ = problem.query.rstrip().rpartition(". ")
    _, _, question = other.query.rstrip().rpartition(". ")
    if not separator or {problem.style, other.style} & FORMULAS or problem.family == other.family:
        return None
    known = {problem.story.name(number) for number in problem.story.needed()}
    missing = [number for number in other.story.needed() if other.story.name(number) not in known]
    if not missing:
        return None
    reason = _not_given(other.story, missing[0])
    return BrokenProblem(query=f"{story}. {question}", kind="missing_condition", reason=reason)


def harder(problem: Problem, seed: int) -> Problem:
    """Adds one more step to a problem, told in 10 to 20 more words, and solves it anew.

    Args:
        problem: A problem of `generate` or `harder`.
        seed: Any integer; the same gives the same.
    """
    rng = random.Random(f"harder/{seed}/{problem.query}")
    ways = extensions_for(problem.story)
    so_far = dataclasses.replace(problem.story.answer, label=problem.story.known_as)
    for _ in range(_MAX_TRIES):
        way = rng.choice(ways)
        draft = Draft.reopen(problem.story, rng)
        draft.choose(way.__name__)
        try:
            way(draft, so_far)
        except Unfit:
            continue
        return finish(draft.closed())
    raise AssertionError(f"no further step fits {problem.skeleton} with answer {problem.answer}")


def _why_impossible(story: Story, changed: Mapping[int, Fraction]) -> str | None:
    """Return why no one can have the result of a step with other numbers; None where one can."""
    for result in (step.result for step in story.steps):
        try:
            value = result.evaluate(changed)
        except ZeroDivisionError:  # what comes out before is nothing
            return None
        if why := result.unit.why_impossible(value):
            return why
    return None


def _withhold(story: Story, rng: random.Random) -> BrokenProblem | None:
    givens = [number for number in story.givens() if len(story.mentions(number.key)) == 1]
    if not givens:
        return None
    number = rng.choice(givens)
    statements = story.statements()
    checked = " ".join(statements[key] for key in itertools.takewhile(lambda key: key != number.key, statements))
    (place,) = story.mentions(number.key)
    if place >= 0 and _can_go(story, place) and rng.random() < 0.5:
        query = story.query(without=(place,))
    else:
        query = story.query(changed={number.key: None})
    return BrokenProblem(query=query, kind="missing_condition", reason=_not_given(story, number), checked=checked)


def _not_given(story: Story, number: Number) -> str:
    return f"{story.name(number)} is not given."


def _can_go(story: Story, place: int) -> bool:
    """Whether a clause says nothing but the one number, so that the text reads well without it and lacks it."""
    clause = story.clauses[place]
    return (clause.is_detail or clause.is_needed) and len(story.clauses) > 1 and clause.text.count("⟨") == 1


def _contradict_given(story: Story, rng: random.Random) -> BrokenProblem | None:
    told = [number for number in story.givens() if any(place >= 0 for place in story.mentions(number.key))]
    if not told:
        return _contradict_step(story, rng)
    number = rng.choice(told)
    reason = "{label} is stated both as {first} and as {second}."
    return _contradict(story, number, rng, reason)


def _contradict_step(story: Story, rng: random.Random) -> BrokenProblem | None:
    between = [step.result for step in story.steps if step.result is not story.answer]
    if not between:
        return None
    return _contradict(story, rng.choice(between), rng, "{label} works out as {first}, but is stated as {second}.")


def _contradict(story: Story, number: Number, rng: random.Random, reason: str) -> BrokenProblem:
    size = max(1, int(abs(number.value)) // 4)
    other = number.value + Fraction(rng.randint(1, size) * (-1 if rng.random() < 0.4 and number.value > size else 1))
    label = story.fill(number.label)
    first, second = number.stated(number.value), number.stated(other)
    opening = rng.choice(("It is also known that", "At the same time,", "We are also told that", "Moreover,"))
    return BrokenProblem(
        query=story.query(extra=f"{opening} {label} is {second}."),
        kind="contradiction",
        reason=reason.format(label=story.name(number), first=first, second=second),
    )
