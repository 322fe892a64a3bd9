r"""Reads questions of the first families, as a family or a model wrote them, and says what the answer is.

Written against the text alone. A question that fits no pattern is `None` (a reader must look at it); one that fits and
has no sensible answer, because it asks about something else or the numbers cannot be, is `SENSELESS`.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final, Literal

SENSELESS: Final = "senseless"
Verdict = Fraction | Literal["senseless"] | None

_NAME, _THING, _NUMBER = r"[A-Z][a-z]+", r"[a-zA-Z]+(?:[ -][a-zA-Z]+){0,3}?", r"\d+"
_SHORT: Final = {"name": _NAME, "thing": _THING, "num": _NUMBER}
_RULES: list[tuple[re.Pattern[str], Callable[[Mapping[str, str]], object]]] = []


class _NoneError(Exception):
    """No one can have this result."""


def solve(question: str) -> Verdict:
    """Return the answer of a question, `SENSELESS`, or None where it fits no pattern."""
    text = " ".join(question.split())
    text, further = _last_step(text)
    for pattern, work in _RULES:
        if found := pattern.fullmatch(text):
            try:
                return further(_number(work(found.groupdict())))
            except (_NoneError, ZeroDivisionError):
                return SENSELESS
    return None


_Work = Callable[[Mapping[str, str]], object]


def _rule(pattern: str) -> Callable[[_Work], _Work]:
    r"""Enter a rule; `<a:num>` is a number, `<who:name>` a name, `<what:thing>` a noun, `=what` the same again."""
    named = re.sub(r"<(\w+):(\w+)>", lambda m: f"(?P<{m[1]}>{_SHORT[m[2]]})", pattern)

    def enter(work: _Work) -> _Work:
        _RULES.append((re.compile(named), work))
        return work

    return enter


def _number(value: object) -> Fraction:
    assert isinstance(value, int | Fraction)
    return Fraction(value)


def _same(*words: str) -> None:
    """Refuse a question whose nouns are not the same thing; of two ones, whose names differ."""
    stems = {_stem(word) for word in words if word}
    if len(stems) > 1:
        raise _NoneError


def _stem(word: str) -> str:
    last = word.lower().removeprefix("more ").removeprefix("of the ")
    for end, to in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ves", "f"), ("oes", "o"), ("s", "")):
        if last.endswith(end):
            last = last.removesuffix(end) + to
            break
    return last.removesuffix("e").removesuffix("i").removesuffix("y")


def _count(value: int | Fraction) -> Fraction:
    """Refuse less than nothing and parts of what comes whole."""
    if value <= 0 or Fraction(value).denominator != 1:
        raise _NoneError
    return Fraction(value)


_STOCK = re.compile(
    r"(?P<told>.*[.]) (?:In the end|After all this), (?:another (?P<add>\d+) (?P<t1>[a-zA-Z -]+) (?:are|is) added"
    r"|(?P<away>\d+) (?P<t2>[a-zA-Z -]+) (?:are|is) taken away|a discount of \$(?P<off>\d+) is given"
    r"|an extra fee of \$(?P<fee>\d+) is due)\. (?P<ask>[^.]*)"
)
_ESTIMATE = re.compile(
    r"(?P<told>.*[.]) (?P<who>[A-Z][a-z]+)'s estimate is (?:(?P<more>\$?\d+)(?: [a-zA-Z -]+)? too (?P<side>high|low)"
    r"|(?P<times>twice|\d times) as large as it should be)\. According to (?P<again>[A-Z][a-z]+), (?P<ask>[^.]*)"
)
_LET = re.compile(
    r"(?:(?P<told>.*\.) )?(?:Let|Write|Denote|In what follows,|From now on, write) (?P<let>.*)\. "
    r"(?:What is|Find) \$(?P<term>(?P<times>2)?(?P<name>[A-Z])(?: \+ (?P<plus>\d+))?)\$[?.]"
)
_DEFINED = re.compile(
    r"\$(?P<n1>[A-Z])(?: = (?P<e1>[^$]+))?\$(?: denote (?P<p1>.*)| for (?P<p2>.*)| stands for (?P<p3>.*))?"
    r"|\$(?P<e2>[^$]+)\$ by \$(?P<n2>[A-Z])\$"
)


def _last_step(text: str) -> tuple[str, Callable[[Fraction], Fraction]]:
    """Take off the step that a harder question adds, and return what it does to the answer."""
    if found := _STOCK.fullmatch(text):
        plus = int(found["add"] or found["fee"] or 0) - int(found["away"] or found["off"] or 0)
        return f"{found['told']} {found['ask']}", lambda value: _count(value + plus)
    if found := _ESTIMATE.fullmatch(text):
        ask = found["ask"][0].upper() + found["ask"][1:]
        if found["who"] != found["again"]:
            return f"{found['told']} {ask}", _refuse
        if found["times"]:
            times = 2 if found["times"] == "twice" else int(found["times"][0])
            return f"{found['told']} {ask}", lambda value: value * times
        plus = int(found["more"].lstrip("$")) * (1 if found["side"] == "high" else -1)
        return f"{found['told']} {ask}", lambda value: _count(value + plus)
    if (found := _LET.fullmatch(text)) and (defined := _DEFINED.fullmatch(found["let"])):
        if found["name"] != (defined["n1"] or defined["n2"]):
            return text, _refuse
        times, plus = int(found["times"] or 1), int(found["plus"] or 0)
        term, phrase = defined["e1"] or defined["e2"], defined["p1"] or defined["p2"] or defined["p3"]
        asked = f"What is ${term}$?" if term else f"What is {phrase}?"
        if asked.startswith("What is $") and asked.count("$") == 2 and phrase:
            asked = f"What is {phrase}?"
        return " ".join(part for part in (found["told"], asked) if part), lambda value: value * times + plus
    return text, lambda value: value


def _refuse(value: Fraction) -> Fraction:
    raise _NoneError


# Stories.


@_rule(r"<who:name> has <n:num> <what:thing>\.(?P<turns>.*) How many <asked:thing> does <again:name> have now\?")
def _(m: Mapping[str, str]) -> object:
    _same(m["what"], m["asked"])
    _same(m["who"], m["again"])
    now = Fraction(int(m["n"]))
    if not m["turns"].strip():
        raise _NoneError
    for turn in re.findall(r" ([^.]+)\.", m["turns"]):
        if got := re.fullmatch(rf"({_NAME}) gives (?:him|her) (\d+) more", turn):
            now += int(got[2])
            if got[1] == m["who"]:
                raise _NoneError
        elif got := re.fullmatch(rf"({_NAME}) gets (\d+) more(?: ({_THING}))? from ({_NAME})", turn):
            _same(m["who"], got[1])
            _same(m["what"], got[3] or "")
            now += int(got[2])
        elif got := re.fullmatch(rf"({_NAME}) gives (?:away )?(\d+) ({_THING})(?: to (?:his|her) sister)?", turn):
            _same(m["who"], got[1])
            _same(m["what"], got[3])
            now = _count(now - int(got[2]))
        else:
            raise _NoneError
    return now


@_rule(
    r"There are <n:num> <box:thing>\. (?:If each|Each) <one:thing> holds <m:num> <what:thing>[.,](?P<rest>.*) "
    r"[Hh]ow many <asked:thing> are (?P<ask>there|there in all|left)\?"
)
def _containers(m: Mapping[str, str]) -> object:
    _same(m["what"], m["asked"])
    _same(m["box"], m["one"])
    total = Fraction(int(m["n"]) * int(m["m"]))
    rest = m["rest"].strip()
    if not rest:
        return total if m["ask"] != "left" else _refuse(total)
    if got := re.fullmatch(rf"(\d+) more ({_THING}) lie on the table\.", rest):
        _same(m["what"], got[2])
        return total + int(got[1]) if m["ask"] != "left" else _refuse(total)
    if got := re.fullmatch(rf"(\d+) ({_THING}) are sold\.", rest):
        _same(m["what"], got[2])
        return _count(total - int(got[1])) if m["ask"] == "left" else _refuse(total)
    raise _NoneError


@_rule(
    r"There are <n:num> <box:thing>\. There are <m:num> <what:thing> in each <one:thing>\.(?P<rest>.*) "
    r"How many <asked:thing> are (?P<ask>there|there in all|left)\?"
)
def _(m: Mapping[str, str]) -> object:
    return _containers(m)


@_rule(
    r"<who:name> (?:has|brings) <n:num> <what:thing>(?: to school)?\. <again:name> shares them equally among "
    r"<m:num> children\.(?: Each child eats <eaten:num> of them\.)? How many <asked:thing> does each child "
    r"(?P<ask>get|have left)\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["what"], m["asked"])
    _same(m["who"], m["again"])
    if (m["ask"] == "get") != (m["eaten"] is None):
        raise _NoneError
    share = _count(Fraction(int(m["n"]), int(m["m"])))
    return share if m["eaten"] is None else _count(share - int(m["eaten"]))


@_rule(
    r"(?:The price of )?[Aa]n? <what:thing> (?:costs|is) \$<p:num>\. <who:name> buys <n:num> <again:thing>\."
    r"(?: <payer:name> pays with \$<paid:num>\.)? (?:How much does <asked:name> pay\?|"
    r"How much do the <cost:thing> cost\?|How much change does <change:name> get\?)"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["what"], m["again"], m["cost"] or "")
    _same(m["who"], m["payer"] or "", m["asked"] or "", m["change"] or "")
    if (m["change"] is None) != (m["paid"] is None):
        raise _NoneError
    cost = Fraction(int(m["p"]) * int(m["n"]))
    return cost if m["paid"] is None else _count(int(m["paid"]) - cost)


@_rule(
    r"<who:name> has <n:num> <what:thing>\. <other:name> has "
    r"(?:<m:num> (?P<kind>more|fewer)|(?P<times>twice|\d+ times) as many) <again:thing> (?:than|as) "
    r"<first:name>\. How many <asked:thing> (?:does <whose:name> have|"
    r"do (?:they have together|<one:name> and <two:name> have))\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["what"], m["again"], m["asked"])
    _same(m["who"], m["first"])
    if m["who"] == m["other"]:
        raise _NoneError
    base = Fraction(int(m["n"]))
    if m["times"]:
        other = base * (2 if m["times"] == "twice" else int(m["times"].split()[0]))
    else:
        other = _count(base + int(m["m"]) * (1 if m["kind"] == "more" else -1))
    if m["whose"]:
        return base if m["whose"] == m["who"] else other if m["whose"] == m["other"] else _refuse(base)
    if m["one"] and {m["one"], m["two"]} != {m["who"], m["other"]}:
        raise _NoneError
    return base + other


@_rule(
    r"An? <place:thing> has <n:num> rows of <what:thing>\. There are <m:num> <again:thing> in each row\."
    r"(?: <some:num> of them (?P<verb>are broken|die)\.)? How many <asked:thing> "
    r"(?P<ask>are not broken|are left|does the [a-z]+ have)\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["what"], m["again"], m["asked"])
    total = Fraction(int(m["n"]) * int(m["m"]))
    wanted = {None: f"does the {m['place']} have", "are broken": "are not broken", "die": "are left"}[m["verb"]]
    if m["ask"] != wanted:
        raise _NoneError
    return total if m["some"] is None else _count(total - int(m["some"]))


@_rule(
    r"<who:name> is <n:num> years old\. <other:name> is <m:num> years (?P<kind>older|younger) than <first:name>\. "
    r"How old (?:is|will) <asked:name>(?: now| be in <later:num> years)?\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["who"], m["first"])
    if m["who"] == m["other"] or m["asked"] not in (m["who"], m["other"]):
        raise _NoneError
    age = Fraction(int(m["n"]))
    if m["asked"] == m["other"]:
        age = _count(age + int(m["m"]) * (1 if m["kind"] == "older" else -1))
    return age + int(m["later"] or 0)


@_rule(
    r"<who:name> (?P<verb>reads|walks|bakes) <n:num> <what:thing> every day\."
    r"(?: <again:name> wants to (?P<want>read|walk|bake) <goal:num> <aim:thing>\.)? "
    r"How many <asked:thing> (?:are left after <d1:num> days"
    r"|does <whose:name> (?P<ask>read|walk|bake) in <d2:num> days)\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["what"], m["asked"], m["aim"] or "")
    _same(m["who"], m["again"] or "", m["whose"] or "")
    _same(m["verb"], m["want"] or "", m["ask"] or "")
    if (m["goal"] is None) != (m["d1"] is None):
        raise _NoneError
    done = Fraction(int(m["n"]) * int(m["d1"] or m["d2"]))
    return done if m["goal"] is None else _count(int(m["goal"]) - done)


@_rule(
    r"There are <n:num> people on a (?P<v1>bus|train|tram|boat)\.(?P<turns>.*) "
    r"How many people does the (?P<v2>bus|train|tram|boat) carry (?:now|after that)\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["v1"], m["v2"])
    now = Fraction(int(m["n"]))
    turns = re.findall(r" ([^.]+)\.", m["turns"])
    if not turns:
        raise _NoneError
    for turn in turns:
        got = re.fullmatch(r"(?:At a stop, )?(\d+) people get (on|off)", turn)
        if got is None:
            raise _NoneError
        now = now + int(got[1]) if got[2] == "on" else _count(now - int(got[1]))
    return now


@_rule(
    r"<who:name>(?: has a book with|'s book has) <n:num> pages\. (?:She|He) reads <a:num> pages on Monday\."
    r"(?: (?:She|He) reads <b:num> pages on Tuesday\.)? How many pages (?:are (?P<left>left) to read|"
    r"has <again:name> read so far)\?"
)
def _(m: Mapping[str, str]) -> object:
    read = Fraction(int(m["a"]) + int(m["b"] or 0))
    left = _count(int(m["n"]) - read)
    _same(m["who"], m["again"] or "")
    return left if m["left"] else read


@_rule(
    r"<who:name> has a <what:thing> of <n:num> meters\. (?:She|He) cuts it into (?:pieces of <size:num> meters each"
    r"|<parts:num> pieces of the same length)\.(?: (?:She|He) uses <used:num> pieces?\.)? "
    r"(?:How many pieces (?:does <again:name> get|are (?P<left>left))|How (?P<long>long) is each piece)\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["who"], m["again"] or "")
    if m["long"]:
        return Fraction(int(m["n"]), int(m["parts"])) if m["parts"] else Fraction(int(m["size"]))
    num = _count(Fraction(int(m["n"]), int(m["size"]))) if m["size"] else Fraction(int(m["parts"]))
    if (m["used"] is None) != (m["left"] is None):
        raise _NoneError
    return num if m["used"] is None else _count(num - int(m["used"]))


@_rule(
    r"An? <place:thing> holds <n:num> (?P<c1>[a-z]+) <what:thing> and <m:num> (?P<c2>[a-z]+) <again:thing>\. "
    r"How many <asked:thing> are in the <where:thing>\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["what"], m["again"], m["asked"])
    _same(m["place"], m["where"])
    return Fraction(int(m["n"]) + int(m["m"]))


@_rule(
    r"An? <place:thing> holds <n:num> <what:thing>\. <m:num> of them are (?P<c1>[a-z]+), and the others are "
    r"(?P<c2>[a-z]+)\. How many <asked:thing> are (?P<c3>[a-z]+)\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["what"], m["asked"])
    if m["c1"] == m["c2"] or m["c3"] not in (m["c1"], m["c2"]):
        raise _NoneError
    rest = _count(int(m["n"]) - int(m["m"]))
    return Fraction(int(m["m"])) if m["c3"] == m["c1"] else rest


@_rule(
    r"(?:In a game, each round won gives|A player gets) <n:num> points(?: for each round won)?\. <who:name> wins "
    r"<m:num> rounds\.(?: Then (?:she|he) loses <lost:num> points\.)?(?: <other:name> has <p:num> points\.)? "
    r"How many points (?:does <again:name> have|do <one:name> and <two:name> have together)\?"
)
def _(m: Mapping[str, str]) -> object:
    points = Fraction(int(m["n"]) * int(m["m"]))
    if m["lost"]:
        points = _count(points - int(m["lost"]))
    if m["again"]:
        known = {m["who"]: points, m["other"]: Fraction(int(m["p"] or 0))}
        return known[m["again"]] if m["again"] in known else _refuse(points)
    if m["other"] is None or {m["one"], m["two"]} != {m["who"], m["other"]} or m["who"] == m["other"]:
        raise _NoneError
    return points + int(m["p"])


@_rule(
    r"<who:name> saves \$<n:num> every week for <m:num> weeks\.(?: Then (?:she|he) buys an? <what:thing> for "
    r"\$<price:num>\.| (?:She|He) already had \$<had:num>\.)? How much money does <again:name> "
    r"(?P<ask>have left|have now|save)\?"
)
def _(m: Mapping[str, str]) -> object:
    _same(m["who"], m["again"])
    saved = Fraction(int(m["n"]) * int(m["m"]))
    wanted = "have left" if m["price"] else "have now" if m["had"] else "save"
    if m["ask"] == "save":
        return saved
    if m["ask"] != wanted:
        raise _NoneError
    return _count(saved - int(m["price"])) if m["price"] else saved + int(m["had"])


# Formulas.

_TERM = re.compile(r"[-+*()\d^ ]+")


def _value(term: str, **known: int) -> Fraction:
    """Return what a term is, by Python; `3x` is a product."""
    text = term.replace("\\cdot", "*").replace("{", "(").replace("}", ")")
    for name, value in known.items():
        text = re.sub(rf"(\d)\s*{name}\b", rf"\1*({value})", text)
        text = re.sub(rf"\b{name}\b", f"({value})", text)
    if not _TERM.fullmatch(text):
        raise _NoneError
    try:
        return Fraction(eval(text.replace("^", "**"), {"__builtins__": {}}))
    except (SyntaxError, TypeError) as error:
        raise _NoneError from error


@_rule(r"(?:What is(?: the value of)?|Calculate) \$(?P<term>[^$=a-zA-Z]*(?:\\cdot[^$=a-zA-Z]*)*)\$[?.]")
def _(m: Mapping[str, str]) -> object:
    return _value(m["term"])


@_rule(
    r"(?:Solve \$(?P<e1>[^$]+)\$ for \$(?P<n1>[a-z])\$\.|If \$(?P<e2>[^$]+)\$, what is \$(?P<n2>[a-z])\$\?"
    r"|Find \$(?P<n3>[a-z])\$ such that \$(?P<e3>[^$]+)\$\.|What is the \$(?P<n4>[a-z])\$ with \$(?P<e4>[^$]+)\$\?)"
)
def _(m: Mapping[str, str]) -> object:
    equation = m["e1"] or m["e2"] or m["e3"] or m["e4"]
    name = m["n1"] or m["n2"] or m["n3"] or m["n4"]
    left, _, right = equation.partition("=")
    if not right or name not in equation:
        raise _NoneError
    at = [_value(left, **{name: x}) - _value(right, **{name: x}) for x in (0, 1)]
    return -at[0] / (at[1] - at[0])


@_rule(
    r"A (?:square has sides of length \$<s:num>\$|rectangle (?:has length|is) \$<a:num>\$(?: and width| long and) "
    r"\$<b:num>\$(?: wide)?)\. (?:What is the (?P<w1>area|perimeter) of the (?P<of>square|rectangle)\?"
    r"|Find its (?P<w2>area|perimeter)\.)"
)
def _(m: Mapping[str, str]) -> object:
    if m["of"] and (m["of"] == "square") != (m["s"] is not None):
        raise _NoneError
    a, b = (int(m["s"]), int(m["s"])) if m["s"] else (int(m["a"]), int(m["b"]))
    return a * b if "area" in (m["w1"], m["w2"]) else 2 * (a + b)


@_rule(
    r"(?:What is the remainder when|Find the remainder of|What is the remainder of) \$<n:num>\$ (?:is )?divided by "
    r"\$<m:num>\$[?.]"
)
def _(m: Mapping[str, str]) -> object:
    return int(m["n"]) % int(m["m"])


@_rule(
    r"(?:An arithmetic sequence starts with \$<a:num>\$ and has common difference \$<d:num>\$"
    r"|The first term of an arithmetic sequence is \$<a2:num>\$ and its common difference is \$<d2:num>\$)\. "
    r"(?:What is|Find) the (?P<place>second|third|fourth|fifth|sixth|seventh) term[?.]"
)
def _(m: Mapping[str, str]) -> object:
    place = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh").index(m["place"])
    return int(m["a"] or m["a2"]) + place * int(m["d"] or m["d2"])


@_rule(r"(?:What is the mean of|Find the average of) \$<a:num>\$(?:, \$<b:num>\$)? and \$<c:num>\$[?.]")
def _(m: Mapping[str, str]) -> object:
    values = [int(m[key]) for key in "abc" if m[key]]
    return Fraction(sum(values), len(values))


@_rule(
    r"(?:(?:Let \$f\(x\) = (?P<t1>[^$]+)\$|The function \$f\$ is given by \$f\(x\) = (?P<t2>[^$]+)\$)\. "
    r"(?:What is|Find|Determine) \$f\(<a:num>\)\$[?.]|What is (?:the value of )?\$(?P<t3>[^$]+)\$ (?:when|at) "
    r"\$x = <b:num>\$\?|If \$x = <c:num>\$, what is \$(?P<t4>[^$]+)\$\?|What is \$f\(<d:num>\)\$ for "
    r"\$f\(x\) = (?P<t5>[^$]+)\$\?)"
)
def _(m: Mapping[str, str]) -> object:
    term = next(m[key] for key in ("t1", "t2", "t3", "t4", "t5") if m[key])
    return _value(term, x=int(next(m[key] for key in "abcd" if m[key])))


@_rule(
    r"Two angles of a triangle measure \$<a:num>\^\\circ\$ and \$<b:num>\^\\circ\$\. "
    r"(?:How many degrees is the third angle|What is the third angle in degrees)\?"
)
def _(m: Mapping[str, str]) -> object:
    return _count(180 - int(m["a"]) - int(m["b"]))


@_rule(
    r"Two angles make a (?P<kind>straight line|right angle), and one of them is \$<a:num>\^\\circ\$\. "
    r"(?:How many degrees is the other angle|What is the other angle in degrees)\?"
)
def _(m: Mapping[str, str]) -> object:
    return _count((180 if m["kind"] == "straight line" else 90) - int(m["a"]))


@_rule(
    r"(?:Which number is|What is(?: the number)?) \$<a:num>\$ (?P<kind>more|less) than (?:\$<t:num>\$ times \$<b:num>\$"
    r"|half of \$<h:num>\$)\?"
)
def _(m: Mapping[str, str]) -> object:
    base = Fraction(int(m["h"]), 2) if m["h"] else Fraction(int(m["t"]) * int(m["b"]))
    return base + int(m["a"]) * (1 if m["kind"] == "more" else -1)
