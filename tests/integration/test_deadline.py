"""Nodes whose answers never end: the whole of an answer is bounded, not only the wait for its next byte."""

import socket
import threading
import time

import pytest
import requests

from marketplace.chain import Node
from marketplace.errors import ChainError

WAIT = 0.2
BODY = b'{"jsonrpc": "2.0", "id": 0, "result": "0x1"}'


class Dripping:
    """Answers every connection with some bytes, slowly, for ever or until they have an end."""

    def __init__(self, first, drops, then=b"", times=10**6, pause=0.02):
        self.first, self.drops, self.then, self.times, self.pause = first, drops, then, times, pause
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                try:
                    self.answer(connection)
                except OSError:
                    continue

    def answer(self, connection):
        connection.recv(65_536)
        connection.sendall(self.first)
        for _ in range(self.times):
            if self.stopped.wait(self.pause):
                return
            connection.sendall(self.drops)
        connection.sendall(self.then)

    def stop(self):
        self.stopped.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


@pytest.fixture
def serve():
    started = []

    def start(*args, **kwargs):
        started.append(Dripping(*args, **kwargs))
        return started[-1]

    yield start
    for one in started:
        one.stop()


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("first", "drops"),
    [(b"", b"H"), (OK + b"X-Long: ", b"a"), (OK, b"X: y\r\n"), (OK + b"\r\n", b" ")],
    ids=["status", "one header", "many headers", "body"],
)
def test_ask__answer_drips__is_given_up(serve, monkeypatch, first, drops):
    monkeypatch.setattr("marketplace.chain.deadline.PATIENCE", 3)
    server = serve(first, drops)
    started = time.monotonic()
    with pytest.raises(ChainError) as caught:
        Node(server.url, timeout_seconds=WAIT).chain_id  # noqa: B018
    assert time.monotonic() - started < 3
    assert caught.value.hint


def test_ask__slow_but_bounded__is_read(serve):
    headers = OK + f"Content-Length: {len(BODY) + 5}\r\n\r\n".encode()
    server = serve(headers, b" ", then=BODY, times=5, pause=WAIT / 2)
    node = Node(server.url, timeout_seconds=WAIT)
    assert node.chain_id == 1


def test_ask__many_on_one_connection__each_has_its_own_time(serve, monkeypatch):
    """A connection that is kept is older than any one answer may be."""
    monkeypatch.setattr("marketplace.chain.deadline.PATIENCE", 2)
    answer = OK + f"Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY

    def converse(connection):
        while connection.recv(65_536):
            connection.sendall(answer)

    server = serve(b"", b"")
    server.answer = converse
    session = requests.Session()
    from marketplace.chain.provider import BoundedProvider

    provider = BoundedProvider(server.url, WAIT, session, "the node")
    end = time.monotonic() + 5 * WAIT
    while time.monotonic() < end:
        assert provider._ask(b"{}")["result"] == "0x1"
        time.sleep(WAIT / 4)
