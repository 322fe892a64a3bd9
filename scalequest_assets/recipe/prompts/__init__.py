"""What is asked of the models: one module per step, its prompt and the parser of its answer together.

Each step has two styles with the same final marker, so that one parser serves both: `full` for capable models (the
paper's content in our words) and `compact` for a small model that was trained on exactly this format. A prompt is the
user's message; no step needs a system message. The question inside it is data: it is inserted last or fenced by the
text around it, never formatted, and parsers read only what the model wrote, from its end.
"""

import re
from typing import Literal

Style = Literal["full", "compact"]
STYLES: tuple[Style, ...] = ("full", "compact")

SYSTEM: None = None
"""The system message of every step: none (models' own chat templates may add their default)."""

_COMMENTARY = re.compile(
    r"^[ \t]{0,8}[#*_>`]{0,8}[ \t]{0,4}"
    r"(?:(?:(?:final|worked|detailed|step-by-step)[ \t])?(?:solution|answer|explanation|reasoning|justification|review"
    r"|changes(?:[ \t]made)?|verification)[*_#]{0,4}[ \t]{0,4}(?::|$)"
    r"|#{1,6}[ \t]{1,3}\S|#[^#\n]{3,60}#|(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$"
    r"|this[ \t](?:re-?written|revised|new|final|updated|modified)[ \t](?:problem|question|version)\b"
    r"|(?:i|we)[ \t](?:have[ \t])?(?:changed|added|rewrote|revised|modified)\b"
    r"|(?<=\n\n)[*_]{0,3}(?:note|remark)s?[*_]{0,3}[ \t]?:)",
    re.IGNORECASE | re.MULTILINE,
)
_FENCE = re.compile(r"\A(?:```|~~~)[^\n`~]{0,20}\n")
_FENCE_END = re.compile(r"^[ \t]{0,8}(?:```|~~~)[ \t]*$", re.MULTILINE)
_LEFTOVER = re.compile(r"\A(?:[*_]{1,4}(?=\s)\s*|#{1,6}[ \t]+)")
_QUOTES = {'"': '"', "“": "”", "'": "'", "\u2018": "\u2019", "«": "»", "`": "`"}


def marker_pattern(words: str) -> re.Pattern[str]:
    """Return a pattern that finds a final marker, however it is dressed (Markdown, hashes, case, spacing).

    Args:
        words: The marker's words. They count where a colon follows, where hashes close them, or alone on a line.
    """
    spaced = r"[ \t_-]{1,3}".join(re.escape(word) for word in words.split())
    closed = r"(?:[*_`\" \t]{0,6}[:\uff1a]|[ \t]{0,2}#{1,4}[*_` \t]{0,6}[:\uff1a]?|[*_`\" \t]{0,6}$)"
    return re.compile(rf"[#*_`\">]{{0,8}}[ \t]{{0,2}}\b{spaced}{closed}", re.IGNORECASE | re.MULTILINE)


def last_section(text: str | None, marker: re.Pattern[str]) -> str | None:
    """Return the question that stands behind the last marker with text behind it; None where there is none.

    Markdown dress (bold, quotes, block quotes, code fences) comes off, and a clearly marked section that follows the
    question (`Solution:`, `Note:`, a heading, a rule) is cut.
    """
    if not text:
        return None
    end = len(text)
    for match in reversed(list(marker.finditer(text))):
        section = undress(text[match.end() : end])
        if section:
            return section
        end = match.start()
    return None


def undress(section: str) -> str:
    """Return a section without Markdown around it and without the commentary behind it."""
    section = _LEFTOVER.sub("", section.lstrip()).lstrip()
    fence = _FENCE.match(section)
    if fence:
        section = _FENCE_END.split(section[fence.end() :], maxsplit=1)[0]
    section = re.sub(r"^[ \t]{0,3}>[ \t]?", "", section, flags=re.MULTILINE).strip()
    commentary = _COMMENTARY.search(section)
    if commentary:
        section = section[: commentary.start()].strip()
    return _unwrap(section)


def _unwrap(section: str) -> str:
    for _ in range(4):
        before = section
        for mark in ("```", "~~~", "***", "**", "__"):
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
