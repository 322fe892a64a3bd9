"""First exercises with formulas: one or two steps with small numbers, for a very small model."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.quantity import Number, call
from scalequest_assets.subjects.maths.families.registry import family


@family("first_formulas", "prealgebra")
def three_terms(d: Draft) -> None:
    """Sums and differences of three numbers."""
    a, b, c = (d.number(2, 20, f"the {place} number") for place in ("first", "second", "third"))
    match d.choose("sum", "minus_last", "minus_middle"):
        case "sum":
            first, sign, last = d.step("the sum", a + b), "+", "+"
        case "minus_last":
            first, sign, last = d.step("the sum", a + b), "+", "-"
        case _:
            d.need(a.value > b.value)
            first, sign, last = d.step("the difference", a - b), "-", "+"
    value = first + c if last == "+" else first - c
    d.need(value.value > 0)
    _evaluate(d, f"{a} {sign} {b} {last} {c}", value)


@family("first_formulas", "prealgebra")
def mixed_operations(d: Draft) -> None:
    """A product and a sum, with and without parentheses."""
    a, b, c = (
        d.number(2, 9, "the first number"),
        d.number(2, 9, "the second number"),
        d.number(2, 9, "the third number"),
    )
    match d.choose("sum_first", "product_first", "product_last", "difference_last"):
        case "sum_first":
            d.need(a.value + b.value <= 10)
            both = d.step("the sum", a + b)
            _evaluate(d, rf"({a} + {b}) \cdot {c}", both * c)
        case "product_first":
            product = d.step("the product", a * b)
            _evaluate(d, rf"{a} \cdot {b} + {c}", product + c)
        case "product_last":
            product = d.step("the product", b * c)
            _evaluate(d, rf"{a} + {b} \cdot {c}", a + product)
        case _:
            product = d.step("the product", a * b)
            d.need(product.value > c.value)
            _evaluate(d, rf"{a} \cdot {b} - {c}", product - c)


@family("first_formulas", "algebra")
def one_unknown(d: Draft) -> None:
    """Linear equations with a small whole solution."""
    name = d.pick("x", "y", "n", "a")
    solution = d.rng.randint(2, 10)
    match d.choose("plus", "minus", "times", "times_plus"):
        case "plus":
            a = d.number(2, 20, "the number added")
            right = d.given(solution + a.value, PLAIN, "the right side")
            text, value = f"{name} + {a} = {right}", right - a
        case "minus":
            a = d.number(2, 20, "the number taken away")
            right = d.given(solution, PLAIN, "the right side")
            text, value = f"{name} - {a} = {right}", right + a
        case "times":
            a = d.number(2, 9, f"the factor of ${name}$")
            right = d.given(solution * a.value, PLAIN, "the right side")
            text, value = f"{a}{name} = {right}", right / a
        case _:
            a, b = d.number(2, 9, f"the factor of ${name}$"), d.number(2, 20, "the number added")
            right = d.given(solution * a.value + b.value, PLAIN, "the right side")
            product = d.step(f"${a}{name}$", right - b)
            text, value = f"{a}{name} + {b} = {right}", product / a
    found = d.step(f"${name}$", value)
    d.ask(
        found,
        f"Solve ${text}$ for ${name}$.",
        f"If ${text}$, what is ${name}$?",
        f"Find ${name}$ such that ${text}$.",
        known_as=f"the ${name}$ with ${text}$",
    )


@family("first_formulas", "geometry")
def rectangle(d: Draft) -> None:
    """Area or perimeter of a rectangle or a square."""
    if d.choose("rectangle", "square") == "square":
        side = d.number(2, 10, "the side")
        d.fact(f"a square has sides of length ${side}$")
        what, value = d.pick(("area", side * side), ("perimeter", 4 * side))
        shape = "square"
    else:
        a, b = d.number(2, 10, "the length"), d.number(2, 10, "the width")
        d.need(a.value > b.value)
        d.fact(d.pick(f"a rectangle has length ${a}$ and width ${b}$", f"a rectangle is ${a}$ long and ${b}$ wide"))
        shape = "rectangle"
        if d.choose("area", "perimeter") == "area":
            what, value = "area", a * b
        else:
            half = d.step("the sum of length and width", a + b)
            what, value = "perimeter", 2 * half
    answer = d.step(f"the {what} of the {shape}", value)
    d.ask(answer, f"What is the {what} of the {shape}?", f"Find its {what}.", known_as=f"the {what} of the {shape}")


@family("first_formulas", "number_theory")
def remainders(d: Draft) -> None:
    """The remainder of a division."""
    divisor = d.number(2, 9, "the divisor")
    number = d.number(10, 60, "the number divided")
    quotient = number.value // divisor.value
    d.need(quotient <= 10, number.value % divisor.value > 0)
    multiple = d.step(
        f"the largest multiple of ${divisor}$ up to ${number}$",
        call(lambda n, m: n - n % m, number, divisor, text=rf"{quotient} \cdot {divisor.text}"),
    )
    d.ask(
        d.step("the remainder", number - multiple),
        f"What is the remainder when ${number}$ is divided by ${divisor}$?",
        f"Find the remainder of ${number}$ divided by ${divisor}$.",
        known_as=f"the remainder of ${number}$ divided by ${divisor}$",
    )


@family("first_formulas", "algebra")
def later_terms(d: Draft) -> None:
    """A term of an arithmetic sequence, from its first term and its common difference."""
    first, gap = d.number(1, 20, "the first term"), d.number(2, 9, "the common difference")
    place = d.rng.randint(2, 6)
    word = ("third", "fourth", "fifth", "sixth", "seventh")[place - 2]
    d.choose(word)
    d.fact(
        d.pick(
            f"an arithmetic sequence starts with ${first}$ and has common difference ${gap}$",
            f"the first term of an arithmetic sequence is ${first}$ and its common difference is ${gap}$",
        )
    )
    gaps = d.step("the sum of the differences", place * gap)
    d.ask(d.step(f"the {word} term", first + gaps), f"What is the {word} term?", f"Find the {word} term.")


@family("first_formulas", "prealgebra")
def mean_of(d: Draft) -> None:
    """The mean of two or three numbers."""
    num = 2 if d.choose("two", "three") == "two" else 3
    values = [d.number(1, 20, f"the {place} number") for place in ("first", "second", "third")[:num]]
    total = values[0] + values[1] if num == 2 else values[0] + values[1] + values[2]
    d.need(total.value % num == 0, len({value.value for value in values}) == num)
    listed = f"${values[0]}$ and ${values[1]}$" if num == 2 else f"${values[0]}$, ${values[1]}$ and ${values[2]}$"
    both = d.step("the sum", total)
    mean = d.step("the mean", both / num)
    d.ask(mean, f"What is the mean of {listed}?", f"Find the average of {listed}.", known_as=f"the mean of {listed}")


@family("first_formulas", "algebra")
def values_of(d: Draft) -> None:
    """A linear function or a term at a number."""
    a, b, at = (
        d.number(2, 9, "the factor of $x$"),
        d.number(1, 20, "the constant"),
        d.number(2, 10, "the number put in"),
    )
    is_sum = d.choose("plus", "minus") == "plus"
    product = d.step("the product", a * at)
    d.need(is_sum or product.value > b.value)
    text = f"{a}x {'+' if is_sum else '-'} {b}"
    value = product + b if is_sum else product - b
    if d.choose("function", "term") == "function":
        d.fact(d.pick(f"let $f(x) = {text}$", f"the function $f$ is given by $f(x) = {text}$"))
        d.ask(d.step(f"$f({at})$", value))
        return
    d.ask(
        d.step("the value", value),
        f"What is the value of ${text}$ when $x = {at}$?",
        f"If $x = {at}$, what is ${text}$?",
        known_as=f"the value of ${text}$ at $x = {at}$",
    )


@family("first_formulas", "prealgebra")
def squares(d: Draft) -> None:
    """Squares and what is added to them."""
    a, b = d.number(2, 10, "the number squared"), d.number(2, 20, "the other number")
    power = d.step("the square", a * a)
    if d.choose("plus", "minus") == "plus":
        _evaluate(d, f"{a}^2 + {b}", power + b)
        return
    d.need(power.value > b.value)
    _evaluate(d, f"{a}^2 - {b}", power - b)


@family("first_formulas", "geometry")
def third_angle(d: Draft) -> None:
    """The third angle of a triangle, the other angle on a line or of a right angle."""
    kind = d.choose("triangle", "line", "right")
    a = d.number(20, 85, "the first angle", by=5)
    if kind == "triangle":
        b = d.number(20, 85, "the second angle", by=5)
        d.fact(rf"two angles of a triangle measure ${a}^\circ$ and ${b}^\circ$")
        both = d.step("the sum of the two angles", a + b)
        d.ask(d.step("the third angle in degrees", 180 - both), "How many degrees is the third angle?",
              "What is the third angle in degrees?")  # fmt: skip
        return
    total, told = (180, "make a straight line") if kind == "line" else (90, "make a right angle")
    d.fact(rf"two angles {told}, and one of them is ${a}^\circ$")
    d.ask(d.step("the other angle in degrees", total - a), "How many degrees is the other angle?")


@family("first_formulas", "prealgebra")
def a_number(d: Draft) -> None:
    """A number told in words: so many more than, times, half of."""
    a, b = d.number(2, 10, "the first number"), d.number(2, 15, "the second number")
    kind = d.choose("more_than_times", "less_than_times", "more_than_half")
    if kind == "more_than_half":
        double = d.given(2 * a.value, PLAIN, "the number halved")
        known = f"${b}$ more than half of ${double}$"
        value = d.step("the half", double / 2) + b
    else:
        times = d.number(2, 5, "the factor")
        product = d.step("the product", times * a)
        known = f"${b}$ {'more' if kind == 'more_than_times' else 'less'} than ${times}$ times ${a}$"
        value = product + b if kind == "more_than_times" else product - b
        d.need(value.value > 0)
    d.ask(d.step("the number", value), f"Which number is {known}?", f"What is {known}?", known_as=f"the number {known}")


def _evaluate(d: Draft, text: str, value: Number) -> None:
    """Asks for the value of an expression."""
    questions = (f"What is ${text}$?", f"Calculate ${text}$.", f"What is the value of ${text}$?")
    d.ask(d.step("the value", value), *questions, known_as=f"${text}$")
