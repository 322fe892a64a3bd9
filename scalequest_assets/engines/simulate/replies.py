"""Replies of simulated models to what roles are asked: verdicts, rewritten questions, responses with an answer."""

from collections.abc import Sequence
from typing import Final

from scalequest_assets.engines.simulate.draws import UNIT, seed_of
from scalequest_assets.engines.simulate.material import Asked, Material
from scalequest_assets.engines.simulate.settings import SimulateSettings

CHARS_PER_TOKEN: Final = 3.7
NUM_DRAWS: Final = 40
_NUM_WRONG: Final = 3
_WORKING_EVERY: Final = 5
"""One in so many lines calculates: about six equalities a response, twice those of a worked solution of GSM8K."""
_ADDED: Final = ("All of this happens in one week.", "No two of these are alike.", "Nothing else changes on that day.")
"""Conditions that a rewritten question has more."""
_FACTORS: Final = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.4, 2.6)
"""How many times as long as their mean replies are, all equally often."""


class Replies:
    """Writes replies.

    Args:
        material: What they are made of.
        settings: How often they agree, and with what.
    """

    def __init__(self, material: Material, settings: SimulateSettings) -> None:
        self._material, self._settings = material, settings
        self._working = [problem.working for problem in material.problems if problem.working]
        self._solved = [problem.solved for problem in material.problems]
        self._prose = [problem.query for problem in material.problems] or self._working
        lengths = [len(text) for text in (*self._working, *self._prose * (_WORKING_EVERY - 1))]
        self._chars = sum(lengths) / len(lengths) if lengths else 0.0
        self._power = (1 - settings.agreement) / settings.agreement  # the mean of U ** power is the agreement

    def reply(self, asked: Asked, question: str, row: Sequence[int]) -> str:
        """Return a reply to a question, by a row of `NUM_DRAWS` draws."""
        if asked.kind == "judge":
            choices = self._material.verdicts[row[0] < self._settings.solvable * UNIT]
            final = choices[row[1] % len(choices)]
        elif asked.kind == "rewrite":
            before, after = asked.frame
            final = f"{before}{_ADDED[row[1] % len(_ADDED)]} {question}{after}" if row[0] % 20 else question
        else:
            final = self._solution(question, row)
        return self._lengthened(final, asked.tokens, row)

    def _solution(self, question: str, row: Sequence[int]) -> str:
        """Return the end of a response: the question's commonest answer as often as it agrees with itself."""
        if row[2] < self._settings.without_answer * UNIT:
            return self._some(row[3])
        place = seed_of(question)
        known = self._material.known.get(question)
        agrees = ((place % UNIT) / UNIT) ** self._power
        if row[0] < agrees * UNIT:
            return known or self._solved[place % len(self._solved)]
        return self._solved[(place + 1 + row[1] % _NUM_WRONG) % len(self._solved)]

    def _lengthened(self, final: str, tokens: float, row: Sequence[int]) -> str:
        """Return a text with as much working in front of it as makes it as long as such replies are."""
        wanted = tokens * CHARS_PER_TOKEN * _FACTORS[row[4] % len(_FACTORS)]
        num = min(int((wanted - len(final)) / self._chars), NUM_DRAWS - 5) if self._chars else 0
        if num <= 0:
            return final
        return "\n".join([*(self._line(draw) for draw in row[5 : 5 + num]), final])

    def _line(self, draw: int) -> str:
        draw, kind = divmod(draw, _WORKING_EVERY)
        return self._some(draw) if kind == 0 else self._prose[draw % len(self._prose)]

    def _some(self, draw: int) -> str:
        return self._working[draw % len(self._working)] if self._working else ""
