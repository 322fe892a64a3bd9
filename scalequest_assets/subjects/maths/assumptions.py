"""What a plan assumes of maths questions, of our prompts about them, and of models' replies, in tokens."""

from typing import Final

from scalequest_assets.subjects.base import Assumption

_COUNTED = "counted with SmolLM2's tokenizer"
_ROLE_EXAMPLES = f"{_COUNTED} on the examples that the role model is taught with"

ASSUMED: Final[dict[str, Assumption]] = {
    "rows.source": Assumption(7500, "a data set or file without max_questions: GSM8K has 7,473, MATH 7,500"),
    "tokens.seed.families": Assumption(41, f"our families with the bounds of `embedded`, {_COUNTED}"),
    "tokens.seed.other": Assumption(68, f"mean of GSM8K (60) and MATH (76), {_COUNTED}"),
    "tokens.rewrite.full": Assumption(20, "more than before: the prompt asks for 10 to 20 further words"),
    "tokens.rewrite.compact": Assumption(8, f"more than before: {_ROLE_EXAMPLES}"),
    "tokens.role_example": Assumption(101, "a supervised example, chat text included: adapters/record.json"),
    "tokens.role_question": Assumption(49, f"a question to the role model in its evaluation: {_ROLE_EXAMPLES}"),
    "tokens.role_answer": Assumption(39, f"its answer: {_ROLE_EXAMPLES}"),
    "prompt.rewriter.full": Assumption(184, f"instruction, mean of both directions, {_COUNTED}"),
    "prompt.judge.full": Assumption(129, f"instruction, {_COUNTED}"),
    "prompt.solve.full": Assumption(17, f"instruction, {_COUNTED}"),
    "prompt.rewriter.compact": Assumption(6, f"instruction, {_COUNTED}"),
    "prompt.judge.compact": Assumption(6, f"instruction, {_COUNTED}"),
    "prompt.solve.compact": Assumption(7, f"instruction, {_COUNTED}"),
    "reply.rewriter.full": Assumption(450, "a list of ways, a plan or a solution, two versions of the question"),
    "reply.judge.full": Assumption(300, "a few steps of reasoning, shorter than a solution"),
    "reply.solve.full": Assumption(400, "7B maths models write 350 to 500 tokens to questions like GSM8K's and MATH's"),
    "reply.rewriter.compact": Assumption(60, _ROLE_EXAMPLES),
    "reply.judge.compact": Assumption(41, _ROLE_EXAMPLES),
    "reply.solve.compact": Assumption(56, _ROLE_EXAMPLES),
    "keep.optimized_questions.full": Assumption(0.95, "few rewrites of a capable model lack the final marker"),
    "keep.optimized_questions.compact": Assumption(0.55, "many rewrites of the role model change nothing"),
}

_PROMPTS: Final = {  # rewriter, judge, solve in style `full`, then in `compact`
    "de": (355, 218, 31, 9, 12, 12),
    "es": (309, 208, 30, 12, 9, 10),
}
_LONGER: Final = 1.6
"""How many tokens a text has for one of its English form: our prompts have 1.6 to 1.9, with SmolLM2's tokenizer."""
_OF_PROMPTS: Final = [
    f"prompt.{role}.{style}" for style in ("full", "compact") for role in ("rewriter", "judge", "solve")
]
_OF_TEXTS: Final = (
    *("tokens.seed.other", "tokens.rewrite.full", "tokens.rewrite.compact"),
    *(f"reply.{role}.{style}" for style in ("full", "compact") for role in ("rewriter", "judge", "solve")),
)

OF_LANGUAGE: Final[dict[str, dict[str, Assumption]]] = {
    language: {
        **{
            name: Assumption(
                round(_LONGER * ASSUMED[name].value), f"{_LONGER} times the English: {ASSUMED[name].reason}"
            )
            for name in _OF_TEXTS
        },
        **{
            name: Assumption(num, f"instruction in the profile's language, {_COUNTED}")
            for name, num in zip(_OF_PROMPTS, counts, strict=True)
        },
    }
    for language, counts in _PROMPTS.items()
}
"""What differs in other languages than English, by their codes."""
