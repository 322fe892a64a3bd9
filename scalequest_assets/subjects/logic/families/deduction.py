"""What follows: syllogisms, by all ways in which three kinds may overlap; conditions; formulas and their cases."""

import random
from collections.abc import Callable, Sequence
from itertools import combinations, permutations, product
from typing import Final, NamedTuple

from scalequest_assets.subjects.logic.families.puzzle import NAMES, Ask, Clue, Draft, Family, listed, yes_no

_KINDS: Final = ("artists", "birds", "boats", "clocks", "dancers", "pilots", "robots", "singers", "toys", "zorgs")
_FORMS: Final = ("All {} are {}.", "No {} are {}.", "Some {} are {}.", "Some {} are not {}.")
_REGIONS: Final = tuple(product((False, True), repeat=3))
_MODELS: Final = tuple(
    model for size in range(1, 9) for model in combinations(_REGIONS, size) if all(map(any, zip(*model, strict=True)))
)
"""All ways in which three kinds may overlap: the regions that are not empty; there is something of each kind."""


class _Claim(NamedTuple):
    """One of `_FORMS` about two of three kinds."""

    form: int
    one: int
    other: int

    def is_asked(self, claim: "_Claim") -> bool:
        return claim == self

    def holds(self, model: Sequence[Sequence[bool]]) -> bool:
        ones = [region[self.other] for region in model if region[self.one]]
        return (all(ones), not any(ones), any(ones), not all(ones))[self.form]


_CLAIMS: Final = [_Claim(form, *pair) for form in range(4) for pair in ((0, 2), (2, 0))]


def _syllogism(rng: random.Random) -> Draft:
    """Draw two premises about a middle term, and a conclusion; worlds are the conclusions that may be asked about."""
    kinds = rng.sample(_KINDS, 3)
    premises = [_Claim(rng.randrange(4), *rng.sample(pair, 2)) for pair in ((0, 1), (1, 2))]
    models = [model for model in _MODELS if all(premise.holds(model) for premise in premises)]
    follows = {claim: bool(models) and all(claim.holds(model) for model in models) for claim in _CLAIMS}
    wanted = rng.random() < 1 / 2
    meant = rng.choice([claim for claim in _CLAIMS if follows[claim] == wanted] or _CLAIMS)
    claims = {claim: Clue(f"Conclusion: {_told(claim, kinds)}", claim.is_asked) for claim in _CLAIMS}
    asked = rng.choice(("Does the conclusion follow?", "Does it follow from the rest?", "Is the conclusion valid?"))
    opposite = "Could the conclusion be false while all the rest is true?"
    end = (
        "The conclusion is true in every case in which the rest is."
        if follows[meant]
        else "There is a case in which the rest is true and the conclusion is false."
    )
    return Draft(
        intro=f"There are {listed(sorted(kinds))}. {' '.join(_told(premise, kinds) for premise in premises)}",
        worlds=_CLAIMS if models else [],
        clues=[claims[meant]],
        asks=(Ask(asked, lambda w: yes_no(follows[w])), Ask(opposite, lambda w: yes_no(not follows[w]))),
        steps=end,
        others=list(claims.values()),
    )


def _told(claim: _Claim, kinds: Sequence[str]) -> str:
    return _FORMS[claim.form].format(kinds[claim.one], kinds[claim.other])


_EVENTS: Final = {
    "it rains": "it does not rain",
    "the bell rings": "the bell does not ring",
    "the dog barks": "the dog does not bark",
    "the lamp is on": "the lamp is not on",
    "the shop is open": "the shop is not open",
    "the train is late": "the train is not late",
}
"""What may be the case, and that it is not."""


def _if_then(rng: random.Random) -> Draft:
    """Draw conditions that chain, and a fact at one end of them."""
    events = rng.sample(list(_EVENTS), 3)
    backwards = rng.random() < 1 / 2
    ways = ("If {}, then {}.", "Whenever {}, {}.", "If {}, {}.")
    way = rng.choice(ways)
    clues = [
        Clue(way.format(events[0], events[1]), lambda w: not w[0] or w[1]),
        Clue(way.format(events[1], events[2]), lambda w: not w[1] or w[2]),
    ]
    fact, at, middle = (_EVENTS[events[2]], 0, 1) if backwards else (events[0], 2, 1)
    clues.append(Clue(f"Now {fact}.", lambda w: w[2] is False if backwards else w[0]))
    asked = rng.choice(("Is it true that {}?", "Does it follow that {}?", "Can we conclude that {}?"))
    negated = rng.random() < 1 / 2

    def ask(place: int) -> Ask:
        said = _EVENTS[events[place]] if negated else events[place]
        return Ask(asked.format(said), lambda w: yes_no(w[place] != negated))

    both = Ask(f"Does it follow that {events[at]} and {events[middle]}?", lambda w: yes_no(bool(w[at] and w[middle])))
    reached = [_EVENTS[events[1]], _EVENTS[events[0]]] if backwards else [events[1], events[2]]
    return Draft(
        worlds=list(product((True, False), repeat=3)),
        clues=clues,
        asks=(ask(at), both),
        steps=f"Now {fact}. So {reached[0]}. So {reached[1]}.",
    )


_FORMULAS: Final[dict[str, Callable[[bool, bool, bool], bool]]] = {
    "P and (Q or R)": lambda p, q, r: p and (q or r),
    "P or (Q and R)": lambda p, q, r: p or (q and r),
    "P and Q and not R": lambda p, q, r: p and q and not r,
    "not P and (Q or R)": lambda p, q, r: not p and (q or r),
    "(P or Q) and (not P or R)": lambda p, q, r: (p or q) and (not p or r),
    "P and not (Q and R)": lambda p, q, r: p and not (q and r),
    "not (P or Q) or R": lambda p, q, r: not (p or q) or r,
    "P or Q or not R": lambda p, q, r: p or q or not r,
    "(P and not Q) or (not P and Q)": lambda p, q, _: p != q,
    "if P, then Q and R": lambda p, q, r: not p or (q and r),
    "if P or Q, then R": lambda p, q, r: not (p or q) or r,
    "P and (not Q or not R)": lambda p, q, r: p and (not q or not r),
}
_LETTERS: Final = ("P", "Q", "R")


def _truth_rows(rng: random.Random) -> Draft:
    """Draw a formula, and ask in how many of its eight cases it is true; worlds are the formulas."""
    names = rng.choice(list(permutations(("A", "B", "C", "X", "Y", "Z"), 3)))
    formula = rng.choice(list(_FORMULAS))
    told = "".join(dict(zip(_LETTERS, names, strict=True)).get(sign, sign) for sign in formula)
    rows = {text: [row for row in product((True, False), repeat=3) if holds(*row)] for text, holds in _FORMULAS.items()}
    intro = rng.choice(("{}, {} and {} are statements, each true or false.", "Each of {}, {} and {} is true or false."))
    asked = rng.choice(
        ("In how many of the 8 cases is it true?", "How many of the 8 rows of its truth table are true?")
    )
    lines = [", ".join(f"{n} {str(v).lower()}" for n, v in zip(names, row, strict=True)) for row in rows[formula]]
    return Draft(
        intro=intro.format(*names),
        worlds=list(_FORMULAS),
        clues=[
            Clue(
                rng.choice(("Take the formula: {}.", "Look at this: {}.", "The formula is: {}.")).format(told),
                lambda w: w == formula,
            )
        ],
        asks=(
            Ask(asked, lambda w: str(len(rows[w]))),
            Ask("In how many of the 8 cases is it false?", lambda w: str(8 - len(rows[w]))),
        ),
        steps="True for: " + "; ".join(lines) + ".",
    )


_DRINKS: Final = ("tea", "milk", "juice", "water", "cocoa", "coffee")


def _either_or(rng: random.Random) -> Draft:
    """Draw two people who have different ones of three things, one of them told and one ruled out."""
    (one, other), things = rng.sample(NAMES, 2), rng.sample(_DRINKS, 3)
    mine, theirs, nobodys = rng.sample(things, 3)
    base = rng.choice(("drink", "order", "take"))
    clues = [
        Clue(f"{other} {base}s {theirs}.", lambda w: w[1] == theirs),
        Clue(
            rng.choice(("{} does not {} {}.", "{} would never {} {}.")).format(one, base, nobodys),
            lambda w: w[0] != nobodys,
        ),
    ]
    rng.shuffle(clues)
    asked = rng.choice(("What does {} {}?", "Which of them does {} {}?", "What is it that {} {}s?"))
    return Draft(
        intro=f"{one} and {other} each {base} either {things[0]}, {things[1]} or {things[2]}, but not the same.",
        worlds=list(permutations(things, 2)),
        clues=clues,
        asks=(
            Ask(asked.format(one, base), lambda w: w[0]),
            Ask(f"Which of the three do neither {one} nor {other} {base}?", lambda w: (set(things) - {*w}).pop()),
        ),
        steps=f"{one} {base}s neither {theirs} nor {nobodys}. So {one} {base}s {mine}.",
    )


FAMILIES: Final = (
    Family(name="syllogism", topic="deduction", level=3, draw=_syllogism),
    Family(name="if_then", topic="deduction", level=2, draw=_if_then),
    Family(name="either_or", topic="deduction", level=2, draw=_either_or),
    Family(name="truth_rows", topic="truth", level=3, draw=_truth_rows),
)
"""What follows."""
