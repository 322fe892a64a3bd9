r"""How questions of mathematics read: what asks without a question mark, what is formula and not prose."""

import polars as pl

from scalequest_assets.subjects.maths import ill_posed
from scalequest_assets.subjects.maths.languages.tongue import Tongue

_INSTRUCTIONS = (
    "add|answer|approximate|arrange|assume|build|calculate|change|check|choose|classify|combine|compare|complete|compute|"
    "consider|construct|convert|count|create|decide|define|derive|describe|determine|diagonali[sz]e|"
    "differentiate|discuss|distribute|divide|draw|eliminate|enter|"
    "estimate|evaluate|examine|expand|explain|express|factor|factori[sz]e|find|give|graph|how|identify|if|in terms of|"
    "integrate|interpret|justify|let|list|locate|maximi[sz]e|minimi[sz]e|model|multiply|name|obtain|order|perform|plot|"
    "predict|prove|rank|rationali[sz]e|reduce|rewrite|round|show|simplify|sketch|solve|sort|specify|state|subtract|suppose|test|"
    "to the nearest|transform|translate|true or false|use|using|verify|what|when|where|which|who|whose|why|write"
)
_BLANK = r"_{3,}|\\underline\s*\{\s*\\|(?:[\d)}$]|\\circ)\s*=\s*\$?\s*[.:]?\s*\z|(?:^|\s)\(\s{1,8}\)"
"""A place to be filled: `The sum is ____.`, `3 + 4 =`, `The value is ( ).`"""
_INSTRUCTION = rf"(?i)\b(?:{_INSTRUCTIONS})\b|{_BLANK}"
_FORMULA = r"\$[^$]*[\\^_{=][^$]*\$|\\\[(?s:.*?)\\\]|\\\((?s:.*?)\\\)|\\[A-Za-z]+"


class MathsWording:
    """How questions of mathematics read; in English, or in another tongue."""

    meanings = ill_posed.MEANINGS

    def __init__(self, tongue: Tongue | None = None) -> None:
        self.asks = tongue.asks if tongue else _INSTRUCTION
        self.rules = ill_posed.rules(tongue.faults, tongue.stories) if tongue else ill_posed.RULES

    def prose(self, text: pl.Expr) -> pl.Expr:
        """Return a text without its formulas and LaTeX commands."""
        return text.str.replace_all(_FORMULA, " ")
