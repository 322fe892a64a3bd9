import hashlib
import json
from pathlib import Path

import pytest

from scalequest_assets.config.file import (
    differences,
    dump,
    edit_document,
    parse_document,
    read_profile,
    shipped_profiles,
    validate,
)
from scalequest_assets.config.profile import MAX_PARTITIONS
from scalequest_assets.config.sources import FileSource, source_name
from scalequest_assets.errors import ProfileError


def profile(*settings: str):
    return validate(edit_document(read_profile("embedded"), settings), "test")


@pytest.mark.parametrize("name", shipped_profiles())
def test_shipped_profiles_are_valid_and_survive_a_round_trip(name):
    first = validate(read_profile(name), name)
    assert validate(parse_document(dump(first), name), name) == first


def test_an_unknown_style_is_named_beside_other_mistakes():
    with pytest.raises(ProfileError, match="2 problems") as caught:
        profile("seeds.sources=[{kind: families, style: poems}]", "num_shards=0")
    assert "seeds.sources.0.style: maths has no style 'poems'\n    -> one of: grade_school" in str(caught.value)


def test_three_mistakes_are_named_in_one_message_with_their_remedies():
    with pytest.raises(ProfileError) as caught:
        profile("num_shard=3", "question_sampling.temperature=hot", "roles.judge.model=gpt")
    text = str(caught.value)
    assert "3 problems" in text
    for expected in (
        "num_shard: unknown key",
        "did you mean 'num_shards'?",
        "question_sampling.temperature",
        "'hot'",
        "roles.judge.model: no model is named 'gpt'",
        "smollm2, role_model",
    ):
        assert expected in text


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("seeds.sources=[]", "no source of seed questions"),
        ("seeds.sources=[{kind: jsonl}]", "path"),
        ("seeds.sources=[{kind: excel, path: x}]", "kind"),
        (
            "seeds.sources=[{kind: families, style: grade_school, generators: [nobody]}]",
            "no generator is named 'nobody'",
        ),
        ("seeds.sources=[{kind: families, style: grade_school, generators: [grade_school]}]", "generators.competition"),
        ("num_shards=150", "num_shards"),
        ("num_shards=0", "num_shards"),
        ("dedup.threshold=0", "dedup.threshold"),
        ("screening.min_tokens=500", "screening: min_tokens (500)"),
        ("models.role_model={kind: path, path: x}", "stands for the asset"),
        ("question_tuning.qft.learning_rate=2e-5 per step", "question_tuning.qft.learning_rate"),
        ("name=Bad Name", "name"),
        ("models.other={kind: hub, id: a/b, revision: main@x}", "models.other.revision: String"),
        ("models.other={kind: path, path: x, pth: y}", "models.other.pth: unknown key\n    -> did you mean 'path'?"),
        ("models.other={kind: path}", "models.other.path: missing"),
        ("models.Bad Name={kind: path, path: x}", "models.Bad Name: String"),
        ("models=3", "-> the value must be: keys with values of their own"),
        ("generators={}", "generators"),
        ("solvability.evidence=[votes]", "roles.judge.sampling.temperature: 0, at which all votes"),
        ("engine={kind: vllm, scoring_dtype: int8}", "engine.scoring_dtype: engine.kind vllm has no int8"),
        ("engine={kind: ray, dtype: int8, ray: {engine: vllm}}", "engine.dtype: engine.kind vllm has no int8"),
        (
            "engine={kind: ray, ray: {engine: vllm, gpus_per_worker: 1}, vllm: {tensor_parallel_size: 2}}",
            "engine.ray.gpus_per_worker: 1, and engine.vllm.tensor_parallel_size has 2 GPUs share one model\n    -> 2",
        ),
        ("engine.ray.address=ray://head:10001", "engine.ray.address"),
        ("engine.ray.gpus_per_worker=1.5", "Ray gives no worker 1.5 GPUs\n    -> a whole number, or one below 1"),
        (
            "question_sampling={max_tokens: 64}",
            "question_sampling.temperature: 0, at which all questions of a generator",
        ),
        (
            "roles.responder.sampling.temperature=0.0",
            "roles.responder.sampling.temperature: 0, at which all 4 samples (answers.num_samples) are the same text",
        ),
        ("roles.solver.sampling.temperature=0", "(difficulty.num_samples) are the same text"),
        ("roles.solver={model: role_model}", "roles.solver.sampling.temperature: 0, at which all"),
        (
            ("budget={max_usd: 5}", "prices={currency: EUR}"),
            "budget.max_usd: is in dollars, and prices.currency is EUR\n    -> prices in USD",
        ),
        ("seeds.sources=[{kind: families, style: grade_school, generators: 5}]", "seeds.sources.0.generators"),
        (
            "seeds.sources=[{kind: families, style: grade_school, generators: competition}]",
            "seeds.sources.0.generators",
        ),
        ("models={1: {kind: path, path: x}}", "no model is named 'smollm2'\n    -> one of: 1"),
        ("models.far={kind: api, id: [1], server: near}", "models.far.id"),
        ("answers.gap.min=0.2", "answers.gap: a gap is the responder's pass rate less that of roles.weak_solver"),
        ("answers.pass_rate={min: 0.5, max: 0.4}", "min 0.5 is above max 0.4"),
        ("solvability.evidence=[hunch]", "solvability.evidence"),
        ("solvability.evidence=[verdict, verdict]", "a kind of evidence is named twice"),
        ("generators.competition.min_difficulty=0.3", "drop_easiest and min_difficulty exclude each other"),
        ("generators.competition.target_difficulty={weights: [0, 0], keep: 0.5}", "all weights are 0"),
    ],
)
def test_what_cannot_work_is_an_error_that_names_the_key(setting, expected):
    with pytest.raises(ProfileError, match="problem") as caught:
        profile(*([setting] if isinstance(setting, str) else setting))
    assert expected in str(caught.value)


@pytest.mark.parametrize("text", ["{{a}: 1}: 2", "models: {[a]: 1}"])
def test_a_key_that_is_no_name_is_an_error_of_the_file(text):
    with pytest.raises(ProfileError, match="a key is a name"):
        parse_document(text, "a file")


API = "models.gpt={kind: api, id: gpt, server: openai}"
SERVER = "engine.servers.openai={base_url: 'https://example.org/v1'}"


def test_an_api_model_can_fill_every_role():
    used = profile(API, SERVER, *(f"roles.{role}.model=gpt" for role in ("rewriter", "judge", "solver", "responder")))
    assert used.models["gpt"].server in used.engine.servers


def test_an_api_model_can_be_neither_trained_nor_score():
    places = ("generators.competition.base", "role_model.base", "difficulty.base", "reward_model.base")
    with pytest.raises(ProfileError) as caught:
        profile(API, SERVER, *(f"{place}=gpt" for place in places))
    text = str(caught.value)
    assert "4 problems" in text
    for place in places:
        assert f"{place}: 'gpt' is an api model, which can neither be trained nor score\n    -> one of: smollm2" in text
    with pytest.raises(ProfileError, match=r"reward_model\.model: 'gpt' is an api model"):
        profile(API, SERVER, "reward_model={kind: ready, model: gpt}")


def test_servers_and_prices_are_of_what_there_is():
    prices = "prices.tokens.gtp={prompt_million: 1, completion_million: 2}"
    with pytest.raises(ProfileError) as caught:
        profile(API, prices, "engine.servers.local={base_url: 'http://localhost:8000/v1'}")
    text = str(caught.value)
    assert "models.gpt.server: engine.servers has no 'openai'\n    -> one of: local" in text
    paid = "only models behind a server (kind api) are paid by token"
    assert f"prices.tokens.gtp: {paid}\n    -> one of: gpt; others cost prices.gpu_hour" in text
    with pytest.raises(ProfileError, match=r"none yet; or add engine\.servers\.openai\.base_url"):
        profile(API)


def test_models_of_one_name_on_two_servers_need_revisions():
    both = (
        "models.one={kind: api, id: default, server: a}",
        "models.two={kind: api, id: default, server: b}",
        "engine.servers.a={base_url: 'http://localhost:1/v1'}",
        "engine.servers.b={base_url: 'http://localhost:2/v1'}",
    )
    with pytest.raises(ProfileError, match=r"models\.two\.revision: the same id and revision as models\.one"):
        profile(*both)
    assert profile(*both, "models.two.revision=b").models["two"].revision == "b"


@pytest.mark.parametrize("revision", ["main", "v1.0", "refs/pr/3", "feature/x", "0123456789" * 4])
def test_a_profile_file_may_name_a_branch_a_tag_or_a_commit(revision):
    used = profile(f"models.other={{kind: hub, id: a/b, revision: '{revision}'}}")
    assert used.models["other"].revision == revision


def test_too_many_partitions_are_refused_with_the_numbers():
    generators = ", ".join(f"g{i}: {{base: smollm2}}" for i in range(3))
    with pytest.raises(
        ProfileError, match=rf"3 generators x 90 shards = 270 partitions[\s\S]*at most {MAX_PARTITIONS}"
    ):
        profile(
            "num_shards=90", f"generators={{{generators}}}", "seeds.sources=[{kind: families, style: grade_school}]"
        )


@pytest.mark.parametrize("setting", ["num_shards", "num_shards.x=3", "name=[unclosed"])
def test_a_setting_that_is_none_is_an_error(setting):
    with pytest.raises(ProfileError):
        profile(setting)


@pytest.mark.parametrize("text", ["", "- a\n- b", "name: [", "name: a\nname: b", "\x00"])
def test_a_document_that_is_no_profile_is_an_error(text):
    with pytest.raises(ProfileError):
        parse_document(text, "file.yaml")


def test_a_profile_file_that_is_not_utf8_is_an_error(tmp_path: Path):
    path = tmp_path / "p.yaml"
    path.write_bytes(b"name: \xff")
    with pytest.raises(ProfileError, match="not UTF-8 at byte 6"):
        read_profile(str(path))
    with pytest.raises(ProfileError, match="one of: embedded"):
        read_profile("nowhere.yaml")


def test_growth_engine_and_unrelated_models_leave_fingerprints_alone():
    keys = ["seeds", "roles.judge", "question_tuning.qft", "question_sampling", "random_seed"]
    sources = [{**s, "generators": None} for s in read_profile("embedded")["seeds"]["sources"]]
    grown = profile(
        "num_shards=9",
        "engine.batch_size=8",
        "models.other={kind: hub, id: a/b, revision: 0123456789012345678901234567890123456789}",
        "generators.third={base: smollm2}",
        f"seeds.sources={json.dumps(sources)}",
    )
    assert grown.fingerprint(*keys) == profile().fingerprint(*keys)


def test_what_identifies_the_data_changes_the_fingerprint():
    assert profile("roles.judge.sampling.max_tokens=99").fingerprint("roles.judge") != profile().fingerprint(
        "roles.judge"
    )
    other_model = profile("models.smollm2={kind: path, path: /x}")
    assert other_model.fingerprint("role_model") != profile().fingerprint("role_model")
    assert other_model.generator_slice("competition") != profile().generator_slice("competition")


def test_an_api_model_cannot_decide_by_a_probability():
    wanted = "solvability.evidence=[probability]"
    assert profile(wanted, "engine.kind=vllm").solvability.evidence == ("probability",)
    with pytest.raises(ProfileError, match=r"solvability\.evidence: the judge is an api model"):
        profile(wanted, API, SERVER, "roles.judge.model=gpt")


def test_what_decides_solvability_is_identified_and_what_was_always_so_is_not():
    before = {"solvability": {"rule": "final"}}
    unchanged = hashlib.sha256(json.dumps(before, sort_keys=True).encode()).hexdigest()[:8]
    assert profile().fingerprint("solvability") == unchanged
    named = ("evidence=[probability]", "combine=any", "threshold=0.4", "num_votes=3")
    changed = {profile(f"solvability.{setting}").fingerprint("solvability") for setting in named}
    assert len({*changed, unchanged}) == 5


def test_source_names_come_from_style_file_or_data_set():
    sources = profile(
        "seeds.sources=[{kind: jsonl, path: /data/gsm8k/train.jsonl}, {kind: parquet, path: My File.parquet}, "
        f"{{kind: hub, id: openai/gsm8k, revision: {'0123456789' * 4}}}, {{kind: families, style: competition}}, "
        "{kind: jsonl, path: x.jsonl, name: mine}]"
    ).seeds.sources
    assert [source_name(source) for source in sources] == ["gsm8k_train", "my_file", "gsm8k", "competition", "mine"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/d/gsm8k/train.jsonl.gz", "gsm8k_train"),
        ("a.b.jsonl.zst", "a_b"),
        ("/d/school/", "school"),
        ("/d/school/*.csv", "school"),
        ("/d/school/train/**/part-[0-9]*.parquet", "school_train"),
        ("*.jsonl", "questions"),
    ],
)
def test_compressed_files_folders_and_patterns_have_short_names(path, expected):
    assert source_name(FileSource(kind="jsonl", path=path)) == expected


def test_two_sources_of_one_name_are_an_error_beside_others():
    twice = "{kind: jsonl, path: train.jsonl}, {kind: jsonl, path: ./train.jsonl}"
    with pytest.raises(ProfileError, match="2 problems") as caught:
        profile(f"seeds.sources=[{twice}]", "num_shards=0")
    said = "seeds.sources: two sources are named 'train'\n    -> give each a `name` of its own"
    assert said in str(caught.value)
    named = "{kind: jsonl, path: a.jsonl, name: x}, {kind: jsonl, path: b.jsonl, name: x}"
    with pytest.raises(ProfileError, match=r"benchmarks\.sources: two sources are named 'train', two .* named 'x'"):
        profile(f"benchmarks.sources=[{twice}, {named}]")


def test_differences_name_key_old_and_new():
    assert differences(profile(), profile("num_shards=3")) == ["num_shards: 2 -> 3"]


def test_a_star_in_a_setting_stands_for_every_key_there_is():
    used = profile("generators.*.num_seed_questions=80", "generators.competition.num_seed_questions=9")
    assert {name: g.num_seed_questions for name, g in used.generators.items()} == {"grade_school": 80, "competition": 9}
    assert edit_document({"mix": {"a": 1, "b": 2}}, ["mix.*=5"]) == {"mix": {"a": 5, "b": 5}}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("release.mix.*.x=1", r"'release\.mix\.\*' stands for nothing"),
        ("name.x=1", "'name' is not a mapping"),
        ("generators.*.base.x=1", r"'generators\.\*\.base' is not a mapping"),
    ],
)
def test_a_setting_that_leads_nowhere_says_where(setting, expected):
    with pytest.raises(ProfileError, match=expected):
        profile(setting)


@pytest.mark.parametrize("word", ["off", "OFF", "on", "no", "No", "yes", "y", "2024-01-01"])
def test_words_that_yaml_once_took_for_booleans_or_dates_are_text(word):
    assert edit_document({}, [f"a.b={word}"]) == {"a": {"b": word}}
    assert parse_document(f"a: {word}\n{word}: a", "file.yaml") == {"a": word, word: "a"}


def test_a_rule_is_switched_off_without_quotes():
    assert profile("screening.language=off").screening.language == "off"


@pytest.mark.parametrize(("word", "expected"), [("true", True), ("FALSE", False), ("off", False), ("yes", True)])
def test_settings_that_are_booleans_understand_the_old_words_too(word, expected):
    assert profile(f"screening.contamination.masked={word}").screening.contamination.masked is expected


@pytest.mark.parametrize("text", ["truely", "falsehood", "true story"])
def test_a_word_that_begins_like_a_boolean_is_text(text):
    assert edit_document({}, [f"a={text}"]) == {"a": text}
