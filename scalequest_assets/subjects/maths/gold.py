r"""The answer that a gold text states: a bare answer, or the end of a worked solution. Not a sentence, nor a marker.

Data sets write where an answer should be that there is none (`proof`, `notfound`, `NaN`), or explain. Neither can be
compared with what a solver answers: each sample would count as wrong.
"""

import re
from typing import Final

from scalequest_assets.subjects.maths.equality.tokens import MAX_ANSWER_CHARS
from scalequest_assets.subjects.stated_answers import extraction
from scalequest_assets.subjects.stated_answers.phrases import ENGLISH, Phrases

_MAX_PROSE_WORDS: Final = 8
_WORDS_OF_A_SENTENCE: Final = 4

_MARKER: Final = re.compile(
    r"[-–—_.…?/\s]*"
    r"|[(\[<]?(?:proof|not ?found|nan|n/?a|none|null|nil|unknown|missing|no answer"
    r"|not (?:available|applicable|provided)|tbd|to be determined|q\.?e\.?d\.?|\\blacksquare"
    r"|answers? (?:may|will|can) vary|see (?:the )?(?:solutions?|proof|figure|diagram|above|below|text)\b[a-z ]{0,20}"
    r"|(?:prove|show) that\b.*)[)\]>]?",
    re.IGNORECASE,
)
_DRESS: Final = re.compile(r"\\(?:text|textbf|mathrm|mbox)\s?\{([^{}]*)\}")
_MATHS: Final = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|\\\(.*?\\\)|\\\[.*?\\\]|\\[a-zA-Z]+|\{[^{}]*\}", re.DOTALL)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def stated(text: str, phrases: Phrases = ENGLISH) -> str | None:
    """Return the marked answer of a worked solution, or a bare answer as it is; None where the text has neither."""
    answer = extraction.extract(text, phrases) or text.strip()
    return None if len(answer) > MAX_ANSWER_CHARS or is_marker(answer) or is_prose(answer) else answer


def is_marker(answer: str) -> bool:
    """Return whether an answer says that there is none, or has neither letter, digit nor sign of mathematics."""
    return _MARKER.fullmatch(_DRESS.sub(r"\1", answer).strip(" \t\n$*\"'`.")) is not None


def is_prose(answer: str) -> bool:
    """Return whether an answer explains: more than eight words beside its mathematics, or four and a full stop."""
    num_words = len(_WORD.findall(_MATHS.sub(" ", answer)))
    is_sentence = answer.rstrip(" $*\"'`").endswith((".", "!", "?"))
    return num_words > _MAX_PROSE_WORDS or (is_sentence and num_words >= _WORDS_OF_A_SENTENCE)
