"""Formulas become MathML of known elements, or stay as they are; nothing else becomes markup."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.release.typesetting import MAX_FORMULA_CHARS, mathml, typeset, visible

ELEMENTS = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msup", "msub", "msubsup"),
    *("munder", "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom", "mstyle", "menclose"),
    *("mmultiscripts", "mprescripts"),
}
PIECES = [
    *("\\frac", "\\sqrt", "\\left(", "\\right)", "\\begin{cases}", "\\end{cases}", "\\text", "\\href", "\\style"),
    *("\\operatorname", "\\newcommand", "\\def", "\\label", "\\eqref", "\\color", "\\boxed", "\\hat", "\\\\", "\\["),
    *("\\]", "\\(", "\\)", "$", "$$", "{", "}", "^", "_", "&", "<", ">", '"', "'", "#1", "a", "1", " ", "\n", "\0"),
    *("<script>", "</math>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "\u202e", "\u2028"),
]


class Read(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    "text",
    [
        "$x$",
        "$$x$$",
        r"\(x\)",
        r"\[x\]",
        r"\boxed{x}",
        r"\begin{align*}x\end{align*}",
        r"The point $(0,3)$ where $r > 0,$ say.",
        r"$\text{the cost of one}$",
        r"$a < b$",
        r"$5\%$ of $\$3$",
    ],
)
def test_formulas_are_typeset(text: str):
    assert "<math" in typeset(text)


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $6.",
        "$5-$6",
        "$20+$2=$22 and $5 x 2 =$10",
        "He pays $5 per hour and sells each for 3$.",
        "Each had $900/20=$45",
        r"\frac{1}{2} without dollars",
        r"$\frac{1}{$ is broken, $x^2^3$ too, $\nosuch{x}$ also, \(\left( \)",
        "$",
        "$$",
        "",
    ],
)
def test_money_and_broken_tex_stay_as_they_are(text: str):
    assert Read(typeset(text)).text == text
    assert "<math" not in typeset(text)


def test_what_is_around_a_broken_formula_is_typeset():
    html = typeset(r"$\frac{1}{$, but $x^2$.")
    assert html.startswith(r"$\frac{1}{$, but <math ")
    assert html.endswith("</math>.")


def test_nothing_is_a_text_too():
    assert typeset(None) == ""


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\operatorname{</math><script>alert(1)</script>}",
        r"\operatorname<",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(http://example.org)}{x}",
        r"\color{red;background:url(x)}x",
        r"\label{a}\eqref{a}",
        "</math><img src=x onerror=alert(1)>",
    ],
)
def test_hostile_tex_makes_no_other_element(tex: str):
    read = Read(typeset(f"${tex}$"))
    assert read.tags <= ELEMENTS
    assert {name for name, _ in read.attributes}.isdisjoint({"href", "style", "src", "onerror", "id"})


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_only_known_elements_come_out(text: str):
    read = Read(typeset(text))
    assert read.tags <= ELEMENTS
    assert not {name for name, _ in read.attributes if name.startswith("on") or name in ("href", "style", "src", "id")}
    if not read.tags:
        assert read.text == visible(text)


def test_alignment_becomes_a_class_since_the_page_allows_no_style_in_its_body():
    html = mathml(r"\begin{align*}a&=b\end{align*}", is_display=True)
    assert html is not None
    assert 'class="right"' in html
    assert " style=" not in html


def test_what_is_hidden_can_be_seen():
    assert visible("a\0b\u202ec\u2028d\u200be\ufefff\r\n\tg") == "a[U+0000]b[U+202E]c[U+2028]d[U+200B]e[U+FEFF]f\r\n\tg"
    assert visible("á 漢 👩\u200d🔬") == "á 漢 👩\u200d🔬"


def test_long_and_deep_formulas_stay_as_they_are():
    assert mathml("x+" * MAX_FORMULA_CHARS, is_display=False) is None
    assert mathml("{" * 1_000 + "}" * 1_000, is_display=False) is None
    assert mathml(r"\sqrt{" * 150 + "x" + "}" * 150, is_display=False) is None


@pytest.mark.parametrize(
    "unit", ["[", r"\log(", "{", r"\frac{", r"\hat ", "x^{", r"\left(", r"\begin{matrix}", "&", "\\\\", "'", r"\sqrt["]
)
def test_no_formula_takes_long(unit: str):
    began = time.perf_counter()
    mathml(unit * (MAX_FORMULA_CHARS // len(unit)), is_display=True)
    assert time.perf_counter() - began < 10  # 0.1 on a free machine; what doubles with each unit never ends


@pytest.mark.parametrize(
    "tex",
    [
        r"\def\a{\b\b}\def\b{\c\c}\a",
        r"\newcommand{\a}{x}\a",
        r"\text{a \nosuch b}",
        r"a & b",
        r"a } b",
        r"a \\ b",
        r"\color{white} x",
        r"\class{sample}{x}",
    ],
)
def test_what_is_not_read_whole_stays_as_it_is(tex: str):
    assert mathml(tex, is_display=False) is None


def test_operators_and_functions_are_spaced_and_limits_stand_below():
    assert "<mo>±</mo>" in str(mathml(r"a \pm b", is_display=False))
    assert '<mo lspace="0.167em" rspace="0.167em">sin</mo>' in str(mathml(r"\sin x", is_display=False))
    assert "<munder><mo " in str(mathml(r"\lim_{x \to 0} x", is_display=True))


def test_text_is_text():
    assert "<mtext>a&lt;b\u00a0&amp;\u00a0c</mtext>" in str(mathml(r"\text{a<b & c}", is_display=False))
    assert "[U+202E]" in str(mathml(r"\unicode{202E}", is_display=False))
