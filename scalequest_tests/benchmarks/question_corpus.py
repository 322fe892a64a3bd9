"""Maths questions in any number, with planted near-duplicates: what the benchmarks of deduplication run on.

A template is a few sentences of our own problem families, the last of them a question. A question is a template with a
quarter to seven tenths of its words replaced, names and numbers drawn anew: at two million rows some two hundred
questions share a template, which makes them hard cases that are no duplicates. Every fifth row is an edit of another
question (`KINDS`), most of them from the same block, some from an earlier one, some from a few that are edited often.

Block b is a function of b alone, and a question one of its number: all is drawn by hashing, not in sequence.
"""

import functools
import itertools
import random
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from scalequest_assets.recipe.blocks import Floats, Ints, arrow_buffers, series_from_buffers
from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.normalization import NUMBER_WORDS

BLOCK, SHARD = 100_000, 20_000
"""Rows made at once, and rows of a shard."""
KINDS = {
    "exact": 8, "format": 6, "spelled": 4, "one number": 8, "all numbers": 10, "name": 10, "1 word": 9, "2 words": 8,
    "3 words": 7, "4 words": 6, "6 words": 5, "9 words": 4, "14 words": 4, "sentences": 4, "numbers and words": 7,
}  # fmt: skip
"""Kinds of edits, with how often each is made."""
_NUM_TEMPLATES, _NUM_INVENTED, _SPELLABLE = 7200, 3000, 13
_EDITED_SHARE, _NUM_HOT = 0.2, 20
_OTHER, _COMMON, _WORD, _NAME, _NUMBER = range(5)
_TOKEN = re.compile(r"[A-Za-z]+|\d{1,4}|[^A-Za-z\d]+")

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """All tokens, and the templates as their ids; numbers 0 to 9999 are the first ids."""

    tokens: pl.Series
    classes: Ints
    words: Ints
    names: Ints
    templates: Ints
    sentences: Ints
    starts: Ints


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Questions as tokens, one after the other: id, question, and place and sentence in it."""

    ids: Ints
    row: Ints
    place: Ints
    sentence: Ints


def questions(block: int) -> pl.DataFrame:
    """Return the 100,000 questions of a block: query_id, generator, shard, query, difficulty, source and kind.

    `source` is the number of the question that a row is or was edited from, `kind` the edit ("base" where none).
    """
    draw = np.random.default_rng([2024, block])
    num_base = int(BLOCK * (1 - _EDITED_SHARE))
    first, num_edited = block * num_base, BLOCK - num_base
    hot = first + draw.integers(num_base, size=_NUM_HOT)
    origin, near = draw.random(num_edited), first + draw.integers(num_base, size=num_edited)
    edited = np.select(
        [origin < 0.75, origin < 0.8],
        [near, hot[draw.integers(_NUM_HOT, size=num_edited)]],
        draw.integers(first + num_base, size=num_edited),
    )
    weights = np.array(list(KINDS.values()))
    kind = draw.choice(len(KINDS), size=num_edited, p=weights / weights.sum())
    base = np.arange(first, first + num_base)
    text = pl.concat([_text(_drawn(base), num_base), _edited_text(edited, kind, draw)])
    frame = pl.DataFrame(
        {
            "query": text,
            "source": np.concatenate([base, edited]),
            "kind": ["base"] * num_base + [list(KINDS)[at] for at in kind],
        }
    )[draw.permutation(BLOCK)]
    row = pl.int_range(block * BLOCK, (block + 1) * BLOCK)
    shard = pl.format("s{}", (row // SHARD).cast(pl.String).str.zfill(4))
    return frame.select(
        query_id=pl.format("g/{}/{}", shard, (row % SHARD).cast(pl.String).str.zfill(6)),
        generator=pl.lit("g"),
        shard=shard,
        query="query",
        difficulty=pl.lit(draw.random(BLOCK).round(3)),
        source="source",
        kind="kind",
    )


@functools.cache
def lexicon() -> Lexicon:
    """Return the tokens and templates, made from 40 problems of each family."""
    drawn = [
        problem.query
        for style in ("grade_school", "competition")
        for problem in families.generate(style, 40 * len(families.families(style)), 1)
    ]
    sentences = {re.sub(r"\d+", "#", part): part for text in drawn for part in re.split(r"(?<=[.?!])\s+", text)}
    pool = sorted(sentences.values())
    asking = [text for text in pool if text.endswith("?")]
    telling = [text for text in pool if text.endswith(".")]
    words = [word for text in pool for word in re.findall(r"\b[a-z]+\b", text)]
    frequent = sorted(set(words), key=lambda word: (-words.count(word), word))
    syllables = ["".join(pair) for pair in itertools.product("bdfgklmnprstv", "aeiou")]
    draw = random.Random(2024)
    invented = {"".join(draw.choices(syllables, k=draw.randint(2, 4))) for _ in range(_NUM_INVENTED)}
    replacing = sorted(({word for word in frequent[60:] if len(word) > 2} | invented) - set(frequent[:60]))
    names = sorted({name for text in pool for name in re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b", text)})
    written = [[*draw.sample(telling, draw.randint(2, 5)), draw.choice(asking)] for _ in range(_NUM_TEMPLATES)]
    return _encoded(written, frequent[:60], replacing, names)


def _encoded(written: list[list[str]], common: list[str], replacing: list[str], names: list[str]) -> Lexicon:
    numbers = [str(number) for number in range(10_000)]
    known = dict.fromkeys(numbers, _NUMBER) | dict.fromkeys(NUMBER_WORDS, _COMMON) | {"": _OTHER, " ": _OTHER}
    known |= dict.fromkeys(common, _COMMON) | dict.fromkeys(replacing, _WORD) | dict.fromkeys(names, _NAME)
    ids: list[int] = []
    places: list[int] = []
    starts = [0]
    at = {token: number for number, token in enumerate(known)}
    for parts in written:
        for number, part in enumerate(parts):
            for token in _TOKEN.findall(part if number + 1 == len(parts) else f"{part} "):
                known.setdefault(token, _COMMON if token.isalpha() else _OTHER)
                ids.append(at.setdefault(token, len(at)))
                places.append(number)
        starts.append(len(ids))
    return Lexicon(
        tokens=pl.Series(list(known)),
        classes=np.array(list(known.values())),
        words=np.array([at[word] for word in replacing]),
        names=np.array([at[name] for name in names]),
        templates=np.array(ids),
        sentences=np.array(places),
        starts=np.array(starts),
    )


def _uniform(*parts: Ints | int) -> Floats:
    """Return a number in [0, 1) for each tuple of integers, always the same (SplitMix64)."""
    value = np.zeros(1, np.uint64)
    for part in parts:
        value = value + np.asarray(part, np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value ^= value >> np.uint64(31)
    return (value >> np.uint64(11)) / 2**53


def _chosen(pool: Ints, share: Floats) -> Ints:
    return pool[(share * len(pool)).astype(np.int64)]


def _renumbered(ids: Ints, share: Floats) -> Ints:
    """Return for each number one of as many digits."""
    low = np.where(ids < 10, 1, 10 ** np.floor(np.log10(np.maximum(ids, 1))).astype(np.int64))
    return low + (share * 9 * low).astype(np.int64)


def _drawn(sources: Ints) -> Tokens:
    """Return the questions of these numbers."""
    known = lexicon()
    template = (_uniform(sources, 1) * _NUM_TEMPLATES).astype(np.int64)
    lengths = known.starts[template + 1] - known.starts[template]
    row = np.repeat(np.arange(len(sources)), lengths)
    place = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = np.repeat(known.starts[template], lengths) + place
    ids, number = known.templates[at], sources[row]
    classes, share = known.classes[ids], _uniform(number, place, 2)
    replaced = 0.25 + 0.45 * _uniform(sources, 3)[row]
    other = _uniform(number, place, 4)
    is_word = ((classes == _WORD) & (share < replaced)) | ((classes == _COMMON) & (share < 0.25 * replaced))
    ids = np.where(is_word, _chosen(known.words, other), ids)
    ids = np.where((classes == _NAME) & (share < 0.8), _chosen(known.names, other), ids)
    ids = np.where(classes == _NUMBER, _renumbered(ids, other), ids)
    return Tokens(ids=ids, row=row, place=place, sentence=known.sentences[at])


def _text(tokens: Tokens, num_rows: int) -> pl.Series:
    data, starts = arrow_buffers(lexicon().tokens.gather(tokens.ids))
    rows = np.searchsorted(tokens.row, np.arange(num_rows + 1))
    return series_from_buffers(data, starts[rows])


def _edited_text(sources: Ints, kind: Ints, draw: np.random.Generator) -> pl.Series:
    """Return the questions of these numbers, each with an edit of its kind."""
    known, tokens, name = lexicon(), _drawn(sources), np.array(list(KINDS))[kind]
    classes, share, ids = known.classes[tokens.ids], draw.random(len(tokens.ids)), tokens.ids.copy()
    is_one, is_all = name == "one number", np.isin(name, ["all numbers", "numbers and words"])
    count = np.where(is_all, len(ids), is_one.astype(np.int64))
    renumbered = _picked(tokens, classes == _NUMBER, count, draw)
    ids[renumbered] = _renumbered(ids, share)[renumbered]
    renamed = _picked(tokens, classes == _NAME, (name == "name").astype(np.int64), draw)
    ids[renamed] = _chosen(known.names, share)[renamed]
    spelled = (name == "spelled")[tokens.row] & (ids < _SPELLABLE)
    words = np.array([known.tokens.index_of(word) for word in list(NUMBER_WORDS)[:_SPELLABLE]])
    ids[spelled] = words[ids[spelled]]
    num_words = np.array(
        [int(text.split()[0]) if text[0].isdigit() else 3 * (text == "numbers and words") for text in KINDS]
    )
    edited = _picked(tokens, np.isin(classes, [_COMMON, _WORD, _NAME]), num_words[kind], draw)
    tokens = _with_words(Tokens(ids=ids, row=tokens.row, place=tokens.place, sentence=tokens.sentence), edited, draw)
    text = _text(_shuffled(tokens, name == "sentences", draw), len(sources))
    dress = np.where(name == "format", draw.integers(1, 3, size=len(name)), 0)
    loud = text.str.replace_all(r"\s+", "  ").str.replace_all(".", " . ", literal=True).str.to_uppercase()
    spaced = text.str.replace_all(r"([,?])", " $1")
    return pl.select(
        pl.when(pl.lit(dress) == 1).then(loud).when(pl.lit(dress) == 2).then(spaced).otherwise(text)
    ).to_series()


def _picked(tokens: Tokens, is_candidate: Bools, count: Ints, draw: np.random.Generator) -> Bools:
    """Return which tokens are picked: `count[row]` of the candidates of each row, or all where there are fewer."""
    order = np.lexsort((np.where(is_candidate, draw.random(len(is_candidate)), 2.0), tokens.row))
    picked = np.empty(len(order), np.bool_)
    picked[order] = tokens.place < count[tokens.row]  # in each row, places count from 0 in sorted order as well
    return picked & is_candidate


def _with_words(tokens: Tokens, edited: Bools, draw: np.random.Generator) -> Tokens:
    """Return the tokens with the edited ones replaced (three of five), followed by another word, or left out."""
    known, what = lexicon(), draw.random(len(edited))
    space, nothing = (int(known.tokens.index_of(token) or 0) for token in (" ", ""))
    other = _chosen(known.words, draw.random(len(edited)))
    ids = np.where(edited & (what < 0.6), other, np.where(edited & (what >= 0.8), nothing, tokens.ids))
    is_longer = edited & (what >= 0.6) & (what < 0.8)
    repeats = np.where(is_longer, 3, 1)
    start = np.cumsum(repeats) - repeats
    ids, row, sentence = (np.repeat(values, repeats) for values in (ids, tokens.row, tokens.sentence))
    ids[start[is_longer] + 1], ids[start[is_longer] + 2] = space, other[is_longer]
    return Tokens(ids=ids, row=row, place=np.repeat(tokens.place, repeats), sentence=sentence)


def _shuffled(tokens: Tokens, is_shuffled: Bools, draw: np.random.Generator) -> Tokens:
    """Return the tokens with the sentences of some rows in another order, the question last."""
    last = np.zeros(len(is_shuffled), np.int64)
    np.maximum.at(last, tokens.row, tokens.sentence)
    key = draw.random((len(is_shuffled), 1 + int(last.max())))[tokens.row, tokens.sentence]
    is_moved = is_shuffled[tokens.row] & (tokens.sentence < last[tokens.row])
    order = np.lexsort((np.where(is_moved, key, 1.0 + tokens.sentence), tokens.row))
    return Tokens(ids=tokens.ids[order], row=tokens.row, place=tokens.place, sentence=tokens.sentence[order])
