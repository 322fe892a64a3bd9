r"""How LaTeX and Unicode write the signs of mathematics: one name for each, here and in the normal form of texts."""

# ruff: noqa: RUF001  (the look-alike signs are what this module is about)
from typing import Final

SIGNS: Final = {
    "*": r"× ⋅ · \times \cdot \ast",
    "/": r"÷ ⁄ ∕ \div",
    "-": "− – ‒",
    "^": "**",
    "<=": r"≤ ⩽ \le \leq \leqslant",
    ">=": r"≥ ⩾ \ge \geq \geqslant",
    "!=": r"≠ \ne \neq",
    "<": r"\lt",
    ">": r"\gt",
    "'": r"′ ’ \prime",
    "|": r"∣ \mid \vert \lvert \rvert",
    r"\frac": r"\tfrac \dfrac \cfrac",
    r"\sqrt": "√",
    r"\sum": "∑",
    r"\prod": "∏",
    r"\int": "∫",
    r"\pm": "±",
    r"\mp": "∓",
    r"\approx": "≈",
    r"\equiv": "≡",
    r"\infty": "∞",
    r"\cup": "∪",
    r"\cap": "∩",
    r"\setminus": "∖",
    r"\in": "∈",
    r"\subset": "⊂",
    r"\subseteq": "⊆",
    r"\emptyset": r"∅ \varnothing",
    r"\partial": "∂",
    r"\nabla": "∇ ∆",
    r"\angle": "∠",
    r"\parallel": "∥",
    r"\perp": "⊥",
    r"\circ": "∘",
    r"\to": r"→ \rightarrow \longrightarrow",
    r"\implies": r"⇒",
    r"\lfloor": "⌊",
    r"\rfloor": "⌋",
    r"\lceil": "⌈",
    r"\rceil": "⌉",
    r"\langle": "⟨",
    r"\rangle": "⟩",
    "percent": "%",
    "degree": "°",
    "euro": "€",
    "sterling": "£",
    "": r"… \ldots \cdots \dots \vdots \ddots",
}
"""How each sign is written otherwise, in lower case; the last ones say nothing."""
NAMES: Final = {way: sign for sign, ways in SIGNS.items() for way in ways.split()}
"""The sign that each other way of writing it stands for."""
_VECTOR: Final = r"\\(?:vec|mathbf|boldsymbol|overrightarrow)\s?(?:\{\s?[a-zA-Z]{1,2}\s?\}|[a-zA-Z])"
CROSS: Final = rf"({_VECTOR}\s{{0,3}})(?:\\times\b|×)"
"""Where a cross is no sign of multiplication: the product of two vectors."""
COMMANDS: Final = sorted(way[1:] for way in {*SIGNS, *NAMES} if way.startswith("\\"))
"""LaTeX commands that are such a sign, without the backslash."""
