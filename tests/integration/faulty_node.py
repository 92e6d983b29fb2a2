"""A node behind a line on which things go wrong at a chosen moment."""

import contextlib
import http.client
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HANG_SECONDS = 30
SENDS = b"eth_sendRawTransaction"


class FaultyNode(ThreadingHTTPServer):
    """Passes requests on to a node; from request number ``begins`` on with a fault.

    Parameters
    ----------
    url : str
        Of the node.
    """

    daemon_threads = True

    def __init__(self, url):
        super().__init__(("127.0.0.1", 0), Line)
        self.target = urlsplit(url)
        self.fault, self.begins, self.count, self.struck, self.answered = None, 0, 0, 0, 0
        self.go_on = threading.Event()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def strike(self, fault, begins):
        """Let a fault begin so many requests from now, and last until `heal`."""
        self.go_on.clear()
        self.fault, self.begins, self.count, self.struck = fault, begins, 0, 0

    def heal(self):
        self.fault = None
        self.go_on.set()

    def forward(self, body):
        """Return the node's answer, as text."""
        line = http.client.HTTPConnection(self.target.hostname, self.target.port, timeout=60)
        line.request("POST", "/", body, {"Content-Type": "application/json"})
        found = line.getresponse().read()
        line.close()
        return found

    def stop(self):
        self.heal()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Clients that leave early are the rule here."""


class Line(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.count += 1
        fault = self.server.fault
        with contextlib.suppress(ConnectionError):
            if fault is not None and self.server.count >= self.server.begins:
                self.server.struck += 1
                fault(self, body)
            else:
                self.whole(self.server.forward(body))
                self.server.answered += 1

    def do_GET(self):
        self.whole(b"", status=405)

    def log_message(self, *_):
        pass

    def whole(self, data, status=200, **headers):
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def changed(self, body, change):
        """Answer what the node says, each result changed by ``change(method, params, result)``."""
        asked, found = json.loads(body), json.loads(self.server.forward(body))
        pairs = zip(asked, found) if isinstance(found, list) else [(asked, found)]
        for one, answer in pairs:
            if "result" in answer:
                answer["result"] = change(one["method"], one["params"], answer["result"])
        self.whole(json.dumps(found).encode())


# --- what can go wrong; each is a fault of `FaultyNode`


def down(line, _):
    line.hang_up()


def answer_lost(line, body):
    line.server.forward(body)
    line.hang_up()


def lost_once_then_down(line, body):
    """Pass the next transaction on, and be away before it is answered."""
    if SENDS in body:
        line.server.fault = down
        answer_lost(line, body)
    else:
        line.whole(line.server.forward(body))


def hangs(line, body):
    line.server.forward(body)
    line.server.go_on.wait(HANG_SECONDS)
    line.hang_up()


def cut_off(line, body):
    data = line.server.forward(body)
    line.send_response(200)
    line.send_header("content-length", str(len(data)))
    line.end_headers()
    line.wfile.write(data[: len(data) // 2])
    line.wfile.flush()
    line.hang_up()


def half_json(line, body):
    data = line.server.forward(body)
    line.whole(data[: len(data) // 2])


def html(line, _):
    line.whole(b"<html><body>Bad gateway</body></html>", **{"content-type": "text/html"})


def busy(line, _):
    line.whole(b"slow down", status=429)


def broken(line, _):
    line.whole(b"", status=500)


def moved(line, _):
    line.whole(b"", status=302, location="http://127.0.0.1:9/")


def wrong_ids(line, body):
    found = json.loads(line.server.forward(body))
    for one in found if isinstance(found, list) else [found]:
        one["id"] += 1_000_000
    line.whole(json.dumps(found).encode())


def without_end(line, body):
    line.server.forward(body)
    line.close_connection = True
    line.send_response(200)
    line.end_headers()
    line.wfile.write(b'{"jsonrpc": "2.0", "id": 1, "result": "0x')
    while line.server.fault is not None:
        line.wfile.write(b"0" * 65_536)


def dripping(line, body):
    line.server.forward(body)
    line.close_connection = True
    line.send_response(200)
    line.end_headers()
    while line.server.fault is not None:
        line.wfile.write(b" ")
        time.sleep(0.05)


def nothing(line, body):
    line.changed(body, lambda *_: None)


def negative(line, body):
    line.changed(body, lambda _m, _p, found: "-0x1" if isinstance(found, str) else _each(found, "-0x1"))


def not_hex(line, body):
    line.changed(body, lambda _m, _p, found: "0xzz" if isinstance(found, str) else _each(found, "0xzz"))


def _each(found, value):
    if isinstance(found, dict):
        return {key: value if isinstance(one, str) else one for key, one in found.items()}
    return found


def other_receipts(line, body):
    def change(method, _params, found):
        if method == "eth_getTransactionReceipt" and found:
            found = {**found, "transactionHash": "0x" + "ab" * 32, "status": "0x1"}
        return found

    line.changed(body, change)


def lying_calls(line, body):
    line.changed(body, lambda m, _p, found: "0x" + "00" * 32 if m == "eth_call" else found)


def lying_calls_high(line, body):
    line.changed(body, lambda m, _p, found: "0x" + "7f" * 32 if m == "eth_call" else found)


def other_chain(line, body):
    """Another chain answers: its id is another, and it has no contracts."""

    def change(method, _params, found):
        return {"eth_chainId": "0x1", "eth_call": "0x", "eth_getCode": "0x"}.get(method, found)

    line.changed(body, change)


def behind(line, body):
    """The newest block is three older than it was."""

    def change(method, params, found):
        if method == "eth_getBlockByNumber" and params[0] == "latest":
            number = hex(max(0, int(found["number"], 16) - 3))
            asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": [number, False]}
            return json.loads(line.server.forward(json.dumps(asked)))["result"]
        return found

    line.changed(body, change)


FAULTS = (
    down, answer_lost, hangs, cut_off, half_json, html, busy, broken, moved, wrong_ids, without_end, dripping,
    nothing, negative, not_hex, other_receipts, lying_calls, lying_calls_high, other_chain, behind,
)  # fmt: skip
