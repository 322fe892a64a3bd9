import dagster as dg
import polars as pl
import pytest

from scalequest_assets.errors import MissingPartitionError, SchemaError
from scalequest_assets.storage.io_manager import ALLOW_PARTIAL_TAG, LakeIOManager
from scalequest_assets.storage.lake import Lake

GENERATORS = dg.StaticPartitionsDefinition(["a", "b"])
GRID = dg.MultiPartitionsDefinition(
    {"shard": dg.StaticPartitionsDefinition(["s0000", "s0001"]), "generator": GENERATORS}
)
BY_GENERATOR = dg.MultiToSingleDimensionPartitionMapping(partition_dimension_name="generator")


class Text(dg.Config):
    text: str = "?"


@dg.asset(partitions_def=GRID)
def synthetic_questions(context: dg.AssetExecutionContext, config: Text) -> pl.DataFrame:
    key = GRID.get_partition_key_from_str(str(context.partition_key)).keys_by_dimension
    row = {"query_id": f"{key['generator']}/{key['shard']}/000000", **key, "query": config.text}
    row |= {"num_tokens": 1, "finish_reason": "stop", "seed": 1, "error": None, "engine": "fake 1", "is_exact": True}
    return pl.DataFrame([row]).select(
        "query_id", "generator", "shard", "query", "num_tokens", "finish_reason", "seed", "error", "engine", "is_exact"
    )


def _pairs() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"left_id": pl.String, "right_id": pl.String, "jaccard": pl.Float64, "relation": pl.String}
    )


@dg.asset(
    partitions_def=GENERATORS,
    metadata={"roll_up": True},
    ins={"synthetic_questions": dg.AssetIn(partition_mapping=BY_GENERATOR)},
)
def duplicate_pairs(context: dg.AssetExecutionContext, synthetic_questions: pl.LazyFrame) -> pl.DataFrame:
    context.log.info("rows")
    seen[context.partition_key] = synthetic_questions.collect()["query"].to_list()
    return _pairs()


@dg.asset(ins={"duplicate_pairs": dg.AssetIn(partition_mapping=dg.AllPartitionMapping())})
def costs(duplicate_pairs: pl.DataFrame) -> pl.DataFrame:
    assert isinstance(duplicate_pairs, pl.DataFrame)
    return pl.DataFrame({"asset": ["x"]})


seen: dict[str, list[str]] = {}
ASSETS = [synthetic_questions, duplicate_pairs, costs]


@pytest.fixture
def run(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:

        def materialize(asset, partition_key=None, *, text="q", raise_on_error=True, tags=None):
            return dg.materialize(
                ASSETS,
                selection=[asset],
                partition_key=partition_key,
                instance=instance,
                resources={"io_manager": LakeIOManager(Lake(tmp_path))},
                run_config={"ops": {"synthetic_questions": {"config": {"text": text}}}}
                if asset is synthetic_questions
                else None,
                raise_on_error=raise_on_error,
                tags=tags,
            )

        materialize.instance = instance
        yield materialize


def version(result) -> str:
    (event,) = result.get_asset_materialization_events()
    return event.materialization.tags["dagster/data_version"]


def test_content_hash_is_the_data_version(run, tmp_path):
    partition = {"generator": "a", "shard": "s0000"}
    first = version(run(synthetic_questions, "a|s0000"))
    assert first == Lake(tmp_path).content_hash("synthetic_questions", partition)
    assert version(run(synthetic_questions, "a|s0000")) == first
    assert version(run(synthetic_questions, "a|s0000", text="other")) != first


def test_metadata_says_how_much_was_written_and_where(run):
    (event,) = run(synthetic_questions, "a|s0000").get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert metadata["dagster/partition_row_count"].value == 1
    assert metadata["dagster/uri"].value.endswith("generator=a/shard=s0000/part.parquet")
    assert "dagster/column_schema" not in metadata, "that is the definition's"


def test_fan_in_reads_the_generators_shards_and_a_rollup_version_follows_them(run):
    for key in ["a|s0000", "a|s0001", "b|s0000", "b|s0001"]:
        run(synthetic_questions, key, text=key)
    first = version(run(duplicate_pairs, "a"))
    assert seen["a"] == ["a|s0000", "a|s0001"]
    assert version(run(duplicate_pairs, "a")) == first
    run(synthetic_questions, "b|s0000", text="new")
    assert version(run(duplicate_pairs, "a")) == first, "another generator's shard is not its input"
    run(synthetic_questions, "a|s0001", text="new")
    assert version(run(duplicate_pairs, "a")) != first, "same pairs, but its readers open the changed shard"


def test_fan_in_to_an_unpartitioned_asset(run):
    for key in ["a|s0000", "a|s0001", "b|s0000", "b|s0001"]:
        run(synthetic_questions, key)
    run(duplicate_pairs, "a")
    run(duplicate_pairs, "b")
    with pytest.raises(SchemaError, match="column 'generator' is missing"):
        run(costs)


def test_missing_partitions_are_named(run):
    run(synthetic_questions, "a|s0000")
    with pytest.raises(
        MissingPartitionError, match=r"a\|s0001.*\n.*scalequest run --select synthetic_questions --partition 'a\|s0001'"
    ):
        run(duplicate_pairs, "a")


@pytest.mark.parametrize("how", [{"tags": {ALLOW_PARTIAL_TAG: "true"}}])
def test_partial_runs_read_what_is_there(run, how):
    run(synthetic_questions, "a|s0000", text="only")
    run(duplicate_pairs, "a", **how)
    assert seen["a"] == ["only"]
    run(duplicate_pairs, "b", **how)
    assert seen["b"] == []


def test_a_plain_partition_tag_is_understood(run, tmp_path):
    """A launch that sets only the `dagster/partition` tag gives a plain string as key."""
    job = dg.Definitions(
        assets=ASSETS,
        jobs=[dg.define_asset_job("questions", [synthetic_questions], partitions_def=GRID)],
        resources={"io_manager": LakeIOManager(Lake(tmp_path))},
    ).get_job_def("questions")
    result = job.execute_in_process(instance=run.instance, tags={"dagster/partition": "b|s0001"})
    assert result.success
    assert Lake(tmp_path).exists("synthetic_questions", {"generator": "b", "shard": "s0001"})


def test_several_partitions_in_one_run_are_refused(run, tmp_path):
    tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "b"}
    for key in ["a|s0000", "a|s0001", "b|s0000", "b|s0001"]:
        run(synthetic_questions, key)

    @dg.asset(partitions_def=GENERATORS, backfill_policy=dg.BackfillPolicy.single_run())
    def generator_config() -> pl.DataFrame:
        return pl.DataFrame({"generator": ["a"], "config": ["{}"]})

    with pytest.raises(dg.Failure, match="a run makes one partition, this one was given 2: a, b"):
        dg.materialize([generator_config], tags=tags, resources={"io_manager": LakeIOManager(Lake(tmp_path))})


def test_no_frame_is_an_error(tmp_path):
    @dg.asset
    def seed_questions():
        return [1]

    with pytest.raises(SchemaError, match="seed_questions returned list"):
        dg.materialize([seed_questions], resources={"io_manager": LakeIOManager(Lake(tmp_path))})
