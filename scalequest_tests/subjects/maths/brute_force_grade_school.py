"""Independent solutions of the grade-school families: they read the question's text and nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction

WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
PARTS = {"half": 2, "a third": 3, "a quarter": 4, "a fifth": 5, "a sixth": 6}
SOLVERS: dict[str, Callable[[str], Fraction]] = {}


def solver(solve: Callable[[str], Fraction]) -> Callable[[str], Fraction]:
    """Enters a solution under the family's name."""
    SOLVERS[solve.__name__] = solve
    return solve


def solve(family: str, query: str) -> Fraction:
    """Solves a question of a family; numbers are first put in digits and dollar signs removed."""
    text = query.replace("$", "").replace("twice as", "2 times as")
    for value, word in enumerate(WORDS, start=2):
        text = re.sub(rf"\b{word}\b", str(value), text, flags=re.I)
    return SOLVERS[family](text)


def find(text: str, pattern: str) -> Fraction | None:
    """The first group of the first match; ``#`` stands for a number, ``~`` for some words."""
    match = re.search(pattern.replace("#", r"(\d+(?:\.\d+)?)").replace("~", r"[\w' -]+?"), text, re.I)
    return Fraction(match[1]) if match else None


def get(text: str, *patterns: str) -> Fraction:
    """Like `find`, of the first pattern that matches; one must."""
    found = [value for pattern in patterns if (value := find(text, pattern)) is not None]
    assert found, (patterns, text)
    return found[0]


def every(text: str, pattern: str) -> list[Fraction]:
    """All matches of a pattern with one number."""
    return [Fraction(value) for value in re.findall(pattern.replace("#", r"(\d+(?:\.\d+)?)"), text, re.I)]


@solver
def shopping_basket(q: str) -> Fraction:
    num = get(q, "buys # ", "picks # ")
    one, other = get(q, "costs # there"), get(q, "while ~ costs #")
    total = (
        sum(one for _ in range(int(num))) + other - (find(q, "takes # off") or 0) + (find(q, "wrapping adds #") or 0)
    )
    note = find(q, "pays with #")
    return total if note is None else note - total


@solver
def shared_cost(q: str) -> Fraction:
    people = get(q, "takes # ", "and # ~ each order") + 1
    bill = get(q, "costs # a head") * people + (find(q, "table add #") or 0) - (find(q, "bill by #") or 0)
    bill *= 1 + (find(q, "tip of #%") or Fraction(0)) / 100
    return bill / people if "each" in q[q.rindex(". ") :] else bill


@solver
def wages(q: str) -> Fraction:
    rate = get(q, "regular pay is #")
    pay = rate * get(q, "# hours this week", "worked # hours")
    extra = find(q, "come # hours")
    if extra is not None:
        pay += sum(rate + get(q, "each paid # more") for _ in range(int(extra)))
    pay += find(q, "bonus of #") or 0
    part = find(q, "puts #% of all")
    return pay * part / 100 if part else pay - (find(q, "uses up #") or 0)


@solver
def savings_goal(q: str) -> Fraction:
    need = get(q, "costs #") - (find(q, "already put #") or 0) - (find(q, "price by #") or 0)
    weekly = (find(q, "can save #") or 0) + (find(q, "and # earned") or 0) + (find(q, "able to save #") or 0)
    weeks = find(q, "after # weeks")
    if weeks is not None:
        return need - weekly * weeks
    num = 0
    while need > 0:
        need, num = need - weekly, num + 1
    assert need == 0
    return Fraction(num)


@solver
def stall_profit(q: str) -> Fraction:
    num = get(q, "sells # ")
    money = num * (get(q, "customer pays #") - (find(q, "making ~ costs #") or 0))
    money += (find(q, "collects #") or 0) - (find(q, "rent of the stall is #") or 0)
    part = find(q, "donates #%")
    return money * part / 100 if part else money


@solver
def ticket_sales(q: str) -> Fraction:
    full, child = get(q, "charges #"), get(q, "and # for a child")
    if (times := find(q, "and # times as many for adults")) is not None:
        children = get(q, "sells # tickets")
        adults = children * times
    elif (more := find(q, "and # more than that for adults")) is not None:
        children = get(q, "sells # tickets")
        adults = children + more
    elif (total := find(q, "sells # tickets")) is not None:
        children = get(q, "of which # are")
        adults = total - children
    else:
        adults, children = get(q, "for # adults"), get(q, "and # children")
    if "more dollars" in q:
        return adults * full - children * child
    return adults * full + children * child - (find(q, "# of this sum") or 0)


@solver
def bakery(q: str) -> Fraction:
    left = get(q, "# trays") * get(q, "tray holds #", "there are # ")
    left -= (find(q, "sadly, # ") or 0) + (find(q, "sets # ") or 0)
    if (price := find(q, "at # apiece")) is not None:
        return left * price
    size = find(q, "bags with #")
    return left if size is None else left / size


@solver
def collection(q: str) -> Fraction:
    have = get(q, "year with #", "collection counts #")
    have += (find(q, "# more\\.") or find(q, "# more, and") or 0) - (find(q, "during a move, # ") or 0)
    packs = find(q, "buys # packs")
    if packs is not None:
        have += sum(get(q, "packs with # ") for _ in range(int(packs)))
    if (out := find(q, "trades # ")) is not None:
        have += get(q, "for # rare") - out
    page = find(q, "album shows #")
    return have if page is None else have / page


@solver
def comparison(q: str) -> Fraction:
    base = get(q, "(?:finds|gathers) #")
    times = find(q, "has # times as many")
    other = base * times if times else base + get(q, "has # more than")
    fewer = find(q, "has # fewer")
    people = [base, other] + ([other - fewer] if fewer is not None else [])
    if "ahead" in q:
        return people[-1] - base
    bags = find(q, "over # bags")
    return sum(people, Fraction(0)) / (bags or 1)


@solver
def packing(q: str) -> Fraction:
    size, boxes = get(q, "takes exactly #"), find(q, "fills # ")
    stock = get(q, "packs # ") if boxes is None else boxes * size
    stock += (find(q, r"# ~ arrive late") or 0) - (find(q, "# ~ have to be sorted") or 0)
    if "do not fit" in q:
        return stock % size
    return Fraction(stock // size) if "how many full" in q.lower() else stock


@solver
def bookshelves(q: str) -> Fraction:
    have = get(q, "# shelves") * get(q, "every shelf carries #")
    have += (find(q, "brings # boxes") or 0) * (find(q, "boxes with # ") or 0) - (find(q, "# ~ are lent out") or 0)
    if (rows := find(q, "over # cabinets")) is not None:
        return have / rows
    part = find(q, "sale, #%")
    return have * part / 100 if part else have


@solver
def garden_rows(q: str) -> Fraction:
    planted = get(q, "# rows") * get(q, "row consists of #")
    alive = planted - planted * (find(q, "kills #%") or Fraction(0)) / 100 - (find(q, "snails eat #") or 0)
    if (price := find(q, "at # each")) is not None:
        return price * (planted - alive)
    return alive * (find(q, "needs # liters") or 1)


@solver
def road_trip(q: str) -> Fraction:
    hours = [get(q, "first for # hours", "travels # hours"), *every(q, "next # hours")]
    speeds = [get(q, "at # kilometers per hour"), *every(q, "driven at # kilometers")]
    far = sum((h * s for h, s in zip(hours, speeds, strict=True)), Fraction(0)) + (find(q, "another # kilometers") or 0)
    if "round trip" in q:
        return 2 * far
    if "average speed" in q:
        return far / sum(hours)
    use = find(q, "enough for #")
    return far / use if use else far


@solver
def walking_together(q: str) -> Fraction:
    slow = get(q, "walks # meters")
    fast = slow + get(q, "covers # meters more")
    minutes = get(q, "for # minutes")
    back = find(q, "goes back #") or 0
    if "opposite" in q:
        return (slow + fast) * minutes - back
    if "same gate" in q:
        return (fast - slow) * minutes + (find(q, "already # meters") or 0) - back
    return fast * minutes + back


@solver
def training_plan(q: str) -> Fraction:
    minutes, days = get(q, "for # minutes"), get(q, "# days of")
    more = find(q, "keeps going #")
    week = minutes * days + (minutes + more if more is not None else 0) - (find(q, "# minutes are cut") or 0)
    return week / 60 if "hours" in q else week * (find(q, "amount for # weeks") or 1)


@solver
def busy_morning(q: str) -> Fraction:
    first = get(q, "with # minutes of", "spends # minutes")
    times = find(q, "takes # times as long")
    less = find(q, "takes # minutes less")
    second = first - less if less else first * times if times else first + get(q, "takes # minutes longer")
    total = first + second + (find(q, "needs # minutes") or 0)
    hours = find(q, "# hours are free")
    return total if hours is None else hours * 60 - total


@solver
def reading_plan(q: str) -> Fraction:
    left = get(q, "of # pages", "has # pages") - (find(q, "reads # pages over") or 0) - (find(q, "skips #") or 0)
    daily = find(q, "get through #")
    daily = daily or get(q, "reads # pages every morning") + get(q, "and # every evening")
    days = find(q, "unread # days later")
    return left / daily if days is None else left - days * daily


@solver
def workshop_rate(q: str) -> Fraction:
    hourly = get(q, "uses # ") * get(q, "(?<!which )makes # ~ an hour") + (find(q, "which makes # ") or 0)
    if (order := find(q, "customer orders #")) is not None:
        return (order - (find(q, "# of them are already") or 0)) / hourly
    hours = get(q, "after # hours", "in # hours", "output of # hours")
    return hourly * hours - (find(q, "work, # ") or 0)


@solver
def water_tank(q: str) -> Fraction:
    rate = get(q, "sends # liters") - (find(q, "crack, # liters") or 0)
    water = (
        find(q, "contains # liters\\.")
        or find(q, "contains # liters, and")
        or find(q, "start the \\w+ contains #")
        or Fraction(0)
    )
    if (full := find(q, "contains more than #")) is not None:
        minutes = 0
        while water < full:
            water, minutes = water + rate, minutes + 1
        assert water == full
        return Fraction(minutes)
    return water + rate * get(q, "after # minutes") - (find(q, "takes out #") or 0)


@solver
def base_fee(q: str) -> Fraction:
    base, rate = get(q, "fixed fee of #"), get(q, "plus # for every")
    if (paid := find(q, "pays # in the end")) is not None:
        return (paid - base) / rate
    if (other := find(q, "but # for every")) is not None:
        num = get(q, "needs it for #")
        return num * other - num * rate - base
    cost = base + rate * get(q, "rents one for #") - (find(q, "takes # off") or 0)
    return cost / (find(q, "others, # people") or 1)


@solver
def recipe(q: str) -> Fraction:
    eaters = get(q, "for # guests", "invites # guests") + ("as well" in q) + (find(q, "safe, # extra") or 0)
    return get(q, "needs # grams") * eaters / get(q, "for # people") - (find(q, "still holds #") or 0)


@solver
def bus_line(q: str) -> Fraction:
    riders = get(q, "# passengers on board", "# passengers are on board") - sum(every(q, "# get off"))
    return (riders + sum(every(q, "# get on"))) * (find(q, "fare is #") or 1)


@solver
def school_trip(q: str) -> Fraction:
    group = get(q, "# classes") * get(q, "classes of # ", "with # students each")
    group += (find(q, "# adults come") or 0) - (find(q, "# students are absent") or 0)
    if (fee := find(q, "fee is #")) is not None:
        return fee * group
    return group / (find(q, "vans with #") or 1)


@solver
def family_ages(q: str) -> Fraction:
    age = get(q, "is # years old\\b", "turned #")
    times = find(q, "is # times as old")
    ages = [age, age * times if times else age + get(q, "is # years older")]
    if (less := find(q, "is # years younger")) is not None:
        ages.append(ages[-1] - less)
    if "add up" in q:
        return sum(ages, Fraction(0))
    later = find(q, "to be in # years")
    return ages[-1] + later if later is not None else ages[-1] - age


@solver
def ratio_share(q: str) -> Fraction:
    first, second = get(q, "ratio # to"), get(q, r"ratio \d+ to #")
    total = find(q, "split # ") or find(q, "^# ~ are shared") or find(q, r"\. # ~ are shared")
    gap, known = find(q, "gets # more"), find(q, "receives # ")
    for part in range(1, 1000):  # try every size of a part
        if part * (first + second) == total or part * abs(first - second) == gap or part * first == known:
            return part * (first + second) if "were there" in q else part * second - (find(q, "later, # ") or 0)
    raise AssertionError(q)


@solver
def average_score(q: str) -> Fraction:
    listed = re.search(r"scores ([\d, and]+) points", q)
    assert listed, q
    scores = [Fraction(score) for score in re.findall(r"\d+", listed[1])]
    total = sum(scores, Fraction(0)) + (find(q, "bonus of #") or 0) - (find(q, "taking # points off") or 0)
    if (goal := find(q, "average of # points")) is not None:
        return goal * (len(scores) + 1) - total
    rival = find(q, "reaches #")
    return total / len(scores) if rival is None else total - rival


@solver
def fraction_left(q: str) -> Fraction:
    total = get(q, "supply of #", "orders # ")
    left = total
    for part in re.findall(r"(half|a third|a quarter|a fifth|a sixth) of the", q):
        left -= left / PARTS[part]
    if "have been taken" in q:
        return total - left
    return left + (find(q, "buys # new") or 0)


@solver
def animal_food(q: str) -> Fraction:
    need = get(q, "feeds # ", "^# ~ live", r"\. # ~ live") * get(q, "gets # ") + (
        find(q, "need # ~ a day in total") or 0
    )
    if (stock := find(q, "shed contains #")) is not None:
        return stock / need - (find(q, "comes after #") or 0)
    price = find(q, "of the food costs #")
    return need * (price if price is not None else get(q, "eaten in # days"))


@solver
def egg_farm(q: str) -> Fraction:
    eggs = get(q, "# hens") * get(q, "lays # eggs") - (find(q, "uses # eggs") or 0) - (find(q, "# eggs break") or 0)
    if (weeks := find(q, "goes on for #")) is not None:
        return eggs * weeks
    return eggs / get(q, "cartons that hold #") * (find(q, "price of a carton is #") or 1)


@solver
def sale_price(q: str) -> Fraction:
    price = get(q, "used to cost #", "old price of #") * (1 - get(q, "reduced by #%") / 100)
    price -= find(q, "another #") or 0
    price *= 1 + (find(q, "tax of #%") or Fraction(0)) / 100
    purse = find(q, "holds # before")
    return price * (find(q, "takes # ~ on these terms") or 1) if purse is None else purse - price


@solver
def party_drinks(q: str) -> Fraction:
    need = get(q, "expects # guests", "# guests come") * get(q, "each guest has #")
    need += (find(q, "# children come") or 0) - (find(q, "# [\\w ]+ are sent back") or 0)
    if (stock := find(q, "had prepared #")) is not None:
        return stock - need
    return need * (find(q, "costs [\\w]+ # to make") or 1)


@solver
def fence(q: str) -> Fraction:
    width = get(q, "# meters wide and", "and # meters wide")
    times, more = find(q, "and # times as long"), find(q, "# meters longer")
    length = width * times if times else width + more if more is not None else get(q, "# meters long")
    border = sum((width, length, width, length), Fraction(0)) - (find(q, "gate # meters") or 0)
    return (border if "goes all around" in q else width * length) * (find(q, "costs #") or 1)


@solver
def ribbon(q: str) -> Fraction:
    left = get(q, "has # meters", "is # meters long") * 100 - (find(q, "# centimeters at the end") or 0)
    size = get(q, "be # centimeters") + (find(q, "# centimeters are needed in addition") or 0)
    if (pieces := find(q, "cuts off # pieces")) is not None:
        return left - pieces * size
    assert left % size == 0
    return Fraction(math.floor(left / size)) * (find(q, "for # apiece") or 1)


@solver
def thermometer(q: str) -> Fraction:
    first = now = get(q, "shows # degrees", "it is # degrees")
    now += (find(q, "gets # degrees warmer") or 0) - (find(q, "cools down by #") or 0)
    for _ in range(int(find(q, "is on for # hours") or 0)):
        now += get(q, "adds # degrees")
    return now - first if "than at dawn" in q else now


@solver
def elevator(q: str) -> Fraction:
    up, down, climbed = (find(q, f"{how} # floors") or Fraction(0) for how in ("goes up", "goes down", "climbs"))
    now = get(q, "(?:elevator|gets in) # floors above") + up - down + climbed
    if "whole way" in q:
        return up + down + climbed
    return now * (get(q, "building is # meters high") if "many meters" in q else 1)


@solver
def daily_practice(q: str) -> Fraction:
    days = [get(q, "(?:does|learns|paints|folds|knits|plants|copies) # ")]
    change = get(q, "it is # (?:more|fewer)") * (1 if re.search(r"it is \d+ more", q) else -1)
    for _ in range(int(get(q, "going for # days")) - 1):
        days.append(days[-1] + change)
    days[-1] -= find(q, "leaves out #") or 0
    if (reward := find(q, "gives \\w+ # for each")) is not None:
        return reward * days[-1]
    if "days together" in q:
        return sum(days, Fraction(0))
    return abs(days[-1] - days[0]) if re.search("than on the first|differ", q) else days[-1]


@solver
def slices(q: str) -> Fraction:
    left = get(q, "puts # ", "there are # [a-z]+ on ") * get(q, "cut into #", "has # slices")
    left += (find(q, "brings # more") or 0) - (find(q, "dog steals #") or 0)
    if "fair" in q:
        return left / get(q, "fairly by #", "# guests share")
    left -= sum(get(q, "eat # slices") for _ in range(int(get(q, "# guests eat"))))
    return left / (find(q, "boxes of #") or 1)


@solver
def quiz(q: str) -> Fraction:
    score = get(q, "counts # points") * get(q, "gives # right") + (find(q, "bonus of #") or 0)
    score -= (find(q, "another # answers are wrong") or 0) * (find(q, "cost # point") or 0)
    if (goal := find(q, "prize takes #")) is not None:
        return goal - score
    return score - (find(q, "ends up with #") or 0)


@solver
def legs(q: str) -> Fraction:
    birds, beasts = get(q, "(?:keeps|after) # "), get(q, "(?:keeps|after) \\d+ [a-z]+ and # ")
    birds, beasts = birds + (find(q, "then # more") or 0), beasts - (find(q, "later # of the") or 0)
    if "many animals" in q:
        return birds + beasts
    feet = [sum(2 for _ in range(int(birds))), sum(4 for _ in range(int(beasts)))]
    return Fraction(abs(feet[0] - feet[1]) if "more legs" in q else sum(feet))


@solver
def loaded_crate(q: str) -> Fraction:
    weight = get(q, "(?:empty [a-z]+|alone) weighs #") - (find(q, "takes out #") or 0) + (find(q, "lid of #") or 0)
    weight += sum(get(q, "of # kilograms each") for _ in range(int(get(q, "with # bags"))))
    if (limit := find(q, "can bear # kilograms")) is not None:
        return limit - weight
    return weight * (find(q, "gets # [a-z]+ ready") or 1)
