from pathlib import Path

import pytest
import yaml

from scalequest_assets.config.file import dump, edit_document, read_profile, validate
from scalequest_assets.errors import ProfileError
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import home_profile, planned_profile, use_profile
from scalequest_assets.storage.revisions import branches, with_commits

OLD, NEW = "a" * 40, "b" * 40
QWEN = "models.qwen={kind: hub, id: Qwen/Qwen2-Math-7B, revision: main}"


class Hub:
    """Answers from a table, and notes what it was asked."""

    def __init__(self, **commits: str) -> None:
        self.commits, self.asked = commits, []

    def __call__(self, kind, repository, revision):
        self.asked.append((kind, repository, revision))
        if revision not in self.commits:
            raise ConnectionError("no route\nto the hub")
        return self.commits[revision]


def file_with(tmp_path, *settings: str) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(dump(validate(edit_document(read_profile("embedded"), settings), "test")))
    return str(path)


def test_a_home_holds_the_commits_that_its_branches_were(tmp_path):
    source = "benchmarks.sources=[{kind: hub, id: openai/gsm8k, revision: v1, split: test}]"
    known = "known_questions.sources=[{kind: hub, id: someone/old, revision: v1, columns: {id: key}}]"
    home, hub = Home(Path(tmp_path / "home")), Hub(main=OLD, v1=NEW)
    used, _ = use_profile(home, file_with(tmp_path, QWEN, source, known), (), lookup=hub)
    assert (used.models["qwen"].revision, used.benchmarks.sources[0].revision) == (OLD, NEW)
    assert used.known_questions.sources[0].revision == NEW
    datasets = {("dataset", name, "v1") for name in ("openai/gsm8k", "someone/old")}
    assert set(hub.asked) == {("model", "Qwen/Qwen2-Math-7B", "main"), *datasets}
    assert home_profile(home) == used
    written = yaml.safe_load(home.profile_file.read_text())
    assert branches(written) == []


def test_later_runs_ask_nothing_and_naming_the_file_again_shows_a_moved_branch(tmp_path):
    home, file = Home(Path(tmp_path / "home")), file_with(tmp_path, QWEN)
    use_profile(home, file, (), lookup=Hub(main=OLD))
    silent = Hub()
    assert use_profile(home, None, ["num_shards=3"], lookup=silent)[1] == ["num_shards: 2 -> 3"]
    assert silent.asked == []
    _, changes = use_profile(home, file, ["num_shards=3"], lookup=Hub(main=NEW))
    assert changes == [f"models.qwen.revision: {OLD} -> {NEW}"]
    used, _ = use_profile(home, None, ["models.qwen.revision=main"], lookup=Hub(main=OLD))
    assert used.models["qwen"].revision == OLD


def test_offline_every_repository_is_named_and_no_home_is_made(tmp_path):
    home = Home(Path(tmp_path / "home"))
    with pytest.raises(ProfileError) as caught:
        use_profile(home, "paper", (), lookup=Hub())
    text = str(caught.value)
    for expected in (
        "models.qwen2_math.revision: Qwen/Qwen2-Math-7B-Instruct at 'main': ConnectionError: no route\n",
        "models.internlm2_reward.revision",
        "seeds.sources.0.revision and 1 more: openai/gsm8k",
        "--set models.NAME.revision=",
    ):
        assert expected in text
    assert "gpt_4o_mini" not in text
    assert not (tmp_path / "home").exists()


def test_a_repository_is_asked_once(tmp_path):
    hub = Hub(main=OLD)
    paper = validate(read_profile("paper"), "paper").model_dump(mode="json")
    sources = [*paper["models"].values(), *paper["seeds"]["sources"], *paper["benchmarks"]["sources"]]
    named = [source["id"] for source in sources if source["kind"] == "hub"]
    resolved = with_commits(paper, hub)
    assert len(hub.asked) == len(set(hub.asked)) == len(set(named)) < len(named)
    assert branches(resolved) == []
    assert with_commits(resolved, Hub()) == resolved


def test_an_answer_that_is_no_commit_is_an_error(tmp_path):
    document = validate(edit_document(read_profile("embedded"), [QWEN]), "test").model_dump(mode="json")
    with pytest.raises(ProfileError, match="no commit"):
        with_commits(document, Hub(main="None"))
    assert document["models"]["qwen"]["revision"] == "main"


def test_a_branch_written_into_a_home_by_hand_is_an_error(tmp_path):
    home = Home(Path(tmp_path))
    use_profile(home, file_with(tmp_path, QWEN), (), lookup=Hub(main=OLD))
    home.profile_file.write_text(home.profile_file.read_text().replace(OLD, "main"))
    with pytest.raises(ProfileError, match=r"models\.qwen\.revision"):
        home_profile(home)


def test_planning_reads_a_home_and_writes_nothing(tmp_path):
    home = Home(Path(tmp_path / "home"))
    planned, own = planned_profile(home, None, ["num_shards=5"])
    assert (planned.name, planned.num_shards, own) == ("embedded", 5, None)
    assert not (tmp_path / "home").exists()
    use_profile(home, None, ["num_shards=3"])
    before = sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "home").rglob("*"))
    planned, own = planned_profile(home, None, ["questions_per_shard=7"])
    assert (planned.num_shards, planned.questions_per_shard, own.questions_per_shard) == (3, 7, 40)
    assert planned_profile(home, "paper", ())[0].models["qwen2_math"].revision == "main"
    assert planned_profile(home, "paper", ())[1] is None
    assert sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "home").rglob("*")) == before
