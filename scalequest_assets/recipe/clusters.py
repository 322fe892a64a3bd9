"""Which of the questions that resemble each other are kept: clusters, survivors, and why each other one goes.

Rows are visited in priority order (see `duplicates.prioritise`): lower shard, then the generator's place, then higher
difficulty, then content hash, then query_id. A row goes if it duplicates a row that is kept, or is one numeric variant
too many of it; else it is kept. So the survivors are the lexicographically first maximal independent set: each loser
has a kept question that it resembles itself, the order of the input does not matter, and since a row's fate depends on
earlier rows alone, a new shard never evicts a survivor of an old one.

For the same reason numeric variants are counted per family, not per connected component, which a new row may merge with
another: a family is a kept question and the kept variants that were attached to it, each to the first kept question it
varies. At most `max_variants` variants are kept in a family.

Differs: ScaleQuest has no deduplication at all.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from scalequest_assets.recipe import reasons
from scalequest_assets.recipe.blocks import Ints
from scalequest_assets.recipe.duplicates import EXACT, NUMERIC_VARIANT, prioritise
from scalequest_assets.recipe.kernels import kernel
from scalequest_assets.schemas import polars_schema

DROP_REASONS = (reasons.EXACT_DUPLICATE, reasons.NEAR_DUPLICATE, reasons.NUMERIC_VARIANT)
"""Every `drop_reason` of `duplicate_clusters` and `deduplicated_questions`."""

QUESTION_COLUMNS = ("query_id", "generator", "shard", "difficulty", "content_hash")
"""What `clusters` reads of each question."""

_SCHEMA = polars_schema("duplicate_clusters")


def clusters(
    pairs: pl.DataFrame, questions: pl.DataFrame, *, generators: Sequence[str], max_variants: int
) -> pl.DataFrame:
    """Return every row that is in a pair, with its cluster and its fate.

    Args:
        pairs: The columns of `duplicate_pairs`, of all generators and across them; repeated or swapped pairs are fine.
        questions: `QUESTION_COLUMNS` of (at least) all rows in the pairs.
        generators: All generators, in priority order.
        max_variants: Numeric variants kept in a family, from 0.

    Returns:
        The columns of `duplicate_clusters`, sorted by query_id.

    Raises:
        ValueError: A pair names a row that is not in `questions`, or a row's generator is not in `generators`.
    """
    named = pl.concat([pairs["left_id"], pairs["right_id"]]).unique().rename("query_id")
    members = questions.select(QUESTION_COLUMNS)
    members = prioritise(members.join(named.to_frame(), on="query_id", how="semi"), generators)
    if members.height < len(named):
        lost = named.filter(~named.is_in(members["query_id"].implode())).sort()[0]
        raise ValueError(f"duplicate_pairs names {lost!r}, which is not among the questions: re-make duplicate_pairs")
    place = members.select("query_id").with_row_index("at").with_columns(pl.col("at").cast(pl.Int64))
    edges = (
        pairs.join(place.rename({"at": "a"}), left_on="left_id", right_on="query_id")
        .join(place.rename({"at": "b"}), left_on="right_id", right_on="query_id")
        .filter(pl.col("a") != pl.col("b"))
        .select(pl.min_horizontal("a", "b").alias("a"), pl.max_horizontal("a", "b").alias("b"), "jaccard", "relation")
    )
    return _outcome(members["query_id"], edges, max_variants)


def apply_clusters(questions: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """Return all the questions (of one partition), each with its fate; one in no cluster is kept.

    Args:
        questions: query_id, generator, shard, query, difficulty (such as `minhash_signatures`).
        clusters: The columns of `duplicate_clusters`, of all partitions.

    Returns:
        The columns of `deduplicated_questions`, in the order of `questions`.
    """
    fate = clusters.drop("cluster_id")
    joined = questions.join(fate, on="query_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("keep").fill_null(True)).select(polars_schema("deduplicated_questions").names())


def _outcome(ids: pl.Series, edges: pl.DataFrame, max_variants: int) -> pl.DataFrame:
    """Decide on the rows 0..n-1, in priority order, given edges a < b between them."""
    num_rows = len(ids)
    a, b = edges["a"].to_numpy(), edges["b"].to_numpy()
    cluster = _components(num_rows, a, b)
    is_exact = (edges["relation"] == EXACT).to_numpy()
    original = _components(num_rows, a[is_exact], b[is_exact])
    between = _between_originals(edges, original)
    starts = np.searchsorted(between["b"].to_numpy(), np.arange(num_rows + 1))
    is_variant = (between["relation"] == NUMERIC_VARIANT).to_numpy()
    cause = np.full(num_rows, -1, np.int64)
    _choose(original, starts, between["a"].to_numpy(), is_variant, max_variants, cause)
    return _describe(ids, cluster, original, cause, between)


def _between_originals(edges: pl.DataFrame, original: Ints) -> pl.DataFrame:
    """Return the edges between the first of each set of exact copies, once each, sorted by (b, a).

    Copies share normal form and marks, so an edge of one is an edge of all, with its Jaccard and relation.
    """
    ends = {"a": original[edges["a"].to_numpy()], "b": original[edges["b"].to_numpy()]}
    moved = edges.with_columns(pl.Series(name, values) for name, values in ends.items()).filter(
        pl.col("a") != pl.col("b")
    )
    moved = moved.with_columns(pl.min_horizontal("a", "b").alias("a"), pl.max_horizontal("a", "b").alias("b"))
    return moved.sort("b", "a", "relation", "jaccard").unique(["a", "b"], keep="first", maintain_order=True)


def _describe(ids: pl.Series, cluster: Ints, original: Ints, cause: Ints, between: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `duplicate_clusters`, given for each original the edge that drops it (-1: kept)."""
    own = pl.DataFrame({"at": np.arange(len(ids)), "original": original, "edge": cause[original], "cluster": cluster})
    edge = between.with_row_index("edge").select(
        pl.col("edge").cast(pl.Int64), survivor="a", jaccard="jaccard", relation="relation"
    )
    rows = own.join(edge, on="edge", how="left", maintain_order="left")
    is_copy = (pl.col("edge") < 0) & (pl.col("at") != pl.col("original"))
    rows = rows.with_columns(
        survivor=pl.when(is_copy).then("original").otherwise("survivor"),
        jaccard=pl.when(is_copy).then(1.0).otherwise("jaccard"),
        relation=pl.when(is_copy).then(pl.lit(EXACT)).otherwise("relation"),
    )
    reason = pl.col("relation").replace_strict(
        {EXACT: reasons.EXACT_DUPLICATE, NUMERIC_VARIANT: reasons.NUMERIC_VARIANT},
        default=reasons.NEAR_DUPLICATE,
        return_dtype=pl.String,
    )
    return rows.select(
        query_id=ids,
        cluster_id=ids.gather(rows["cluster"]),
        keep=pl.col("relation").is_null(),
        drop_reason=pl.when(pl.col("relation").is_not_null()).then(reason),
        survivor_id=ids.gather(rows["survivor"]),
        jaccard="jaccard",
        relation="relation",
    ).cast(_SCHEMA).sort("query_id")  # fmt: skip


@kernel()
def _root(parent: Ints, row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


@kernel()
def _components(num_rows: int, a: Ints, b: Ints) -> Ints:
    """Return for each row the lowest row of its connected component."""
    parent = np.arange(num_rows)
    for edge in range(len(a)):
        x, y = _root(parent, a[edge]), _root(parent, b[edge])
        parent[max(x, y)] = min(x, y)
    for row in range(num_rows):
        parent[row] = _root(parent, row)
    return parent


@kernel()
def _choose(
    original: Ints, starts: Ints, neighbours: Ints, is_variant: npt.NDArray[np.bool_], max_variants: int, cause: Ints
) -> None:
    """Write to `cause` the edge by which each original is dropped, -1 where it is kept.

    Edges `starts[row]:starts[row + 1]` lead from the row to neighbours of higher priority, in priority order.
    """
    family = np.arange(len(cause))
    num_variants = np.zeros(len(cause), np.int64)
    for row in range(len(cause)):
        if original[row] != row:
            continue
        first_variant, full = -1, -1
        for edge in range(starts[row], starts[row + 1]):
            if cause[neighbours[edge]] >= 0:
                continue
            if not is_variant[edge]:
                cause[row] = edge
                break
            if first_variant < 0:
                first_variant = edge
            if full < 0 and num_variants[family[neighbours[edge]]] >= max_variants:
                full = edge
        if cause[row] < 0 and full >= 0:
            cause[row] = full
        if cause[row] < 0 and first_variant >= 0:
            family[row] = family[neighbours[first_variant]]
            num_variants[family[row]] += 1
