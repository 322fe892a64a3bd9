import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import polars as pl
import pytest
import yaml
from huggingface_hub import DatasetCard
from markdown_it import MarkdownIt

from scalequest_assets.errors import ReleaseError
from scalequest_assets.release.card import Card, card_of, size_category
from scalequest_assets.release.facts import Model, Prompt, Source
from scalequest_assets.release.figures import stages
from scalequest_assets.release.forms import DEFAULT
from scalequest_assets.release.picture import funnel_picture
from scalequest_assets.release.records import Parts
from scalequest_assets.release.reviewing import Review, Share
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.releases import Releases
from scalequest_tests.release.frames import facts, funnel, pairs
from scalequest_tests.release.released import form_of, records, released

EXPECTED = Path(__file__).parent / "expected" / "card.md"
HOSTILE = [
    "<script>alert(1)</script>",
    "a | b",
    "---",
    "---\nlicense: mit\n---\n",
    "{{ x }} {% if x %} {# y #}",
    "`code` ```\nfence",
    "# a\n\n## b\n- c\n1. d",
    "1. one",
    "[here](javascript:x) ![](http://x/y.png) <http://x>",
    "*a* _b_ ~~c~~ $d$ &lt; \\| \\",
]


def card(
    frame: pl.DataFrame,
    text: str | None = None,
    more: Mapping[str, pl.DataFrame] | None = None,
    review: Mapping[str, object] | None = None,
    records: Sequence[Parts] = (),
    **changed: Any,
) -> Card:
    configs = {name: form_of(rows) for name, rows in {**(more or {}), DEFAULT: frame}.items()}
    return card_of(configs, funnel(text), replace(facts(text), **changed), records=records, review=review)


def test_the_card_reads_as_expected():
    assert card(pairs(), more=released(), records=records()).text == EXPECTED.read_text(encoding="utf-8")


def test_what_nobody_rewrote_is_not_told_as_rewritten():
    plain, own = card(pairs()).text, card(pairs(), is_rewritten=False).text
    assert "a question and its\n   rewrite, by preference" in plain
    assert "rewrite" not in own.split("## How it was made")[1].split("2. **Screening.**")[0]


def test_what_decided_is_told_as_the_profile_has_it():
    plain = card(pairs()).text
    own = card(pairs(), is_judged=False, is_masked=False, selection="majority", false_equalities="count").text
    for says in (
        "a judge that says whether",
        "solvability, difficulty",
        "its text with other",
        "states a false equality",
    ):
        assert says in " ".join(plain.split())
        assert says not in " ".join(own.split())
    assert "of those with the commonest answer" in own


def test_the_hub_reads_head_and_body_as_they_were_written():
    made = card(pairs())
    read = DatasetCard(made.text)
    assert read.data.to_dict() == made.head.to_dict()
    assert read.text.strip() == made.body.strip()


def test_datasets_loads_what_the_head_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    frame = pairs()
    rows = {"data/train": frame}
    folder, _ = Releases(Home(tmp_path / "home")).write_dataset(rows.items(), card(frame).text, "name: tiny\n")
    cache = str(tmp_path / "cache")
    loaded = datasets.load_dataset(str(folder), "default", split="train", cache_dir=cache)
    declared = {feature["name"]: feature["dtype"] for feature in card(frame).head.dataset_info[0]["features"]}
    assert {name: feature.dtype for name, feature in loaded.features.items()} == declared
    assert loaded.to_list() == frame.to_dicts()
    builder = datasets.load_dataset_builder(str(folder), "default", cache_dir=cache)
    assert builder.info.features == loaded.features, "columns are known before a file is opened"


@pytest.mark.parametrize("text", HOSTILE)
def test_data_is_never_markup(text: str):
    plain, made = card(pairs("text"), "text"), card(pairs(text), text)
    assert made.head.to_dict() == plain.head.to_dict()
    assert DatasetCard(made.text).data.license == "apache-2.0"
    assert markup(made.body) == markup(plain.body), "as many headings, rows, cells, links and items as before"


@pytest.mark.parametrize("text", HOSTILE)
def test_data_is_read_as_it_was_written(text: str):
    words = set(text.split())
    shown = set("".join(texts(card(pairs(text), text).body)).split())
    assert words <= shown


def markup(body: str) -> Counter[tuple[str, str]]:
    """Count what a reader of the body sees that is no text."""
    plain = {"inline", "text", "softbreak", "hardbreak", "paragraph_open", "paragraph_close", "text_special"}
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    all_tokens = [inner for token in tokens for inner in (token, *(token.children or []))]
    return Counter((token.type, str(token.attrs.get("href", ""))) for token in all_tokens if token.type not in plain)


def texts(body: str) -> Iterator[str]:
    """Yield all text that a reader of the body sees, a line or cell each."""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body):
        if token.type == "fence":
            yield token.content
        for child in token.children or []:
            yield child.content if child.type in ("text", "code_inline", "text_special") else ""
            yield "\n" if child.type in ("softbreak", "hardbreak") else ""
        yield "\n" if token.children else ""


@pytest.mark.parametrize(
    "text", ["=====", "a\n===\nb", "a\n---", "> b", "a\r\n\r\n    code", "a\x00\x1b[31m\u202eb", "a\\"]
)
def test_lines_of_a_sample_stay_lines_of_a_quotation(text: str):
    plain = card(pairs("text"))
    made = card(pairs(text))
    assert markup(made.body) == markup(plain.body)
    assert not re.search("[\x00\x1b\u202e]", made.body)


@pytest.mark.parametrize("text", ["```", "````\n# a", "~~~", "a\n```text\nb\n```"])
def test_nothing_in_a_prompt_ends_its_block(text: str):
    made = card(pairs(), prompts=[Prompt(stage="s", text=text)])
    assert markup(made.body) == markup(card(pairs()).body)


def test_long_texts_are_cut_and_say_so():
    made = card(pairs(), prompts=[Prompt(stage="s", text="word " * 10_000)])
    assert "more characters)" in made.body
    assert len(made.body) < 20_000


def test_a_head_quotes_what_is_no_plain_text():
    text = "---\nlanguage: xx"
    made = card(pairs(), license=text)
    assert DatasetCard(made.text).data.to_dict() == made.head.to_dict()
    assert yaml.safe_load(made.head.to_yaml())["license"] == text


def test_equal_inputs_give_equal_bytes():
    assert card(pairs(), more=released()).text == card(pairs(), more=released()).text
    assert funnel_picture(stages(funnel()).to_dicts()) == funnel_picture(stages(funnel()).to_dicts())


def test_the_licence_is_that_of_its_models_and_seeds_with_what_restricts_it():
    models = [Model(name="m", source="s", version=None, license="llama3.1", roles=["writes"])]
    made = card(pairs(), models=models)
    assert made.head.license == "llama3.1"
    assert "its licence (llama3.1) comes with conditions" in made.body
    assert "community terms: " in made.body
    assert "(llama3.1, of m)" in made.body
    assert "comes with conditions" not in card(pairs()).body
    several = card(pairs(), models=models, seeds=[Source(name="s", what="w", license="cc-by-nc-4.0")])
    assert (several.head.license, several.head.to_dict()["license_name"]) == ("other", "terms-of-its-models-and-seeds")
    assert "the profile says mit" in card(pairs(), models=models, license="mit").body


def test_what_people_found_is_told_where_they_looked():
    assert "Read by people" not in card(pairs()).body
    counts = {"num_pairs": 50, "num_judged": 20, "num_unsure": 0, "num_shared": 0, "num_agreed": 0}
    judged = Review(**counts, unsound=Share(1, 20), wrong=Share(2, 20))
    made = card(pairs(), review=judged.told())
    expected = "pairs found wrong, in question or answer | 2 of 20 (10.0%, 95% interval 1.2% - 31.7%)"
    assert f"| {expected} |" in made.body
    assert Review(**counts, unsound=Share(0, 0), wrong=Share(0, 0)).told() is None
    assert "Nobody has read it" not in made.body


def test_a_set_without_benchmarks_says_that_nothing_was_compared():
    assert "**No benchmark was named**" in card(pairs(), benchmarks=[]).body


def test_a_picture_of_any_stages_is_a_png():
    odd = [{"stage": "$x^2$\x00" * 30, "num_input": 0, "num_kept": 0}]
    for rows in ([], odd, stages(funnel("<b>$")).to_dicts()):
        assert funnel_picture(rows).startswith(b"\x89PNG")


@pytest.mark.parametrize(("num_rows", "size"), [(0, "n<1K"), (1_000, "1K<n<10K"), (12_000_000, "10M<n<100M")])
def test_sizes_are_the_hubs(num_rows: int, size: str):
    assert size_category(num_rows) == size


def test_a_type_without_a_name_is_refused():
    with pytest.raises(ReleaseError, match=r"no type for when \(Date\)"):
        card(pairs().with_columns(when=pl.lit(None, pl.Date)))
