"""Mathematics as a subject: joins the modules of this folder."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, cast

import polars as pl

from scalequest_assets.recipe.languages import ENGLISH
from scalequest_assets.recipe.prompting import Style
from scalequest_assets.recipe.rewriting import DIFFICULTY, SOLVABILITY
from scalequest_assets.subjects.base import Card, Subject
from scalequest_assets.subjects.drawing import Taught
from scalequest_assets.subjects.maths import (
    LANGUAGES,
    STYLES,
    answer_check,
    arithmetic,
    counts,
    drawing_seeds,
    families,
    role_scores,
    supervision,
)
from scalequest_assets.subjects.maths import rewrites as rewriting
from scalequest_assets.subjects.maths.assumptions import ASSUMED, OF_LANGUAGE
from scalequest_assets.subjects.maths.gold import stated
from scalequest_assets.subjects.maths.languages.tongue import Tongue
from scalequest_assets.subjects.maths.languages.tongues import tongue_of
from scalequest_assets.subjects.maths.likeness import LIKENESS, MathsLikeness
from scalequest_assets.subjects.maths.paper_students import PAPER_STUDENTS
from scalequest_assets.subjects.maths.prompts import judge, solve
from scalequest_assets.subjects.maths.prompts.english import ENGLISH as ENGLISH_TEXTS
from scalequest_assets.subjects.maths.prompts.texts import Texts
from scalequest_assets.subjects.maths.soundness import MathsSoundness
from scalequest_assets.subjects.maths.topics import SUBJECTS, learned
from scalequest_assets.subjects.maths.wording import MathsWording
from scalequest_assets.subjects.measuring_roles import Share
from scalequest_assets.subjects.processes import on_all_cores
from scalequest_assets.subjects.stated_answers import extraction
from scalequest_assets.subjects.stated_answers.phrases import ENGLISH as ENGLISH_PHRASES

_CALCULATOR = r"<<[^<>]*>>"


class MathsPrompts:
    """What the models are asked about mathematics, in the language of some texts."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._rewrites = {SOLVABILITY: texts.solvable, DIFFICULTY: texts.harder}

    def solve(self, query: str, style: Style) -> str:
        """Ask for steps and a boxed answer."""
        return solve.prompt(query, style, self._texts)

    def judge(self, query: str, style: Style) -> str:
        """Ask whether a text is a maths problem that can be solved."""
        return judge.prompt(query, style, self._texts)

    def rewrite(self, query: str, direction: str, style: Style) -> str:
        """Ask for a solvable, or for a harder problem."""
        return self._rewrites[direction].prompt(query, style)


class MathsAnswers:
    """Answers to maths problems; in English, or in another tongue.

    An answer stays as its response has it. Where mathematics is read, in it or in a response, it is English first.
    """

    def __init__(self, tongue: Tongue | None = None) -> None:
        self._texts, self._phrases = (tongue.texts, tongue.phrases) if tongue else (ENGLISH_TEXTS, ENGLISH_PHRASES)
        self._notation = tongue.notation if tongue else None

    def extract(self, responses: pl.Series, queries: pl.Series, gold: pl.Series | None = None) -> pl.Series:
        """Return the final answer of each response, which says it all by itself."""
        if self._phrases is ENGLISH_PHRASES:
            return on_all_cores(extraction.extract_all, responses).alias(responses.name)
        return extraction.extract_all(responses, self._phrases)

    def recompute(self, responses: pl.Series, queries: pl.Series, answers: pl.Series) -> pl.Series:
        """Return the equalities that each response states, and the false ones: `arithmetic.recompute`, `counts`."""
        if own := self._notation:
            responses = pl.Series([text and own.steps(text) for text in responses], dtype=pl.String)
        recomputed = on_all_cores(arithmetic.recompute, responses)
        return counts.add_impossible(recomputed, queries, answers).alias("arithmetic")

    def check(self, gold: pl.Series, answers: pl.Series) -> pl.Series:
        """Return whether each answer equals gold; see `answer_check.check`."""
        return answer_check.check(self._read(gold), self._read(answers))

    def groups(self, query_ids: pl.Series, answers: pl.Series) -> pl.Series:
        """Return keys of equal answers; see `answer_check.agreement_groups`."""
        return answer_check.agreement_groups(query_ids, self._read(answers))

    def solution(self, solution: str, answer: str) -> str:
        """Return a solution with its answer boxed."""
        return solve.target(solution, answer, self._texts)

    def gold(self, texts: pl.Series, queries: pl.Series) -> pl.DataFrame:
        """Return the answer that each gold text states, and what it is worked out from; see `gold.stated`."""
        answers = pl.Series("answer", [text and stated(text, self._phrases) for text in texts], dtype=pl.String)
        return pl.DataFrame([answers, texts.set(texts == answers, None).alias("solution")])

    def worked(self, text: pl.Expr) -> pl.Expr:
        """Return solutions without GSM8K's calculator marks."""
        return text.str.replace_all(_CALCULATOR, "")

    def _read(self, answers: pl.Series) -> pl.Series:
        return self._notation.answers(answers) if self._notation else answers


class MathsTopics:
    """Subjects of mathematics."""

    names = SUBJECTS

    def __init__(self, *, knows_words: bool = True) -> None:
        self._knows_words = knows_words

    def classify(self, seeds: pl.DataFrame, texts: pl.Series) -> pl.Series:
        """Return the subject of mathematics that each text's words speak for."""
        return learned(seeds, knows_words=self._knows_words).classify(texts)


class MathsFamilies:
    """Our families of maths problems, which are in English."""

    def __init__(self, styles: Sequence[str] = STYLES) -> None:
        self.styles = styles

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

    def examples(self, num: int, seed: int, taught: Taught) -> Sequence[supervision.Example]:
        """Return examples of all roles to learn from."""
        return supervision.examples(num, seed, taught=taught)

    def held_out(
        self, num: int, seed: int, taught: Taught, *, learned: Sequence[supervision.Example] = ()
    ) -> Mapping[str, Sequence[supervision.Example]]:
        """Return examples of new instances, and of families that training never saw."""
        known = {example.problem.query for example in learned}
        return role_scores.held_out_sets(num, seed, taught=taught, learned=known)

    def score(self, held_out: Sequence[supervision.Example], texts: Sequence[str | None]) -> Mapping[str, Share]:
        """Return shares by measure; see `role_scores.score`."""
        return role_scores.score(held_out, texts)

    def table(self, columns: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
        """Return one row per measure."""
        return role_scores.table(columns)


class Maths:
    """Mathematics, in English or in another tongue."""

    name = "maths"
    languages = LANGUAGES
    roles = MathsRoles()
    paper_students = PAPER_STUDENTS

    def __init__(self, tongue: Tongue | None = None) -> None:
        self.prompts = MathsPrompts(tongue.texts if tongue else ENGLISH_TEXTS)
        self.answers = MathsAnswers(tongue)
        self.rewrites = rewriting.MathsRewrites(tongue)
        self.likeness = MathsLikeness(tongue.spelling) if tongue else LIKENESS
        self.wording = MathsWording(tongue)
        self.topics = MathsTopics(knows_words=tongue is None)
        self.families = MathsFamilies(() if tongue else STYLES)
        self.soundness = MathsSoundness(tongue)
        code = tongue.texts.language.code if tongue else ENGLISH
        self.assumptions = {**ASSUMED, **OF_LANGUAGE.get(code, {})}
        self.card = Card(tags=("mathematics",), language=(code,), task="text-generation")

    def in_language(self, language: str) -> Subject:
        """Return mathematics in one of its languages."""
        return SUBJECT if language == ENGLISH else _in_tongue(language)


@cache
def _in_tongue(language: str) -> Subject:
    return Maths(tongue_of(language))


SUBJECT: Final[Subject] = Maths()
