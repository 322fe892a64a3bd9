import pytest

from scalequest_assets.subjects.maths.decisive_words import meaning


@pytest.mark.parametrize(
    "words",
    [
        "buy buys bought buying purchase purchases purchased",
        "left remain remains remaining",
        "degree degrees",
        "number numbers nubmer",
        "box boxes",
        "city cities",
        "he him his",
        "smallest least",
        "mile miles",
    ],
)
def test_one_meaning(words):
    assert len({meaning(word) for word in words.split()}) == 1


def test_words_that_say_nothing():
    assert [meaning(word) for word in ("the", "which", "whcih", "dollars", "of")] == [None] * 5


@pytest.mark.parametrize(
    "words",
    [
        "interior exterior",
        "simple compound",
        "derivative integral",
        "monday friday",
        "he she they",
        "not never now",
        "buy sell",
        "each all",
        "and or not",
        "day week",
        "mean median mode range",
    ],
)
def test_other_meanings(words):
    found = [meaning(word) for word in words.split()]
    assert len(set(found)) == len(found)
