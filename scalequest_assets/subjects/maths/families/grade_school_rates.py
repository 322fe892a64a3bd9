"""Grade-school families about rates: machines, water, rent, recipes."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.quantity import Unit
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    GRAMS,
    HOURS,
    LITERS,
    MADE,
    MINUTES,
    article,
    nouns,
)


@family("grade_school", "prealgebra")
def workshop_rate(d: Draft) -> None:
    """Workers or machines make things at a steady rate."""
    thing, maker = d.noun(MADE), d.noun(nouns("machine, robot, printer, craftsman/craftsmen"))
    num, rate = (
        d.count(2, 9, maker),
        d.count(3, 20, thing, f"the number of {thing.many} that {article(maker.one)} makes in an hour"),
    )
    d.fact(f"{article(d.pick('workshop', 'factory', 'small company'))} uses {num} that make {thing.many}")
    d.detail(f"{article(maker.one)} makes {rate} an hour")
    hourly = d.step(f"the number of {thing.many} an hour", rate * num)
    if d.maybe("new"):
        faster = d.count(3, 30, thing, f"the number of {thing.many} made by the new one in an hour")
        d.fact(f"a new model, which makes {faster} an hour, is added")
        hourly = d.step(f"the number of {thing.many} an hour with the new one", hourly + faster)
    if d.choose("hours", "order") == "order":
        order = d.count(100, 900, thing, f"the number of {thing.many} ordered")
        d.fact(f"a customer orders {order}")
        if d.maybe("stock"):
            stock = d.count(10, 90, thing, f"the number of {thing.many} in stock", below=order)
            d.fact(f"{stock.n} of them are already in stock")
            order = d.step(f"the number of {thing.many} to make", order - stock)
        hours = d.step("the working time", order / hourly, HOURS)
        d.need((hours.value * 2).denominator == 1, hours.value >= 1)
        d.ask(
            hours,
            f"How many hours does it take to make the {thing.many}?",
            "How many hours of work does that mean?",
            role="more",
        )
        return
    hours = d.count(3, 10, HOURS, "the working time")
    made = d.step(f"the number of {thing.many} made in {hours}", hourly * hours)
    if d.maybe("faulty"):
        bad = d.count(3, 25, thing, f"the number of faulty {thing.many}", below=made)
        d.fact(f"after {hours} of work, {bad.n} {thing.many} turn out to be faulty")
        made = d.step(f"the number of perfect {thing.many}", made - bad)
        d.ask(made, f"How many perfect {thing.many} have they made by then?")
    else:
        d.ask(
            made,
            f"How many {thing.many} do they make in {hours}?",
            f"What is the output of {hours}, in {thing.many}?",
        )


@family("grade_school", "prealgebra")
def water_tank(d: Draft) -> None:
    """A tank fills and leaks."""
    tank = d.pick("tank", "pool", "pond", "cistern", "barrel")
    rate, minutes = d.count(12, 60, LITERS, "the flow in a minute"), d.count(5, 40, MINUTES, "the filling time")
    place = d.pick("on a farm", "behind a school", "in a park", "at a fire station")
    d.fact(f"a pump sends {rate} of water a minute into {article(tank)} {place}")
    if d.maybe("leak"):
        leak = d.count(2, 11, LITERS, "the loss in a minute", below=rate)
        d.fact(f"through a crack, {leak} a minute flow out again")
        rate = d.step("the gain in a minute", rate - leak)
    start = d.count(40, 300, LITERS, "the amount at the start", by=10) if d.maybe("start") else None
    d.fact(f"at the start the {tank} {f'contains {start}' if start is not None else 'is empty'}")
    if d.choose("amount", "time") == "amount":
        water = d.step("the water added", rate * minutes)
        if start is not None:
            water = d.step("the water in the end", start + water)
        if d.maybe("used"):
            used = d.count(20, 200, LITERS, "the water used", by=10, below=water)
            d.fact(f"after {minutes}, someone takes out {used}")
            water = d.step("the water that stays", water - used)
            d.ask(water, f"How many liters are in the {tank} then?", role="stock")
        else:
            asked = f"How many liters does the {tank} contain after {minutes}?"
            d.ask(water, asked)
        return
    full = d.count(400, 2000, LITERS, "the full capacity", by=20)
    d.detail(f"the {tank} overflows when it contains more than {full}")
    missing = d.step("the free capacity", full - start) if start is not None else full
    time = d.step("the time to fill it", missing / rate, MINUTES)
    d.need(time.value.denominator == 1)
    d.ask(
        time,
        f"After how many minutes is the {tank} full to the brim?",
    )


@family("grade_school", "prealgebra")
def base_fee(d: Draft) -> None:
    """A fixed fee plus a price per unit."""
    customer = d.person()
    what, unit, low, high = d.pick(
        ("a boat", "hour", 2, 9),
        ("a bicycle", "day", 2, 12),
        ("a moving van", "day", 2, 6),
        ("a concert hall", "hour", 3, 10),
        ("a pressure washer", "day", 2, 7),
    )
    base, rate = d.money(10, 80, "the fixed fee", by=5), d.money(5, 45, f"the price for {article(unit)}")
    num = d.count(low, high, Unit(unit, f"{unit}s", "time"), f"the number of {unit}s")
    d.detail(f"renting {what} costs a fixed fee of {base} plus {rate} for every {unit}")
    role = ""
    match d.choose("total", "units", "compare"):
        case "total":
            role = "cost"
            d.fact(f"{customer} rents one for {num}")
            cost = d.step("the cost", base + d.step(f"the price for {num}", rate * num))
            asked = f"How many dollars does {customer} pay?"
        case "units":
            paid = d.given(base.value + rate.value * num.value, base.unit, "the money paid")
            d.fact(f"{customer} pays {paid} in the end")
            cost = d.step(
                f"the number of {unit}s paid", d.step(f"the part for the {unit}s", paid - base) / rate, num.unit
            )
            asked = f"For how many {unit}s did {customer} rent it?"
        case _:
            other = d.money(20, 70, "the price at the rival")
            d.fact(f"a rival takes no fixed fee, but {other} for every {unit}, and {customer} needs it for {num}")
            first = d.step("the cost with the fixed fee", base + rate * num)
            second = d.step("the cost at the rival", other * num)
            cost = d.step("the extra cost at the rival", second - first)
            asked = "By how many dollars is the rival more expensive?"
    if cost.label == "the cost" and d.maybe("voucher"):
        off = d.money(5, 20, "the value of the voucher", below=cost)
        d.fact(f"a voucher takes {off} off the bill")
        cost = d.step("the cost with the voucher", cost - off)
    if cost.label.startswith("the cost") and d.maybe("shared"):
        friends = d.count(2, 6, "friend", divides=cost)
        d.fact(f"the bill is split evenly by {customer} and others, {friends.n} people in all")
        cost, role = d.step("the part that each of them pays", cost / friends), ""
        asked = "How many dollars does each of them pay?"
    d.ask(cost, asked, role=role)


@family("grade_school", "prealgebra")
def recipe(d: Draft) -> None:
    """A recipe scaled to more servings."""
    cook, dish = (
        d.person(),
        d.pick("lentil soup", "rice pudding", "goulash", "fruit salad", "risotto", "curry", "potato salad"),
    )
    serves, grams = (
        d.given(d.pick(2, 3, 4, 5, 6), nouns("person/people")[0], "the number of people the recipe is for"),
        d.count(50, 400, GRAMS, "the amount in the recipe", by=10),
    )
    stuff = d.pick("flour", "rice", "carrots", "sugar", "cheese", "onions", "beans")
    d.detail(f"a recipe for {dish} for {serves} needs {grams} of {stuff}")
    guests = d.count(7, 30, nouns("guest")[0])
    d.fact(d.pick(f"{cook} wants to cook {dish} for {guests}", f"{cook} invites {guests} and plans to serve {dish}"))
    eaters = guests
    if d.maybe("self"):
        d.fact(f"{cook} will eat a portion as well")
        eaters = d.step("the number of portions", guests + 1)
    if d.maybe("seconds"):
        more = d.count(2, 9, nouns("extra portion")[0])
        d.fact(f"to be safe, {more} are added")
        eaters = d.step("the number with extra portions", eaters + more)
    if d.choose("once", "portion") == "portion":
        one = d.step(f"the amount of {stuff} for one portion", grams / serves)
        need = d.step(f"the amount of {stuff} needed", one * eaters)
    else:
        times = d.step("the factor", eaters / serves, Unit(kind="amount"))
        d.need(times.value.denominator <= 2)
        need = d.step(f"the amount of {stuff} needed", grams * times)
    d.need(need.value.denominator == 1)
    if d.maybe("stock"):
        have = d.count(50, 900, GRAMS, f"the amount of {stuff} at hand", by=10, below=need)
        d.fact(f"the kitchen still holds {have} of {stuff}")
        d.ask(
            d.step(f"the amount of {stuff} to buy", need - have),
            f"How many grams of {stuff} does {cook} have to buy?",
        )
    else:
        d.ask(need, f"How many grams of {stuff} does {cook} need?")
