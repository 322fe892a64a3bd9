"""One more step for a story in words: what may happen to an amount of money, things, a time, a figure."""

from __future__ import annotations

from scalequest_assets.recipe.families.draft import Draft
from scalequest_assets.recipe.families.quantity import Number, Unit


def pay_again(d: Draft, cost: Number) -> None:
    """A cost that comes up several times: the total."""
    times = d.times(3, 9, "the number of payments")
    d.fact(f"{cost.label} has to be paid {times:m} {d.pick('in the course of a year', 'before the end of the season')}")
    d.ask(d.step("the total of all payments", cost * times), "How many dollars is that altogether?", role="cost")


def pay_together(d: Draft, cost: Number) -> None:
    """A cost split equally: the part of each."""
    people = d.count(2, 8, d.pick("sponsor", "relative", "aunt", "neighbor"), divides=cost)
    d.fact(f"{people} offer to cover {cost.label} together, in equal parts")
    d.ask(d.step("the part of each", cost / people), "How many dollars does each of them contribute?", role="cost")


def refund(d: Draft, cost: Number) -> None:
    """A percentage paid back."""
    percent = d.percent("the percentage paid back", 5, 10, 20, 25, 40, 50)
    d.fact(f"a few days later, a special offer pays back {percent} of {cost.label}")
    d.ask(
        d.step("the refund", cost * percent / 100),
        "How many dollars are paid back?",
        "How large is the refund in dollars?",
    )


def divide(d: Draft, money: Number) -> None:
    """Money handed out in equal parts: the part of each."""
    people = d.count(2, 8, d.pick("sibling", "cousin", "neighbor", "niece"), divides=money)
    d.fact(f"an amount equal to {money.label} is then handed out to {people} in equal parts")
    d.ask(d.step("the part of each", money / people), f"How many dollars does each of the {people} get?")


def donate(d: Draft, money: Number) -> None:
    """A percentage of some money."""
    percent = d.percent("the percentage given away", 5, 10, 20, 25, 30, 40, 50)
    cause = d.pick("an animal shelter", "the local library", "a tree-planting project", "the youth orchestra")
    d.fact(f"later, {percent} of {money.label} is given to {cause}")
    d.ask(d.step("the gift", money * percent / 100), "How many dollars does the gift amount to?")


def spend(d: Draft, money: Number) -> None:
    """Some of the money spent: the rest."""
    d.need(money.value > 3)
    price = d.money(2, 60, "the price of the gift", below=money)
    gift = d.pick("a bunch of flowers", "a book", "a cinema ticket", "a box of chocolates", "a houseplant")
    d.fact(f"out of {money.label}, {price} is then spent on {gift} for a friend")
    d.ask(d.step("the rest", money - price), "How many dollars of it remain?", "What remains of it, in dollars?")


def pack(d: Draft, things: Number) -> None:
    """Things packed in equal parcels: the number of parcels."""
    size = d.count(2, 12, things.unit, "the number in a parcel", divides=things)
    parcels = Unit(
        *d.pick(("parcel", "parcels"), ("bundle", "bundles"), ("pack", "packs"), ("set", "sets")), kind="count"
    )
    d.fact(f"{_things(things)} are then put together in {parcels.many} with {size.n} each")
    d.ask(d.step(f"the number of {parcels.many}", things / size, parcels), f"How many {parcels.many} does that give?")


def sell(d: Draft, things: Number) -> None:
    """Things valued at so much each: the money."""
    price = d.money(2, 12, "the value of one")
    d.fact(f"{_things(things)} are worth {price} apiece")
    d.ask(d.step("the value of all", price * things), "How many dollars are they worth altogether?")


def give_away(d: Draft, things: Number) -> None:
    """Some things put aside: the rest."""
    d.need(things.value >= 4)
    some = d.given(d.rng.randint(2, int(things.value) // 2), things.unit, "the number put aside")
    d.fact(f"of {_things(things)}, {some.n} turn out to be damaged and are put aside")
    d.ask(
        d.step(f"the number of {things.unit.many} in good order", things - some),
        f"How many {things.unit.many} in good order does that leave?",
    )


def was_lower(d: Draft, money: Number) -> None:
    """An amount has risen: what it was."""
    d.need(money.value >= 4)
    before = d.pick("the year before", "the time before", "an earlier occasion")
    rise = d.given(d.rng.randint(2, int(money.value) // 2), money.unit, "the increase")
    d.fact(f"compared with {before}, {money.label} has gone up by {rise}")
    d.ask(d.step("the earlier amount", money - rise), "How many dollars was it at that time?", role="figure")


def guess_low(d: Draft, figure: Number) -> None:
    """Someone underestimates a figure."""
    d.need(figure.value >= 4)
    friend, miss = d.person(), d.given(d.rng.randint(2, int(figure.value) // 2), figure.unit, "the error of the guess")
    d.fact(f"{friend} tries to guess {figure.label}, but the guess is {miss} too low")
    d.ask(d.step(f"the guess of {friend}", figure - miss), f"{_how_many(figure)} does {friend} guess?", role="figure")


def guess_high(d: Draft, figure: Number) -> None:
    """Someone overestimates a figure."""
    d.need(figure.value >= 2)
    friend, miss = d.person(), d.given(d.rng.randint(2, int(figure.value)), figure.unit, "the error of the guess")
    d.fact(f"without calculating, {friend} puts {figure.label} {miss} too high")
    d.ask(
        d.step(f"the guess of {friend}", figure + miss),
        f"What is the guess of {friend}, in {figure.unit.many}?",
        role="figure",
    )


def guess_times(d: Draft, figure: Number) -> None:
    """Someone is wrong by a factor."""
    friend, times = d.person(), d.times(2, 5, "the factor of the error")
    d.fact(f"by mistake, {friend} gets a result that is {times:m} as large as {figure.label}")
    d.ask(d.step(f"the result of {friend}", figure * times), f"Which result does {friend} get?", role="figure")


def add_break(d: Draft, time: Number) -> None:
    """A break lengthens a time."""
    pause = d.given(
        d.rng.randint(2, 6) * (5 if time.unit.many == "minutes" else 1), time.unit, "the length of the breaks"
    )
    d.fact(f"breaks of {pause} altogether have to be added to {time.label}")
    d.ask(
        d.step("the time with breaks", time + pause),
        f"How many {time.unit.many} is that with the breaks?",
        role="figure",
    )


def on_a_map(d: Draft, length: Number) -> None:
    """A length drawn to scale."""
    d.need(length.unit.many != "centimeters")
    unit = Unit("centimeter", "centimeters", "length")
    scale = d.count(2, 50, length.unit, "the length that a centimeter stands for", divides=length)
    d.fact(f"on a plan drawn to scale, every centimeter stands for {scale}")
    d.ask(
        d.step("the length on the plan", length / scale, unit),
        f"How many centimeters is {length.label} on the plan?",
        role="figure",
    )


def _things(number: Number) -> str:
    return "the " + number.label.removeprefix("the number of ")


def _how_many(number: Number) -> str:
    return "How much money" if number.unit.kind == "money" else f"How many {number.unit.many}"
