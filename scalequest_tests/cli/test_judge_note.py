"""A judge that is no better than a coin: a run says so once, before it asks for answers, and goes on."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from scalequest_assets.cli import making
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.subjects.maths.soundness import MathsSoundness
from scalequest_tests.conftest import SMALL, CommandLine, FakeRun, fake_model
from scalequest_tests.fakes import END, PREFIX, FakeFactory, fake_resources, fake_text

NOTE = "note: nothing shows that the judge tells broken questions from sound ones"
CHECK = "judge_tells_broken_from_sound"
NUM, SEED = 16, 20241018
Write = Callable[[str, int], str]


def says_yes(prompt: str, seed: int) -> str:
    """Answer as the fakes do, but judge that every question can be solved."""
    return "Verdict: Yes" if "Can this be solved?" in prompt else fake_text(prompt, seed)


def tells(prompt: str, seed: int) -> str:
    """Answer as the fakes do, but judge that only those can be solved that are not known to be broken."""
    if "Can this be solved?" not in prompt:
        return fake_text(prompt, seed)
    own = MathsSoundness().labelled(NUM, row_seed(SEED, "judge_report") % 2**31)
    query = prompt.removeprefix(PREFIX).removesuffix(END).split("\n", 1)[1]
    return "Verdict: No" if query in own.filter(~own["is_sound"])["query"] else "Verdict: Yes"


@pytest.fixture
def scalequest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[str, str]]:
    """Commands in an empty home whose models write what a function says; they return both outputs."""
    command = CommandLine(tmp_path / "home", monkeypatch, capsys)
    model = fake_model(tmp_path / "model")
    small = [part for setting in (*SMALL, "num_shards=1") for part in ("--set", setting.replace("MODEL", str(model)))]

    def run(write: Write, *arguments: str) -> tuple[str, str]:
        monkeypatch.setattr(making, "build_resources", partial(fake_resources, factory=FakeFactory(write)))
        code, out, err = command("run", *(small if not command.home.exists() else ()), *arguments)
        assert code == 0, err
        return out, err

    return run


def test_a_run_warns_once_before_it_asks_for_answers_and_goes_on(scalequest):
    out, err = scalequest(says_yes)
    assert err.count(NOTE) == 1
    assert err.index("  judge_report: missing") < err.index(NOTE) < err.index("  synthetic_questions ")
    assert err.index(NOTE) < err.index("  responses ") < err.index("  report: missing")
    (note,) = [line for line in err.splitlines() if NOTE in line]
    assert f"grade_school: 50.0% of {2 * NUM} right" in note
    for remedy in (
        "solvability.evidence",
        "solvability.threshold",
        "roles.judge",
        'scalequest sql "FROM judge_report"',
    ):
        assert remedy in note
    assert "Funnel" in out
    assert out[out.index("Checks that warn") :].count(CHECK) == 1, "as all checks that warn, at the end"

    out, err = scalequest(says_yes)
    assert (out.splitlines()[0], NOTE in err) == ("Everything is up to date.", False)
    _, err = scalequest(says_yes, "--set", "num_shards=2")
    assert err.count(NOTE) == 1, "it is not measured again, and more answers are asked for"
    assert "  judge_report" not in err
    assert err.index(NOTE) < err.index("  synthetic_questions ")


def test_a_run_that_orders_pairs_warns_once_before_it_asks_for_answers(scalequest):
    _, err = scalequest(says_yes, "--pairs", "50")
    assert "going on to" in err
    assert err.count(NOTE) == 1
    assert err.index(NOTE) < err.index("  responses ")


def test_a_judge_that_tells_warns_nothing(scalequest):
    out, err = scalequest(tells)
    assert NOTE not in err
    assert CHECK not in out


def test_a_report_that_is_made_again_leaves_what_its_judge_decided_fresh(one_shard: FakeRun, tmp_path: Path):
    run = one_shard.copied(tmp_path)
    run.use("study.num_judged=20")
    before = run.lake.content_hash("judge_report", {})
    assert run.make("judge_report") == ["judge_report"]
    assert run.lake.content_hash("judge_report", {}) != before
    stale = {asset for asset in run.graph.assets_of_run() for t in run.graph.targets(asset) if t.state != "fresh"}
    assert stale == {"costs"}, "what was measured has cost something"
    assert {name.split()[0] for name in run.make()} <= {"costs", "dataset", "report"}
