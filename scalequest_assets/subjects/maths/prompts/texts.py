"""The prompts in one language, as data: each step's module says what is done with its text."""

from dataclasses import dataclass

from scalequest_assets.recipe.languages import Language
from scalequest_assets.recipe.prompting import Rewrite


@dataclass(frozen=True, kw_only=True)
class Texts:
    r"""What the models are asked about mathematics in one language.

    Attributes:
        language: What it is in.
        solve: What stands behind a question, for capable models and for a small one.
        answer_is: The sentence that closes a solution, with `{}` where the answer is boxed.
        judge: Heads of the judge's prompt, for both; the question follows.
        solvable: Asks for a version that can be solved.
        harder: Asks for a harder version.
    """

    language: Language
    solve: tuple[str, str]
    answer_is: str
    judge: tuple[str, str]
    solvable: Rewrite
    harder: Rewrite
