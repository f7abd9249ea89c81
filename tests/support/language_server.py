"""A YAML language server as an editor drives it: documents are opened, completion is asked for.

It speaks the Language Server Protocol over standard input and output. The server is the one that
editors use; ``tests/editors/conftest.py`` installs it.
"""

from __future__ import annotations

import json
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Json = dict[str, Any]
# Seconds for one message, enough on a busy machine; a server that hangs fails who waits for it.
_PATIENCE = 120
# CompletionItemKind: Property, Value, Enum, EnumMember.
_KEYS_AND_VALUES = {10, 12, 13, 20}
_CONFIGURATION = {"yaml": {"validate": True, "completion": True, "schemaStore": {"enable": False}}}


class LanguageServer:
    """One server for as long as the ``with`` block lasts."""

    def __init__(self, command: Sequence[str], root: Path, settings: Mapping[str, Any]) -> None:
        """Start the server with the settings of an editor that opened the folder."""
        self._settings = {"yaml": {**_CONFIGURATION["yaml"], **settings}}
        self._process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._number = 0
        self._diagnostics: dict[str, list[Json]] = {}
        self._root = root

    def __enter__(self) -> Self:
        """Introduce ourselves."""
        folder = {"uri": self._root.as_uri(), "name": self._root.name}
        completion = {"completionItem": {"snippetSupport": True}}
        self._request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder["uri"],
                "workspaceFolders": [folder],
                "capabilities": {
                    "workspace": {"configuration": True, "workspaceFolders": True},
                    "textDocument": {"completion": completion, "publishDiagnostics": {}},
                },
            },
        )
        self._notify("initialized", {})
        # It asks for the settings then; what is asked before it has them is answered without them.
        while self._take().get("method") != "workspace/configuration":
            pass
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self._request("shutdown", None)
        self._notify("exit", None)
        self._process.wait(_PATIENCE)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def diagnose(self, path: Path, text: str) -> list[str]:
        """Open a document and return what the server finds wrong with it."""
        uri = self._open(path, text)
        while uri not in self._diagnostics:
            self._take()
        return [each["message"] for each in self._diagnostics[uri]]

    def complete(self, path: Path, text: str) -> set[str]:
        """Return the keys and values that are offered where ``|`` stands in the text.

        Not among them are the snippets that a server makes of whole maps, under their titles.
        """
        before, _, after = text.partition("|")
        uri = self._open(path, before + after)
        line = before.count("\n")
        character = len(before.rpartition("\n")[2])
        found = self._request(
            "textDocument/completion",
            {
                "textDocument": {"uri": uri},
                "position": {"line": line, "character": character},
            },
        )
        items = found["items"] if isinstance(found, dict) else found or []
        return {item["label"] for item in items if item["kind"] in _KEYS_AND_VALUES}

    def _open(self, path: Path, text: str) -> str:
        """Open a document beside ``path``: each has a name of its own, so none is a change."""
        self._number += 1
        uri = path.with_stem(f"{path.stem}-{self._number}").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def _request(self, method: str, params: object) -> Any:  # noqa: ANN401 - JSON
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._take()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _notify(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def _take(self) -> Json:
        """Read a message, and answer it where it is a question."""
        message = self._read()
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method and "id" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, message: Json) -> object:
        if message["method"] != "workspace/configuration":
            return None
        items = message["params"]["items"]
        return [self._settings.get(item.get("section", "").partition(".")[0]) for item in items]

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _read(self) -> Json:
        timer = threading.Timer(_PATIENCE, self._process.kill)
        timer.start()
        try:
            return self._message()
        finally:
            timer.cancel()

    def _message(self) -> Json:
        stream = self._process.stdout
        assert stream is not None
        length = 0
        while (line := stream.readline()) not in {b"\r\n", b""}:
            name, _, value = line.decode("ascii").partition(":")
            if name.lower() == "content-length":
                length = int(value)
        assert length, "the language server ended"
        message: Json = json.loads(stream.read(length))
        return message
