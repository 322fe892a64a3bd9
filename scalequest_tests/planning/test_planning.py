import math

import polars as pl
import pytest
from rich.console import Console

from scalequest_assets.config.file import edit_document, read_profile, shipped_profiles, validate
from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import ProfileError
from scalequest_assets.planning.assumptions import ASSUMED, billion_parameters
from scalequest_assets.planning.estimate import Measured
from scalequest_assets.planning.measured import measured
from scalequest_assets.planning.plan import Stage, beside_paper, plan, sized
from scalequest_assets.planning.table import conversions, document, notes, paper_table, table
from scalequest_assets.recipe.paper_costs import PAPER_STAGES, PAPER_TOTAL_GPU_HOURS
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.costs import Cost, Entry
from scalequest_assets.storage.lake import Lake

MAX_TRAINED, MAX_WRITTEN, MAX_S = 60_000, 60_000, 15 * 60
"""Budget of `embedded`: docs/decisions/0008-budget-of-embedded.md."""


def profile(name: str, *settings: str) -> Profile:
    return validate(edit_document(read_profile(name), settings), name)


def stages_of(used: Profile, known=None) -> dict[str, Stage]:
    return {stage.asset: stage for stage in plan(used, known)}


def test_embedded_stays_in_its_budget():
    stages = plan(profile("embedded"))
    assert sum(stage.completion_tokens for stage in stages if stage.is_training) <= MAX_TRAINED
    assert sum(stage.completion_tokens for stage in stages if not stage.is_training) <= MAX_WRITTEN
    assert sum(stage.engine_s or 0 for stage in stages) <= MAX_S


def test_embedded_runs_at_the_speed_that_was_measured():
    used = profile("embedded", "hardware.start_s=0.001")
    qft, rate = stages_of(used)["qft_model"], used.hardware.peak_tflops * 1e12 / 0.135e9
    assert qft.completion_tokens / qft.engine_s == pytest.approx(630, rel=0.01)
    assert rate * used.hardware.decode_utilization / 2 == pytest.approx(780, rel=0.01)


def test_paper_total_is_within_a_factor_of_the_papers():
    used = profile("paper")
    lines = {(line.name, line.unit): line for line in beside_paper(used, plan(used))}
    assert 1 / 1.5 < lines["total", "GPU-h"].planned / PAPER_TOTAL_GPU_HOURS < 1.5
    assert {stage.name for stage in PAPER_STAGES} < {name for name, _ in lines}
    hours = sum(line.planned for (name, unit), line in lines.items() if unit == "GPU-h" and name != "total")
    assert hours == pytest.approx(lines["total", "GPU-h"].planned)
    assert abs(lines["QPO rewriting", "$"].error) < 0.5


@pytest.mark.parametrize(
    "setting", ["num_shards=5", "answers.num_samples=3", "models.qwen2_math.billion_parameters=1.5"]
)
def test_other_work_than_the_papers_is_not_compared_with_it(setting):
    used = profile("paper", setting)
    assert beside_paper(used, plan(used)) == []
    assert beside_paper(profile("embedded"), plan(profile("embedded"))) == []


def test_hours_follow_from_tokens_and_operations():
    used = profile("paper", "hardware.start_s=0.001")
    stages, peak = stages_of(used), 312e12
    responses = stages["responses"]
    expected = 2 * 7.6e9 * (responses.prompt_tokens / 0.35 + responses.completion_tokens / 0.1) / peak / 3600
    assert responses.device_hours == pytest.approx(expected, rel=1e-6)
    assert responses.money == pytest.approx(1.29 * responses.device_hours)
    scores = stages["response_scores"]
    assert (scores.completion_tokens, scores.flops) == (0, pytest.approx(2 * 7.7e9 * scores.prompt_tokens))
    qft = stages["qft_model"]
    assert qft.flops == pytest.approx(6 * (7.6e9 + 6.9e9) * qft.completion_tokens / 2)
    qpo = stages["qpo_model"]  # 8 for each token of a pair, which counts twice
    assert qpo.flops == pytest.approx(8 * (7.6e9 + 6.9e9) * (qpo.completion_tokens / 2) / 2)


def test_copies_of_a_model_on_a_cluster_share_the_time_and_not_the_hours():
    settings = ["hardware.start_s=0.001", "engine.kind=ray", "engine.ray.engine=vllm"]
    one, eight = (stages_of(profile("paper", *settings, f"engine.ray.num_workers={n}")) for n in (1, 8))
    assert eight["responses"].engine_s == pytest.approx(one["responses"].engine_s / 8, rel=1e-3)
    assert eight["responses"].device_hours == pytest.approx(one["responses"].device_hours, rel=1e-3)
    assert eight["qft_model"].engine_s == one["qft_model"].engine_s, "a training is not the cluster's"


def test_lora_takes_fewer_operations():
    full, lora = (stages_of(profile("simple", f"question_tuning.qft.lora_rank={rank}")) for rank in ("null", "8"))
    assert lora["qft_model"].flops == pytest.approx(full["qft_model"].flops * 4 / 6)


def test_api_models_take_money_and_no_hours():
    rewriting = stages_of(profile("paper"))["optimized_questions"]
    assert (rewriting.device_hours, rewriting.engine_s, rewriting.flops) == (0.0, None, 0.0)
    expected = (rewriting.prompt_tokens * 0.15 + rewriting.completion_tokens * 0.60) / 1e6
    assert rewriting.money == pytest.approx(expected)
    assert stages_of(profile("paper", "prices.tokens={}"))["optimized_questions"].money is None
    assert stages_of(profile("embedded"))["responses"].money is None


def test_pairs_of_other_ways_take_the_judge_and_the_solver_instead_of_a_rewriter_alone():
    ways = ("rewrites", "judged_rewrites", "own_samples")
    stages = {way: stages_of(profile("paper", f"question_tuning.pairs={way}")) for way in ways}
    own = {way: found["optimized_questions"] for way, found in stages.items()}
    num, used = own["rewrites"].num_rows, profile("paper")
    assert {stage.num_rows for stage in own.values()} == {num}
    assert own["rewrites"].num_requests == num
    assert own["judged_rewrites"].num_requests == pytest.approx(num * (1 + 2 * 0.95))
    solved = 0.80 * 0.756 * used.difficulty.num_samples
    assert own["own_samples"].num_requests == pytest.approx(num * (0.80 + solved), abs=1)
    assert own["own_samples"].num_kept < own["judged_rewrites"].num_kept < own["rewrites"].num_kept <= num
    rewriter, judge = used.roles.rewriter.model, used.roles.judge.model
    assert own["judged_rewrites"].model == f"{rewriter} + {judge}"
    assert rewriter not in own["own_samples"].model
    assert stages["own_samples"]["qpo_model"].num_rows == own["own_samples"].num_kept
    assert stages["own_samples"]["responses"].prompt_tokens < stages["rewrites"]["responses"].prompt_tokens


def test_the_judge_is_asked_about_questions_of_each_source_sound_and_broken():
    found = stages_of(profile("embedded"))["judge_report"]
    assert (found.num_rows, found.num_requests) == (2 * 2 * 16, 2 * 2 * 2 * 16), "two styles; a text and a probability"
    cheap = stages_of(profile("embedded", "solvability.evidence=[probability]"))["judge_report"]
    assert (cheap.num_requests, cheap.completion_tokens) == (64, 0)
    others = "seeds.sources=[{kind: jsonl, path: x.jsonl}]"
    assert stages_of(profile("embedded", others, "study.num_judged=8"))["judge_report"].num_rows == 2 * (4 + 1) * 8
    server = "engine.servers.other={base_url: 'https://example.org/v1'}"
    far = ("models.gpt={kind: api, id: gpt, server: other}", "roles.judge.model=gpt", server)
    assert stages_of(profile("embedded", *far))["judge_report"].num_requests == 64, "a server says no probability"


def test_each_model_of_an_asset_is_paid_as_it_is_priced():
    plain, judged = (
        stages_of(profile("paper", f"question_tuning.pairs={way}"))["optimized_questions"]
        for way in ("rewrites", "judged_rewrites")
    )
    hours = judged.device_hours * profile("paper").prices.gpu_hour
    assert judged.device_hours > 0
    assert judged.money == pytest.approx(plain.money + hours)


def test_rows_flow_from_stage_to_stage():
    stages = stages_of(profile("paper"))
    assert stages["synthetic_questions"].num_rows == 2_000_000
    for before, after in (
        ("screened_questions", "solvability_verdicts"),
        ("solvability_verdicts", "difficulty_scores"),
        ("difficulty_scores", "deduplicated_questions"),
        ("deduplicated_questions", "responses"),
    ):
        assert stages[before].num_kept == stages[after].num_rows
    assert stages["responses"].num_requests == pytest.approx(5 * stages["responses"].num_rows, abs=5)
    assert stages["difficulty_scores"].num_kept == pytest.approx(1_030_000, rel=0.01)  # the paper's funnel


def test_an_order_of_pairs_takes_as_many_shards_as_it_needs():
    used = profile("embedded")
    for num_pairs in (1, 200, 1234):
        enough = sized(used, num_pairs)
        assert stages_of(enough)["qa_pairs"].num_kept >= num_pairs
        fewer = enough.model_copy(update={"num_shards": enough.num_shards - 1})
        assert enough.num_shards == 1 or stages_of(fewer)["qa_pairs"].num_kept <= num_pairs
    with pytest.raises(ProfileError, match="100000 pairs would take more shards than there may be"):
        sized(used, 100_000)


def test_an_order_is_planned_by_the_generator_that_lags_behind_its_share():
    used = profile("embedded")
    plain = sized(used, 300).num_shards
    mixed = profile("embedded", "release.mix={grade_school: 30, competition: 300}")
    assert sized(mixed, 300).num_shards > 1.5 * plain


def test_growth_is_linear_and_max_tokens_bounds_it():
    small, large = (stages_of(profile("simple", f"num_shards={num}")) for num in (1, 4))
    assert large["responses"].completion_tokens == pytest.approx(4 * small["responses"].completion_tokens, rel=1e-6)
    assert large["qft_model"] == small["qft_model"]
    short = stages_of(profile("simple", "roles.responder.sampling.max_tokens=10"))["responses"]
    assert short.completion_tokens == pytest.approx(10 * short.num_requests, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("Qwen/Qwen2-Math-7B-Instruct", 7),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", 0.135),
        ("Qwen/Qwen2.5-Math-1.5B-Instruct", 1.5),
        ("internlm/internlm2-7b-reward", 7),
        ("meta-llama/Llama-3.1-70B-Instruct", 70),
        ("my-13b-models/tuned-3B", 3),
    ],
)
def test_size_is_read_from_the_name(name, billions):
    used = profile("embedded", f"models.other={{kind: hub, id: {name}, revision: main}}")
    assert billion_parameters(used, "other") == pytest.approx(billions)
    assert billion_parameters(used, "role_model") == 0.135


@pytest.mark.parametrize("name", ["mistralai/Mixtral-8x7B", "microsoft/phi-2", "org/v7beta", "org/7billion"])
def test_a_size_that_the_name_does_not_say_is_an_error(name):
    settings = [f"models.other={{kind: hub, id: {name}, revision: main}}", "models.third={kind: path, path: /m/x/}"]
    used = profile("embedded", *settings, "roles.judge.model=other", "roles.solver.model=third")
    with pytest.raises(ProfileError) as caught:
        plan(used)
    assert "models.other.billion_parameters=7" in str(caught.value)
    assert "models.third.billion_parameters=7" in str(caught.value)
    said = {**used.model_dump(mode="json")}
    for model in ("other", "third"):
        said["models"][model]["billion_parameters"] = 47
    assert plan(validate(said, "test"))


def test_all_assets_that_run_a_model_or_decide_are_planned():
    stages = plan(profile("embedded"))
    assert [stage.asset for stage in stages] == list(STAGES.planned)
    assert {stage.asset: stage.paper_stage for stage in stages if stage.paper_stage} == dict(STAGES.paper_lines)


def test_a_share_that_the_profile_sets_is_no_assumption():
    """Only where a cutoff decides about difficulty are later rows those of a share that may not be known."""
    shares = dict.fromkeys(STAGES.screening, 0.5)
    known = {(asset, g): share for asset, share in shares.items() for g in ("grade_school", "competition")}
    del known["difficulty_scores", "grade_school"], known["difficulty_scores", "competition"]
    sets_it = profile("embedded")
    assert all(generator.share_kept for generator in sets_it.generators.values())
    assert stages_of(sets_it, Measured(keep_rates=known))["responses"].rows_basis == "measured"
    ways = ("drop_easiest=0.0", "min_difficulty=0.5")
    cutoffs = profile("embedded", *(f"generators.{name}.{way}" for name in sets_it.generators for way in ways))
    assert stages_of(cutoffs, Measured(keep_rates=known))["responses"].rows_basis == "assumed"
    assert stages_of(cutoffs, Measured(keep_rates=known))["difficulty_scores"].num_kept > 0


def test_ready_models_need_neither_role_model_nor_reward_training():
    stages = stages_of(profile("paper"))
    assert "role_model" not in stages
    assert "reward_model" not in stages
    retrained = stages_of(profile("embedded", "role_model.retrain=true"))["role_model"]
    assert retrained.completion_tokens == pytest.approx(5000 * 101 + 80 * 39, rel=0.01)


def test_seed_questions_of_unknown_number_are_assumed():
    source = "seeds.sources=[{kind: jsonl, path: x.jsonl}]"
    stage = stages_of(profile("embedded", source, "generators.grade_school.num_seed_questions=null"))["qft_model"]
    assert (stage.num_rows, stage.rows_basis) == (7500 + 160, "assumed")
    assert stages_of(profile("embedded"))["qft_model"].rows_basis == "profile"


def spend(lake: Lake, asset: str, key: dict[str, str], kind: str, cost: Cost) -> None:
    lake.write_costs(asset, key, [Entry(kind=kind, cost=cost)])


@pytest.fixture
def lake(tmp_path):
    """A home's tables where one shard was answered, one model trained and the funnel counted."""
    lake = Lake(tmp_path)
    for generator in ("grade_school", "competition"):
        key = {"generator": generator, "shard": "s0000"}
        own = {"generator": generator}
        spend(lake, "responses", key, "asked", Cost(30, 3000, 900, engine_s=3.0, model="role_model@abc"))
        spend(lake, "response_scores", key, "scored", Cost(27, 3500, 0, engine_s=1.0, model="reward_model@abc"))
        spend(lake, "qft_model", own, "trained", Cost(160, 0, 16_000, engine_s=20.0, model="smollm2@1"))
        spend(lake, "optimized_questions", own, "asked", Cost(40, 4000, 2000, engine_s=2.0, model="other_model@1"))
        spend(lake, "qpo_model", own, "trained", Cost(10, 0, 1000, engine_s=4.0, model=f"qft_model/{generator}@1"))
    rows = [
        {"position": 2, "stage": "screened_questions", "generator": g, "shard": "s0000", "num_input": 40, "num_kept": k}
        for g, k in (("grade_school", 40), ("competition", 20))
    ]
    lake.write("funnel", {}, _funnel(rows))
    return lake


def _funnel(rows: list[dict[str, object]]) -> pl.DataFrame:
    extra = {"num_dropped": 0, "keep_rate": 1.0, "drop_reasons": []}
    return pl.DataFrame([{**row, **extra} for row in rows], schema=polars_schema("funnel"))


def test_what_the_home_has_measured_replaces_what_is_assumed(lake):
    used = profile("embedded", "hardware.start_s=0.001")
    stages = stages_of(used, measured(lake, used))
    responses = stages["responses"]
    assert responses.prompt_tokens == pytest.approx(100 * responses.num_requests, rel=0.01)
    assert responses.completion_tokens == pytest.approx(30 * responses.num_requests, rel=0.01)
    assert responses.engine_s == pytest.approx(responses.completion_tokens / 300, rel=0.01)
    assert (responses.tokens_basis, responses.hours_basis) == ("measured", "measured")
    screened = stages["screened_questions"]
    assert (screened.num_kept, screened.rows_basis) == (120, "measured")
    assert stages["solvability_verdicts"].rows_basis == "assumed"  # its own share is not known
    qft = stages["qft_model"]
    assert (qft.completion_tokens, qft.engine_s) == (32_000, pytest.approx(40, rel=0.01))
    qpo = stages["qpo_model"]
    assert qpo.completion_tokens == pytest.approx(qpo.num_requests * 200)  # counted twice
    assert qpo.engine_s == pytest.approx(qpo.num_requests * 0.4, rel=0.01)
    assert stages["raw_questions"].tokens_basis == "assumed"


def test_what_another_model_used_tells_nothing(lake):
    home = profile("embedded")
    assert stages_of(home, measured(lake, home))["optimized_questions"].tokens_basis == "assumed"  # Cost.model differs
    other = profile("embedded", "models.smollm2={kind: path, path: /m/other-1B}")
    assert {s.tokens_basis for s in plan(other, measured(lake, home)) if s.model} == {"assumed"}
    longer = stages_of(profile("embedded", "question_tuning.qft.num_epochs=4"), measured(lake, home))["qft_model"]
    assert longer.completion_tokens == 64_000


def test_seconds_of_another_machine_are_not_used(lake):
    home = profile("embedded")
    stage = stages_of(profile("embedded", "hardware.peak_tflops=8"), measured(lake, home))["responses"]
    assert (stage.tokens_basis, stage.hours_basis) == ("measured", "assumed")


def test_an_empty_home_has_measured_nothing(tmp_path):
    used = profile("embedded")
    assert plan(used, measured(Lake(tmp_path / "none"), used)) == plan(used)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_shipped_profile_is_shown(name):
    used = profile(name)
    stages = plan(used)
    console = Console(width=140, record=True, file=None, quiet=False)
    with console.capture() as shown:
        console.print(table(used, stages, console.width))
        console.print(paper_table(beside_paper(used, stages)))
    idle = [stage.asset for stage in stages if stage.model is None and stage.num_kept is None]
    assert idle == ["observed_difficulty"], "no shipped profile has a weak solver"
    assert [stage.asset for stage in stages if stage.asset not in shown.get()] == idle
    assert ("GPU-h" in shown.get()) == used.hardware.is_gpu
    assert notes(used, stages)[-1].endswith("--json")
    printed = document(used, stages)
    assert len(printed["stages"]) == len(stages)
    assert all(math.isfinite(value) for value in printed["total"].values() if value is not None)


def test_a_weak_solver_answers_each_question_as_often_as_the_responder():
    found = stages_of(
        profile("paper", "roles.weak_solver={model: qwen2_math, sampling: {temperature: 0.7, max_tokens: 100}}")
    )
    asked, weak = found["responses"], found["observed_difficulty"]
    assert (weak.num_requests, weak.model) == (asked.num_requests, "qwen2_math")
    assert 0 < weak.completion_tokens <= 100 * weak.num_requests < asked.completion_tokens


def test_every_assumption_has_a_reason():
    assert all(len(assumption.reason) > 15 for assumption in ASSUMED.values())


def test_a_gguf_file_s_conversion_is_in_the_plan():
    source = "sources: [{kind: hub, id: org/model-GGUF, file: model-1.5b-q4.gguf}]"
    entry = f"models.q={{kind: gguf, sha256: {'a' * 64}, {source}}}"
    used = profile("embedded", entry, "roles.judge={model: q}")
    stages = plan(used)
    (said,) = [note for note in notes(used, stages) if note.startswith("Model q is fetched and converted once")]
    assert (
        "3.0 GB of disk; memory: 5.7 GB while they are converted (once), then 3.3 GB in int8, 4.2 GB in bfloat16"
        in said
    )
    assert document(used, stages)["conversions"]["q"]["disk_bytes"] == 3_000_000_000
    assert conversions(profile("embedded")) == {}
