"""Topics of programming questions: by the words that speak for each. They decide nothing."""

from typing import Final

import polars as pl

_WORDS: Final = {
    "strings": (
        "string strings str text word words letter letters character characters vowel vowels palindrome substring "
        "prefix suffix uppercase lowercase capital anagram sentence spaces"
    ),
    "lists": (
        "list lists array arrays items item element elements matrix rows columns sublist positions tuple tuples sort "
        "sorted order largest smallest rotate rotated duplicates"
    ),
    "maths": (
        "number numbers sum product digit digits prime primes divisor divisors divisible multiple multiples factorial "
        "fibonacci power square root remainder integer even odd base"
    ),
    "dictionaries": (
        "dictionary dictionaries dict map mapping key keys value values count counts frequency frequencies set sets "
        "distinct different unique"
    ),
    "logic": (
        "whether true false bool boolean if unless otherwise valid balanced brackets between range leap condition"
    ),
    "recursion": (
        "recursion recursive tree trees graph graphs node nodes path paths permutations combinations subsets depth"
    ),
}
TOPICS: Final = tuple(_WORDS)
"""All topics; of equally likely ones the first is taken."""
_STRONG: Final = {
    "strings": r"\bstr\b|palindrome|vowel|\btext\b",
    "lists": r"\blist\[|\bmatrix\b|\barray",
    "maths": r"\bprime|\bdigits?\b|\bdivis|\bmultiples?\b",
    "dictionaries": r"\bdict\b|dict\[|dictionar",
    "logic": r"-> ?bool|\bwhether\b|\bbalanced\b",
    "recursion": r"recursi|\btrees?\b|\bgraphs?\b",
}


def classify(texts: pl.Series) -> pl.Series:
    """Return the topic of each text: that of which most words occur, telling marks counted twice; null for none."""
    text = texts.cast(pl.String).str.to_lowercase().alias("text")
    tokens = pl.col("text").str.extract_all(r"[a-z]+").list.unique()
    scores = [
        (
            tokens.list.set_intersection(pl.lit(words.split(), pl.List(pl.String))).list.len().cast(pl.Int32)
            + 2 * pl.col("text").str.count_matches(_STRONG[topic]).clip(0, 1).cast(pl.Int32)
        ).alias(topic)
        for topic, words in _WORDS.items()
    ]
    found = text.to_frame().select(scores)
    best = pl.max_horizontal(TOPICS)
    named = pl.coalesce(pl.when(pl.col(topic) == best).then(pl.lit(topic)) for topic in TOPICS)
    return found.select(topic=pl.when(best > 0).then(named))["topic"]
