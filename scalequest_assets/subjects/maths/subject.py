"""Mathematics as a subject: joins the modules of this folder."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import polars as pl

from scalequest_assets.recipe.prompting import Style
from scalequest_assets.subjects.base import Card, Subject
from scalequest_assets.subjects.maths import (
    STYLES,
    answer_check,
    arithmetic,
    drawing_seeds,
    extraction,
    families,
    role_scores,
    supervision,
)
from scalequest_assets.subjects.maths import rewrites as rewriting
from scalequest_assets.subjects.maths.assumptions import ASSUMED
from scalequest_assets.subjects.maths.gold import stated
from scalequest_assets.subjects.maths.likeness import MathsLikeness
from scalequest_assets.subjects.maths.paper_students import PAPER_STUDENTS
from scalequest_assets.subjects.maths.prompts import judge, solve
from scalequest_assets.subjects.maths.soundness import MathsSoundness
from scalequest_assets.subjects.maths.topics import SUBJECTS, learned
from scalequest_assets.subjects.maths.wording import MathsWording
from scalequest_assets.subjects.measuring_roles import Share
from scalequest_assets.subjects.processes import on_all_cores

_CALCULATOR = r"<<[^<>]*>>"


class MathsPrompts:
    """What the models are asked about mathematics."""

    def solve(self, query: str, style: Style) -> str:
        """Ask for steps and a boxed answer."""
        return solve.prompt(query, style)

    def judge(self, query: str, style: Style) -> str:
        """Ask whether a text is a maths problem that can be solved."""
        return judge.prompt(query, style)

    def rewrite(self, query: str, direction: str, style: Style) -> str:
        """Ask for a solvable, or for a harder problem."""
        return rewriting.MathsRewrites().prompt(query, direction, style)


class MathsAnswers:
    """Answers to maths problems."""

    def extract(self, responses: pl.Series, queries: pl.Series, gold: pl.Series | None = None) -> pl.Series:
        """Return the final answer of each response, which says it all by itself."""
        return on_all_cores(extraction.extract_all, responses).alias(responses.name)

    def recompute(self, responses: pl.Series) -> pl.Series:
        """Return the equalities that each response states, and the false ones; see `arithmetic.recompute`."""
        return on_all_cores(arithmetic.recompute, responses).alias("arithmetic")

    def check(self, gold: pl.Series, answers: pl.Series) -> pl.Series:
        """Return whether each answer equals gold; see `answer_check.check`."""
        return answer_check.check(gold, answers)

    def groups(self, query_ids: pl.Series, answers: pl.Series) -> pl.Series:
        """Return keys of equal answers; see `answer_check.agreement_groups`."""
        return answer_check.agreement_groups(query_ids, answers)

    def solution(self, solution: str, answer: str) -> str:
        """Return a solution with its answer boxed."""
        return solve.target(solution, answer)

    def gold(self, texts: pl.Series, queries: pl.Series) -> pl.DataFrame:
        """Return the answer that each gold text states, and what it is worked out from; see `gold.stated`."""
        answers = pl.Series("answer", [text and stated(text) for text in texts], dtype=pl.String)
        return pl.DataFrame([answers, texts.set(texts == answers, None).alias("solution")])

    def worked(self, text: pl.Expr) -> pl.Expr:
        """Return solutions without GSM8K's calculator marks."""
        return text.str.replace_all(_CALCULATOR, "")


class MathsTopics:
    """Subjects of mathematics."""

    names = SUBJECTS

    def classify(self, seeds: pl.DataFrame, texts: pl.Series) -> pl.Series:
        """Return the subject of mathematics that each text's words speak for."""
        return learned(seeds).classify(texts)


class MathsFamilies:
    """Our families of maths problems."""

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
        """Return questions of our families; see `drawing_seeds.family_records`."""
        known = cast(families.Style, style)
        return drawing_seeds.family_records(known, num, seed, names=names, max_level=max_level, max_number=max_number)


class MathsRoles:
    """Labelled examples made from our families."""

    adapter = "adapters"

    def examples(self, num: int, seed: int, styles: Sequence[str]) -> Sequence[supervision.Example]:
        """Return examples of all roles to learn from."""
        return supervision.examples(num, seed, styles=cast(Sequence[families.Style], styles))

    def held_out(
        self, num: int, seed: int, styles: Sequence[str], *, learned: Sequence[supervision.Example] = ()
    ) -> Mapping[str, Sequence[supervision.Example]]:
        """Return examples of new instances, and of families that training never saw."""
        known = {example.problem.query for example in learned}
        return role_scores.held_out_sets(num, seed, styles=cast(Sequence[families.Style], styles), learned=known)

    def score(self, held_out: Sequence[supervision.Example], texts: Sequence[str | None]) -> Mapping[str, Share]:
        """Return shares by measure; see `role_scores.score`."""
        return role_scores.score(held_out, texts)

    def table(self, columns: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
        """Return one row per measure."""
        return role_scores.table(columns)


class Maths:
    """Mathematics."""

    name = "maths"
    prompts = MathsPrompts()
    answers = MathsAnswers()
    rewrites = rewriting.MathsRewrites()
    likeness = MathsLikeness()
    wording = MathsWording()
    topics = MathsTopics()
    families = MathsFamilies()
    soundness = MathsSoundness()
    roles = MathsRoles()
    assumptions = ASSUMED
    paper_students = PAPER_STUDENTS
    card = Card(tags=("mathematics",), language=("en",), task="text-generation")


SUBJECT: Final[Subject] = Maths()
