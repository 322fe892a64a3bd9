"""From sampled responses to one answer per question, and the pairs that a reward model learns from."""

import hashlib
from collections.abc import Iterator

import polars as pl

from scalequest_assets.recipe.parts import Answers
from scalequest_assets.recipe.reasons import ARITHMETIC_ERROR, EMPTY, ENGINE_ERROR, NO_ANSWER, TRUNCATED
from scalequest_assets.recipe.settings import ArithmeticRule, Selection

DROP_REASONS = (ENGINE_ERROR, EMPTY, TRUNCATED, NO_ANSWER, ARITHMETIC_ERROR)
"""Why a response cannot be chosen; the first that applies."""

_HALF = 0.5


def read_responses(responses: pl.DataFrame, answers: Answers, *, arithmetic: ArithmeticRule) -> pl.DataFrame:
    """Add the answer, what is calculated, `keep` and `drop_reason` to responses: those kept are worth a reward.

    Args:
        responses: Columns `query`, `response` (null where the engine failed) and `finish_reason`.
        answers: Reads answers and recomputes what responses state.
        arithmetic: With `drop`, a response that states a false equality is not kept.

    Returns:
        The frame with `answer` (null where none was found), `num_equalities` (Int32, those recomputed),
        `false_equalities` (strings), `keep`, and `drop_reason`, one of `DROP_REASONS`.

    Source: PAPER section 1, responses. Differs: a response that was cut is dropped even where an answer occurs.
    """
    found = answers.extract(responses["response"], responses["query"])
    recomputed = answers.recompute(responses["response"], responses["query"], found)
    read = responses.with_columns(
        found.alias("answer"),
        recomputed.struct.field("num_equalities"),
        recomputed.struct.field("false_equalities"),
    )
    is_blank = pl.col("response").fill_null("").str.strip_chars() == ""
    reason = (
        pl.when(pl.col("finish_reason") == "error")
        .then(pl.lit(ENGINE_ERROR))
        .when(is_blank)
        .then(pl.lit(EMPTY))
        .when(pl.col("finish_reason") == "length")
        .then(pl.lit(TRUNCATED))
        .when(pl.col("answer").is_null())
        .then(pl.lit(NO_ANSWER))
        .when(pl.lit(arithmetic == "drop") & (pl.col("false_equalities").list.len() > 0))
        .then(pl.lit(ARITHMETIC_ERROR))
    )
    return read.with_columns(drop_reason=reason.cast(pl.String)).with_columns(keep=pl.col("drop_reason").is_null())


def score_responses(read: pl.DataFrame, rewards: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """Return the rows of `response_scores`, in the order of the responses.

    Args:
        read: Rows of `responses`, read by `read_responses`.
        rewards: `query_id`, `sample_idx`, `reward`, for at least the rows that are kept.
        answers: Compares answers.

    Returns:
        The columns of `TABLES["response_scores"]`. `agreement` counts all samples of the question; a response that
        should have a reward and has none is an `engine_error`.
    """
    groups = answers.groups(read["query_id"], read["answer"])
    joined = read.with_columns(agreement(read["query_id"], groups).alias("agreement")).join(
        rewards.select("query_id", "sample_idx", reward=pl.col("reward").cast(pl.Float64).fill_nan(None)),
        on=["query_id", "sample_idx"],
        how="left",
        maintain_order="left",
        validate="1:1",
    )
    lacks_reward = pl.col("keep") & pl.col("reward").is_null()
    scored = joined.with_columns(
        drop_reason=pl.when(lacks_reward).then(pl.lit(ENGINE_ERROR)).otherwise("drop_reason")
    ).with_columns(keep=pl.col("drop_reason").is_null())
    return scored.select(
        *("query_id", "generator", "shard", "query", "sample_idx", "response", "num_tokens"),
        *("answer", "num_equalities", "false_equalities", "agreement", "reward", "keep", "drop_reason"),
    )


def choose(
    response_scores: pl.DataFrame,
    *,
    by: Selection = "reward",
    min_agreement: float = 0.0,
    arithmetic: ArithmeticRule = "rank_last",
) -> pl.DataFrame:
    """Return the chosen response of each question that has an eligible one.

    What a rule leaves equal is ordered by reward, agreement, the shorter response, then the lower `sample_idx`.

    Args:
        response_scores: Rows of `response_scores`.
        by: The rule.
        min_agreement: Least agreement of an eligible response, in [0, 1].
        arithmetic: Unless it is `count`, a response that states a false equality comes after all that state none.

    Returns:
        `query_id`, `sample_idx`, `answer`, the best responses first.

    Source: PAPER section 1, reward. Differs: the paper recomputes nothing, and knows the rule `reward` alone.
    """
    has_error = pl.col("false_equalities").list.len().fill_null(0) > 0
    first = {
        "reward": pl.lit(0.0),
        "reward_in_majority": (pl.col("agreement") > _HALF).cast(pl.Float64),
        "majority": pl.col("agreement"),
    }[by]
    ranked = response_scores.select(
        *("query_id", "sample_idx", "answer", "reward", "agreement", "keep"),
        _chars=pl.col("response").str.len_chars(),
        _error=has_error if arithmetic != "count" else pl.lit(value=False),
        _first=first,
    ).filter(pl.col("keep"), pl.col("agreement") >= min_agreement)
    order = ["_error", "_first", "reward", "agreement", "_chars", "sample_idx"]
    best = ranked.sort(order, descending=[False, True, True, True, False, False])
    return best.unique("query_id", keep="first", maintain_order=True).select("query_id", "sample_idx", "answer")


def reward_pairs(
    seed_responses: pl.DataFrame,
    seed_questions: pl.DataFrame,
    answers: Answers,
    *,
    max_pairs_per_question: int,
    seed: int,
    use_gold_solutions: bool = True,
) -> pl.DataFrame:
    """Return pairs of a right and a wrong response to one question, for a Bradley-Terry reward model.

    Args:
        seed_responses: Columns `query_id`, `query`, `response`, `is_correct`, `finish_reason`. Undecidable, empty and
            failed samples are left out; a cut one can be rejected, not chosen.
        seed_questions: Columns `query_id`, `solution`, `answer`.
        answers: Marks the answer of a gold solution.
        max_pairs_per_question: At most so many pairs of one question, drawn by a hash of seed and texts.
        seed: Seed of the draw.
        use_gold_solutions: Whether the gold solution serves as chosen where no sample is right.

    Returns:
        `query_id`, `prompt` (the question), `chosen`, `rejected`; String, in the questions' order of appearance.
    """
    usable = seed_responses.filter(
        pl.col("is_correct").is_not_null(),
        pl.col("finish_reason").ne_missing("error"),
        pl.col("response").fill_null("").str.strip_chars() != "",
    )
    known = seed_questions.filter(pl.col("solution").is_not_null(), pl.col("answer").is_not_null())
    gold = {
        row[0]: answers.solution(row[1], row[2]) for row in known.select("query_id", "solution", "answer").iter_rows()
    }
    rows: list[tuple[str, str, str, str]] = []
    for (query_id,), samples in usable.group_by("query_id", maintain_order=True):
        right = samples.filter(pl.col("is_correct"), pl.col("finish_reason").ne_missing("length"))["response"].to_list()
        wrong = samples.filter(~pl.col("is_correct"))["response"].to_list()
        if not samples["is_correct"].any() and use_gold_solutions and query_id in gold:
            right = [gold[str(query_id)]]
        drawn = sorted(_combinations(right, wrong), key=lambda pair: _draw(seed, str(query_id), *pair))
        rows += [(str(query_id), samples["query"][0], *pair) for pair in drawn[:max_pairs_per_question]]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("query_id", "prompt", "chosen", "rejected"), pl.String), orient="row"
    )


def agreement(query_ids: pl.Series, groups: pl.Series) -> pl.Series:
    """Return the share of each question's samples that are in the sample's group, in [0, 1]; 0 without an answer."""
    frame = pl.DataFrame({"query_id": query_ids, "group": groups})
    share = pl.len().over("query_id", "group") / pl.len().over("query_id")
    return frame.select(agreement=pl.when(pl.col("group").is_null()).then(0.0).otherwise(share))["agreement"]


def _combinations(right: list[str], wrong: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each distinct pair of different texts."""
    return (
        (chosen, rejected) for chosen in dict.fromkeys(right) for rejected in dict.fromkeys(wrong) if chosen != rejected
    )


def _draw(seed: int, *texts: str) -> bytes:
    return hashlib.blake2b("\0".join((str(seed), *texts)).encode(errors="surrogatepass"), digest_size=16).digest()
