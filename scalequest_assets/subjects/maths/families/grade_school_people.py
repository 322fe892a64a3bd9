"""Grade-school families about groups of people and their ages."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.quantity import Unit
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    PEOPLE,
    article,
    nouns,
)

YEARS = Unit("year", "years", "time")


@family("grade_school", "arithmetic")
def bus_line(d: Draft) -> None:
    """Passengers get on and off at several stops."""
    vehicle = d.pick("bus", "tram", "ferry", "night train", "cable car")
    riders = d.count(12, 60, nouns("passenger")[0], "the number of passengers at the start")
    d.fact(
        d.pick(
            f"{article(vehicle)} sets off with {riders} on board",
            f"{riders} are on board when {article(vehicle)} leaves the terminal",
        )
    )
    stops = iter(("first", "second", "third"))
    for turn in d.turns(1, 3, "off", "on", "both"):
        stop = next(stops)
        off = d.count(3, 20, riders.unit, f"the number getting off at the {stop} stop", below=riders)
        on = d.count(2, 18, riders.unit, f"the number getting on at the {stop} stop")
        told = {"off": f"{off.n} get off", "on": f"{on.n} get on", "both": f"{off.n} get off and {on.n} get on"}
        d.fact(f"at the {stop} stop, {told[turn]}")
        now = {"off": riders - off, "on": riders + on, "both": riders - off + on}[turn]
        riders = d.step(f"the number of passengers after the {stop} stop", now)
    if d.choose("riders", "fares") == "fares":
        fare = d.money(2, 9, "the fare")
        d.detail(f"the fare is {fare} a person on this {vehicle}")
        d.ask(
            d.step("the sum of the fares", fare * riders),
            "How many dollars have the people who are still on board paid altogether?",
        )
    else:
        d.ask(riders, "How many passengers are on board after that?", f"How many people does the {vehicle} then carry?")


@family("grade_school", "arithmetic")
def school_trip(d: Draft) -> None:
    """Classes go on a trip: groups, vehicles, costs."""
    teacher, goal = (
        d.person(),
        d.pick("a castle", "a science center", "a nature reserve", "the harbor", "a chocolate factory", "a cave"),
    )
    classes, size = (
        d.count(2, 6, nouns("class/classes")[0]),
        d.count(16, 30, nouns("student")[0], "the number of students in a class"),
    )
    d.fact(
        d.pick(
            f"{teacher} organizes a visit to {goal} for {classes} of {size}",
            f"{classes} with {size} each want to visit {goal}, and {teacher} makes the plans",
        )
    )
    group = d.step("the number of students", size * classes)
    if d.maybe("absent"):
        ill = d.count(2, 15, group.unit, "the number of absent students", below=group)
        d.fact(f"on the day of the visit, {ill} are absent")
        group = d.step("the number of students present", group - ill)
    if d.maybe("adults"):
        adults = d.count(3, 12, nouns("adult")[0])
        d.fact(f"{adults} come along as helpers")
        group = d.step("the number of people", group + adults, PEOPLE)
    match d.choose("people", "vans", "cost"):
        case "vans":
            seats = d.count(4, 30, nouns("seat")[0], "the number of seats in a van", divides=group)
            d.detail(f"the school rents vans with {seats} each")
            d.ask(
                d.step("the number of vans", group / seats, nouns("van")[0]),
                "How many vans are filled if no seat stays empty?",
            )
        case "cost":
            fee = d.money(3, 15, "the fee for one person")
            d.detail(f"the entrance fee is {fee} a head")
            d.ask(d.step("the entrance fees", fee * group), "How many dollars do they pay to get in?", role="cost")
        case _:
            d.need(group.unit.kind == "people" or "present" in group.label)
            d.ask(group, "How many of them take part in the visit?", "How large is the group that sets out?")


@family("grade_school", "prealgebra")
def family_ages(d: Draft) -> None:
    """Ages now, some years on, and their sums."""
    child, other, third = d.person(), d.person(), d.person()
    kin = d.pick("cousin", "neighbor", "teammate", "friend")
    age = d.count(5, 16, YEARS, f"the age of {child}")
    d.fact(d.pick(f"{child} is {age} old", f"{child} has just turned {age.n}"))
    if d.choose("times", "older") == "times":
        times = d.times(2, 4, f"the factor between {child} and {other}")
        d.fact(f"{other}, {article(kin)}, is {times:m} as old as {child}")
        second = d.step(f"the age of {other}", age * times)
    else:
        more = d.count(3, 25, YEARS, f"the difference in age to {other}")
        d.fact(f"{other}, {article(kin)}, is {more} older than {child}")
        second = d.step(f"the age of {other}", age + more)
    oldest, name = second, other
    if d.maybe("third"):
        less = d.count(2, 12, YEARS, f"the difference in age to {third}", below=second)
        d.fact(f"{third} is {less} younger than {other}")
        oldest, name = d.step(f"the age of {third}", second - less), third
    match d.choose("sum", "later", "gap"):
        case "sum":
            total = age + second + oldest if oldest is not second else age + second
            d.ask(
                d.step("the sum of the ages", total),
                "How many years do their ages add up to?",
                "What do you get when you add up all the ages?",
            )
        case "later":
            years = d.count(3, 20, YEARS, "the number of years to come")
            d.ask(
                d.step(f"the age of {name} in {years}", oldest + years),
                f"How old is {name} going to be in {years}?",
            )
        case _:
            d.need(oldest.value > age.value)
            d.ask(
                d.step("the difference in age", oldest - age),
                f"By how many years is {name} older than {child}?",
            )
