"""The declared columns of every table, with a sentence on each: what the lake checks, the UI shows and SQL returns.

Every screening table keeps all of its input rows, with `keep`, `drop_reason` (null when kept) and its evidence.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from scalequest_assets.schemas.columns import BOOL, F64, I32, SAMPLED, STR, STRINGS, Column, Columns, bounded, estimate
from scalequest_assets.schemas.students import STUDENT_TABLES
from scalequest_assets.stages import REVIEWS, STAGES, Stages

NUM_PERMUTATIONS = 128
"""Length of a MinHash signature."""

_SIDES = ("query", "optimized")
_SKETCH = Column(pl.Binary(), f"Lowest byte of each of its {NUM_PERMUTATIONS} MinHash signature values")
REASONS = pl.List(pl.Struct({"drop_reason": STR, "num_rows": pl.Int64()}))

_QUESTION: Columns = {
    "query_id": Column(STR, "generator/shard/row, unique and stable"),
    "generator": Column(STR, "Generator that wrote the question"),
    "shard": Column(STR, "Shard of the generator's questions"),
    "query": Column(STR, "The question"),
}
_VERDICT: Columns = {
    "keep": Column(BOOL, "Whether the next stage reads the row"),
    "drop_reason": Column(STR, "Why it is dropped; null when kept"),
}
TABLES: dict[str, Columns] = {
    "seed_questions": {
        "query_id": Column(STR, "source/row, unique and stable"),
        "source": Column(STR, "Name of the seed source"),
        "query": Column(STR, "The question"),
        "answer": Column(STR, "Gold answer"),
        "solution": Column(STR, "Worked solution, where known"),
        "subject": Column(STR, "Subject, where known"),
        "level": Column(I32, "Difficulty level 1-5, where known"),
    },
    "benchmark_questions": {
        "query_id": Column(STR, "source/row, unique and stable"),
        "source": Column(STR, "Name of the benchmark"),
        "query": Column(STR, "The question"),
        "answer": Column(STR, "Gold answer"),
    },
    "known_questions": {
        "query_id": Column(STR, "source/id in the earlier set, or source/hash of the text; unique and stable"),
        "source": Column(STR, "Name of the earlier set"),
        "query": Column(STR, "The question"),
        "normal_hash": Column(pl.UInt64(), "Hash of the normalised text: equal for exact copies"),
        "band_keys": Column(pl.Binary(), "Upper half of each of its 25 LSH band keys, 32-bit little-endian"),
        "sketch": _SKETCH,
    },
    "generator_config": {
        "generator": Column(STR, "Name of the generator"),
        "config": Column(STR, "What belongs to this generator alone, as JSON with sorted keys"),
    },
    "raw_questions": {
        "query_id": Column(STR, "generator/raw/row"),
        "generator": Column(STR, "Generator that wrote the question"),
        "query": Column(STR, "The question, as sampled from the QFT model"),
        **SAMPLED,
    },
    "optimized_questions": {
        "query_id": Column(STR, "generator/raw/row"),
        "generator": Column(STR, "Generator that wrote the question"),
        "direction": Column(STR, "solvability or difficulty, for which it is rewritten; own_samples: it is not"),
        "query": Column(STR, "The question before (rejected)"),
        "optimized_query": Column(STR, "The question after (chosen); null where there is none"),
        "rewrite": Column(STR, "All that the rewriter wrote; null, as what follows, where none is asked"),
        **_VERDICT,
        **SAMPLED,
        "optimized_id": Column(STR, "query_id of the question after, where that is another of the generator's own"),
        **{f"{side}_keep": Column(BOOL, "Whether the judge passes it; null where it says nothing") for side in _SIDES},
        **{f"{side}_reason": Column(STR, "Why text rules or the judge drop it, or no_answer") for side in _SIDES},
        **{f"{side}_yes_probability": Column(F64, "As the judge's; null where not asked") for side in _SIDES},
        **{f"{side}_difficulty": Column(F64, "1 less the largest share of equal answers") for side in _SIDES},
    },
    "synthetic_questions": {**_QUESTION, **SAMPLED},
    "screened_questions": {
        **_QUESTION,
        "num_tokens": Column(I32, "Generated tokens"),
        **_VERDICT,
        "failed_rules": Column(pl.List(STR), "All rules the question fails; drop_reason is the first"),
        "language": Column(STR, "Language found, after notation is removed"),
        "language_probability": Column(F64, "Its probability in [0, 1]"),
        "matched_id": Column(STR, "query_id of the benchmark question it shares text with"),
        "matched_share": Column(F64, "Share of that benchmark question's 8-grams it covers, in [0, 1]"),
        "known_id": Column(STR, "query_id of the question of an earlier set that it resembles most"),
        "known_query": Column(STR, "The text of that question"),
        "known_jaccard": Column(F64, "Exact Jaccard with it, in [0, 1]"),
        "known_relation": Column(STR, "exact, duplicate, or numeric_variant (other numbers, operators or words)"),
        "topic": Column(STR, "Subject that its words speak for; null where none does. Decides nothing"),
    },
    "solvability_verdicts": {
        **_QUESTION,
        "verdict": Column(STR, "yes, no, or null where the judge gave none"),
        **_VERDICT,
        "judgement": Column(STR, "All that the judge wrote; null where it is not asked to write"),
        "yes_probability": Column(F64, "Probability in [0, 1] of Yes as its verdict, unreasoned; null where not asked"),
        "num_votes": Column(I32, "Verdicts among several sampled judgements; null where `votes` decide nothing"),
        "num_yes": Column(I32, "Those of them that are yes"),
        **SAMPLED,
    },
    "seed_responses": {
        "query_id": Column(STR, "Of the seed question"),
        "source": Column(STR, "Name of the seed source"),
        "sample_idx": Column(I32, "Number of the sample, from 0"),
        "query": Column(STR, "The question"),
        "gold_answer": Column(STR, "Gold answer"),
        "response": Column(STR, "The sampled solution"),
        "answer": Column(STR, "Answer read from it; null where none was found"),
        "is_correct": Column(BOOL, "Whether it equals gold; false where there is no answer, null where undecidable"),
        **SAMPLED,
    },
    "difficulty_scores": {
        **_QUESTION,
        "difficulty": Column(F64, "Predicted fail rate in [0, 1]"),
        "threshold": Column(F64, "Highest difficulty dropped as easiest of its shard, or the cutoff; null for neither"),
        "sampled_share": Column(F64, "Share kept of the shard's questions of like difficulty; null unless sampled"),
        **_VERDICT,
    },
    "minhash_signatures": {
        **_QUESTION,
        "difficulty": Column(F64, "Predicted fail rate in [0, 1]: the quality that decides between duplicates"),
        "content_hash": Column(STR, "Hash of the raw text, 16 hex digits: the last tie-breaker"),
        "normal_hash": Column(pl.UInt64(), "Hash of the normalised text: equal for exact copies"),
        "num_shingles": Column(I32, "Character 5-grams of the normalised text"),
        "signature": Column(pl.Array(pl.UInt32(), NUM_PERMUTATIONS), "MinHash signature (datasketch affine32)"),
        "sketch": _SKETCH,
        "band_keys": Column(pl.List(pl.UInt64()), "LSH band keys"),
    },
    "duplicate_pairs": {
        "left_id": Column(STR, "query_id of the first question (lower in priority order)"),
        "right_id": Column(STR, "query_id of the second question"),
        "jaccard": Column(F64, "Exact Jaccard of the 5-gram sets, in [0, 1]"),
        "relation": Column(STR, "exact, duplicate, or numeric_variant (other numbers, operators or decisive words)"),
    },
    "duplicate_clusters": {
        "query_id": Column(STR, "A member of a cluster"),
        "cluster_id": Column(STR, "query_id of the cluster's first member in priority order"),
        **_VERDICT,
        "survivor_id": Column(STR, "query_id of the kept question it duplicates; null when kept"),
        "jaccard": Column(F64, "Jaccard with the survivor"),
        "relation": Column(STR, "Relation to the survivor"),
    },
    "deduplicated_questions": {
        **_QUESTION,
        "difficulty": Column(F64, "Predicted fail rate in [0, 1]"),
        **_VERDICT,
        "survivor_id": Column(STR, "query_id of the kept question it duplicates; null when kept"),
        "jaccard": Column(F64, "Jaccard with the survivor"),
        "relation": Column(STR, "Relation to the survivor"),
    },
    "responses": {
        **_QUESTION,
        "sample_idx": Column(I32, "Number of the sample, from 0"),
        "response": Column(STR, "The sampled answer"),
        "reasoning": Column(STR, "What the model thought before it, kept apart; null where it shows nothing"),
        **SAMPLED,
    },
    "response_scores": {
        **_QUESTION,
        "sample_idx": Column(I32, "Number of the sample, from 0"),
        "response": Column(STR, "The sampled answer"),
        "num_tokens": Column(I32, "Generated tokens"),
        "answer": Column(STR, "Answer read from the response; null where none was found"),
        "num_equalities": Column(I32, "Equalities between numbers that the response states, recomputed"),
        "false_equalities": Column(STRINGS, "Those that are false, in order, and outputs of programs that nobody ran"),
        "agreement": Column(F64, "Share of the question's samples with an equal answer, in [0, 1]"),
        "reward": Column(F64, "Reward model's output; higher is better"),
        **_VERDICT,
    },
    "observed_difficulty": {
        **_QUESTION,
        "sample_idx": Column(I32, "The chosen response; null where none is eligible"),
        "answer": Column(STR, "Its answer"),
        "num_samples": Column(I32, "Responses that were drawn"),
        "pass_rate": Column(F64, "Share of those that the engine could draw with this answer, in [0, 1]"),
        "weak_answers": Column(STRINGS, "Answers of the weak solver's samples, null in it where none was found"),
        "weak_pass_rate": Column(F64, "Share of them that equal the chosen answer; null without a weak solver"),
        "gap": Column(F64, "pass_rate less weak_pass_rate"),
        "reward_choice": Column(I32, "sample_idx of the response with the highest reward"),
        "majority_choice": Column(I32, "sample_idx of the best response among those of the commonest answer"),
        "is_disputed": Column(BOOL, "Whether these two differ in their answers; null where that cannot be told"),
        "drop_reason": Column(STR, "Why the question becomes no pair; null where none of these reasons holds"),
    },
    "qa_pairs": {
        **_QUESTION,
        "response": Column(STR, "The best response"),
        "answer": Column(STR, "Its final answer"),
        "difficulty": Column(F64, "Predicted fail rate of the question, in [0, 1]"),
        "topic": Column(STR, "Subject that the question's words speak for; null where none does"),
        "reward": Column(F64, "Reward of the response"),
        "agreement": Column(F64, "Share of the question's samples with an equal answer, in [0, 1]"),
        "sample_idx": Column(I32, "Which sample it is"),
        "num_samples": Column(I32, "How many were drawn"),
    },
    "release_manifest": {
        "generator": Column(STR, "Generator"),
        "shard": Column(STR, "Shard; null for what the generator has once"),
        "asset": Column(STR, "Table"),
        "content_hash": Column(STR, "Data version of the table's partition"),
        "num_input": Column(pl.Int64(), "Questions that came in"),
        "num_kept": Column(pl.Int64(), "Questions that the next stage reads"),
        "drop_reasons": Column(REASONS, "Questions dropped, by reason"),
        "num_requests": Column(pl.Int64(), "Completions or scores asked of a model"),
        "prompt_tokens": Column(pl.Int64(), "Tokens read by the model"),
        "completion_tokens": Column(pl.Int64(), "Tokens written by the model, or trained on"),
        "engine_s": Column(F64, "Seconds of the engine or the training"),
        "gpu_s": Column(F64, "Seconds of the engine times its GPUs"),
        "wall_s": Column(F64, "Seconds of the run that made the partition; runs side by side overlap"),
        "num_retries": Column(pl.Int64(), "Requests that were sent again"),
        "num_errors": Column(pl.Int64(), "Rows that the engine could not do"),
        "device": Column(STR, "Where the model ran"),
        "model": Column(STR, "The model, with its version"),
    },
    "funnel": {
        "position": Column(I32, "Order of the stage, from 1"),
        "stage": Column(STR, "Table that decides"),
        "generator": Column(STR, "Generator"),
        "shard": Column(STR, "Shard"),
        "num_input": Column(pl.Int64(), "Questions that came in"),
        "num_kept": Column(pl.Int64(), "Questions kept"),
        "num_dropped": Column(pl.Int64(), "Questions dropped"),
        "keep_rate": Column(F64, "num_kept / num_input, null for an empty input"),
        "drop_reasons": Column(REASONS, "Questions dropped, by reason"),
    },
    "costs": {
        "asset": Column(STR, "Asset that called or trained a model"),
        "generator": Column(STR, "Generator; null for what all share"),
        "stage": Column(STR, "Line of the paper's cost table that it belongs to; null where the paper has none"),
        "model": Column(STR, "The model, with its version"),
        "device": Column(STR, "Where it ran"),
        "num_requests": Column(pl.Int64(), "Completions or scores asked of a model, or rows trained on"),
        "prompt_tokens": Column(pl.Int64(), "Tokens read by the model"),
        "completion_tokens": Column(pl.Int64(), "Tokens written by the model, or trained on"),
        "num_retries": Column(pl.Int64(), "Requests that were sent again"),
        "num_errors": Column(pl.Int64(), "Rows that the engine could not do"),
        "engine_s": Column(F64, "Seconds of the engine or the training, those of killed runs included"),
        "wall_s": Column(F64, "Seconds of the runs that made the partitions; those of runs side by side overlap"),
        "tokens_per_s": Column(F64, "Tokens written (where none are: read) per second of the engine"),
        "gpu_hours": Column(F64, "Hours of the engine times its GPUs"),
        "money": Column(F64, "In the profile's currency; null where the profile names no price"),
        "gpu_hours_per_million": Column(F64, "gpu_hours per million question-answer pairs that were made"),
        "money_per_pair": Column(F64, "money per question-answer pair that was made"),
        "engine_s_per_pair": Column(F64, "engine_s per question-answer pair that was made"),
    },
    "study_questions": {
        "query_id": Column(STR, "generator/stage/row; the row of a pair is that of raw_questions"),
        "generator": Column(STR, "Generator"),
        "stage": Column(STR, "base, qft or qpo: the model that wrote it; original or rewritten: a preference pair"),
        "direction": Column(STR, "As in optimized_questions; for own_samples, rewritten is the chosen one"),
        "query": Column(STR, "The question"),
        "is_question": Column(BOOL, "Whether it passes the text rules; null where the engine could not write it"),
        "is_solvable": Column(BOOL, "Whether it passes them and is judged solvable; null where the judge failed"),
        "drop_reason": Column(STR, "Why it is not; null where it is"),
        "failed_rules": Column(pl.List(STR), "All text rules that it fails"),
        "language": Column(STR, "Language found, after notation is removed"),
        "language_probability": Column(F64, "Its probability in [0, 1]"),
        "verdict": Column(STR, "yes, no, or null where the judge gave none or was not asked"),
        "judgement": Column(STR, "All that the judge wrote"),
        "difficulty": Column(F64, "Predicted fail rate, not bounded to [0, 1]; null where it is no question"),
        "is_seed_copy": Column(BOOL, "Whether it shares 13 tokens in a row with a seed question, or is one"),
        "seed_id": Column(STR, "query_id of that seed question"),
        **SAMPLED,
    },
    "generator_report": {
        "generator": Column(STR, "Generator"),
        "stage": Column(STR, "base, qft or qpo: the model asked; original or rewritten: its preference pairs"),
        "direction": Column(STR, "As in optimized_questions; for own_samples, rewritten are the chosen ones"),
        "num_questions": Column(I32, "Questions written or rewritten"),
        **estimate("question_share", "Share of them that pass the text rules"),
        **estimate("solvable_share", "Share of them that pass the text rules and are judged solvable"),
        **estimate("mean_difficulty", "Mean predicted fail rate of those that pass the text rules"),
        "distinct_2": Column(F64, "Share of distinct ones among 500 of their word bigrams; higher is more diverse"),
        **estimate("mean_similarity", "Mean cosine of two of them, as sets of word bigrams; lower is more diverse"),
        "mean_tokens": Column(F64, "Mean number of their tokens"),
        **estimate("seed_overlap", "Share of them that are copied from a seed question, in 13 tokens or whole"),
        **estimate("solvable_gain", "solvable_share less that of base (qft), qft (qpo) or the originals (rewritten)"),
        **estimate("difficulty_gain", "mean_difficulty less that of the same; for rewritten ones pair by pair"),
    },
    "judge_report": {
        "source": Column(STR, "Where the questions are from; all: of all sources"),
        "evidence": Column(STR, "verdict, probability or votes alone; decision: what the profile makes of them"),
        "num_sound": Column(I32, "Questions that can be solved"),
        "num_broken": Column(I32, "Questions that cannot: the same ones broken, or without one condition"),
        **bounded("accuracy", "Share of all that is judged right"),
        **bounded("precision", "Share of broken ones among those that are dropped; null where none is"),
        **bounded("recall", "Share of the broken ones that is dropped"),
        **bounded("auc", "Area under the ROC curve: how often a sound one scores above a broken one, ties half"),
        "best_threshold": Column(F64, "Threshold of the probability with most of these very questions right"),
        "best_accuracy": Column(F64, "Share of them that is right with it, sound and broken ones counting equally"),
    },
    **STUDENT_TABLES,
    REVIEWS: {
        "query_id": Column(STR, "The pair's question: generator/shard/row"),
        "generator": Column(STR, "Generator that wrote it"),
        "shard": Column(STR, "Shard of the generator's questions"),
        "content_hash": Column(STR, "left(sha256(query || chr(31) || response), 16) of the pair that was judged"),
        "reviewer": Column(STR, "Who judged it"),
        "reviewed_at": Column(pl.Datetime("us"), "When, in UTC; of several judgements of one reviewer the last counts"),
        "is_question_sound": Column(BOOL, "Whether the question is sound; null where the reviewer is unsure"),
        "is_answer_right": Column(BOOL, "Whether the answer is right; null where unsure, or not asked"),
        "note": Column(STR, "What the reviewer adds; null for nothing"),
    },
}

RETIRED: Mapping[str, Sequence[str]] = {
    "qa_pairs": ("generator_model", "responder_model", "judge_model", "reward_model"),
}
"""Columns that files of earlier releases may still have after the declared ones; readers leave them out."""

ADDED: Mapping[str, Sequence[str]] = {
    "optimized_questions": (
        "optimized_id",
        *(f"{side}_{what}" for what in ("keep", "reason", "yes_probability", "difficulty") for side in _SIDES),
    ),
    "screened_questions": ("known_id", "known_query", "known_jaccard", "known_relation"),
    "solvability_verdicts": ("yes_probability", "num_votes", "num_yes"),
    "minhash_signatures": ("sketch",),
    "responses": ("reasoning",),
    "response_scores": ("num_equalities", "false_equalities"),
}
"""Columns that files of earlier releases may lack; readers see null there, so only what may be null belongs here."""


def polars_schema(table: str) -> pl.Schema:
    """Return a table's declared Polars schema."""
    return pl.Schema({name: column.dtype for name, column in TABLES[table].items()})


_DECISION = ("keep", "drop_reason")
_PREFIXED = ("threshold",)
"""Evidence whose name says nothing without its table's."""


def evidence(stages: Stages = STAGES) -> Mapping[str, Mapping[str, str]]:
    """Return what each stage that decides about questions adds to what is known of one, by table.

    Returns:
        For every screening table and that of the choices: its columns that no table before it has (or that the stage
        shows), and their names in a row of all; a name that says nothing alone has the stage's before it.
    """
    known, found = {*TABLES[stages.candidates], *_DECISION}, dict[str, dict[str, str]]()
    for table in (*stages.screening, stages.choices):
        stage = stages[table]
        columns = stage.shown or [name for name in TABLES[table] if name not in known]
        found[table] = {name: f"{stage.short_name}_{name}" if name in _PREFIXED else name for name in columns}
        known.update(columns)
    return found
