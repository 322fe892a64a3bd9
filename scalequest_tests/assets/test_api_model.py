"""A role filled by a model behind a real server that misbehaves: from the profile to the table."""

from collections.abc import Iterator

import dagster as dg
import pytest

from scalequest_assets.engines.openai.engine import OpenAIEngine
from scalequest_assets.engines.opening import ApiFactory, ModelHandle, ProfileFactory
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.errors import EngineError
from scalequest_tests.conftest import FakeRun
from scalequest_tests.engines.misbehaving_server import MisbehavingServer, seeded_faults
from scalequest_tests.fakes import FakeChat, FakeEngine, FakeFactory

KEY = "sk-secret-0123456789abcdef"
PARTITION = {"generator": "grade_school"}
UPSTREAM = ("seed_questions", "role_model", "generator_config", "qft_model", "raw_questions")


class MixedFactory(FakeFactory):
    """Fakes, but for models behind a server."""

    def __init__(self, engine: EngineSettings) -> None:
        super().__init__()
        self._api = ApiFactory(engine.servers)

    def generation(self, handle: ModelHandle) -> FakeEngine | OpenAIEngine:
        return self._api.generation(handle) if handle.server else super().generation(handle)

    def chat(self, handle: ModelHandle) -> FakeChat:
        return self._api.chat(handle) if handle.server else super().chat(handle)


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer(seeded_faults(seed=5)) as server:
        yield server


def test_a_role_behind_a_server_that_fails_at_a_third_of_its_answers(tmp_path, server, monkeypatch):
    monkeypatch.setenv("REWRITER_KEY", KEY)
    run = FakeRun(tmp_path)
    far = f"{{base_url: '{server.base_url}', key_env: REWRITER_KEY, max_concurrency: 8, timeout_s: 1}}"
    run.use(
        "models.gpt={kind: api, id: gpt-4o-mini-2024-07-18, server: far}",
        f"engine.servers.far={far}",
        "engine.max_error_share=0.5",
        "prices.tokens.gpt={prompt_million: 0.15, completion_million: 0.6}",
        "roles.rewriter={model: gpt, prompt_style: full}",
    )
    run.factory = MixedFactory(run.profile.engine)
    run.use()
    run.make(*UPSTREAM)
    run.make("optimized_questions")
    rows = run.lake.scan("optimized_questions", [PARTITION]).collect()
    assert rows.height == run.profile.question_tuning.num_raw_questions
    assert rows["engine"].str.starts_with("openai 127.0.0.1").all()
    assert not rows["is_exact"].any()
    cost = run.lake.read_cost("optimized_questions", PARTITION)
    assert (cost.model, cost.device.split(":")[0], cost.gpu_s) == ("gpt@api:gpt-4o-mini-2024-07-18", "127.0.0.1", 0)
    assert cost.num_retries > 0
    assert server.highest <= 8
    num_sent = len(server.arrivals)
    run.make("optimized_questions", force=True)
    assert len(server.arrivals) - num_sent <= 2 * rows["error"].count(), "what was answered is not asked again"
    told = [str(record.event_log_entry) for record in run.instance.get_event_records(dg.EventRecordsFilter(
        dg.DagsterEventType.ASSET_MATERIALIZATION))]  # fmt: skip
    assert told
    assert KEY not in "".join(told)
    assert all(KEY not in file.read_text(errors="replace") for file in tmp_path.rglob("*") if file.is_file())


def test_a_key_that_is_not_set_is_named_and_a_chat_model_cannot_score(monkeypatch, tmp_path):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    engine = EngineSettings(servers={"far": {"base_url": "http://localhost:1/v1", "key_env": "NO_SUCH_KEY"}})
    factory = ProfileFactory(engine, tmp_path)
    handle = ModelHandle(name="gpt", path="gpt", version="api:gpt", server="far")
    with pytest.raises(EngineError, match="NO_SUCH_KEY"):
        factory.generation(handle)
    with pytest.raises(EngineError, match="cannot score"):
        factory.scoring(handle)
    with pytest.raises(EngineError, match="question generator"):
        factory.chat(handle).question_prefix(None)
