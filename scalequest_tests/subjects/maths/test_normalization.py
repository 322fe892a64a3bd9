import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scalequest_assets.recipe.blocks import run_blocks
from scalequest_assets.subjects.maths.normalization import NUMBER_WORDS, normalise, spell_digits
from scalequest_assets.subjects.maths.problem_marks import numbers, operators

HOSTILE = [
    "",
    "\x00\x01\x1f",
    "🙂🙃",
    "a\u200bb",
    "\u202eabc",
    "كم تفاحة؟",
    "é" * 30_000,
    "\ud7ff",
    "\\",
    "$$",
    "{,}",
    "-",
]
number_phrases = st.lists(st.sampled_from([*NUMBER_WORDS, "-", " ", "and", ",000", "7", "é"]), max_size=30).map("".join)


def one(function, text):
    return function(pl.Series([text], dtype=pl.String)).to_list()[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("  Tom's  BIG\tdog! ", "tom s big dog"),
        ("Tom\u2019s dog", "tom s dog"),
        ("twenty-five pears and One Hundred Five plums", "25 pears and 105 plums"),
        ("two thousand five hundred, six million", "2500 6000000"),
        ("two  thousand\nfive   hundred", "2500"),
        ("two hundred\n\nfive", "200 5"),
        ("one two three", "1 2 3"),
        ("1,000 or 1{,}000 but 1,2,3 and 12,3456", "1000 or 1000 but 1 2 3 and 12 3456"),
        ("It costs 3.50. Why?", "it costs 3.50 why"),
        (r"$\dfrac{1}{2}\left(3\cdot x\right)$", "1 2 3 x"),
        ("zero\u200bwidth \uff15 \u2167", "zerowidth 5 viii"),
        ("someone often weighs", "someone often weighs"),
        ("\u2211\u222b", ""),
        (r"\one", "one"),
    ],
)
def test_normal_form(text, expected):
    assert one(normalise, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Three times 0.50, 007 and .5", ["3", "0.5", "7", "0.5"]),
        ("x\u00b2 + \u00bd", ["2", "1", "2"]),
        ("1,000,000", ["1000000"]),
        ("no number", []),
        (None, []),
    ],
)
def test_numbers(text, expected):
    assert one(numbers, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x+3=5", ["+", "="]),
        ("x - 3 = 5", ["-", "="]),
        (r"a \times b \cdot c * d \u00d7 e".replace(r"\u00d7", "\u00d7"), ["*", "*", "*", "*"]),
        (r"x \leq 3 and y <= 4 and z \u2264 1".replace(r"\u2264", "\u2264"), ["<=", "<=", "<="]),
        ("x\u00b2 and x^2 and x**2", ["^", "^", "^"]),
        ("a well-known 5-year-old boy - what **bold** claim", []),
        (r"\frac12 of \dfrac{3}{4} or 1/2", [r"\frac"] * 3),
        (r"\sin x + cos y", ["+"]),
        ("f'(2)! isn't Tom's!", ["'", "(", ")", "!"]),
        (None, []),
    ],
)
def test_operators(text, expected):
    assert one(operators, text) == expected


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_data(text):
    assert len(normalise(pl.Series([text, "two", text]))) == 3
    assert normalise(pl.Series([text, "two", text]))[1] == "2"
    assert numbers(pl.Series([text])).dtype == operators(pl.Series([text])).dtype == pl.List(pl.String)


@settings(deadline=None)  # the first call compiles a kernel
@given(st.lists(st.one_of(st.none(), st.text(max_size=60), number_phrases), max_size=8))
@example([])
def test_each_row_is_by_itself_and_valid(texts):
    series = pl.Series(texts, dtype=pl.String)
    together = normalise(series)
    assert together.to_list() == [one(normalise, text) for text in texts]
    for text in together:
        assert text == text.strip(" ")
        assert "  " not in text
        assert text.encode().decode() == text
    for before, after in zip(texts, spell_digits(series), strict=True):
        assert len(after.encode()) <= len((before or "").encode())


@settings(deadline=None)  # the first call compiles a kernel
@given(st.text(max_size=80))
def test_case_and_space_do_not_count(text):
    ascii_text = text.encode("ascii", "ignore").decode()
    spaced = ascii_text.replace(" ", "  ")
    assert one(normalise, spaced) == one(normalise, ascii_text)
    assert one(normalise, ascii_text.upper()) == one(normalise, ascii_text.lower())


@settings(deadline=None)  # the first call compiles a kernel
@given(st.integers(1, 999), st.sampled_from(["", "thousand", "million"]))
def test_spelled_numbers_are_read(number, scale):
    words = list(NUMBER_WORDS)
    said = [words[number // 100], "hundred"] if number >= 100 else []
    rest = number % 100
    if rest >= 20:
        said.append(words[20 + (rest - 20) // 10])
        rest %= 10
    said += [words[rest]] if rest else []
    factor = NUMBER_WORDS.get(scale, 1)
    assert one(numbers, " ".join([*said, scale]).strip()) == [str(number * factor)]


def test_blocks_cover_all_rows():
    seen = [0] * 25

    def kernel(start, stop):
        for row in range(start, stop):
            seen[row] += 1

    run_blocks(kernel, 25, block=4)
    assert seen == [1] * 25
