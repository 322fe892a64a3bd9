"""Grade-school families about ratios, averages and fractions."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    POINTS,
    article,
    nouns,
)


@family("grade_school", "prealgebra")
def ratio_share(d: Draft) -> None:
    """Something is divided in a ratio."""
    one, two, thing = d.person(), d.person(), d.noun(nouns("sticker, walnut, coin, bean, ticket, grape, bead"))
    first, second = d.times(2, 7, "the first term of the ratio"), d.times(1, 6, "the second term of the ratio")
    d.need(first.value != second.value)
    part = d.rng.randint(4, 30)
    way = d.choose("total", "difference", "known")
    ratio = f"{one} and {two} split some {thing.many} in the ratio {first:d} to {second:d}"
    if way == "total":
        total = d.given((first.value + second.value) * part, thing, f"the number of {thing.many} in all")
        d.fact(
            d.pick(
                ratio.replace(f"some {thing.many}", f"{total}"),
                f"{total} are shared by {one} and {two} in the ratio {first:d} to {second:d}",
            )
        )
        unit = d.step("one part", total / d.step("the number of parts", first + second))
    elif way == "difference":
        gap = d.given(abs(first.value - second.value) * part, thing, "the difference between the two")
        ahead, parts = (one, first - second) if first.value > second.value else (two, second - first)
        d.fact(ratio)
        d.fact(f"that way, {ahead} gets {gap.n} more")
        unit = d.step("one part", gap / d.step("the difference in parts", parts))
    else:
        known = d.given(first.value * part, thing, f"the number of {thing.many} for {one}")
        d.fact(ratio)
        d.fact(f"{one} receives {known.n} {thing.many}")
        unit = d.step("one part", known / first)
    match d.choose("second", "sum"):
        case "second":
            mine = d.step(f"the number of {thing.many} for {two}", unit * second)
            asked = f"How many {thing.many} does {two} get?"
        case _:
            d.need(way != "total")
            mine = d.step(f"the number of {thing.many} for both", unit * (first + second))
            asked = f"How many {thing.many} were there to split?"
    if d.maybe("eaten"):
        gone = d.count(2, 20, thing, "the number lost", below=mine)
        d.fact(f"later, {gone.n} {thing.many} of {two} fall into a river")
        d.need(asked.endswith("get?"))
        mine = d.step(f"the number of {thing.many} that {two} keeps", mine - gone)
        asked = f"How many {thing.many} does {two} keep?"
    d.ask(mine, asked)


@family("grade_school", "prealgebra")
def average_score(d: Draft) -> None:
    """Means of several results, and the result that is still needed."""
    player, event = (
        d.person(),
        d.pick("quiz", "archery contest", "bowling evening", "spelling contest", "dance competition", "ski race"),
    )
    num = d.pick(3, 4)
    scores = [d.count(40, 99, POINTS, f"the score of round {i + 1}") for i in range(num)]
    listed = ", ".join(f"{score:d}" for score in scores[:-1]) + f" and {scores[-1]:d}"
    rounds = d.given(num, nouns("round")[0], "the number of rounds")
    d.fact(
        d.pick(
            f"at {article(event)}, {player} scores {listed} points in {rounds}",
            f"{player} takes part in {article(event)} of {rounds} and scores {listed} points",
        )
    )
    total = scores[0]
    for score in scores[1:]:
        total = total + score
    total = d.step("the sum of the scores", total)
    if d.maybe("bonus"):
        bonus = d.count(3, 30, POINTS, "the bonus")
        d.fact(f"the jury adds a bonus of {bonus} to the sum")
        total = d.step("the sum with the bonus", total + bonus)
    if d.maybe("penalty"):
        penalty = d.count(2, 15, POINTS, "the penalty")
        d.fact(f"a late start is punished by taking {penalty} off the sum")
        total = d.step("the sum after the penalty", total - penalty)
    match d.choose("mean", "next", "lead"):
        case "mean":
            mean = d.step(f"the average of {player}", total / rounds)
            d.ask(
                mean,
                f"What is the average of {player} per round?",
                "How many points is that per round, on average?",
            )
        case "next":
            goal = d.count(60, 95, POINTS, "the average aimed at")
            d.detail(f"{player} wants an average of {goal} after one more round")
            needed = d.step("the sum needed", goal * d.step("the number of rounds then", rounds + 1))
            last = d.step("the score needed in that round", needed - total)
            d.need(last.value <= 120)
            d.ask(last, f"How many points does {player} need in that round?")
        case _:
            rival, other = d.person(), d.count(100, 400, POINTS, "the sum of the rival", below=total)
            d.fact(f"{rival} reaches {other} in all")
            d.ask(
                d.step(f"the lead of {player} over {rival}", total - other),
                f"By how many points does {player} beat {rival}?",
            )


@family("grade_school", "prealgebra")
def fraction_left(d: Draft) -> None:
    """Fractions of a supply are used one after the other."""
    owner, unit = (
        d.person(),
        d.noun(nouns("cherry/cherries, peanut, balloon, pencil, sheet of paper/sheets of paper, plum, candle")),
    )
    total = d.count(48, 360, unit, f"the number of {unit.many} at first", by=12)
    d.fact(d.pick(f"{owner} has a supply of {total}", f"{owner} orders {total} for a party"))
    left = total
    words = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 6: "a sixth"}
    uses = {
        "monday": ("are used up on Monday", "used on Monday"),
        "guests": ("go to guests", "for the guests"),
        "brother": ("are given to a brother", "for the brother"),
    }
    for turn, nth in zip(d.turns(1, 3, *uses), ("first", "second", "third"), strict=False):
        bottom, (told, label) = d.pick(2, 3, 4, 5, 6), uses[turn]
        d.fact(f"{nth}, {words[bottom]} of {'the' if left is total else 'the remaining'} {unit.many} {told}")
        gone = d.step(f"the number of {unit.many} {label}", left / bottom)
        left = d.step(f"the number of {unit.many} left after the {nth} use", left - gone)
    match d.choose("left", "bought", "used"):
        case "used":
            d.ask(
                d.step("the number taken in all", total - left),
                f"How many {unit.many} have been taken in all?",
            )
        case "bought":
            new = d.count(5, 60, unit, "the number of new ones")
            d.fact(f"after that, {owner} buys {new.n} new ones")
            d.ask(
                d.step(f"the number of {unit.many} in the supply", left + new),
                f"How many {unit.many} does {owner} have now?",
                role="stock",
            )
        case _:
            d.ask(left, f"How many {unit.many} remain?", f"How many {unit.many} are not yet taken?", role="stock")
