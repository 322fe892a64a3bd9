"""A subject in some eighty lines: small tasks about words. It shows what one must give, and that this is enough."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from scalequest_assets.recipe.parts import RECOMPUTED
from scalequest_assets.subjects.base import Assumption, Card
from scalequest_assets.subjects.drawing import Taught
from scalequest_assets.subjects.maths.subject import SUBJECT as MATHS

TASKS = {"Write the word {} backwards, please.": lambda w: w[::-1], "Write the word {} in capitals.": str.upper}
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grape", "hazel", "ivory", "jolly", "karma", "lemon")


class Toy:
    """Words: every part is this one object."""

    name, names, styles, adapter = "words", ("backwards", "capitals"), ("tasks",), None
    asks, rules = r"(?i)\bwrite\b", {"two_words": pl.col("query").str.contains(" and ")}
    meanings: Mapping[str, str] = {"two_words": "it is about two words"}
    languages = ("en",)
    paper_students: Mapping[str, Mapping[str, float]] = {}
    card = Card(tags=("words",), language=("en",), task="text-generation")
    assumptions: Mapping[str, Assumption] = MATHS.assumptions

    def __getattr__(self, part: str) -> "Toy":
        if part in (
            "prompts",
            "answers",
            "rewrites",
            "likeness",
            "wording",
            "topics",
            "families",
            "soundness",
            "roles",
        ):
            return self
        raise AttributeError(part)

    def in_language(self, language: str) -> "Toy":
        return self

    def solve(self, query: str, style: str) -> str:
        return f"SOLVE {query}"

    def judge(self, query: str, style: str) -> str:
        return f"JUDGE {query}"

    def rewrite(self, query: str, direction: str, style: str) -> str:
        return f"REWRITE {query}"

    def extract(self, responses: pl.Series, queries: pl.Series, gold: pl.Series | None = None) -> pl.Series:
        return responses.str.extract(r"(?s).*Answer: (\w+)", 1)

    def recompute(self, responses: pl.Series, queries: pl.Series, answers: pl.Series) -> pl.Series:
        none: list[str] = []
        rows = [None if text is None else {"num_equalities": 0, "false_equalities": none} for text in responses]
        return pl.Series("arithmetic", rows, dtype=RECOMPUTED)

    def check(self, gold: pl.Series, answers: pl.Series) -> pl.Series:
        return (gold == answers).fill_null(False)

    def groups(self, query_ids: pl.Series, answers: pl.Series) -> pl.Series:
        return answers

    def solution(self, solution: str, answer: str) -> str:
        return f"{solution} Answer: {answer}"

    def gold(self, texts: pl.Series, queries: pl.Series) -> pl.DataFrame:
        return pl.DataFrame({"answer": texts, "solution": pl.Series([None] * len(texts), dtype=pl.String)})

    def worked(self, text: pl.Expr) -> pl.Expr:
        return text

    def parse(self, text: str | None, direction: str) -> str | None:
        return text.removeprefix("BETTER ") if text and text.startswith("BETTER ") else None

    def has_marker(self, text: str, direction: str) -> bool:
        return text.startswith("BETTER")

    def are_same(self, queries: pl.Series, rewrites: pl.Series) -> pl.Series:
        return (queries == rewrites).fill_null(False)

    def leaks_answer(self, text: str) -> bool:
        return "Answer:" in text

    def normalise(self, texts: pl.Series) -> pl.Series:
        return texts.fill_null("").str.to_lowercase()

    def marks(self, texts: pl.Series) -> pl.Series:
        return texts.fill_null("").str.extract_all(r"[a-z]+").list.join(" ")

    def are_one(self, left: Any, right: Any, texts: pl.Series) -> Any:
        marks = self.marks(texts)
        return (marks.gather(left) == marks.gather(right)).to_numpy()

    def compare(self, query: str, others: pl.Series) -> pl.DataFrame:
        return pl.DataFrame({"same_length": others.str.len_chars() == len(query)})

    def prose(self, text: pl.Expr) -> pl.Expr:
        return text

    def classify(self, seeds: pl.DataFrame, texts: pl.Series) -> pl.Series:
        return texts.str.extract(r"(backwards|capitals)", 1)

    def records(
        self, style: str, num: int, seed: int, *, names: Any = None, max_level: Any = None, max_number: Any = None
    ) -> pl.DataFrame:
        rng, rows = random.Random(seed), {}
        while len(rows) < num:
            task, word = rng.choice(list(TASKS)), "".join(rng.sample("abcdefghijklmnopqrstuvwxyz", 6))
            rows[task.format(word)] = (TASKS[task](word), f"It is about {word}.", None, 1)
        schema = {**dict.fromkeys(("query", "answer", "solution", "subject"), pl.String), "level": pl.Int32}
        return pl.DataFrame([(query, *rest) for query, rest in rows.items()], schema=schema, orient="row")

    def labelled(self, num: int, seed: int) -> pl.DataFrame:
        sound = self.records("tasks", num, seed).select(source=pl.lit("tasks"), query="query", is_sound=pl.lit(True))
        no_word = pl.col("query").str.replace(r"the word \w+", "it")
        return pl.concat([sound, sound.with_columns(query=no_word, is_sound=pl.lit(False))])

    def broken(self, queries: pl.Series, solutions: pl.Series) -> pl.Series:
        return pl.Series([None] * len(queries), dtype=pl.String)

    def examples(self, num: int, seed: int, taught: Taught) -> Sequence[Any]:
        rows = self.records("tasks", num, seed).iter_rows(named=True)
        return [Taught(self.solve(row["query"], ""), f"Answer: {row['answer']}") for row in rows]

    def held_out(
        self, num: int, seed: int, taught: Taught, *, learned: Sequence[Any] = ()
    ) -> Mapping[str, Sequence[Any]]:
        return {"new_instances": self.examples(num, seed + 1, taught)}

    def score(self, held_out: Sequence[Any], texts: Sequence[str | None]) -> Mapping[str, Any]:
        right = [text == example.target for example, text in zip(held_out, texts, strict=True)]
        return {"solve_accuracy": Value(sum(right) / len(right))}

    def table(self, columns: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
        return [
            {
                "measure": "solve accuracy",
                **{name: str(shares["solve_accuracy"].value) for name, shares in columns.items()},
            }
        ]


class Taught:
    def __init__(self, prompt: str, target: str) -> None:
        self.prompt, self.target = prompt, target


class Value:
    def __init__(self, value: float) -> None:
        self.value = value


def toy_text(prompt: str, seed: int) -> str:
    """Return what a fake model writes about words."""
    message = prompt.removeprefix("<user>").removesuffix("<end>")
    role, _, query = message.partition(" ")
    if role == "JUDGE":
        return "Verdict: No" if seed % 6 == 0 else "It names a word. Verdict: Yes"
    if role == "REWRITE":
        return f"BETTER Kindly: {query}"
    if role == "SOLVE":
        word = next((w for w in query.split() if w.islower() and w not in ("word", "the", "in", "backwards,")), "none")
        return f"I read it letter by letter. Answer: {word[::-1] if seed % 3 else word.upper()}"
    task, word = list(TASKS)[seed % 2], WORDS[seed // 2 % len(WORDS)] + WORDS[seed // 7 % len(WORDS)]
    return "Certainly, a task follows." if seed % 13 == 0 else task.format(word)
