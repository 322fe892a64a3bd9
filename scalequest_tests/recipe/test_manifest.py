import polars as pl
import pytest

from scalequest_assets.recipe.manifest import NOT_IN_PAPER, costs, entry, stage_costs
from scalequest_assets.recipe.settings import Prices, TokenPrices
from scalequest_assets.schemas import polars_schema
from scalequest_assets.storage.conforming import conform

GPU = {"num_requests": 10, "prompt_tokens": 100, "completion_tokens": 50, "engine_s": 1800.0, "gpu_s": 3600.0,
       "wall_s": 2000.0, "num_retries": 2, "num_errors": 1, "device": "cuda X", "model": "qwen@1"}  # fmt: skip
API = {"num_requests": 4, "prompt_tokens": 2_000_000, "completion_tokens": 1_000_000, "engine_s": 60.0,
       "device": "api.example", "model": "gpt@api:gpt"}  # fmt: skip
CPU = {"num_requests": 5, "completion_tokens": 500, "engine_s": 7200.0, "device": "cpu", "model": "small@2"}
PRICES = Prices(gpu_hour=2.0, cpu_hour=0.5, tokens={"gpt": TokenPrices(prompt_million=0.15, completion_million=0.6)})


def manifest(*, num_pairs: int = 1000, **assets: dict) -> pl.DataFrame:
    counts = pl.DataFrame({"num_input": [num_pairs], "num_kept": [num_pairs], "drop_reasons": [[]]})
    rows = [
        entry(generator="g", shard="s0000", asset=name, content_hash="h", counts=counts, cost=cost)
        for name, cost in {**assets, "qa_pairs": {}}.items()
    ]
    return pl.DataFrame(rows, schema=polars_schema("release_manifest"))


def row(frame: pl.DataFrame, **which: str) -> dict:
    (found,) = frame.filter(**which).to_dicts()
    return found


def test_hours_tokens_and_money_of_each_kind_of_device():
    summed = costs(manifest(responses=GPU, optimized_questions=API), [("role_model", None, CPU)], PRICES)
    assert conform("costs", summed).collect().height == 3
    gpu = row(summed, asset="responses")
    assert (gpu["gpu_hours"], gpu["money"], gpu["stage"], gpu["device"]) == (1.0, 2.0, "responses", "cuda X")
    assert (gpu["num_retries"], gpu["num_errors"], gpu["tokens_per_s"]) == (2, 1, pytest.approx(50 / 1800))
    assert (gpu["gpu_hours_per_million"], gpu["money_per_pair"]) == (1000.0, 0.002)
    api = row(summed, asset="optimized_questions")
    assert (api["gpu_hours"], api["money"]) == (0.0, pytest.approx(2 * 0.15 + 0.6))
    cpu = row(summed, asset="role_model")
    assert (cpu["money"], cpu["generator"], cpu["stage"]) == (1.0, None, None)


def test_shards_are_summed_and_what_used_no_model_is_left_out():
    both = pl.concat([manifest(responses=GPU, screened_questions={}), manifest(responses=GPU)])
    summed = costs(both, [], PRICES)
    assert summed["asset"].to_list() == ["responses"]
    assert summed["num_requests"].to_list() == [20]


def test_an_unknown_price_is_null_and_not_nothing():
    unknown = Prices()
    summed = costs(manifest(responses=GPU, optimized_questions=API, raw_questions=CPU), [], unknown)
    assert summed["money"].null_count() == 3
    no_token_price = Prices(gpu_hour=2.0, cpu_hour=0.5)
    summed = costs(manifest(optimized_questions=API), [], no_token_price)
    assert summed["money"].to_list() == [None], "waiting for a server costs no hour of ours"


def test_what_several_models_made_together_is_priced_apart():
    judge = {**GPU, "model": "judge@1"}
    summed = costs(manifest(), [("optimized_questions", "g", API), ("optimized_questions", "g", judge)], PRICES)
    assert {row["model"]: row["money"] for row in summed.to_dicts()} == {
        "gpt@api:gpt": pytest.approx(2 * 0.15 + 0.6),
        "judge@1": 2.0,
    }
    assert summed["generator"].to_list() == ["g", "g"]


def test_without_pairs_there_is_no_cost_of_a_pair():
    summed = costs(manifest(num_pairs=0, responses=GPU), [], PRICES)
    assert summed.select("engine_s_per_pair", "money_per_pair").row(0) == (None, None)


def test_stages_stand_beside_the_papers_and_unknown_sums_stay_unknown():
    summed = costs(
        manifest(responses=GPU, solvability_verdicts=GPU, seed_responses=GPU), [("role_model", None, CPU)], PRICES
    )
    stages = stage_costs(summed)
    assert stages["stage"].to_list() == ["solvability and difficulty", "responses", NOT_IN_PAPER]
    assert stages["gpu_hours"].to_list() == [2.0, 1.0, 0.0]
    assert stages["paper_gpu_hours_per_million"].to_list() == [110.6, 251.0, None]
    partly = stage_costs(costs(manifest(optimized_questions=API, responses=GPU), [], Prices(gpu_hour=2.0)))
    assert row(partly, stage="QPO rewriting")["money"] is None
    assert row(partly, stage="responses")["money"] == 2.0
