"""When two maths questions are one: the same numbers and operators, and no decisive word in another's place."""

import polars as pl

from scalequest_assets.subjects.maths import decisive_words, normalization, problem_marks


class MathsLikeness:
    """When two maths questions are one."""

    def normalise(self, texts: pl.Series) -> pl.Series:
        """Return each text's normal form; null becomes the empty string."""
        return normalization.normalise(texts)

    def marks(self, texts: pl.Series) -> pl.Series:
        """Return each text's numbers and operators as one string."""
        return problem_marks.marks(texts)

    def are_turned(self, left: pl.Series, right: pl.Series) -> pl.Series:
        """Return of pairs whether their decisive words make two problems of them; each text is read once."""
        texts = pl.concat([left, right]).unique()
        pairs = pl.DataFrame({"left": left, "right": right})
        words = pl.DataFrame({"text": texts, "words": decisive_words.words(texts)})
        for side in ("left", "right"):
            named = words.rename({"text": side, "words": f"{side}_words"})
            pairs = pairs.join(named, on=side, how="left", maintain_order="left", nulls_equal=True)
        differing = (pairs["left_words"] != pairs["right_words"]).arg_true()
        read = pairs.select("left_words", "right_words")[differing]
        turned = [decisive_words.is_turned(one, other) for one, other in read.iter_rows()]
        return pl.repeat(False, pairs.height, eager=True).scatter(differing, turned)

    def compare(self, query: str, others: pl.Series) -> pl.DataFrame:
        """Return `same_numbers`, `same_operators` and `same_words` (no decisive word in another's place)."""
        texts = pl.concat([pl.Series([query], dtype=pl.String), others.cast(pl.String)])
        numbers = problem_marks.numbers(texts).list.join(" ")
        operators = problem_marks.operators(texts).list.join(" ")
        own, *words = decisive_words.words(texts).to_list()
        return pl.DataFrame(
            {
                "same_numbers": numbers[1:] == numbers[0],
                "same_operators": operators[1:] == operators[0],
                "same_words": pl.Series(
                    [not decisive_words.is_turned(own, other) for other in words], dtype=pl.Boolean
                ),
            }
        )
