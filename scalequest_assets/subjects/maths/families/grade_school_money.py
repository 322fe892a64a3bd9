"""Grade-school families about earning and saving."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    DRINKS,
    HOURS,
    MADE,
    PLACES,
    WEEKS,
    article,
    nouns,
)


@family("grade_school", "arithmetic")
def wages(d: Draft) -> None:
    """Hourly pay, with overtime, a bonus or deductions."""
    worker = d.person()
    job = d.pick(
        "gardener", "waiter", "house painter", "bicycle courier", "night guard", "swimming teacher", "piano tuner"
    )
    hours, rate = d.count(12, 45, HOURS, "the number of regular hours"), d.money(9, 32, "the hourly pay")
    d.fact(
        d.pick(
            f"{worker} works as {article(job)} and puts in {hours} this week",
            f"{article(job)} named {worker} worked {hours} last week",
        )
    )
    d.detail(f"the regular pay is {rate} an hour")
    pay = d.step("the pay for the regular hours", rate * hours)
    if d.maybe("overtime"):
        extra, more = (
            d.count(2, 9, HOURS, "the number of overtime hours"),
            d.money(3, 12, "the extra pay for an overtime hour"),
        )
        d.fact(f"on top of that come {extra} of overtime, each paid {more} more than a regular hour")
        overtime = d.step("the pay for an overtime hour", rate + more)
        pay = d.step("the pay with overtime", pay + d.step("the overtime pay", overtime * extra))
    if d.maybe("bonus"):
        bonus = d.money(10, 90, "the bonus", by=5)
        d.fact(f"for good work there is a bonus of {bonus}")
        pay = d.step("the pay with the bonus", pay + bonus)
    match d.choose("earned", "deducted", "saved"):
        case "deducted":
            costs = d.money(10, 80, "the cost of travel", below=pay)
            d.fact(f"travel to work uses up {costs} of the money")
            d.ask(d.step("the money that remains", pay - costs), f"How much money is {worker} left with?")
        case "saved":
            part = d.percent("the percentage saved", 10, 20, 25, 30, 40, 50)
            d.fact(f"{worker} puts {part} of all the earnings into a savings account")
            saved = d.step("the amount saved", pay * part / 100)
            d.ask(saved, f"How many dollars does {worker} save?", "How many dollars go into the account?")
        case _:
            d.ask(pay, f"How many dollars does {worker} earn?", f"What are {worker}'s earnings, in dollars?")


@family("grade_school", "arithmetic")
def savings_goal(d: Draft) -> None:
    """Weekly saving for something dear: weeks needed, or money still missing."""
    saver, goal = (
        d.person(),
        d.pick("bicycle", "guitar", "tablet", "telescope", "pair of skis", "camera", "drum kit", "tent"),
    )
    price, weekly = d.money(120, 640, f"the price of the {goal}", by=10), d.money(6, 40, "the weekly saving")
    d.fact(
        d.pick(
            f"{saver} dreams of {article(goal)} that costs {price}",
            f"{article(goal)} in a shop window costs {price}, and {saver} wants it",
        )
    )
    need = price
    if d.maybe("start"):
        start = d.money(20, 100, "the money at the start", by=5, below=price)
        d.fact(f"{saver} has already put {start} aside")
        need = d.step("the money still needed", need - start)
    if d.maybe("discount"):
        off = d.money(10, 60, "the price cut", by=5, below=need)
        d.fact(f"the shop then cuts the price by {off}")
        need = d.step("the money needed after the price cut", need - off)
    if d.maybe("expense"):
        chore = d.money(2, 12, "the weekly pay for chores")
        d.fact(f"every week {saver} can save {weekly} of pocket money and {chore} earned with chores")
        weekly = d.step("the amount saved in a week", weekly + chore)
    else:
        d.detail(f"{saver} is able to save {weekly} a week")
    if d.choose("weeks", "missing") == "weeks":
        weeks = d.step("the number of weeks of saving", need / weekly, WEEKS)
        d.need(weeks.value.denominator == 1, weeks.value > 2)
        d.ask(
            weeks,
            f"After how many weeks can {saver} buy the {goal}?",
            f"How many weeks of saving does the {goal} take?",
        )
    else:
        weeks = d.count(3, 12, WEEKS)
        saved = d.step(f"the amount saved in {weeks}", weekly * weeks)
        missing = d.step("the money missing", need - saved)
        d.ask(
            missing,
            f"How many dollars are still missing after {weeks}?",
            f"How far from the goal, in dollars, is {saver} after {weeks}?",
        )


@family("grade_school", "arithmetic")
def stall_profit(d: Draft) -> None:
    """A stall sells something for more than it costs."""
    seller, good, place = d.person(), d.noun(DRINKS + MADE), d.pick(*PLACES)
    num, price = d.count(12, 60, good), d.money(4, 12, f"the price of {article(good.one)}")
    d.fact(
        d.pick(
            f"{seller} runs a stall at the {place} and sells {num}",
            f"at the {place}, {seller} sells {num} from a small stall",
        )
    )
    d.detail(f"a customer pays {price} for {article(good.one)}")
    income = d.step("the income", price * num)
    if d.maybe("tips"):
        tips = d.money(5, 40, "the tips")
        d.fact(f"a jar on the counter collects {tips} in tips")
        income = d.step("the income with tips", income + tips)
    match d.choose("unit_cost", "flat_cost", "no_cost"):
        case "unit_cost":
            cost = d.money(1, 8, f"the cost of making {article(good.one)}", below=price)
            d.detail(f"making {article(good.one)} costs {cost}")
            income = d.step("the profit", income - d.step("the cost of making them", cost * num))
        case "flat_cost":
            rent = d.money(10, 45, "the rent of the stall", by=5, below=income)
            d.detail(f"the rent of the stall is {rent}")
            income = d.step("the profit", income - rent)
    if d.maybe("donated"):
        part = d.percent("the percentage donated", 10, 20, 25, 50)
        d.fact(f"{seller} donates {part} of the money made this way")
        income = d.step("the donation", income * part / 100)
        d.ask(income, f"How many dollars does {seller} donate?", "How large is the donation in dollars?")
    else:
        d.ask(
            income,
            f"How much money does {seller} make in the end?",
            "How many dollars does the stall bring in after all costs?",
        )


@family("grade_school", "arithmetic")
def ticket_sales(d: Draft) -> None:
    """Tickets at two prices: takings, difference, or the number of one kind."""
    place = d.pick(
        "museum", "aquarium", "puppet theater", "ice rink", "planetarium", "mini-golf course", "circus", "zoo"
    )
    children = d.count(10, 90, "child ticket", "the number of children")
    full, half = d.money(8, 24, "the price for an adult"), d.money(3, 12, "the price for a child")
    d.need(half.value < full.value)
    day = d.pick("Saturday", "Sunday", "holiday", "rainy day")
    d.fact(f"{article(place)} charges {full} for an adult and {half} for a child")
    kind = d.choose("all_visitors", "both", "times", "more")
    if kind == "times":
        times = d.times(2, 4, "the ratio of adults to children")
        d.fact(f"one {day} it sells {children.n} tickets for children and {times:m} as many for adults")
        adults = d.step("the number of adults", children * times, nouns("adult")[0])
    elif kind == "more":
        more = d.count(5, 40, "adult ticket", "the number of adults beyond that of children")
        d.fact(f"one {day} it sells {children.n} tickets for children and {more.n} more than that for adults")
        adults = d.step("the number of adults", children + more, nouns("adult")[0])
    elif kind == "both":
        adults = d.count(10, 80, "adult")
        d.fact(f"one {day} it sells tickets for {adults} and {children.n} children")
    else:
        visitors = d.count(children.value.numerator + 10, 180, "adult", "the number of visitors")
        d.fact(f"one {day} it sells {visitors.n} tickets, of which {children.n} are for children")
        adults = d.step("the number of adults", visitors - children)
    grown, young = d.step("the income from adults", full * adults), d.step("the income from children", half * children)
    if d.choose("sum", "difference") == "difference":
        gap = d.step("the difference between the two incomes", grown - young)
        d.ask(gap, "How many more dollars come from adults than from children?")
        return
    total = d.step("the income of the day", grown + young)
    if d.maybe("costs"):
        costs = d.money(20, 200, "the cost of cleaning", by=10, below=total)
        d.fact(f"{costs} of this sum is spent on cleaning")
        total = d.step("the money left after cleaning", total - costs)
        d.ask(total, "How many dollars remain after the cleaning is paid?")
    else:
        d.ask(total, "How much money does it take in that day?", "How large is the income of that day, in dollars?")
