"""Grade-school families about equal groups: slices, points, legs, loads."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.quantity import Unit
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import FRUIT, MADE, POINTS, nouns

KILOGRAMS = Unit("kilogram", "kilograms", "amount")


@family("grade_school", "arithmetic")
def slices(d: Draft) -> None:
    """Pizzas or cakes in slices: shared, eaten, packed."""
    host, dish = d.person(), d.noun(nouns("pizza, cake, quiche, melon, pie, loaf/loaves"))
    slice_ = nouns("slice")[0]
    num, size = d.count(2, 8, dish), d.count(4, 12, slice_, f"the number of slices of one {dish.one}")
    d.fact(d.pick(f"{host} puts {num} on the table", f"there are {num} on {host}'s table"))
    d.detail(d.pick(f"each {dish.one} is cut into {size}", f"every {dish.one} has {size}"))
    left = d.step("the number of slices", size * num)
    if d.maybe("late"):
        more = d.count(2, 10, slice_, "the number of slices that a neighbor brings")
        d.fact(f"a neighbor brings {more.n} more slices")
        left = d.step("the number of slices with those of the neighbor", left + more)
    if d.maybe("dropped"):
        lost = d.count(2, 6, slice_, "the number of slices that the dog steals", below=left)
        d.fact(f"the dog steals {lost}")
        left = d.step("the number of slices without those of the dog", left - lost)
    end = d.choose("left", "shared", "boxes")
    if end == "shared":
        guests = d.count(2, 12, "guest", divides=left)
        d.fact(d.pick(f"the slices are shared fairly by {guests}", f"{guests} share the slices fairly"))
        d.ask(
            d.step("the number of slices for a guest", left / guests),
            "How many slices does each guest get?",
            "How many slices are there for each guest?",
        )
        return
    guests, each = d.count(2, 9, "guest"), d.count(2, 4, slice_, "the number of slices that a guest eats")
    d.fact(f"{guests} eat {each} each")
    eaten = d.step("the number of slices eaten", each * guests)
    left = d.step("the number of slices left over", left - eaten)
    if end == "boxes":
        box = d.count(2, 6, slice_, "the number of slices in a box", divides=left)
        d.fact(f"what is left over goes into boxes of {box}")
        d.ask(d.step("the number of boxes", left / box, nouns("box/boxes")[0]), "How many boxes are filled?")
    else:
        d.ask(left, "How many slices are left over?", f"How many slices can {host} put into the fridge?", role="stock")


@family("grade_school", "arithmetic")
def quiz(d: Draft) -> None:
    """Points for right answers, less for wrong ones: the score, a lead, what is missing."""
    player, answer = d.person(), nouns("answer")[0]
    show = d.pick("a radio quiz", "a quiz at school", "a quiz on the internet", "the quiz of a museum")
    worth, right = (
        d.count(2, 6, POINTS, "the worth of a right answer"),
        d.count(4, 15, answer, "the number of right answers"),
    )
    d.detail(d.pick(f"in {show}, a right answer counts {worth}", f"{show} counts {worth} for a right answer"))
    d.fact(f"{player} gives {right.n} right answers")
    score = d.step("the score for right answers", worth * right)
    if d.maybe("wrong"):
        cost, wrong = (
            d.count(1, 3, POINTS, "the cost of a wrong answer"),
            d.count(2, 6, answer, "the number of wrong answers"),
        )
        d.fact(f"another {wrong.n} answers are wrong and cost {cost} each")
        score = d.step("the score after wrong answers", score - d.step("the loss through wrong answers", cost * wrong))
    if d.maybe("bonus"):
        bonus = d.count(3, 10, POINTS, "the bonus")
        d.fact(f"for quick answers there is a bonus of {bonus}")
        score = d.step("the score with the bonus", score + bonus)
    match d.choose("score", "lead", "missing"):
        case "lead":
            rival, other = d.person(), d.count(3, 60, POINTS, "the score of the rival", below=score)
            d.fact(f"{rival} ends up with {other}")
            d.ask(
                d.step(f"the lead of {player}", score - other),
                f"By how many points does {player} beat {rival}?",
                f"How many points more than {rival} does {player} have?",
            )
        case "missing":
            goal = d.given(score.value + d.rng.randint(2, 20), POINTS, "the score for a prize")
            d.fact(f"a prize takes {goal}")
            d.ask(
                d.step("the gap to a prize", goal - score),
                f"How many points are missing for {player} to win a prize?",
                f"How many more points does {player} need for a prize?",
            )
        case _:
            d.ask(
                score,
                f"How many points does {player} have in the end?",
                f"What is the score of {player}, in points?",
                role="stock",
            )


@family("grade_school", "arithmetic")
def legs(d: Draft) -> None:
    """Animals with two and with four legs: legs, heads, and the difference."""
    keeper, leg = d.person(), nouns("leg")[0]
    two = d.noun(nouns("hen, duck, ostrich/ostriches, parrot, turkey"))
    four = d.noun(nouns("goat, pony/ponies, calf/calves, donkey, rabbit, dog"))
    birds, beasts = d.count(3, 15, two), d.count(2, 10, four)
    place = d.pick("in the yard", "on the meadow", "at the petting zoo", "behind the barn")
    d.fact(
        d.pick(f"{keeper} keeps {birds} and {beasts} {place}", f"{place}, {keeper} looks after {birds} and {beasts}")
    )
    if d.maybe("arrive"):
        more = d.count(2, 8, two, f"the number of {two.many} that arrive")
        d.fact(f"then {more.n} more {two.many} arrive")
        birds = d.step(f"the number of {two.many} in the end", birds + more)
    if d.maybe("leave"):
        gone = d.count(2, 5, four, f"the number of {four.many} that leave", below=beasts)
        d.fact(f"later {gone.n} of the {four.many} are sold")
        beasts = d.step(f"the number of {four.many} in the end", beasts - gone)
    end = d.choose("legs", "animals", "gap")
    if end == "animals":
        total = d.step("the number of animals", birds + beasts, nouns("animal")[0])
        d.ask(total, f"How many animals does {keeper} have now?", f"How many animals are {place} now?", role="stock")
        return
    one = d.step(f"the number of legs of the {two.many}", 2 * birds, leg)
    other = d.step(f"the number of legs of the {four.many}", 4 * beasts, leg)
    if end == "legs":
        both = d.step("the number of legs", one + other)
        d.ask(both, "How many legs do all these animals have together?", f"How many legs of animals are {place} now?")
    else:
        d.need(one.value != other.value)
        first, second, gap = (two, four, one - other) if one.value > other.value else (four, two, other - one)
        d.ask(
            d.step("the difference in legs", gap),
            f"How many more legs do the {first.many} have than the {second.many}?",
        )


@family("grade_school", "arithmetic")
def loaded_crate(d: Draft) -> None:
    """A crate and what is in it, on the scales."""
    worker, thing = d.person(), d.noun(FRUIT + MADE)
    crate = d.pick("crate", "barrel", "chest", "cart")
    empty, each = (
        d.count(3, 12, KILOGRAMS, f"the weight of the empty {crate}"),
        d.count(2, 6, KILOGRAMS, "the weight of a bag"),
    )
    bags = d.count(3, 12, "bag")
    d.detail(d.pick(f"the empty {crate} weighs {empty}", f"the {crate} alone weighs {empty}"))
    d.fact(f"{worker} loads a {crate} with {bags} of {thing.many}, of {each} each")
    load = d.step("the weight of the bags", each * bags)
    if d.maybe("out"):
        out = d.count(2, 10, KILOGRAMS, "the weight taken out", below=load)
        d.fact(f"then {worker} takes out {out} of {thing.many}")
        load = d.step("the weight of what is left in it", load - out)
    total = d.step(f"the weight of the {crate} and its load", empty + load)
    if d.maybe("lid"):
        lid = d.count(2, 5, KILOGRAMS, "the weight of the lid")
        d.fact(f"a lid of {lid} is put on top")
        total = d.step("the weight with the lid", total + lid)
    match d.choose("weight", "limit", "several"):
        case "limit":
            limit = d.given(total.value + d.rng.randint(2, 25), KILOGRAMS, "what the scales can bear")
            d.fact(f"the scales can bear {limit}")
            d.ask(
                d.step("what may still be added", limit - total),
                "How many kilograms can the scales still bear?",
                "How many kilograms may still be put on the scales?",
            )
        case "several":
            num = d.count(2, 4, Unit(crate, f"{crate}s", "count"), "the number of loads")
            d.fact(f"{worker} gets {num} ready in exactly this way")
            d.ask(d.step("the weight of all", total * num), "How many kilograms do they weigh together?")
        case _:
            d.ask(
                total,
                "How many kilograms do the scales show?",
                f"How heavy is the loaded {crate}, in kilograms?",
                role="stock",
            )
