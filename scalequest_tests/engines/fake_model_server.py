"""A program that passes for `vllm serve`: a few answers, and an engine process that does not notice when it dies.

Completions repeat the prompt's token ids; a score is the sum of them; the log probability of a token is a hundredth of
its id, less than zero.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    arguments: argparse.Namespace

    def do_GET(self) -> None:
        if self.path == "/health":
            self._answer(200, {})
        elif self.path == "/v1/models" and self._is_known():
            self._answer(200, {"data": [{"id": self.arguments.name, "max_model_len": self.arguments.context}]})
        else:
            self._answer(401, {"error": "Unauthorized"})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._is_known() and self.path.startswith("/v1"):
            self._answer(401, {"error": "Unauthorized"})
        elif self.path == "/v1/completions":
            self._die_at(request["prompt"])
            self._answer(200, completion(request))
        elif self.path == "/classify":
            ids = request["input"]
            answer = {"data": [{"index": 0, "probs": [float(sum(ids))]}], "usage": {"prompt_tokens": len(ids)}}
            self._answer(200, answer)
        else:
            self._answer(404, {})

    def log_message(self, *_: Any) -> None:
        return

    def _is_known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {os.environ['VLLM_API_KEY']}"

    def _die_at(self, prompt: list[int]) -> None:
        file = self.arguments.die_once
        if len(prompt) != self.arguments.die_at or (file is not None and file.exists()):
            return
        if file is not None:
            file.touch()
        os.kill(os.getpid(), signal.SIGKILL)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def completion(request: dict[str, Any]) -> dict[str, Any]:
    """Repeat the prompt, as far as the budget goes; ends with a stop token where there is room for one."""
    ids = [*request["prompt"], *request.get("stop_token_ids", [0])[:1]]
    kept = ids[: request["max_tokens"]]
    return {
        "id": "fake",
        "object": "text_completion",
        "created": 0,
        "model": request["model"],
        "choices": [
            {
                "index": 0,
                "text": "",
                "finish_reason": "stop" if len(kept) == len(ids) else "length",
                "logprobs": log_probabilities(request) if "logprob_token_ids" in request else None,
                "token_ids": kept,
            }
        ],
        "usage": {
            "prompt_tokens": len(request["prompt"]),
            "completion_tokens": len(kept),
            "total_tokens": len(request["prompt"]) + len(kept),
        },
    }


def log_probabilities(request: dict[str, Any]) -> dict[str, Any]:
    assert request["logprobs"], "vLLM refuses a list of tokens without it"
    assert request["return_tokens_as_token_ids"]
    return {"top_logprobs": [{f"token_id:{token}": -token / 100 for token in request["logprob_token_ids"]}]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--fail", help="print this and end")
    parser.add_argument("--load-s", type=float, default=0.0)
    parser.add_argument("--context", type=int, default=64)
    parser.add_argument("--die-at", type=int, help="length of a prompt that kills")
    parser.add_argument("--die-once", type=Path, help="killed no more once this file is there")
    Handler.arguments = parser.parse_args()
    if Handler.arguments.fail:
        sys.exit(Handler.arguments.fail)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # the engine
    time.sleep(Handler.arguments.load_s)
    ThreadingHTTPServer(("127.0.0.1", Handler.arguments.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
