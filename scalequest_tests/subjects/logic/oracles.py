"""What the answer to each family's puzzle is, worked out another way, from the words of the question alone."""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence

MORE = {"taller", "older", "faster", "heavier", "richer", "stronger"}
MOST = {"tallest", "oldest", "fastest", "heaviest", "richest", "strongest", "last"}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3}


def named(names: Sequence[str]) -> str:
    return " and ".join(names) or "none"


def _ranked(query: str) -> list[str]:
    """Return those who are compared, least first: by how many each is known to be above."""
    above = set()
    for one, how, other in re.findall(r"(\w+) is (\w+) than (\w+)\.", query):
        above.add((one, other) if how in MORE else (other, one))
    for one, how, other in re.findall(r"The (\w+) (comes before|is later than) the (\w+)\.", query):
        above.add((one, other) if how == "is later than" else (other, one))
    for _ in range(3):
        above |= {(a, d) for a, b in above for c, d in above if b == c}
    everyone = {name for pair in above for name in pair}
    return sorted(everyone, key=lambda name: sum(pair[0] == name for pair in above))


def end(query: str) -> str:
    asked = re.findall(r"\w+", query)[-1]
    return _ranked(query)[-1 if asked in MOST else 0]


def member(query: str) -> str:
    _, kind = re.findall(r"(\w+) is an? (\w+)\. (?:Is|Does)", query)[0]
    asked = re.findall(r"an? (\w+)\?", query)[0]
    rule = re.findall(rf"(All|Every|No) {kind}s? (?:are|is an?) {asked}s?\.", query)
    return "no" if rule[0] == "No" else "yes"


def facts(query: str) -> str:
    known = {name: value == "true" for name, value in re.findall(r"\b([PQ]) is (true|false)", query)}
    said = re.findall(r'"(.*)"', query)[0].replace("neither P nor Q", "not P and not Q")
    return "yes" if eval(said, {}, known) else "no"


def says(query: str) -> str:
    name, kind = re.findall(r"(\w+) is a (knight|knave)\.", query)[0]
    told = re.findall(rf"{name}(?: says:| says that| claims that) (\w+) is a (knight|knave)\.", query)[0]
    is_knight = (told[1] == "knight") == (kind == "knight")
    asked, wanted = re.findall(r"Is (\w+) a (\w+)\?", query)[0]
    assert asked == told[0]
    return "yes" if is_knight == (wanted == "knight") else "no"


def _likes(query: str) -> tuple[list[str], str]:
    asked = re.findall(r"(\w+)[?.]$", query)[0]
    told = re.findall(r"(\w+) likes ([^.]*)\.", query)
    return [n for n, what in told if asked in what and not re.search(rf"not {asked}|neither .*{asked}", what)], asked


def odd_one_out(query: str) -> str:
    options = re.findall(r"\((.)\) (\w+) (\w+)", query)
    for at in (1, 2):
        counted = Counter(option[at] for option in options)
        if sorted(counted.values()) == [1, 3]:
            return next(option[0] for option in options if counted[option[at]] == 1)
    raise AssertionError(query)


def weekdays(query: str) -> str:
    event, day = re.findall(r"The (\w+) is on (\w+)\.", query)[0]
    asked = re.findall(r"the (\w+)(?: on)?\?", query)[0]
    other, size, way, base = re.findall(rf"The ({asked}) is (\w+) days? (after|before) the (\w+)\.", query)[0]
    assert (other, base) == (asked, event)
    shift = (1 if size == "one" else int(size)) * (1 if way == "after" else -1)
    return DAYS[(DAYS.index(day) + shift) % 7]


def _knights(query: str) -> dict[str, bool]:
    people = re.findall(r"\w+", re.findall(r"You meet ([^.]*)\.", query)[0].replace(" and ", " "))
    told = re.findall(r"(\w+) (?:says|claims)(?:: \"| that )(.*?)(?:\.\"|\.)(?= |$)", query)
    found = []
    for mask in range(8):
        k = {name: bool(mask >> at & 1) for at, name in enumerate(people)}
        if all(
            k[speaker] == _is_true(text[0].lower() + text[1:] if text[:2].istitle() else text, k)
            for speaker, text in told
        ):
            found.append(k)
    assert len(found) == 1, query
    return found[0]


def _is_true(text: str, k: dict[str, bool]) -> bool:
    names = [name for name in re.findall(r"[A-Za-z]+", text) if name.capitalize() in k]
    a, *b = (k[name.capitalize()] for name in names)
    if text.startswith("if "):
        return not (a and b[0])
    if "both" in text:
        return [a, *b] == [text.endswith("knights")] * 2
    if "exactly" in text or "different" in text:
        return sum((a, *b)) == 1
    if "same" in text:
        return sum((a, *b)) != 1
    if "at least" in text:
        return sum((a, *b)) < 2
    return a == text.endswith("knight")


def knight_or_not(query: str) -> str:
    name, kind = re.findall(r"(\w+) (?:is )?a (knight|knave)\?", query)[-1]
    return "yes" if _knights(query)[name] == (kind == "knight") else "no"


def who_did_it(query: str) -> str:
    deed = re.findall(r"One of [^.]*? (broke|ate|hid|left) ", query)[0]
    told = re.findall(rf"(\w+) says: (it was not )?(\w+)(?: {deed}[^.]*)?\.", query)
    fits = [who for who, *_ in told if [bool(no) != (one == who) for _, no, one in told].count(True) == 1]
    return named(fits)


def boxes(query: str) -> str:
    told = re.findall(r"The (\w+) box has the label: the \w+ is (not )?in the (\w+) box\.", query)
    fits = [who for who, *_ in told if [bool(no) != (one == who) for _, no, one in told].count(True) == 1]
    return named(fits)


def _order(query: str) -> list[str]:
    """Return the one order in which all clues hold, by putting people on places one after the other."""
    told = query.replace("(A)", "\n").split("\n")[0]
    people = list(dict.fromkeys(re.findall(r"[A-Z][a-z]+", told)) - dict.fromkeys(DAYS).keys())
    people = [
        p for p in people if p not in ("From", "The", "In", "List", "What", "Who", "Whose", "Which", "How", "Say")
    ]
    assert len(people) == 4, query
    place_of = {**PLACES, **{f"on {day}": at for at, day in enumerate(DAYS)}}
    a, where = r"(?P<a>[A-Z]\w+)", "|".join(place_of)
    b = a.replace("<a>", "<b>")
    kinds: list[tuple[str, Callable[[int, int], bool]]] = [
        (rf"{a} is somewhere before {b}\.|The day of (?P<c>\w+) is before that of (?P<d>\w+)\.", lambda x, y: x < y),
        (rf"{a} is somewhere behind {b}\.|(?P<c>\w+) has a later day than (?P<d>\w+)\.", lambda x, y: x > y),
        (rf"{a} is directly before {b}\.", lambda x, y: x + 1 == y),
        (rf"{a} has the day after that of {b}\.", lambda x, y: x == y + 1),
        (rf"{a} is next to {b}\.|The days of (?P<c>\w+) and (?P<d>\w+) follow", lambda x, y: x in (y - 1, y + 1)),
    ]
    tests = [
        (m.groupdict().get("c") or m["a"], m.groupdict().get("d") or m["b"], test)
        for kind, test in kinds
        for m in re.finditer(kind, told)
    ]
    fixed = re.findall(rf"([A-Z]\w+) (is|is not|has the turn|does not have the turn) ({where})\.", told)

    def placed(rest: list[str], at: dict[str, int]) -> list[dict[str, int]]:
        bad = any(x in at and y in at and not test(at[x], at[y]) for x, y, test in tests)
        bad = bad or any(x in at and (at[x] == place_of[p]) == ("not" in how) for x, how, p in fixed)
        if bad:
            return []
        if not rest:
            return [at]
        free = set(range(4)) - set(at.values())
        return [found for place in free for found in placed(rest[1:], {**at, rest[0]: place})]

    orders = placed(people, {})
    assert len(orders) == 1, query
    return sorted(people, key=lambda name: orders[0][name])


def place_of(query: str) -> str:
    last = re.findall(r"(?:[.?!] )([^.?!]*)[.?]$", query)[0]
    place = next((at for word, at in PLACES.items() if last.endswith(word)), None)
    return _order(query)[DAYS.index(last.split()[-1]) if place is None else place]


def between(query: str) -> str:
    one, other = re.findall(r"between (\w+) and (\w+)\?", query)[0]
    order = _order(query)
    return str(abs(order.index(one) - order.index(other)) - 1)


def true_statement(query: str) -> str:
    order = _order(query)
    at = {name: place for place, name in enumerate(order)}
    found = []
    for letter, text in re.findall(r"\((.)\) ([^.]*)\.", query):
        x, *y = [word for word in re.findall(r"\w+", text) if word in at]
        word = text.split()[-1]
        how = re.sub(r"\w+$", "", text)
        if not y:
            holds = (at[x] == PLACES[word]) != (" not " in how)
        else:
            gap = at[y[0]] - at[x]
            holds = {"before": gap > 0, "behind": gap < 0, "directly": gap == 1, "next": abs(gap) == 1}[
                next(w for w in ("directly", "next", "before", "behind") if w in text)
            ]
        found += [letter] * holds
    return named(found)


def venn(query: str) -> str:
    total, *counts = map(int, re.findall(r"\d+", query))
    one, two, last = counts
    return (
        str(one + two - (total - last))
        if "neither" in query.split("?")[0].rsplit(".", 2)[-2]
        else str(total - (one + two - last))
    )


def _clubs(query: str) -> list[set[str]]:
    told = re.findall(
        r"(?:In the [\w ]+? are|The members of the [\w ]+? are) ([^.]*)\.|([A-Z][^.]*?) are in the [\w ]+?\.", query
    )
    return [set(re.findall(r"[A-Z]\w+", a or b)) for a, b in told]


def which_fit(query: str) -> str:
    bound, thing = re.findall(r"older than (\d+) and ha(?:s|ve) (a \w+)\?", query)[0]
    told = re.findall(r"(\w+) is (\d+) and has (a \w+)\.", query)
    return named([name for name, age, has in told if int(age) > int(bound) and has == thing])


def syllogism(query: str) -> str:
    """Look for a counterexample among all choices of up to six individuals."""
    kinds = re.findall(r"There are (\w+), (\w+) and (\w+)\.", query)[0]
    claims = [re.findall(r"(All|No|Some) (\w+) are (not )?(\w+)$", part)[0] for part in re.split(r"\. ?", query)[1:4]]
    for size in range(1, 7):
        for chosen in itertools.combinations(range(1, 8), size):
            sets = {kind: {n for n in chosen if n >> at & 1} for at, kind in enumerate(kinds)}
            if not all(sets.values()):
                continue
            first, second, last = (_claim(claim, sets) for claim in claims)
            if first and second and not last:
                return "no"
    return "yes"


def _claim(claim: tuple[str, str, str, str], sets: dict[str, set[int]]) -> bool:
    how, one, is_not, other = claim
    a, b = sets[one], sets[other]
    if how == "Some":
        return bool(a - b) if is_not else bool(a & b)
    return a <= b if how == "All" else not a & b


def if_then(query: str) -> str:
    def plain(text: str) -> tuple[str, bool]:
        words = text.replace(" does not ", " ").replace(" not ", " ").split()
        return " ".join(word.rstrip("s") for word in words), " not " in text

    rules = [(plain(a)[0], plain(b)[0]) for a, b in re.findall(r"(?:If|Whenever) ([^,.]*), (?:then )?([^.]*)\.", query)]
    known = dict([plain(re.findall(r"Now ([^.]*)\.", query)[0])])
    known = {event: not is_not for event, is_not in known.items()}
    for _ in range(3):
        for a, b in rules:
            if known.get(a):
                known[b] = True
            if known.get(b) is False:
                known[a] = False
    asked, is_not = plain(re.findall(r"(?:true|follow|conclude) that ([^?]*)\?", query)[0])
    return "yes" if known[asked] != is_not else "no"


def either_or(query: str) -> str:
    things = set(re.findall(r"either (\w+), (\w+) or (\w+),", query)[0])
    name = re.findall(r"(?:does|that) (\w+) \w+\?$", query)[0]
    ruled_out = re.findall(rf"{name} (?:does not|would never) \w+ (\w+)\.", query)
    taken = [what for who, what in re.findall(r"(\w+) \w+s (\w+)\.", query) if who != name]
    (left,) = things - {*ruled_out, *taken}
    return left


def truth_rows(query: str) -> str:
    formula = re.findall(r"(?:formula|this|is): (.*?)\. (?:In|How)", query)[0]
    names = sorted(set(re.findall(r"\b[A-Z]\b", formula)))
    said = re.sub(r"^if (.*), then (.*)$", r"not (\1) or (\2)", formula)
    rows = itertools.product((0, 1), repeat=len(names))
    num = sum(bool(eval(said, {}, dict(zip(names, row, strict=True)))) for row in rows)
    return str(num * 2 ** (3 - len(names)))


ORACLES: dict[str, Callable[[str], str]] = {
    "tallest": end,
    "comes_first": end,
    "order_three": lambda q: ", ".join(_ranked(q)),
    "member": member,
    "facts": facts,
    "says": says,
    "who_likes": lambda q: named(_likes(q)[0]),
    "how_many_like": lambda q: str(len(_likes(q)[0])),
    "odd_one_out": odd_one_out,
    "weekdays": weekdays,
    "knights_all": lambda q: "knights: " + (", ".join(n for n, is_one in _knights(q).items() if is_one) or "none"),
    "knights_count": lambda q: str(sum(_knights(q).values())),
    "knight_or_not": knight_or_not,
    "who_did_it": who_did_it,
    "boxes": boxes,
    "line_up": lambda q: ", ".join(_order(q)),
    "schedule": lambda q: ", ".join(_order(q)),
    "place_of": place_of,
    "who_is_on": place_of,
    "between": between,
    "true_statement": true_statement,
    "both_of_two": venn,
    "neither_of_two": venn,
    "in_both": lambda q: named(sorted(set.intersection(*_clubs(q)))),
    "in_one": lambda q: str(len(set.symmetric_difference(*_clubs(q)))),
    "which_fit": which_fit,
    "syllogism": syllogism,
    "if_then": if_then,
    "either_or": either_or,
    "truth_rows": truth_rows,
}
