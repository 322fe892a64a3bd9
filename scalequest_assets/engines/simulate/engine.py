"""Simulated models: they write, choose and score what follows from request and seed."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Final

from scalequest_assets.engines.base import Choice, Completion, EngineInfo, Message, Request, Sampling, Score
from scalequest_assets.engines.simulate.draws import UNIT, draws, seed_of
from scalequest_assets.engines.simulate.material import Asked, Material
from scalequest_assets.engines.simulate.questions import Questions
from scalequest_assets.engines.simulate.replies import CHARS_PER_TOKEN, NUM_DRAWS, Replies
from scalequest_assets.engines.simulate.settings import SimulateSettings
from scalequest_assets.simulated import SIMULATED

INFO: Final = EngineInfo(name=SIMULATED, device=SIMULATED, num_devices=0, is_exact=True)
_BLOCK: Final = 4096
_USER, _MODEL, _END = "<|simulated user|>", "<|simulated model|>", "<|simulated end|>"
_SYSTEM: Final = "<|simulated system|>"
_READING: Final = 10.0
"""How many times as fast as writing reading is."""


class SimulatedChat:
    """The chat format of simulated models."""

    def render(self, messages: Sequence[Message], *, enable_thinking: bool | None = None) -> str:
        """Return a chat as one text, up to where the model's turn begins, or whole if it has spoken."""
        marks = {"system": _SYSTEM, "user": _USER, "assistant": _MODEL}
        turns = "".join(f"{marks[message.role]}{message.content}{_END}" for message in messages)
        return turns if messages[-1].role == "assistant" else turns + _MODEL

    def question_prefix(self, system: str | None) -> str:
        """Return what precedes a user's first word."""
        return (f"{_SYSTEM}{system}{_END}" if system is not None else "") + _USER

    def question_end(self) -> str:
        """Return what ends a turn."""
        return _END

    def answer_end(self) -> str:
        """Return what ends a turn."""
        return _END

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        return [_num_tokens(text) for text in texts]


class Writer:
    """Writes the texts of all simulated models of a process.

    Args:
        material: What they are made of.
        settings: The distributions.
    """

    def __init__(self, material: Material, settings: SimulateSettings) -> None:
        self.settings = settings
        self._questions, self._replies = Questions(material.problems, settings), Replies(material, settings)
        self._asked = sorted(material.asked, key=lambda one: -len(one.before) - len(one.after))
        self._last: tuple[str, tuple[Asked, str] | None] = ("", None)

    def texts(self, requests: Sequence[Request], all_seeds: Sequence[int]) -> Iterator[str]:
        """Yield what is written for each request; `all_seeds` are those of the whole list that they belong to."""
        seeds = [request.seed for request in requests]
        found = [self._of(request.prompt) for request in requests]
        questions = self._questions.write([s for s, one in zip(seeds, found, strict=True) if one is None], all_seeds)
        rows = draws(seeds, NUM_DRAWS).tolist()
        for one, row in zip(found, rows, strict=True):
            yield next(questions) if one is None else self._replies.reply(*one, row)

    def _of(self, prompt: str) -> tuple[Asked, str] | None:
        """Return what a prompt asks for and about; None where it is the beginning of a question."""
        if self._last[0] != prompt:  # all samples of a question have one prompt
            self._last = (prompt, self._read(prompt))
        return self._last[1]

    def _read(self, prompt: str) -> tuple[Asked, str] | None:
        message, separator, _ = prompt.rpartition(_END)
        if prompt.endswith(_USER):
            return None
        message = message.rpartition(_USER)[2] if separator else prompt
        for one in self._asked:
            if (question := one.question(message)) is not None:
                return one, question
        return Asked(kind="solve", before="", after="", tokens=0.0), message


class SimulatedEngine:
    """A simulated model that writes.

    Args:
        writer: Returns what writes its texts, once a text is asked for.
        settings: The distributions.
    """

    info = INFO

    def __init__(self, writer: Callable[[], Writer], settings: SimulateSettings) -> None:
        self._writer, self._settings = writer, settings

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        """Complete requests; see `engines.base.GenerationEngine`."""
        all_seeds = [request.seed for request in requests]
        wanted = (request for request in requests if request.id in missing)
        while block := list(islice(wanted, _BLOCK)):
            fates = draws([request.seed for request in block], 2, salt=3).tolist()
            texts = self._writer().texts(block, all_seeds)
            for request, text, (cut, slow) in zip(block, texts, fates, strict=True):
                yield self._completion(request, text, sampling.max_tokens, cut, slow)

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        """Return how probable one of two answers is; see `engines.base.GenerationEngine`."""
        return _scores(requests, missing, self._settings, salt=4)

    def close(self) -> None:
        """Do nothing: nothing is held."""

    def _completion(self, request: Request, text: str, max_tokens: int, cut: int, slow: int) -> Completion:
        num_tokens, reason = _num_tokens(text), "stop"
        if num_tokens > max_tokens or cut < self._settings.truncated * UNIT:
            num_tokens = min(max(num_tokens // 2, 1), max_tokens)
            text, reason = text[: int(num_tokens * CHARS_PER_TOKEN)], "length"
        prompt_tokens = _num_tokens(request.prompt)
        seconds = _seconds(self._settings, prompt_tokens, num_tokens, slow)
        return Completion(
            id=request.id,
            text=text,
            finish_reason="stop" if reason == "stop" else "length",
            prompt_tokens=prompt_tokens,
            num_tokens=num_tokens,
            engine_s=seconds,
        )


class SimulatedScorer:
    """A simulated model that scores; a score follows from the text alone.

    Args:
        settings: The distributions.
    """

    info = INFO

    def __init__(self, settings: SimulateSettings) -> None:
        self._settings = settings

    def score(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[Score]:
        """Score texts; see `engines.base.ScoringEngine`."""
        return _scores(requests, missing, self._settings, salt=5)

    def close(self) -> None:
        """Do nothing: nothing is held."""


def _scores(
    requests: Sequence[Request], missing: Collection[str], settings: SimulateSettings, *, salt: int
) -> Iterator[Score]:
    """Yield scores in [0, 1], most of them in the middle: means of two uniform ones."""
    wanted = (request for request in requests if request.id in missing)
    while block := list(islice(wanted, _BLOCK)):
        rows = draws([seed_of(request.prompt) for request in block], 3, salt=salt).tolist()
        for request, (one, other, slow) in zip(block, rows, strict=True):
            num_tokens = _num_tokens(request.prompt)
            seconds = _seconds(settings, num_tokens, 0, slow)
            yield Score(id=request.id, value=(one + other) / (2 * UNIT), prompt_tokens=num_tokens, engine_s=seconds)


def _seconds(settings: SimulateSettings, prompt_tokens: int, num_tokens: int, slow: int) -> float:
    """Return the seconds of a row, half to one and a half times its mean; wait for them in real time."""
    seconds = (num_tokens + prompt_tokens / _READING) / settings.tokens_per_s * (0.5 + slow / UNIT)
    if settings.realtime:
        time.sleep(seconds)
    return seconds


def _num_tokens(text: str) -> int:
    return max(1, round(len(text) / CHARS_PER_TOKEN))
