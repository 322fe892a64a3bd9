"""What simulated texts are made of: a subject's problems, verdicts and prompts, handed in by who knows the subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["judge", "solve", "rewrite"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One problem of the subject's families.

    Attributes:
        query: The question.
        topic: Its topic; problems of one topic lend each other words.
        working: Its solution as prose, without the final answer.
        solved: Its solution with the final answer, as a solver should write it.
    """

    query: str
    topic: str
    working: str
    solved: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a role is asked, so that a prompt can be told from others.

    Attributes:
        kind: What is asked for.
        before: Text in front of the question.
        after: Text behind it.
        tokens: Mean length of a reply.
        frame: Of a rewrite, what stands before and behind the new question.
    """

    kind: Kind
    before: str
    after: str
    tokens: float
    frame: tuple[str, str] = ("", "")

    def question(self, message: str) -> str | None:
        """Return the question that a message asks about; None where it asks something else."""
        if not (message.startswith(self.before) and message.endswith(self.after)):
            return None
        return message[len(self.before) : len(message) - len(self.after)]


@dataclass(frozen=True, kw_only=True)
class Material:
    """A subject's share in simulated texts.

    Attributes:
        problems: Problems that questions, working and answers are recombined from; at least one.
        known: Solutions of questions whose answer the profile's seeds hold, by question.
        verdicts: Judgements that say Yes (True) and No (False); at least one each.
        asked: How roles are asked.
    """

    problems: Sequence[Problem]
    known: Mapping[str, str]
    verdicts: Mapping[bool, Sequence[str]]
    asked: Sequence[Asked]
