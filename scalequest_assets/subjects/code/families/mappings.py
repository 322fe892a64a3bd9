"""Functions on dictionaries, with loops and conditions."""

from scalequest_assets.subjects.code.families import inputs
from scalequest_assets.subjects.code.families.family import Family

FAMILIES = (
    Family(
        name="word_counts",
        topic="dictionaries",
        level=2,
        functions=("word_counts", "count_words", "frequencies"),
        parameters="text: str",
        returns="dict[str, int]",
        asks=(
            (
                "returns a dictionary with each word of `text` in lower case and how often it occurs; words are "
                "separated by spaces"
            ),
        ),
        vague="returns a dictionary with some words of `text` and their numbers",
        program=(
            "def $f(text):\n    counts = {}\n    for word in text.lower().split():\n"
            "        counts[word] = counts.get(word, 0) + 1\n    return counts"
        ),
        inputs=lambda rng: (f"{inputs.text(rng)} {inputs.text(rng)}",),
    ),
    Family(
        name="by_length",
        topic="dictionaries",
        level=3,
        functions=("by_length", "group_by_length", "words_by_size"),
        parameters="words: list[str]",
        returns="dict[int, list[str]]",
        asks=("returns a dictionary from each length to the list of those `words` that have it, in their order",),
        vague="returns a dictionary with `words` in groups",
        program=(
            "def $f(words):\n    groups = {}\n    for word in words:\n"
            "        groups.setdefault(len(word), []).append(word)\n    return groups"
        ),
        inputs=lambda rng: (inputs.words(rng, 0, 6),),
    ),
    Family(
        name="total_above",
        topic="dictionaries",
        level=2,
        functions=("total_above", "sum_values", "sum_large"),
        parameters="values: dict[str, int]",
        returns="int",
        asks=(
            "returns the sum of those values of the dictionary `values` that are at least $k",
            "adds up the values of `values` that are not below $k and returns the sum",
        ),
        vague="returns the sum of those values of the dictionary `values` that are large enough",
        program="def $f(values):\n    return sum(value for value in values.values() if value >= $k)",
        inputs=lambda rng: (inputs.counts(rng),),
        slots=lambda rng: {"k": rng.randint(4, 15)},
    ),
    Family(
        name="swapped",
        topic="dictionaries",
        level=2,
        functions=("swapped", "invert", "keys_by_value"),
        parameters="values: dict[str, int]",
        returns="dict[int, list[str]]",
        asks=("returns a dictionary from each value of `values` to the list of its keys in alphabetical order",),
        vague="returns a dictionary made of `values` the other way",
        program=(
            "def $f(values):\n    found = {}\n    for key in sorted(values):\n"
            "        found.setdefault(values[key], []).append(key)\n    return found"
        ),
        inputs=lambda rng: ({one: rng.randint(1, 3) for one in inputs.words(rng, 0, 6)},),
    ),
)
"""Functions on dictionaries."""
