"""HTTP servers on this computer that behave as badly as a test wants."""

import contextlib
import io
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from marketplace.storage import write_car
from marketplace.types import Cid

DRIP_SECONDS = 0.05


class Server(ThreadingHTTPServer):
    """Answers each request with ``answer(handler)``; remembers paths, and how many bytes went out."""

    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.paths = []
        self.sent = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """Clients that leave early are the rule here."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.paths.append(self.path)
        with contextlib.suppress(ConnectionError):
            self.server.answer(self)

    def do_POST(self):
        self.do_GET()

    def do_HEAD(self):
        self.do_GET()

    def log_message(self, *_):
        pass

    # --- what an answer is made of

    @property
    def cid(self):
        """What is asked for: the last part of the path, or the API's argument."""
        given = parse_qs(urlsplit(self.path).query).get("arg")
        return Cid.parse(given[0] if given else urlsplit(self.path).path.split("/")[-1])

    def read_body(self):
        """Read an upload to its end."""
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()

    def head(self, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def whole(self, data, status=200, **headers):
        self.head(status, content_length=len(data), **headers)
        if self.command != "HEAD":
            self.put(data)

    def put(self, data):
        self.wfile.write(data)
        self.server.sent += len(data)

    def endless(self, piece=bytes(65_536), **headers):
        self.close_connection = True
        self.head(connection="close", **headers)
        while True:
            self.put(piece)

    def drip(self, data):
        self.close_connection = True
        self.head(content_length=len(data))
        for at in range(len(data)):
            self.put(data[at : at + 1])
            time.sleep(DRIP_SECONDS)

    def cut(self, data, announced):
        """Announce more than is sent."""
        self.close_connection = True
        self.head(content_length=announced)
        self.put(data)


@contextlib.contextmanager
def serving(answer):
    """Run a server for as long as it is needed."""
    server = Server(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def honest(store, *, raw=None, car=None):
    """Return a gateway to a store in memory; ``raw`` and ``car`` may answer in its place."""

    def answer(request):
        if "format=car" in request.path:
            data = car_from(store, request)
            if car is None:
                request.whole(data)
            else:
                car(request, data)
        elif request.cid not in store.blocks:
            request.whole(b"", status=404)
        elif raw is None:
            request.whole(store.blocks[request.cid])
        else:
            raw(request, store.blocks[request.cid])

    return answer


def car_from(store, request):
    """Return a file's CAR from the offset that is asked for; its first nodes are always there."""
    whole = io.BytesIO()
    write_car(store, request.cid, whole)
    start = int(parse_qs(urlsplit(request.path).query)["entity-bytes"][0].split(":")[0])
    return without_leaves(whole.getvalue(), start)


def without_leaves(car, start):
    """Leave out the leaves of a CAR that lie before a byte of the file."""
    from marketplace.storage.car import encode_block, encode_varint, read_block, read_header
    from marketplace.types import RAW_CODEC

    source, at = io.BytesIO(car), 0
    header = read_header(source.read)
    out = bytearray(encode_varint(len(header)) + header)
    while (found := read_block(source.read)) is not None:
        leaf = found[0].codec == RAW_CODEC
        if not leaf or at >= start:
            out += encode_block(*found)
        at += len(found[1]) if leaf else 0
    return bytes(out)
