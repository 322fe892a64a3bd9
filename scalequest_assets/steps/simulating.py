"""What simulated texts are made of, taken from a subject: its families, its examples of roles, its prompts."""

from collections.abc import Iterator, Sequence
from typing import Final

from scalequest_assets.config.profile import Profile
from scalequest_assets.config.sources import FamiliesSource
from scalequest_assets.engines.simulate.material import Asked, Material, Problem
from scalequest_assets.recipe import judgements
from scalequest_assets.recipe.prompting import STYLES, Style
from scalequest_assets.recipe.rewriting import DIRECTIONS
from scalequest_assets.steps.question_sources import drawn
from scalequest_assets.subjects import subject_named
from scalequest_assets.subjects.base import Example, Subject

_SEED: Final = 20260101
_NUM_EXAMPLES: Final = 200
_PLACE: Final = "\ue000"
"""Stands for the question where a prompt is taken apart; no prompt of ours has it."""


def material_of(profile: Profile) -> Material:
    """Return what texts of a profile's subject are recombined from; seconds of work."""
    subject = subject_named(profile.subject)
    taught = dict.fromkeys(subject.families.styles)
    examples = subject.roles.examples(_NUM_EXAMPLES, _SEED, taught)
    return Material(
        problems=_problems(subject, profile.engine.simulate.num_problems),
        known=_known(subject, profile),
        verdicts=_verdicts(examples),
        asked=list(_asked(subject, examples)),
    )


def _problems(subject: Subject, num: int) -> list[Problem]:
    styles = subject.families.styles
    found = []
    for style in styles:
        records = subject.families.records(
            style, max(1, num // len(styles)), _SEED, names=None, max_level=None, max_number=None
        )
        for row in records.iter_rows(named=True):
            solved = subject.answers.solution(row["solution"], row["answer"])
            working = row["solution"].rpartition(". ")[0]
            found.append(
                Problem(
                    query=row["query"],
                    topic=row["subject"] or style,
                    working=f"{working}." if working else "",
                    solved=solved,
                )
            )
    return found


def _known(subject: Subject, profile: Profile) -> dict[str, str]:
    """Return the solutions of the seeds that come from families: a solver is right about some of them."""
    known = {}
    for source in profile.seeds.sources:
        if isinstance(source, FamiliesSource):
            records = drawn(source, subject, profile.random_seed)
            for query, solution, answer in records.select("query", "solution", "answer").iter_rows():
                known[query] = subject.answers.solution(solution, answer)
    return known


def _verdicts(examples: Sequence[Example]) -> dict[bool, list[str]]:
    """Return the examples' judgements by what they say; a No that has a Yes in it would pass the paper's lax rule."""
    read = [(example.target, judgements.parse(example.target).verdict) for example in examples]
    said = {True: [text for text, found in read if found == "yes"]}
    said[False] = [text for text, found in read if found == "no" and "yes" not in text.lower()]
    return {verdict: said[verdict] or [judgements.target(verdict, "")] for verdict in said}


def _asked(subject: Subject, examples: Sequence[Example]) -> Iterator[Asked]:
    """Yield how each role is asked, by taking apart its prompts about a question."""
    for style in STYLES:
        before, after = _around(subject.prompts.judge(_PLACE, style))
        yield Asked(kind="judge", before=before, after=after, tokens=_tokens(subject, "judge", style))
        before, after = _around(subject.prompts.solve(_PLACE, style))
        yield Asked(kind="solve", before=before, after=after, tokens=_tokens(subject, "solve", style))
        for direction in DIRECTIONS:
            before, after = _around(subject.prompts.rewrite(_PLACE, direction, style))
            frame = _frame(subject, examples, direction)
            tokens = _tokens(subject, "rewriter", style)
            yield Asked(kind="rewrite", before=before, after=after, tokens=tokens, frame=frame)


def _around(prompt: str) -> tuple[str, str]:
    before, _, after = prompt.partition(_PLACE)
    return before, after


def _tokens(subject: Subject, role: str, style: Style) -> float:
    found = subject.assumptions.get(f"reply.{role}.{style}")
    return found.value if found else 0.0


def _frame(subject: Subject, examples: Sequence[Example], direction: str) -> tuple[str, str]:
    """Return what stands around a rewritten question in the examples of a direction; nothing if there is none."""
    before, after = _around(subject.prompts.rewrite(_PLACE, direction, "compact"))
    for example in examples:
        if example.prompt.startswith(before) and example.prompt.endswith(after):
            rewritten = subject.rewrites.parse(example.target, direction)
            if rewritten and rewritten in example.target:
                start, _, end = example.target.partition(rewritten)
                return start, end
    return "", ""
