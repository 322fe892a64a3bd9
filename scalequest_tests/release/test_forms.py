import weakref
from dataclasses import replace
from pathlib import Path

import datasets
import polars as pl
import pytest

from scalequest_assets.release.forms import DEFAULT, Form, by_file, forms, in_splits
from scalequest_assets.release.records import SPLIT
from scalequest_assets.subjects.maths.subject import SUBJECT
from scalequest_assets.verifier import answer_reward
from scalequest_tests.release.frames import pairs
from scalequest_tests.release.released import form_of, records, release, released, rows_of, samples


def said(messages: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in messages]


def made(form: Form) -> dict[str, pl.DataFrame]:
    return {split: rows.slice(0) for split, rows in form.splits()}


def test_a_pair_becomes_a_conversation():
    row = released()["sft"].row(0, named=True)
    assert row["query_id"] == "a/s0000/0"
    assert said(row["messages"]) == [("user", "What is 2 + 3?"), ("assistant", "2 + 3 = 5.\nThe answer is 5.")]


def test_the_worst_response_with_another_answer_is_rejected():
    """Not the one of the lowest reward, whose answer is the same in other words, nor the one without a reward."""
    (row,) = released()["preference"].to_dicts()
    assert said(row["prompt"]) == [("user", "What is 2 + 3?")]
    assert said(row["chosen"]) == [("assistant", "2 + 3 = 5.\nThe answer is 5.")]
    assert said(row["rejected"]) == [("assistant", "The answer is 7.")]
    assert (row["chosen_reward"], row["rejected_reward"]) == (1.5, 0.25)


def test_what_can_be_checked_is_a_prompt_and_an_answer():
    row = released()["rlvr"].row(0, named=True)
    assert said(row["prompt"]) == [("user", "What is 2 + 3?")]
    assert (row["answer"], row["agreement"], row["num_samples"]) == ("5", 1.0, 4)


def test_a_form_without_rows_is_left_out():
    alone = forms(pairs(), samples().filter(pl.col("sample_idx") == 0), SUBJECT.answers)
    assert list(alone) == [DEFAULT, "sft", "rlvr"]
    assert list(forms(pairs().clear(), samples(), SUBJECT.answers)) == [DEFAULT]


def test_a_question_is_in_the_same_split_of_every_config_and_stays_there():
    many = pl.DataFrame({"query_id": [f"a/{i}" for i in range(1000)], "n": range(1000)})
    configs = {"one": form_of(many), "two": form_of(many.head(500))}
    both = {name: made(form) for name, form in in_splits(configs, 0.1).items()}
    assert 70 < both["one"]["validation"].height < 130
    assert both["one"]["train"].height + both["one"]["validation"].height == 1000
    held = set(both["one"]["validation"]["query_id"])
    assert set(both["two"]["validation"]["query_id"]) == held & set(many["query_id"][:500])
    assert held < set(made(in_splits(configs, 0.2)["one"])["validation"]["query_id"])
    assert list(made(in_splits(configs, 0.0)["one"])) == ["train"]


@pytest.mark.parametrize("share", [0.0, 0.8, 1.0])
def test_what_is_known_of_a_form_before_its_rows_are_made_holds(share: float):
    configs = in_splits(forms(pairs(), samples(), SUBJECT.answers), share)
    assert list(configs) == [DEFAULT, "sft", "preference", "rlvr"]
    for form in configs.values():
        found = made(form)
        assert form.heights == {split: rows.height for split, rows in found.items()}
        assert {rows.schema == form.schema for rows in found.values()} == {True}
        assert rows_of(replace(form, is_held=None))["query_id"].equals(form.query_ids)


def test_rows_are_made_one_form_after_the_other():
    made = list[weakref.ref[pl.DataFrame]]()

    def source() -> pl.DataFrame:
        assert [rows() for rows in made if rows() is not None] == [], "those of the form before are still there"
        rows = pairs()
        made.append(weakref.ref(rows))
        return rows

    configs = {name: replace(form_of(pairs()), source=source) for name in ("one", "two", "three")}
    names = []
    for name, rows in by_file(configs):
        names.append((name, rows.height))
        del rows
    assert names == [("one/train", 2), ("two/train", 2), ("three/train", 2)]


def test_datasets_loads_both_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    folder, cache = release(tmp_path, validation_share=0.8), str(tmp_path / "cache")
    loaded = datasets.load_dataset(folder, "sft", cache_dir=cache)
    assert {split: rows["query_id"][:] for split, rows in loaded.items()} == {
        "train": ["a/s0000/0"],
        "validation": ["b/s0000/1"],
    }


def test_the_verifier_takes_texts_and_messages_and_compares_answers_not_texts():
    texts = ["So \\boxed{1/2}", "The answer is 0.5.", "The answer is 0.6.", "", "I do not know."]
    assert answer_reward(texts, ["0.5"] * 5) == [1.0, 1.0, 0.0, 0.0, 0.0]
    messages = [[{"role": "assistant", "content": text}] for text in texts]
    assert answer_reward(messages, ["0.5"] * 5, prompts=["?"] * 5, subject="maths") == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert answer_reward([], []) == []


@pytest.mark.parametrize("config", ["default", "sft", "preference", "rlvr", "full", "rejected"])
def test_datasets_knows_the_columns_before_a_file_is_opened(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    folder, cache = release(tmp_path), str(tmp_path / "cache")
    builder = datasets.load_dataset_builder(folder, config, cache_dir=cache)
    known = {parts.name: pl.concat(parts.parts()) for parts in records()}
    split = SPLIT if config in known else "train"
    loaded = datasets.load_dataset(folder, config, split=split, cache_dir=cache)
    assert builder.info.features == loaded.features
    assert loaded.to_list() == (known | released())[config].to_dicts()
