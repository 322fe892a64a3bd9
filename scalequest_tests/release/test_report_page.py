import polars as pl

from scalequest_assets.release import report as report_page
from scalequest_assets.schemas import polars_schema

HOSTILE = "<script>alert(1)</script> & \x00"


def page(generators: list[str]) -> str:
    rows = {name: [None] * len(generators) for name in polars_schema("qa_pairs")}
    rows |= {"generator": generators, "query": [HOSTILE] * len(generators), "response": ["r"] * len(generators)}
    rows |= {"query_id": ["q"] * len(generators), "topic": ["algebra"] * len(generators)}
    rows |= dict.fromkeys(("difficulty", "agreement", "reward"), [0.5] * len(generators))
    pairs = pl.DataFrame(rows, schema=polars_schema("qa_pairs"))
    funnel, costs = (pl.DataFrame(schema=polars_schema(table)) for table in ("funnel", "costs"))
    return report_page.page("name", "description", funnel, costs, pairs)


def test_a_generator_may_be_called_like_a_column():
    told = page(["topic", "share", "num_questions"])
    for name in ("topic", "share", "num_questions"):
        assert f"share in {name}" in told


def test_what_a_model_wrote_is_text():
    assert "<script>" not in page(["a"])
    assert "&lt;script&gt;" in page(["a"])


def test_no_pairs_make_a_page():
    assert "<html" in page([])
