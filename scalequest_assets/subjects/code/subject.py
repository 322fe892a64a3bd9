"""Code as a subject: joins the modules of this folder."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from scalequest_assets.recipe.parts import RECOMPUTED
from scalequest_assets.recipe.prompting import Style
from scalequest_assets.subjects.base import Card, Subject
from scalequest_assets.subjects.code import (
    LANGUAGES,
    STYLES,
    behaviour,
    cases,
    examples,
    gold,
    role_scores,
    supervision,
    topics,
)
from scalequest_assets.subjects.code import rewrites as rewriting
from scalequest_assets.subjects.code.assumptions import ASSUMED
from scalequest_assets.subjects.code.families import drawing
from scalequest_assets.subjects.code.likeness import LIKENESS
from scalequest_assets.subjects.code.prompts import judge, solve
from scalequest_assets.subjects.code.soundness import CodeSoundness
from scalequest_assets.subjects.code.wording import CodeWording
from scalequest_assets.subjects.drawing import Taught
from scalequest_assets.subjects.measuring_roles import Share


class CodePrompts:
    """What the models are asked about code."""

    def solve(self, query: str, style: Style) -> str:
        """Ask for the function, in one block of code."""
        return solve.prompt(query, style)

    def judge(self, query: str, style: Style) -> str:
        """Ask whether a text is a task that says all it needs."""
        return judge.prompt(query, style)

    def rewrite(self, query: str, direction: str, style: Style) -> str:
        """Ask for a certain, or for a harder task."""
        return rewriting.CodeRewrites().prompt(query, direction, style)


class CodeAnswers:
    """Answers to programming questions: what a program does, as lines of `cases`."""

    def extract(self, responses: pl.Series, queries: pl.Series, gold: pl.Series | None = None) -> pl.Series:
        """Return what each response's program does on gold's calls, or the question's; see `behaviour.answers`."""
        known = [None] * len(responses) if gold is None else gold.to_list()
        rows = list(zip(responses.to_list(), queries.to_list(), known, strict=True))
        return pl.Series(responses.name, behaviour.answers(rows), dtype=pl.String)

    def recompute(self, responses: pl.Series, queries: pl.Series, answers: pl.Series) -> pl.Series:
        """Return the examples of the question that each program was tried on, and those that it contradicts."""
        texts = zip(responses.to_list(), queries.to_list(), answers.to_list(), strict=True)
        found = [None if text is None else examples.contradicted(query, answer) for text, query, answer in texts]
        rows = [None if one is None else {"num_equalities": one[0], "false_equalities": one[1]} for one in found]
        return pl.Series("arithmetic", rows, dtype=RECOMPUTED)

    def check(self, gold: pl.Series, answers: pl.Series) -> pl.Series:
        """Return whether each answer does what gold does; see `cases.same`."""
        found = [cases.same(one, other) for one, other in zip(gold.to_list(), answers.to_list(), strict=True)]
        return pl.Series("is_correct", found, dtype=pl.Boolean)

    def groups(self, query_ids: pl.Series, answers: pl.Series) -> pl.Series:
        """Return the answers themselves: of one question, equal behaviour is an equal text."""
        return answers.cast(pl.String).alias("agreement_group")

    def solution(self, solution: str, answer: str) -> str:
        """Return a solution as it is; a bare program in a block of code."""
        return solution if "```" in solution or "def " not in solution else solve.target(solution)

    def gold(self, texts: pl.Series, queries: pl.Series) -> pl.DataFrame:
        """Return the tests that each gold text states, or what its program does; see `gold.read`."""
        return gold.read(texts.to_list(), queries.to_list())

    def worked(self, text: pl.Expr) -> pl.Expr:
        """Return gold texts as they are."""
        return text


class CodeTopics:
    """Topics of programming questions."""

    names = topics.TOPICS

    def classify(self, seeds: pl.DataFrame, texts: pl.Series) -> pl.Series:
        """Return the topic that each text's words speak for; nothing is learned from seeds."""
        return topics.classify(texts)


class CodeFamilies:
    """Our families of programming tasks."""

    styles = STYLES

    def records(
        self,
        style: str,
        num: int,
        seed: int,
        *,
        names: Sequence[str] | None,
        max_level: int | None,
        max_number: int | None,
    ) -> pl.DataFrame:
        """Return questions of our families; their answers are tests."""
        return drawing.records(drawing.tasks(style, num, seed, names=names, max_level=max_level, max_number=max_number))


class CodeRoles:
    """Labelled examples made from our families."""

    adapter = None

    def examples(self, num: int, seed: int, taught: Taught) -> Sequence[supervision.Example]:
        """Return examples of all roles to learn from."""
        return supervision.examples(num, seed, taught=taught)

    def held_out(
        self, num: int, seed: int, taught: Taught, *, learned: Sequence[supervision.Example] = ()
    ) -> Mapping[str, Sequence[supervision.Example]]:
        """Return examples of new instances, and of families that training never saw."""
        known = {example.task.query for example in learned}
        return role_scores.held_out_sets(num, seed, taught=taught, learned=known)

    def score(self, held_out: Sequence[supervision.Example], texts: Sequence[str | None]) -> Mapping[str, Share]:
        """Return shares by measure; see `role_scores.score`."""
        return role_scores.score(held_out, texts)

    def table(self, columns: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
        """Return one row per measure."""
        return role_scores.table(columns)


class Code:
    """Code."""

    name = "code"
    languages = LANGUAGES
    prompts = CodePrompts()
    answers = CodeAnswers()
    rewrites = rewriting.CodeRewrites()
    likeness = LIKENESS
    wording = CodeWording()
    topics = CodeTopics()
    families = CodeFamilies()
    soundness = CodeSoundness()
    roles = CodeRoles()
    assumptions = ASSUMED
    paper_students: Mapping[str, Mapping[str, float]] = {}
    card = Card(
        tags=("code", "python"),
        language=("en",),
        task="text-generation",
        answers="lines of tests, each a call of the function and what it returns, as models' programs did",
    )

    def in_language(self, language: str) -> Subject:
        """Return the subject: it has one language."""
        return SUBJECT


SUBJECT: Final[Subject] = Code()
