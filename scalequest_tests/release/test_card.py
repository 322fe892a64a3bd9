import re
from collections.abc import Mapping
from pathlib import Path

import datasets
import polars as pl
import pytest
import yaml
from huggingface_hub import DatasetCard

from scalequest_assets.errors import ReleaseError
from scalequest_assets.release.card import Card, card_of
from scalequest_assets.release.forms import DEFAULT
from scalequest_assets.release.reviewing import Review, Share
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.releases import Releases
from scalequest_assets.subjects.maths.subject import SUBJECT
from scalequest_tests.release.frames import funnel, pairs
from scalequest_tests.release.released import released

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


def card(frame: pl.DataFrame, text: str | None = None, more: Mapping[str, pl.DataFrame] | None = None) -> Card:
    return card_of(
        {name: {"train": rows} for name, rows in {**(more or {}), DEFAULT: frame}.items()},
        funnel(text),
        profile_name=text or "tiny",
        description=text or "Two pairs, for_a test.",
        license_id="apache-2.0",
        models={text or "judge": "apache-2.0", "reward": text or "mit"},
        about=SUBJECT.card,
    )


def test_the_card_reads_as_expected():
    assert card(pairs(), more=released()).text == EXPECTED.read_text(encoding="utf-8")


def test_the_hub_reads_head_and_body_as_they_were_written():
    made = card(pairs())
    read = DatasetCard(made.text)
    assert read.data.to_dict() == made.head.to_dict()
    assert read.text.strip() == made.body.strip()


def test_datasets_loads_what_the_head_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    frame = pairs()
    rows = {"data/train": frame}
    folder, _ = Releases(Home(tmp_path / "home")).write_dataset(rows, card(frame).text, "name: tiny\n")
    cache = str(tmp_path / "cache")
    loaded = datasets.load_dataset(str(folder), "default", split="train", cache_dir=cache)
    declared = {feature["name"]: feature["dtype"] for feature in card(frame).head.dataset_info[0]["features"]}
    assert {name: feature.dtype for name, feature in loaded.features.items()} == declared
    assert loaded.to_list() == frame.to_dicts()
    builder = datasets.load_dataset_builder(str(folder), "default", cache_dir=cache)
    assert builder.info.features == loaded.features, "columns are known before a file is opened"


@pytest.mark.parametrize("text", HOSTILE)
def test_data_is_never_markup(text: str):
    plain, made = card(pairs()), card(pairs(text), text)
    assert made.head.to_dict() == plain.head.to_dict()
    assert DatasetCard(made.text).data.license == "apache-2.0"
    assert shape(made.body) == shape(plain.body), "as many headings, rows, cells and items as before"
    assert not re.search(r"(?<!\\)[<>$]|(?<!\\)\]\(", made.body)


def shape(body: str) -> list[tuple[str, int]]:
    """What each line is by its first characters, and how many bars part its cells."""
    starts = [re.match(r"(#+ |- |\||\d+[.)]|-{3}|`{3}|$)?", line) for line in body.splitlines()]
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in body.splitlines()]
    return [(start[0] if start else "", num) for start, num in zip(starts, bars, strict=True)]


def test_a_head_quotes_what_is_no_plain_text():
    text = "---\nlanguage: xx"
    rows = {DEFAULT: {"train": pairs()}}
    made = card_of(rows, funnel(), profile_name="p", description="d", license_id=text, models={}, about=SUBJECT.card)
    assert DatasetCard(made.text).data.to_dict() == made.head.to_dict()
    assert yaml.safe_load(made.head.to_yaml())["license"] == text


def test_what_people_said_is_on_the_card_and_nothing_where_nobody_judged():
    about = {"profile_name": "p", "description": "d", "license_id": "mit", "models": {}, "about": SUBJECT.card}

    def body(wrong: Share) -> str:
        counts = {"num_pairs": 50, "num_judged": 20, "num_unsure": 0, "num_shared": 0, "num_agreed": 0}
        review = Review(**counts, unsound=Share(1, 20), wrong=wrong)
        return card_of({DEFAULT: {"train": pairs()}}, funnel(), **about, review=review).body

    assert "Review: of 20 judged pairs 2 were wrong (10.0%, 95% interval 1.2% - 31.7%)." in body(Share(2, 20))
    assert body(Share(0, 0)) == card_of({DEFAULT: {"train": pairs()}}, funnel(), **about).body


@pytest.mark.parametrize(("num_rows", "size"), [(0, "n<1K"), (1_000, "1K<n<10K"), (12_000_000, "10M<n<100M")])
def test_sizes_are_the_hubs(num_rows: int, size: str):
    frame = pl.select(query=pl.repeat("q", num_rows))
    assert card(frame).head.size_categories == [size]


def test_a_type_without_a_name_is_refused():
    with pytest.raises(ReleaseError, match=r"no type for when \(Date\)"):
        card(pairs().with_columns(when=pl.lit(None, pl.Date)))
