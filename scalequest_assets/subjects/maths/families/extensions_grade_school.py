"""One more step for a story in words: the story stays, word for word, one sentence follows, and the same is asked.

What was asked needs no other words that way, so that a very small model can learn to go on with a story: it copies,
and adds a sentence with one number. A step that needs the answer under a name of its own ("an amount equal to the
money that is left after the market ...") it does not learn (docs/decisions/0017).
"""

from __future__ import annotations

import re

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.quantity import Number

_ESTIMATED = re.compile(r"According to (\w+), (.+)")


def too_high(d: Draft, figure: Number) -> None:
    """Someone overestimates the answer."""
    _estimate(d, figure, d.given(d.rng.randint(2, max(2, min(20, int(figure.value)))), figure.unit, "the error"))


def too_low(d: Draft, figure: Number) -> None:
    """Someone underestimates the answer."""
    d.need(figure.value >= 4)
    error = d.given(d.rng.randint(2, min(20, int(figure.value) // 2)), figure.unit, "the error")
    _estimate(d, figure, error, is_low=True)


def too_large(d: Draft, figure: Number) -> None:
    """Someone is wrong by a factor."""
    who, whose, question = _person_who_estimates(d)
    times = d.times(2, 5, "the factor of the error")
    d.fact(f"{who}'s estimate is {times:m} as large as {whose or 'it should be'}")
    d.ask(d.step(f"the estimate of {who}", figure * times), f"According to {who}, {question}")


def add(d: Draft, stock: Number) -> None:
    """More comes in."""
    more = d.given(d.rng.randint(2, max(2, min(20, int(stock.value)))), stock.unit, "what is added in the end")
    _in_the_end(d, f"another {more} are added")
    d.ask(d.step(f"{stock.label} with these {more}", stock + more), d.question)


def take_away(d: Draft, stock: Number) -> None:
    """Some is taken away."""
    d.need(stock.value >= 4)
    some = d.given(d.rng.randint(2, min(20, int(stock.value) // 2)), stock.unit, "what is taken away in the end")
    _in_the_end(d, f"{some} are taken away")
    d.ask(d.step(f"{stock.label} without these {some}", stock - some), d.question)


def discount(d: Draft, cost: Number) -> None:
    """Something comes off what has to be paid."""
    d.need(cost.value >= 4)
    off = d.money(2, min(20, int(cost.value) // 2), "the discount")
    _in_the_end(d, f"a discount of {off} is given")
    d.ask(d.step(f"{cost.label} with the discount", cost - off), d.question)


def surcharge(d: Draft, cost: Number) -> None:
    """Something comes on top of what has to be paid."""
    fee = d.money(2, 20, "the extra fee")
    _in_the_end(d, f"an extra fee of {fee} is due")
    d.ask(d.step(f"{cost.label} with the extra fee", cost + fee), d.question)


def _in_the_end(d: Draft, event: str) -> None:
    d.fact(f"{d.pick('in the end', 'after all this')}, {event}")


def _estimate(d: Draft, figure: Number, error: Number, *, is_low: bool = False) -> None:
    who, whose, question = _person_who_estimates(d)
    side = ("lower" if is_low else "higher") if whose else ("too low" if is_low else "too high")
    d.fact(f"{who}'s estimate is {error} {side}{f' than {whose}' if whose else ''}")
    value = figure - error if is_low else figure + error
    d.ask(d.step(f"the estimate of {who}", value), f"According to {who}, {question}")


def _person_who_estimates(d: Draft) -> tuple[str, str, str]:
    """Who estimates; whose estimate that is compared with, if not the right answer; and what is estimated."""
    who = d.person()
    if before := _ESTIMATED.fullmatch(d.question):
        return who.name, f"that of {before[1]}", before[2]
    return who.name, "", d.question[0].lower() + d.question[1:]
