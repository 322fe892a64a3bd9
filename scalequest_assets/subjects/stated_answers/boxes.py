r"""Boxed answers: `\boxed{…}` and its kin, one or several in a closing sentence."""

import re

MAX_BOX_CHARS = 2000
"""Longest content of a box."""

_MAX_BOXES = 50
_BOX = re.compile(r"(?:\\(?:boxed|fbox|framebox)|\x08oxed|(?<![a-zA-Z\\])boxed(?=\{))(?![a-zA-Z])\s{0,3}")
_BARE = re.compile(r"[-+]?[.\d][\d.,/]{0,40}|[a-zA-Z](?=\s{0,2}(?:\$|\\[)\]]|[.,;]?\s{0,8}\Z))")
_JOINT = re.compile(
    r"(?:\s|[$~&]|\\[()\[\],;: ]|\\q?quad\b|\\text\{)*"
    r"(?P<joint>,|;|&|\band\b|\bor\b|(?=\())(?:\s|[$~,}&]|\\[()\[\],;: ]|\\q?quad\b|\\text\{|\band\b|\bor\b)*"
    r"(?:\([a-z0-9]{1,2}\)\s?)?(?:[a-zA-Z](?:_\{?\w{1,3}\}?)?\s?=\s?)?[$\s]{0,3}"
)
NO_ANSWER = re.compile(
    r"(?:\\(?:text|mathrm|textbf)\{)?(?:(?:your|the|my|final|correct|numeric|numerical|result|insert)[ _]?){0,4}"
    r"(?:answer|result)?(?:[ _]?here)?\}?|(?:[.?_\s\u2026]|\\l?dots|\\cdots|\\square|\\ )+",
    re.IGNORECASE,
)
"""A placeholder where an answer should be, or nothing."""


def last_boxes(text: str) -> tuple[int, str] | None:
    r"""Return where the last boxed answer begins and what it holds; several that one sentence joins are one answer.

    A box that does not close, is empty, or holds a placeholder (`\boxed{answer}`) is none; nor is one that is only
    spoken of (`I used \boxed as you asked`).
    """
    if "box" not in text and "\x08ox" not in text:
        return None
    found: list[tuple[int, str]] = []
    after, first = len(text), 0 if "\x08ox" in text else max(0, text.find("box") - len("\\frame"))
    for match in list(_BOX.finditer(text, first))[: -_MAX_BOXES - 1 : -1]:
        content, end = _content(text, match.end())
        if content is None or NO_ANSWER.fullmatch(content):
            continue
        if found and (end > after or after - end > 60 or not _is_joint(text[end:after])):
            break
        found.append((match.start(), content))
        after = match.start()
    if not found:
        return None
    found.reverse()
    return found[-1][0], ", ".join(dict.fromkeys(content for _, content in found))


def is_in_box(text: str, place: int) -> bool:
    """Return whether a place of a text is inside of a box."""
    boxes = list(_BOX.finditer(text, max(0, place - MAX_BOX_CHARS), place))
    return bool(boxes) and _content(text, boxes[-1].end())[1] > place


def _is_joint(between: str) -> bool:
    return _JOINT.fullmatch(between) is not None


def _content(text: str, start: int) -> tuple[str | None, int]:
    """Return what the braces at `start` hold, and where they end; a number or a letter where there are none."""
    if text[start : start + 1] != "{":
        bare = _BARE.match(text, start)
        return (bare[0].rstrip(".,"), bare.end()) if bare else (None, start)
    depth, position, end = 0, start, min(len(text), start + MAX_BOX_CHARS)
    while position < end:
        char = text[position]
        if char == "\\":
            position += 2
            continue
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return _bare(text[start + 1 : position]) or None, position + 1
        position += 1
    return None, start


def _bare(content: str) -> str:
    """Return a box's content without spaces and dollars around it."""
    content = content.strip()
    if len(content) > 2 and content[0] == content[-1] == "$" and content.count("$") == 2:
        return content[1:-1].strip()
    return content
