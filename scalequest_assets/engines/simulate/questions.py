"""Questions by recombination: sentences of problem families with other numbers, names and words.

A sentence is a template with slots. A word's slot keeps its word half of the time and else takes one of the same topic,
so that two questions of the same sentences are rarely near-duplicates; those are made on purpose (`SimulateSettings`).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scalequest_assets.engines.simulate.draws import UNIT, Draws, draws
from scalequest_assets.engines.simulate.material import Problem
from scalequest_assets.engines.simulate.settings import SimulateSettings

FOREIGN: Final = (
    "Un tren recorre {} kilómetros en {} horas. ¿Cuántos kilómetros recorre en {} horas?",
    "Eine Bäckerei verkauft täglich {} Brötchen und {} Kuchen. Wie viele Stücke verkauft sie in {} Tagen für März?",
    "Une école achète {} cahiers et {} règles. Combien d'objets achète-t-elle pour {} élèves de la même manière?",
    "小明有{}个苹果, 小红有{}个苹果。他们在{}天里一共有多少个苹果?",
)
_NUM_TELLING: Final = (1, 2, 3, 3, 4, 4, 5, 7)
_NUM_DRAWS: Final = 128
_NUM_COMMON_WORDS: Final = 60
_TOKEN = re.compile(r"\$[^$]*\$|\\[A-Za-z]+|\d+(?:\.\d+)?|[A-Za-z]+|[^A-Za-z\d$\\]+|[$\\]")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NUMBERS: Final = tuple(str(number) for number in [*range(2, 61)] * 4 + [*range(60, 1000, 5)])


@dataclass(frozen=True)
class Sentence:
    """A template for `%`, and what its slots hold: None for a number, else the word that is there."""

    template: str
    slots: tuple[str | None, ...]


class Questions:
    """Writes questions.

    Args:
        problems: Where sentences and words come from.
        settings: Shares of what goes wrong and of what repeats.
    """

    def __init__(self, problems: Sequence[Problem], settings: SimulateSettings) -> None:
        self._settings = settings
        common = _common_words(problems)
        self._telling: dict[str, list[Sentence]] = {}
        self._asking: list[tuple[str, Sentence]] = []
        words: dict[str, set[str]] = {}
        for problem in problems:
            *before, last = _SENTENCE_END.split(problem.query.strip())
            sentences = [_sentence(text, common) for text in before]
            self._telling.setdefault(problem.topic, []).extend(sentences)
            self._asking.append((problem.topic, asking := _sentence(last, common)))
            lent = {word for one in (*sentences, asking) for word in one.slots if word}
            words.setdefault(problem.topic, set()).update(lent)
        self._words = {topic: sorted(found) or ["thing"] for topic, found in words.items()}

    def write(self, seeds: Sequence[int], all_seeds: Sequence[int]) -> Iterator[str]:
        """Yield a question for each seed.

        Args:
            seeds: Of the rows.
            all_seeds: Of all rows of the list that they belong to: what near-duplicates repeat is one of these.
        """
        own = draws(seeds, _NUM_DRAWS)
        contents, is_exact, is_variant = self._contents(own, np.asarray(seeds, np.uint64), all_seeds)
        drawn = draws(contents, _NUM_DRAWS, salt=1)
        foreign = (draws(contents, 1, salt=2)[:, 0] < self._settings.foreign * UNIT).tolist()
        rows = zip(drawn.tolist(), own.tolist(), foreign, is_exact, is_variant, strict=True)
        for content, edit, is_foreign, same, varies in rows:
            if is_foreign:
                numbers = content if same or not varies else edit
                yield FOREIGN[content[0] % len(FOREIGN)].format(*(_NUMBERS[at % len(_NUMBERS)] for at in numbers[1:4]))
            elif same or not varies:
                yield self._text(content, content)
            elif edit[4] % 2:
                yield self._text(content, edit)
            else:
                yield self._reworded(content)

    def _contents(
        self, own: Draws, seeds: Draws, all_seeds: Sequence[int]
    ) -> tuple[Draws, Sequence[bool], Sequence[bool]]:
        """Return the seed of each row's content, whether it is a copy, and whether it is a variant of another's."""
        settings, share = self._settings, own[:, 0] / UNIT
        others = np.asarray(all_seeds, np.uint64)[(own[:, 1] % np.uint64(len(all_seeds))).astype(np.int64)]
        exact = share < settings.exact_duplicates
        near = share < settings.exact_duplicates + settings.near_duplicates
        common = ~near & (share < settings.exact_duplicates + settings.near_duplicates + settings.common)
        contents = np.where(near, others, np.where(common, own[:, 2] % np.uint64(settings.num_common), seeds))
        return contents, exact.tolist(), (near | common).tolist()

    def _text(self, content: Sequence[int], numbers: Sequence[int]) -> str:
        """Return the question of a row of draws; its numbers come from another row of them."""
        topic, asking = self._asking[content[0] % len(self._asking)]
        telling, words = self._telling[topic], self._words[topic]
        at, written = 8, []
        num = _NUM_TELLING[content[1] % len(_NUM_TELLING)] if telling else 0
        for place in range(num + 1):
            one = asking if place == num else telling[content[2 + place] % len(telling)]
            values = []
            for slot in one.slots:
                at = at + 1 if at + 1 < _NUM_DRAWS else 8
                if slot is None:
                    values.append(_NUMBERS[numbers[at] % len(_NUMBERS)])
                else:
                    draw = content[at]
                    values.append(slot if draw & 1 else words[(draw >> 1) % len(words)])
            written.append(one.template % tuple(values))
        return " ".join(written)

    def _reworded(self, content: Sequence[int]) -> str:
        """Return the question with other articles, or a word more: one that says the same."""
        text = self._text(content, content)
        return text.replace(" a ", " the ") if " a " in text else text.replace(". ", ". Then ", 1)


def _common_words(problems: Sequence[Problem]) -> frozenset[str]:
    counts = Counter(word for problem in problems for word in re.findall(r"\b[a-z]+\b", problem.query))
    return frozenset(sorted(counts, key=lambda word: (-counts[word], word))[:_NUM_COMMON_WORDS])


def _sentence(text: str, common: frozenset[str]) -> Sentence:
    slots: list[str | None] = []
    parts: list[str] = []
    for token in _TOKEN.findall(text):
        if token[0].isdigit() or token[0] == "$":
            slots += [None] * len(_NUMBER.findall(token))
            parts.append(_NUMBER.sub("%s", token.replace("%", "%%")))
        elif token.isalpha() and token.islower() and len(token) > 3 and token not in common:
            slots.append(token)
            parts.append("%s")
        else:
            parts.append(token.replace("%", "%%"))
    return Sentence("".join(parts), tuple(slots))
