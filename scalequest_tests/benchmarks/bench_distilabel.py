"""distilabel against an asset: the same model, prompts and sampling, with transformers on this machine, in turns.

distilabel's dependencies do not fit beside ours: DISTILABEL_PYTHON names the Python of an environment that has
`distilabel[hf-transformers]==1.5.3` and `requests`, which it imports and does not name. Its step is used as it comes;
ours is `responses`, as in the benchmark `asset`.
"""

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from scalequest_assets.storage.home import Home
from scalequest_assets.subjects.maths.prompts import solve
from scalequest_tests.benchmarks.bench_asset import SAMPLING, asset, prepared, questions

ROUNDS = 3
VARIABLE = "DISTILABEL_PYTHON"
THEIRS = """
import json, sys, time
from distilabel.models import TransformersLLM
from distilabel.steps.tasks import TextGeneration
asked = json.load(open(sys.argv[2]))
llm = TransformersLLM(model=sys.argv[1], torch_dtype="bfloat16", device="cpu", generation_kwargs=asked["sampling"])
step = TextGeneration(llm=llm, num_generations=asked["num_samples"], input_batch_size=64)
step.load()
rows = [{"instruction": prompt} for prompt in asked["prompts"]]
next(step.process([{"instruction": "Add 1 and 2."}]))
began = time.perf_counter()
done = [row for start in range(0, len(rows), 64) for row in next(step.process(rows[start : start + 64]))]
seconds = time.perf_counter() - began
tokens = sum(row["distilabel_metadata"]["statistics_text_generation_0"]["output_tokens"] for row in done)
print(json.dumps({"tokens": tokens, "seconds": seconds}))
"""


def run() -> list[dict[str, object]]:
    """Return tokens/s of both, and ours divided by theirs, round by round."""
    python = os.environ.get(VARIABLE)
    if not python:
        return [{"what": f"not run: {VARIABLE} is not set", "tokens/s, median": None, "ours / theirs": None}]
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        graph, resources = prepared(home, 0)
        model = resources.models.handle("smollm2").path
        asset(graph, resources)  # warms up
        for seed in range(1, ROUNDS + 1):
            theirs.append(_theirs(python, model, Path(folder)))
            graph, resources = prepared(home, seed)
            began = time.perf_counter()
            ours.append(asset(graph, resources) / (time.perf_counter() - began))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    return [
        {"what": "distilabel 1.5.3", "tokens/s, median": statistics.median(theirs), "ours / theirs": ratio},
        {"what": "asset", "tokens/s, median": statistics.median(ours), "ours / theirs": None},
    ]


def _theirs(python: str, model: str, folder: Path) -> float:
    sampling = {
        "temperature": SAMPLING.temperature,
        "top_p": SAMPLING.top_p,
        "max_new_tokens": SAMPLING.max_tokens,
        "repetition_penalty": 1.0,
    }
    prompts = [solve.prompt(query, "compact") for query in questions()["query"]]
    asked = folder / "asked.json"
    asked.write_text(json.dumps({"prompts": prompts, "num_samples": 2, "sampling": sampling}))
    command = [python, "-c", THEIRS, model, str(asked)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    return float(answer["tokens"] / answer["seconds"])
