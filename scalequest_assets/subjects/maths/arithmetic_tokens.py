r"""The tokens of sums as people and models write them: calculator marks, LaTeX, Markdown, signs and their words."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple

_Change = Callable[[str], str]


def _put(pattern: str, to: str, *, where: str = "") -> _Change:
    """Return a function that puts `to` for a pattern, which a text without `where` has not."""
    change, is_there = partial(re.compile(pattern, re.MULTILINE).sub, to), re.compile(where).search
    return (lambda text: change(text) if is_there(text) else text) if where else change


def put_behind_number(pattern: str, to: str, *, ends: str = "") -> _Change:
    r"""Return a function that puts `to` for `(?<=[\d…])\s*pattern`, in which `…` are `ends`.

    A search for that begins at each place of the text, this one at what the pattern begins with.
    """
    found = re.compile(pattern)

    def change(text: str) -> str:
        parts: list[str] = []
        done = 0
        for match in found.finditer(text):
            end = match.start()
            while end > done and text[end - 1].isspace():
                end -= 1
            if end > done and (text[end - 1].isdecimal() or text[end - 1] in ends):
                parts += text[done:end], to
                done = match.end()
        return "".join((*parts, text[done:])) if parts else text

    return change


def _without_dollars(text: str) -> str:
    return text.replace("\\$", " ").replace("$", " ")


_BY: Final = r"\s*(?=[\d(.\\-])"
_TIMES: Final = r"[\u00d7\u00b7\\tm](?:(?<=[\u00d7\u00b7])|(?<=\\)(?:times|cdot)\b|(?<=t)imes|(?<=m)ultiplied by)" + _BY
"""Words and signs by their first letters, since a search tries only places with one of these."""
_SAID_AGAIN: Final = (
    r"(?<=[\d)}%])(?:[\s$~&]|\*\*|\\[\[\](),;! ]|\\q?quad\b)++"
    r"(?=\\boxed\s*\{\s*\$?\s*-?\s*(?:[\d(.]|\\[dt]?frac\b))"
)
"""What stands between a number and an answer that says it again: `-2 \\boxed{-2}` is no sum."""
_X: Final = r"(?<=[\d)])(?:[xX]|\s+[xX]\s+)(?=\d)"
_CLEAN: Final[Sequence[tuple[tuple[str, ...], _Change]]] = [
    (("<<",), _put(r"<<[^<>\n]*>>", "")),  # GSM8K's calculator
    (("",), _put(r"^\s*(?:[-*•]|\d+[.)])\s+", "")),  # an item of a list
    (("\\end",), _put(r"\\end\s*\{[^{}]*(?:matrix|array|cases)\}", "|")),
    (("\\begin", "\\end"), _put(r"\\(?:begin|end)\s*\{[^{}]*\}", " ")),
    (("\\boxed",), _put(_SAID_AGAIN, " ; ")),
    (("\\text", "\\math"), _put(r"\\(?:text|mathrm|textbf|mathbf)\s*\{([^{}]*)\}", r" \1 ")),
    (("{,}", ",\\!"), _put(r"\{,\}|,\\!", ",")),
    (("\\boxed",), _put(r"\\boxed\s*\{((?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+)\}", r" \1 ")),
    (("\\", "&", "~"), _put(r"\\boxed|\\left|\\right|\\displaystyle|\\[,;:! ]|\\q?quad|&|~", " ")),
    (("\\circ", "°"), _put(r"\^\s*\{?\s*\\circ\s*\}?|°", " ")),
    (("\\\\",), _put(r"\\\\", "\n")),
    (("\\",), _put(r"\\[()\[\]]", " ")),
    (("\\%", "percent"), _put(r"\\%|\bpercent\b", "%")),
    (("**",), _put(r"(?<=[\d)])\*\*(?=[\d(])", "^")),
    (("**", "__", "`"), _put(r"\*\*|__|`", " ")),
    (("$",), _without_dollars),
    (("²", "³"), _put(r"(?<=[A-Za-z])[²³]", "")),
    (("²",), _put(r"²", "^2")),
    (("³",), _put(r"³", "^3")),
    (("\u2212", "\u2013"), _put(r"[\u2212\u2013](?=\s*[\d(.])", "-")),
    (("per", "/"), put_behind_number(r"per(?<=\sper)\s+[A-Za-z]+|/\s*[A-Za-z]{2,}", " ")),
    (
        ("\u00d7", "\u00b7", "\\times", "\\cdot", "times", "multiplied by"),
        put_behind_number(_TIMES, " * ", ends=")"),
    ),
    (("x",), _put(_X, " * ", where=r"x\s*\d")),
    (("X",), _put(_X, " * ", where=r"X\s*\d")),
    (("÷", "\\div", "divided by"), put_behind_number(rf"(?:÷|\\div\b|divided by){_BY}", " / ", ends=")")),
    ((" plus ",), _put(r"(?<=[\d)]) plus (?=[\d(.])", " + ")),
    ((" minus ",), _put(r"(?<=[\d)]) minus (?=[\d(.])", " - ")),
    (("%",), _put(r"%\s+of\s+(?=[\d(.])", "% * ")),
    (("/",), _put(r"(\d+\s*/\s*\d+)\s+of\s+(?=[\d(.])", r"(\1) * ", where=r"\d\s+of\s+[\d(.]")),
]
"""What is put for what. A text without one of the signs in front has nothing of it."""
_EQUALS: Final = re.compile(r"=|≈|\\approx|\\simeq|\\doteq")
_SENTENCE_END: Final = re.compile(r"\.(?<=[a-z]\.)(?=\s)")
_TWO_WORDS: Final = re.compile(r"(?<=\s)[A-Za-z]+ [A-Za-z]+\Z")
_MOST_CHARS: Final = 40
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
    for signs, change in _CLEAN:
        for sign in signs:
            if sign in text:
                text = change(text)
                break
    return text


def split(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the tokens of a cleaned text or a part of it, without spaces; a line's end is a token."""
    return [
        Token(kind := str(found.lastgroup), found[kind], found.start(kind), found.end())  # it ends with its text
        for found in _TOKEN.finditer(text, start, len(text) if end is None else end)
    ]


def signs_of_equality(text: str) -> list[int]:
    """Return where the signs of equality of a cleaned text begin, in order."""
    return [sign.start() for sign in _EQUALS.finditer(text)]


def parts_around(text: str, signs: Iterable[int]) -> list[tuple[int, int]]:
    """Return where the parts of a cleaned text begin and end that can matter to signs of equality in it.

    The signs are in order. A side ends with its sentence or line at the latest, but where a line begins with an equals
    sign, its left side is in the last line with text before. The line before a side's, or the last two words of the
    sentence before it, are there too, since they may change what is read.
    """
    found: list[tuple[int, int]] = []
    for sign in signs:
        if found and sign < found[-1][1]:
            continue
        first, end = _before(text, sign, found[-1][1] if found else 0), text.find("\n", sign)
        stop = _SENTENCE_END.search(text, sign, len(text) if end < 0 else end)
        end = stop.end() if stop else len(text) if end < 0 else end
        if found and first <= found[-1][1]:
            found[-1] = (min(first, found[-1][0]), end)
        else:
            found.append((first, end))
    return found


def _before(text: str, sign: int, last: int) -> int:
    """Return where the part around a sign begins; anywhere up to `last` is as good, where the last part ends."""
    first = text.rfind("\n", 0, sign) + 1
    while first and not text[first:sign].strip():
        first = text.rfind("\n", 0, first - 1) + 1
    first = text.rfind("\n", 0, max(first - 1, 0)) + 1
    end = text.rfind(". ", max(first, last), sign)
    while end >= 0:
        if words := _TWO_WORDS.search(text, max(first, end - _MOST_CHARS), end):
            return words.start()
        end = text.rfind(". ", max(first, last), end)
    return first
