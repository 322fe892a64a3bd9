"""Supervised examples of every role, made from the families: what a small role model learns from.

Each is in the prompt and format that its role uses in the pipeline (compact prompts). Some families are held out whole.
"""

import random
from dataclasses import dataclass, field

from scalequest_assets.recipe import judgements
from scalequest_assets.subjects import drawing
from scalequest_assets.subjects.code.families.drawing import FAMILIES, tasks
from scalequest_assets.subjects.code.families.family import Task
from scalequest_assets.subjects.code.prompts import judge, rewrite, solve
from scalequest_assets.subjects.drawing import RoleName

_HELD_OUT = {"larger_than", "put_around", "spread", "count_divisors", "keep_above", "word_counts", "grade"}
"""Named one by one, so that they stay held out when families are added."""
_SOLVABLE = "All that is needed is given."
_VAGUE = "It does not say all that the result depends on."
_MISMATCH = "It speaks of something that is no parameter."
_HARDER: dict[str, tuple[str, tuple[str, ...]]] = {
    "int": ("int", ("Return the result times 3.", "Return the result minus 1.", "Return the square of the result.")),
    "str": ("str", ("Return the result in capital letters.", "Return the result backwards.")),
    "bool": ("str", ("Return 'yes' or 'no' instead of a truth value.",)),
    "list[int]": ("list[int]", ("Return the result sorted.", "Return the result backwards.")),
    "list[list[int]]": ("int", ("Return only how many lists the result has.",)),
    "int | None": ("int", ("Return -1 instead of None.",)),
}
_ANY_HARDER = ("int", ("Return only how many keys the result has.",))


@dataclass(frozen=True, kw_only=True)
class Example:
    """One supervised example.

    Attributes:
        role: Which role it teaches; `repair` and `harden` are the two directions of rewriting.
        query: The question worked on.
        prompt: The user's message.
        target: What the model should write.
        expected: The tests (solve), `yes`/`no` (judge), or the wanted question (repair, harden).
        task: What it was made from.
    """

    role: RoleName
    query: str
    prompt: str
    target: str
    expected: str
    task: Task = field(repr=False)


def examples(num: int, seed: int, *, taught: drawing.Taught, held_out: bool = False) -> list[Example]:
    """Return `num` examples, styles and roles mixed.

    Args:
        num: How many.
        seed: Another seed gives other instances.
        taught: The families to learn, by style.
        held_out: Whether they come from the held-out families alone, or from all others.
    """

    def draw(style: str, num_drawn: int, at: int) -> list[Task]:
        names = drawing.names(style, FAMILIES[style], _HELD_OUT, taught[style], held_out=held_out)
        return tasks(style, num_drawn, at, names=names)

    rng, is_sound = random.Random(seed), True
    made = []
    for role, task, other in drawing.with_roles(rng, draw, num, seed, taught):
        made.append(_made(role, task, other, rng, is_sound=is_sound))
        is_sound ^= role == "judge"
    return made


def harder(task: Task, rng: random.Random) -> str:
    """Return the task's question with a further step."""
    returns, steps = _HARDER.get(task.returns, _ANY_HARDER)
    signature = task.signature.removesuffix(task.returns) + returns
    return f"{task.bare.replace(task.signature, signature)} {rng.choice(steps)}"


def _made(role: RoleName, task: Task, other: Task, rng: random.Random, *, is_sound: bool) -> Example:
    query, expected = task.query, task.tests
    if role == "solve":
        prompt, target = solve.prompt(query, "compact"), solve.target(task.program)
    elif role == "judge":
        query, reason = (task.bare, _SOLVABLE) if is_sound else _broken(task, other, rng)
        prompt, target = judge.prompt(query, "compact"), judgements.target(is_sound, reason)
        expected = "yes" if is_sound else "no"
    elif role == "repair":
        query, expected = task.vague, task.bare
        prompt, target = rewrite.SOLVABLE.prompt(query, "compact"), rewrite.SOLVABLE.target(expected)
    else:
        query, expected = task.bare, harder(task, rng)
        prompt, target = rewrite.HARDER.prompt(query, "compact"), rewrite.HARDER.target(expected)
    return Example(role=role, query=query, prompt=prompt, target=target, expected=expected, task=task)


def _broken(task: Task, other: Task, rng: random.Random) -> tuple[str, str]:
    """Return the task's question broken, and what is wrong: something is missing, or it is about something else."""
    swapped = other.bare.replace(other.signature, task.signature)
    if rng.random() < 1 / 3 and other.parameters != task.parameters and swapped != other.bare:
        return swapped, _MISMATCH
    return task.vague, _VAGUE
