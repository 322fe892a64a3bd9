"""All that mathematics needs of a language but English."""

import re
from dataclasses import dataclass

from scalequest_assets.subjects.ill_posed import Faults
from scalequest_assets.subjects.maths.ill_posed import Stories
from scalequest_assets.subjects.maths.languages.notation import Notation
from scalequest_assets.subjects.maths.languages.spelling import Spelling
from scalequest_assets.subjects.maths.prompts.texts import Texts
from scalequest_assets.subjects.stated_answers.phrases import Phrases


@dataclass(frozen=True, kw_only=True, eq=False)
class Tongue:
    """A language as mathematics needs it.

    Attributes:
        texts: What the models are asked.
        phrases: How solutions state their answers.
        notation: How numbers, units and sums are written.
        spelling: How questions are compared.
        asks: Regular expression of what asks for something without a question mark.
        faults: Words of questions without one answer, in any subject.
        stories: The same of stories.
        leak: What gives a question's answer away.
        concludes: What stands before a result that a question works out: "so", "therefore".
        sentence_end: The end of a sentence, the space behind it included.
    """

    texts: Texts
    phrases: Phrases
    notation: Notation
    spelling: Spelling
    asks: str
    faults: Faults
    stories: Stories
    leak: re.Pattern[str]
    concludes: re.Pattern[str]
    sentence_end: re.Pattern[str]
