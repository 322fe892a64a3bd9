r"""Mathematics as a tree: what is read is read whole, with all its grouping.

A slash before a product without a sign has two readings (`1/2x`): both are kept, and who compares heeds both.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from scalequest_assets.subjects.maths.equality.cursor import Cursor
from scalequest_assets.subjects.maths.equality.tokens import SHORT_WORDS, Token, UnreadableError, words
from scalequest_assets.subjects.maths.equality.trees import ONE, Expression, Node

FUNCTIONS: Final = words(
    "sin cos tan cot sec csc arcsin arccos arctan arccot sinh cosh tanh coth arsinh arcosh artanh ln log "
    "lg exp sqrt abs"
)
_CONSTANTS: Final = {"pi": "pi", "infty": "infinity", "infinity": "infinity", "inf": "infinity", "e": "e", "i": "i"}
_GREEK: Final = words(
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau phi chi "
    "psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell"
)
_FUNCTION_LETTERS: Final = frozenset("fghFGP")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}", "\\{": "\\}"}
_ROMAN: Final = re.compile("(?=.*[IVX])[IVXLCDM]{2,}")
_DERIVATIVE: Final = re.compile(r"\{ d\b[^{}]{0,20}\} \{ d ?[a-z]\b|\{ d[a-z] \} \{ d ?[a-z]\b")
_MAX_DEPTH, _MAX_PRODUCT_LETTERS = 40, 4


def parse(parts: Sequence[Token]) -> Expression:
    """Read an expression, to its last token.

    Raises:
        UnreadableError: It is none, or only a part of it is.
    """
    loose = _Parser(parts, is_tight=False)
    node = loose.whole()
    if not loose.is_ambiguous:
        return Expression((node,))
    return Expression((node, _Parser(parts, is_tight=True).whole()))


class _Parser(Cursor):
    def __init__(self, parts: Sequence[Token], *, is_tight: bool) -> None:
        super().__init__(parts)
        self._depth = 0
        self._is_tight, self.is_ambiguous = is_tight, False
        self._bars = 0

    def whole(self) -> Node:
        node = self._sum()
        if self._at < len(self._parts):
            raise UnreadableError(f"what is {self._parts[self._at].text!r} here?")
        return node

    def _sum(self) -> Node:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise UnreadableError("too deep")
        terms = [self._product()]
        while self._is_sign("+", "-"):
            is_minus = self._take().text == "-"
            term = self._product()
            terms.append(("negative", term) if is_minus else term)
        self._depth -= 1
        return terms[0] if len(terms) == 1 else ("sum", *terms)

    def _product(self) -> Node:
        if self._is_sign("+", "-"):
            is_minus = self._take().text == "-"
            node = self._product()
            return ("negative", node) if is_minus else node
        node = self._factor()
        while True:
            if self._is_sign("*"):
                self._at += 1
                node = ("product", node, self._signed_factor())
            elif self._is_sign("/"):
                self._at += 1
                below = self._signed_factor()
                while self._begins_factor():
                    self.is_ambiguous = True
                    if not self._is_tight:
                        break
                    below = ("product", below, self._factor())
                node = ("quotient", node, below)
            elif self._begins_factor():
                if self._next().kind == "number":  # type: ignore[union-attr]
                    raise UnreadableError("two numbers side by side")
                if self._may_repeat():
                    raise UnreadableError("a factor, or digits that repeat?")
                node = ("product", node, self._factor())
            else:
                return node

    def _signed_factor(self) -> Node:
        if self._is_sign("-", "+"):
            is_minus = self._take().text == "-"
            node = self._factor()
            return ("negative", node) if is_minus else node
        return self._factor()

    def _begins_factor(self) -> bool:
        part = self._next()
        if part is None:
            return False
        if part.kind == "sign":
            return part.text in ("(", "[", "{") or (part.text == "|" and self._bars == 0)
        if part.kind == "command":
            return (
                part.text in FUNCTIONS
                or part.text in _CONSTANTS
                or part.text in _GREEK
                or part.text in ("frac", "binom", "lfloor", "lceil")
            )
        return part.kind in ("word", "number")

    def _may_repeat(self) -> bool:
        """Return whether `(6)` touches `0.1`."""
        before, after = self._parts[self._at - 1], self._parts[self._at : self._at + 3]
        texts = [part.text for part in after]
        return (
            before.kind == "number"
            and "." in before.text
            and len(texts) == 3
            and (texts[0], texts[2]) == ("(", ")")
            and texts[1].isdigit()
            and not after[0].is_spaced
        )

    def _factor(self) -> Node:
        return self._raised(self._primary())

    def _raised(self, node: Node) -> Node:
        """Return a node with the factorials, percent signs and the exponent behind it."""
        base = self._postfix(node)
        if self._is_sign("^"):
            self._at += 1
            power = self._exponent()
            if self._is_sign("^"):
                raise UnreadableError("two exponents")
            base = self._postfix(("power", base, power))
        return base

    def _postfix(self, node: Node) -> Node:
        while True:
            if self._is_sign("!"):
                self._at += 1
                if self._is_sign("!"):
                    raise UnreadableError("a double factorial")
                node = ("factorial", node)
            elif self._is_sign("%"):
                self._at += 1
                node = ("quotient", node, ("number", Fraction(100)))
            elif self._is_sign("'"):
                raise UnreadableError("a prime")
            elif self._is_command("circ"):
                if node[0] != "number":
                    raise UnreadableError("degrees of what is no number")
                self._at += 1
                node = ("product", node, ("quotient", ("constant", "pi"), ("number", Fraction(180))))
            else:
                return node

    def _exponent(self) -> Node:
        if self._is_sign("-", "+"):
            is_minus = self._take().text == "-"
            node = self._primary(is_whole_number=True)
            return ("negative", node) if is_minus else node
        part = self._next()
        if part is not None and part.kind == "word" and len(part.text) > 1:
            raise UnreadableError("where does the exponent end?")
        node = self._primary(is_whole_number=True)
        return self._postfix(node) if self._is_sign("!") else node

    def _primary(self, *, is_whole_number: bool = False) -> Node:
        part = self._take()
        if part.kind == "number":
            return self._number(part) if not is_whole_number else ("number", part.value)
        if part.kind == "word":
            return self._name(part)
        if part.kind == "sign":
            return self._bracketed(part.text)
        if part.kind == "command":
            return self._command(part.text)
        raise UnreadableError(f"text: {part.text!r}")

    def _number(self, part: Token) -> Node:
        """Return a number, with the fraction that makes it a mixed number."""
        assert part.value is not None
        node: Node = ("number", part.value)
        if part.value.denominator != 1 or not part.text.isdigit():
            return node
        start = self._at
        if self._is_command("frac"):
            self._at += 1
            above, below = self._argument(), self._argument()
            if above[0] == below[0] == "number" and _is_proper(above[1], below[1]):
                return ("number", part.value + above[1] / below[1])
        elif (over := self._next()) and over.is_spaced and over.text.isdigit() and self._is_sign("/", ahead=1):
            under = self._next(2)
            if under and under.text.isdigit() and _is_proper(over.value, under.value):
                self._at += 3
                return ("number", part.value + Fraction(int(over.text), int(under.text)))
        self._at = start
        return node

    def _name(self, part: Token) -> Node:
        name = part.text
        if name in FUNCTIONS and len(name) > 1:
            return self._applied(name)
        if len(name) > 1 and name in _CONSTANTS:
            return ("constant", _CONSTANTS[name])
        is_apart = len(name) > 2 and (part.is_spaced or self._at == 1)
        if is_apart or len(name) > _MAX_PRODUCT_LETTERS or name.lower() in SHORT_WORDS or _ROMAN.fullmatch(name):
            raise UnreadableError(f"a word: {name!r}")
        nodes = [self._letter(letter) for letter in name[:-1]]
        last = self._subscripted(name[-1])
        return _times([*nodes, self._raised(last)]) if nodes else last  # in ab^2, b alone is squared

    def _letter(self, letter: str) -> Node:
        return ("constant", letter) if letter in ("e", "i") else ("variable", letter)

    def _subscripted(self, name: str) -> Node:
        if self._is_sign("_"):
            self._at += 1
            return ("variable", f"{name}_{self._subscript()}")
        if name in _FUNCTION_LETTERS and self._is_sign("("):
            raise UnreadableError("an unknown function")
        return self._letter(name)

    def _subscript(self) -> str:
        part = self._take()
        if part.kind == "sign" and part.text == "{":
            inner = []
            while not self._is_sign("}"):
                inner.append(self._take().text)
            self._at += 1
            return " ".join(inner)
        if part.kind in ("number", "word", "text", "command"):
            return part.text
        raise UnreadableError("a subscript")

    def _bracketed(self, sign: str) -> Node:
        if sign in ("(", "[", "{"):
            node = self._sum()
            self._expect(_CLOSING[sign])
            return node
        if sign == "|":
            self._bars += 1
            node = self._sum()
            self._expect("|")
            self._bars -= 1
            return ("abs", node)
        raise UnreadableError(f"what is {sign!r} here?")

    def _command(self, name: str) -> Node:
        if name == "frac":
            if self._is_differential():
                raise UnreadableError("a derivative")
            return ("quotient", self._argument(), self._argument())
        if name == "binom":
            return ("binomial", self._argument(), self._argument())
        if name == "sqrt":
            return self._root()
        if name in FUNCTIONS:
            return self._applied(name)
        if name in _CONSTANTS and name not in ("e", "i"):
            return ("constant", _CONSTANTS[name])
        if name in _GREEK:
            return self._subscripted(f"\\{name}")
        if name in ("lfloor", "lceil"):
            node = self._sum()
            closing = self._take()
            if closing.text != ("rfloor" if name == "lfloor" else "rceil"):
                raise UnreadableError(f"{name} does not close")
            return ("floor" if name == "lfloor" else "ceiling", node)
        raise UnreadableError(f"\\{name}")

    def _is_differential(self) -> bool:
        r"""Return whether the fraction that comes has a `d` above and below: `\frac{dy}{dx}`."""
        text = " ".join(part.text for part in self._parts[self._at : self._at + 12])
        return _DERIVATIVE.match(text) is not None

    def _argument(self) -> Node:
        r"""Return the argument of a command: what braces hold, or one sign (`\frac12`)."""
        if self._is_sign("{"):
            self._at += 1
            node = self._sum()
            self._expect("}")
            return node
        part = self._take()
        if part.kind == "number":
            if not part.text.isdigit() or part.value is None:
                raise UnreadableError("an argument of several signs without braces")
            if len(part.text) > 1:
                rest = part.text[1:]
                self._parts = [
                    *self._parts[: self._at],
                    Token("number", rest, Fraction(rest)),
                    *self._parts[self._at :],
                ]
            return ("number", Fraction(part.text[0]))
        if part.kind == "word" and len(part.text) == 1:
            return self._letter(part.text)
        if part.kind == "command" and (part.text in _GREEK or part.text == "pi"):
            return ("constant", "pi") if part.text == "pi" else ("variable", f"\\{part.text}")
        raise UnreadableError("an argument without braces")

    def _root(self) -> Node:
        degree: Node | None = None
        if self._is_sign("["):
            self._at += 1
            degree = self._sum()
            self._expect("]")
        part = self._next()
        if part is None:
            raise UnreadableError("a root of nothing")
        if part.kind == "number":  # √12, and \sqrt2; \sqrt12 is read as people mean it
            self._at += 1
            after = self._next()
            if len(part.text) > 1 and after is not None and after.kind in ("word", "number") and not after.is_spaced:
                raise UnreadableError("where does the root end?")
            radicand: Node = ("number", part.value)
        elif part.kind == "word" and len(part.text) == 1:
            self._at += 1
            radicand = self._letter(part.text)
        elif part.kind == "word":
            raise UnreadableError("where does the root end?")
        else:
            radicand = self._primary()
        return ("root", radicand, degree or ("number", Fraction(2)))

    def _applied(self, name: str) -> Node:
        if name == "sqrt":
            return self._root()
        base: Node | None = None
        power: Node | None = None
        if name == "log" and self._is_sign("_"):
            self._at += 1
            base = self._argument_of_subscript()
        elif name == "log" and self._is_base_of_log():
            base = ("number", self._take().value)
        if self._is_sign("^"):
            self._at += 1
            power = self._exponent()
        if power == ("negative", ONE):
            if name not in ("sin", "cos", "tan", "cot"):
                raise UnreadableError("an inverse")
            name, power = f"arc{name}", None
        if self._is_sign("(", "[", "{", "|"):
            argument = self._primary()
            if self._is_sign("^"):
                if power is not None:
                    raise UnreadableError("two exponents")
                self._at += 1
                power = self._exponent()
        else:
            argument = self._bare_argument()
        node: Node = (name, argument) if base is None else ("logarithm", argument, base)
        return node if power is None else ("power", node, power)

    def _is_base_of_log(self) -> bool:
        """Return whether a number that touches both is between `log` and its argument: `log2(8)`."""
        part, after = self._next(), self._next(1)
        touches = part is not None and after is not None and not part.is_spaced and not after.is_spaced
        return bool(touches and part and part.kind == "number" and part.text.isdigit() and self._is_sign("(", ahead=1))

    def _argument_of_subscript(self) -> Node:
        if self._is_sign("{"):
            return self._argument()
        part = self._take()
        if part.kind == "number":
            return ("number", part.value)
        if part.kind == "word" and len(part.text) == 1:
            return self._letter(part.text)
        raise UnreadableError("the base of a logarithm")

    def _bare_argument(self) -> Node:
        """Return the argument of a function without brackets: a product up to the next function or operator."""
        if self._is_sign("-"):
            self._at += 1
            return ("negative", self._bare_argument())
        nodes = [self._factor()]
        while self._begins_factor() and not self._is_function() and not self._is_sign("(", "[", "{", "|"):
            nodes.append(self._factor())
        if self._is_sign("/"):  # \sin x/2
            raise UnreadableError("where does the argument end?")
        return _times(nodes)

    def _is_function(self) -> bool:
        part = self._next()
        return part is not None and part.kind in ("command", "word") and part.text in FUNCTIONS


def _is_proper(above: Fraction | None, below: Fraction | None) -> bool:
    """Return whether a fraction behind a whole number makes it a mixed number."""
    return above is not None and below is not None and above.denominator == below.denominator == 1 and 0 < above < below


def _times(nodes: Sequence[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else ("product", *nodes)
