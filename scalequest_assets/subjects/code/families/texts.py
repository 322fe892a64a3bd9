"""Functions on texts, with loops and conditions."""

from scalequest_assets.subjects.code.families import inputs
from scalequest_assets.subjects.code.families.family import Family

FAMILIES = (
    Family(
        name="count_vowels",
        topic="strings",
        level=2,
        functions=("count_vowels", "num_vowels", "vowels_in"),
        parameters="text: str",
        returns="int",
        asks=(
            "returns how many vowels (a, e, i, o, u) `text` has, whatever their case",
            "counts the letters a, e, i, o and u in `text`, capital ones too",
        ),
        vague="returns how many of the special letters `text` has",
        program="def $f(text):\n    return sum(letter in 'aeiou' for letter in text.lower())",
        inputs=lambda rng: (inputs.text(rng),),
    ),
    Family(
        name="is_palindrome",
        topic="strings",
        level=2,
        functions=("is_palindrome", "reads_both_ways", "is_mirror"),
        parameters="text: str",
        returns="bool",
        asks=(
            "returns whether `text` reads the same backwards, ignoring case and spaces",
            "returns True if `text` is a palindrome when spaces and case do not count, else False",
        ),
        vague="returns whether `text` has the property that was described",
        program="def $f(text):\n    letters = text.lower().replace(' ', '')\n    return letters == letters[::-1]",
        inputs=lambda rng: (
            inputs.one_of(
                rng, "Never odd or even", "Level", inputs.text(rng), inputs.word(rng), "No on", "Was it a cat I saw"
            ),
        ),
    ),
    Family(
        name="long_words",
        topic="strings",
        level=2,
        functions=("long_words", "words_over", "count_long"),
        parameters="text: str",
        returns="int",
        asks=(
            "returns how many words of `text` have more than $k letters; words are separated by spaces",
            "counts the words of `text`, separated by spaces, that are longer than $k characters",
        ),
        vague="returns how many words of `text` are long",
        program="def $f(text):\n    return sum(len(word) > $k for word in text.split())",
        inputs=lambda rng: (inputs.text(rng),),
        slots=lambda rng: {"k": rng.randint(4, 6)},
    ),
    Family(
        name="title_words",
        topic="strings",
        level=2,
        functions=("title_words", "capitalise", "headline"),
        parameters="text: str",
        returns="str",
        asks=(
            (
                "returns `text` with the first letter of every word in upper case and all others in lower case; "
                "words are separated by single spaces"
            ),
        ),
        vague="returns `text` with some letters of every word changed",
        program="def $f(text):\n    return ' '.join(word[:1].upper() + word[1:].lower() for word in text.split(' '))",
        inputs=lambda rng: (inputs.text(rng),),
    ),
    Family(
        name="remove_letter",
        topic="strings",
        level=2,
        functions=("remove_letter", "without", "drop_letter"),
        parameters="text: str",
        returns="str",
        asks=(
            "returns `text` without any letter '$c', capital or small",
            "removes every '$c' and '$u' from `text` and returns the rest",
        ),
        vague="returns `text` without that letter",
        program="def $f(text):\n    return ''.join(letter for letter in text if letter.lower() != '$c')",
        inputs=lambda rng: (inputs.text(rng),),
        slots=lambda rng: (lambda c: {"c": c, "u": c.upper()})(rng.choice("aeilr")),
    ),
    Family(
        name="shift_letters",
        topic="strings",
        level=3,
        functions=("shift_letters", "encode", "caesar"),
        parameters="text: str",
        returns="str",
        asks=(
            (
                "replaces each small letter of `text` by the one $k places later in the alphabet, going on with a "
                "after z, and returns the result; other characters stay"
            ),
        ),
        vague="replaces each small letter of `text` by a later one in the alphabet and returns the result",
        program=(
            "def $f(text):\n    result = ''\n    for letter in text:\n        if 'a' <= letter <= 'z':\n"
            "            letter = chr((ord(letter) - 97 + $k) % 26 + 97)\n        result += letter\n    return result"
        ),
        inputs=lambda rng: (inputs.one_of(rng, inputs.word(rng), inputs.text(rng), "xyz abc"),),
        slots=lambda rng: {"k": rng.randint(1, 9)},
    ),
    Family(
        name="run_lengths",
        topic="strings",
        level=3,
        functions=("run_lengths", "compress", "encode_runs"),
        parameters="text: str",
        returns="str",
        asks=(
            (
                "returns `text` with each run of one character replaced by that character and the length of the "
                "run: `aab` becomes `a2b1`"
            ),
        ),
        vague="returns `text` in a compressed form",
        program=(
            "def $f(text):\n    result = ''\n    start = 0\n    for place in range(1, len(text) + 1):\n"
            "        if place == len(text) or text[place] != text[start]:\n"
            "            result += text[start] + str(place - start)\n            start = place\n    return result"
        ),
        inputs=lambda rng: (
            inputs.one_of(rng, inputs.word(rng), "aaab", "zz", "abcccd", inputs.word(rng) * 2, "mississippi"),
        ),
    ),
)
"""Functions on texts."""
