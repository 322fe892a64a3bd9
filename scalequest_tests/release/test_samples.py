import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.release import samples
from scalequest_tests.release.report_tables import ids, table, tables


def scan(name: str) -> pl.LazyFrame:
    return tables()[name].lazy()


def test_kept_ones_have_their_response_and_the_others_that_were_not_chosen():
    rows = {row["query_id"]: row for row in samples.kept(scan)}
    assert set(rows) == set(ids(0, 1, 2))
    first = rows[ids(0)[0]]
    assert (first["answer"], first["reward"], first["topic"], first["is_kept"]) == ("6", 1.5, "algebra", True)
    assert [other["sample_idx"] for other in first["others"]] == [1]
    assert [other["sample_idx"] for other in rows[ids(1)[0]]["others"]] == [0]


def test_rejected_ones_have_stage_reason_and_evidence():
    rows = {row["query_id"]: row for row in samples.rejected(scan)}
    where = {key: (row["stage"], row["drop_reason"]) for key, row in rows.items()}
    assert where == {
        ids(7)[0]: ("screened_questions", "too_short"),
        ids(6)[0]: ("solvability_verdicts", "unsolvable"),
        ids(5)[0]: ("difficulty_scores", "too_easy"),
        ids(4)[0]: ("deduplicated_questions", "near_duplicate"),
        ids(3)[0]: ("response_scores", "no_answer"),
    }
    assert rows[ids(6)[0]]["evidence"] == [("judgement", "Verdict: No")]
    assert rows[ids(7)[0]]["evidence"] == [("failed_rules", "too_short")]
    assert rows[ids(5)[0]]["difficulty"] == 0.1
    assert rows[ids(4)[0]]["evidence"][0] == ("survivor_id", ids(0)[0])
    assert len(rows[ids(3)[0]]["others"]) == 2


def test_a_question_that_no_agreement_kept_is_lost_by_the_pairs():
    made = tables() | {"qa_pairs": tables()["qa_pairs"].head(2)}
    rows = samples.rejected(lambda name: made[name].lazy())
    assert ("qa_pairs", "low_agreement") in {(row["stage"], row["drop_reason"]) for row in rows}


def test_samples_are_bounded_follow_from_the_ids_and_grow():
    many = {**tables(), "qa_pairs": table("qa_pairs", list(range(50)), query=["q"] * 50, response=["r"] * 50)}
    few = [row["query_id"] for row in samples.kept(lambda name: many[name].lazy(), 5)]
    more = [row["query_id"] for row in samples.kept(lambda name: many[name].reverse().lazy(), 9)]
    assert len(few) == 5
    assert more[:5] == few
    assert few != sorted(few)
    assert len(samples.rejected(scan, 5)) == 5


def test_long_texts_are_cut():
    many = {**tables(), "qa_pairs": tables()["qa_pairs"].with_columns(query=pl.lit("é" * 9_000))}
    row = samples.kept(lambda name: many[name].lazy(), 1)[0]
    assert row["query"] == "é" * samples.QUERY_CHARS + samples.CUT


def test_duplicates_stand_beside_their_survivors_with_the_difference():
    made = tables()
    rows = made["deduplicated_questions"].with_columns(
        query=pl.Series(["Ann has 2 red hens.", "", "", "", "Ann has 3 hens."])
    )
    (pair,) = samples.duplicates(lambda name: (made | {"deduplicated_questions": rows})[name].lazy())
    assert (pair["query_id"], pair["survivor_id"], pair["relation"]) == (*ids(4, 0), "duplicate")
    assert [word for word, differs in pair["dropped"] if differs] == ["3"]
    assert [word for word, differs in pair["survivor"] if differs] == ["2 red"]


@given(st.text(alphabet="ab 12.$\n", max_size=40), st.text(alphabet="ab 12.$\n", max_size=40))
def test_pieces_of_a_difference_are_the_texts(left: str, right: str):
    pieces = samples.difference(left, right)
    assert "".join(word for word, _ in pieces["dropped"]) == left
    assert "".join(word for word, _ in pieces["survivor"]) == right
    assert any(differs for words in pieces.values() for _, differs in words) == (left != right)


def test_columns_have_one_owner():
    assert samples.column_owner("difficulty") == "difficulty_scores"
    assert samples.column_owner("survivor_id") == "deduplicated_questions"
    assert samples.column_owner("matched_id") == "screened_questions"
