"""Styles of prompts, and finding the question that a model puts behind a final marker, however it is dressed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from scalequest_assets.recipe.languages import EN, Language
from scalequest_assets.thinking import without_thinking

Style = Literal["full", "compact"]
STYLES: tuple[Style, ...] = ("full", "compact")

_COMMENTARY = re.compile(
    r"^[ \t]{0,8}[#*_>`]{0,8}[ \t]{0,4}"
    r"(?:(?:(?:final|worked|detailed|step-by-step)[ \t])?(?:solution|answer|explanation|reasoning|justification|review"
    r"|rationale|commentary|(?:key[ \t])?(?:changes|modifications|improvements)(?:[ \t]made)?|verification|difficulty"
    r"|topic)"
    r"[*_#]{0,4}[ \t]{0,4}(?::|$)"
    r"|#{1,6}[ \t]{1,3}\S|#[^#\n]{3,60}#|(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$"
    r"|(?<=\n\n)[*_(\[]{0,3}(?:note|remark|comment|p\.?s\.?)s?[*_]{0,3}[ \t]?:)",
    re.IGNORECASE | re.MULTILINE,
)
_REMARK = re.compile(
    r"^[ \t]{0,8}[*_>(]{0,8}"
    r"(?:this[ \t](?:re-?written|revised|new|final|updated|modified)[ \t](?:problem|question|version)\b"
    r"|(?:the|my)[ \t](?:(?:main|key|only)[ \t])?(?:changes?|modifications?|revisions?|rewritten|revised|modified)\b"
    r"|(?:here,?[ \t])?(?:i|we)(?:[ \t]have|'ve)?[ \t](?:also[ \t])?"
    r"(?:changed|added|rewrote|rewritten|revised|modified|replaced|removed|kept|clarified|made|simplified|fixed)\b)"
    r"|(?:^[ \t]{0,8}[*_>(]{0,8}|(?<=[.?!$*_)])[ \t]{1,4}[*_(]{0,4})"
    r"(?:(?:i|we)[ \t]hope[ \t](?:this|that|it|you)\b|hope[ \t]this[ \t]helps\b"
    r"|(?:please[ \t])?let[ \t]me[ \t]know(?:[ \t](?:if|whether|should)\b|[.! ]{0,3}$)"
    r"|(?:please[ \t])?feel[ \t]free[ \t]to[ \t](?:ask|reach|adjust|modify|change|let)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_SAME_LINE = re.compile(
    r"(?<=[.?!])\s{1,4}[*_]{0,2}[(\[]"
    r"(?:note:?[ \t]|changed?:|(?:i|we)(?:[ \t]have|'ve)?[ \t](?:also[ \t])?(?:changed|added|rewrote"
    r"|revised|modified|replaced|removed|kept|clarified|simplified|fixed)\b)[^()\[\]]{1,300}[)\]][*_]{0,2}\s*\Z",
    re.IGNORECASE,
)
_STEPS = re.compile(r"(?<=\?)[*_\"'\u201d)]{0,4}\s*\n\s*\n[#*_ \t]{0,8}step[ \t]1\b[\s\S]*\Z", re.IGNORECASE)
"""A solution behind the question."""
_ASIDE = re.compile(
    r"(?<=\?)[*_\"'\u201d)]{0,4}[ \t]*\n\s*\n(?P<aside>(?:[^?](?!\n[ \t]*\n))*[^?])(?=\s*(?:\n[ \t]*\n|\Z))"
)
_OF_TEXT = re.compile(
    r"\b(?:problem|question|version|solvable|solving|re-?written|rewrite|revis(?:ed|ion)|modif(?:y|ied|ication)|answer"
    r"|solution|clarity|unambiguous|changed|changes|was added|were added|happy|to solve)\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"(?:\A|[.!?;:,(]\s+|\band\s+|\n)[\s*_(\[]{0,4}(?:please\s+|you\s+(?:may|can|should)\s+|your\s+)?"
    r"(?:answers?\s+(?:in|to|with|should|must|as|using|the|each|both)|assume|consider|compute|determine|enter|express"
    r"|find|give|how|if|include|leave|let|note\b|provide|recall|remember|report|round|show|simplify|state|suppose|take|treat|use|what|where|write)\b",
    re.IGNORECASE,
)
_FENCE = re.compile(r"\A(?:```|~~~)[^\n`~]{0,20}\n")
_FENCE_END = re.compile(r"^[ \t]{0,8}(?:```|~~~)[ \t]*$", re.MULTILINE)
_BLOCK = re.compile(
    r"^[ \t]{0,8}(?P<fence>`{3,}|~{3,})[^\n`~]{0,20}\n[\s\S]*?^[ \t]{0,8}(?P=fence)[ \t]*$", re.MULTILINE
)
_VISIBLE = re.compile(r"\S")
_LEFTOVER = re.compile(r"\A(?:\}\s*|(?:[*_]{1,4}|`{1,2})(?=\s)\s*|#{1,6}[ \t]+)")
_ONLY_ITEM = re.compile(
    r"\A(?:\(?1[.)]|[-*•])[ \t]{1,4}(?=\S)(?![\s\S]*^[ \t]{0,8}(?:\(?2[.)]|[-*•])[ \t])", re.MULTILINE
)
_MAX_DRESS = 8
_LEAD = ' \t#*_`">-•.()0123456789'
_MAX_LEAD = 16
_QUOTES = {'"': '"', "“": "”", "'": "'", "\u2018": "\u2019", "«": "»", "`": "`"}


def marker_pattern(words: str) -> re.Pattern[str]:
    """Return a pattern that finds a final marker, however it is dressed (Markdown, hashes, case, spacing).

    Args:
        words: The marker's words. They count where a colon follows, where hashes close them, or alone on a line.
    """
    spaced = r"[ \t_-]{1,3}".join(re.escape(word) for word in words.split())
    dress = r"[#*_`\">]{0,8}[ \t]{0,2}"
    closed = r"(?:[*_`\" \t]{0,6}[:\uff1a]|[ \t]{0,2}#{1,4}[*_` \t]{0,6}[:\uff1a]?)"
    alone = rf"^[ \t]{{0,8}}{dress}{spaced}[*_`\" \t]{{0,6}}$"
    return re.compile(rf"{alone}|{dress}(?<![^\W_]){spaced}{closed}", re.IGNORECASE | re.MULTILINE)


def last_section(
    text: str | None, marker: re.Pattern[str], language: Language = EN, parts: re.Pattern[str] | None = None
) -> str | None:
    """Return the question, in a language, behind the last marker with text behind it; None where there is none.

    Markers that begin a line come first: others are often spoken of ("I put it behind FINAL QUESTION: as you asked").
    Markdown dress (bold, quotes, block quotes, code fences) comes off, and so does what follows the question: a marked
    section (`Solution:`, `Note:`, a heading, a rule), a remark ("I hope this helps"). Marked sections that `parts`
    finds are the question's own.
    """
    if not text:
        return None
    found, end = [], len(text)
    for match in reversed(list(marker.finditer(text))):
        found.append((_begins_line(text, match.start()), match.end(), end))
        end = match.start()
    found.sort(key=lambda place: not place[0])  # stable: the last one first among its like
    sections = (undress(text[start:end], language, parts) for _, start, end in found)
    return next((section for section in sections if section and not marker.search(section)), None)


@dataclass(frozen=True)
class Rewrite:
    """One way to ask for a rewritten question: its prompts, and the text they should bring.

    Attributes:
        marker: What stands before the rewritten question, as the prompt shows it.
        words: The marker's words (`marker_pattern`).
        full: Head of the prompt for capable models; the question follows it.
        compact: Head of the prompt for a small model that was trained on it.
        language: What all of them are in.
        parts: Finds marked sections that belong to a question of the subject ("## Examples"); None where none do.
    """

    marker: str
    words: str
    full: str
    compact: str
    language: Language = EN
    parts: re.Pattern[str] | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Pattern that finds the marker, however it is dressed."""
        return marker_pattern(self.words)

    def prompt(self, query: str, style: Style) -> str:
        """Return the user's message that asks for a rewrite of a question."""
        return (self.full if style == "full" else self.compact) + query

    def target(self, new_query: str) -> str:
        """Return the text that a rewriter is trained to write."""
        return f"{self.marker} {new_query}"

    def parse(self, text: str | None) -> str | None:
        """Return the rewritten question behind the last marker; None where there is none. Thinking is not read."""
        return last_section(text and without_thinking(text), self.pattern, self.language, self.parts)


class Marked:
    """Rewrites behind a marker: how they are asked for and found. A subject has a way for each direction."""

    ways: Mapping[str, Rewrite]

    def prompt(self, query: str, direction: str, style: Style) -> str:
        """Return the user's message that asks for a rewrite of a question in a direction."""
        return self.ways[direction].prompt(query, style)

    def parse(self, text: str | None, direction: str) -> str | None:
        """Return the rewritten question behind its last marker; None where there is none."""
        return self.ways[direction].parse(text)

    def has_marker(self, text: str, direction: str) -> bool:
        """Return whether a text has the marker behind which the question should stand."""
        return bool(self.ways[direction].pattern.search(text))


def undress(section: str, language: Language = EN, parts: re.Pattern[str] | None = None) -> str:
    """Return a section without Markdown around it and without the commentary behind it, which no block of code has.

    Undressing what comes out changes nothing; what wears more than eight layers is no question, and comes out empty.
    """
    for _ in range(_MAX_DRESS):
        before, section = section, _undress_once(section, language, parts)
        if section == before:
            return section
    return ""


def _begins_line(text: str, place: int) -> bool:
    first = max(0, place - _MAX_LEAD)
    lead = text[first:place].rpartition("\n")
    return (lead[1] == "\n" or first == 0) and not lead[2].strip(_LEAD)


def _undress_once(section: str, language: Language, parts: re.Pattern[str] | None) -> str:
    section = _ONLY_ITEM.sub("", _LEFTOVER.sub("", section.lstrip()).lstrip())
    fence = _FENCE.match(section)
    if fence:
        section = _FENCE_END.split(section[fence.end() :], maxsplit=1)[0]
    section = re.sub(r"^[ \t]{0,3}>[ \t]?", "", section, flags=re.MULTILINE).strip()
    own = [language.commentary] if language.commentary else []
    for commentary in (_COMMENTARY, _REMARK, _SAME_LINE, _STEPS, *own):
        if (begin := _begin(commentary, section, parts)) is not None:
            section = section[:begin].strip()
    return _unwrap(_without_asides(section))


def _begin(commentary: re.Pattern[str], section: str, parts: re.Pattern[str] | None) -> int | None:
    """Return where commentary begins in a section, outside its blocks of code; None where there is none."""
    prose = _prose(section)
    own = [part.span() for part in parts.finditer(prose)] if parts else []
    found = (match.start() for match in commentary.finditer(prose))
    return next((place for place in found if not any(first <= place < last for first, last in own)), None)


def _prose(section: str) -> str:
    """Return a section, what is visible in its blocks of code as one and the same letter: every place stays."""
    return _BLOCK.sub(lambda block: _VISIBLE.sub("x", block[0]), section)


def _without_asides(section: str) -> str:
    """Return a section without what is said about it: paragraphs behind the question that name it and set no task."""
    for match in _ASIDE.finditer(_prose(section)):
        aside = match["aside"]
        if _OF_TEXT.search(aside) and not _TASK.search(aside):
            return section[: match.start()].rstrip()
    return section


def _unwrap(section: str) -> str:
    for _ in range(4):
        before = section
        for mark in ("```", "~~~", "***", "**", "__", "*"):
            if section.endswith(mark) and section.count(mark) == 1:
                section = section[: -len(mark)].rstrip()
            elif section.startswith(mark) and section.endswith(mark) and section.count(mark) == 2:
                section = section[len(mark) : -len(mark)].strip()
        if len(section) > 1 and _QUOTES.get(section[0]) == section[-1]:
            inner = section[1:-1]
            section = inner.strip() if section[0] not in inner and section[-1] not in inner else section
        if section == before:
            break
    return section
