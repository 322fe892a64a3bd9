"""The same story made unsolvable, or harder by one step."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping
from fractions import Fraction

from scalequest_assets.subjects.maths.families.draft import Draft, Unfit, finish
from scalequest_assets.subjects.maths.families.extensions import extensions_for
from scalequest_assets.subjects.maths.families.problem import BrokenProblem, Problem
from scalequest_assets.subjects.maths.families.quantity import Number
from scalequest_assets.subjects.maths.families.story import Story, sentence_case

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
            if reason := _why_impossible(story, {number.key: value}):
                query = story.query(changed={number.key: value})
                return BrokenProblem(query=query, kind="impossible", reason=reason)
    return None


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
    for result in (step.result for step in story.steps if step.result.unit.one):
        value = result.evaluate(changed)
        is_part = result.unit.kind in ("count", "people") and value.denominator != 1
        if value <= 0 or is_part:
            what = "is less than nothing" if value <= 0 else "is not a whole number"
            return f"{sentence_case(story.fill(result.label, changed))} {what}."
    return None


def _withhold(story: Story, rng: random.Random) -> BrokenProblem | None:
    givens = [number for number in story.givens() if len(story.mentions(number.key)) == 1]
    if not givens:
        return None
    number = rng.choice(givens)
    reason = f"{sentence_case(story.fill(number.label))} is not given."
    (place,) = story.mentions(number.key)
    if place >= 0 and _can_go(story, place) and rng.random() < 0.5:
        return BrokenProblem(query=story.query(without=(place,)), kind="missing_condition", reason=reason)
    return BrokenProblem(query=story.query(changed={number.key: None}), kind="missing_condition", reason=reason)


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
    spec = "n" if label.startswith("the number of") else ""
    first, second = (number.unit.state(value, spec) for value in (number.value, other))
    opening = rng.choice(("It is also known that", "At the same time,", "We are also told that", "Moreover,"))
    return BrokenProblem(
        query=story.query(extra=f"{opening} {label} is {second}."),
        kind="contradiction",
        reason=reason.format(label=sentence_case(label), first=first, second=second),
    )
