# ruff: noqa: RUF001  (signs are what people write)
"""Two answers are equal, different, or nobody can say."""

from itertools import combinations, permutations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.maths import answer_check
from scalequest_assets.subjects.maths.equality import read, same, values
from scalequest_assets.subjects.maths.equality.forms import Quantity, Unread
from scalequest_tests import real_data
from scalequest_tests.answer_pairs import KINDS, pairs

EQUAL = [
    ("72", "$72$", r"\text{72}", "72.0", "**72**", "x = 72", "seventy-two", "72 clips", "72 (clips)"),
    ("1234567", "1,234,567", "1 234 567", r"1{,}234{,}567", r"1\,234\,567", "12,34,567"),
    ("2000000", "2 million", r"2\text{ million}", r"2 \times 10^6", "2e6", "two million", "2*10^6"),
    ("24", "2 dozen", r"2\text{ dozen}", "4!", "4! = 24", "4!=24"),
    ("5/3", r"\frac{5}{3}", r"1\frac{2}{3}", "1 2/3", r"1.\overline{6}", r"\dfrac53", r"\frac5{3}"),
    ("1/2", "0.5", "half", "½", r"\frac{1}{2}", "one half", "5e-1", r"2^{-1}", r"\sqrt{\frac14}"),
    ("7/2", "3.5", "3 and a half", r"3\text{ and a half}", "3½"),
    ("3/4", "three quarters", "0.75", r"\tfrac{3}{4}", "¾"),
    ("5", "101_2", r"101_{2}", r"101_{\text{two}}", "12_3"),
    (r"\frac{\pi}{2}", "pi/2", "π/2", r"\frac{1}{2}\pi", r"0.5\pi"),
    (r"2\sqrt{3}", "2√3", r"\sqrt{12}", "2*sqrt(3)", r"\frac{6}{\sqrt3}", r"2\sqrt 3"),
    ("-9", "-3^2", "\u22129", r"-(3)^2", r"x=-9"),
    ("9", "(-3)^2", r"\left(-3\right)^{2}", "3²"),
    ("12 m^2", r"12\text{ m}^2", "12 m²", "12 square meters", r"12~\mathrm{m}^{2}", "120000 cm^2"),
    ("200 minutes", "3 hours 20 minutes", r"3\text{ hours and }20\text{ minutes}", "12000 s"),
    ("20 km/h", "20 kilometers per hour", r"20\text{ km/h}", "20 kmh"),
    ("$0.50", "50 cents", r"\$0.5", "0.5 dollars"),
    ("1:15 PM", "1:15 p.m.", r"1:15\text{ PM}", "1:15pm"),
    (r"90^\circ", "90°", "90 degrees", r"90^{\circ}"),
    ("(-\\infty, 3)", "x < 3", r"\left(-\infty,3\right)", "3 > x", r"\{x \mid x < 3\}"),
    ("[2,5)", r"2 \le x < 5", r"x \in [2,5)", "5 > x ≥ 2"),
    (r"(-\infty,-2)\cup(3,\infty)", r"x < -2 \text{ or } x > 3", "x>3 or x<-2", "(3, ∞) ∪ (-∞, -2)"),
    (r"\mathbb{R}", r"(-\infty, \infty)", "all real numbers"),
    ("3, 5", "5, 3", "3 and 5", r"\{3,5\}", "x = 3 or x = 5", "x=5, x=3", r"4 \pm 1"),
    ("(3, -4)", r"\left(3,-4\right)", "$(3,-4)$", "(3.0, -4)"),
    ("B", "(B)", r"\textbf{(B)}", r"\text{B}", "B.", "B)"),
    ("Friday", r"\text{friday}", "**Friday**"),
    ("(x+1)^2", "x^2+2x+1", "1 + 2x + x^2", r"(1+x)\cdot(x+1)", "y = (x+1)^2"),
    ("xy", "yx", r"x\cdot y"),
    (r"\log_2 8", "3", r"\frac{\ln 8}{\ln 2}"),
    ("3+4i", r"3+4\mathrm{i}", "4i+3"),
    (r"\sin 30^\circ", r"\frac12", r"\cos(60^\circ)"),
    ("2x + 3y = 6", "4x+6y=12", "6 = 3y + 2x"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", r"\begin{bmatrix}1&2\\3&4\end{bmatrix}"),
    (r"\left[\begin{array}{rr}1 & 2 \\ 3 & 4\end{array}\right]", r"\begin{matrix}1 & 2\\3 & 4\end{matrix}"),
    ("x = 3, y = 4", "y = 4, x = 3"),
    ("r = 5, h = 40, h/r = 8", "$r=5$, $h=40$, $h/r=8$"),
    ("xy^2", "x y^2", "y^2x", r"x \cdot y^2"),
    ("y = x/2", "x = 2y", "2y - x = 0"),
    ("9/25", "nine twenty-fifths", "9 twenty-fifths"),
    ("3/13", "3 thirteenths", "three thirteenths"),
    ("-5", "-five", "negative five", "minus 5"),
    (r"-\infty", "negative infinity"),
    ("40", "4 tens", "forty"),
    ("500000", "5 lakh", "5,00,000"),
    ("5th", "5", r"5^{\text{th}}", r"5^{th}"),
    ("1/3", "0.(3)", r"0.\overline{3}"),
    ("2/3", "2/3 of a cup", r"\frac{2}{3} of the cup"),
    ("12 in", "12 in.", "12 inches", "1 foot"),
    ("16 in^2", r"16\text{ in}^2", "16 square inches"),
    ("5 m/s", r"5 m s^{-1}", r"5\,\text{m}\cdot\text{s}^{-1}"),
    ("20 °C", "20 degrees Celsius", r"20^\circ\text{C}"),
    (r"\log_{2} 10", "log2(10)"),
    ("150000000", "1.5 x 10^8", "1.5 × 10⁸"),
    (r"\$2{,}500{,}000", r"\$2.5 million", "2.5 million dollars"),
    (r"\$1.50/\text{lb}", "$1.50 per pound", "1.5 dollars per lb"),
    (r"\{1,2,3\}", "{1, 2, 3}", "3, 2, 1"),
    (r"\{x \in \mathbb{R} \mid x > 3\}", "{x : x > 3}", "x > 3"),
    ("24", "Area: 24", "Area = 24"),
    ("Tom: 3, Ann: 5", "Ann: 5, Tom: 3"),
    (r"\frac{x-1}{2}", r"f^{-1}(x) = \frac{x-1}{2}", r"f^{-1}(x) = 0.5(x-1)"),
    ("2x", r"\frac{dy}{dx} = 2x", r"\frac{dy}{dx}=x+x"),
    ("2:3", "2 to 3"),
    (r"2\pi rh", r"2 \pi r h", "2πrh"),
    ("6x", r"\frac{d^2y}{dx^2} = 6x"),
    ("C", "Option C", "choice (C)"),
    ("3.14", "approximately 3.14", "about 3.14", r"\approx 3.14"),
    ("2.6", "two and three fifths", "2 and three fifths", "2 3/5", "two and six-tenths"),
    ("200.5", "two hundred and a half"),
    ("500000", "half a million"),
    ("6", "half a dozen", r"{4 \choose 2}", r"\binom42"),
    ("1000000", "1'000'000", "1_000_000"),
    ("5 apples", "5 apples left", "5 apples in total", "5 apples altogether", "exactly 5 apples"),
    ("5", "only 5", "a total of 5", "5 people left", "5 people in all", "5 each", "5 in total"),
    ("5", "5 ways", "5 different ways", r"5 \text{ possible ways}"),
    ("5 dollars", "$5 each", r"\$5 in total"),
    ("does not exist", "DNE", r"\text{DNE}", r"\mathrm{DNE}", "dne"),
    ("1/3", "0.333...", r"0.3333\ldots", "0.33333…"),
    ("5/6", "0.8333...", r"0.8\overline{3}"),
    ("4/33", "0.1212..."),
    ("3000000 dollars", "$3M", r"\$3 million", "$3000k"),
    ("2500000000 dollars", "$2.5B", "$2.5bn"),
    ("500 rupees", "Rs. 500", "Rs 500", "₹500", "500 INR"),
    ("20 dollars", "USD 20", "$20", "20 USD"),
    ("40%", r"40\% \text{ of the students}", "40 percent of students", "40%"),
    ("5 newtons", "5 N", r"5\text{ N}", "5000 mN"),
    ("10 kilowatts", "10 kW", "10000 W", "10,000 watts"),
    ("5 hertz", "5 Hz"),
    ("80 decibels", "80 dB"),
    ("2 amperes", r"2\text{ A}", "2 amps"),
    ("3 hectares", "30000 m^2", r"30{,}000\text{ m}^2"),
    ("9.8 m/s^2", r"9.8\,\frac{\text{m}}{\text{s}^2}", r"9.8\ \frac{m}{s^2}"),
    ("66 inches", "5 ft. 6 in.", "5 ft 6 in", "5 feet, 6 inches"),
    ("-1, 0, 1", r"0, \pm 1", r"\{0, \pm 1\}", r"\pm 1, 0"),
    ("-2, -1, 1, 2", r"\pm 1, \pm 2"),
    ("(2,3), (-2,3)", r"(\pm 2, 3)"),
    ("no solutions", "no solution", r"\emptyset", r"\varnothing", r"\{\}"),
    ("15:30", "3:30 PM", "3:30 p.m."),
    ("noon", "12:00 PM", "12 p.m."),
    ("midnight", "12:00 AM", "12 am"),
    ("(3, 4)", "x = 3, y = 4", "y=4, x=3", "(x,y) = (3,4)"),
    ("[2, 8]", r"[2,5]\cup[5,8]", r"[2,5]\cup(3,8]"),
    ("(2, 8)", r"(2,5]\cup(5,8)"),
    ("(2, 5)", "x > 2 and x < 5", r"x < 5 \text{ and } x > 2", "2 < x, x < 5"),
    ("(-1, 1)", "|x| < 1", "-1 < x < 1"),
    (r"(-\infty, -1] \cup [1, \infty)", r"|x| \ge 1", r"1 \le |x|"),
    (r"x \ne 0", r"\mathbb{R} \setminus \{0\}", r"(-\infty,0)\cup(0,\infty)"),
    ("26", r"\text{1A}_{16}", "1A_16", "0x1A"),
]
DIFFERENT_OR_UNDECIDED = [
    ("4", r"4\sqrt(2)", "4i"),
    ("72", "72 or more", "at least 72", "72 remaining or 80"),
    (r"1, 2, \ldots, n", r"1, 3, 5, \ldots, 2n-1"),
    (r"\frac{1}{2^{60}}", r"\frac{1}{2^{61}}", "0"),
    (r"\frac{1}{20!}", r"\frac{1}{21!}"),
    (r"1+\mathrm{i}", r"1-\mathrm{i}", "1"),
    (r"3\mathrm{x}+1", "4", "3"),
    (r"0.\overline{72}", r"0.\overline{27}", "0.72"),
    ("12_5", "12_7", "12"),
    ("1:15 PM", "3:45 PM", "1:15 AM"),
    ("2 p.m.", "2 a.m.", "2"),
    (r"3\text{ hours }20\text{ minutes}", r"3\text{ hours }40\text{ minutes}", "3"),
    ("1", r"1\text{ million}", "1 dozen"),
    ("3", "3 sevenths", "3 halves"),
    ("3 units left", "3 units right", "6 units left"),
    ("4 apples left", "5 apples left", "4 pears left"),
    ("exactly 4", "at least 4", "not 4", "only 5"),
    ("50", "50 or 51", "49, 50", "52"),
    (r"2\operatorname{sin} x", r"2\operatorname{cos} x", "2"),
    ("0", "10 000", "5", "2 3"),
    ("12 cm", "12 m", "12 km"),
    ("12 apples", "12 oranges"),
    ("(3,5)", "(5,3)", "3, 5"),
    ("[2,5)", "[2,5]", "(2,5)"),
    ("x > 5", r"x \ge 5", "x < 5"),
    ("0.333", r"\frac13", "33%"),
    ("2:3", "3:2", "2/3"),
    ("x = 3, y = 4", "x = 4, y = 3"),
    (r"\log x", r"\ln x"),
    ("1/2x", r"\frac{x}{2}", r"\frac{1}{2x}"),
    (r"\sqrt{x^2}", "x", "-x"),
    ("yes", "no"),
    ("Monday", "Tuesday", "5"),
    ("(1,234)", "1234"),
    ("f(2)", "2f"),
    ("f'(2)", "f(2)"),
    ("20 °C", "20 °F"),
    (r"\approx 3.14", r"\pi"),
    ("3 quarters", "0.75", "3"),
    ("100!", "101!"),
    ("xy^2", "(xy)^2"),
    ("2ab^3", "2(ab)^3"),
    ("mn!", "(mn)!"),
    (r"\sqrt xy", r"\sqrt{xy}"),
    ("x^ab", "x^{ab}", "x^a b"),
    (r"\frac{dy}{dx}", r"\frac{y}{x}"),
    ("IV", "VI"),
    ("XL", "LX"),
    ("2 < 3", "3 < 2", "4 < 7"),
    ("x > 1", "y > 1"),
    ("x = 1, 2; y = 3", "x = 1; y = 2, 3"),
    ("f'", "f", "f''"),
    ("5'", '5"', r"5^\circ"),
    (r"90^\circ clockwise", r"90^\circ counterclockwise"),
    ("3", "3 thirteenths", "3 lakh", "3 grand", "3 mil", "3 pairs", "3 gross", "3 BC", "3 per mille"),
    ("0.(3)", "0", "0.3"),
    ("0.1(6)", "0.6", "0.16"),
    ("fifth", "5", "1/5"),
    ("-five", "five"),
    ("negative five", "5"),
    (r"3 \times 2 \text{ matrix}", "6"),
    ("Tom: 3, Ann: 5", "Tom: 5, Ann: 3"),
    ("2.6", "two, three fifths"),
    ("two hundred and three fifths", "200.6", "40.6"),
    (r"x = \pm 1, y = 2", "1, -1, 2"),
    ("0.333...", "0.333", "0.3", "0.1333..."),
    ("0.1212...", "0.12", "0.2121..."),
    ("$3M", "$3", "$3k", "3 m"),
    ("40%", "40% more", "40% of 50", "40% off"),
    ("10 kW", "10 W", "10 kWh"),
    ("5 Hz", "5 dB", "5 kHz"),
    (r"0, \pm 1", "0, 1", r"\pm 1"),
    (r"(\pm 2, 3)", "(2,3)", "(2, -3), (2, 3)"),
    (r"\emptyset", "0", "1"),
    (r"\emptyset", r"\{0\}"),
    ("3:30 PM", "3:30 AM", "15:31", "2:30"),
    ("(3, 4)", "x = 4, y = 3"),
    ("(2, 8)", r"(2,5)\cup(5,8)", r"(2,5)\cup(6,8)", r"(2,8]"),
    ("(2, 5)", "x > 2 or x < 5", "x > 2", "x < 5"),
    ("|x| < 1", "x < 1", r"|x| \le 1", "|x| > 1"),
    (r"\mathbb{R} \setminus \{0\}", r"\mathbb{R}", r"\mathbb{R} \setminus \{1\}", r"\{0\}"),
    (r"\mathbf{a} \times \mathbf{b}", r"\mathbf{a} \cdot \mathbf{b}"),
]


def verdict(left: str, right: str) -> bool | None:
    found = same(read(left), read(right))
    assert same(read(right), read(left)) is found, "symmetric"
    return found


@pytest.mark.parametrize("texts", EQUAL, ids=lambda texts: texts[0])
def test_equal(texts):
    assert [pair for pair in combinations(texts, 2) if verdict(*pair) is not True] == []


@pytest.mark.parametrize("texts", DIFFERENT_OR_UNDECIDED, ids=lambda texts: texts[0])
def test_different_or_undecided(texts):
    assert [pair for pair in combinations(texts, 2) if verdict(*pair) is True] == []


@pytest.mark.parametrize(
    "texts",
    [
        *(("12 L", "12"), ("12m", "12"), ("1 hour", "60"), ("50%", "50"), ("50%", "0.5")),
        *((r"90^\circ", r"\frac{\pi}{2}"), (r"2k\pi", r"2n\pi"), ("x^2 + C", "c + x^2"), ("xyz", "zyx")),
        *(("5th", "fifth"), ("y = 2x", "2x"), ("1st", "first"), ("7 and 1/2", "7.5"), ("25k", "25000")),
        *(("0", "none"), ("0", "zero"), (r"\infty", "infinitely many"), ("2 A", "2 amperes"), ("5 Xy", "5 xyons")),
        *(("1/3", "1/3 or 0.33"), (r"\frac{5}{12}", r"\frac{5}{12} \text{ or } 0.417")),
    ],
    ids=lambda texts: texts[0],
)
def test_may_be_equal(texts):
    assert verdict(*texts) is not False


def test_pairs_by_construction():
    """20,000 of them are in the benchmark `answers`."""
    counts = {True: 0, False: 0, None: 0}
    for pair in pairs(20 * len(KINDS), seed=1):
        found = verdict(pair.gold, pair.answer)
        assert found in (None, pair.is_equal), pair
        counts[found] += 1
    assert counts[None] < 0.03 * sum(counts.values())
    assert min(counts[True], counts[False]) > 0.3 * sum(counts.values())


@given(st.text(alphabet=r"0123456789xyi\{}()[]^_/+-*.,:;!|<>=$%&~' abcdefrstqoπ√±∞≤", max_size=60))
def test_anything_is_read_and_equals_itself(text):
    found = read(text)
    assert same(found, found) is True
    for other in ("5", "x + 1", r"\frac{1}{2}", "B", "(1,2)", "3 hours", "yes"):
        verdict(text, other)


@given(st.fractions(max_denominator=10**6), st.fractions(max_denominator=10**6))
def test_numbers_are_exact(left, right):
    assert verdict(str(left), str(right)) is (left == right)


def test_what_has_no_value_or_several_currencies():
    for text in ("€€", r"\$ x / €", "0.75! dollars", r"\$", r"\$ x / lb"):
        assert verdict(text, "4") is not True


@pytest.mark.parametrize(
    "piece", ["(", "{", r"\frac", "1,", "x^", "((1+", "-", r"\sqrt{", "1/", "|", "9!", "=", r"\pm ", "a "]
)
def test_long_texts_cost_little(piece):
    for text in (piece * 20, piece * 100, piece * 50_000):
        verdict(text, "5")


def test_what_is_too_large_to_be_written_out_is_undecided(monkeypatch):
    monkeypatch.setattr(values, "_MAX_BITS", 16)
    monkeypatch.setattr(values, "_MAX_MAGNITUDE", 8)
    monkeypatch.setattr(values, "_MAX_FACTORIAL", 5)
    for text in ("3^{40}", r"\frac{1}{3^{40}}", "3^{3^{3}}"):
        assert verdict(text, "5") is None
    assert verdict("2^7", "128") is True


def test_answers_of_benchmarks_are_read_and_keep_their_value():
    for record in real_data.records_or_skip("math500/test"):
        gold = real_data.gold_of(record)
        found = read(gold)
        assert not isinstance(found, Unread), gold
        for dressed in (
            f"${gold}$",
            f"\\({gold}\\)",
            f"{gold}.",
            gold.replace("\\frac", "\\dfrac"),
        ):
            assert same(found, read(dressed)) is True, dressed
        if isinstance(found, Quantity):
            for spoilt in (f"{gold} + 1", f"2 \\cdot ({gold})"):
                assert same(found, read(spoilt)) is not True or gold == "0", spoilt


def test_groups_do_not_depend_on_order_or_on_the_commonest_form():
    answers = [r"(5,\infty)", "x>5", "x > 6", "6", None]
    for order in permutations(answers):
        groups = answer_check.agreement_groups(pl.Series(["q"] * 5), pl.Series(order, dtype=pl.String))
        named = dict(zip(order, groups.to_list(), strict=True))
        assert named[r"(5,\infty)"] == named["x>5"]
        assert len(set(named.values())) == 4


def test_a_group_holds_what_is_equal_to_all_in_it():
    """50% may be 50 or 1/2: it joins the larger group, and never makes one of both."""
    for order in permutations(["50%", "50", "0.5", "1/2"]):
        groups = answer_check.agreement_groups(pl.Series(["q"] * 4), pl.Series(order)).to_list()
        named = dict(zip(order, groups, strict=True))
        assert named["50%"] == named["0.5"] == named["1/2"] != named["50"]
