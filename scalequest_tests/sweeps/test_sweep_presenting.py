"""How a sweep's points are put beside each other: as a table, a file, a document and a picture."""

from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.recipe import comparison
from scalequest_assets.storage.home import Home
from scalequest_assets.sweeps import presenting
from scalequest_assets.sweeps.axes import points_of, read_axes
from scalequest_assets.sweeps.running import Outcome


def swept(*texts: str, values: list[float | None]):
    """A sweep whose points have one figure that differs (None: failed) and one that does not."""
    axes = read_axes(texts)
    outcomes = [
        Outcome(point=point, figures=pl.DataFrame(schema=comparison.FIGURES), error="no such file\n  -> look")
        if value is None
        else Outcome(point=point, figures=comparison.numbers_in("qpo_model", "a", {"loss": value, "rows": 9}))
        for point, value in zip(points_of(axes), values, strict=True)
    ]
    return axes, outcomes, presenting.compare(axes, outcomes)


def test_points_are_columns_of_the_table_and_only_what_differs_is_in_it():
    _, _, compared = swept("question_tuning.min_pairs=2,3", "num_shards=4", values=[0.5, 0.25])
    rows = presenting.table(compared)
    assert rows.to_dicts() == [{"figure": "qpo_model.a.loss", "min_pairs=2": "0.5", "min_pairs=3": "0.25"}]
    assert compared.positions == {"min_pairs=2": 2.0, "min_pairs=3": 3.0}


def test_over_seeds_the_table_has_averages_and_with_seeds_alone_the_points_too():
    _, _, compared = swept("dedup.threshold=0.6,0.7", "random_seed=1,2", values=[1.0, 3.0, 5.0, 5.0])
    assert presenting.table(compared).to_dicts() == [
        {"figure": "qpo_model.a.loss", "threshold=0.6": "2 ± 1.4", "threshold=0.7": "5 ± 0"}
    ]
    _, _, compared = swept("random_seed=1,2", values=[1.0, 3.0])
    (row,) = presenting.table(compared).to_dicts()
    assert list(row.values()) == ["qpo_model.a.loss", "1", "3", "2 ± 1.4"]


def test_a_failed_point_is_in_file_and_document_with_its_error(tmp_path):
    axes, outcomes, compared = swept("roles.judge.model=x,y,z", values=[0.5, None, 0.25])
    assert presenting.table(compared).columns == ["figure", "model=x", "model=z"]
    table, picture = presenting.write(Home(tmp_path), axes, outcomes, compared)
    rows = pl.read_csv(table)
    assert rows.select("roles.judge.model", "error", "qpo_model.a.loss", "qpo_model.a.rows").rows() == [
        ("x", None, 0.5, 9.0),
        ("y", "no such file\n  -> look", None, None),
        ("z", None, 0.25, 9.0),
    ]
    assert Path(picture).read_bytes().startswith(b"\x89PNG")
    document = presenting.document(outcomes, compared, [table, picture])
    assert [point["figures"] for point in document["points"]][1] == {}
    assert document["over_seeds"] == []


@pytest.mark.parametrize("values", [[None, None], [0.5, 0.5]])
def test_without_a_difference_there_is_no_picture_and_an_empty_table(tmp_path, values):
    axes, outcomes, compared = swept("random_seed=1,2", values=values)
    assert presenting.table(compared).is_empty()
    assert len(presenting.write(Home(tmp_path), axes, outcomes, compared)) == 1


def test_values_that_are_no_numbers_or_texts_are_json_in_the_file():
    _, outcomes, compared = swept("release.mix={a: 1},{a: 2}", values=[1.0, 2.0])
    assert presenting.wide(outcomes, compared.figures)["release.mix"].to_list() == ['{"a": 1}', '{"a": 2}']
    assert compared.positions == {}
