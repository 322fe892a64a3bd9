r"""Final answers in solutions: finding them, however a model marks them.

Nothing here can be slow on hostile text: every pattern is bounded, and only the last marks of a text are read.

Source: the authors keep a response where "boxed", "he answer is" or "final answer is" occurs. Differs: more marks are
read; thinking, what follows the end of a turn, and the next question of a model that runs on are not.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from scalequest_assets.subjects.stated_answers import statements
from scalequest_assets.subjects.stated_answers.boxes import is_in_box, last_boxes
from scalequest_assets.subjects.stated_answers.phrases import ENGLISH, Phrases
from scalequest_assets.thinking import without_thinking

_MAX_MARKS = 50
_MAX_TURNS = 20
_MAX_REPLACING_WORDS = 3
_REMARK = re.compile(r"\b(?:correct|right|digits?|long|more|less|fewer|times)\b", re.IGNORECASE)
"""What says something of an answer that was marked: `The answer is 2 digits long.`"""

_TAG = re.compile(r"(?:<(?:final_?)?answer>|\[answer\])", re.IGNORECASE)
_TAG_END = re.compile(r"</|<(?:final_?)?answer>|\[/", re.IGNORECASE)
_JSON = re.compile(
    r"[\"'](?:final[_ ]?)?answers?[\"']\s{0,8}:\s{0,8}"
    r"(?:\"((?:[^\"\\]|\\.){1,300})\"|\[([^\[\]{}]{1,300})\]|(-?[0-9.][0-9.eE+-]{0,40}))",
    re.IGNORECASE,
)
_HASHES = re.compile(r"(?<!#)####[ \t]{0,4}([^\n#]{1,300})")
_NUMERIC = re.compile(
    r"[-+$\u20ac\u00a3]{0,3}[.\d][\d.,/]{0,40}[ \t]{0,2}(?:\\?%|[a-z]{1,20})?[.]?[ \t]{0,8}", re.IGNORECASE
)


class Mark(NamedTuple):
    """A place that claims to hold the answer.

    Attributes:
        start: Where it stands.
        answer: What it says.
        is_plain: Whether that is plainly an answer (a formula, a number, what a tag encloses); words may be talk.
    """

    start: int
    answer: str
    is_plain: bool


def extract(text: str | None, phrases: Phrases = ENGLISH) -> str | None:
    r"""Return the final answer of a solution, written in the language of some phrases, or None.

    Answers are marked by `\boxed{…}`, `#### …` (GSM8K), `<answer>`, a JSON key `answer`, a heading (`### Final Answer`)
    or a phrase ("the answer is"). The last mark with plainly an answer behind it wins, else the last with words behind
    it. Where there is another mark, a phrase counts only with few words behind it that begin as a number or formula
    does. Boxes that one closing sentence joins (`\boxed{3}` and `\boxed{5}`) are one answer: `3, 5`. Where a text goes
    on with another question, only its first part with an answer counts. At most 2,000 characters, never empty.
    """
    if not text:
        return None
    found: str | None = None
    for part in _turns(without_thinking(text), phrases)[:_MAX_TURNS]:
        answer, is_plain = _read(part, phrases)
        if is_plain:
            return answer
        found = found or answer
    return found


def extract_all(texts: pl.Series, phrases: Phrases = ENGLISH) -> pl.Series:
    """Return `extract` of each text as a String series of the same name."""
    return pl.Series(texts.name, [extract(text, phrases) for text in texts.to_list()], dtype=pl.String)


def _turns(text: str, phrases: Phrases) -> list[str]:
    """Return a text cut before each line that begins another question (`Question:`, `### Problem 2`).

    Models without instruction tuning run on: they answer, then ask and answer the next question. There is at least one
    part, and the parts joined are the text.
    """
    starts = [0, *(match.start() for match in phrases.next.finditer(text) if match.start()), len(text)]
    return [text[start:end] for start, end in pairwise(starts)]


def _read(part: str, phrases: Phrases) -> tuple[str | None, bool]:
    """Return the answer of a text that asks no further question, and whether it is plainly one."""
    marks = [mark for kind in (_boxed, _tagged, _json) for mark in kind(part)]
    marks += _hashes(part, phrases)
    is_marked = any(mark.is_plain for mark in marks)
    marks += (mark for mark in _phrased(part, phrases) if not is_marked or _may_replace(mark, part))
    if not marks:
        return None, False
    best = max(marks, key=lambda mark: (mark.is_plain, mark.start))
    return best.answer, best.is_plain


def _may_replace(mark: Mark, part: str) -> bool:
    """Whether what a phrase says may be the answer of a text that has marked one: `12 apples`, not `positive`."""
    is_short = statements.begins_formula(mark.answer) and statements.num_words(mark.answer) <= _MAX_REPLACING_WORDS
    return is_short and _REMARK.search(mark.answer) is None and not is_in_box(part, mark.start)


def _last(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return list(pattern.finditer(text))[: -_MAX_MARKS - 1 : -1]


def _boxed(text: str) -> Iterator[Mark]:
    found = last_boxes(text)
    if found:
        yield Mark(*found, is_plain=True)


def _hashes(text: str, phrases: Phrases) -> Iterator[Mark]:
    if "####" not in text:
        return
    end = len(text.rstrip())
    for match in _last(_HASHES, text):
        said = match[1].strip()
        if said and not phrases.phrase.match(f"{said}:") and (_NUMERIC.fullmatch(said) or match.end() >= end):
            yield Mark(match.start(), said, is_plain=True)
            return


def _tagged(text: str) -> Iterator[Mark]:
    for match in _last(_TAG, text) if "<" in text or "[" in text else ():
        inside = _TAG_END.split(text[match.end() : match.end() + statements.MAX_CHARS], maxsplit=1)[0]
        said = statements.short(inside)
        if said:
            yield Mark(match.start(), said, is_plain=not statements.is_prose(said))
            return


def _json(text: str) -> Iterator[Mark]:
    for match in _last(_JSON, text)[:1] if '"' in text or "'" in text else ():
        string, items, value = match.groups()
        if items:
            string = ", ".join(item.strip(" \t\n\"'") for item in items.split(","))
        elif string:
            string = string.replace('\\"', '"').replace("\\\\", "\\")
        said = (string or value or "").strip()
        boxed = last_boxes(said)
        if said:
            yield Mark(match.start(), boxed[1] if boxed else said, is_plain=True)


def _phrases(text: str, phrases: Phrases) -> list[re.Match[str]]:
    """Return `_last(phrases.phrase, text)`. A phrase is in one line: those without its words are not read."""
    found: list[re.Match[str]] = []
    done = 0
    for word in phrases.word.finditer(text):
        if word.start() >= done:
            start, end = text.rfind("\n", 0, word.start()) + 1, text.find("\n", word.start())
            done = len(text) if end < 0 else end
            found += phrases.phrase.finditer(text, start, done)
    return found[: -_MAX_MARKS - 1 : -1]


def _phrased(text: str, phrases: Phrases) -> Iterator[Mark]:
    last_formula = max((text.rfind(sign) for sign in "0123456789$\\"), default=-1)
    for match in _phrases(text, phrases):
        is_heading = match["heading"] is not None
        if not is_heading and phrases.condition.search(text[max(0, match.start() - 80) : match.start()]):
            continue
        said, end, bold = statements.read(text, match.end(), phrases)
        if said is None:
            continue
        is_last = last_formula < end
        resolved = statements.resolved(said, phrases, bold) if is_last else said
        is_plain = not statements.is_prose(resolved) and (
            statements.begins_formula(resolved) or (is_heading and is_last)
        )
        yield Mark(match.start(), resolved, is_plain)
        if is_plain:
            return
