"""datasketch's index of signatures against comparing with all of them: one question's neighbours, as `why` asks.

Both read the same stored signatures. The index is `MinHashLSH` over `LeanMinHash`, with the bands of our own search; it
is made for the one question, since a command ends with its answer.
"""

import json
import resource
import subprocess
import sys
import time

import polars as pl
from datasketch import LeanMinHash, MinHashLSH

from scalequest_assets.recipe.minhash import DEFAULT_BANDS, PERMUTATION_SEED
from scalequest_assets.recipe.neighbours import nearest
from scalequest_assets.schemas import NUM_PERMUTATIONS
from scalequest_tests.benchmarks.question_corpus import BLOCK, questions
from scalequest_tests.maths import signatures

SIZES, NUM_ASKED, NUM_NEAREST = (1_000, 20_000, 200_000), 200, 5


def run() -> list[dict[str, object]]:
    """Return seconds, memory and what is missed, by number of stored signatures; each size in a process of its own."""
    rows = []
    for size in SIZES:
        command = [
            sys.executable,
            "-c",
            f"import json; from {__name__} import measure; print(json.dumps(measure({size})))",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout))
    return rows


def measure(size: int) -> dict[str, object]:
    """Return the figures of one size."""
    blocks = [questions(block) for block in range(-(-size // BLOCK))]
    stored = signatures(pl.concat(blocks).head(size)).select("query_id", "signature", "sketch")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    asked = stored.sample(min(NUM_ASKED, size), seed=1)
    began = time.perf_counter()
    best = [nearest(row["sketch"][0], [stored], num=NUM_NEAREST) for row in asked.iter_slices(1)]
    scan_s = (time.perf_counter() - began) / asked.height
    began = time.perf_counter()
    index = MinHashLSH(num_perm=NUM_PERMUTATIONS, params=(DEFAULT_BANDS.num_bands, DEFAULT_BANDS.num_rows))
    with index.insertion_session() as session:
        for query_id, values in zip(stored["query_id"], stored["signature"].to_numpy(), strict=True):
            session.insert(query_id, _lean(values), check_duplication=False)
    build_s = time.perf_counter() - began
    began = time.perf_counter()
    found = [set(index.query(_lean(row["signature"].to_numpy()[0]))) for row in asked.iter_slices(1)]
    query_s = (time.perf_counter() - began) / asked.height
    wanted = pl.concat([b.with_columns(of=pl.lit(i)) for i, b in enumerate(best)])
    hits = [query_id in found[of] for of, query_id in wanted.select("of", "query_id").iter_rows()]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "stored": size,
        "compare with all, s": scan_s,
        "fill the index, s": build_s,
        "ask the index, s": query_s,
        "index, GB": (peak - before) / 1e6,
        "of the 5 nearest it finds": sum(hits) / len(hits),
    }


def _lean(values: object) -> LeanMinHash:
    return LeanMinHash(seed=PERMUTATION_SEED, hashvalues=values, scheme="affine32")
