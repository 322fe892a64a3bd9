r"""Which subject of mathematics a question belongs to: multinomial naive Bayes over its words and LaTeX commands.

Subjects are the seven of MATH, and `arithmetic` for story problems like GSM8K's. A question's tokens are its words in
lower case, LaTeX commands, a letter applied to something (`f(`), and a few marks; digits are not read. A token counts
once a question. What each subject's tokens are is known from two sources:

- a vocabulary of our own (`topic_words`), which stands for `PRIOR_TOKENS` tokens seen in every subject, its words so
  many times as frequent there as elsewhere;
- the seed questions whose subject is known, counted on top of it.

So it needs no labelled question, and is the better the more there are. A subject without seeds keeps its vocabulary
beside the words that all subjects share. All subjects are equally probable beforehand, so that the shares found are
those of the questions and not those of the seeds. A question none of whose tokens is known has no topic.

Source: PAPER section 5, largest topic. Differs: the way to find topics is ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from scalequest_assets.recipe.blocks import Bytes, Floats, Ints, Keys, arrow_buffers, run_blocks
from scalequest_assets.recipe.hashing import FNV_OFFSET, FNV_PRIME
from scalequest_assets.recipe.kernels import kernel
from scalequest_assets.subjects.maths.topic_words import WORDS

SUBJECTS = tuple(WORDS)
"""Topics, as our families and MATH's folders spell them."""
PRIOR_TOKENS = 2000.0
"""Tokens that the vocabulary counts as, in each subject: those of about a hundred questions."""
TELLING_LIFT, LEANING_LIFT = 20.0, 2.0
"""How many times as frequent as elsewhere the vocabulary's words are in their subject."""

_BLOCK = 20_000
_IS_LETTER = np.array([chr(byte).isalpha() or byte >= 128 for byte in range(256)])
_OPEN, _BACKSLASH, _UNDERSCORE, _PERCENT, _FACTORIAL, _NUMBER, _DOLLAR = 40, 92, 95, 37, 33, 35, 36
_IS_MARK = np.array([chr(byte) in "^=%+<>_" for byte in range(256)])
_NOTHING = -1
_SEEDS = {"query": pl.String(), "subject": pl.String()}

Places = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class TopicModel:
    """What each token says about the subject.

    Attributes:
        keys: Hashes of the known tokens in a hash table of open addressing; 0 is a free slot.
        weights: For each slot, log-probability of its token in every subject, less their mean; float64.
    """

    keys: Keys
    weights: Floats

    @classmethod
    def learn(cls, seeds: pl.DataFrame | None = None, *, knows_words: bool = True) -> "TopicModel":
        """Return the model of the vocabulary and of the seeds with a known subject; their order does not matter.

        Args:
            seeds: `query`, and `subject` in any usual spelling ("Counting & Probability"); null and unknown subjects
                are left out. None learns from the vocabulary alone.
            knows_words: Whether the vocabulary's words count; else its commands and marks alone, as in questions that
                are not in English.
        """
        counts = _counts(seeds) if seeds is not None else _no_counts()
        known = counts.join(_vocabulary(knows_words=knows_words), on="key", how="full", coalesce=True).sort("key")
        seen = known.select(pl.col(SUBJECTS).fill_null(0.0)).to_numpy()
        lifts = known.select(pl.col(_lift(subject)).fill_null(np.nan) for subject in SUBJECTS).to_numpy()
        log_shares = _log_shares(seen, lifts)
        return _table(known["key"].to_numpy(), log_shares - log_shares.mean(axis=1, keepdims=True))

    def classify(self, texts: pl.Series) -> pl.Series:
        """Return the subject of each text, one of `SUBJECTS`; null where none of its tokens is known.

        Where two subjects fit equally well, it is the first of them in `SUBJECTS`. Time is linear in the text.
        """
        data, offsets = arrow_buffers(texts)
        found = np.zeros(len(texts), np.int32)
        run_blocks(_classify_rows, len(texts), data, offsets, self.keys, self.weights, found)
        places = pl.Series(found).replace(_NOTHING, None)
        return pl.Series(SUBJECTS).gather(places).alias("topic")


def learned(seeds: pl.DataFrame, *, knows_words: bool = True) -> TopicModel:
    """Return `TopicModel.learn` of the same arguments, kept for the next shard, which has the same seeds."""
    return _learned(tuple(seeds["query"]), tuple(seeds["subject"]), knows_words)


@lru_cache(maxsize=1)
def _learned(queries: tuple[str | None, ...], subjects: tuple[str | None, ...], knows_words: bool) -> TopicModel:
    seeds = pl.DataFrame({"query": queries, "subject": subjects}, schema=_SEEDS)
    return TopicModel.learn(seeds, knows_words=knows_words)


def subject_names(names: pl.Series) -> pl.Series:
    """Return names of subjects as `SUBJECTS` spells them ("Counting & Probability" and the like); null if unknown."""
    plain = names.cast(pl.String).str.to_lowercase().str.replace_all("&", " and ", literal=True)
    spelled = plain.str.replace_all(r"[^a-z]+", "_").str.strip_chars("_")
    return spelled.set(~spelled.is_in(SUBJECTS), None)


def tokens(text: str) -> set[int]:
    """Return the hashes of a text's tokens."""
    data, offsets = arrow_buffers(pl.Series([text]))
    return set(_token_rows(data, offsets)[1].tolist())


def _vocabulary(*, knows_words: bool) -> pl.DataFrame:
    """Return `key` of every token of the vocabulary and, for each subject, its lift there, which is at least 1."""
    lifts: dict[str, dict[str, float]] = {}
    for subject, (telling, leaning) in WORDS.items():
        for word in leaning.split():
            lifts.setdefault(word, {})[subject] = LEANING_LIFT
        for word in telling.split():
            lifts.setdefault(word, {})[subject] = TELLING_LIFT
    words = sorted(word for word in lifts if knows_words or not word.isalpha())
    rows, keys = _token_rows(*arrow_buffers(pl.Series(words)))
    by_subject = {_lift(subject): [lifts[words[row]].get(subject, 1.0) for row in rows] for subject in SUBJECTS}
    return pl.DataFrame({"key": keys, **by_subject})


def _lift(subject: str) -> str:
    return f"lift_{subject}"


def _counts(seeds: pl.DataFrame) -> pl.DataFrame:
    """Return `key` of every token of the seeds and, for each subject, in how many of its questions it occurs."""
    labelled = seeds.select("query", subject=subject_names(seeds["subject"])).drop_nulls()
    if labelled.is_empty():
        return _no_counts()
    counted = pl.concat(_counts_by_block(labelled)).group_by("key", "subject").agg(pl.col("num").sum())
    by_subject = [pl.col("num").filter(pl.col("subject") == subject).sum().alias(subject) for subject in SUBJECTS]
    return counted.group_by("key").agg(by_subject).select("key", pl.col(SUBJECTS).cast(pl.Float64))


def _counts_by_block(labelled: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for block in labelled.iter_slices(_BLOCK):
        data, offsets = arrow_buffers(block["query"])
        rows, keys = _token_rows(data, offsets)
        found = pl.DataFrame({"row": rows, "key": keys}).unique()
        subjects = block.select("subject").with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        yield found.join(subjects, on="row").group_by("key", "subject").agg(num=pl.len())


def _no_counts() -> pl.DataFrame:
    return pl.DataFrame(schema={"key": pl.UInt64(), **dict.fromkeys(SUBJECTS, pl.Float64())})


def _log_shares(seen: Floats, lifts: Floats) -> Floats:
    """Return the logarithm of every token's frequency in every subject.

    Lifts are not made to sum to 1: a subject is no less probable for a longer vocabulary.

    Args:
        seen: Questions of each subject that have the token, tokens x subjects.
        lifts: The token's lift in each subject, NaN outside the vocabulary.
    """
    in_vocabulary = ~np.isnan(lifts).any(axis=1)
    totals = seen.sum(axis=0)
    common = in_vocabulary / in_vocabulary.sum()
    if totals.any():
        learned = (seen[:, totals > 0] / totals[totals > 0]).mean(axis=1)
        common = (common + learned) / 2
    prior = common[:, None] * np.nan_to_num(lifts, nan=1.0)
    shares: Floats = (seen + PRIOR_TOKENS * prior) / (totals + PRIOR_TOKENS)
    return np.log(shares)


def _table(keys: Keys, weights: Floats) -> TopicModel:
    size = 1 << max(4 * len(keys), 16).bit_length()
    slots, spread = np.zeros(size, np.uint64), np.zeros((size, len(SUBJECTS)))
    for key, row in zip(keys, weights, strict=True):
        slot = _slot(key, slots)
        slots[slot], spread[slot] = key, row
    return TopicModel(keys=slots, weights=spread)


def _token_rows(data: Bytes, offsets: Ints) -> tuple[Ints, Keys]:
    """Return each token's row and hash."""
    rows, keys = np.empty(len(data) + 1, np.int64), np.empty(len(data) + 1, np.uint64)
    num = _find_tokens(data, offsets, rows, keys)
    return rows[:num], keys[:num]


@kernel()
def _slot(key: np.uint64, slots: Keys) -> np.int64:
    """Return the slot that holds the key, or the free one where it belongs."""
    mask = np.uint64(len(slots) - 1)
    slot = (key ^ (key >> np.uint64(32))) & mask
    while slots[slot] != 0 and slots[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return np.int64(slot)


@kernel()
def _is_punctuation(data: Bytes, place: int, stop: int) -> bool:
    """Return whether a curly quote, a dash or another sign of U+2000 to U+207F stands here."""
    return data[place] == 0xE2 and place + 2 < stop and (data[place + 1] == 0x80 or data[place + 1] == 0x81)


@kernel()
def _is_factorial(data: Bytes, place: int, begin: int) -> bool:
    """Return whether the exclamation mark at `place` follows a number, a bracket or a lone letter."""
    if place == begin:
        return False
    before = int(data[place - 1])
    if _IS_LETTER[before]:
        return place - 1 == begin or not _IS_LETTER[data[place - 2]]
    return 48 <= before <= 57 or before == 41 or before == 125


@kernel()
def _next_token(data: Bytes, place: int, begin: int, stop: int) -> tuple[np.uint64, int]:
    """Return the hash of the token at or after `place` in the text `data[begin:stop]` and where it ends; 0 for none."""
    while place < stop:
        byte = data[place]
        if _is_punctuation(data, place, stop):
            place += 3
        elif _IS_LETTER[byte] or (byte == _BACKSLASH and place + 1 < stop and _IS_LETTER[data[place + 1]]):
            start, key = place, (FNV_OFFSET ^ np.uint64(byte | 32 if 65 <= byte <= 90 else byte)) * FNV_PRIME
            place += 1
            while place < stop and _IS_LETTER[data[place]] and not _is_punctuation(data, place, stop):
                byte = data[place]
                key = (key ^ np.uint64(byte | 32 if 65 <= byte <= 90 else byte)) * FNV_PRIME
                place += 1
            if place == start + 1 and place < stop and data[place] == _OPEN:
                key = (key ^ np.uint64(_OPEN)) * FNV_PRIME
            return key, place
        elif byte == _BACKSLASH and place + 1 < stop and data[place + 1] == _DOLLAR:
            return (((FNV_OFFSET ^ np.uint64(byte)) * FNV_PRIME) ^ np.uint64(_DOLLAR)) * FNV_PRIME, place + 2
        elif byte == _BACKSLASH:
            place += 1 if place + 1 < stop and data[place + 1] == _PERCENT else 2
        elif byte == _DOLLAR and (place + 1 == stop or not 48 <= data[place + 1] <= 57):
            return (FNV_OFFSET ^ np.uint64(byte)) * FNV_PRIME, place + 1
        elif byte == _UNDERSCORE and place > begin and 48 <= data[place - 1] <= 57:
            return (((FNV_OFFSET ^ np.uint64(_NUMBER)) * FNV_PRIME) ^ np.uint64(byte)) * FNV_PRIME, place + 1
        elif _IS_MARK[byte] or (byte == _FACTORIAL and _is_factorial(data, place, begin)):
            return (FNV_OFFSET ^ np.uint64(60 if byte == 62 else byte)) * FNV_PRIME, place + 1
        else:
            place += 1
    return np.uint64(0), place


@kernel()
def _find_tokens(data: Bytes, offsets: Ints, rows: Ints, keys: Keys) -> int:
    num = 0
    for row in range(len(offsets) - 1):
        begin, stop = offsets[row], offsets[row + 1]
        key, place = _next_token(data, begin, begin, stop)
        while key != 0:
            rows[num], keys[num] = row, key
            num += 1
            key, place = _next_token(data, place, begin, stop)
    return num


@kernel()
def _classify_rows(
    first: int, last: int, data: Bytes, offsets: Ints, slots: Keys, weights: Floats, found: Places
) -> None:
    last_row = np.full(len(slots), -1, np.int64)
    scores = np.zeros(weights.shape[1])
    for row in range(first, last):
        begin, stop = offsets[row], offsets[row + 1]
        scores[:] = 0.0
        found[row] = _NOTHING
        key, place = _next_token(data, begin, begin, stop)
        while key != 0:
            slot = _slot(key, slots)
            if slots[slot] == key and last_row[slot] != row:
                last_row[slot] = row
                found[row] = 0
                for subject in range(len(scores)):
                    scores[subject] += weights[slot, subject]
            key, place = _next_token(data, place, begin, stop)
        if found[row] == 0:
            found[row] = np.argmax(scores)
