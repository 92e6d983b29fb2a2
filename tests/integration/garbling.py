"""A node that answers one method with rubbish, and passes all else on to a real one."""

import http.server
import json
import threading
import urllib.request

from tests.marketplace.rubbish.spoiling import nested

DEEP = nested(10_000)
MILLION_DIGITS = b'{"jsonrpc": "2.0", "id": 1, "result": ' + b"9" * 10**6 + b"}"
RESULTS = (
    None, True, 7, -1, 1.5, "", "0x", "0xzz", "0x0", "-0x1", "0x" + "f" * 16, "0x" + "f" * 64,
    "0x" + "f" * 100_000, "text", [], [None], [[]], [{}], {}, {"number": None},
    {"number": "0x1", "hash": "0x", "timestamp": "0x1"}, {"baseFeePerGas": "x"},
    ["0x1"] * 1000, {"status": "0x7", "logs": None},
)  # fmt: skip
"""What stands where a result should."""

BODIES = (
    b"", b"null", b"[]", b"{}", b"{", b"7", b'"text"', b"\xff\xfe\0\0", b"<html>502 Bad Gateway</html>", DEEP,
    MILLION_DIGITS, b'{"jsonrpc": "2.0", "id": 1, "error": null}',
    b'{"jsonrpc": "2.0", "id": 1, "error": "no"}',
    b'{"jsonrpc": "2.0", "id": 1, "error": {"code": "x", "message": {"a": 1}}}',
    b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 3, "message": "execution reverted", "data": "0xzz"}}',
    b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 3, "message": "a\\nb\\u001b[31m", "data": {"data": 7}}}',
    b'{"jsonrpc": "2.0", "id": 1, "result": NaN}',
)  # fmt: skip
"""What stands where an answer should."""


class Garbler:
    """Listens on a port of this computer; ``method`` and ``rubbish`` say what is answered wrongly."""

    def __init__(self, upstream):
        self.upstream, self.method, self.rubbish, self.hits = upstream, None, None, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                answer = outer.answer(body)
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, body):
        asked = json.loads(body)
        request = urllib.request.Request(self.upstream, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = response.read()
        each = asked if isinstance(asked, list) else [asked]
        if self.method not in [one["method"] for one in each]:
            return answer
        self.hits += 1
        if isinstance(self.rubbish, bytes):
            return self.rubbish
        found = json.loads(answer)
        for one, reply in zip(each, found if isinstance(found, list) else [found], strict=True):
            if one["method"] == self.method:
                reply.pop("error", None)
                reply["result"] = self.rubbish
        return json.dumps(found).encode()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
