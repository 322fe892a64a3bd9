"""The recipe's functions with the parts of mathematics in their places, as assets call them."""

from functools import partial

import polars as pl

from scalequest_assets.recipe import (
    contamination,
    diversity,
    duplicates,
    generator_quality,
    held_out,
    language,
    minhash,
    neighbours,
    rewriting,
    seeds,
    selection,
    text_rules,
)
from scalequest_assets.subjects.maths.subject import SUBJECT

LIKENESS, WORDING, ANSWERS = SUBJECT.likeness, SUBJECT.wording, SUBJECT.answers

signatures = partial(minhash.signatures, normalise=LIKENESS.normalise)
pairs = partial(duplicates.pairs, likeness=LIKENESS)
cross_pairs = partial(duplicates.cross_pairs, likeness=LIKENESS)
sketch_of = partial(neighbours.sketch_of, normalise=LIKENESS.normalise)
compare = partial(neighbours.compare, likeness=LIKENESS)
index_of = partial(contamination.ContaminationIndex.build, normalise=LIKENESS.normalise)
contaminated = partial(contamination.contaminated, normalise=LIKENESS.normalise)
screen = partial(text_rules.screen, wording=WORDING)
detect = partial(language.detect, prose=WORDING.prose)
distinct_share = partial(diversity.distinct_share, normalise=LIKENESS.normalise)
similarity = partial(diversity.similarity, normalise=LIKENESS.normalise)
split = partial(held_out.split, normalise=LIKENESS.normalise)
read_responses = partial(selection.read_responses, answers=ANSWERS)
reward_pairs = partial(selection.reward_pairs, answers=ANSWERS)
preference_pairs = partial(rewriting.pairs, rewrites=SUBJECT.rewrites)
seed_rows = partial(seeds.seed_rows, answers=ANSWERS)
seed_copies = partial(generator_quality.seed_copies, normalise=LIKENESS.normalise)
compare_stages = partial(generator_quality.compare, normalise=LIKENESS.normalise)


def score_responses(
    responses: pl.DataFrame, rewards: pl.DataFrame, arithmetic: selection.ArithmeticRule = "rank_last"
) -> pl.DataFrame:
    """Read responses and score them, as the asset does."""
    return selection.score_responses(read_responses(responses, arithmetic=arithmetic), rewards, ANSWERS)
