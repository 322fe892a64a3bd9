"""What each column is made of: the one declaration, beside `schemas`, that Dagster's column lineage is made from.

A model in between is not named: an asset's dependencies say which it is. A column that nothing upstream decides, such
as a seed, has no origin.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scalequest_assets.schemas import TABLES
from scalequest_assets.stages import STAGES

Origin = tuple[str, str]
"""A table upstream and a column of it."""


@dataclass(frozen=True)
class Made:
    """What the columns of one table are made of. Names stand in one text, separated by blanks.

    Attributes:
        of: Own columns to those upstream that they are computed from, as `table.column`.
        carries: Tables upstream from which rows are carried over: a column that has the same name there, and is not in
            `of`, is that column unchanged. The first table that has it counts.
    """

    of: Mapping[str, str] = field(default_factory=dict)
    carries: str = ""

    def origins(self, table: str) -> dict[str, tuple[Origin, ...]]:
        """Return the origins of each column of the table that has some, in the order of the schema."""
        computed = {name: _columns(origins) for names, origins in self.of.items() for name in names.split()}
        carried = {name: ((source, name),) for name, source in self.carried(table).items()}
        return {name: found for name in TABLES[table] if (found := computed.get(name) or carried.get(name))}

    def carried(self, table: str) -> dict[str, str]:
        """Return the columns that are carried over unchanged, each with the table that it comes from."""
        computed = {name for names in self.of for name in names.split()}
        sources = {name: [s for s in self.carries.split() if name in TABLES[s]] for name in TABLES[table]}
        return {name: found[0] for name, found in sources.items() if found and name not in computed}


def _columns(origins: str) -> tuple[Origin, ...]:
    return tuple((table, column) for table, _, column in (origin.partition(".") for origin in origins.split()))


def _of_all(tables: tuple[str, ...], *columns: str) -> str:
    """Return the columns of some tables, as far as each has them."""
    return " ".join(f"{table}.{column}" for table in tables for column in columns if column in TABLES[table])


_TEXT = "num_tokens finish_reason error"
"""What is known of a text beside it. Its seed follows from the row's id, its engine from nothing upstream."""
_COUNTED = (*STAGES.listed("generator", "table"), *STAGES.listed("shard", "table"))
_SPENT = "num_requests prompt_tokens completion_tokens num_retries num_errors engine_s wall_s device model"
_TOKENS = "release_manifest.prompt_tokens release_manifest.completion_tokens"
_PAIRS = "duplicate_pairs.left_id duplicate_pairs.right_id"
_SIMILAR = "minhash_signatures.query minhash_signatures.band_keys minhash_signatures.sketch"
_KNOWN = "known_questions.query known_questions.normal_hash known_questions.band_keys known_questions.sketch"
_RIGHT = "student_answers.is_correct"
_RELEASED = "release_manifest.content_hash"
_SIDES = "query_keep query_reason query_yes_probability query_difficulty"

LINEAGE: Final[Mapping[str, Made]] = {
    "seed_questions": Made(),
    "benchmark_questions": Made(),
    "known_questions": Made(),
    "generator_config": Made(),
    "raw_questions": Made(
        of={
            "query_id generator seed": "generator_config.generator",
            f"query {_TEXT}": "generator_config.config",
        }
    ),
    "optimized_questions": Made(
        of={
            "direction seed optimized_id": "raw_questions.query_id",
            f"optimized_query rewrite {_TEXT}": "raw_questions.query",
            f"keep drop_reason {_SIDES} {_SIDES.replace('query', 'optimized')}": "raw_questions.query",
            "engine is_exact": "",
        },
        carries="raw_questions",
    ),
    "synthetic_questions": Made(
        of={
            "query_id generator seed": "generator_config.generator",
            f"query {_TEXT}": "generator_config.config",
        }
    ),
    "screened_questions": Made(
        of={
            "keep drop_reason failed_rules": "synthetic_questions.query synthetic_questions.num_tokens "
            f"synthetic_questions.finish_reason benchmark_questions.query {_KNOWN}",
            "language language_probability": "synthetic_questions.query",
            "matched_id": "benchmark_questions.query_id benchmark_questions.query synthetic_questions.query",
            "matched_share": "benchmark_questions.query synthetic_questions.query",
            "known_id": "known_questions.query_id synthetic_questions.query",
            "known_query": "known_questions.query synthetic_questions.query",
            "known_jaccard known_relation": "known_questions.query synthetic_questions.query",
            "topic": "synthetic_questions.query seed_questions.query seed_questions.subject",
        },
        carries="synthetic_questions",
    ),
    "judge_report": Made(
        of={
            "source": "seed_questions.source benchmark_questions.source",
            " ".join(name for name in TABLES["judge_report"] if name not in ("source", "evidence")): (
                "seed_questions.query seed_questions.solution benchmark_questions.query"
            ),
        }
    ),
    "solvability_verdicts": Made(
        of={
            f"verdict judgement yes_probability num_votes num_yes keep drop_reason {_TEXT}": "screened_questions.query",
            "seed": "screened_questions.query_id",
        },
        carries="screened_questions",
    ),
    "seed_responses": Made(
        of={
            "gold_answer": "seed_questions.answer",
            f"response answer {_TEXT}": "seed_questions.query",
            "seed": "seed_questions.query_id",
            "is_correct": "seed_questions.query seed_questions.answer",
        },
        carries="seed_questions",
    ),
    "difficulty_scores": Made(
        of={
            "difficulty": "solvability_verdicts.query",
            "threshold sampled_share keep drop_reason": "solvability_verdicts.query generator_config.config",
        },
        carries="solvability_verdicts",
    ),
    "minhash_signatures": Made(
        of={"content_hash normal_hash num_shingles signature sketch band_keys": "difficulty_scores.query"},
        carries="difficulty_scores",
    ),
    "duplicate_pairs": Made(
        of={
            "left_id right_id": f"minhash_signatures.query_id minhash_signatures.difficulty {_SIMILAR}",
            "jaccard relation": _SIMILAR,
        }
    ),
    "duplicate_clusters": Made(  # it opens signatures too, which `duplicate_pairs` stands for in the graph
        of={
            "query_id cluster_id keep drop_reason survivor_id": f"{_PAIRS} duplicate_pairs.relation",
            "jaccard": "duplicate_pairs.jaccard",
            "relation": "duplicate_pairs.relation",
        }
    ),
    "deduplicated_questions": Made(
        of={
            "keep": "duplicate_clusters.keep",
            "drop_reason": "duplicate_clusters.drop_reason",
            "survivor_id": "duplicate_clusters.survivor_id",
            "jaccard": "duplicate_clusters.jaccard",
            "relation": "duplicate_clusters.relation",
        },
        carries="difficulty_scores",
    ),
    "responses": Made(
        of={
            f"response reasoning {_TEXT}": "deduplicated_questions.query",
            "seed": "deduplicated_questions.query_id",
        },
        carries="deduplicated_questions",
    ),
    "response_scores": Made(
        of={
            "answer num_equalities false_equalities": "responses.response",
            "agreement": "responses.query_id responses.response",
            "reward": "responses.query responses.response",
            "keep drop_reason": "responses.response responses.finish_reason",
        },
        carries="responses",
    ),
    "observed_difficulty": Made(
        of={
            "sample_idx": "response_scores.sample_idx response_scores.keep response_scores.reward "
            "response_scores.agreement response_scores.answer",
            "answer": "response_scores.answer response_scores.reward response_scores.agreement",
            "num_samples": "response_scores.sample_idx",
            "pass_rate": "response_scores.agreement response_scores.response",
            "weak_answers": "response_scores.query",
            "weak_pass_rate": "response_scores.query response_scores.answer",
            "gap drop_reason": "response_scores.agreement response_scores.query response_scores.answer",
            "reward_choice": "response_scores.sample_idx response_scores.reward",
            "majority_choice": "response_scores.sample_idx response_scores.agreement response_scores.reward",
            "is_disputed": "response_scores.answer response_scores.reward response_scores.agreement",
        },
        carries="response_scores",
    ),
    "qa_pairs": Made(carries="response_scores deduplicated_questions screened_questions observed_difficulty"),
    "release_manifest": Made(
        of={
            "generator": _of_all(_COUNTED, "generator"),
            "shard": _of_all(_COUNTED, "shard"),
            "num_input": _of_all(_COUNTED, "query_id"),
            "num_kept": _of_all(_COUNTED, "keep"),
            "drop_reasons": _of_all(_COUNTED, "drop_reason"),
        }
    ),
    "funnel": Made(
        of={
            "position stage": "release_manifest.asset",
            "num_dropped keep_rate": "release_manifest.num_input release_manifest.num_kept",
            **{
                name: f"release_manifest.{name}"
                for name in ("generator", "shard", "num_input", "num_kept", "drop_reasons")
            },
        }
    ),
    "costs": Made(
        of={
            "asset stage": "release_manifest.asset",
            "generator": "release_manifest.generator",
            **{name: f"release_manifest.{name}" for name in _SPENT.split()},
            "tokens_per_s": f"{_TOKENS} release_manifest.engine_s",
            "gpu_hours": "release_manifest.gpu_s",
            "money": f"{_TOKENS} release_manifest.gpu_s",
            "gpu_hours_per_million": "release_manifest.gpu_s release_manifest.num_kept",
            "money_per_pair": f"{_TOKENS} release_manifest.gpu_s release_manifest.num_kept",
            "engine_s_per_pair": "release_manifest.engine_s release_manifest.num_kept",
        }
    ),
    "study_questions": Made(
        of={
            "query_id generator seed": "generator_config.generator optimized_questions.query_id",
            "direction": "optimized_questions.direction",
            "query": "generator_config.config raw_questions.query optimized_questions.optimized_query",
            f"{_TEXT} is_question is_solvable drop_reason failed_rules language language_probability verdict "
            "judgement difficulty": "generator_config.config raw_questions.query optimized_questions.optimized_query",
            "is_seed_copy": "seed_questions.query raw_questions.query optimized_questions.optimized_query",
            "seed_id": "seed_questions.query_id seed_questions.query",
        }
    ),
    "generator_report": Made(
        of={
            "generator": "study_questions.generator",
            "stage": "study_questions.stage",
            "direction": "study_questions.direction",
            "num_questions": "study_questions.query_id",
            "question_share question_share_stderr": "study_questions.is_question",
            "solvable_share solvable_share_stderr solvable_gain solvable_gain_stderr": "study_questions.is_solvable",
            "mean_difficulty mean_difficulty_stderr": "study_questions.difficulty",
            "difficulty_gain difficulty_gain_stderr": "study_questions.difficulty",
            "distinct_2 mean_similarity mean_similarity_stderr": "study_questions.query",
            "mean_tokens": "study_questions.num_tokens",
            "seed_overlap seed_overlap_stderr": "study_questions.is_seed_copy",
        }
    ),
    "student_config": Made(),
    "student_pairs": Made(
        of={
            "student": "student_config.student",
            "query_id": f"{_RELEASED} seed_questions.query_id student_config.config",
            "query": f"{_RELEASED} seed_questions.query student_config.config",
            "response": f"{_RELEASED} seed_questions.solution student_config.config",
        }
    ),
    "student_questions": Made(
        of={
            "query_id": "benchmark_questions.query_id",
            "benchmark": "benchmark_questions.source",
            "query": "benchmark_questions.query seed_questions.query",
            "answer": "benchmark_questions.answer",
        }
    ),
    "student_answers": Made(
        of={
            "student prompt_style": "student_config.config",
            "gold": "student_questions.answer",
            f"response answer majority_answer {_TEXT}": "student_questions.query student_pairs.response",
            "seed": "student_questions.query_id",
            "is_correct is_majority_correct": "student_questions.query student_questions.answer student_pairs.response",
            "is_seen": "student_questions.query student_pairs.query",
            "num_samples": "",
        },
        carries="student_questions",
    ),
    "student_report": Made(
        of={
            "base arm num_students": "student_config.config",
            "student": "student_answers.student",
            "benchmark": "student_answers.benchmark",
            "against": "student_config.config",
            "num_pairs": "student_pairs.query_id",
            "num_questions": "student_answers.query_id student_answers.is_seen",
            "majority_accuracy": "student_answers.is_majority_correct",
            "accuracy accuracy_low accuracy_high difference difference_low difference_high": _RIGHT,
            "num_better num_worse p_value p_adjusted": _RIGHT,
            "paper_accuracy": "student_config.config student_answers.benchmark",
        }
    ),
    "student_cross_check": Made(
        of={
            "filter evaluator": "",
            "harness_response harness_answer": "student_answers.query student_config.config",
            "is_harness_correct reread_answer": "student_answers.query student_answers.gold student_config.config",
            "cause": "student_answers.query student_answers.gold student_answers.is_correct student_config.config",
        },
        carries="student_answers",
    ),
}
"""What each table's columns are made of; every table of `schemas` that an asset makes is here."""
