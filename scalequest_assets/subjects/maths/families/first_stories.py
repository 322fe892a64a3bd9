"""First word problems: one or two steps with small numbers, for a very small model to write and to solve.

All that is given is at most 20, or a product out of the tables up to ten; money paid, pages and goals at most 100.
"""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.quantity import Number, Unit
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    BAKED,
    CLOTHES,
    COLLECTED,
    CONTAINERS,
    DAYS,
    FRUIT,
    KILOMETERS,
    METERS,
    PEOPLE,
    PLANTS,
    POINTS,
    STATIONERY,
    TOYS,
    article,
    nouns,
)

_PAGE = nouns("page")[0]
_THINGS = FRUIT + COLLECTED + BAKED


@family("first_stories", "arithmetic")
def gets_and_gives(d: Draft) -> None:
    """Someone has some, gets more, gives some away."""
    owner, friend, thing = d.person(), d.person(), d.noun(_THINGS)
    have = d.count(4, 20, thing, f"the number of {thing.many} at the start")
    d.fact(f"{owner} has {have}")
    for turn in d.turns(1, 2, "gets", "gives"):
        if turn == "gets":
            more = d.count(2, 20, thing, f"the number of {thing.many} from {friend}")
            d.fact(d.pick(f"{friend} gives {owner.obj} {more.n} more", f"{owner} gets {more.n} more from {friend}"))
            have = d.step(f"the number of {thing.many} with those from {friend}", have + more)
        else:
            some = d.count(2, 15, thing, f"the number of {thing.many} that {owner} gives away", below=have)
            d.fact(d.pick(f"{owner} gives away {some}", f"{owner} gives {some} to {owner.her} sister"))
            have = d.step(f"the number of {thing.many} left", have - some)
    d.ask(have, f"How many {thing.many} does {owner} have now?", role="stock")


@family("first_stories", "arithmetic")
def containers(d: Draft) -> None:
    """Equal bags or boxes, and some beside them or taken out."""
    box, thing = d.noun(CONTAINERS), d.noun(_THINGS)
    boxes = d.count(2, 9, box)
    each = d.count(2, 10, thing, f"the number of {thing.many} in {article(box.one)}")
    d.fact(f"there are {boxes}")
    d.fact(d.pick(f"each {box.one} holds {each}", f"there are {each} in each {box.one}"), is_needed=True)
    total = d.step(f"the number of {thing.many} in the {box.many}", each * boxes)
    match d.choose("all", "more", "out"):
        case "more":
            more = d.count(2, 15, thing, f"the number of {thing.many} on the table")
            d.fact(f"{more.n} more {thing.many} lie on the table")
            total = d.step(f"the number of {thing.many}", total + more)
        case "out":
            out = d.count(2, 15, thing, f"the number of {thing.many} sold", below=total)
            d.fact(f"{out} are sold")
            total = d.step(f"the number of {thing.many} left", total - out)
            d.ask(total, f"How many {thing.many} are left?", role="stock")
            return
    d.ask(total, f"How many {thing.many} are there?", f"How many {thing.many} are there in all?", role="stock")


@family("first_stories", "arithmetic")
def fair_shares(d: Draft) -> None:
    """Something shared equally among children."""
    giver, thing = d.person(), d.noun(_THINGS)
    children, each = d.rng.randint(2, 9), d.rng.randint(2, 10)
    total = d.given(children * each, thing, f"the number of {thing.many}")
    child = Unit("child", "children", "people")
    num = d.given(children, child, "the number of children")
    d.fact(d.pick(f"{giver} has {total}", f"{giver} brings {total} to school"))
    d.fact(f"{giver} shares them equally among {num}", is_needed=True)
    share = d.step(f"the number of {thing.many} for each child", total / num)
    if d.maybe("eaten", 0.4):
        eaten = d.count(1, 5, thing, f"the number of {thing.many} that a child eats", below=share)
        d.fact(f"each child eats {eaten.n} of them")
        left = d.step(f"the number of {thing.many} left for each child", share - eaten)
        d.ask(left, f"How many {thing.many} does each child have left?")
        return
    d.ask(share, f"How many {thing.many} does each child get?")


@family("first_stories", "arithmetic")
def prices(d: Draft) -> None:
    """Several things of one price; the change from a note."""
    buyer, thing = d.person(), d.noun(STATIONERY + TOYS + CLOTHES)
    price = d.money(2, 9, f"the price of {article(thing.one)}")
    num = d.count(2, 9, thing, f"the number of {thing.many}")
    d.fact(d.pick(f"{article(thing.one)} costs {price}", f"the price of {article(thing.one)} is {price}"))
    d.fact(f"{buyer} buys {num}", is_needed=True)
    cost = d.step(f"the cost of the {thing.many}", price * num)
    if d.choose("cost", "change") == "cost":
        d.ask(cost, f"How much does {buyer} pay?", f"How much do the {thing.many} cost?", role="cost")
        return
    paid = d.money(10, 100, f"the money that {buyer} pays with", by=10)
    d.need(paid.value > cost.value, paid.value <= cost.value + 30)
    d.fact(f"{buyer} pays with {paid}")
    d.ask(d.step("the change", paid - cost), f"How much change does {buyer} get?")


@family("first_stories", "arithmetic")
def compared(d: Draft) -> None:
    """Two children, one with more, fewer or twice as many."""
    first, second, thing = d.person(), d.person(), d.noun(_THINGS)
    base = d.count(3, 20, thing, f"the number of {thing.many} {first} has")
    d.fact(f"{first} has {base}")
    kind = d.choose("more", "fewer", "times")
    other: Number
    if kind == "times":
        times = d.times(2, 4, f"the factor between {first} and {second}")
        d.need(base.value <= 10)
        d.fact(f"{second} has {times:m} as many {thing.many} as {first}", is_needed=True)
        other = d.step(f"the number of {thing.many} {second} has", base * times)
    else:
        gap = d.count(2, 15, thing, f"how many {kind} {thing.many} {second} has")
        d.need(kind == "more" or gap.value < base.value)
        d.fact(f"{second} has {gap.n} {kind} {thing.many} than {first}", is_needed=True)
        other = d.step(f"the number of {thing.many} {second} has", base + gap if kind == "more" else base - gap)
    if d.choose("other", "together") == "other":
        d.ask(other, f"How many {thing.many} does {second} have?", role="stock")
        return
    both = d.step(f"the number of {thing.many} of both", base + other)
    d.ask(both, f"How many {thing.many} do they have together?", f"How many {thing.many} do {first} and {second} have?")


@family("first_stories", "arithmetic")
def rows_of(d: Draft) -> None:
    """Rows of chairs, of plants or of desks, some of them empty or new."""
    row = nouns("row")[0]
    kind = d.choose("chairs", "plants")
    thing = nouns("chair")[0] if kind == "chairs" else d.noun(PLANTS)
    rows, each = d.count(2, 10, row), d.count(2, 10, thing, f"the number of {thing.many} in a row")
    place = d.pick("a hall", "a classroom", "a tent") if kind == "chairs" else d.pick("a garden", "a field", "a park")
    d.fact(f"{place} has {rows} of {thing.many}")
    d.fact(f"there are {each} in each row", is_needed=True)
    total = d.step(f"the number of {thing.many}", each * rows)
    if d.maybe("some", 0.6):
        verb, left = ("are broken", "are not broken") if kind == "chairs" else ("die", "are left")
        some = d.count(2, 15, thing, f"the number of {thing.many} that {verb}", below=total)
        d.fact(f"{some.n} of them {verb}")
        total = d.step(f"the number of {thing.many} that {left}", total - some)
        d.ask(total, f"How many {thing.many} {left}?", role="stock")
        return
    d.ask(total, f"How many {thing.many} does {_the(place)} have?", role="stock")


@family("first_stories", "arithmetic")
def ages(d: Draft) -> None:
    """Ages of brother and sister, now and in some years."""
    first, other = d.person(), d.person()
    year = Unit("year", "years", "time")
    age = d.count(5, 20, year, f"the age of {first}")
    gap = d.count(2, 9, year, f"the difference of age between {first} and {other}")
    kind = d.choose("older", "younger")
    d.need(kind == "older" or gap.value < age.value)
    d.fact(f"{first} is {age} old")
    d.fact(f"{other} is {gap} {kind} than {first}", is_needed=True)
    now = d.step(f"the age of {other}", age + gap if kind == "older" else age - gap)
    if d.choose("now", "later") == "now":
        d.ask(now, f"How old is {other}?", f"How old is {other} now?")
        return
    later = d.count(2, 15, year, "the number of years to come")
    d.ask(d.step(f"the age of {other} in {later}", now + later), f"How old will {other} be in {later}?")


@family("first_stories", "arithmetic")
def every_day(d: Draft) -> None:
    """The same each day, and what a goal still lacks."""
    who = d.person()
    kind = d.choose("pages", "kilometers", "made")
    unit = {"pages": _PAGE, "kilometers": KILOMETERS}.get(kind) or d.noun(BAKED)
    verb, past = {"pages": ("reads", "read"), "kilometers": ("walks", "walk")}.get(kind, ("bakes", "bake"))
    each, days = d.count(2, 10, unit, f"the number of {unit.many} a day"), d.count(2, 9, DAYS)
    d.fact(f"{who} {verb} {each} every day")
    total = d.step(f"the number of {unit.many} in {days}", each * days)
    if d.maybe("goal", 0.5):
        goal = d.count(10, 100, unit, f"the number of {unit.many} that {who} wants", by=5)
        d.need(total.value < goal.value <= total.value + 30)
        d.fact(f"{who} wants to {past} {goal}", is_needed=True)
        left = d.step(f"the number of {unit.many} left", goal - total)
        d.ask(left, f"How many {unit.many} are left after {days}?")
        return
    d.ask(total, f"How many {unit.many} does {who} {past} in {days}?")


@family("first_stories", "arithmetic")
def on_and_off(d: Draft) -> None:
    """Passengers of a bus at one or two stops."""
    vehicle = d.pick("bus", "train", "tram", "boat")
    now = d.count(6, 20, PEOPLE, f"the number of people on the {vehicle}")
    d.fact(f"there are {now} on a {vehicle}")
    stops = d.turns(1, 2, "off", "on")
    if "off" in stops:
        off = d.count(2, 12, PEOPLE, "the number of people who get off", below=now)
    if "on" in stops:
        on = d.count(2, 15, PEOPLE, "the number of people who get on")
    for stop in stops:
        if stop == "off":
            d.fact(d.pick(f"{off} get off", f"at a stop, {off} get off"))
            now = d.step("the number of people who stay", now - off)
        else:
            d.fact(d.pick(f"{on} get on", f"at a stop, {on} get on"))
            now = d.step("the number of people with those who get on", now + on)
    d.ask(
        now, f"How many people does the {vehicle} carry now?", f"How many people does the {vehicle} carry after that?"
    )


@family("first_stories", "arithmetic")
def book(d: Draft) -> None:
    """A book, read on one or two days."""
    reader = d.person()
    pages = d.count(20, 50, _PAGE, "the number of pages of the book", by=5)
    first = d.count(3, 15, _PAGE, "the number of pages read on Monday")
    d.fact(d.pick(f"{reader} has a book with {pages}", f"{reader}'s book has {pages}"))
    d.fact(f"{reader.she} reads {first} on Monday")
    if d.maybe("two", 0.6):
        second = d.count(3, 15, _PAGE, "the number of pages read on Tuesday")
        d.fact(f"{reader.she} reads {second} on Tuesday")
        d.need(first.value + second.value < pages.value)
        read = d.step("the number of pages read", first + second)
        if d.maybe("read", 0.4):
            d.ask(read, f"How many pages has {reader} read so far?")
            return
        first = read
    d.ask(d.step("the number of pages left", pages - first), "How many pages are left to read?")


@family("first_stories", "arithmetic")
def pieces_of(d: Draft) -> None:
    """A length cut into equal pieces."""
    who, what = d.person(), d.pick("rope", "ribbon", "cable", "wire")
    size, num = d.rng.randint(2, 9), d.rng.randint(2, 10)
    piece = nouns("piece")[0]
    length = d.given(size * num, METERS, f"the length of the {what}")
    d.fact(f"{who} has a {what} of {length}")
    if d.choose("how_many", "how_long") == "how_many":
        each = d.given(size, METERS, "the length of a piece")
        d.fact(f"{who.she} cuts it into pieces of {each} each")
        got = d.step("the number of pieces", length / each, piece)
        if d.maybe("used", 0.4):
            used = d.count(1, 6, piece, "the number of pieces used", below=got)
            d.fact(f"{who.she} uses {used}")
            d.ask(d.step("the number of pieces left", got - used), "How many pieces are left?", role="stock")
            return
        d.ask(got, f"How many pieces does {who} get?", role="figure")
        return
    parts = d.given(num, piece, "the number of pieces")
    d.fact(f"{who.she} cuts it into {parts} of the same length")
    d.ask(d.step("the length of a piece", length / parts), "How long is each piece?")


@family("first_stories", "arithmetic")
def two_kinds(d: Draft) -> None:
    """Things of two colours, or all and those of one colour."""
    thing = d.noun(COLLECTED + TOYS + FRUIT)
    place = d.pick("a bag", "a box", "a drawer", "a basket")
    one, two = d.rng.sample(["red", "blue", "green", "yellow", "white", "black"], 2)
    if d.choose("sum", "rest") == "sum":
        first = d.count(3, 20, thing, f"the number of {one} {thing.many}")
        second = d.count(3, 20, thing, f"the number of {two} {thing.many}")
        d.fact(f"{place} holds {first.n} {one} {thing.many} and {second.n} {two} {thing.many}")
        d.ask(d.step(f"the number of {thing.many}", first + second), f"How many {thing.many} are in {_the(place)}?",
              role="stock")  # fmt: skip
        return
    total = d.count(8, 20, thing, f"the number of {thing.many}")
    first = d.count(2, 15, thing, f"the number of {one} {thing.many}", below=total)
    d.fact(f"{place} holds {total}")
    d.fact(f"{first.n} of them are {one}, and the others are {two}")
    d.ask(d.step(f"the number of {two} {thing.many}", total - first), f"How many {thing.many} are {two}?")


@family("first_stories", "arithmetic")
def game_points(d: Draft) -> None:
    """Points in a game: rounds won, and points lost or a second player's."""
    first, second = d.person(), d.person()
    each = d.count(2, 10, POINTS, "the number of points for a round")
    rounds = d.count(2, 9, "round")
    d.fact(d.pick(f"in a game, each round won gives {each}", f"a player gets {each} for each round won"))
    d.fact(f"{first} wins {rounds}", is_needed=True)
    points = d.step(f"the number of points of {first}", each * rounds)
    match d.choose("points", "lost", "both"):
        case "lost":
            lost = d.count(2, 12, POINTS, "the number of points lost", below=points)
            d.fact(f"then {first.she} loses {lost}")
            points = d.step(f"the number of points that {first} keeps", points - lost)
        case "both":
            other = d.count(4, 20, POINTS, f"the number of points of {second}")
            d.fact(f"{second} has {other}")
            both = d.step("the number of points of both", points + other)
            d.ask(both, f"How many points do {first} and {second} have together?")
            return
    d.ask(points, f"How many points does {first} have?", role="stock")


@family("first_stories", "arithmetic")
def saving(d: Draft) -> None:
    """Money saved week by week towards something."""
    who, thing = d.person(), d.noun(TOYS + CLOTHES)
    each = d.money(2, 10, "the money saved in a week")
    weeks = d.count(2, 9, "week")
    d.fact(f"{who} saves {each} every week for {weeks}")
    saved = d.step("the money saved", each * weeks)
    match d.choose("saved", "left", "start"):
        case "left":
            price = d.money(2, 20, f"the price of the {thing.one}", below=saved)
            d.fact(f"then {who.she} buys {article(thing.one)} for {price}")
            d.ask(d.step("the money left", saved - price), f"How much money does {who} have left?")
        case "start":
            start = d.money(2, 20, "the money at the start")
            d.fact(f"{who.she} already had {start}")
            d.ask(d.step("the money in all", start + saved), f"How much money does {who} have now?")
        case _:
            d.ask(saved, f"How much money does {who} save?")


def _the(place: str) -> str:
    return place.replace("a ", "the ", 1)
