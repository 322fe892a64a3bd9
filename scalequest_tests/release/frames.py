"""A tiny release: two pairs, two stages, one asset's costs; and the same with a text in every place that is data."""

from typing import Any

import polars as pl

from scalequest_assets.release.facts import Facts, Model, Prompt, Sampling, Source
from scalequest_assets.schemas import polars_schema
from scalequest_assets.subjects.maths.subject import SUBJECT


def pairs(text: str | None = None) -> pl.DataFrame:
    """Two released pairs, with what was observed of them and the model that wrote their questions."""
    schema = polars_schema("qa_pairs")
    rows = {name: [None, None] for name in schema}
    rows |= {
        "query_id": ["a/s0000/0", "b/s0000/1"],
        "generator": ["a", text or "b"],
        "shard": ["s0000", "s0000"],
        "query": ["What is 2 + 3?", text or "How many legs have 4 crates of 2 < 3 hens?"],
        "response": ["2 + 3 = 5.\nThe answer is 5.", text or "No crate has a leg: 0."],
        "answer": ["5", "0"],
        "topic": ["arithmetic", text],
        "difficulty": [0.25, 0.5],
        "agreement": [1.0, 0.75],
        "reward": [1.5, None],
        "sample_idx": [0, 3],
        "num_samples": [4, 4],
    }
    observed = {
        "pass_rate": [1.0, 0.75],
        "weak_pass_rate": [0.5, None],
        "gap": [0.5, None],
        "is_disputed": [False, None],
    }
    return pl.DataFrame(rows, schema=schema).with_columns(
        *(pl.Series(name, values) for name, values in observed.items()),
        generator_model=pl.lit(text or "a model (v1)"),
    )


def funnel(text: str | None = None) -> pl.DataFrame:
    """Two stages of one shard."""
    dropped = [{"drop_reason": text or "too_short", "num_rows": 3}, {"drop_reason": "no_number", "num_rows": 1}]
    rows = {
        "position": [1, 2],
        "stage": ["screened_questions", text or "qa_pairs"],
        "generator": ["a", "a"],
        "shard": ["s0000", "s0000"],
        "num_input": [8, 4],
        "num_kept": [4, 2],
        "num_dropped": [4, 2],
        "keep_rate": [0.5, 0.5],
        "drop_reasons": [dropped, []],
    }
    return pl.DataFrame(rows, schema=polars_schema("funnel"))


def costs(text: str | None = None) -> pl.DataFrame:
    """One asset's costs, some of them unknown."""
    row: dict[str, Any] = dict.fromkeys(polars_schema("costs"))
    row |= {"asset": text or "responses", "generator": "a", "num_requests": 16, "prompt_tokens": 1200}
    row |= {"completion_tokens": 900, "num_errors": 0, "engine_s": 12.34567, "tokens_per_s": 72.9, "gpu_hours": 0.0}
    return pl.DataFrame([row], schema=polars_schema("costs"))


def facts(text: str | None = None) -> Facts:
    """What a card tells beside the rows, with a text in every place that is data."""
    return Facts(
        name=text or "tiny",
        description=text or "Two pairs, for_a test.",
        about=SUBJECT.card,
        models=[
            Model(name=text or "judge", source="a/judge", version=text or "v1", license="apache-2.0", roles=["judges"]),
            Model(name="reward", source=text or "b", version=None, license="mit", roles=[text or "scores", "learns"]),
        ],
        seeds=[Source(name=text or "gsm8k", what=text or "openai/gsm8k, split train", license="mit")],
        benchmarks=[Source(name=text or "test", what=text or "a file", num_questions=7)],
        prompts=[Prompt(stage=text or "Judging", text=text or "Can this be solved?\n{question}")],
        samplings=[Sampling(stage=text or "judging", model=text or "judge", temperature=0.5, top_p=1.0, max_tokens=48)],
        meanings={"too_short": "it has too few tokens", "no_number": text or "it has no number"},
        ngram=13,
        threshold=0.7,
        response_tokens=pl.Series([9, 8]),
        costs=costs(text),
        currency=text or "USD",
    )
