"""Answers to puzzles: found in what a model wrote, in their normal form (`forms`), and compared."""

import re
from typing import Final

import polars as pl

from scalequest_assets.recipe.parts import RECOMPUTED
from scalequest_assets.subjects.logic import forms
from scalequest_assets.subjects.logic.people import named
from scalequest_assets.subjects.stated_answers import extraction
from scalequest_assets.thinking import without_thinking

_ITEM: Final = re.compile(
    r"^[ \t]{0,4}[0-9]{1,2}[.)][ \t]{1,4}(?=[*_]{0,2}[^\W\d_][\w'-]{0,30}[*_ \t.,]{0,4}$)", re.MULTILINE
)
_INLINE: Final = re.compile(r"(?<=[\s:{])([0-9]{1,2})\.[ \t](?=[A-Z])")
_CLOSES: Final = re.compile(r"(?:(?:so|thus|hence|therefore|answer)\b[,: ]{0,3})?(.{1,200})", re.IGNORECASE)


class LogicAnswers:
    """Answers to puzzles."""

    def extract(self, responses: pl.Series, queries: pl.Series, gold: pl.Series | None = None) -> pl.Series:
        """Return the final answer of each response, in the form that gold has, or else the question asks for."""
        known = [None] * len(responses) if gold is None else gold.to_list()
        rows = zip(responses.to_list(), queries.to_list(), known, strict=True)
        return pl.Series(responses.name, [answer(*row) for row in rows], dtype=pl.String)

    def recompute(self, responses: pl.Series, queries: pl.Series, answers: pl.Series) -> pl.Series:
        """Return that no response states an equality."""
        nothing: dict[str, object] = {"num_equalities": 0, "false_equalities": []}
        return pl.Series("arithmetic", [None if text is None else nothing for text in responses], dtype=RECOMPUTED)

    def check(self, gold: pl.Series, answers: pl.Series) -> pl.Series:
        """Return whether each answer equals gold; see `forms.same`."""
        pairs = list(zip(gold.to_list(), answers.to_list(), strict=True))
        known = {pair: None if pair[0] is None else pair[1] is not None and forms.same(*pair) for pair in set(pairs)}
        return pl.Series("is_correct", [known[pair] for pair in pairs], dtype=pl.Boolean)

    def groups(self, query_ids: pl.Series, answers: pl.Series) -> pl.Series:
        """Return the answers themselves: they are normal forms, or texts that equal only themselves."""
        return answers.cast(pl.String).alias("agreement_group")

    def solution(self, solution: str, answer: str) -> str:
        """Return a solution with its answer boxed."""
        return solution if "\\boxed" in solution else f"{solution}\nThe answer is \\boxed{{{answer}}}.".lstrip()

    def gold(self, texts: pl.Series, queries: pl.Series) -> pl.DataFrame:
        """Return the normal form that each gold text states; a text that marks its answer is a solution, too."""
        pairs = list(zip(texts.to_list(), queries.to_list(), strict=True))
        marked = [text and answer(text, query) for text, query in pairs]
        stated = [one or (text and normal(text, query)) for one, (text, query) in zip(marked, pairs, strict=True)]
        solutions = [
            text if one and extraction.extract(text) else None for one, (text, _) in zip(marked, pairs, strict=True)
        ]
        return pl.DataFrame({"answer": stated, "solution": solutions}, {"answer": pl.String, "solution": pl.String})

    def worked(self, text: pl.Expr) -> pl.Expr:
        """Return gold texts as they are."""
        return text


def answer(response: str | None, query: str | None = None, gold: str | None = None) -> str | None:
    """Return the answer of a response; None where none is marked, and its last line is none either."""
    if not response:
        return None
    said = _INLINE.sub(r"\1) ", _ITEM.sub("- ", response))
    found = extraction.extract(said)
    if found is not None:
        return normal(found, query, gold)
    last = without_thinking(said).strip().rpartition("\n")[2].strip(" *_#>-")
    closing = _CLOSES.fullmatch(re.split(r"(?<=[.!?])\s", last)[-1] if last else "")
    form = _form(closing[1], query, gold) if closing else None
    asked = _asked(query, gold)
    is_meant = form and (form.kind == asked or (form.kind in forms.OTHERS and asked in forms.OTHERS))
    return str(form) if form and is_meant and ({*form.said} <= {*named(query or "")} or form.kind == "truth") else None


def normal(said: str, query: str | None, gold: str | None = None) -> str | None:
    """Return the normal form of a stated answer; its own text where it is not read, None where it is too long."""
    form = _form(said, query, gold)
    text = str(form) if form else " ".join(said.split())
    return text if 0 < len(text) <= forms.MAX_CHARS else None


def _asked(query: str | None, gold: str | None) -> str | None:
    known, asked = forms.read(gold) if gold else None, forms.asked_by(query) if query else None
    if known is None or (known.kind in forms.OTHERS and asked in forms.OTHERS):
        return asked  # gold names the knights, whoever is asked for
    return known.kind


def _form(said: str, query: str | None, gold: str | None) -> forms.Form | None:
    asked = _asked(query, gold)
    if asked == "truth" and query and (verdict := forms.verdict(said, query)):
        return verdict
    form = forms.read(said, asked, named(query or ""))
    if asked == "choice" and query and (form is None or form.kind != "choice"):
        wanted = forms.plain(said).casefold()
        letters = [letter for letter, text in forms.options(query).items() if forms.plain(text).casefold() == wanted]
        return forms.Form("choice", (letters[0],)) if len(letters) == 1 else form
    return form
