"""The normal form of answers, and when two are equal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.subjects.logic.forms import Form, asked_by, options, read, same, verdict

NAMES = st.lists(st.sampled_from(["Ann", "Bob", "Cleo", "Dora", "red", "tea"]), unique=True, max_size=4)
KINDS = st.sampled_from([None, "truth", "count", "choice", "order", "set", "knights", "knaves"])


def _written(names: list[str]) -> st.SearchStrategy[str]:
    ways = [", ".join(names), " and ".join(names), " < ".join(names), "{" + ", ".join(names) + "}"]
    ways += [f"knights: {', '.join(names) or 'none'}", f"{' and '.join(names) or 'none'} are knaves"]
    ways += [" ".join(f"{at}. {name}" for at, name in enumerate(names, start=1)), "".join(names)]
    return st.sampled_from(ways)


WORDS = (
    "yes",
    "No, it does not.",
    "none",
    "3",
    "three",
    "0",
    "(B)",
    "B",
    "Option C",
    "Ann > Bob",
    "unknown",
    "x or y",
    "",
)
ANSWERS = NAMES.flatmap(_written) | st.sampled_from(WORDS)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Ann and Bob are knights", "knights: Ann, Bob"),
        ("knights: Bob, Ann", "knights: Ann, Bob"),
        ("The knights are Ann, Bob and Cleo.", "knights: Ann, Bob, Cleo"),
        ("Ann is a knight, Bob is a knave and Cleo is a knight", "knights: Ann, Cleo"),
        ("Ann: knight, Bob: knave", "knights: Ann"),
        ("Ann - knight; Bob - liar", "knights: Ann"),
        ("Bob is a knave", "knaves: Bob"),
        ("all of them are knaves", "knights: none"),
        ("No one is a knight", "knights: none"),
        ("Ann, Bob, Cy", "Ann, Bob, Cy"),
        ("Ann < Bob < Cy", "Ann, Bob, Cy"),
        ("1. Ann 2. Bob 3. Cy", "Ann, Bob, Cy"),
        ("1st: Ann, 2nd: Bob, 3rd: Cy", "Ann, Bob, Cy"),
        (r"\text{Ann} \rightarrow \text{Bob}", "Ann, Bob"),
        ("Ann, then Bob, then Cy", "Ann, Bob, Cy"),
        (r"\{Bob, Ann\}", "{Ann, Bob}"),
        ("both bob and ANN", "{Ann, Bob}"),
        ("**Yes**, it follows.", "yes"),
        ("False", "no"),
        ("it does not follow", "no"),
        ("no one", "{}"),
        ("exactly three people", "3"),
        ("007", "7"),
        ("third", "3"),
        ("the third house", "3"),
        ("3rd", "3"),
        ("the first and the third", "{First, Third}"),
        ("option B", "(B)"),
        ("(B) Ann is first.", "(B)"),
    ],
)
def test_what_is_said_has_one_form(text: str, form: str):
    found = read(text)
    assert str(found) == form
    assert read(form) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ann > Bob",
        "Ann or Bob",
        "Ann is taller than Bob, and so on",
        "it cannot be decided",
        "unknown",
        "Ann is a knight and Ann is a knave",
        "2. Ann 3. Bob",
        "1. Ann 2. Ann",
        "Ann, Bob, Ann",
        "not Ann",
        "the red box",
        "a third",
        "Ann " * 100,
    ],
)
def test_what_is_not_read_whole_is_none(text: str):
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "asked", "form"),
    [
        ("Bob, Ann", "set", "{Ann, Bob}"),
        ("Bob, Ann and Cleo", "order", "Bob, Ann, Cleo"),
        ("none", "count", "0"),
        ("Ann", "knights", "knights: Ann"),
        ("none", "knights", "knights: none"),
        ("Bob", "knaves", "knights: Ann, Cleo"),
        ("Bob and Cleo are knaves", None, "knights: Ann"),
        ("Ann is a knight and Bob is a knave", None, None),
        ("Ann is the tallest", "set", "Ann"),
        ("Ann is taller than Bob", "set", None),
        ("A", "set", "A"),
        ("A", "choice", "(A)"),
    ],
)
def test_the_question_says_what_a_bare_list_is_and_who_the_others_are(text: str, asked: str | None, form: str | None):
    found = read(text, asked, ("Ann", "Bob", "Cleo"))
    assert (str(found) if found else None) == form


@given(ANSWERS, ANSWERS)
def test_equality_is_symmetric(one: str, other: str):
    assert same(one, other) is same(other, one)


@given(ANSWERS)
def test_everything_equals_itself(one: str):
    assert same(one, one) is True


@given(ANSWERS, ANSWERS, ANSWERS)
def test_equality_is_transitive(one: str, two: str, three: str):
    if same(one, two) and same(two, three):
        assert same(one, three) is True


@given(NAMES, KINDS)
def test_forms_are_read_as_they_are_written(names: list[str], kind: str | None):
    found = read(", ".join(names), kind)
    if found is not None:
        assert read(str(found), found.kind) == found
        assert read(str(found), None) in (found, Form("choice", ("A",)))


@given(st.text() | st.text(alphabet="AnBo b,.:;<>()1 2{}knightsare&\\"), KINDS)
def test_no_text_fails(text: str, kind: str | None):
    found = read(text, kind, ("Ann", "Bob"))
    assert found is None or str(found)
    assert asked_by(text) is None or isinstance(options(text), dict)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Ann and Bob", "{Bob, Ann}", True),
        ("Ann, Bob", "Bob, Ann", False),
        ("{Ann, Bob}", "Ann, Bob", None),
        ("knights: Ann", "knights: none", False),
        ("knights: Ann", "knaves: Bob", None),
        ("yes", "Ann", False),
        ("2", "Ann", False),
        ("0", "{}", None),
        ("3", "third", True),
        ("3", "the fourth house", False),
        ("3", "a third", None),
        ("yes", "knights: Ann", None),
        ("2", "knights: Ann, Bob", False),
        ("(B)", "Ann", None),
        ("neither", "Ann", None),
    ],
)
def test_what_cannot_be_decided_is_neither(one: str, other: str, is_same: bool | None):
    assert same(one, other) is is_same


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Ann is a knight", "yes"),
        (r"\text{Ann is a knave}", "no"),
        ("knight", "yes"),
        ("a liar", "no"),
        ("She is a knight.", "yes"),
        ("Ann: knave, Bob: knight", "no"),
        ("Ann and Bob are knights", "yes"),
        ("Bob is a knave", None),
        ("Ann is not a knight", None),
        ("Ann is a knight or a knave", None),
        ("Ann is a knight and Ann is a knave", None),
        ("yes", None),
        ("Ann is a knight" * 99, None),
    ],
)
def test_a_role_answers_who_is_asked_for_it(said: str, found: str | None):
    query = "You meet Ann and Bob. Bob asks: Is Cleo a knave? Is Ann a knight?"
    assert (str(verdict(said, query)) if verdict(said, query) else None) == found
    knave = verdict(said, query.replace("a knight?", "a knave?"))
    assert (str(knave) if knave else None) == {"yes": "no", "no": "yes"}.get(found or "")
    assert verdict(said, "Is Ann a knight or a knave?") is None
    assert verdict(said, "Is Dora a knight?") is None or said in ("knight", "a liar", "She is a knight.")


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("Ann is taller than Bob. Who is taller?", "set"),
        ("Who are the knights?", "knights"),
        ("Ann says it. Which of them is a knave?", "knaves"),
        ("How many are knights?", "count"),
        ("In what order do they stand?", "order"),
        ("What does Wim order?", "set"),
        ('Bob says: "Ann lies." Is Bob a knight?', "truth"),
        ("Which is true? (A) Ann is first. (B) Bob is first.", "choice"),
        ("(A) red star (B) red circle. What is the colour of the other?", "set"),
        ("Tell me a story.", None),
    ],
)
def test_questions_say_what_form_they_ask_for(query: str, kind: str | None):
    assert asked_by(query) == kind
