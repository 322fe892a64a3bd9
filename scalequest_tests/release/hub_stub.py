"""A small Hugging Face hub for tests: the routes that a push uses, over HTTP, with state, rights and faults.

It speaks the wire format of huggingface_hub's `HfApi` without xet: regular files inside the commit, `.parquet` and
`.png` files through the LFS batch route.
"""

import base64
import hashlib
import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

WRITER, READER = "hf_writer", "hf_reader"
OWNER = "me"
_OF_REPOSITORY = re.compile(r"/(?:api/)?datasets/([^/]+/[^/]+?)(?:\.git/info/lfs/objects/(batch)|/(\w+)(?:/(.*))?)?")
_LFS_ENDINGS = (".parquet", ".png")


@dataclass
class Repository:
    """A data set on the stub.

    Attributes:
        private: Whether it is private.
        branches: Files by path, of each branch.
        commits: Messages with their operations, oldest first.
    """

    private: bool
    branches: dict[str, dict[str, bytes]] = field(default_factory=lambda: {"main": {".gitattributes": b"*.parquet\n"}})
    commits: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)

    def sha(self, branch: str) -> str:
        """Return what identifies the content of a branch."""
        content = sorted((path, hashlib.sha1(data).hexdigest()) for path, data in self.branches[branch].items())
        return hashlib.sha1(repr(content).encode()).hexdigest()


class HubStub:
    """The server.

    Attributes:
        repositories: Data sets by owner and name.
        large: LFS objects by SHA-256.
        calls: Method and route of each request.
        faults: Statuses to answer with, by the beginning of a request (`POST /api/repos`), each used once.
        lies: Bodies to answer with instead, by the beginning of a request.
        loses_answers: Whether the next commit is made, and answered with 502.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.large: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.faults: dict[str, list[int]] = {}
        self.lies: dict[str, bytes] = {}
        self.loses_answers = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"hub": self}))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "HubStub":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def counted(self) -> Counter[str]:
        """Return how often each kind of request came that changes something."""
        return Counter(call.split("?")[0] for call in self.calls if not call.startswith(("GET", "HEAD")))


class _Handler(BaseHTTPRequestHandler):
    hub: HubStub

    def log_message(self, *arguments: object) -> None: ...

    def do_GET(self) -> None:
        self._route("GET")

    def do_POST(self) -> None:
        self._route("POST")

    def do_PUT(self) -> None:
        self._route("PUT")

    def _route(self, method: str) -> None:
        body, route = self._body(), unquote(urlsplit(self.path).path)
        call = f"{method} {route}"
        self.hub.calls.append(call)
        for start, statuses in self.hub.faults.items():
            if call.startswith(start) and statuses:
                return self._send({"error": "a passing \x1b[31mfault"}, statuses.pop(0))
        for start, lie in self.hub.lies.items():
            if call.startswith(start):
                return self._send_bytes(lie, 200)
        if route.startswith("/large/"):
            self.hub.large[route.rpartition("/")[2]] = body
            return self._send({}, 200)
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token not in (WRITER, READER):
            return self._send({"error": "Invalid user token"}, 401)
        if route == "/api/whoami-v2":
            return self._send({"name": OWNER, "type": "user", "auth": {"accessToken": {"role": "write"}}})
        if method != "GET" and token != WRITER and route != "/api/validate-yaml":
            return self._send({"error": "You don't have the rights to write"}, 403)
        return self._answer(method, route, body)

    def _answer(self, method: str, route: str, body: bytes) -> None:
        if route == "/api/validate-yaml":
            return self._send({"errors": [], "warnings": []})
        if route == "/api/repos/create":
            return self._create(json.loads(body))
        found = _OF_REPOSITORY.fullmatch(route)
        if found is None:
            return self._send({"error": f"no route {route}"}, 404)
        repo_id, batch, verb, rest = found.groups()
        repository = self.hub.repositories.get(repo_id)
        if repository is None:
            return self._send({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
        if batch:
            return self._batch(json.loads(body))
        if verb not in (None, "settings", "branch") and rest not in repository.branches:
            return self._send({"error": "Invalid rev id"}, 404, {"X-Error-Code": "RevisionNotFound"})
        return getattr(self, f"_{verb or 'info'}_{method.lower()}")(repo_id, repository, rest or "main", body)

    def _create(self, asked: dict[str, Any]) -> None:
        if asked["organization"] != OWNER:
            return self._send({"error": f"You don't have the rights to create under {asked['organization']}"}, 403)
        repo_id = f"{asked['organization']}/{asked['name']}"
        if repo_id in self.hub.repositories:
            return self._send({"error": "You already created this dataset repo", "url": "x"}, 409)
        self.hub.repositories[repo_id] = Repository(private=asked.get("visibility") == "private")
        return self._send({"url": f"{self.hub.url}/datasets/{repo_id}", "name": repo_id, "id": "1"})

    def _batch(self, asked: dict[str, Any]) -> None:
        def answer(item: dict[str, Any]) -> dict[str, Any]:
            if item["oid"] in self.hub.large:
                return item
            return {**item, "actions": {"upload": {"href": f"{self.hub.url}/large/{item['oid']}"}}}

        self._send({"transfer": "basic", "objects": [answer(item) for item in asked["objects"]]})

    def _info_get(self, repo_id: str, repository: Repository, branch: str, body: bytes) -> None:
        card = repository.branches[branch].get("README.md", b"").decode()
        head = yaml.safe_load(card.split("---\n")[1]) if card.startswith("---\n") else None
        self._send(
            {"id": repo_id, "sha": repository.sha(branch), "private": repository.private, "tags": [], "cardData": head}
        )

    _revision_get = _info_get

    def _tree_get(self, repo_id: str, repository: Repository, branch: str, body: bytes) -> None:
        entries: list[dict[str, Any]] = []
        for path, data in repository.branches[branch].items():
            oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            entry = {"type": "file", "path": path, "size": len(data), "oid": oid}
            if path.endswith(_LFS_ENDINGS):
                sha256 = hashlib.sha256(data).hexdigest()
                entry |= {"oid": "0" * 40, "lfs": {"oid": sha256, "size": len(data), "pointerSize": 130}}
            entries.append(entry)
        folders = {path.rpartition("/")[0] for path in repository.branches[branch]} - {""}
        entries += [{"type": "directory", "path": folder, "oid": "1" * 40} for folder in sorted(folders)]
        self._send(entries)

    def _preupload_post(self, repo_id: str, repository: Repository, branch: str, body: bytes) -> None:
        def answer(file: dict[str, Any]) -> dict[str, Any]:
            mode = "lfs" if file["path"].endswith(_LFS_ENDINGS) else "regular"
            return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}

        self._send({"files": [answer(file) for file in json.loads(body)["files"]]})

    def _branch_post(self, repo_id: str, repository: Repository, branch: str, body: bytes) -> None:
        repository.branches[branch] = dict(repository.branches["main"])
        self._send({})

    def _settings_put(self, repo_id: str, repository: Repository, branch: str, body: bytes) -> None:
        asked = json.loads(body)
        repository.private = asked.get("visibility", "private" if asked.get("private") else "public") == "private"
        self._send({})

    def _commit_post(self, repo_id: str, repository: Repository, branch: str, body: bytes) -> None:
        header, *operations = [json.loads(line) for line in body.decode().splitlines()]
        parent = header["value"].get("parentCommit")
        if parent is not None and parent != repository.sha(branch):
            return self._send({"error": "A commit has happened since"}, 412)
        files = repository.branches[branch]
        for operation in operations:
            value = operation["value"]
            match operation["key"]:
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.hub.large[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        told = [(operation["key"], operation["value"]["path"]) for operation in operations]
        repository.commits.append((header["value"]["summary"], told))
        if self.hub.loses_answers:
            self.hub.loses_answers = False
            return self._send({"error": "bad gateway"}, 502)
        url = f"{self.hub.url}/datasets/{repo_id}/commit/{'b' * 40}"
        return self._send({"success": True, "commitOid": "b" * 40, "commitUrl": url, "pullRequestUrl": None})

    def _body(self) -> bytes:
        if length := self.headers.get("Content-Length"):
            return self.rfile.read(int(length))
        parts = []
        if "chunked" in (self.headers.get("Transfer-Encoding") or ""):
            while size := int(self.rfile.readline().strip() or b"0", 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
        return b"".join(parts)

    def _send(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._send_bytes(json.dumps(value).encode(), status, headers)

    def _send_bytes(self, data: bytes, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        own = {"Content-Type": "application/json", "Content-Length": str(len(data))}
        for name, value in {**own, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
