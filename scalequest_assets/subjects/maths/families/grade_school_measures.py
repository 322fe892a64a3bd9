"""Grade-school families about lengths and areas."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.quantity import Unit
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    CENTIMETERS,
    METERS,
    nouns,
)


@family("grade_school", "prealgebra")
def fence(d: Draft) -> None:
    """A rectangle: fence, area, and what they cost."""
    owner, place = (
        d.person(),
        d.pick("vegetable garden", "horse paddock", "playground", "parking lot", "tennis court", "meadow"),
    )
    width = d.count(6, 40, METERS, "the width")
    if d.choose("longer", "twice", "given") == "given":
        length = d.count(10, 70, METERS, "the length")
        d.fact(f"{owner} owns a rectangular {place}, {length} long and {width} wide")
    elif d.pick(True, False):
        more = d.count(3, 30, METERS, "the difference between length and width")
        d.fact(f"the rectangular {place} of {owner} is {width} wide and {more} longer than it is wide")
        length = d.step("the length", width + more)
    else:
        times = d.times(2, 3, "the ratio of length to width")
        d.fact(f"the rectangular {place} of {owner} is {width} wide and {times:m} as long")
        length = d.step("the length", width * times)
    if d.choose("fence", "area") == "fence":
        size = d.step("the length of the whole border", (length + width) * 2)
        if d.maybe("gate"):
            gate = d.count(2, 5, METERS, "the width of the gate")
            d.fact(f"a fence goes all around it, except for a gate {gate} wide")
            size = d.step("the length of the fence", size - gate)
        else:
            d.fact("a fence goes all around it")
        question, thing = "How many meters of fence are needed?", "meter of fence"
    else:
        size = d.step("the area", length * width, Unit("square meter", "square meters", "amount"))
        question, thing = "How many square meters does it cover?", "square meter of new ground"
    if d.maybe("cost"):
        price = d.money(3, 25, f"the price of a {thing}")
        d.detail(f"a {thing} costs {price}")
        d.ask(d.step("the cost", price * size), f"How much money does this cost for the whole {place}?", role="cost")
    else:
        d.ask(size, question)


@family("grade_school", "arithmetic")
def ribbon(d: Draft) -> None:
    """A length of material cut into pieces."""
    maker, stuff = d.person(), d.pick("ribbon", "rope", "wire", "copper pipe", "fabric")
    length = d.count(4, 30, METERS, "the length at first")
    d.fact(d.pick(f"{maker} has {length} of {stuff}", f"a roll of {stuff} that {maker} buys is {length} long"))
    left = d.step("the full length", length * 100, CENTIMETERS)
    if d.maybe("waste"):
        waste = d.count(10, 90, CENTIMETERS, "the damaged length", by=5)
        d.fact(f"{waste} at the end are damaged and cut off")
        left = d.step("the usable length", left - waste)
    size = d.count(15, 90, CENTIMETERS, "the length of a piece", by=5)
    d.detail(f"each piece has to be {size} long")
    if d.maybe("loss"):
        extra = d.count(2, 10, CENTIMETERS, "the extra length for a knot")
        d.detail(f"for the ends of a piece, {extra} are needed in addition")
        size = d.step("the length used for a piece", size + extra)
    if d.choose("pieces", "rest") == "pieces":
        pieces = d.step("the number of pieces", left / size, nouns("piece")[0])
        if d.maybe("sold"):
            price = d.money(2, 9, "the price of a piece")
            d.fact(f"{maker} sells all pieces for {price} apiece")
            d.ask(d.step("the income from all pieces", price * pieces), f"How many dollars does {maker} take in?")
        else:
            d.ask(pieces, f"How many pieces does {maker} get?")
    else:
        pieces = d.count(3, 20, "piece")
        d.fact(f"{maker} cuts off {pieces}")
        used = d.step("the length cut off", size * pieces)
        d.ask(d.step("the length that remains on the roll", left - used), "How many centimeters remain on the roll?")
