"""Grade-school families about animals and plants."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    DAYS,
    PLANTS,
    article,
    nouns,
)


@family("grade_school", "arithmetic")
def animal_food(d: Draft) -> None:
    """Animals eat a daily amount: need, cost, days a stock lasts."""
    keeper, animal, kilo = (
        d.person(),
        d.noun(nouns("goat, pony/ponies, rabbit, llama, donkey, sheep dog, turtle")),
        nouns("scoop, handful, cup"),
    )
    num, measure = d.count(3, 14, animal), d.noun(kilo)
    daily = d.count(2, 6, measure, f"the number of {measure.many} for {article(animal.one)}")
    d.fact(d.pick(f"{keeper} feeds {num} at a small farm", f"{num} live on the farm of {keeper}"))
    d.detail(f"{article(animal.one)} gets {daily} of food a day")
    need = d.step(f"the number of {measure.many} a day", daily * num)
    if d.maybe("young"):
        young, less = (
            d.count(2, 8, f"young {animal.one}", f"the number of young {animal.many}"),
            d.count(2, 12, measure, "the food for all the young"),
        )
        d.fact(f"{young.n} newborn {animal.many} need {less} a day in total")
        need = d.step(f"the number of {measure.many} with the young", need + less)
    match d.choose("week", "lasts", "cost"):
        case "lasts":
            stock = d.given(need.value * d.rng.randint(4, 30), measure, f"the number of {measure.many} in stock")
            d.detail(f"the shed contains {stock} of food")
            days = d.step("the number of days that the food lasts", stock / need, DAYS)
            if d.maybe("late"):
                gap = d.count(2, 9, DAYS, "the time until the delivery", below=days)
                d.fact(f"the next delivery comes after {gap}")
                d.ask(
                    d.step("the number of days that the food lasts beyond the delivery", days - gap),
                    "For how many days would the old food last beyond the delivery?",
                )
            else:
                d.ask(days, "How many days does the food in the shed last?")
        case "cost":
            price = d.money(2, 5, f"the price of {article(measure.one)}")
            d.detail(f"{article(measure.one)} of the food costs {price}")
            d.ask(d.step("the daily cost", price * need), "How many dollars does the food cost in a day?")
        case _:
            days = d.count(3, 14, DAYS)
            d.ask(
                d.step(f"the number of {measure.many} eaten in {days}", need * days),
                f"How many {measure.many} of food are eaten in {days}?",
            )


@family("grade_school", "arithmetic")
def egg_farm(d: Draft) -> None:
    """Hens lay eggs; some are used, the rest sold by the carton."""
    farmer, egg = d.person(), nouns("egg")[0]
    hens, each = d.count(8, 40, "hen"), d.count(4, 6, egg, "the number of eggs of a hen in a week")
    d.fact(d.pick(f"{farmer} keeps {hens} in an orchard", f"{hens} run around in the yard of {farmer}"))
    d.detail(f"a hen lays {each} a week")
    eggs = d.step("the number of eggs a week", each * hens)
    for turn in d.turns(0, 2, "kitchen", "broken"):
        used = d.count(4, 30, egg, f"the number of eggs {'used' if turn == 'kitchen' else 'broken'}", below=eggs)
        d.fact(
            f"{farmer}'s family uses {used} for cooking"
            if turn == "kitchen"
            else f"{used} break on the way to the market"
        )
        eggs = d.step(f"the number of eggs {'without those used' if turn == 'kitchen' else 'still whole'}", eggs - used)
    match d.choose("eggs", "cartons", "income"):
        case "eggs":
            weeks = d.count(2, 9, "week")
            d.fact(f"this goes on for {weeks}")
            d.ask(
                d.step(f"the number of eggs in {weeks}", eggs * weeks),
                "How many eggs can be sold in that time?",
                role="stock",
            )
        case kind:
            size = d.given(d.pick(6, 10, 12), egg, "the number of eggs in a carton")
            d.detail(f"the eggs are sold in cartons that hold {size} each")
            cartons = d.step("the number of cartons", eggs / size, nouns("carton")[0])
            if kind == "cartons":
                d.ask(cartons, "How many cartons does one week yield?")
                return
            price = d.money(2, 6, "the price of a carton")
            d.fact(f"the price of a carton is {price}")
            d.ask(
                d.step("the income of a week", price * cartons), "How much money do the cartons of one week bring in?"
            )


@family("grade_school", "arithmetic")
def garden_rows(d: Draft) -> None:
    """Rows of plants, of which some fail; harvest or replanting."""
    gardener, plant = d.person(), d.noun(PLANTS)
    rows, each = d.count(4, 15, "row"), d.count(6, 25, plant, f"the number of {plant.many} in a row")
    d.fact(
        d.pick(
            f"{gardener} plants {rows} of {plant.many} behind the house",
            f"in a new garden, {gardener} sets {rows} of {plant.many}",
        )
    )
    d.detail(f"a row consists of {each}")
    alive = d.step(f"the number of {plant.many} planted", each * rows)
    if d.maybe("frost"):
        frost = d.percent("the percentage lost to frost", 10, 20, 25, 50)
        d.fact(f"a late frost kills {frost} of them")
        dead = d.step(f"the number of {plant.many} killed by frost", alive * frost / 100)
        alive = d.step(f"the number of {plant.many} that survive", alive - dead)
    if d.maybe("snails"):
        eaten = d.count(3, 25, plant, f"the number of {plant.many} eaten by snails", below=alive)
        d.fact(f"snails eat {eaten.n} of the plants")
        alive = d.step(f"the number of {plant.many} left", alive - eaten)
    match d.choose("left", "replant", "water"):
        case "replant":
            d.need(alive.label.endswith(("left", "survive")))
            cost = d.money(2, 9, f"the price of {article('new ' + plant.one)}")
            d.fact(f"{gardener} replaces every plant that was lost, at {cost} each")
            lost = d.step(f"the number of {plant.many} lost", each * rows - alive)
            d.ask(
                d.step("the cost of the new plants", cost * lost),
                "How many dollars do the new plants cost?",
                role="cost",
            )
        case "water":
            liters = d.count(2, 6, "liter", "the number of liters for a plant")
            d.detail(f"each plant that is alive needs {liters} of water a day")
            d.ask(
                d.step("the number of liters a day", liters * alive), "How many liters of water do they need in a day?"
            )
        case _:
            d.need(alive.label.endswith(("left", "survive")))
            d.ask(
                alive,
                f"How many {plant.many} survive?",
                f"How many living {plant.many} are in the garden?",
            )
