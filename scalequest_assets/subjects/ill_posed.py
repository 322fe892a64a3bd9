r"""A look at solvability without a model: questions of any subject without one definite answer, by their words.

- `leaked_answer`: it says its answer (`\boxed`, a sentence `The answer is 12.` that ends it, a part `Solution:`).
- `asks_several`: it asks for several things, so that no one answer can be compared: two questions with a question mark
  each, or parts (a) and (b).
- `undefined_figure`: it speaks of a figure, diagram or table that is shown somewhere, and has neither drawing code
  (`[asy]`, TikZ) nor rows of a table.
- `missing_text`: it needs a text that is elsewhere: a previous problem, the passage above, Exercise 12, a part (a) that
  it does not have.

Only plain cases are decided; what is doubtful is left to the judge. Each rule is a Polars expression on one column and
takes time linear in the text. The words are those of one language (`Faults`).

Differs: the authors ask the judge alone (PAPER.md section 1, solvability), which costs up to 2,048 tokens a question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

LEAKED_ANSWER, ASKS_SEVERAL = "leaked_answer", "asks_several"
UNDEFINED_FIGURE, MISSING_TEXT = "undefined_figure", "missing_text"

_BOXED = r"\\(?:boxed|fbox)\b|(?m)^[ \t]*####[ \t]*\S"
_ANSWER_SENTENCE = (
    r"(?i)(?:^|[.?!:)$*]\s{1,4}|\n)\s{0,4}[*_]{0,3}(?:(?:so|thus|hence|therefore),?\s{1,3})?"
    r"the\s{1,3}(?:(?:final|correct|right)\s{1,3})?answer\s{1,3}(?:is|would\s{1,3}be|will\s{1,3}be)\b[^?]{1,80}\z"
)
_ANSWER_FORM = (
    r"(?i)\b(?:the\s{1,3})?(?:final\s{1,3})?answer\s{1,3}(?:is|would\s{1,3}be|will\s{1,3}be)\s{1,3}(?:to\s{1,3}be|(?:of|in)\s{1,3}(?:the|its|simplest|lowest|terms)|"
    r"expressed|given|rounded|written|an?\s{1,3}(?:positive\s|negative\s|whole\s|single\s|two-digit\s|three-digit\s)?"
    r"(?:integer|number|fraction|decimal|percent(?:age)?|expression|digit))\b"
    r"(?:[^?\d]|\d\s{1,3}(?:decimal|digit|significant)){0,80}\z"
)
"""A last sentence that says how the answer looks, and not what it is."""
_ANSWER_PART = (
    r"(?i)(?:^|\n|[.?!)$*]\s{1,4})[ \t]{0,4}[*_#]{0,6}[ \t]{0,3}(?:(?:final|correct)[ \t])?(?:answer|ans\.?|solution)"
    r"[*_]{0,3}[ \t]?:[*_]{0,3}\s{0,4}\S"
)

_ASKING = (
    "what|how|find|determine|calculate|compute|which|is|are|show|prove|express|solve|evaluate|write|graph|sketch|"
    "estimate|use|when|where|who|state|describe|explain|give|does|do|can|will|at"
)
_TWO_QUESTIONS = (
    r"(?i)\?[$*)\\}\]]{0,4}\s[^?]{0,400}\b(?:how|what|what's|which|who|whom|whose|when|where|is|are|does|do|did|can|"
    r"will|would|should)\b[^?]{3,400}\?(?:[^\"'\u201d\u2019]|\z)"
)
_LEAD_IN = (
    r"(?i)\A\s{0,4}(?:(?:did\s{1,3}you\s{1,3}know|do\s{1,3}you\s{1,3}(?:know|remember)\s{1,3}that|have\s{1,3}you\s{1,3}ever|"
    r"want\s{1,3}to|guess\s{1,3}what)\b[^?]{0,200}\?"
    r"|can\s{1,3}you\s{1,3}(?:find|think\s{1,3}of)\b[^?]{0,200}\?[^?]{0,80}\b(?:smaller|larger|greater|smallest|largest|greatest)"
    r"\b[^?]{0,80}\?\s{0,4}\z)"
)
"""A first question that calls for the reader and asks nothing, or nothing else than the second: `the smaller one`."""
_PART = rf"[).]\s{{0,4}}(?i:{_ASKING})\b"
_PARTS = rf"(?s)(?:^|[\s(*])(?:a{_PART}.*[\s(*]b{_PART}|i{_PART}.*[\s(*]ii{_PART}|1{_PART}.*[\s(*]2{_PART})"

_PICTURE = r"(?:figure|diagram|picture|image|drawing|illustration|sketch)s?"
_DATA = r"(?:graph|chart|table|plot|map|grid|spinner|number[ \t]line|histogram)s?"
_WHERE = (
    r"(?:below|above|at\s{1,3}(?:the\s{1,3})?(?:right|left)|(?:to|on)\s{1,3}the\s{1,3}(?:right|left)\b(?:[.,?;)]|\z))"
)
_SHOWN = r"(?:shown|pictured|depicted|illustrated|drawn|given|provided)"
_IS_SHOWN = r"\bas\s{1,3}(?:is\s{1,3})?(?:shown|pictured|depicted|illustrated)\b"
_OTHER = r"(?:accompanying|adjacent|attached|following|above)"


def _shown(what: str) -> str:
    return (
        rf"(?i)\b{what}\s{{1,3}}(?:(?:is|are)\s{{1,3}})?(?:{_SHOWN}\s{{1,3}})?{_WHERE}"
        rf"|\b{_SHOWN}\s{{1,3}}(?:in|on|by)\s{{1,3}}the\s{{1,3}}(?:{_OTHER}\s{{1,3}})?{what}\b"
        rf"|\b(?:in|from|see|consider|to|on|of|using|use)\s{{1,3}}the\s{{1,3}}{_OTHER}\s{{1,3}}{what}\b"
    )


_FIGURE = (
    rf"{_shown(_PICTURE)}|{_IS_SHOWN}"
    rf"|(?:^|[.!?]\s{{1,4}})\(?(?:in|from|see|refer\s{{1,3}}to)\s{{1,3}}the\s{{1,3}}(?:figure|diagram)\b"
)
_TABLE = _shown(_DATA)
_SCALE = r"\d\s{0,3}(?:cm|mm|inch(?:es)?|centimet(?:er|re)s?)\b"
_MAPPED = rf"(?is)\bmap\b.*{_SCALE}|{_SCALE}.*\bmap\b|\bgrid\b.*\(\s?-?\d+\s?,"
"""A map or grid that need not be seen: it has a scale, or coordinates."""
_DRAWING = r"\[asy\]|\\begin\{|\\draw\b|<svg|(?m)^[^\n|]{0,200}\|[^\n|]{1,200}\|"
_ROWS = r"\n|:|&"

_ELSEWHERE = (
    r"(?i)\b(?:previous|preceding|foregoing)\s{1,3}(?:problem|question|exercise|example|part|passage|text|paragraph|section)s?\b"
    r"|\b(?:the|this|that)\s{1,3}above\s{1,3}(?:problem|question|exercise|example|passage|text|paragraph|story|scenario)\b"
    r"|\b(?:problem|question|exercise|example|passage|text|paragraph|story|excerpt)s?\s{1,3}above\b"
    r"|\b(?:in|from|of|see|by|using|use|repeat|apply)\s{1,3}(?:exercise|problem|question|example|theorem|lemma|"
    r"corollary|proposition|definition)s?\s{1,3}\(?\d"
    r"|\b(?:equation|section|chapter|figure|fig\.|table|theorem|example|exercise|appendix)\s{1,3}\(?\d{1,3}\.\d"
)
_COUNTED = (
    r"(?i)\b(?:problem|question|exercise|example)s?\s{1,3}\d{1,4}\s{1,3}(?:(?:to|through|until)\s{1,3}"
    r"(?:(?:problem|question|exercise|example)s?\s{1,3})?\d"
    r"|(?:of|on|in)\s{1,3}(?:an?|the|his|her|their|this)\s{1,3}(?:\w{1,20}\s{1,3})?(?:quiz|test|exam|contest|homework|worksheet)\b)"
)
"""Problems that a story counts: from problem 1 to problem 20, in question 5 of a quiz."""
_NAMED_PART = r"(?i)\bparts?\s{1,3}\(?[a-e]\)"
_ANY_PART = r"(?i)(?:^|[\s(*])[a-e]\)"
NOTHING: Final = r"\z\A."
"""What no text has."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Faults:
    """Regular expressions of one language, for the rules here.

    Attributes:
        answer_sentence: A sentence at the end that says the answer.
        answer_form: A sentence at the end that looks like one, and says how the answer looks.
        answer_part: A part that is the answer or a solution.
        two_questions: Two questions with a question mark each.
        lead_in: What looks like the first of them, and asks nothing.
        parts: Parts (a) and (b).
        figure: A figure that should be somewhere.
        table: A table or graph that should be somewhere.
        mapped: What looks like one, and need not be seen.
        elsewhere: A text that is elsewhere.
        counted: What looks like a text that is elsewhere, and is counted in a story.
        named_part: A part that the text should have: "part (a)".
    """

    answer_sentence: str
    answer_part: str
    two_questions: str
    parts: str
    figure: str
    table: str
    elsewhere: str
    named_part: str
    answer_form: str = NOTHING
    lead_in: str = NOTHING
    mapped: str = NOTHING
    counted: str = NOTHING


ENGLISH: Final = Faults(
    answer_sentence=_ANSWER_SENTENCE,
    answer_part=_ANSWER_PART,
    two_questions=_TWO_QUESTIONS,
    parts=_PARTS,
    figure=_FIGURE,
    table=_TABLE,
    elsewhere=_ELSEWHERE,
    named_part=_NAMED_PART,
    answer_form=_ANSWER_FORM,
    lead_in=_LEAD_IN,
    mapped=_MAPPED,
    counted=_COUNTED,
)


def rules(words: Faults = ENGLISH) -> dict[str, pl.Expr]:
    """Return drop reasons in the order in which they are asked, each with what is true of a `query` where it holds."""
    return {
        LEAKED_ANSWER: _leaks(words),
        ASKS_SEVERAL: _asks_several(words),
        UNDEFINED_FIGURE: _lacks_figure(words),
        MISSING_TEXT: _lacks_text(words),
    }


MEANINGS: Final[Mapping[str, str]] = {
    LEAKED_ANSWER: "it says its answer",
    ASKS_SEVERAL: "it asks for several things",
    UNDEFINED_FIGURE: "it speaks of a figure that is not there",
    MISSING_TEXT: "it needs a text that is elsewhere",
}
"""Every one of these reasons and what it says of a question."""


def _leaks(words: Faults) -> pl.Expr:
    query = pl.col("query").str
    says = query.replace(words.answer_form, "").str.contains(words.answer_sentence)
    return says | query.contains(_BOXED) | query.contains(words.answer_part)


def _asks_several(words: Faults) -> pl.Expr:
    query = pl.col("query").str.replace(words.lead_in, "").str
    return query.contains(words.two_questions) | query.contains(words.parts)


def _lacks_figure(words: Faults) -> pl.Expr:
    query = pl.col("query").str
    lacks_data = query.contains(words.table) & query.contains(_ROWS).not_() & query.contains(words.mapped).not_()
    return (query.contains(words.figure) | lacks_data) & query.contains(_DRAWING).not_()


def _lacks_text(words: Faults) -> pl.Expr:
    query = pl.col("query").str
    refers = query.contains(words.named_part)
    has_no_part = query.count_matches(_ANY_PART) <= query.count_matches(words.named_part)
    return query.replace_all(words.counted, "").str.contains(words.elsewhere) | (refers & has_no_part)
