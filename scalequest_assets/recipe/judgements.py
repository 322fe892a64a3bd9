"""Reading a judge's text: the marked verdict at its end, Yes or No.

Source: PAPER section 1, solvability. Differs: the verdict is read from the end, behind the marker `Verdict:`; the
authors take any `yes` in the text for one (`lax_yes`).
"""

import re
from dataclasses import dataclass
from typing import Literal

from scalequest_assets.recipe.languages import EN, Language
from scalequest_assets.thinking import without_thinking

MARKER, INSTRUCTION = EN.marker, EN.instruction
"""What stands before a verdict in English, and how a prompt asks for it."""

_EITHER = re.compile(r"\byes\b[\W_]{0,8}(?:\bor\b[\W_]{0,8}|(?<=[/|]))(?:verdict[\W_]{0,6})?no\b", re.IGNORECASE)
_TICKS = r"\u2705\u2713-\u2718\u274c\ufe0f"
_DRESS = rf"[\s*_`\"'(\[{{$\\{_TICKS}]{{0,8}}"
_IS = r"(?::|\uff1a|=|[\u2013\u2014\u2192-]|\bis\b|\bwould[ \t]be\b)"
_MARKED = re.compile(
    rf"\b(?:verdict|conclusion|final[ \t]answer|(the[ \t]answer))[*_`\" \t]{{0,6}}{_IS}[*_` \t]{{0,4}}:?"
    rf"{_DRESS}(?:(?:text|boxed|mathrm|textbf)\{{){{0,2}}(yes|no)\b",
    re.IGNORECASE,
)
_SECOND = re.compile(
    r"[\s*_.,;]{0,6}(?:and|but|&)?[\s*_\"']{1,4}(?:also[ \t])?(yes|no)\b(?=[\s*_\"'.!]{0,6}(?:\n|\Z))", re.IGNORECASE
)
_BOXED = re.compile(rf"\\boxed\{{{_DRESS}(?:(?:text|mathrm|textbf)\{{)?[ \t]?(yes|no)\b", re.IGNORECASE)
_OPENS = re.compile(
    r"\A[\s*_`\"'#>(\[-]{0,8}(yes|no)\b[*_`\"')\]]{0,4}[ \t]?(?:[.,:;!\u2013\u2014-]|\Z)", re.IGNORECASE
)
_CLOSES = re.compile(
    r"(?:\A|[.:;,!?*_`\"'(\[][ \t]{0,2}|\bsay[ \t]|\bis[ \t](?=yes))(yes|no)[*_`\"')\].!\s}$]{0,8}\Z", re.IGNORECASE
)
_FORMAL = re.compile(
    rf"^[\s*_`\"'#>(\[-]{{0,8}}(?:(?:my|the|final)[ \t]){{0,2}}"
    rf"verdict[*_`\"' \t]{{0,6}}(?:{_IS}|$)[*_` \t]{{0,4}}:?"
    rf"{_DRESS}(?:(?:text|boxed|mathrm|textbf)\{{){{0,2}}(yes|no)\b(?=[*_`\"')\]}}$.! \t{_TICKS}]{{0,8}}$)"
    r"|<verdict>\s{0,8}(yes|no)\s{0,8}</verdict>|[\"']verdict[\"']\s{0,4}:\s{0,4}[\"']?(yes|no)\b",
    re.IGNORECASE | re.MULTILINE,
)
_NO_MORE = re.compile(r"[ \t](?!because|since|as|for|so|and|but|it|this|there|we|you|they|the|if)[a-z]")
_NEXT = re.compile(
    r"^[ \t#*_>]{0,8}(?:problem|question|text|can[ \t]this[ \t]be[ \t]solved)(?:[ \t]\d{1,4})?"
    r"[*_]{0,4}[ \t]?[:?\uff1a]",
    re.IGNORECASE | re.MULTILINE,
)
_TAIL_CHARS = 2000


@dataclass(frozen=True)
class Judgement:
    """What a judge decided.

    Attributes:
        verdict: `yes`, `no`, or None where it gave none that counts.
        reason: Why there is no verdict: `missing`, or `contradictory` where both were claimed; else None.
    """

    verdict: Literal["yes", "no"] | None
    reason: Literal["contradictory", "missing"] | None = None


def target(verdict: bool, reason: str) -> str:
    """Return the text that a judge is trained to write: its reason, then the marked verdict."""
    final = f"{MARKER} {'Yes' if verdict else 'No'}"
    return f"{reason.strip()} {final}" if reason.strip() else final


def parse(text: str | None, language: Language = EN) -> Judgement:
    """Return the verdict of a judgement in a language, read from its end.

    Lines that are a verdict (`Verdict: Yes`, `<verdict>Yes</verdict>`) come first: what is said before them is the
    judge's work, which may solve a yes-or-no problem. Then come marked verdicts in sentences (`my conclusion is …`),
    boxed ones, a Yes or No that closes or opens the last line, `the answer is …`, one that opens the text. The first of
    these that occurs decides; where it says both, the judgement is contradictory. Thinking is not read, nor the next
    problem of a model that runs on.
    """
    if not text or not text.strip():
        return Judgement(None, "missing")
    said = language.in_english(without_thinking(text)).replace(INSTRUCTION, " ")
    stripped = _EITHER.sub(" ", said).strip()
    formal = _FORMAL.search(stripped)
    if formal and (further := _NEXT.search(stripped, formal.end())):
        stripped = stripped[: further.start()].rstrip()
    last_line = stripped[-_TAIL_CHARS:].rsplit("\n", 1)[-1].strip()
    claims = {group.lower() for match in _FORMAL.finditer(stripped) for group in match.groups() if group}
    claims = claims or _marked(stripped, of_answer=False) or {claim.lower() for claim in _BOXED.findall(stripped)}
    if not claims:
        found = (_OPENS.search(last_line), _CLOSES.search(last_line))
        claims = {match[1].lower() for match in found if match} or _marked(stripped, of_answer=True)
    if not claims:
        opening = _OPENS.search(stripped[:80])
        claims = {opening[1].lower()} if opening else set()
    if len(claims) > 1:
        return Judgement(None, "contradictory")
    if not claims:
        return Judgement(None, "missing")
    return Judgement("yes" if "yes" in claims else "no")


def lax_yes(text: str | None, language: Language = EN) -> Judgement:
    """Return the verdict by the authors' rule: yes where `yes` occurs anywhere, else no.

    Source: the authors' solvability filter, `"yes" in text.lower()`.
    """
    return Judgement("yes" if text and "yes" in language.in_english(text).lower() else "no")


def _marked(text: str, *, of_answer: bool) -> set[str]:
    """Return what marked sentences claim: those about the answer, which may be the problem's, or all others."""
    claims: set[str] = set()
    for match in _MARKED.finditer(text):
        if (match[1] is not None) != of_answer:
            continue
        if match[2].lower() == "no" and _NO_MORE.match(text, match.end()):
            continue  # "the answer is no more than 10"
        claims.add(match[2].lower())
        second = _SECOND.match(text, match.end())
        if second:
            claims.add(second[1].lower())
    return claims
