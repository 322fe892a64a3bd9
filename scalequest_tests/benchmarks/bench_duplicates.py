"""Near-duplicates: against gaoya, rensa and datasketch on one core, and up to two million questions on all cores.

RIVALS_PYTHON names the Python of an environment that has `gaoya==0.2.2`, `rensa==0.5.0` and `datasketch==2.0.0`. All
run one thread on the same normal forms (distinct ones: exact copies are nobody's work) with 125 or 128 permutations in
25 bands of 5 at Jaccard 0.7, in turns; rates are by CPU time, since the machine may be shared. Ours ends at pairs
verified by exact Jaccard, with their relation, theirs at what the library returns. The truth is all pairs, exactly.

rensa and datasketch take no text, so making shingles is part of what they need. rensa runs twice: on strings sliced in
Python (`rensa`), and on bytes cut by a NumPy view, the cheapest form found (`rensa_views`).

System time is given apart: where a virtual machine's host provides memory on first use, that first use is costly, and
as much of a run's time as the machine's state makes it.
"""

import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import polars as pl

from scalequest_assets.recipe import clusters, minhash
from scalequest_assets.storage.lake import Lake
from scalequest_assets.subjects.maths import normalization
from scalequest_tests.benchmarks.child_process import in_child
from scalequest_tests.benchmarks.exact_pairs import exact_pairs
from scalequest_tests.benchmarks.peak_memory import peak_gb
from scalequest_tests.benchmarks.question_corpus import BLOCK, SHARD, questions
from scalequest_tests.maths import cross_pairs, signatures
from scalequest_tests.maths import pairs as verified_pairs

ROUNDS, THRESHOLD = 3, 0.7
RIVAL_ROWS, SCALE_ROWS, LAKE_ROWS = (20_000, 100_000), (100_000, 500_000, 2_000_000), 200_000
VARIABLE, RIVALS = "RIVALS_PYTHON", ("gaoya", "rensa", "rensa_views", "datasketch")
THEIRS = """
import json, sys, time
name, file, threshold = sys.argv[1], sys.argv[2], float(sys.argv[3])
texts = open(file, encoding="utf-8").read().split("\\n")
shingles = lambda text: [text[at : at + 5] for at in range(len(text) - 4)]

def gaoya(texts):
    from gaoya.minhash import MinHashStringIndex
    index = MinHashStringIndex(32, threshold, 25, 5, None, "char", False, (5, 5), "vec")
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    return [(row, other) for row, found in enumerate(index.par_bulk_query(texts)) for other in found if other != row]

def rensa(texts):
    from rensa import RMinHashDeduplicator
    index = RMinHashDeduplicator(threshold, 125, True, 25)
    index.add_pairs((str(row), shingles(text)) for row, text in enumerate(texts))

def rensa_views(texts):
    import numpy
    from rensa import RMinHashDeduplicator
    index = RMinHashDeduplicator(threshold, 125, True, 25)
    views = lambda data: numpy.ndarray((len(data) - 4,), "S5", data, 0, (1,)).tolist()
    index.add_pairs((str(row), views(text.encode())) for row, text in enumerate(texts))

def datasketch(texts):
    from datasketch import MinHash, MinHashLSH
    index, pairs = MinHashLSH(threshold=threshold, num_perm=128, params=(25, 5)), []
    for row, text in enumerate(texts):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([shingle.encode() for shingle in shingles(text)])
        pairs += [(row, other) for other in index.query(sketch)]
        index.insert(row, sketch)
    return pairs

globals()[name](texts[:500])
began = time.process_time()
pairs = globals()[name](texts)
seconds = time.process_time() - began
json.dump({"seconds": seconds, "pairs": pairs}, sys.stdout)
"""


def run() -> list[dict[str, object]]:
    """Return the rows of both comparisons, and those of the same work through the lake."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder)
        for block in range(max(SCALE_ROWS) // BLOCK):
            questions(block).drop("source", "kind").write_parquet(corpus / f"{block:04d}.parquet")
        rows = [row for num_rows in RIVAL_ROWS for row in _against_rivals(corpus, num_rows)]
        rows += _scale(corpus)
        rows.append(in_child(_through_lake, str(corpus), LAKE_ROWS, threads=None))
    machine = f"{_processor()}, {os.cpu_count()} cores"
    return [{"what": machine}, *rows]


def _against_rivals(corpus: Path, num_rows: int) -> list[dict[str, object]]:
    """Return rate, recall and precision of all on the first questions that differ in their normal form."""
    frame = _read(corpus, num_rows + num_rows // 2)
    frame = frame.with_columns(normal=normalization.normalise(frame["query"]))
    frame = frame.filter(pl.col("normal").str.len_bytes() >= minhash.SHINGLE_BYTES).unique(
        "normal", maintain_order=True
    )
    frame = frame.head(num_rows)
    frame.write_parquet(corpus / "distinct")
    (corpus / "distinct.txt").write_text("\n".join(frame["normal"]), encoding="utf-8")
    truth = exact_pairs(frame["normal"], THRESHOLD)
    python = os.environ.get(VARIABLE)
    ours: list[dict[str, object]] = []
    theirs: dict[str, list[dict[str, object]]] = {name: [] for name in (RIVALS if python else ())}
    for _ in range(ROUNDS):
        ours.append(in_child(_ours, str(corpus / "distinct"), threads=1))
        for name, rounds in theirs.items():
            rounds.append(_theirs(str(python), name, corpus / "distinct.txt"))
    rows = [_score("ours", num_rows, ours, truth)]
    rows += [_score(name, num_rows, rounds, truth) for name, rounds in theirs.items()]
    for row, rounds in zip(rows[1:], theirs.values(), strict=True):
        row["ours / theirs"] = round(
            statistics.median(their["seconds"] / our["seconds"] for our, their in zip(ours, rounds, strict=True)), 1
        )
    return rows if python else [*rows, {"what": f"rivals not run: {VARIABLE} is not set"}]


def _score(name: str, num_rows: int, rounds: list[dict[str, object]], truth: set[tuple[int, int]]) -> dict[str, object]:
    row: dict[str, object] = {
        "what": f"{name}, one core",
        "rows": num_rows,
        "rows/s": round(num_rows / statistics.median(r["seconds"] for r in rounds)),
    }
    if rounds[0]["pairs"]:
        found = {(min(i, j), max(i, j)) for i, j in rounds[0]["pairs"]}
        row |= {
            "pairs": len(truth),
            "recall": len(found & truth) / len(truth),
            "precision": len(found & truth) / len(found),
        }
    return row


def _ours(path: str) -> dict[str, object]:
    """Return CPU seconds from normal forms to verified pairs, and the pairs; what has to be compiled is so before."""
    frame = pl.read_parquet(path)
    _warm_up(frame)
    began = time.process_time()
    normalization.normalise(frame["query"])
    normalised = time.process_time()
    found = verified_pairs(signatures(frame), threshold=THRESHOLD)
    seconds = time.process_time() - normalised - (normalised - began)
    at = frame.select("query_id").with_row_index("at")
    sides = [
        found.join(at, left_on=side, right_on="query_id", maintain_order="left")["at"]
        for side in ("left_id", "right_id")
    ]
    return {"seconds": seconds, "pairs": list(zip(*(side.to_list() for side in sides), strict=True))}


def _theirs(python: str, name: str, texts: Path) -> dict[str, object]:
    threads = {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [python, "-c", THEIRS, name, str(texts), str(THRESHOLD)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **threads})
    return dict(json.loads(done.stdout))


def _scale(corpus: Path) -> list[dict[str, object]]:
    rounds = [[in_child(_whole, str(corpus), num_rows, threads=None) for num_rows in SCALE_ROWS] for _ in range(ROUNDS)]
    return [
        {
            name: value if isinstance(value, str) else round(statistics.median(row[name] for row in same), 2)
            for name, value in same[0].items()
        }
        for same in zip(*rounds, strict=True)
    ]


def _whole(corpus: str, num_rows: int) -> dict[str, object]:
    """Return what it takes from questions to survivors."""
    frame = _read(Path(corpus), num_rows)
    _warm_up(frame)
    began, cpu = time.perf_counter(), time.process_time()
    normalization.normalise(frame["query"])
    normalising, normalising_cpu = time.perf_counter() - began, time.process_time() - cpu
    began, cpu, system = time.perf_counter(), time.process_time(), os.times().system
    _survivors(frame)
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    return {
        "what": "all cores, questions to survivors",
        "rows": num_rows,
        "wall s": wall,
        "wall s without normalising": wall - normalising,
        "CPU s": used,
        "of which system s": os.times().system - system,
        "CPU µs/row without normalising": (used - normalising_cpu) / num_rows * 1e6,
        "normalised rows/s": num_rows / normalising,
        "peak GB": peak_gb(),
    }


def _survivors(frame: pl.DataFrame) -> pl.DataFrame:
    rows = signatures(frame)
    pairs = verified_pairs(rows, threshold=THRESHOLD)
    return clusters.clusters(pairs, rows, generators=["g"], max_variants=2)


def _through_lake(corpus: str, num_rows: int) -> dict[str, object]:
    """Return what the assets' work takes with two generators, from the lake and to it."""
    frame = _read(Path(corpus), num_rows)
    generators, parts = ["a", "b"], []
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(folder)
        began = time.perf_counter()
        size = 0
        for number, start in enumerate(range(0, num_rows, SHARD)):
            part = {"generator": generators[number % 2], "shard": f"s{number // 2:04d}"}
            shard = frame.slice(start, SHARD).with_columns(
                generator=pl.lit(part["generator"]), shard=pl.lit(part["shard"])
            )
            size += lake.write("minhash_signatures", part, signatures(shard)).size_bytes
            parts.append(part)
        pairs = []
        for name in generators:
            own = lake.scan("minhash_signatures", [part for part in parts if part["generator"] == name])
            pairs.append(verified_pairs(own, threshold=THRESHOLD))
        rows = lake.scan("minhash_signatures", parts)
        pairs.append(cross_pairs(rows, threshold=THRESHOLD, generators=generators))
        named = rows.select(clusters.QUESTION_COLUMNS).collect()
        clusters.clusters(pl.concat(pairs), named, generators=generators, max_variants=2)
        seconds = time.perf_counter() - began
    return {
        "what": f"two generators, through the lake ({size / num_rows:.0f} bytes/row)",
        "rows": num_rows,
        "wall s": seconds,
        "peak GB": peak_gb(),
    }


def _warm_up(frame: pl.DataFrame) -> None:
    """Have all kernels compiled or loaded: on questions of which each has a close one."""
    some = frame.head(500)
    close = some.with_columns(pl.col("query_id") + "+", pl.col("query") + " Or 7?")
    assert _survivors(pl.concat([some, close])).height >= 2 * some.height


def _read(corpus: Path, num_rows: int) -> pl.DataFrame:
    files = sorted(corpus.glob("*.parquet"))[: -(-num_rows // BLOCK)]
    return pl.read_parquet(files).head(num_rows)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
