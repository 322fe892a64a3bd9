"""What a plan assumes of puzzles, of our prompts about them, and of models' replies, in tokens."""

from typing import Final

from scalequest_assets.subjects.base import Assumption

_COUNTED = "counted with SmolLM2's tokenizer"
_ROLE_EXAMPLES = f"{_COUNTED} on the examples that the role model is taught with"
_REASONED = "a few steps of reasoning; not measured"
_TOKENS: Final = {
    "tokens.seed.families": (33, f"our first puzzles, {_COUNTED}; the others have 57"),
    "tokens.seed.other": (80, "a paragraph with its clues; not counted"),
    "tokens.rewrite.full": (20, "more than before: the prompt asks for 10 to 25 further words"),
    "tokens.rewrite.compact": (6, f"more than before: {_ROLE_EXAMPLES}"),
    "tokens.role_example": (78, f"a supervised example, chat text included, {_COUNTED}"),
    "tokens.role_question": (36, f"a question to the role model in its evaluation: {_ROLE_EXAMPLES}"),
    "tokens.role_answer": (31, f"its answer: {_ROLE_EXAMPLES}"),
    "prompt.rewriter.full": (137, f"instruction, mean of both directions, {_COUNTED}"),
    "prompt.judge.full": (131, f"instruction, {_COUNTED}"),
    "prompt.solve.full": (53, f"instruction, {_COUNTED}"),
    **{f"prompt.{role}.compact": (6, f"instruction, {_COUNTED}") for role in ("rewriter", "judge", "solve")},
    "reply.rewriter.full": (350, _REASONED),
    "reply.judge.full": (300, _REASONED),
    "reply.solve.full": (300, _REASONED),
    "reply.rewriter.compact": (42, _ROLE_EXAMPLES),
    "reply.judge.compact": (12, _ROLE_EXAMPLES),
    "reply.solve.compact": (32, _ROLE_EXAMPLES),
}
_SHARES: Final = {
    "rows.source": (7500, "a data set or file without max_questions: as many as GSM8K has"),
    "keep.optimized_questions.full": (0.95, "few rewrites of a capable model lack the final marker"),
    "keep.optimized_questions.compact": (0.55, "as with mathematics: many change nothing"),
}
ASSUMED: Final = {name: Assumption(*known) for name, known in {**_TOKENS, **_SHARES}.items()}
