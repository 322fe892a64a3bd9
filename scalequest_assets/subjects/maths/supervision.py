"""Supervised examples of every role, made from the problem families: what the small role model learns from.

Each example is in the very prompt and format that its role uses in the pipeline (compact prompts). Whole families and
all instances of them are held out, so that the result can be measured on stories the model has never seen.
"""

import random
from dataclasses import dataclass, field
from typing import cast

from scalequest_assets.recipe import judgements
from scalequest_assets.subjects import drawing
from scalequest_assets.subjects.drawing import RoleName
from scalequest_assets.subjects.maths import drawing_seeds, families
from scalequest_assets.subjects.maths.prompts import judge, rewrite, solve

_MAX_LEVEL, _MAX_NUMBER = 3, 100
_HELD_OUT = {
    "animal_food",
    "comparison",
    "ratio_share",
    "shared_cost",
    "workshop_rate",
    "arithmetic_sequences",
    "letter_strings",
    "power_remainders",
    "squares",
    "two_kinds",
}
"""Named one by one, so that they stay held out when families are added: shipped adapters stay comparable."""
_SOLVABLE = "All that is needed is given."


@dataclass(frozen=True, kw_only=True)
class Example:
    """One supervised example.

    Attributes:
        role: Which role it teaches; `repair` and `harden` are the two directions of rewriting.
        query: The question worked on.
        prompt: The user's message.
        target: What the model should write.
        expected: The gold answer (solve), `yes`/`no` (judge), or the wanted question (repair, harden).
        problem: The problem that it was made from: the query itself, or what the query was before it was broken.
    """

    role: RoleName
    query: str
    prompt: str
    target: str
    expected: str
    problem: families.Problem = field(repr=False)


def held_out_families(style: families.Style) -> tuple[str, ...]:
    """Return the families that training never sees, about one in ten, in alphabetical order."""
    return tuple(name for name in families.families(style) if name in _HELD_OUT)


def examples(num: int, seed: int, *, taught: drawing.Taught, held_out: bool = False) -> list[Example]:
    """Return `num` examples, styles and roles mixed; of judgements, each problem as it is and broken.

    Args:
        num: How many.
        seed: Another seed gives other instances.
        taught: The families to learn, by style.
        held_out: Whether they come from the held-out families alone, or from all others.
    """

    def draw(style: str, num_drawn: int, at: int) -> list[families.Problem]:
        known = cast(families.Style, style)
        names = drawing.names(style, families.families(known), _HELD_OUT, taught[style], held_out=held_out)
        # A small model cannot learn long chains or long multiplication from a few thousand examples.
        return drawing_seeds.problems(known, num_drawn, at, names=names, max_level=_MAX_LEVEL, max_number=_MAX_NUMBER)

    rng = random.Random(seed)
    made: list[Example] = []
    judged: families.Problem | None = None
    for role, problem, other in drawing.with_roles(rng, draw, num, seed, taught):
        if role != "judge":
            made.append(_example(role, problem, rng))
        elif judged is None:  # first as it is, and with the next judgement broken: the difference is what matters
            made.append(_judge_example(problem, other, rng, is_broken=False))
            judged = problem
        else:
            made.append(_judge_example(judged, other, rng, is_broken=True))
            judged = None
    return made


def _example(role: RoleName, problem: families.Problem, rng: random.Random) -> Example:
    seed = rng.randrange(2**31)
    if role == "solve":
        problem = _at_times_harder(problem, rng)
        target = solve.target(problem.solution, problem.answer)
        prompt = solve.prompt(problem.query, "compact")
        return Example(
            role=role, query=problem.query, prompt=prompt, target=target, expected=problem.answer, problem=problem
        )
    if role == "repair":
        bad = families.broken(problem, seed).query
        prompt, target = rewrite.SOLVABLE.prompt(bad, "compact"), rewrite.SOLVABLE.target(problem.query)
        return Example(role=role, query=bad, prompt=prompt, target=target, expected=problem.query, problem=problem)
    harder = families.harder(problem, seed).query
    prompt, target = rewrite.HARDER.prompt(problem.query, "compact"), rewrite.HARDER.target(harder)
    return Example(role=role, query=problem.query, prompt=prompt, target=target, expected=harder, problem=problem)


def _at_times_harder(problem: families.Problem, rng: random.Random) -> families.Problem:
    """Return the problem, or one time in six its harder form: those are what a tuned generator writes."""
    if rng.random() >= 1 / 6:
        return problem
    harder = families.harder(problem, rng.randrange(2**31))
    return harder if drawing_seeds.is_within(harder, _MAX_LEVEL, _MAX_NUMBER) else problem


def _judge_example(
    problem: families.Problem, other: families.Problem, rng: random.Random, *, is_broken: bool
) -> Example:
    """Judges the problem as it is or broken.

    The target states what is given and works it out before the verdict (decision 58).
    """
    story = problem.story
    query, reason = problem.query, " ".join([*story.statements().values(), *story.worked(), _SOLVABLE])
    if is_broken:
        broken = _broken(problem, other, rng)
        query, reason = broken.query, f"{broken.checked} {broken.reason}"
    return Example(
        role="judge",
        query=query,
        prompt=judge.prompt(query, "compact"),
        target=judgements.target(not is_broken, reason),
        expected="no" if is_broken else "yes",
        problem=problem,
    )


def _broken(problem: families.Problem, other: families.Problem, rng: random.Random) -> families.BrokenProblem:
    """Breaks a problem in one of three ways: with what the other asks, an impossible result, or a gap."""
    found, way = None, rng.random()
    if way < 1 / 3:
        found = families.mismatched(problem, other)
    elif way > 2 / 3:
        found = families.impossible(problem, rng.randrange(2**31))
    return found or _missing_condition(problem, rng.randrange(2**31))


def _missing_condition(problem: families.Problem, seed: int) -> families.BrokenProblem:
    """Return the problem without something it needs; a contradiction takes arithmetic to see, so only if need be."""
    tries = [families.broken(problem, seed + attempt) for attempt in range(6)]
    return next((broken for broken in tries if broken.kind == "missing_condition"), tries[0])
