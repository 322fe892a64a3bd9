"""Independent re-check of the further step of a harder question, from its text and the answer before it."""

from __future__ import annotations

import re
from fractions import Fraction

from scalequest_tests.subjects.maths.brute_force_grade_school import WORDS, find, get


def one_step_on(query: str, before: Fraction) -> Fraction:
    """The answer of a harder grade-school question."""
    q = query.replace("$", "").replace("twice as", "2 times as")
    for value, word in enumerate(WORDS, start=2):
        q = re.sub(rf"\b{word}\b", str(value), q, flags=re.I)
    added, asked = q.rsplit(". ", 2)[-2:]
    if "estimate" in added:
        assert asked.startswith("According to"), query
        if (times := find(added, "is # times as large")) is not None:
            return before * times
        error = get(added, "estimate is #")
        return before + error if re.search("too high|higher", added) else before - error
    if (less := find(added, "discount of #") or find(added, "(?:end|this), # ~ taken away")) is not None:
        return before - less
    return before + get(added, "fee of #", "another # ")


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
