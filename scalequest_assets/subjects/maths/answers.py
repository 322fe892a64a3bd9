"""Final answers in solutions. Nothing here can be slow or explode on hostile text: every pattern is bounded."""

import re

import polars as pl

_MAX_BOXES, _MAX_BOX_CHARS = 50, 2000
_BOX = re.compile(r"\\(?:boxed|fbox)(?![a-zA-Z])\s{0,3}")
_HASHES = re.compile(r"(?<!#)####[ \t]{0,4}([^\n#]{1,300})\Z")
_PHRASE = re.compile(r"(?:the|final)[ \t]{1,4}answer[ \t]{1,4}is\b[ \t]{0,4}:?\s{0,8}", re.IGNORECASE)
_BARE = re.compile(r"[-+]?[\w.,/]{1,40}")
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)")


def extract(text: str | None) -> str | None:
    r"""Return the final answer of a solution, or None.

    The last complete, non-empty `\boxed{…}`, else `#### …` on the last line (GSM8K), else what follows the last "the
    answer is" or "final answer is", up to the end of its sentence. At most 2,000 characters.

    Source: the authors keep a response where "boxed", "he answer is" or "final answer is" occurs.
    """
    if not text:
        return None
    boxed = _last_boxed(text)
    if boxed is not None:
        return boxed
    hashes = _HASHES.search(text.rstrip().rsplit("\n", 1)[-1][-_MAX_BOX_CHARS:])
    if hashes:
        return hashes[1].strip()
    phrase = None
    for phrase in _PHRASE.finditer(text):  # noqa: B007  (only the last one counts)
        pass
    if phrase is None:
        return None
    line = text[phrase.end() : phrase.end() + _MAX_BOX_CHARS].split("\n", 1)[0]
    answer = _SENTENCE_END.split(line, maxsplit=1)[0]
    return answer.strip(' \t\n*_`"') or None


def _last_boxed(text: str) -> str | None:
    if "\\boxed" not in text and "\\fbox" not in text:
        return None
    for match in list(_BOX.finditer(text))[: -_MAX_BOXES - 1 : -1]:
        content = _braced(text, match.end())
        if content is not None and content.strip():
            return content.strip()
    return None


def _braced(text: str, start: int) -> str | None:
    """Return what the braces at `start` hold (a bare token where there are none); None where they do not close."""
    if text[start : start + 1] != "{":
        bare = _BARE.match(text, start)
        return bare[0].rstrip(".,") if bare else None
    depth, position, end = 0, start, min(len(text), start + _MAX_BOX_CHARS)
    while position < end:
        char = text[position]
        if char == "\\":
            position += 2
            continue
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return text[start + 1 : position]
        position += 1
    return None


def extract_all(texts: pl.Series) -> pl.Series:
    """Return `extract` of each text as a String series of the same name."""
    return pl.Series(texts.name, [extract(text) for text in texts.to_list()], dtype=pl.String)
