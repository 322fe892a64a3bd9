"""`scalequest review` as people use it, on a home with pairs and no models."""

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.partitions import partition_keys
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import use_profile
from scalequest_assets.storage.reviews import Reviews
from scalequest_tests.conftest import CommandLine

HOSTILE = "=1+1 [bold]x[/] \x1b[31mred\x00\nsecond line"


def write_pairs(home: Home, key: dict[str, str], response: str = "So it is 5.") -> None:
    """Write six pairs of one shard."""
    rows = [
        {
            **dict.fromkeys(polars_schema(STAGES.pairs)),
            **key,
            "query_id": f"{key['generator']}/{key['shard']}/{row:06d}",
            "query": f"What is {row} + 2? {HOSTILE}",
            "response": response,
            "answer": "1/2",
            "difficulty": row / 6,
            "reward": float(row),
        }
        for row in range(6)
    ]
    Lake(home.lake).write(STAGES.pairs, key, pl.DataFrame(rows, schema=polars_schema(STAGES.pairs)))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two generators, six pairs each."""
    home = Home(tmp_path / "home")
    profile, _ = use_profile(home, None, ["num_shards=1"])
    for key in partition_keys(profile, "shard"):
        write_pairs(home, key)
    return home


@pytest.fixture
def review(home, monkeypatch, capsys):
    """Review in that home, typing lines; return exit code, standard output and standard error."""
    scalequest = CommandLine(home.root, monkeypatch, capsys)

    def call(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in typed.split("|"))))
        return scalequest("review", *arguments)

    return call


def said(home: Home) -> list[tuple]:
    return Reviews(home).read().select("reviewer", "is_question_sound", "is_answer_right", "note").rows()


def test_the_summary_says_whether_what_chooses_agrees_with_people(review, home):
    review("--pairs", "12", "--reviewer", "Ada", typed="y|y||n||" * 6)
    found = json.loads(review("--summary", "--json")[1])["agreement"]
    whole = next(row for row in found if row["difficulty"] == "all")
    assert (whole["signal"], whole["num_right"], whole["num_wrong"]) == ("reward", 6, 6)
    assert 0 <= whole["low"] <= whole["area"] <= whole["high"] <= 1
    assert "What tells right pairs from wrong ones" in review("--summary")[1]


def test_what_is_said_is_kept_and_summed_up(review, home):
    code, out, err = review("--pairs", "3", "--reviewer", "Ada", typed="y|y||n|no units|u|n|")
    assert (code, err) == (0, "")
    assert said(home) == [("Ada", True, True, None), ("Ada", False, None, "no units"), ("Ada", None, False, None)]
    assert "3 of the 12 pairs" in out
    assert "1 of 3  " in out
    assert "[bold]x[/]" in out, "what a model wrote is shown, not interpreted"
    assert not {"\x1b", "\x00"} & set(out)
    assert "Kept 3 judgements" in out
    assert "66.7%" in out
    summed = json.loads(review("--summary", "--json")[1])
    assert (summed["num_pairs"], summed["num_judged"], summed["wrong"]["hits"], summed["unsound"]["num"]) == (
        12,
        3,
        2,
        2,
    )


def test_the_next_session_goes_on_and_ends_when_all_is_judged(review, home):
    for _ in range(2):
        assert review("--pairs", "5", "--reviewer", "Ada", typed="|".join(["y|y|"] * 5))[0] == 0
    assert Reviews(home).read()["query_id"].n_unique() == 10
    out = review("--pairs", "5", "--reviewer", "Ada", typed="|".join(["y|y|"] * 5))[1]
    assert "2 of the 12 pairs" in out
    assert "Ada has judged all 12 pairs" in review("--reviewer", "Ada")[1]
    assert "5 of the 12 pairs" in review("--pairs", "5", "--reviewer", "Bob", typed="q")[1]


def test_back_changes_what_was_said_and_q_keeps_it(review, home):
    code, out, _ = review("--pairs", "3", "--reviewer", "Ada", typed="y|y||b|x|n||y|b|y|y|b|u|u|hm|q")
    assert code == 0
    assert said(home) == [("Ada", False, None, None), ("Ada", None, None, "hm")]
    assert "before: question sound: yes, answer right: yes" in out
    assert "Type y, n or u" in out
    assert "Kept 2 judgements" in out


def test_the_end_of_the_input_stops(review, home):
    assert review("--pairs", "3", "--reviewer", "Ada", typed="b|y|n")[0] == 0
    assert said(home) == [("Ada", True, False, None)]


def test_an_interruption_loses_nothing(review, home, monkeypatch):
    typed = iter(["y", "y", "", "n"])

    def asked(*args: object) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr("builtins.input", asked)
    code, _, err = review("--reviewer", "Ada")
    assert code == 130
    assert "Interrupted" in err
    assert said(home) == [("Ada", True, True, None), ("Ada", False, None, None)], "the note was not said yet"


def test_sql_sees_each_session_and_the_join_of_the_docs_holds(review, home, monkeypatch, capsys):
    review("--pairs", "2", "--reviewer", "Ada", typed="y|y||n||")
    review("--pairs", "1", "--reviewer", "Bob", typed="y|y|")
    scalequest = CommandLine(home.root, monkeypatch, capsys)
    counted = "SELECT reviewer, count(*) AS num FROM reviews GROUP BY ALL ORDER BY 1"
    assert json.loads(scalequest("sql", counted, "--format", "json")[1]) == [
        {"reviewer": "Ada", "num": 2},
        {"reviewer": "Bob", "num": 1},
    ]
    joined = """SELECT count(*) AS num FROM reviews AS r JOIN qa_pairs AS p
        ON p.query_id = r.query_id AND left(sha256(p.query || chr(31) || p.response), 16) = r.content_hash"""
    assert json.loads(scalequest("sql", joined, "--format", "json")[1]) == [{"num": 3}]


def fill(path: Path, *words: tuple[str, str, str]) -> None:
    text = path.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in text.splitlines()[0] else ","))
    for row, word in zip(rows[1:], words, strict=False):
        row[-3:] = word
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def test_a_file_goes_out_and_comes_back(review, home, tmp_path):
    path = tmp_path / "s.csv"
    assert "4 pairs" in review("--out", str(path), "--pairs", "4", "--reviewer", "Ada")[1]
    assert said(home) == []
    fill(path, ("y", "y", ""), ("n", "", "why?"))
    code, out, err = review("--in", str(path), "--reviewer", "Ada")
    assert (code, err) == (0, "")
    assert "2 judgements, 2 new; skipped 2 empty rows" in out
    assert said(home) == [("Ada", True, True, None), ("Ada", False, None, "why?")]
    version = Reviews(home).version()
    assert "2 judgements, 0 new" in review("--in", str(path), "--reviewer", "Ada")[1]
    assert Reviews(home).version() == version, "what was said already makes nothing stale"
    fill(path, ("y", "n", ""))
    assert json.loads(review("--in", str(path), "--reviewer", "Ada", "--json")[1])["wrong"]["hits"] == 2


def test_nothing_of_a_file_with_a_mistake_is_kept(review, home, tmp_path):
    path = tmp_path / "s.csv"
    review("--out", str(path), "--pairs", "3", "--reviewer", "Ada")
    fill(path, ("y", "y", ""), ("perhaps", "y", ""))
    code, out, err = review("--in", str(path), "--reviewer", "Ada")
    assert code == 1
    assert "row 3" in err
    assert "Traceback" not in out + err
    assert said(home) == []


def test_pairs_that_change_are_asked_about_again_and_files_of_them_refused(review, home, tmp_path):
    path = tmp_path / "s.csv"
    review("--out", str(path), "--pairs", "1", "--reviewer", "Bob")
    fill(path, ("y", "y", ""))
    review("--pairs", "12", "--reviewer", "Ada", typed="|".join(["n|"] * 12))
    for generator in ("competition", "grade_school"):
        write_pairs(home, {"generator": generator, "shard": "s0000"}, response="Now it is 6.")
    summed = json.loads(review("--summary", "--json")[1])
    assert (summed["num_judged"], summed["num_outdated"]) == (0, 12)
    assert "12 of the 12 pairs" in review("--reviewer", "Ada", typed="q")[1]
    assert "the pair has changed" in review("--in", str(path), "--reviewer", "Bob")[2]
    assert Reviews(home).read().height == 12, "what people said stays"


def test_the_sample_is_of_what_would_be_released(review, home):
    use_profile(home, None, ["release.mix={competition: 2}", "release.num_pairs=7"])
    out = review("--reviewer", "Ada", typed="q")[1]
    assert "7 of the 7 pairs" in out


def test_the_summary_says_whether_people_agree_and_what_the_gate_does(review, home):
    assert "Nobody has judged" in review("--summary")[1]
    for reviewer, words in (("Ada", "n||n||y|y|"), ("Bob", "n||y|y||y|y|")):
        review("--pairs", "3", "--reviewer", reviewer, typed=words)
    use_profile(home, None, ["release.max_wrong_share=0.05"])
    out = review("--summary")[1]
    assert "3 pairs; they agree on 2 of 3" in out
    assert "release.max_wrong_share is 5.0%: the interval lies above it" in out
    use_profile(home, None, ["release.max_wrong_share=0.5"])
    assert "does not lie above it" in review("--summary")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["--out", "a.csv", "--summary"], 2, "name one"),
        (["--json"], 2, "--json goes with"),
        (["--pairs", "0"], 2, "pairs"),
        (["--reviewer", "  "], 1, "--reviewer NAME"),
        (["--in", "none.csv"], 2, "none.csv cannot be read"),
    ],
)
def test_misuse_is_one_message(review, arguments, code, expected):
    found, out, err = review(*arguments)
    assert found == code
    assert expected in out + err
    assert "Traceback" not in out + err


def test_a_home_without_pairs_says_how_to_make_some(tmp_path, monkeypatch, capsys):
    home = Home(tmp_path / "empty")
    use_profile(home, None, [])
    code, _, err = CommandLine(home.root, monkeypatch, capsys)("review")
    assert code == 1
    assert "scalequest run" in err
