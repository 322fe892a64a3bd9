"""Grade-school families about speed and distance."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    HOURS,
    KILOMETERS,
    LITERS,
    METERS,
    MINUTES,
)


@family("grade_school", "prealgebra")
def road_trip(d: Draft) -> None:
    """A journey in one or two legs: distance, time with breaks, fuel."""
    driver, town = (
        d.person(),
        d.pick("the coast", "the mountains", "the capital", "the lakeside", "the music festival", "the border"),
    )
    hours, speed = (
        d.count(2, 6, HOURS, "the driving time of the first part"),
        d.count(40, 110, KILOMETERS, "the speed of the first part", by=5),
    )
    d.fact(
        d.pick(
            f"{driver} drives to {town}, at first for {hours} at {speed} per hour",
            f"on the way to {town}, {driver} first travels {hours} at {speed} per hour",
        )
    )
    far = d.step("the length of the first part", speed * hours)
    time = hours
    if d.maybe("second"):
        slow, more = (
            d.count(20, 70, KILOMETERS, "the speed of the second part", by=5),
            d.count(2, 4, HOURS, "the driving time of the second part"),
        )
        d.fact(f"the road then gets narrow, so the next {more} are driven at {slow} per hour")
        far = d.step("the length of the trip", far + d.step("the length of the second part", slow * more))
        time = hours + more
    if d.maybe("ferry"):
        extra = d.count(6, 60, KILOMETERS, "the length of the ferry ride", by=2)
        d.fact(f"a ferry ride covers another {extra} to {town}")
        far = d.step("the length with the ferry", far + extra)
    match d.choose("distance", "return", "fuel", "average"):
        case "return":
            d.fact("the way back is exactly as long as the way there")
            d.ask(d.step("the length of the round trip", far * 2), "How many kilometers is the round trip?")
        case "fuel":
            use = d.count(4, 20, KILOMETERS, "the distance on one liter", divides=far)
            d.detail(f"one liter of fuel is enough for {use} of this journey")
            d.ask(
                d.step("the fuel needed", far / use, LITERS),
                f"How many liters would the whole journey of {driver} take at this rate?",
            )
        case "average":
            d.need(far.label == "the length of the trip")
            d.ask(
                d.step("the average speed", far / d.step("the driving time", time)),
                "What is the average speed in kilometers per hour?",
            )
        case _:
            d.ask(
                far,
                f"How many kilometers does {driver} cover?",
                f"How long, in kilometers, is the way of {driver}?",
                role="more",
            )


@family("grade_school", "prealgebra")
def walking_together(d: Draft) -> None:
    """Two people walk: the gap or the distance between them."""
    one, two = d.person(), d.person()
    slow, lead = (
        d.count(40, 80, METERS, f"the distance {one} covers in a minute", by=5),
        d.count(5, 40, METERS, f"the lead of {two} in a minute", by=5),
    )
    d.fact(f"{one} walks {slow} a minute, while {two} jogs and covers {lead} more than that every minute")
    fast = d.step(f"the distance {two} covers in a minute", slow + lead)
    minutes = d.count(4, 30, MINUTES, "the time on the way")
    way = d.choose("apart", "ahead", "second")
    if way == "ahead":
        d.fact(f"both start at the same gate and follow the same path for {minutes}")
        gap = d.step(f"the gap between {one} and {two}", fast * minutes - slow * minutes)
        start = d.count(20, 100, METERS, "the first lead", by=10) if d.maybe("headstart") else None
        if start is not None:
            d.fact(f"{two} was already {start} ahead at the beginning")
            gap = d.step("the gap with the first lead", gap + start)
        question = f"How many meters is {two} ahead of {one} in the end?"
    elif way == "apart":
        d.fact(f"they leave the same bridge in opposite directions and move for {minutes}")
        gap = d.step("the distance between them", (slow + fast) * minutes)
        question = "How many meters lie between them after that?"
    else:
        d.fact(f"{two} keeps this up for {minutes}")
        gap = d.step(f"the way of {two}", fast * minutes)
        question = f"How many meters does {two} cover?"
    if d.maybe("back"):
        back = d.count(10, 90, METERS, "the way back", by=10, below=gap)
        d.fact(f"then {two} turns round and goes back {back}")
        gap = d.step("the distance in the end", gap - back if way != "second" else gap + back)
        question = (
            "How many meters lie between them now?" if way != "second" else f"How many meters has {two} covered by now?"
        )
    d.ask(gap, question)
