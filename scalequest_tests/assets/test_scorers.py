"""The models that score, through Dagster: what they learn from, what they are measured on, and who is used instead."""

import dagster as dg
import polars as pl
import pytest

from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.engines.transformers.engine import TransformersScorer
from scalequest_assets.errors import EngineError
from scalequest_assets.subjects.maths.prompts import solve
from scalequest_tests.conftest import FakeRun
from scalequest_tests.engines.remote_reward import make_remote_reward
from scalequest_tests.fakes import FakeChat, FakeEngine, FakeFactory
from scalequest_tests.maths import split

UPSTREAM = ("seed_questions", "role_model", "seed_responses")
SCORERS = ("difficulty_model", "reward_model")
SHARD = {"generator": "competition", "shard": "s0000"}


class RealScorers(FakeFactory):
    """Fakes, but for the ready model `reward`, which is a real one."""

    def scoring(self, handle: ModelHandle) -> FakeEngine | TransformersScorer:
        if handle.name != "reward":
            return super().scoring(handle)
        return TransformersScorer(handle.path, trust_remote_code=handle.trust_remote_code, device="cpu")

    def chat(self, handle: ModelHandle) -> FakeChat | ChatFormat:
        if handle.name != "reward":
            return super().chat(handle)
        return ChatFormat(handle.path, trust_remote_code=handle.trust_remote_code)


def metadata(run: FakeRun, asset: str) -> dict[str, dg.MetadataValue]:
    return run.instance.get_latest_materialization_event(dg.AssetKey(asset)).asset_materialization.metadata


def check(run: FakeRun, asset: str, name: str) -> dg.AssetCheckEvaluation:
    key = dg.AssetCheckKey(dg.AssetKey(asset), name)
    records = run.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
    return records[key].event.dagster_event.asset_check_evaluation_data


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    run = FakeRun(tmp_path_factory.mktemp("scorers"))
    run.use("difficulty.num_questions=40", "difficulty.held_out_share=0.25", "reward_model.held_out_share=0.5")
    run.make(*UPSTREAM, *SCORERS)
    return run


@pytest.mark.parametrize(("asset", "share"), [("difficulty_model", 0.25), ("reward_model", 0.5)])
def test_no_held_out_question_is_learned_from(made: FakeRun, asset: str, share: float):
    samples = made.lake.scan("seed_responses", [{}]).collect()
    path, record = made.resources.models.store.current(asset)
    learned = (path / "model.safetensors").read_text()  # the fake trainer writes down what it was given
    part, held_out = split(samples, "query", share=share, seed=made.profile.random_seed)
    assert held_out["query"].n_unique() == round(share * samples["query"].n_unique())
    found = {query for query in samples["query"] if solve.prompt(query, "compact").split("\n")[0] in learned}
    assert not found & set(held_out["query"])
    assert found <= set(part["query"])
    assert asset != "difficulty_model" or found == set(part["query"])
    figures = record.extra["held_out"]
    assert figures["num_rows" if asset == "difficulty_model" else "num_questions"] <= held_out["query"].n_unique()


def test_figures_are_those_of_the_scores(made: FakeRun):
    samples = made.lake.scan("seed_responses", [{}]).collect()
    rates = samples.group_by("query", maintain_order=True).agg(rate=1 - pl.col("is_correct").mean())
    learned, held_out = split(rates, "query", share=0.25, seed=made.profile.random_seed)
    scores = pl.Series([(sum(query.encode()) % 997) / 997 for query in held_out["query"]])  # what the fake engine says
    figures = made.resources.models.store.current("difficulty_model")[1].extra["held_out"]
    assert figures["num_rows"] == held_out.height == 10
    assert figures["mse"] == pytest.approx(((held_out["rate"] - scores) ** 2).mean())
    assert figures["constant_mse"] == pytest.approx(((held_out["rate"] - learned["rate"].mean()) ** 2).mean())


def test_figures_and_pictures_are_in_the_metadata_and_the_checks_say_what_they_show(made: FakeRun):
    for asset, name in (
        ("difficulty_model", "difficulty_model_beats_the_constant"),
        ("reward_model", "reward_model_beats_chance"),
    ):
        shown = metadata(made, asset)
        assert shown["calibration"].records
        assert shown["held_out_figures"].value == made.resources.models.store.current(asset)[1].extra["held_out"]
        verdict = check(made, asset, name)
        assert verdict.severity == dg.AssetCheckSeverity.WARN
        assert verdict.description == shown["held_out"].value
        assert "held-out" in verdict.description
    assert sum(row.data["rows"] for row in metadata(made, "reward_model")["margins"].records) > 0


def test_training_and_measuring_are_two_entries_of_the_costs(made: FakeRun):
    for asset in SCORERS:
        trained, scored = made.lake.read_costs(asset, {})
        record = made.resources.models.store.current(asset)[1]
        assert (trained.kind, trained.cost.num_requests) == ("trained", record.extra["num_rows"])
        assert (trained.cost.model, trained.cost.engine_s) == (f"role_model@{record.base_version}", record.train_s)
        assert (scored.kind, scored.cost.model) == ("scored", made.resources.models.handle(asset).label)
        assert scored.cost.prompt_tokens > 0


def test_measuring_again_trains_nothing_and_scores_nothing(made: FakeRun):
    trained, calls = made.trainer.num_trained, made.factory.calls.total()
    versions = [made.resources.models.handle(asset).version for asset in SCORERS]
    assert made.make(*SCORERS, force=True) == list(SCORERS)
    assert (made.trainer.num_trained, made.factory.calls.total()) == (trained, calls)
    assert [made.resources.models.handle(asset).version for asset in SCORERS] == versions
    assert made.resources.models.store.current("reward_model")[1].extra["held_out"]


def test_nothing_held_out_is_said_and_not_passed(fake_run: FakeRun):
    fake_run.use("difficulty.held_out_share=0", "reward_model.held_out_share=0")
    fake_run.make(*UPSTREAM, *SCORERS)
    for asset, name in zip(SCORERS, ("difficulty_model_beats_the_constant", "reward_model_beats_chance"), strict=True):
        verdict = check(fake_run, asset, name)
        assert (verdict.passed, verdict.description[:12]) == (False, "not measured")
        assert "calibration" not in metadata(fake_run, asset)


def test_a_ready_reward_model_is_measured_and_used(tmp_path):
    run = FakeRun(tmp_path)
    run.factory = RealScorers()
    path = make_remote_reward(tmp_path / "ready_reward", context=512)  # two workers must not share its cached code
    run.use(
        f"models.reward={{kind: path, path: {path}, trust_remote_code: false}}",
        "reward_model={kind: ready, model: reward, num_measured: 6}",
    )
    run.make(*UPSTREAM)
    with pytest.raises(EngineError, match="trust_remote_code=true"):
        run.make("reward_model")
    run.use("models.reward.trust_remote_code=true")
    run.make("reward_model")
    record = run.resources.models.store.current("reward_model")[1]
    assert record.kind == "reference"
    assert 1 <= record.extra["held_out"]["num_questions"] <= 6
    assert "pairs" in check(run, "reward_model", "reward_model_beats_chance").description
    assert run.lake.read_cost("reward_model", {}).model == run.resources.models.handle("reward").label
    scored = score_responses(run)
    scorer = TransformersScorer(str(path), trust_remote_code=True, device="cpu")
    tokenizer = scorer._tokenizer
    for row in scored.iter_rows(named=True):
        turns = [{"role": "user", "content": solve.prompt(row["query"], "compact")}]
        turns.append({"role": "assistant", "content": row["response"]})
        text = tokenizer.apply_chat_template(turns, tokenize=False)
        assert row["reward"] == pytest.approx(own_score(scorer, text), abs=1e-5)


def score_responses(run: FakeRun) -> pl.DataFrame:
    """Write two responses as if they had been sampled, and return them scored."""
    row = {**SHARD, "query_id": "competition/s0000/000000", "query": "What is 1 + 1?", "num_tokens": 9, "seed": 1}
    row |= {"finish_reason": "stop", "error": None, "engine": "fake 1", "is_exact": True, "reasoning": None}
    texts = ["It is \\boxed{2}.", "One and one are three: \\boxed{3}."]
    run.lake.write("responses", SHARD, pl.DataFrame([row | {"sample_idx": i, "response": texts[i]} for i in (0, 1)]))
    target = next(target for target in run.graph.targets("response_scores") if target.partition == SHARD)
    run.graph.make(target)
    return run.lake.scan("response_scores", [SHARD]).collect()


def own_score(scorer: TransformersScorer, text: str) -> float:
    import torch

    ids = scorer._tokenizer(text, add_special_tokens=False)["input_ids"] + [scorer._model.config.reward_token_id]
    with torch.inference_mode():
        mask = torch.ones(1, len(ids), dtype=torch.long)
        return float(scorer._model(input_ids=torch.tensor([ids]), attention_mask=mask).logits[0])
