"""`scalequest run --pairs N` releases exactly N pairs, keeps them in a larger order, and says why it cannot go on."""

from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.cli import making
from scalequest_assets.cli.ordering import Order, Yield, next_num_shards, order_of, settings_of
from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import ScalequestError
from scalequest_assets.release.mix import given, quotas
from scalequest_assets.storage.home import Home
from scalequest_tests.conftest import CommandLine, FakeRun
from scalequest_tests.fakes import fake_resources

LONGEST_ROW = 2000
"""Tokens of one row of the fake engine, or of one fake training, at most."""


def profile(*settings: str) -> Profile:
    """Two generators of 80 questions a shard each."""
    more = ("questions_per_shard=80", *settings)
    return validate(edit_document(read_profile("embedded"), more), "embedded")


def found(num_shards: int, grade_school: int, competition: int) -> Yield:
    return Yield(num_shards, 160 * num_shards, {"grade_school": grade_school, "competition": competition})


MIX = "release.mix={grade_school: 40, competition: 20}"


@pytest.mark.parametrize(
    ("order", "found", "settings", "expected"),
    [
        (Order(60), found(1, 30, 30), [], None),
        (Order(60), found(1, 60, 39), [], None),
        (Order(60), found(1, 20, 20), [], 2),
        (Order(60), found(1, 0, 59), [], 2),
        (Order(60), found(1, 7, 3), [], 6),
        (Order(60, max_questions=500), found(1, 5, 5), [], 3),
        (Order(10_000), found(1, 20, 20), [], 99),
        (Order(60), found(1, 0, 0), [], "none came through"),
        (Order(60, max_questions=500), found(1, 0, 0), [], 2),
        (Order(60), found(1, 40, 20), [MIX], None),
        (Order(60), found(1, 80, 5), [MIX], 4),  # the one that lags decides
        (Order(30), found(1, 20, 9), [MIX], 2),  # 20 and 10
        (Order(30), found(1, 20, 10), [MIX], None),
        (Order(50), found(1, 99, 9), ["release.mix={grade_school: 30}"], 3),
        (Order(60), found(1, 60, 0), [MIX], "of competition, of which release.mix wants some, none"),
    ],
)
def test_shards_are_added_by_what_earlier_ones_gave(
    order: Order, found: Yield, settings: list[str], expected: int | str | None
):
    if isinstance(expected, str):
        with pytest.raises(ScalequestError, match=expected):
            next_num_shards(order, profile(*settings), found)
    else:
        assert next_num_shards(order, profile(*settings), found) == expected


@pytest.mark.parametrize(
    ("order", "found", "settings", "said"),
    [
        (Order(60, max_questions=400), found(2, 15, 15), [], "--pairs 60 --max-questions 640"),
        (Order(60), found(99, 25, 25), [], "the most that there can be"),
        (Order(60), found(99, 30, 40), ["release.mix={grade_school: 20, competition: 30}"], "takes 50 at most"),
    ],
)
def test_an_order_that_cannot_be_met_says_what_is_there_and_what_would_do(
    order: Order, found: Yield, settings: list[str], said: str
):
    used = profile(*settings)
    with pytest.raises(ScalequestError) as caught:
        next_num_shards(order, used, found)
    assert said in str(caught.value)
    num = given(found.pairs, quotas(used.release.mix, order.num_pairs, used.generators))
    assert f"{num} of 60 pairs are there, from {found.num_questions} questions" in str(caught.value)


def test_a_new_home_begins_with_one_shard_unless_a_setting_says_otherwise(tmp_path: Path):
    home = Home(tmp_path)
    assert settings_of(Order(5), home, ["num_shards=3"]) == ["num_shards=1", "num_shards=3", "release.num_pairs=5"]
    assert settings_of(None, home, ["a=b"]) == ["a=b"]
    home.profile_file.write_text("")
    assert settings_of(Order(5), home, []) == ["release.num_pairs=5"]
    assert order_of(None, None, is_whole=False) is None


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    """A home with fake models of one shard a generator, which commands open as well."""
    run = FakeRun(tmp_path)
    run.use("num_shards=1")
    monkeypatch.setattr(
        making, "build_resources", lambda home, used: fake_resources(home, used, run.factory, run.trainer)
    )
    return run


def released(run: FakeRun) -> set[str]:
    return set(pl.read_parquet(run.home.releases / "data" / "*.parquet")["query_id"])


def made_pairs(run: FakeRun) -> int:
    run.use()
    keys = [{"generator": g, "shard": s} for g in run.profile.generators for s in run.profile.shards()]
    return int(run.lake.scan("qa_pairs", keys).select(pl.len()).collect().item())


def test_an_order_is_met_exactly_within_a_budget_and_a_larger_one_is_the_same_and_more(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    scalequest = CommandLine(run.home.root, monkeypatch, capsys)
    code, _, err = scalequest("run", "--pairs", "5", "--max-tokens", "2000")
    assert code == 1
    spent = int(err.partition(" tokens are spent")[0].rpartition(" ")[2].replace(",", ""))
    assert 2000 <= spent < 2000 + LONGEST_ROW
    assert "note: 0 pairs are there so far; the rest cannot be planned" in " ".join(err.split()), (
        "it has no model's size"
    )
    asked = sum(run.factory.calls.values())

    code, out, err = scalequest("run", "--pairs", "5")
    assert code == 0, err
    assert sum(run.factory.calls.values()) > asked > 0, "it goes on"
    few, num = released(run), made_pairs(run)
    assert len(few) == 5 <= num

    code, out, err = scalequest("run", "--pairs", "5")
    assert (code, "Everything is up to date." in out) == (0, True), err
    assert released(run) == few

    code, out, err = scalequest("run", "--pairs", str(num + 3))
    assert code == 0, err
    assert f"{num} of {num + 3} pairs from 48 questions: going on to 2 shards" in err
    assert len(released(run)) == num + 3
    assert released(run) > few


def test_options_that_do_not_go_together_are_refused(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    scalequest = CommandLine(run.home.root, monkeypatch, capsys)
    assert "--max-questions bounds --pairs" in scalequest("run", "--max-questions", "5")[2]
    assert "--pairs makes all that is needed" in scalequest("run", "--pairs", "5", "--select", "dataset")[2]
    assert "--pairs counts what all shards give" in scalequest("run", "--pairs", "5", "--allow-partial")[2]


def test_a_bound_that_the_profiles_shards_pass_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    scalequest = CommandLine(tmp_path / "home", monkeypatch, capsys)
    shards = ("--set", "num_shards=3", "--set", "questions_per_shard=10")
    code, _, err = scalequest("run", *shards, "--pairs", "5", "--max-questions", "59")
    assert code == 2
    assert "the profile's shards alone have 60 questions" in err
    assert not (tmp_path / "home" / "profile.yaml").exists()


@pytest.mark.parametrize("option", ["--max-usd", "--max-gpu-hours"])
@pytest.mark.parametrize("value", ["0", "nan", "inf"])
def test_nothing_to_spend_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str, value: str
):
    scalequest = CommandLine(tmp_path / "home", monkeypatch, capsys)
    code, _, err = scalequest("run", option, value)
    assert (code, f"{option} {value}: it is a finite number above 0" in err) == (2, True), err
    assert not (tmp_path / "home" / "profile.yaml").exists()
