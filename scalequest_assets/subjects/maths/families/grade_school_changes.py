"""Grade-school families about what goes up and down: a thermometer, an elevator, a daily practice."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.quantity import Unit
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import DAYS, METERS, nouns

DEGREES = Unit("degree", "degrees", "amount")
HEATED_HOURS = Unit("hour", "hours", "time")


@family("grade_school", "arithmetic")
def thermometer(d: Draft) -> None:
    """The temperature of a day rises and falls."""
    place = d.pick("in the greenhouse", "in the bakery", "on the balcony", "in the reptile house", "in the sauna")
    first = now = d.count(8, 30, DEGREES, "the temperature at dawn")
    d.fact(d.pick(f"at dawn, the thermometer {place} shows {first}", f"it is {first} warm {place} at dawn"))
    times = iter(("in the morning", "at noon", "in the afternoon"))
    for turn in d.turns(1, 3, "rise", "fall", "hours"):
        when = next(times)
        if turn == "rise":
            rise = d.count(2, 9, DEGREES, f"the rise {when}")
            d.fact(f"{when}, it gets {rise} warmer")
            now = d.step(f"the temperature after the rise {when}", now + rise)
        elif turn == "fall":
            fall = d.count(2, 9, DEGREES, f"the fall {when}", below=now)
            d.fact(f"{when}, it cools down by {fall}")
            now = d.step(f"the temperature after the fall {when}", now - fall)
        else:
            hourly, hours = d.count(2, 4, DEGREES, "the rise in an hour"), d.count(2, 4, HEATED_HOURS)
            d.fact(f"{when}, a heater is on for {hours} and adds {hourly} in every hour")
            heated = d.step("the rise through the heater", hourly * hours)
            now = d.step("the temperature after the heating", now + heated)
    if d.choose("reading", "change") == "reading":
        d.ask(now, "How many degrees does the thermometer show then?", f"How many degrees warm is it {place} then?")
    else:
        d.need(now.value > first.value)
        change = d.step("the change since dawn", now - first)
        d.ask(change, "By how many degrees is it warmer than at dawn?", "How many degrees warmer is it than at dawn?")


@family("grade_school", "arithmetic")
def elevator(d: Draft) -> None:
    """An elevator goes up and down: where it is, or how far it went."""
    rider, floor = d.person(), nouns("floor")[0]
    building = d.pick("a hotel", "an office tower", "a hospital", "a lighthouse", "a parking garage")
    now = d.count(2, 12, floor, "the number of floors above the ground at first")
    d.fact(
        d.pick(
            f"in {building}, {rider} gets into an elevator {now} above the ground",
            f"{rider} takes the elevator of {building} and gets in {now} above the ground",
        )
    )
    way = None
    for turn in d.turns(2, 3, "up", "down", "stairs"):
        if turn == "up":
            part = d.count(3, 15, floor, "the number of floors up")
            d.fact(f"the elevator goes up {part}")
            now = d.step("the number of floors above the ground after going up", now + part)
        elif turn == "down":
            part = d.count(2, 9, floor, "the number of floors down", below=now)
            d.fact(f"the elevator goes down {part}")
            now = d.step("the number of floors above the ground after going down", now - part)
        else:
            part = d.count(2, 6, floor, "the number of floors on foot")
            d.fact(f"because of a stop for repairs, {rider} climbs {part} on foot")
            now = d.step("the number of floors above the ground after the climb", now + part)
        way = part if way is None else way + part
    assert way is not None
    match d.choose("place", "meters", "way"):
        case "place":
            d.ask(
                now,
                f"How many floors above the ground is {rider} now?",
                f"How many floors lie between {rider} and the ground in the end?",
            )
        case "meters":
            height = d.count(3, 5, METERS, "the height of a floor")
            d.detail(f"every floor of the building is {height} high")
            d.ask(
                d.step("the height above the ground", height * now),
                f"How many meters above the ground is {rider} now?",
            )
        case _:
            d.ask(
                d.step("the number of floors on the way", way),
                f"How many floors does {rider} pass on the whole way, up and down together?",
            )


@family("grade_school", "arithmetic")
def daily_practice(d: Draft) -> None:
    """Every day a few more, or fewer, than the day before: the last day, all days, the first beside the last."""
    who = d.person()
    does, thing = d.pick(
        ("does", nouns("push-up")[0]),
        ("learns", nouns("new word")[0]),
        ("paints", nouns("tile")[0]),
        ("folds", nouns("paper crane")[0]),
        ("knits", nouns("row")[0]),
        ("plants", nouns("onion")[0]),
        ("copies", nouns("recipe")[0]),
    )
    way = d.choose("more", "fewer")
    first = d.count(12, 30, thing, f"the number of {thing.many} on the first day")
    d.fact(d.pick(f"{who} {does} {first} on the first day", f"on the first day, {who} {does} {first}"))
    change = d.count(2, 3 if way == "fewer" else 6, thing, "the change from day to day")
    d.fact(f"on every day after that, it is {change.n} {way} than the day before")
    days = d.count(3, 5, DAYS)
    d.detail(d.pick(f"{who} keeps going for {days} in all", f"altogether, {who} keeps going for {days}"))
    whole = d.step("the change up to the last day", change * (days - 1))
    if (asked := d.choose("last", "total", "gap")) == "gap" and not d.maybe("price"):
        d.ask(
            whole,
            f"How many {way} {thing.many} are there on the last day than on the first?",
            f"By how many {thing.many} do the first and the last day differ?",
        )
        return
    last = d.step(f"the number of {thing.many} on the last day", first + whole if way == "more" else first - whole)
    if asked == "gap":
        price = d.money(2, 4, f"the reward for {thing.many} on the last day")
        d.fact(f"on the last day, an aunt gives {who} {price} for each one")
        d.ask(d.step("the reward", price * last), f"How many dollars does {who} get from the aunt?")
        return
    if d.maybe("skips"):
        skipped = d.count(2, 8, thing, "the number left out", below=last)
        d.fact(f"on the last day, {who} leaves out {skipped.n} of them")
        last = d.step(f"the number of {thing.many} really done on the last day", last - skipped)
        if asked == "total":
            asked = "last"
    if asked == "last":
        d.ask(
            last,
            f"How many {thing.many} are there on the last day?",
            f"On the last day, how many {thing.many} are there?",
        )
    else:
        d.ask(
            d.step(f"the number of {thing.many} on all days", (first + last) * days / 2),
            f"How many {thing.many} are there on all these days together?",
        )
