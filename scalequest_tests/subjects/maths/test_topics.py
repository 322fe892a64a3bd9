"""Topics: what the vocabulary alone tells, what seeds add, and texts that tell nothing."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.recipe.topic_shares import topic_shares
from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.topic_words import WORDS
from scalequest_assets.subjects.maths.topics import SUBJECTS, TopicModel, subject_names, tokens

VOCABULARY = TopicModel.learn()
SEEDS = pl.DataFrame(
    {
        "query": [
            "Find the wug of 3 and 4.",
            "What is the wug of 12?",
            "How many blickets fit into a dax?",
            "A dax has 4 blickets. Find it.",
        ],
        "subject": ["Number Theory", "number_theory", "Counting & Probability", "counting and probability"],
    }
)

PLAIN = [
    ("Tom buys 3 apples for 4 dollars each. How much money does he have left of 20 dollars?", "arithmetic"),
    ("Write the decimal 0.35 as a fraction in lowest terms, or round it to the nearest tenth.", "prealgebra"),
    ("Solve the equation $2x + 3 = 11$.", "algebra"),
    (
        "Let $p(x)$ be a monic polynomial of degree 4 with real coefficients. Find its roots.",
        "intermediate_algebra",
    ),
    (r"Compute $\sin \theta + \cos \theta$ for the vector $\mathbf{v}$.", "precalculus"),
    ("The perimeter of an isosceles triangle is 20. What is its area?", "geometry"),
    ("Two dice are rolled. What is the probability of a sum of 7?", "counting_and_probability"),
    (r"Find the remainder of $\gcd(12, 18)$ modulo 5.", "number_theory"),
]


def topic(text, model=VOCABULARY):
    return model.classify(pl.Series([text], dtype=pl.String))[0]


@pytest.mark.parametrize(("text", "subject"), PLAIN)
def test_plain_questions_have_their_subject_by_vocabulary_alone(text, subject):
    assert topic(text) == subject


@pytest.mark.parametrize("text", [None, "", " \n", "12 3 4", "1,000.50", "\x00\x01", "\u4eca\u5929", "zzyzx", "\\"])
def test_a_text_without_a_known_token_has_no_topic(text):
    assert topic(text) is None


@pytest.mark.parametrize(
    "text", [r"\frac{\sin x}{\cos x}", "$$", "\\\\\\", "\ufffd\u00b0\u2019", "x" * 60_000, "triangle " * 7_000]
)
def test_hostile_text_is_answered(text):
    assert topic(text) in {None, *SUBJECTS}


def test_a_word_counts_once_however_often_it_stands_there():
    once, often = (
        "Is the triangle a polynomial? roots, monic",
        "Is the triangle a polynomial? roots, monic" + " triangle" * 900,
    )
    assert topic(often) == topic(once)


def test_every_word_of_the_vocabulary_is_one_token_and_stands_once_in_its_subject():
    for subject, (telling, leaning) in WORDS.items():
        words = [*telling.split(), *leaning.split()]
        assert {word for word in words if len(tokens(word)) != 1} == set()
        assert {word for word in words if words.count(word) > 1} == set(), subject


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("The TRIANGLE", "the triangle"),
        ("triangle\u2019s \u201cside\u201d", "triangle s side"),
        ("103_5", "7_8"),
        ("5! and n!", "7! and n"),
        ("a $20 note", "a 20 note"),
        ("10\\% of 3", "10% of 3"),
        ("x > 3", "x < 4"),
        ("1{,}000\\!000", "7"),
    ],
)
def test_texts_with_the_same_tokens(text, same):
    assert tokens(text) == tokens(same)


@pytest.mark.parametrize(("text", "other"), [("f(x)", "f x"), (r"\sin x", "sin x"), ("a_1", "a 1"), ("$x$", "x")])
def test_maths_is_no_plain_word(text, other):
    assert tokens(text) != tokens(other)


def test_an_exclamation_is_no_factorial():
    assert tokens("Help! Run!") == tokens("help run") != tokens("help run 3!")


def test_seeds_with_a_subject_teach_new_words():
    learned = TopicModel.learn(SEEDS)
    assert topic("wug", learned) == "number_theory"
    assert topic("blickets", learned) == "counting_and_probability"
    assert topic("wug") is None


def test_a_subject_without_seeds_keeps_its_vocabulary():
    drawn = families.generate("grade_school", 400, seed=1)
    seeds = pl.DataFrame([(p.query, p.subject) for p in drawn], schema=["query", "subject"], orient="row")
    model, plain = TopicModel.learn(seeds), [(text, subject) for text, subject in PLAIN if subject != "prealgebra"]
    assert [topic(text, model) for text, _ in plain] == [subject for _, subject in plain]


def test_unknown_subjects_teach_nothing():
    unknown = SEEDS.with_columns(subject=pl.Series([None, "", "Botany", "Calculus"]))
    nobody = pl.DataFrame({"query": ["wug"], "subject": [None]}, schema={"query": pl.String, "subject": pl.String})
    for seeds in (unknown, nobody, SEEDS.clear()):
        assert topic("wug", TopicModel.learn(seeds)) is None
        assert topic("Solve the equation $2x + 3 = 11$.", TopicModel.learn(seeds)) == "algebra"


def test_spellings_of_subjects():
    spelled = [
        "Prealgebra",
        "Counting & Probability",
        "counting_and_probability",
        " NUMBER theory ",
        "Physics",
        "",
        None,
    ]
    expected = ["prealgebra", *["counting_and_probability"] * 2, "number_theory", None, None, None]
    assert subject_names(pl.Series(spelled)).to_list() == expected
    assert {subject_names(pl.Series([p.subject]))[0] for p in families.generate("competition", 40, seed=1)} <= set(
        SUBJECTS
    )


TEXTS = st.lists(
    st.sampled_from(["sum", "triangle", "x", "wug", "\\sin", "dice", "prime", "each", "$", "1", "="]), max_size=6
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(TEXTS.map(" ".join), st.sampled_from([*SUBJECTS, "Botany", None])), max_size=12), st.randoms()
)
def test_neither_the_order_of_seeds_nor_that_of_questions_matters(rows, draw):
    schema = {"query": pl.String, "subject": pl.String}
    seeds = pl.DataFrame(rows, schema=schema, orient="row")
    shuffled = draw.sample(rows, len(rows))
    model, other = TopicModel.learn(seeds), TopicModel.learn(pl.DataFrame(shuffled, schema=schema, orient="row"))
    texts = [text for text, _ in rows]
    by_text = dict(
        zip(
            [text for text, _ in shuffled],
            other.classify(pl.Series([t for t, _ in shuffled], dtype=pl.String)),
            strict=True,
        )
    )
    assert model.classify(pl.Series(texts, dtype=pl.String)).to_list() == [by_text[text] for text in texts]


def test_held_out_questions_of_our_families_are_told_apart():
    learned, held_out = (
        pl.DataFrame(
            [
                (p.query, p.subject)
                for s in ("grade_school", "competition")
                for p in families.generate(s, 400, seed=seed)
            ],
            schema=["query", "subject"],
            orient="row",
        )
        for seed in (1, 2)
    )
    found = TopicModel.learn(learned).classify(held_out["query"])
    assert (found == held_out["subject"]).mean() > 0.9


def test_shares_are_of_the_questions_with_a_topic():
    shares = topic_shares(pl.Series(["geometry", None, "algebra", "geometry", "algebra", "arithmetic"]))
    assert shares["topic"].to_list() == ["algebra", "geometry", "arithmetic"]
    assert shares["share"].to_list() == [0.4, 0.4, 0.2]
    assert topic_shares(pl.Series([None, None], dtype=pl.String)).is_empty()
