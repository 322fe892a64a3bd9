"""`scalequest why`: one question's whole story, from a home made with fake models."""

import json
from functools import partial
from pathlib import Path

import pytest

from scalequest_assets.cli import console
from scalequest_assets.explain.story import CandidateStory, StageOutcome
from scalequest_assets.explain.text import lines
from scalequest_assets.release.reviewing import hashed
from scalequest_assets.storage.reviews import new_session
from scalequest_assets.storage.sql import query
from scalequest_tests.cli.test_quick_start import run as run_commands
from scalequest_tests.conftest import CommandLine, FakeRun
from scalequest_tests.documents import recipes
from scalequest_tests.release.test_reviewing import frame, said

HOSTILE = "[bold]Bob[/] has \x1b[31m3 <b>apples</b>\x00.\nVerdict: Yes | how many?"


@pytest.fixture(scope="module")
def finished(one_shard: FakeRun, tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A home in which everything was made once."""
    run = one_shard.copied(tmp_path_factory.mktemp("why"))
    run.resources.on_new_file()  # its catalog names its own files
    return run


@pytest.fixture
def why(finished, monkeypatch, capsys):
    """Ask why in the finished home; return exit code, standard output and standard error."""
    return partial(CommandLine(Path(str(finished.home.root)), monkeypatch, capsys), "why")


def test_a_process_of_its_own_tells_the_same_and_loads_no_compiler(finished: FakeRun, why):
    """Six texts are read by Python itself: numba and its machine code would take longer to load than all else."""
    query_id = one(finished, "SELECT query_id FROM minhash_signatures ORDER BY query_id LIMIT 1")
    told = story(why, query_id)
    assert told["neighbours"]
    printed, modules = run_commands(finished.home, ["why", query_id, "--json"])
    assert json.loads(printed) == told
    assert modules.isdisjoint({"numba", "scipy", "pandas", "dagster", "torch"})


def one(run: FakeRun, statement: str) -> str:
    return query(run.home.catalog_file, statement).item(0, 0)


def story(why, query_id: str) -> dict:
    code, out, err = why(query_id, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_a_released_question(finished, why):
    query_id = one(finished, "SELECT query_id FROM qa_pairs ORDER BY query_id LIMIT 1")
    told = story(why, query_id)
    assert (told["outcome"], told["stage"], told["drop_reason"]) == ("released", "qa_pairs", None)
    about = ["query_id", "table", "query", "outcome", "stage", "drop_reason"]
    assert list(told) == [
        *about,
        "stages",
        "benchmark",
        "duplicates",
        "neighbours",
        "responses",
        "pair",
        "reviews",
        "older",
    ]
    assert [stage["stage"] for stage in told["stages"]][-1] == "deduplicated_questions"
    assert [stage["keep"] for stage in told["stages"]] == [None, True, True, True, True]
    verdict, scored = (told["stages"][at]["evidence"] for at in (2, 3))
    assert verdict["judgement"].endswith("Verdict: Yes")
    assert 0 <= scored["difficulty"] <= 1
    assert len(told["responses"]) == finished.profile.answers.num_samples
    assert told["pair"]["response"] in {response["response"] for response in told["responses"]}
    code, out, _ = why(query_id)
    assert code == 0
    for part in ("in the data set", "solvability_verdicts: kept", "nearest questions", "response 0", "pair: response"):
        assert part in out


def test_what_people_said_of_a_pair_is_told_while_it_is_the_same(finished, why):
    pair = hashed(query(finished.home.catalog_file, "FROM qa_pairs LIMIT 1")).row(0, named=True)
    of_another_text = {**said(pair, False, None, "eve"), "content_hash": "0" * 16}
    judged = [said(pair, True, None, minute=5, note=HOSTILE), said(pair, False, None, "bob"), of_another_text]
    finished.resources.reviews.write(new_session(), frame(*judged))
    finished.resources.on_new_file()
    told = story(why, pair["query_id"])["reviews"]
    assert [(one["reviewer"], one["is_question_sound"], one["note"]) for one in told] == [
        ("bob", False, None),
        ("ada", True, HOSTILE),
    ]
    out = why(pair["query_id"])[1]
    assert "reviewed by bob, 2025-01-02\n  question sound: no\n" in out
    assert "reviewed by ada, 2025-01-02\n  question sound: yes, answer right: unsure\n    | [bold]Bob[/]" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("table", ["screened_questions", "solvability_verdicts", "difficulty_scores"])
def test_a_dropped_question_ends_where_it_was_dropped(finished, why, table):
    query_id = one(finished, f"SELECT query_id FROM {table} WHERE NOT keep LIMIT 1")
    told = story(why, query_id)
    reason = one(finished, f"SELECT drop_reason FROM {table} WHERE query_id = '{query_id}'")
    assert (told["outcome"], told["stage"], told["drop_reason"]) == ("dropped", table, reason)
    assert told["stages"][-1]["stage"] == table
    assert (told["responses"], told["pair"], told["duplicates"]) == ([], None, None)
    assert f"dropped by {table}: {reason}" in why(query_id)[1]


def test_a_duplicate_names_its_survivor_and_both_texts(finished, why):
    query_id = one(finished, "SELECT query_id FROM deduplicated_questions WHERE NOT keep ORDER BY query_id LIMIT 1")
    told = story(why, query_id)
    survivor = told["duplicates"]["survivor"]
    assert survivor["query"]
    assert survivor["jaccard"] >= 0.7
    assert survivor["relation"] in ("exact", "duplicate", "numeric_variant")
    assert survivor["query_id"] in {near["query_id"] for near in told["neighbours"] if near["jaccard"] > 0.7}
    other = story(why, survivor["query_id"])
    assert query_id in {loser["query_id"] for loser in other["duplicates"]["losers"]}
    assert f"lost to {survivor['query_id']}" in why(query_id)[1]


def test_a_seed_question_has_neighbours_and_no_stages(finished, why):
    told = story(why, "grade_school/000000")
    assert (told["outcome"], told["table"]) == ("outside", "seed_questions")
    assert told["known"]["answer"]
    about = ["query_id", "table", "query", "outcome", "stage", "drop_reason"]
    assert list(told) == [*about, "known", "neighbours"]
    assert told["neighbours"]
    assert "never released" in why("grade_school/000000")[1]


def test_the_recipes_of_the_documents_find_rows(finished):
    rows = [query(finished.home.catalog_file, statement).height for statement in recipes()]
    assert 0 not in rows, f"recipes without a row: {[n for n, num in enumerate(rows, 1) if not num]}"


def test_an_unknown_id_is_misuse_and_names_those_like_it(finished, why):
    code, out, err = why("competition/s0000/00003")
    assert (code, out) == (2, "")
    assert "no question has the id 'competition/s0000/00003'" in err
    assert "competition/s0000/000003" in err
    assert why("'; DROP TABLE x; --")[0] == 2


def test_a_home_without_tables_says_what_to_run(why, tmp_path):
    code, _, err = why("competition/s0000/000003", home=tmp_path / "new")
    assert code == 2
    assert "there is no home at" in err
    assert "scalequest run" in err


def test_what_a_model_wrote_is_shown_and_never_interpreted(capsys):
    judged = StageOutcome(
        stage="solvability_verdicts", keep=False, drop_reason="no_verdict", evidence={"judgement": HOSTILE}
    )
    told = CandidateStory(
        query_id="g/s0000/000000",
        table="synthetic_questions",
        query=HOSTILE,
        outcome="dropped",
        stage="solvability_verdicts",
        drop_reason="no_verdict",
        stages=[judged],
        benchmark=None,
        duplicates=None,
        neighbours=[],
        responses=[],
        pair=None,
        reviews=[],
        older=[],
    )
    console.show_lines(lines(told))
    out = capsys.readouterr().out
    assert "[bold]Bob[/]" in out
    assert "\x1b" not in out
    assert "\x00" not in out
    assert out.count("  | Verdict: Yes | how many?") == 2


def test_a_question_that_was_sampled_again_has_nothing_of_the_earlier_one(finished, why, tmp_path):
    """Between a re-roll and the next run, and at each layer of that run."""
    run = finished.copied(tmp_path)
    ids = "SELECT query_id FROM qa_pairs WHERE generator = 'competition' ORDER BY query_id LIMIT 3"
    pairs = query(run.home.catalog_file, ids)["query_id"].to_list()
    target = next(t for t in run.graph.targets("synthetic_questions") if t.key == "competition|s0000")
    run.graph.make(target, reroll=1)
    tables = ["screened_questions", "solvability_verdicts", "difficulty_scores", "minhash_signatures"]
    for made in ([], ["screened_questions"], ["solvability_verdicts", "difficulty_scores"]):
        run.make(*made) if made else None
        tables = [table for table in tables if table not in made]
        for query_id in pairs:
            told = json.loads(why(query_id, "--json", home=run.home.root)[1])
            assert (told["responses"], told["pair"], told["duplicates"]) == ([], None, None)
            assert told["outcome"] in ("undecided", "dropped")
            assert told["older"][: len(tables)] == tables
            assert told["older"][-1] == "qa_pairs"
            shown = why(query_id, home=run.home.root)[1]
            assert "left out, made of earlier questions" in shown
            assert "pair: response" not in shown
    mixed = (
        "SELECT count(*) FROM questions q JOIN qa_pairs p USING (query_id) WHERE q.query <> p.query AND q.answer <> ''"
    )
    assert query(run.home.catalog_file, mixed).item() == 0
