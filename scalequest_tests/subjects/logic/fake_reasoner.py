"""A fake model for logic: it answers our families' puzzles with their solutions, at times wrong, as the seed says."""

from functools import cache

from scalequest_assets.subjects.logic.families.drawing import puzzles
from scalequest_assets.subjects.logic.families.puzzle import Puzzle

_SOLVE = "\nSolve step by step."


def fake_reasoner(prompt: str, seed: int) -> str:
    """Return what a fake model writes for a prompt."""
    message = prompt.removeprefix("<user>").removesuffix("<end>")
    if message.startswith("Can this be solved?"):
        return "A clue is missing. Verdict: No" if seed % 5 == 0 else "The clues leave one answer. Verdict: Yes"
    if message.startswith("Make it solvable.\n"):
        return "FINAL PUZZLE: " + message.split("\n", 1)[1].replace("Who", "Tell me who")
    if message.startswith("Make it harder.\n"):
        return "FINAL HARDER PUZZLE: It is a cold day. " + message.split("\n", 1)[1]
    if message.endswith(_SOLVE):
        return _answer(message.removesuffix(_SOLVE), seed)
    drawn = list(_known().values())
    return "Sure, what shall I do?" if seed % 13 == 0 else drawn[seed % len(drawn)].query


def _answer(query: str, seed: int) -> str:
    known = next((puzzle for text, puzzle in _known().items() if query.endswith(text)), None)
    match seed % 7:
        case 0:
            return "I think so:\nThe answer is \\boxed{nobody}."
        case 1:
            return "There is no such puzzle."
        case 2:
            return "It is hard. \\boxed{it cannot be decided at all}"
    return known.solution if known else "The answer is \\boxed{Ann}."


@cache
def _known() -> dict[str, Puzzle]:
    return {puzzle.query: puzzle for puzzle in puzzles("first_puzzles", 300, 6)}
