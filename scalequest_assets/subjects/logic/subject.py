"""Logic as a subject: joins the modules of this folder."""

from collections.abc import Mapping
from typing import Final

from scalequest_assets.subjects.base import Card, Subject
from scalequest_assets.subjects.logic import LANGUAGES
from scalequest_assets.subjects.logic.answers import LogicAnswers
from scalequest_assets.subjects.logic.assumptions import ASSUMED
from scalequest_assets.subjects.logic.families.drawing import LogicFamilies
from scalequest_assets.subjects.logic.likeness import LIKENESS, LogicRewrites
from scalequest_assets.subjects.logic.prompts import LogicPrompts
from scalequest_assets.subjects.logic.roles import LogicRoles
from scalequest_assets.subjects.logic.soundness import LogicSoundness
from scalequest_assets.subjects.logic.wording import LogicTopics, LogicWording


class Logic:
    """Logic puzzles."""

    name = "logic"
    languages = LANGUAGES
    prompts = LogicPrompts()
    answers = LogicAnswers()
    rewrites = LogicRewrites()
    likeness = LIKENESS
    wording = LogicWording()
    topics = LogicTopics()
    families = LogicFamilies()
    soundness = LogicSoundness()
    roles = LogicRoles()
    assumptions = ASSUMED
    paper_students: Mapping[str, Mapping[str, float]] = {}
    card = Card(
        tags=("logic", "reasoning"),
        language=("en",),
        task="text-generation",
        answers="yes or no, a number, a letter in brackets, names in order, or a set of names in braces",
    )

    def in_language(self, language: str) -> Subject:
        """Return the subject: it has one language."""
        return SUBJECT


SUBJECT: Final[Subject] = Logic()
