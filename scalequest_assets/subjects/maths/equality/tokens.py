# ruff: noqa: RUF001, RUF002  (signs that look alike are what is replaced)
r"""An answer as tokens: its dress is off, and nothing that it says is lost.

Dress is how LaTeX and Unicode write the same thing: delimiters, spacing, `\left`, `\dfrac`, `×`, thousands separators,
bold. Nothing here is slow or explodes: every pattern is bounded, and an answer has 300 characters at most.
"""

import re
import unicodedata
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from scalequest_assets.subjects.maths.signs import CROSS, NAMES

MAX_ANSWER_CHARS: Final = 300
"""Longer answers are equal only if they are the same text."""

Kind = Literal["number", "command", "word", "text", "sign"]


class Token(NamedTuple):
    r"""A piece of an answer.

    Attributes:
        kind: `number` (exact value), `command` (`\frac`: its name), `word` (letters), `text` (of `\text{…}`), `sign`.
        text: As written; of commands without the backslash.
        value: Of a number.
        is_spaced: Whether a space is before it.
    """

    kind: Kind
    text: str
    value: Fraction | None = None
    is_spaced: bool = False


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


SHORT_WORDS: Final = words("am an as at do go he if in is it me my no of ok on or pm so to up us we")
"""Words of two letters, which are no product of two variables."""


class UnreadableError(Exception):
    """What is written is no mathematics that is known here, or not all of it."""


_OTHERWISE: Final = frozenset(("", "!=", "percent", "degree", "euro", "sterling", "\\to"))
"""Signs that answers have in another way: `5!=120` is no inequality, `5 \\to 3` no ratio."""
_WRITTEN: Final = {way: sign for way, sign in NAMES.items() if sign not in _OTHERWISE}
_FRACTIONS: Final = {
    **{"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5)},
    **{"⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)},
}
_GREEK: Final = {
    **{"π": "pi", "θ": "theta", "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "λ": "lambda", "μ": "mu"},
    **{"φ": "phi", "ω": "omega", "ρ": "rho", "σ": "sigma", "τ": "tau"},
}
_UNICODE: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2014\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2009\u200a\u202f\u2007\u2002\u2003\u3000", " "),
        **dict.fromkeys("\u200b\u2060\ufeff\u200c\u200d", ""),
        **{way: f"{sign} " if sign[0] == "\\" else sign for way, sign in _WRITTEN.items() if len(way) == 1},
        **{
            "\u2018": "'",
            "∙": "*",
            "∛": "\\sqrt[3]",
            "≠": "\\ne ",
            "°": "^\\circ ",
            "…": "\\ldots ",
            "ℝ": "\\mathbb{R}",
        },
        **{"¢": " cents", "€": "\\eur ", "£": "\\gbp ", "¥": "\\jpy ", "₹": "\\inr "},
        **{letter: f"\\{name} " for letter, name in _GREEK.items()},
        **{sign: f"\\frac{{{above}}}{{{below}}}" for sign, (above, below) in _FRACTIONS.items()},
        **{digit: f"^{{{value}}}" for value, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
        **{digit: f"_{{{value}}}" for value, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    }
)
_DRESS: Final = re.compile(
    r"\\(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|nolimits|mathstrut|strut)(?![a-zA-Z])(?:(?<=left)\.|(?<=right)\.)?"
)
_SPACE: Final = re.compile(
    r"(?<!\\)\\[,:;! >]|\\q?quad(?![a-zA-Z])|(?<!\\)~|\\(?:hspace|phantom|vspace)\*?\{[^{}]{0,20}\}|\s+"
)
_NAMES: Final = {
    **{way[1:]: sign.removeprefix("\\") for way, sign in _WRITTEN.items() if way[0] == "\\"},
    **dict.fromkeys(("dbinom", "tbinom"), "binom"),
    **{"sfrac": "frac", "le": "<=", "ge": ">=", "neq": "ne", "gt": ">", "land": "and", "colon": ":"},
    **{"lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "arcsinh": "arsinh"},
    **dict.fromkeys(("dots", "cdots", "dotsc"), "ldots"),
    **{"varphi": "phi", "vartheta": "theta", "epsilon": "varepsilon"},
    **{"degree": "circ", "degrees": "circ", "infin": "infty", "tg": "tan", "ctg": "cot", "arctg": "arctan"},
}
"""How commands are called here."""
_REPEATING: Final = re.compile(
    r"(?<![\d.,])(\d{0,12})\.(\d{0,12}) ?\\(?:overline|bar|dot|overbar) ?(?:\{ ?(\d{1,12}) ?\}|(\d))(?![\d.\\])"
)
_PERIOD: Final = re.compile(r"(?<![\d.,])(\d{0,12})\.()\((\d{1,12})()\)(?![\w.(])")
_ORDINAL: Final = re.compile(
    r"(?<=\d)(?:\s?\^)?\s?\{?(?:\\(?:text|mathrm|textsuperscript|rm)\b\s?\{?)?(?:st|nd|rd|th)(?![a-zA-Z])\}{0,2}"
)
_TIMES_TEN: Final = re.compile(r"(?<=\d)\s?[xX]\s?(?=10\s?\^)")
_GROUPED: Final = re.compile(r"(?<=\d)(?:\{,\}|\\,|\\!,|,\\!|\\thinspace ?)(?=\d{3}(?!\d))")
_DOLLARS: Final = re.compile(r"(?<!\\)\$")
_APART: Final = re.compile(r"(?<=\d)['_](?=\d{3}(?:['_]\d{3})+(?!\d))|(?<=\d['_]\d{3})['_](?=\d{3}(?!\d))")
_RECURRING: Final = re.compile(
    r"(?<![\d.,])(\d{1,12})\.(?:(\d??)(?:(\d)\3{2,11}|(\d\d)\4{1,5})|(\d{3,6})\5{1,5})"  # 2.718281828... is e
    r"(?:\.\.\.|\\l?dots(?![a-z]))\s*\Z"
)
_CHOOSE: Final = re.compile(r"\{([^{}]{1,40})\\choose(?![a-z])([^{}]{1,40})\}")
_ABBREVIATED: Final = re.compile(
    r"(?<![a-zA-Z])(ft|in|yd|mi|lbs?|oz|secs?|mins?|hrs?|yrs?|cm|mm|km|kg|gal|qt|pt|sq|cu)\.(?=\s|\Z)"
)
_MONEY: Final = re.compile(r"(?<![a-zA-Z\\])(?:(?P<inr>Rs|INR)|(?P<usd>USD)|(?P<eur>EUR)|(?P<gbp>GBP))\.?\s?(?=\d)")
_DELIMITERS: Final = re.compile(r"(?<!\\)(?:\$|\\[()\[\]])")
_PRICE: Final = re.compile(r"(?<!\\)\$(?=\s{0,2}[\d.])")
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    |\\(?:text(?:bf|rm|it|sf|tt|up|normal)?|mbox|mathrm|mathbf|mathit|mathsf|operatorname\*?|emph|bold|boldsymbol)
      [ ]?\{(?P<text>[^{}]*)\}
    |\\(?P<environment>(?:begin|end)\{[a-z]{1,12}\*?\})
    |\\(?P<command>[a-zA-Z]+)
    |\\(?P<escaped>[^a-zA-Z])
    |(?P<number>
       (?:\d{1,2}(?:,\d{2})+,\d{3}|\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ ]\d{3})+)(?![\d,]*\d)(?:\.\d+)?
       |\d+(?:\.\d*)?(?:[eE][-+]?\d{1,3}(?![\w.]))?
       |\.\d+
     )
    |(?P<word>[a-zA-Z]+)
    |(?P<sign><=|>=|!=|==|\*\*|.)""",
    re.VERBOSE | re.DOTALL,
)
_SIGNS: Final = {"**": "^", "==": "="}
_MAX_DIGITS: Final = 60


def tokens(answer: str) -> list[Token]:
    """Return what an answer is made of.

    Raises:
        UnreadableError: It is longer than 300 characters, or has a number of more than 60 digits.
    """
    if len(answer) > MAX_ANSWER_CHARS:
        raise UnreadableError(f"{len(answer)} characters")
    text = _bare(answer)
    found: list[Token] = []
    is_spaced, depth, at = False, 0, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match, "any character is a sign"
        at = match.end()
        if match["space"]:
            is_spaced = True
            continue
        if match["number"]:
            # In brackets a comma separates, unless only a thousand can be meant: (1,200) is a point, (2,000) is not.
            raw = match["number"]
            if depth and "," in raw and ",000" not in raw:
                raw = raw.split(",", 1)[0]
                at = match.start() + len(raw)
            found.append(Token("number", raw, _value(raw), is_spaced))
        elif match["text"] is not None:
            found += _of_text(match["text"], match[0], is_spaced)
        elif match["command"]:
            name = _NAMES.get(match["command"], match["command"])
            is_sign = not name.isalpha()
            found.append(
                Token("sign" if is_sign else "command", f"\\{name}" if name in "{}" else name, None, is_spaced)
            )
            depth += (name == "{") - (name == "}")
        elif match["environment"]:
            found.append(Token("command", match["environment"], None, is_spaced))
        elif match["escaped"]:
            escaped = match["escaped"]
            found.append(Token("sign", f"\\{escaped}" if escaped in "{}\\" else escaped, None, is_spaced))
            depth += (escaped == "{") - (escaped == "}")
        elif match["word"]:
            found.append(Token("word", match["word"], None, is_spaced))
        else:
            sign = _SIGNS.get(match["sign"], match["sign"])
            depth += (sign in "([") - (sign in ")]")
            found.append(Token("sign", sign, None, is_spaced))
        is_spaced = False
    return _with_degrees(found)


def plain(parts: list[Token]) -> str:
    """Return tokens as a text that differs where they do."""
    return " ".join(
        part.text.lower() if part.kind in ("word", "text") and len(part.text) > 1 else part.text for part in parts
    )


def _with_degrees(parts: list[Token]) -> list[Token]:
    r"""Return tokens in which each sign of degrees (`^\circ`, `^{\circ}`) is one token, `circ`."""
    found: list[Token] = []
    at = 0
    while at < len(parts):
        texts = [part.text for part in parts[at : at + 4]]
        length = 2 if texts[:2] == ["^", "circ"] else 4 if texts == ["^", "{", "circ", "}"] else 0
        found.append(Token("command", "circ") if length else parts[at])
        at += length or 1
    return found


def _bare(answer: str) -> str:
    answer = re.sub(CROSS, r"\1\\cross ", answer) if "\\" in answer else answer
    text = unicodedata.normalize("NFKC", answer.translate(_UNICODE)).translate(_UNICODE)
    text = _APART.sub(",", _GROUPED.sub(",", text))
    text = _SPACE.sub(" ", _DRESS.sub(" ", text))
    text = text.replace("\\$", " \\usd ")
    if _is_price(text):
        text = _PRICE.sub(" \\\\usd ", text)
    text = _DELIMITERS.sub(" ", text)
    text = _PERIOD.sub(_repeating, _REPEATING.sub(_repeating, _RECURRING.sub(_recurring, text)))
    text = _CHOOSE.sub(r"\\binom{\1}{\2}", text.replace("...", "\\ldots "))
    text = _MONEY.sub(lambda match: f"\\{match.lastgroup} ", _ABBREVIATED.sub(r"\1", text))
    text = _TIMES_TEN.sub(" * ", _ORDINAL.sub(r"\\text{th}", text))
    before = None
    while before != text:
        before = text
        text = text.strip(" \n`").removesuffix(".").removesuffix(",").removesuffix(";")
        for mark in ("**", "__", "*", "_", '"', "''", "'"):  # one alone at the end is a prime, feet or inches
            if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark):
                text = text[len(mark) : -len(mark)]
    return text


def _is_price(text: str) -> bool:
    """Return whether dollar signs stand before amounts, and do not enclose mathematics."""
    num_signs = len(_DOLLARS.findall(text))
    return bool(num_signs) and len(_PRICE.findall(text)) == num_signs and not text.rstrip(" .").endswith("$")


def _recurring(match: re.Match[str]) -> str:
    r"""Return `0.8333...` as `0.8\overline{3}`."""
    return f"{match[1]}.{match[2] or ''}\\overline{{{match[3] or match[4] or match[5]}}}"


def _repeating(match: re.Match[str]) -> str:
    whole, first, period = match[1] or "0", match[2], match[3] or match[4]
    value = Fraction(f"{whole}.{first or 0}")
    value += Fraction(int(period), (10 ** len(period) - 1) * 10 ** len(first))
    return f"{{\\frac{{{value.numerator}}}{{{value.denominator}}}}}"


def _value(raw: str) -> Fraction:
    digits = raw.replace(",", "").replace(" ", "")
    if len(digits) > _MAX_DIGITS:
        raise UnreadableError("a number of more than 60 digits")
    if "e" in digits.lower():
        mantissa, _, power = digits.lower().partition("e")
        if abs(int(power)) > _MAX_DIGITS:
            raise UnreadableError("a power of ten over 60")
        return Fraction(mantissa.rstrip(".")) * Fraction(10) ** int(power)
    return Fraction(digits.rstrip("."))


def _of_text(content: str, dressed: str, is_spaced: bool) -> list[Token]:
    r"""Return the tokens of `\text{…}`: letters and names in upright type are mathematics, words are text."""
    stripped = content.strip()
    if not stripped:
        return []
    if (
        len(stripped) == 1
        and stripped.isalpha()
        and not dressed.startswith(("\\text", "\\mbox"))
        and content == stripped
    ):
        return [Token("word", stripped, None, is_spaced)]
    if dressed.startswith("\\operatorname") and stripped.isalpha():
        return [Token("command", stripped, None, is_spaced)]
    inner = [part._replace(kind="text") if part.kind == "word" else part for part in tokens(stripped)]
    return [inner[0]._replace(is_spaced=is_spaced or content[0].isspace()), *inner[1:]] if inner else []
