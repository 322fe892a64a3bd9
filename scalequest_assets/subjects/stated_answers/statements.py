r"""What a sentence or a section states as its answer: where it ends, and what in it is the answer.

Formulas (`$…$`, `\[…\]`, `\begin{…}`) are read as a whole: nothing in them ends a sentence.
"""

import re
from typing import NamedTuple

from scalequest_assets.subjects.stated_answers.boxes import NO_ANSWER
from scalequest_assets.subjects.stated_answers.phrases import ENGLISH, Phrases

MAX_CHARS = 2000
"""Longest answer."""

_MAX_WORDS = 6
_FORMULA = re.compile(
    r"\$\$.{1,600}?\$\$|\\\[.{1,600}?\\\]|\\\(.{1,600}?\\\)|\\begin\{(\w{1,20}\*?)\}.{1,600}?\\end\{\1\}"
    r"|\$(?![\s$])(?:[^$\\\n]|\\.){1,300}?(?<!\s)\$(?!\d)",
    re.DOTALL,
)
_DISPLAY = re.compile(
    r"(?:\$\$(.{1,1000}?)\$\$|\\\[(.{1,1000}?)\\\])[ \t]{0,4}[.,;]?[*_]{0,3}[ \t]{0,4}(?=\n|\Z)", re.DOTALL
)
_SKIPPED = re.compile(r"(?:\s|[*_`](?![ \t])|#{1,6}[ \t]|>[ \t]|```\w{0,10}\n){0,24}")
_ANNOUNCED = re.compile(r"(?:[a-z]{1,20}[ \t]?){1,4}:[*_]{0,3}[ \t]{0,4}\n\s{0,8}(?=\S)", re.IGNORECASE)
_ITEM = re.compile(r"[ \t]{0,8}(?:[-*\u2022]|(\d)[.)])[ \t]{1,4}(\S[^\n]{0,200})(?:\n|\Z)")
_END = re.compile(r"\n|</[a-z_]{1,16}>|[.!?;](?=[*_`\"'\u201d)\]]{0,4}(?:\s|\Z))")
_TITLE = re.compile(r"(?:^|[^a-zA-Z])(?:Mr|Mrs|Ms|Dr|St|Mt|Jr|Sr|Prof)\Z")
_INITIALS = re.compile(r"(?:^|[^a-zA-Z])(?:[a-zA-Z]\.){1,4}[a-zA-Z]\Z")
_FACTORIAL = re.compile(r"(?:^|[^a-zA-Z])[a-zA-Z]\Z|\([^()]*[-+*/][^()]*\)\Z")
_PART = re.compile(r"\([a-zA-Z0-9]{1,3}\)")
_OPERATORS = "=+-*/^<>)]}\u00d7\u00f7\u00b7\u2212\u2248\\"
_BOLD = re.compile(r"(?<![\w*])\*\*(?!\s)([^*\n]{1,300}?)(?<!\s)\*\*(?![\w*])")
_CLOSED_BOLD = re.compile(r"(?<=[^\s*])\*\*(?=[\s.,;:!?]|\Z)")
"""What closes bold type that began before the statement."""
_BESIDE_LEFT = re.compile(r"[^\W\d_]{1,40}[*_]{0,2}\s{1,4}\Z")
_BESIDE_RIGHT = re.compile(r"\s{1,4}[*_]{0,2}[^\W\d_]{1,40}")
_SMILEYS = re.compile("[\u2600-\u27bf\u2b50\ufe0f\U0001f000-\U0001faff\\s]+\\Z")
_WORD = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z][a-zA-Z']{1,40}")
_BEGINS = re.compile(
    r"[\s(\[{$\"']{0,6}(?:[-+]?[\d.\\$\u20ac\u00a3]|[-+\u2212\u221a\u221e\u2205\u03c0]"
    r"|(?:sqrt|pi|ln|log|sin|cos|tan|exp)\b"
    r"|[a-zA-Z](?![a-zA-Z'])(?!\s[a-zA-Z]{2})|[a-zA-Z]{1,3}[_(^\d])"
)
_TIMES = r"hours?|minutes?|days?|weeks?|feet|foot|pounds?"
_NUMBER = re.compile(
    rf"\d{{1,2}}:\d{{2}}(?:\s?[ap]\.?m\b\.?)?|\d{{1,4}} \d{{1,3}}/\d{{1,3}}"
    rf"|\d{{1,4}} (?:{_TIMES})(?:,? and)? \d{{1,3}} (?:minutes?|seconds?|hours?|days?|inch(?:es)?|ounces?)\b"
    r"|[-\u2212]?(?:\\?[$\u20ac\u00a3])?\d(?:[\d.,/]{0,40}\d)?(?:\\?%)?|\0+",
    re.IGNORECASE,
)
"""A number: a time of day, a mixed one and one of two units are one."""


class Statement(NamedTuple):
    """What a sentence or a section states.

    Attributes:
        said: Its words, without Markdown; None where it says nothing, or is a question.
        end: Where it ends in the text.
        bold: The only number or formula that it has in bold among other words.
    """

    said: str | None
    end: int
    bold: str | None = None


def read(text: str, start: int, phrases: Phrases = ENGLISH) -> Statement:
    """Return what is stated from `start` on.

    Nothing beyond the line or the sentence counts; empty lines, Markdown and adverbs before it are passed over. Display
    formulas on lines of their own lose their delimiters; items of a list are joined by commas.
    """
    skipped = _SKIPPED.match(text, start)
    begins = skipped.end() if skipped else start
    for passed in (phrases.adverb, _ANNOUNCED):  # thus; as follows:
        if match := passed.match(text, begins):
            begins = match.end()
    window = text[begins : begins + MAX_CHARS]
    if display := _DISPLAY.match(window):
        return Statement(_said((display[1] or display[2]).strip()), begins + display.end())
    if "\n" in text[start:begins]:
        items: list[str] = []
        position = 0
        while (item := _ITEM.match(window, position)) and item[1] in (None, str(len(items) + 1)):
            items.append(short(item[2]))
            position = item.end()
        if items:
            return Statement(_said(", ".join(item for item in items if item)), begins + position)
    masked = _masked(window)
    end, is_question = _sentence_end(masked)
    clause = phrases.clause.search(masked, 1, end)
    stop = clause.start() if clause else end
    if is_question:
        return Statement(None, begins + end)
    opens = begins - 2 if text.startswith("**", begins - 2) else begins  # bold type that was passed over
    bold = _only_bold(text[opens : begins + stop], phrases) if "**" in window[:stop] else None
    return Statement(_said(short(window[:stop])), begins + end, bold)


def short(said: str) -> str:
    """Return a statement without the Markdown, quotes and punctuation around it."""
    said = _SMILEYS.sub("", _BOLD.sub(r"\1", said))
    for _ in range(3):
        said = _CLOSED_BOLD.sub("", said.strip(' \t\n*_`"\u201c\u201d,:;'))
        if said.endswith((")", "]", "}")) and _num(said, ")]}") > _num(said, "([{"):  # (3, 4] is whole
            said = said[:-1]
        if said.endswith(".") and not said.endswith("..") and not _INITIALS.search(said[:-1]):
            said = said[:-1]
    return said.strip()


def _only_bold(sentence: str, phrases: Phrases) -> str | None:
    """Return the only number or formula in bold; None where words beside it say that it is none (`at least`, `or`)."""
    found = [bold for bold in _BOLD.finditer(sentence) if begins_formula(bold[1]) and not is_prose(bold[1])]
    if len({bold[1] for bold in found}) != 1:
        return None
    start, end = found[-1].span()
    before, after = _BESIDE_LEFT.search(sentence[:start]), _BESIDE_RIGHT.match(sentence, end)
    is_heading = found[-1][1].endswith(":") or sentence.startswith(":", end)
    is_bound = phrases.bounds.search(f"{before[0] if before else ''} {after[0] if after else ''}")
    return None if is_heading or is_bound else short(found[-1][1])


def _num(text: str, signs: str) -> int:
    return sum(text.count(sign) for sign in signs)


def begins_formula(said: str) -> bool:
    """Return whether a statement begins as a number or a formula does, and not with a word."""
    return _BEGINS.match(said) is not None


def num_words(said: str) -> int:
    """Return how many words a statement has outside its formulas."""
    return len(_WORD.findall(_masked(said)))


def is_prose(said: str) -> bool:
    """Return whether a statement has so many words that it is a sentence about the answer."""
    return num_words(said) >= _MAX_WORDS


def resolved(said: str, phrases: Phrases = ENGLISH, bold: str | None = None) -> str:
    """Return the number or formula that a closing sentence is about, or the sentence where that is not plain.

    That is the only one in bold, what follows the last "is" or `=`, or its only number.
    """
    if begins_formula(said) and not is_prose(said):
        return said
    if bold:
        return bold
    masked = _masked(said)
    equals = list(phrases.equals.finditer(masked))
    if equals:
        rest = said[equals[-1].end() :]
        if begins_formula(rest) and not is_prose(rest):
            return short(rest)
    numbers = list(_NUMBER.finditer(masked))
    if len(numbers) == 1 and len(_WORD.findall(masked)) > 1:
        start, end = numbers[0].span()
        if not phrases.bounds.search(f"{masked[:start]} {masked[end:]}"):
            return said[start:end]
    return said


def _said(said: str) -> str | None:
    """Return a statement, or None where it says nothing or holds a box, which is read elsewhere."""
    is_box = "\\boxed" in said or "\\fbox" in said
    says = re.search(r"[^\W_]|[^\x00-\x7f]|\\[a-zA-Z]", said)
    return None if is_box or not says or NO_ANSWER.fullmatch(said) else said


def _masked(text: str) -> str:
    return _FORMULA.sub(lambda match: "\0" * len(match[0]), text)


def _sentence_end(masked: str) -> tuple[int, bool]:
    """Return where the first sentence or line of a masked text ends, and whether it is a question."""
    for match in _END.finditer(masked):
        place, sign = match.start(), match[0]
        before, after = masked[max(0, place - 40) : place], masked[place + 1 : place + 40].lstrip(" \t")
        goes_on = after[:1].islower() or after[:1].isdigit()
        if sign == "." and (
            (goes_on and before[-1:].isalpha())
            or _TITLE.search(before)
            or (_INITIALS.search(before) and goes_on)
            or before.endswith(".")
        ):
            continue
        if sign == ";" and (_PART.match(after) or begins_formula(after)):
            continue
        if sign == "!" and (goes_on or (after and after[0] in _OPERATORS) or _FACTORIAL.search(before)):
            continue
        return place + (sign == "." and _INITIALS.search(before) is not None), sign == "?"
    return len(masked), False
