"""Grade-school families about things counted: baked, collected, packed, shelved."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.quantity import whole_times
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    BAKED,
    COLLECTED,
    CONTAINERS,
    FRUIT,
    MADE,
    article,
    nouns,
)


@family("grade_school", "arithmetic")
def bakery(d: Draft) -> None:
    """Trays of baked goods, some burnt or given away, then bagged or sold."""
    baker, good = d.person(), d.noun(BAKED)
    trays, each = d.count(3, 12, "tray"), d.count(6, 24, good, f"the number of {good.many} on a tray")
    d.fact(
        d.pick(
            f"{baker} bakes {trays} of {good.many} before sunrise",
            f"for the morning rush, {baker} prepares {trays} of {good.many}",
        )
    )
    d.detail(d.pick(f"each tray holds {each}", f"there are {each} on every tray"))
    left = d.step(f"the number of {good.many} baked", each * trays)
    if d.maybe("burnt"):
        burnt = d.count(2, 20, good, f"the number of burnt {good.many}", below=left)
        d.fact(f"sadly, {burnt} are burnt and thrown away")
        left = d.step(f"the number of good {good.many}", left - burnt)
    if d.maybe("given"):
        given = d.count(5, 40, good, f"the number of {good.many} given away", below=left)
        d.fact(f"{baker} sets {given} aside for a food bank")
        left = d.step(f"the number of {good.many} for sale", left - given)
    rest = "" if left.label.endswith("baked") else "remaining "
    match d.choose("left", "bags", "money"):
        case "bags":
            size = d.count(2, 12, good, f"the number of {good.many} in a bag", divides=left)
            d.fact(f"all the {rest}{good.many} go into bags with {size} each")
            bags = d.step("the number of bags", left / size, nouns("bag")[0])
            d.ask(bags, "How many bags does that make?", f"How many bags does {baker} fill?")
        case "money":
            price = d.money(2, 6, f"the price of {article(good.one)}")
            d.fact(f"the {rest}{good.many} are all sold at {price} apiece")
            d.ask(
                d.step(f"the income from the {good.many}", price * left), f"How much money do the {good.many} bring in?"
            )
        case _:
            d.ask(
                left,
                f"How many {good.many} can {baker} offer for sale?",
                f"How many {good.many} are ready to be sold?",
                role="stock",
            )


@family("grade_school", "arithmetic")
def collection(d: Draft) -> None:
    """A collection grows and shrinks in several turns."""
    owner, friend, thing = d.person(), d.person(), d.noun(COLLECTED)
    have = d.count(20, 120, thing, f"the number of {thing.many} at the start")
    d.fact(
        d.pick(
            f"{owner} collects {thing.many} and starts the year with {have.n}",
            f"in January, {owner}'s collection counts {have}",
        )
    )
    for turn in d.turns(1, 3, "gift", "loss", "packs", "swap"):
        if turn == "gift":
            more = d.count(5, 40, thing, f"the number of {thing.many} from {friend}")
            d.fact(f"then {friend} sends {owner} {more.n} more")
            have = d.step(f"the number of {thing.many} with the gift", have + more)
        elif turn == "loss":
            lost = d.count(3, 30, thing, f"the number of lost {thing.many}", below=have)
            d.fact(f"during a move, {lost} get lost")
            have = d.step(f"the number of {thing.many} after the loss", have - lost)
        elif turn == "packs":
            packs, size = d.count(2, 9, "pack"), d.count(4, 15, thing, f"the number of {thing.many} in a pack")
            d.fact(f"in spring {owner} buys {packs} with {size} each")
            new = d.step(f"the number of {thing.many} in the packs", size * packs)
            have = d.step(f"the number of {thing.many} with the packs", have + new)
        else:
            out, back = (
                d.count(6, 20, thing, f"the number of {thing.many} traded away", below=have),
                d.count(2, 5, thing, "the number received"),
            )
            d.fact(f"at a fair, {owner} trades {out.n} common {thing.many} for {back.n} rare ones")
            have = d.step(f"the number of {thing.many} after the trade", have - out + back)
    if d.choose("all", "album") == "album":
        page = d.count(4, 12, thing, f"the number of {thing.many} on a page", divides=have)
        d.detail(f"every page of the album shows {page}")
        pages = d.step("the number of pages", have / page, nouns("page")[0])
        d.ask(pages, f"How many album pages does {owner} need for the whole collection?")
    else:
        d.ask(
            have,
            f"How large is {owner}'s collection now?",
            f"How many {thing.many} does the collection count in the end?",
            role="stock",
        )


@family("grade_school", "arithmetic")
def comparison(d: Draft) -> None:
    """Two or three people compare what they have."""
    first, second, third, thing = d.person(), d.person(), d.person(), d.noun(COLLECTED + FRUIT)
    place = d.pick("at the beach", "in the garden", "on a school trip", "during the holidays", "at a flea market")
    base = d.count(6, 40, thing, f"the number of {thing.many} {first} has")
    d.fact(d.pick(f"{first} finds {base} {place}", f"{place}, {first} gathers {base}"))
    if d.choose("times", "more") == "times":
        times = d.times(2, 6, f"the factor between {first} and {second}")
        d.fact(f"{second} has {times:m} as many as {first}")
        other = d.step(f"the number of {thing.many} {second} has", base * times)
    else:
        more = d.count(3, 25, thing, f"the lead of {second}")
        d.fact(f"{second} has {more.n} more than {first}")
        other = d.step(f"the number of {thing.many} {second} has", base + more)
    last = other
    if d.maybe("third", 0.6):
        fewer = d.count(2, 20, thing, f"the gap between {second} and {third}", below=other)
        d.fact(f"{third} has {fewer.n} fewer than {second}")
        last = d.step(f"the number of {thing.many} {third} has", other - fewer)
    match d.choose("together", "difference", "shared"):
        case "difference":
            name = third if last is not other else second
            gap = d.step(f"the lead of {name} over {first}", last - base)
            d.ask(gap, f"By how many {thing.many} is {name} ahead of {first}?")
        case kind:
            total = base + other + last if last is not other else base + other
            both = d.step(f"the number of {thing.many} in the common stock", total)
            if kind == "together":
                d.ask(
                    both,
                    f"How many {thing.many} do they have if they put everything on one pile?",
                    f"How large is their joint stock of {thing.many}?",
                    role="stock",
                )
                return
            bags = d.count(2, 12, "bag", divides=both)
            d.fact(f"they pool everything and spread it evenly over {bags}")
            d.ask(
                d.step(f"the number of {thing.many} in a bag", both / bags), f"How many {thing.many} go into each bag?"
            )


@family("grade_school", "arithmetic")
def packing(d: Draft) -> None:
    """Boxes within boxes, full ones and what is left over."""
    worker, thing, box = d.person(), d.noun(FRUIT + MADE), d.noun(CONTAINERS)
    size = d.count(6, 24, thing, f"the number of {thing.many} in {article(box.one)}")
    d.detail(f"{article(box.one)} takes exactly {size}")
    match d.choose("boxes", "stock"):
        case "boxes":
            boxes = d.count(4, 20, box)
            d.fact(f"{worker} fills {boxes} with {thing.many} for a market")
            stock = d.step(f"the number of {thing.many} in the {box.many}", size * boxes)
        case _:
            stock = d.count(100, 400, thing, f"the number of {thing.many} in stock")
            d.fact(f"{worker} packs {stock} for a market, as many full {box.many} as possible")
    if d.maybe("more"):
        extra = d.count(5, 60, thing, f"the number of late {thing.many}")
        d.fact(f"{extra} arrive late but are packed as well")
        stock = d.step(f"the number of {thing.many} to pack", stock + extra)
    if d.maybe("spoiled"):
        bad = d.count(3, 30, thing, f"the number of spoiled {thing.many}", below=stock)
        d.fact(f"{bad} have to be sorted out because they are damaged")
        stock = d.step(f"the number of sound {thing.many}", stock - bad)
    d.need(
        len(stock.label) > 0,
        stock.made_by is not None,
        not stock.label.startswith(f"the number of {thing.many} in the"),
    )
    good = "sound" if stock.label.startswith("the number of sound") else "available"
    match d.choose("full", "over", "amount"):
        case "full":
            full = d.step(f"the number of full {box.many}", whole_times(stock, size), box)
            d.ask(full, f"How many full {box.many} can be made from the {good} {thing.many}?")
        case "over":
            full = d.step(f"the number of full {box.many}", whole_times(stock, size), box)
            rest = d.step(f"the number of {thing.many} that do not fit into a full {box.one}", stock - size * full)
            d.ask(rest, f"How many {thing.many} do not fit into a full {box.one}?")
        case _:
            d.ask(stock, f"How many {good} {thing.many} are there?", role="stock")


@family("grade_school", "arithmetic")
def bookshelves(d: Draft) -> None:
    """Books on shelves: bought, lent out, moved."""
    keeper, thing = (
        d.person(),
        d.noun(nouns("novel, atlas/atlases, comic, dictionary/dictionaries, cookbook, travel guide")),
    )
    shelves, each = (
        d.count(4, 15, d.noun(nouns("shelf/shelves"))),
        d.count(12, 40, thing, f"the number of {thing.many} on a shelf"),
    )
    room = d.pick("library", "bookshop", "reading room", "study")
    d.fact(f"{keeper} looks after a {room} where {thing.many} stand on {shelves}")
    d.detail(f"every shelf carries {each}")
    have = d.step(f"the number of {thing.many} at first", each * shelves)
    if d.maybe("bought"):
        boxes, more = (
            d.count(2, 6, d.noun(nouns("box/boxes"))),
            d.count(10, 30, thing, f"the number of {thing.many} in a box"),
        )
        d.fact(f"a donor brings {boxes} with {more} each")
        have = d.step(f"the number of {thing.many} including the donation", have + d.step("the donation", more * boxes))
    if d.maybe("lent"):
        lent = d.count(10, 60, thing, f"the number of {thing.many} lent out", below=have)
        d.fact(f"{lent} are lent out to readers")
        have = d.step(f"the number of {thing.many} in the {room}", have - lent)
    match d.choose("left", "spread", "sale"):
        case "spread":
            rows = d.count(3, 12, "cabinet", divides=have)
            d.fact(f"what is there is then spread evenly over {rows}")
            d.ask(
                d.step(f"the number of {thing.many} in a cabinet", have / rows),
                f"How many {thing.many} does each cabinet hold?",
            )
        case "sale":
            part = d.percent("the percentage sold", 10, 20, 25, 50)
            d.fact(f"at a book sale, {part} of the {thing.many} present find a buyer")
            d.ask(d.step(f"the number of {thing.many} sold", have * part / 100), f"How many {thing.many} are sold?")
        case _:
            d.ask(
                have,
                f"How many {thing.many} are in the {room} now?",
                f"How many {thing.many} does {keeper} count there?",
                role="stock",
            )
