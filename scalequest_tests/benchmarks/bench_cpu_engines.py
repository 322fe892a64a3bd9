"""llama.cpp and vLLM against our engine, on this CPU: one model file, the same prompts, greedy, in turns.

SCALEQUEST_BENCH_GGUF names the model's file. LLAMA_CPP_PYTHON names the Python of an environment that has `xllamacpp`,
which brings llama.cpp's server as a wheel, and VLLM_PYTHON one that has vLLM (`make setup-extras`); either may be
absent. Each engine writes to every prompt until it ends it or has written `MAX_TOKENS`. llama.cpp has one slot a prompt
and vLLM one sequence, so that all are written at once, as ours are. llama.cpp reads the file; vLLM reads what we
convert it to, in bfloat16.
"""

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from scalequest_assets.engines.base import Message, Request, Sampling
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.transformers import gguf
from scalequest_assets.engines.transformers.engine import TransformersEngine
from scalequest_assets.subjects.maths.families import generate
from scalequest_tests.benchmarks.bench_int8 import NUM_ROWS, PROMPT, ROUNDS

MAX_TOKENS, CONTEXT = 128, 512
FILE = "SCALEQUEST_BENCH_GGUF"
DTYPES = ("int8", "bfloat16")
LLAMA_CPP = """
import concurrent.futures, json, sys, time, urllib.request
import xllamacpp
asked = json.load(open(sys.argv[2]))
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_parallel, params.n_ctx = len(asked["prompts"]), len(asked["prompts"]) * asked["context"]
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = asked["threads"]
params.n_threads_http = len(asked["prompts"]) + 2
params.port = 0
server = xllamacpp.Server(params)
def written(prompt, num_tokens):
    body = {"prompt": prompt, "n_predict": num_tokens, "temperature": 0.0, "cache_prompt": False}
    request = urllib.request.Request(server.listening_address + "/completion", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))["tokens_predicted"]
written("Add 1 and 2.", 2)
with concurrent.futures.ThreadPoolExecutor(len(asked["prompts"])) as pool:
    began = time.perf_counter()
    tokens = sum(pool.map(lambda prompt: written(prompt, asked["max_tokens"]), asked["prompts"]))
    print("SAID " + json.dumps({"tokens": tokens, "seconds": time.perf_counter() - began}), flush=True)
"""
VLLM = """
import json, sys, time
from vllm import LLM, SamplingParams
if __name__ == "__main__":
    asked = json.load(open(sys.argv[2]))
    llm = LLM(asked["model"], dtype="bfloat16", max_model_len=asked["context"], max_num_seqs=len(asked["prompts"]))
    def written(num_tokens):
        return llm.generate(asked["prompts"], SamplingParams(temperature=0.0, max_tokens=num_tokens), use_tqdm=False)
    written(2)
    began = time.perf_counter()
    done = written(asked["max_tokens"])
    tokens = sum(len(one.outputs[0].token_ids) for one in done)
    print("SAID " + json.dumps({"tokens": tokens, "seconds": time.perf_counter() - began}), flush=True)
"""
THEIRS = {"llama.cpp": ("LLAMA_CPP_PYTHON", LLAMA_CPP), "vLLM": ("VLLM_PYTHON", VLLM)}
"""By engine: the variable that names its Python, and what that runs."""


def run() -> list[dict[str, object]]:
    """Return tokens/s of each engine and dtype, and their ratio to llama.cpp and vLLM, round by round."""
    file = os.environ.get(FILE)
    theirs = {name: (os.environ[variable], code) for name, (variable, code) in THEIRS.items() if variable in os.environ}
    if not file or not theirs:
        return [{"engine": f"not run: needs {FILE} and one of {', '.join(v for v, _ in THEIRS.values())}"}]
    with tempfile.TemporaryDirectory() as folder:
        gguf.convert(Path(file), Path(folder))
        chat = ChatFormat(folder)
        questions = [PROMPT.format(problem.query) for problem in generate("grade_school", NUM_ROWS, seed=1)]
        prompts = [chat.render([Message(role="user", content=question)]) for question in questions]
        engines = {
            dtype: TransformersEngine(folder, dtype=dtype, device="cpu", batch_size=NUM_ROWS) for dtype in DTYPES
        }
        speeds: dict[str, list[float]] = {name: [] for name in (*theirs, *engines)}
        for _ in range(ROUNDS):
            for name, (python, code) in theirs.items():
                speeds[name].append(_theirs([python, "-c", code, file], prompts, Path(folder)))
            for dtype, engine in engines.items():
                speeds[dtype].append(_ours(engine, prompts))
    return [
        {
            "engine": name,
            "median tokens/s": statistics.median(values),
            **{
                f"/ {other}": statistics.median(a / b for a, b in zip(values, speeds[other], strict=True))
                for other in theirs
            },
        }
        for name, values in speeds.items()
    ]


def _ours(engine: TransformersEngine, prompts: list[str]) -> float:
    asked = [Request(id=str(number), prompt=prompt, seed=number) for number, prompt in enumerate(prompts)]
    sampling = Sampling(temperature=0.0, max_tokens=MAX_TOKENS)
    began = time.perf_counter()
    rows = list(engine.generate(asked, sampling, {request.id for request in asked}))
    return sum(row.num_tokens for row in rows) / (time.perf_counter() - began)


def _theirs(command: list[str], prompts: list[str], folder: Path) -> float:
    asked = folder / "asked.json"
    given = {"model": str(folder), "prompts": prompts, "max_tokens": MAX_TOKENS, "context": CONTEXT}
    asked.write_text(json.dumps({**given, "threads": len(os.sched_getaffinity(0))}), encoding="utf-8")
    done = subprocess.run([*command, str(asked)], stdout=subprocess.PIPE, text=True, check=True)
    said = json.loads(done.stdout.partition("SAID ")[2].splitlines()[0])
    return float(said["tokens"] / said["seconds"])
