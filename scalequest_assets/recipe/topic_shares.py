"""How questions spread over topics."""

import polars as pl


def topic_shares(topics: pl.Series) -> pl.DataFrame:
    """Count topics: `topic` (never null), `num_questions`, `share` of those with a topic; most frequent first."""
    counted = topics.drop_nulls().alias("topic").to_frame().group_by("topic").agg(num_questions=pl.len())
    shares = counted.with_columns(share=pl.col("num_questions") / pl.col("num_questions").sum())
    return shares.sort(["num_questions", "topic"], descending=[True, False])
