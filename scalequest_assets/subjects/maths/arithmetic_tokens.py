r"""The tokens of sums as people and models write them: calculator marks, LaTeX, Markdown, signs and their words."""

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

_RATES: Final = (re.compile(r"per(?<=\sper)\s"), re.compile(r"/\s*[A-Za-z]{2}"))
_CLEAN: Final[Sequence[tuple[tuple[str | re.Pattern[str], ...], re.Pattern[str], str]]] = [
    (signs, re.compile(pattern, re.MULTILINE), to)
    for signs, pattern, to in (
        (("<<",), r"<<[^<>\n]*>>", ""),  # GSM8K's calculator
        ((), r"^\s*(?:[-*•]|\d+[.)])\s+", ""),  # an item of a list
        (("\\end",), r"\\end\s*\{[^{}]*(?:matrix|array|cases)\}", "|"),
        (("\\begin", "\\end"), r"\\(?:begin|end)\s*\{[^{}]*\}", " "),
        (("\\text", "\\math"), r"\\(?:text|mathrm|textbf|mathbf)\s*\{([^{}]*)\}", r" \1 "),
        (("{,}", ",\\!"), r"\{,\}|,\\!", ","),
        (("\\boxed",), r"\\boxed\s*\{((?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+)\}", r" \1 "),
        (("\\", "&", "~"), r"\\boxed|\\left|\\right|\\displaystyle|\\[,;:! ]|\\q?quad|&|~", " "),
        (("\\circ", "°"), r"\^\s*\{?\s*\\circ\s*\}?|°", " "),
        (("\\\\",), r"\\\\", "\n"),
        (("\\",), r"\\[()\[\]]", " "),
        (("\\%", "percent"), r"\\%|\bpercent\b", "%"),
        (("**",), r"(?<=[\d)])\*\*(?=[\d(])", "^"),
        (("**", "__", "`"), r"\*\*|__|`", " "),
        (("$",), r"\\?\$", " "),
        (("²", "³"), r"(?<=[A-Za-z])[²³]", ""),
        (("²",), r"²", "^2"),
        (("³",), r"³", "^3"),
        (("\u2212", "\u2013"), r"[\u2212\u2013](?=\s*[\d(.])", "-"),
        (
            _RATES,
            r"(?<=\d)\s+per\s+[A-Za-z]+|(?<=\d)\s*/\s*[A-Za-z]{2,}",
            " ",
        ),
        (
            ("\u00d7", "\u00b7", "\\times", "\\cdot", "times", "multiplied by"),
            r"(?<=[\d)])\s*(?:[\u00d7\u00b7]|\\times\b|\\cdot\b|times|multiplied by)\s*(?=[\d(.\\-])",
            " * ",
        ),
        ((re.compile(r"[xX]\s*\d"),), r"(?<=[\d)])(?:[xX]|\s+[xX]\s+)(?=\d)", " * "),
        (("÷", "\\div", "divided by"), r"(?<=[\d)])\s*(?:÷|\\div\b|divided by)\s*(?=[\d(.\\-])", " / "),
        ((" plus ",), r"(?<=[\d)]) plus (?=[\d(.])", " + "),
        ((" minus ",), r"(?<=[\d)]) minus (?=[\d(.])", " - "),
        (("%",), r"%\s+of\s+(?=[\d(.])", "% * "),
        (("/",), r"(\d+\s*/\s*\d+)\s+of\s+(?=[\d(.])", r"(\1) * "),
    )
]
"""What is put for what. A text without one of the signs in front has nothing of it; without signs, any text may."""
_EQUALS: Final = re.compile(r"=|≈|\\approx|\\simeq|\\doteq")
_TOKEN: Final = re.compile(
    r"[^\S\n]*+(?:(?P<word>[A-Za-z]\w*(?:['\u2019-]\w+)*)"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"|(?P<equals>==?|\\approx\b|≈|\\simeq\b|\\doteq\b)"
    r"|(?P<sign>[-+*/^!%]|\\[dt]?frac\b|\\sqrt\b|\\binom\b|[(){}])"
    r"|(?P<other>(?<=\d),(?=\d)|(?<=\d)\.(?=\\))"  # digits in groups of other sizes, a number that goes on
    r"|(?P<end>\.{3}|[,;.?:<>\n]|\\l?dots\b|\\leq?\b|\\geq?\b)"
    r"|(?P<rest>\\[A-Za-z]+|.))"
)


class Token(NamedTuple):
    """A token: its kind, a group of `_TOKEN`, its text, and where in the cleaned text it begins and ends."""

    kind: str
    text: str
    start: int
    end: int


def cleaned(text: str) -> str:
    """Return a text with its dress off and one sign for each operation."""
    for signs, pattern, to in _CLEAN:
        if not signs or any(_is_in(text, sign) for sign in signs):
            text = pattern.sub(to, text)
    return text


def _is_in(text: str, sign: str | re.Pattern[str]) -> bool:
    return sign in text if isinstance(sign, str) else sign.search(text) is not None


def split(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the tokens of a cleaned text or a part of it, without spaces; a line's end is a token."""
    made = Token._make
    return [
        made((kind := str(found.lastgroup), found[kind], *found.span(kind)))
        for found in _TOKEN.finditer(text, start, len(text) if end is None else end)
    ]


def parts_with_equals(text: str, read: Collection[int] = ()) -> list[tuple[int, int]]:
    """Return where the parts of a cleaned text begin and end that can matter to an equality in it.

    A side ends with its line at the latest, but where a line begins with an equals sign, its left side is in the last
    line with text before. The line before a side's is there too, since its end may change what is read. Signs that were
    `read` already do not count.
    """
    found: list[tuple[int, int]] = []
    for sign in _EQUALS.finditer(text):
        if sign.start() in read:
            continue
        first = text.rfind("\n", 0, sign.start()) + 1
        while first and not text[first : sign.start()].strip():
            first = text.rfind("\n", 0, first - 1) + 1
        first = text.rfind("\n", 0, max(first - 1, 0)) + 1
        end = text.find("\n", sign.end())
        end = len(text) if end < 0 else end
        if found and first <= found[-1][1]:
            found[-1] = (min(first, found[-1][0]), end)
        else:
            found.append((first, end))
    return found
