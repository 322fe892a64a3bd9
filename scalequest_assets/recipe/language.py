r"""Which language a question is written in, and the rules that keep one.

Two rules, chosen by the profile. `ascii` is the paper's: every character is ASCII, as in English. `langid` removes the
notation, names other scripts by their letters, and asks py3langid's model among the languages that are written in
Latin letters; a question goes if the best language is not the profile's and has a probability of at least 0.5.

Source: `ascii`, the authors' code (PAPER.md, language filter); py3langid 0.4 `langid.py` for the scoring.
Differs: the paper's rule also drops English with `°`, `π` or a curly quote; `langid` keeps that. The model's automaton
is walked by our own kernel over many texts at once (py3langid, one text at a time, is the oracle in the tests).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from scalequest_assets.recipe.blocks import Bytes, Floats, Ints, arrow_buffers, run_blocks
from scalequest_assets.recipe.kernels import kernel
from scalequest_assets.recipe.languages import ENGLISH

MIN_PROBABILITY = 0.5
"""A language less probable than this decides nothing."""
MAX_FOREIGN_SHARE = 0.1
"""Share of non-Latin letters from which a text counts as written in the other script."""
MAX_BYTES = 4096
"""The model reads a text's first bytes only; a question has some 200."""
LATIN_LANGUAGES = [
    "af",
    "az",
    "br",
    "bs",
    "ca",
    "cs",
    "cy",
    "da",
    "de",
    "en",
    "eo",
    "es",
    "et",
    "eu",
    "fi",
    "fr",
    "fy",
    "ga",
    "gl",
    "ha",
    "hr",
    "ht",
    "hu",
    "id",
    "ig",
    "is",
    "it",
    "jv",
    "la",
    "lt",
    "lv",
    "mg",
    "ms",
    "mt",
    "nl",
    "no",
    "om",
    "pl",
    "pt",
    "qu",
    "ro",
    "rw",
    "sk",
    "sl",
    "sn",
    "so",
    "sq",
    "sv",
    "sw",
    "tl",
    "tr",
    "vi",
    "xh",
    "yo",
    "zu",
]

_SCRIPTS = {
    "Cyrl": r"\p{Cyrillic}",
    "Hani": r"[\p{Han}\p{Hiragana}\p{Katakana}]",
    "Hang": r"\p{Hangul}",
    "Arab": r"\p{Arabic}",
    "Hebr": r"\p{Hebrew}",
    "Deva": r"\p{Devanagari}",
    "Thai": r"\p{Thai}",
    "Grek": r"\p{Greek}",
}
_FOREIGN = r"[\p{L}--[\p{Latin}\p{Greek}\p{Common}\p{Inherited}]]"
_GREEK_WORD = r"\p{Greek}{3,}"
_NO_WORD = r"[^\p{L}\p{M}']+"
_NO_ENGLISH = r"[\p{L}\p{M}']*[^\x00-\x7f][\p{L}\p{M}']*"
_LETTER = r"\b\p{L}\b"


@dataclass(frozen=True, kw_only=True)
class _Model:
    """py3langid's tables, restricted to `LATIN_LANGUAGES`."""

    languages: list[str]
    next_state: npt.NDArray[np.uint32]
    row_starts: npt.NDArray[np.int64]
    features: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]
    priors: npt.NDArray[np.float32]


def detect(texts: pl.Series, prose: Callable[[pl.Expr], pl.Expr], wanted: str = ENGLISH) -> pl.DataFrame:
    """Return the language of each text, after its notation is removed.

    What is taken for another language is read again without names where English is wanted, whose names are foreign.

    Args:
        texts: Questions; null and hostile text are fine.
        prose: Takes the notation out of a text.
        wanted: Code of the language that is kept.

    Returns:
        language: ISO 639-1 code, or `und-<script>` (ISO 15924) where at least a tenth of the letters are of another
            script (Greek letters count as signs unless they form words); null where no word is left.
        language_probability: In [0, 1]; 1 for a script, null where the language is.
    """
    rows = pl.DataFrame({"text": texts.cast(pl.String).fill_null("")}).select(
        "text", words=_words(prose(pl.col("text")))
    )
    language, probability = _classify(rows["words"])
    if wanted == ENGLISH:
        language, probability = _without_names(rows["words"], language, probability)
    script = _scripts(rows["text"])
    has_words = pl.col("words").str.len_bytes() > 0
    return rows.with_columns(language=language, probability=probability, script=script).select(
        language=pl.coalesce("script", pl.when(has_words).then("language")),
        language_probability=pl.when(pl.col("script").is_not_null()).then(1.0).when(has_words).then("probability"),
    )


def is_foreign(wanted: str = ENGLISH) -> pl.Expr:
    """Return the `langid` rule on the columns of `detect`: another language than the wanted one, and sure enough."""
    is_other = pl.col("language") != wanted
    return (is_other & (pl.col("language_probability") >= MIN_PROBABILITY)).fill_null(False)


def is_not_ascii(query: str = "query") -> pl.Expr:
    """Return the paper's rule: whether a text has any character above 127; false for null."""
    return (pl.col(query).str.len_bytes() != pl.col(query).str.len_chars()).fill_null(False)


def _words(text: pl.Expr) -> pl.Expr:
    """Return what is left of a text without digits, signs and single letters, in one line."""
    text = text.str.replace_all(_NO_WORD, " ").str.replace_all(_LETTER, " ")
    return text.str.replace_all(" +", " ").str.strip_chars(" '").str.normalize("NFC")


def _without_names(words: pl.Series, language: pl.Series, probability: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return languages in which names and loan words make no foreign text of an English one.

    Where a text is not taken as English, words with a capital inside it, or with a letter that English does not have,
    are left out; it is English if what is left, a third of the words and five at least, is.
    """
    foreign = ((language != ENGLISH) & words.str.contains(r"[^\x00-\x7f]| \p{Lu}")).arg_true()
    whole = words.gather(foreign)
    rest = whole.str.replace_all(r" \p{Lu}[\p{L}\p{M}']*", " ").str.replace_all(_NO_ENGLISH, " ")
    rest = rest.str.replace_all(" +", " ").str.strip_chars(" ")
    is_most = 3 * (rest.str.count_matches(" ") + 1) >= whole.str.count_matches(" ") + 1
    second, sure = _classify(rest)
    is_english = (second == ENGLISH) & (sure >= MIN_PROBABILITY) & is_most & (rest.str.count_matches(" ") >= 4)
    rows = foreign.filter(is_english)
    return language.scatter(rows, [ENGLISH] * len(rows)), probability.scatter(rows, sure.filter(is_english))


def _scripts(texts: pl.Series) -> pl.Series:
    """Return `und-<script>` where another script has its share of the letters, else null."""
    rows = pl.DataFrame({"text": texts}).with_row_index("row")
    wide = rows.filter(pl.col("text").str.len_bytes() != pl.col("text").str.len_chars())
    greek = pl.col("text").str.extract_all(_GREEK_WORD).list.join("").str.len_chars()
    letters = pl.col("text").str.count_matches(r"\p{L}")
    wide = wide.with_columns(foreign=pl.col("text").str.count_matches(_FOREIGN) + greek, letters=letters)
    wide = wide.filter(pl.col("foreign") > 0, pl.col("foreign") >= MAX_FOREIGN_SHARE * pl.col("letters"))
    counts = [pl.col("text").str.count_matches(pattern).alias(name) for name, pattern in _SCRIPTS.items()]
    most = pl.concat_list([*counts, pl.lit(0, pl.UInt32)])
    names = pl.Series([f"und-{name}" for name in _SCRIPTS] + ["und-Zyyy"])
    is_known = most.list.max() > 0
    place = pl.when(is_known).then(most.list.arg_max()).otherwise(len(_SCRIPTS))
    named = wide.select("row", script=place)
    named = named.with_columns(script=names.gather(named["script"]))
    return rows.select("row").join(named, on="row", how="left", maintain_order="left")["script"]


def _classify(words: pl.Series) -> tuple[pl.Series, pl.Series]:
    model = _model()
    shouting = words == words.str.to_uppercase()
    lowered = (
        words.to_frame("w").select(pl.when(shouting).then(pl.col("w").str.to_lowercase()).otherwise("w")).to_series()
    )
    data, offsets = arrow_buffers(lowered)
    best, probability = np.zeros(len(words), np.int64), np.zeros(len(words), np.float64)
    tables = (model.next_state, model.row_starts, model.features, model.weights, model.priors)
    run_blocks(_classify_rows, len(words), data, offsets, *tables, best, probability)
    return pl.Series(model.languages, dtype=pl.String).gather(best), pl.Series(probability)


@cache
def _model() -> _Model:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LATIN_LANGUAGES)
    if len(set(identifier.nb_classes)) != len(identifier.nb_classes):
        raise ValueError("py3langid's model has a language twice: leave it out of LATIN_LANGUAGES")
    return _Model(
        languages=list(identifier.nb_classes),
        next_state=np.asarray(identifier.tk_nextmove),
        row_starts=np.asarray(identifier._rowbase, np.int64),
        features=np.asarray(identifier.tk_output, np.int64),
        weights=np.ascontiguousarray(identifier.nb_ptc, np.float32),
        priors=np.ascontiguousarray(identifier.nb_pc, np.float32),
    )


@kernel()
def _classify_rows(
    first: int,
    last: int,
    data: Bytes,
    offsets: Ints,
    next_state: npt.NDArray[np.uint32],
    row_starts: Ints,
    features: Ints,
    weights: npt.NDArray[np.float32],
    priors: npt.NDArray[np.float32],
    best: Ints,
    probability: Floats,
) -> None:
    """Naive Bayes on the automaton's features; as in py3langid, scores are softened by the root of the bytes."""
    counts = np.zeros(weights.shape[0], np.int32)
    seen = np.empty(MAX_BYTES, np.int64)
    scores = np.empty(len(priors), np.float32)
    for row in range(first, last):
        size = min(offsets[row + 1] - offsets[row], MAX_BYTES)
        state, num_seen = 0, 0
        for place in range(offsets[row], offsets[row] + size):
            state = next_state[row_starts[state] + data[place]]
            feature = features[state]
            if feature >= 0:
                if counts[feature] == 0:
                    seen[num_seen] = feature
                    num_seen += 1
                counts[feature] += 1
        scores[:] = priors * np.float32(num_seen > 0)
        for at in range(num_seen):
            scale = np.float32(np.log1p(counts[seen[at]]))
            for label in range(len(scores)):
                scores[label] += scale * weights[seen[at], label]
            counts[seen[at]] = 0
        top = np.argmax(scores)
        total = np.float64(0)
        for label in range(len(scores)):
            total += np.exp((scores[label] - scores[top]) / np.sqrt(max(size, 1)))
        best[row], probability[row] = top, 1 / total
