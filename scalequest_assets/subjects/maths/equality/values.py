"""What trees are worth: exactly where they are rational, else to a hundred digits, at points of no pattern.

Two trees are equal where they agree to many more digits than chance allows, at every point where both are defined;
they differ where one point shows it. Nothing grows without bound: powers, factorials and magnitudes have limits.
"""

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import comb, factorial, isqrt, prod
from typing import Any, Final

import mpmath

from scalequest_assets.subjects.maths.equality.tokens import UnreadableError
from scalequest_assets.subjects.maths.equality.trees import Node, variables

_MAX_BITS, _MAX_FACTORIAL, _MAX_MAGNITUDE = 20_000, 1_000, 4_000
_DIGITS: Final = (60, 120)
_NUM_POINTS, _NUM_POSITIVE = 8, 5


def exact(node: Node) -> Fraction | None:
    """Return the rational number that a tree is, or None where it is none, or too large to be written out.

    Raises:
        UnreadableError: It divides by zero, or is the factorial of what has none.
    """
    if node[0] in ("variable", "constant"):
        return None
    if node[0] == "number":
        found: Fraction = node[1]
        return found
    values = [exact(child) for child in node[1:]]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return _bounded(-known[0] if node[0] == "negative" else _combined(node[0], known))


def _combined(name: str, given: Sequence[Fraction]) -> Fraction | None:
    first, second = given[0], given[-1]
    match name:
        case "sum":
            return sum(given, Fraction())
        case "product":
            return prod(given, start=Fraction(1))
        case "quotient":
            if second == 0:
                raise UnreadableError("a division by zero")
            return first / second
        case "power":
            return _power(first, second)
        case "root":
            return _root(first, second)
        case "factorial":
            if first.denominator != 1 or first < 0:
                raise UnreadableError("a factorial of what is no natural number")
            return Fraction(factorial(first.numerator)) if first <= _MAX_FACTORIAL else None
        case "binomial":
            if first.denominator != 1 or second.denominator != 1 or not 0 <= second <= _MAX_FACTORIAL:
                return None
            return Fraction(comb(first.numerator, second.numerator)) if 0 <= first <= 10**6 else None
        case "abs":
            return abs(first)
        case "floor":
            return Fraction(first.numerator // first.denominator)
        case "ceiling":
            return Fraction(-(-first.numerator // first.denominator))
    return None


def _power(base: Fraction, power: Fraction) -> Fraction | None:
    if power.denominator != 1:
        root = _root(base, Fraction(power.denominator))
        return None if root is None else _power(root, Fraction(power.numerator))
    exponent = power.numerator
    if base == 0:
        if exponent <= 0:
            raise UnreadableError("a power of zero")
        return base
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(base) != 1 and abs(exponent) * bits > _MAX_BITS:
        return None
    return base ** (exponent if abs(base) != 1 else exponent % 2)


def _root(radicand: Fraction, degree: Fraction) -> Fraction | None:
    if degree.denominator != 1 or not 2 <= degree <= 64 or radicand < 0:
        return None
    above, below = (_whole_root(part, degree.numerator) for part in (radicand.numerator, radicand.denominator))
    return None if above is None or below is None else Fraction(above, below)


def _whole_root(value: int, degree: int) -> int | None:
    if degree == 2:
        root = isqrt(value)
    else:
        low, high = 0, 1 << (value.bit_length() // degree + 1)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
        root = low
    return root if root**degree == value else None


def _bounded(value: Fraction | None) -> Fraction | None:
    if value is None or max(value.numerator.bit_length(), value.denominator.bit_length()) > _MAX_BITS:
        return None
    return value


def exact_or_none(node: Node) -> Fraction | None:
    """Return the rational number that a tree is, or None where it is none or has no value."""
    try:
        return exact(node)
    except UnreadableError:
        return None


def equal(left: Node, right: Node) -> bool | None:
    """Return whether two trees are equal wherever both are defined; None where that cannot be seen.

    Where they agree for positive variables alone (`sqrt(x^2)` and `x`), or in one reading of `log`, nobody can say.
    """
    verdicts = (
        {_equal(left, right, base) for base in ("e", "10")} if _has_log(left, right) else {_equal(left, right, "e")}
    )
    return verdicts.pop() if len(verdicts) == 1 else None


def _has_log(*nodes: Node) -> bool:
    return any(
        node[0] == "log" or _has_log(*(child for child in node[1:] if isinstance(child, tuple))) for node in nodes
    )


def _equal(left: Node, right: Node, log_base: str) -> bool | None:
    exacts = exact_or_none(left), exact_or_none(right)
    if None not in exacts:
        return exacts[0] == exacts[1]
    names = sorted(variables(left) | variables(right))
    if not names:
        return _at(left, right, {}, log_base)
    seen = [_at(left, right, point, log_base) for point in _points(tuple(names))]
    positive = [verdict for verdict in seen[:_NUM_POSITIVE] if verdict is not None]
    if False in positive:
        return False
    found = [verdict for verdict in seen if verdict is not None]
    if False in found or len(found) < 2:
        return None
    return True


def number(node: Node, point: Mapping[str, Any] | None = None) -> Any:
    """Return what a tree is worth, to 60 digits: a number of mpmath. Infinity is one.

    Raises:
        UnreadableError: It has no value, or one too large.
    """
    return _Evaluation(_context(_DIGITS[0]), point or {}, "e").of(node)


def decimal(node: Node) -> float | None:
    """Return a tree's real value, roughly; None where it has variables or no value."""
    if variables(node):
        return None
    try:
        value = number(node)
    except UnreadableError:
        return None
    return float(value.real) if value.imag == 0 else None


def point(names: Sequence[str], index: int) -> dict[str, Fraction]:
    """Return the values of variables at one of the eight points; the first five are positive."""
    return _points(tuple(names))[index]


def root(node: Node, at: Mapping[str, Any], name: str, start: float) -> Any:
    """Return a value of one variable at which a tree vanishes, all others given.

    Raises:
        ValueError: None is found.
        UnreadableError: The tree has no value where it is looked for.
    """
    context = _context(_DIGITS[0])
    search = lambda value: _Evaluation(context, {**at, name: value}, "e").of(node)  # noqa: E731
    return context.findroot(search, start, maxsteps=60, tol=context.mpf(10) ** -100)


def _at(left: Node, right: Node, point: Mapping[str, Any], log_base: str) -> bool | None:
    differences = []
    try:
        for digits in _DIGITS:
            context = _context(digits)
            evaluation = _Evaluation(context, point, log_base)
            values = evaluation.of(left), evaluation.of(right)
            if any(context.isinf(value) for value in values):
                return bool(values[0] == values[1])
            if point and any(context.im(value) != 0 for value in values):
                return None
            differences.append((abs(values[0] - values[1]), max(abs(values[0]), abs(values[1]))))
    except UnreadableError:
        return None
    (rough, _), (fine, size) = differences
    if fine <= size * context.mpf(10) ** -80:
        return True
    # Both vanish by cancellation: then the difference shrinks as digits are added.
    return bool(fine < context.mpf(10) ** -90 and (rough == 0 or fine < rough * context.mpf(10) ** -40))


@lru_cache(maxsize=4)
def _context(digits: int) -> Any:
    context = mpmath.MPContext()
    context.dps = digits
    return context


@lru_cache(maxsize=256)
def _points(names: tuple[str, ...]) -> list[dict[str, Fraction]]:
    """Return values of variables: the first points positive, then of both signs; a name has its own values."""
    points: list[dict[str, Fraction]] = []
    for index in range(_NUM_POINTS):
        drawn = {name: random.Random(f"{name}/{index}") for name in names}
        values = {name: Fraction(source.randrange(10**11, 4 * 10**12), 10**12) for name, source in drawn.items()}
        if index >= _NUM_POSITIVE:
            values = {name: value * drawn[name].choice((-1, 1)) for name, value in values.items()}
            if all(value > 0 for value in values.values()):
                values[names[0]] = -values[names[0]]
        points.append(values)
    return points


class _Evaluation:
    def __init__(self, context: Any, point: Mapping[str, Any], log_base: str) -> None:
        self._context, self._point, self._log_base = context, point, log_base

    def of(self, node: Node) -> Any:
        context = self._context
        match node:
            case ("number", value):
                return context.mpf(value.numerator) / value.denominator
            case ("variable", name):
                value = self._point[name]
                return context.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value
            case ("constant", name):
                return {"pi": +context.pi, "e": +context.e, "i": context.mpc(0, 1), "infinity": context.inf}[name]
        values = [self.of(child) for child in node[1:]]
        try:
            result = self._applied(node[0], values)
        except (ValueError, ZeroDivisionError, OverflowError, TypeError, context.NoConvergence) as error:
            raise UnreadableError(str(error)) from error
        return self._bounded(result)

    def _bounded(self, value: Any) -> Any:
        context = self._context
        if context.isinf(value):
            return value
        if context.isnan(value) or (value != 0 and abs(context.mag(value)) > _MAX_MAGNITUDE):
            raise UnreadableError("too large, too small, or no number")
        return value

    def _applied(self, name: str, values: list[Any]) -> Any:
        context = self._context
        first = values[0]
        match name:
            case "sum":
                return context.fsum(values)
            case "product":
                return context.fprod(values)
            case "negative":
                return -first
            case "quotient":
                if values[1] == 0:
                    raise UnreadableError("a division by zero")
                return first / values[1]
            case "power":
                return self._power(first, values[1])
            case "root":
                if values[1] == 0:
                    raise UnreadableError("a zeroth root")
                is_odd = context.isint(values[1]) and int(values[1]) % 2 == 1
                if is_odd and context.im(first) == 0 and first < 0:
                    return -context.power(-first, 1 / values[1])
                return context.power(first, 1 / values[1])
            case "factorial":
                if context.im(first) != 0 or not -1 < first < 1000:
                    raise UnreadableError("a factorial that is too large")
                return context.gamma(first + 1)
            case "binomial":
                if any(context.im(value) != 0 or not 0 <= value < 10**6 for value in values):
                    raise UnreadableError("a binomial coefficient that is too large")
                return context.binomial(*values)
            case "floor" | "ceiling":
                if context.im(first) != 0 or abs(first - context.nint(first)) < context.mpf(10) ** -30:
                    raise UnreadableError("too near to a whole number to be rounded")
                return context.floor(first) if name == "floor" else context.ceil(first)
            case "abs":
                return abs(first)
            case "ln":
                return context.ln(first)
            case "lg":
                return context.ln(first) / context.ln(10)
            case "log":
                return context.ln(first) if self._log_base == "e" else context.ln(first) / context.ln(10)
            case "logarithm":
                return context.ln(first) / context.ln(values[1])
            case "exp":
                return self._power(+context.e, first)
        return getattr(context, _MPMATH.get(name, name))(first)

    def _power(self, base: Any, power: Any) -> Any:
        context = self._context
        if base == 0:
            if context.re(power) <= 0:
                raise UnreadableError("a power of zero")
            return base
        if context.isinf(base) or context.isinf(power):
            raise UnreadableError("a power of infinity")
        if abs(power) * (abs(context.mag(base)) + 1) > _MAX_MAGNITUDE:
            raise UnreadableError("a power that is too large")
        return context.power(base, power)


_MPMATH: Final = {
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccot": "acot"},
    **{"arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh"},
}
