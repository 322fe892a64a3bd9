"""How well a model fills each role, on questions it never learned from, role by role and with standard errors.

All roles have equally many questions: a quarter that a role rarely gets in training says as much as any other. What a
rewrite is worth is checked without a judge, against the stories that the families tell (`families.Story`): a rewrite
counts where it is, but for the values of the numbers, word for word a text that the families themselves would write,
and every step of its solution still comes out; or where it calculates on with what was asked. A good rewrite in words
of its own is missed: a lower bound.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from scalequest_assets.recipe import families, normalization, rewriting
from scalequest_assets.recipe.answer_check import check
from scalequest_assets.recipe.families.story import Story
from scalequest_assets.recipe.families.words import BOYS, GIRLS
from scalequest_assets.recipe.prompts import judge, solve
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.recipe.supervision import ROLES, Example, RoleName, examples

SETS = {"new_instances": False, "new_families": True}
"""The two sets of held-out questions, and whether their families are held out too."""
_DRAWN_FOR_EACH, _DRAWN_AT_LEAST = 16, 32  # one example in eight is of the rarest role
_NUM_WORDINGS = 400  # draws of a further step; there are some sixty wordings for an amount of money
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_EXPRESSION = re.compile(r"\$\d*(?P<name>[NTSW])(?:\^2)?(?: [+-] \d+)?\$")
_NAME = re.compile(rf"\b(?:{'|'.join((*GIRLS, *BOYS))})\b")
_REWRITERS: dict[RoleName, str] = {"repair": rewriting.SOLVABILITY, "harden": rewriting.DIFFICULTY}


class Share(NamedTuple):
    """How many of how many."""

    hits: int
    num: int

    @property
    def value(self) -> float:
        """The share, in [0, 1]."""
        return self.hits / self.num

    @property
    def standard_error(self) -> float:
        """Of the share, one success and one failure added: 0 of 20 is not certain. Source: Agresti, Caffo 2000."""
        smoothed = (self.hits + 1) / (self.num + 2)
        return math.sqrt(smoothed * (1 - smoothed) / (self.num + 2))

    def __str__(self) -> str:
        return f"{self.value:.0%} ± {self.standard_error:.0%} of {self.num}"


def held_out_sets(num: int, random_seed: int, *, learned: Collection[str] = ()) -> dict[str, list[Example]]:
    """Return the questions to measure on, by set.

    Args:
        num: Questions in a set, spread evenly over the roles.
        random_seed: The profile's.
        learned: Questions that the model learned from; an example of their problems is left out.
    """
    sets: dict[str, list[Example]] = {}
    for name, is_held_out in SETS.items():
        quotas = {role: (num + place) // len(ROLES) for place, role in enumerate(reversed(ROLES))}
        num_drawn = _DRAWN_AT_LEAST + _DRAWN_FOR_EACH * max(quotas.values())
        drawn = examples(num_drawn, row_seed(random_seed, name) % 2**31, held_out=is_held_out)
        fresh = [example for example in drawn if example.problem.query not in learned]
        sets[name] = [example for role in ROLES for example in [e for e in fresh if e.role == role][: quotas[role]]]
    return sets


def score(held_out: Sequence[Example], texts: Sequence[str | None]) -> dict[str, Share]:
    """Measure what a model wrote for held-out examples.

    Returns:
        Shares by measure; those without examples are left out. `solve_accuracy` in all and by the number of steps
        (`solve_accuracy_2_steps`); `judge_accuracy` in all, of questions that can be solved (`_yes`) and that cannot
        (`_no`), and `judge_yes`, how often it says yes (half is right); for each direction of rewriting `_format`,
        rewrites that the pipeline would keep (`rewriting.pairs`); `repair_solvable`, questions that can be solved
        again, and `harden_more_steps`, questions with one more step (both lower bounds, see the module);
        `harden_adds_number`, questions with all the numbers and more, whether they make sense or not.
    """
    pairs = list(zip(held_out, texts, strict=True))
    found = {role: [(example, text) for example, text in pairs if example.role == role] for role in ROLES}
    measured = {**_solving(found["solve"]), **_judging(found["judge"])}
    for role in _REWRITERS:
        measured |= _rewriting(role, found[role])
    return {name: Share(sum(values), len(values)) for name, values in measured.items() if values}


def table(columns: Mapping[str, Mapping[str, Share]]) -> list[dict[str, str]]:
    """Return one row per measure, with the shares of several models or sets side by side.

    Args:
        columns: By the column's name, what `score` returned.
    """
    measures = sorted({name: None for shares in columns.values() for name in shares}, key=_place)
    return [
        {
            "measure": name.replace("_", " "),
            **{column: str(shares.get(name, "–")) for column, shares in columns.items()},
        }
        for name in measures
    ]


def tells(problem: families.Problem, text: str) -> bool:
    """Whether a text is a problem's story, with its own or other values of its numbers, and can be solved."""
    plain = replace(problem.story, is_conditional=False)  # "If it costs $3, what …" told as "It costs $3. What …"
    return any(
        _is_told(story, {key: sign * value for key, value in changed.items()}, text)
        for story in dict.fromkeys((problem.story, plain))
        for changed in [_changed(story, text)]
        if changed is not None
        for sign in (1, -1)[: 1 + bool(changed)]
    )


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
    return comes_out and bool(rewriting.same_problem(told, pl.Series([text])).item())


def _solving(rows: list[tuple[Example, str | None]]) -> dict[str, list[bool]]:
    gold = pl.Series([example.expected for example, _ in rows], dtype=pl.String)
    correct = [bool(value) for value in check(gold, pl.Series([solve.parse(t) for _, t in rows], dtype=pl.String))]
    measured = {"solve_accuracy": correct}
    for (example, _), is_correct in zip(rows, correct, strict=True):
        num = example.problem.num_steps
        measured.setdefault(f"solve_accuracy_{num}_step{'s' * (num > 1)}", []).append(is_correct)
    return measured


def _judging(rows: list[tuple[Example, str | None]]) -> dict[str, list[bool]]:
    judged = [(example.expected, judge.parse(text).verdict) for example, text in rows]
    return {
        "judge_accuracy": [expected == verdict for expected, verdict in judged],
        "judge_accuracy_yes": [verdict == "yes" for expected, verdict in judged if expected == "yes"],
        "judge_accuracy_no": [verdict == "no" for expected, verdict in judged if expected == "no"],
        "judge_yes": [verdict == "yes" for _, verdict in judged],
    }


def _rewriting(role: RoleName, rows: list[tuple[Example, str | None]]) -> dict[str, list[bool]]:
    frame = pl.DataFrame(
        {"query": [example.query for example, _ in rows], "rewrite": [text for _, text in rows]},
        schema={"query": pl.String, "rewrite": pl.String},
    ).with_columns(direction=pl.lit(_REWRITERS[role]), finish_reason=pl.lit("stop"))
    done = rewriting.pairs(frame)
    rewrites = [text if keep else None for text, keep in done.select("optimized_query", "keep").iter_rows()]
    return {
        f"{role}_format": [text is not None for text in rewrites],
        **{
            measure: [text is not None and reaches(row[0], text) for row, text in zip(rows, rewrites, strict=True)]
            for measure, reaches in _AIMS[role].items()
        },
    }


def _is_repaired(example: Example, rewrite: str) -> bool:
    return tells(example.problem, rewrite)


def _adds_number(example: Example, rewrite: str) -> bool:
    """Whether the rewrite has all numbers of the question, and more."""
    own, found = (Counter(numbers) for numbers in _numbers([example.query, rewrite]))
    return own < found


def _has_further_step(example: Example, rewrite: str) -> bool:
    """Whether the rewrite is the problem with one more step that is sure to come out."""
    return _calculates_on(example.problem.story, rewrite) or _goes_on(example, rewrite)


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


def _goes_on(example: Example, rewrite: str) -> bool:
    """Whether the rewrite is the problem with one of the families' further steps, in any of their wordings."""
    query = example.query
    extended = [families.harder(example.problem, seed) for seed in range(_NUM_WORDINGS)]
    shapes = _shapes([rewrite, *(problem.query for problem in extended)], query)
    alike = {problem.query: problem for problem, shape in zip(extended, shapes[1:], strict=True) if shape == shapes[0]}
    return any(tells(problem, _renamed(rewrite, query, problem.query)) for problem in alike.values())


def _shapes(texts: list[str], query: str) -> list[tuple[str, str]]:
    """Return the words and operators of extended questions, without numbers and the names of people who come up."""
    anonymous = pl.Series([_renamed(text, query, "") for text in texts])
    words = [_NUMBER.sub("#", text) for text in normalization.normalise(anonymous)]
    return list(zip(words, map(str, normalization.operators(anonymous)), strict=True))


def _renamed(text: str, query: str, like: str) -> str:
    """Return a text in which those who are not in the question have the names that another text gives them."""
    names, others = (_NAME.findall(told) for told in (text, like))
    known = set(_NAME.findall(query))
    new, wanted = ([name for name in dict.fromkeys(found) if name not in known] for found in (names, others))
    renamed = dict(zip(new, wanted, strict=False))
    return _NAME.sub(lambda name: name[0] if name[0] in known else renamed.get(name[0], "N"), text)


def _numbers(texts: list[str]) -> list[list[str]]:
    return normalization.numbers(pl.Series(texts)).to_list()


_AIMS: dict[RoleName, dict[str, Callable[[Example, str], bool]]] = {
    "repair": {"repair_solvable": _is_repaired},
    "harden": {"harden_adds_number": _adds_number, "harden_more_steps": _has_further_step},
}


def _place(measure: str) -> tuple[int, str]:
    """Measures by role, in all before by part."""
    return [measure.startswith(role) for role in ROLES].index(True), measure
