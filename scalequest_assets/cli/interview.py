"""Asking one person about pairs, one after the other, in the terminal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rich.text import Text

from scalequest_assets.cli import console

WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("y", "yes"), True),
    **dict.fromkeys(("n", "no"), False),
    **dict.fromkeys(("u", "unsure"), None),
}
"""How a judgement is said, in small letters."""
BACK, STOP = "b", "q"
_KEYS = "[y]es  [n]o  [u]nsure   [b]ack  [q]uit"


@dataclass(frozen=True, kw_only=True)
class Said:
    """A judgement; None is unsure, of an answer also not asked.

    Attributes:
        is_question_sound: Whether the question is sound.
        is_answer_right: Whether the answer is right.
        note: What the reviewer adds.
    """

    is_question_sound: bool | None
    is_answer_right: bool | None = None
    note: str | None = None

    def __str__(self) -> str:
        words = {True: "yes", False: "no", None: "unsure"}
        answer = "" if self.is_question_sound is False else f", answer right: {words[self.is_answer_right]}"
        return f"question sound: {words[self.is_question_sound]}{answer}" + (f" ({self.note})" if self.note else "")


class _StoppedError(Exception):
    """The reviewer stops."""


class _BackError(Exception):
    """The reviewer wants what was asked before."""


class Interview:
    """Asks about pairs; what is said is handed on at once, and again where a note is added or it is said otherwise.

    Args:
        pairs: What to ask about, in that order: `query_id`, `query`, `response`, `answer`.
        keep: Is given each pair with what was said of it.
        ask: Shows a prompt and returns the line that is typed; raises `EOFError` at the end.
    """

    def __init__(
        self,
        pairs: Sequence[Mapping[str, Any]],
        keep: Callable[[Mapping[str, Any], Said], object],
        ask: Callable[[Text], str] = console.out.input,
    ) -> None:
        self._pairs, self._keep, self._ask = pairs, keep, ask
        self._said: dict[int, Said] = {}

    def run(self) -> int:
        """Ask until the pairs or the reviewer are at an end; return how many pairs are judged."""
        at = 0
        try:
            while at < len(self._pairs):
                at += 1 if self._is_judged(at) else -1 if at else 0
        except (_StoppedError, EOFError):
            console.out.print()
        return len(self._said)

    def _is_judged(self, at: int) -> bool:
        """Ask about one pair; return whether it goes on to the next, and not back to the one before."""
        pair = self._pairs[at]
        texts = {"Question": pair["query"], "Response": pair["response"], "Answer": pair["answer"]}
        console.show_texts(
            f"{at + 1} of {len(self._pairs)}  {pair['query_id']}",
            {name: str("–" if text is None else text) for name, text in texts.items()},
        )
        if before := self._said.get(at):
            console.out.print(f"before: {console.printable(str(before))}", markup=False, style="dim")
        console.out.print()
        while True:
            try:
                sound = self._word("Is the question sound?")
            except _BackError:
                return False
            try:
                right = None if sound is False else self._word("Is the answer right?  ")
                self._note(at, Said(is_question_sound=sound, is_answer_right=right))
            except _BackError:
                continue
            return True

    def _note(self, at: int, said: Said) -> None:
        """Hand on what was said before a note is asked for: an interruption there loses nothing."""
        self._hand_on(at, said)
        if note := self._line("Note (Enter for none): "):
            self._hand_on(at, replace(said, note=note))

    def _hand_on(self, at: int, said: Said) -> None:
        self._keep(self._pairs[at], said)
        self._said[at] = said

    def _word(self, question: str) -> bool | None:
        while True:
            word = self._line(f"{question} {_KEYS}: ").lower()
            if word in WORDS:
                return WORDS[word]
            console.out.print("Type y, n or u; b goes back, q stops.", style="yellow")

    def _line(self, prompt: str) -> str:
        line = self._ask(Text(prompt, style="bold")).strip()
        if line.lower() == STOP:
            raise _StoppedError
        if line.lower() == BACK:
            raise _BackError
        return line
