"""What a plan assumes of programming questions, of our prompts about them, and of models' replies, in tokens."""

from typing import Final

from scalequest_assets.subjects.base import Assumption

_COUNTED = "counted with SmolLM2's tokenizer"
_ROLE_EXAMPLES = f"{_COUNTED} on the examples that the role model is taught with"

ASSUMED: Final[dict[str, Assumption]] = {
    "rows.source": Assumption(7500, "a data set or file without max_questions: as many as GSM8K has"),
    "tokens.seed.families": Assumption(52, f"our first functions, {_COUNTED}; those of more lines have 68"),
    "tokens.seed.other": Assumption(120, "tasks in data sets for code are a paragraph; not counted"),
    "tokens.rewrite.full": Assumption(25, "more than before: the prompt asks for 10 to 25 further words"),
    "tokens.rewrite.compact": Assumption(8, f"more than before: {_ROLE_EXAMPLES}"),
    "tokens.role_example": Assumption(80, f"a supervised example, chat text included, {_COUNTED}"),
    "tokens.role_question": Assumption(47, f"a question to the role model in its evaluation: {_ROLE_EXAMPLES}"),
    "tokens.role_answer": Assumption(22, f"its answer: {_ROLE_EXAMPLES}"),
    "prompt.rewriter.full": Assumption(161, f"instruction, mean of both directions, {_COUNTED}"),
    "prompt.judge.full": Assumption(128, f"instruction, {_COUNTED}"),
    "prompt.solve.full": Assumption(53, f"instruction, {_COUNTED}"),
    "prompt.rewriter.compact": Assumption(6, f"instruction, {_COUNTED}"),
    "prompt.judge.compact": Assumption(6, f"instruction, {_COUNTED}"),
    "prompt.solve.compact": Assumption(5, f"instruction, {_COUNTED}"),
    "reply.rewriter.full": Assumption(350, "what is wrong or ways to make it harder, and the new task"),
    "reply.judge.full": Assumption(250, "a few steps of reasoning"),
    "reply.solve.full": Assumption(250, "a few sentences and a function of ten to twenty lines"),
    "reply.rewriter.compact": Assumption(41, _ROLE_EXAMPLES),
    "reply.judge.compact": Assumption(13, _ROLE_EXAMPLES),
    "reply.solve.compact": Assumption(19, _ROLE_EXAMPLES),
    "keep.optimized_questions.full": Assumption(0.95, "few rewrites of a capable model lack the final marker"),
    "keep.optimized_questions.compact": Assumption(0.55, "as with mathematics: many change nothing"),
}
