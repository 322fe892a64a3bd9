"""An asset against the bare engine: the rows of `responses`, the same model, prompts and batches, in turns.

`asset` goes all the way: a Dagster run (some tenths of a second, however many rows), prompts rendered, rows stored,
table written. `engine` is given the rendered requests; `model.generate` the engine's batches. Each draws from the same
distribution; tokens made are counted. On a GPU (`make bench-gpu`) there are 64 to 1,024 rows.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import torch

from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.engines.base import Message, Request, Sampling
from scalequest_assets.engines.loading import best_device, device_name
from scalequest_assets.engines.transformers.engine import TransformersEngine
from scalequest_assets.orchestration.graph import Graph, Target
from scalequest_assets.orchestration.resources import Resources
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import use_profile
from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.prompts import solve

NUM_QUESTIONS, NUM_SAMPLES, ROUNDS = 64, 2, 4
ON_GPU = (32, 128, 512)
"""Questions where there is a GPU."""
SAMPLING = Sampling(temperature=0.7, top_p=0.95, max_tokens=64)
PARTITION = {"generator": "grade_school", "shard": "s0000"}


def run() -> list[dict[str, object]]:
    """Return tokens/s of each, and the asset's divided by the others', round by round."""
    sizes = (NUM_QUESTIONS,) if best_device() == "cpu" else ON_GPU
    return [row for num_questions in sizes for row in _measured(num_questions)]


def _measured(num_questions: int) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        _, resources = prepared(home, seed=0, num_questions=num_questions)
        models = resources.models
        handle = models.handle("smollm2")
        engine = TransformersEngine(handle.path, dtype="auto")
        requests = _requests(models.chat(handle), num_questions)
        speeds: dict[str, list[float]] = {"asset": [], "engine": [], "model.generate": []}
        for seed in range(ROUNDS + 1):
            graph, resources = prepared(home, seed, num_questions=num_questions)
            sides: dict[str, Callable[[], int]] = {
                "asset": partial(asset, graph, resources),
                "engine": partial(_engine, engine, requests, seed),
                "model.generate": partial(_generate, engine, requests, seed),
            }
            for name in list(sides)[:: 1 if seed % 2 else -1]:  # who goes first changes
                started = time.perf_counter()
                num_tokens = sides[name]()
                if seed:  # the first round warms up
                    speeds[name].append(num_tokens / (time.perf_counter() - started))
    known = {"device": device_name(best_device()), "rows": num_questions * NUM_SAMPLES}
    return [
        {"what": name, **known, "tokens/s, median": statistics.median(values)}
        | {"asset / this": _ratio(speeds["asset"], values)}
        for name, values in speeds.items()
    ]


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


_LOADED: dict[str, Any] = {}


def prepared(home: Home, seed: int, *settings: str, num_questions: int = NUM_QUESTIONS) -> tuple[Graph, Resources]:
    """Return a graph whose responder is the embedded model as it is, another seed each round so nothing is stored."""
    sampling = f"{{temperature: {SAMPLING.temperature}, top_p: {SAMPLING.top_p}, max_tokens: {SAMPLING.max_tokens}}}"
    profile, _ = use_profile(
        home,
        None,
        [
            f"random_seed={seed + 1}",
            f"roles.responder={{model: smollm2, prompt_style: compact, sampling: {sampling}}}",
            f"answers.num_samples={NUM_SAMPLES}",
            *settings,
        ],
    )
    resources = build_resources(home, profile)
    if "models" in _LOADED:  # the engine stays loaded from round to round, as it does from asset to asset
        resources.models._loaded = _LOADED["models"]._loaded
    _LOADED["models"] = resources.models
    if not resources.lake.exists("deduplicated_questions", PARTITION):
        resources.lake.write("deduplicated_questions", PARTITION, questions(num_questions))
    instance = dg.DagsterInstance.from_config(str(home.dagster))
    return Graph(build_defs(resources), instance, resources), resources


def questions(num_questions: int = NUM_QUESTIONS) -> pl.DataFrame:
    problems = families.generate("grade_school", num_questions, seed=5)
    return pl.DataFrame(
        {
            "query_id": [f"grade_school/s0000/{row:06d}" for row in range(num_questions)],
            "generator": "grade_school",
            "shard": "s0000",
            "query": [problem.query for problem in problems],
            "difficulty": 0.5,
            "keep": True,
            **dict.fromkeys(("drop_reason", "survivor_id", "jaccard", "relation")),
        }
    )


def _requests(chat: Any, num_questions: int) -> list[Request]:
    prompts = [
        chat.render([Message(role="user", content=solve.prompt(query, "compact"))])
        for query in questions(num_questions)["query"]
    ]
    return [
        Request(id=f"grade_school/s0000/{row:06d}#{sample}", prompt=prompt, seed=0)
        for row, prompt in enumerate(prompts)
        for sample in range(NUM_SAMPLES)
    ]


def asset(graph: Graph, resources: Resources) -> int:
    graph.make(Target(asset="responses", group="answers", partition=PARTITION, state="missing"))
    return int(resources.lake.scan("responses", [PARTITION]).select(pl.col("num_tokens").sum()).collect().item())


def _engine(engine: TransformersEngine, requests: list[Request], seed: int) -> int:
    seeded = [Request(id=r.id, prompt=r.prompt, seed=seed * 10_000 + row) for row, r in enumerate(requests)]
    return sum(done.num_tokens for done in engine.generate(seeded, SAMPLING, {r.id for r in seeded}))


def _generate(engine: TransformersEngine, requests: list[Request], seed: int) -> int:
    model, tokenizer = engine._model, engine._tokenizer
    torch.manual_seed(seed)
    total = 0
    for batch in engine.plan(requests, SAMPLING):
        inputs = tokenizer(
            [r.prompt for r in batch], add_special_tokens=False, return_tensors="pt", padding=True, padding_side="left"
        ).to(model.device)
        with torch.inference_mode():
            made = model.generate(
                **inputs,
                do_sample=True,
                temperature=SAMPLING.temperature,
                top_p=SAMPLING.top_p,
                top_k=0,
                max_new_tokens=SAMPLING.max_tokens,
                pad_token_id=tokenizer.pad_token_id,
            )
        new = made[:, inputs["input_ids"].shape[1] :]
        ended = (new == tokenizer.eos_token_id).cumsum(dim=1)
        total += int((ended - (new == tokenizer.eos_token_id).long() == 0).sum())
    return total
