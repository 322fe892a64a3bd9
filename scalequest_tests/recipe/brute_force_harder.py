"""Independent re-check of the further step of a harder question, from its text and the answer before it."""

from __future__ import annotations

import re
from fractions import Fraction

from scalequest_tests.recipe.brute_force_grade_school import WORDS, find, get


def one_step_on(query: str, before: Fraction) -> Fraction:
    """The answer of a harder grade-school question."""
    q = query.replace("$", "").replace("twice as", "2 times as")
    for value, word in enumerate(WORDS, start=2):
        q = re.sub(rf"\b{word}\b", str(value), q, flags=re.I)
    added, asked = q.rsplit(". ", 2)[-2:]
    number = get(added, "#")
    if "has to be paid" in added:
        return before * get(added, "paid # times")
    if "paid back" in asked or "refund" in asked or "gift amount" in asked:
        return before * get(added, "#%") / 100
    if "offer to cover" in added or "handed out" in added or "every centimeter" in added:
        divisor = (
            find(added, "to # ") if "handed out" in added else find(added, "for #") if "every" in added else number
        )
        return before / (divisor or number)
    if "put together" in added:
        return before / get(added, "with # each")
    if "apiece" in added:
        return before * get(added, "worth #")
    if "by mistake" in added.lower():
        return before * get(added, "is # times as large")
    if "too high" in added:
        return before + get(added, "# [a-z ]*too high")
    if "too low" in added:
        return before - get(added, "# [a-z ]*too low")
    if "breaks" in added.lower():
        return before + number
    if "remain" in asked:
        return before - get(added, ", # is then spent")
    if "damaged" in added:
        return before - get(added, ", # turn out")
    if "gone up" in added:
        return before - get(added, "up by #")
    raise AssertionError(query)


def one_formula_on(query: str, before: Fraction) -> Fraction:
    """The answer of a harder competition question whose answer before is rational."""
    asked = query.rsplit(". ", 1)[-1]
    formula = re.findall(r"\$([^$]+)\$", asked)[-1]
    if "lowest terms" in query:
        return Fraction(before.numerator + before.denominator)
    if "remainder" in asked or "modulo" in asked:
        return before % int(formula)
    if "digits" in asked:
        return Fraction(sum(int(digit) for digit in str(before * int(formula[:-1]))))
    value = re.sub(r"(\d)([NTSW])", r"\1*\2", formula).replace("^", "**")
    return Fraction(eval(value, dict.fromkeys("NTSW", before)))
