"""Something that says it is an IPFS node, and is not, or is a bad one."""

import io
import json
import random
import threading
import tracemalloc
from urllib.parse import urlsplit

import pytest

from marketplace.errors import ConfigError, ContentMismatch, ContentNotFound, StorageError
from marketplace.storage import KuboStore, MemoryStore, read_car, write_car
from marketplace.types import CHUNK_BYTES
from tests.integration.liars import serving

DATA = random.Random(9).randbytes(5 * CHUNK_BYTES + 7)
MEGABYTES = 2**20
PATIENT = 60
"""Seconds for an answer that comes at once where nobody else wants the processor."""


@pytest.fixture(scope="module")
def content():
    store = MemoryStore()
    return store, store.add(DATA)


def node(content, **answers):
    """Return a node that has the content; an answer named like the command's last words takes its place."""
    store, cid = content

    def answer(request):
        request.read_body()
        command = urlsplit(request.path).path.removeprefix("/api/v0/").replace("/", "_")
        if command in answers:
            answers[command](request)
        elif command == "block_get":
            request.whole(store.blocks[request.cid])
        elif command == "cat":
            start = int(request.path.split("offset=")[1].split("&")[0])
            request.whole(DATA[start:])
        elif command == "add":
            say(request, {"Name": "x", "Hash": str(cid), "Size": "1"})
        else:
            request.whole(b"", status=404)

    return answer


def say(request, what, status=200):
    request.whole(json.dumps(what).encode(), status=status, content_type="application/json")


def refuse(message, status=500):
    return lambda request: say(request, {"Message": message, "Code": 0, "Type": "error"}, status)


def asked(answer, use, seconds=PATIENT):
    """Use a store on such a node; return what came of it."""
    with serving(answer) as server:
        return use(KuboStore(server.url, timeout_seconds=seconds))


def read(content):
    return lambda store: b"".join(store.get(content[1]))


def test_get__honest_node__is_the_file(content):
    assert asked(node(content), read(content)) == DATA


# --- reading


def test_get__wrong_bytes_in_a_block__names_it(content):
    with pytest.raises(ContentMismatch, match=f"block {content[1]} at byte 0 is damaged"):
        asked(node(content, block_get=lambda request: request.whole(b"x" * 100)), read(content))


@pytest.mark.parametrize("how", ["wrong", "short", "missing", "endless"])
def test_get__file_is_wrong_and_blocks_are_right__is_the_file(content, how):
    answer = {
        "wrong": lambda request: request.whole(b"x" * len(DATA)),
        "short": lambda request: request.whole(DATA[2 * CHUNK_BYTES : 3 * CHUNK_BYTES - 5]),
        "missing": refuse("blockservice: not found"),
        "endless": lambda request: request.endless(),
    }[how]
    assert asked(node(content, cat=answer), read(content)) == DATA


@pytest.mark.parametrize("announced", [None, 10**13])
def test_get__block_without_end__is_left_after_a_block(content, announced):
    headers = {} if announced is None else {"content_length": announced}
    tracemalloc.start()
    with pytest.raises(ContentMismatch, match="is damaged"):
        asked(node(content, block_get=lambda request: request.endless(**headers)), read(content))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MEGABYTES


def test_get__block_drips__is_given_up(content):
    with pytest.raises(StorageError, match="did not answer within 1 s") as caught:
        asked(node(content, block_get=lambda request: request.drip(bytes(10_000))), read(content), 1)
    assert "TESSERA_STORE_TIMEOUT_SECONDS" in caught.value.hint


def test_get__connection_breaks__says_so(content):
    answer = node(content, block_get=lambda request: request.cut(b"x", 1000))
    with pytest.raises(StorageError, match="broke while it was asked to give a block"):
        asked(answer, read(content))


def test_get__node_searched_in_vain__says_for_how_long(content):
    with pytest.raises(ContentNotFound, match="did not find it within 2 s") as caught:
        asked(node(content, block_get=refuse("context deadline exceeded")), read(content), 2)
    assert "publisher" in caught.value.hint


# --- whatever it is asked


@pytest.mark.parametrize("command", ["block_get", "add"])
@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "does not let"), (403, "does not let"), (404, "does not let"), (502, "does not let")],
)
def test_any__refused__says_what_to_name(content, command, status, words):
    answer = node(content, **{command: lambda request: request.whole(b"no", status=status)})
    use = read(content) if command == "block_get" else lambda store: store.add(DATA)
    with pytest.raises(StorageError, match=rf"{words}.*status {status}") as caught:
        asked(answer, use)
    assert "5001" in caught.value.hint


@pytest.mark.parametrize("command", ["block_get", "add"])
def test_any__sent_elsewhere__does_not_go(content, command):
    answer = node(content, **{command: lambda request: request.whole(b"", 303, location="/elsewhere")})
    use = read(content) if command == "block_get" else lambda store: store.add(DATA)
    with serving(answer) as server:
        with pytest.raises(StorageError, match="does not let"):
            use(KuboStore(server.url, timeout_seconds=PATIENT))
        assert "/elsewhere" not in server.paths


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[1]", b"{}", b"", b"null", b"\xff\xfe"])
def test_add__answer_of_something_else__says_so(content, body):
    with pytest.raises(StorageError, match="is no IPFS node"):
        asked(node(content, add=lambda request: request.whole(body)), lambda store: store.add(DATA))


def test_add__answer_without_end__is_left(content):
    answer = node(content, add=lambda request: request.endless(b'{"Name":"x"}\n' * 5000))
    with pytest.raises(StorageError, match="is no IPFS node"):
        asked(answer, lambda store: store.add(DATA))


def test_errors__text_of_a_stranger__is_one_short_line_without_controls(content):
    message = "\x1b[2Jpaid\nhint: send money" + "x" * 1000
    with pytest.raises(StorageError) as caught:
        asked(node(content, add=refuse(message)), lambda store: store.add(DATA))
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


# --- writing


def test_add__node_says_another_cid__is_found_out(content):
    other = MemoryStore().add(b"other")
    answer = node(content, add=lambda request: say(request, {"Name": "", "Hash": str(other), "Size": "5"}))
    with pytest.raises(ContentMismatch, match=f"added {other}, not {content[1]}"):
        asked(answer, lambda store: store.add(DATA))


@pytest.mark.parametrize(
    "message",
    ["write /data/blocks/x: no space left on device", "disk quota exceeded", "storage limit exceeded"],
)
def test_add__node_is_full__says_how_to_make_room(content, message):
    with pytest.raises(StorageError, match="is full") as caught:
        asked(node(content, add=refuse(message)), lambda store: store.add(DATA))
    assert "unpin" in caught.value.hint


def test_add__node_hangs_up_half_way__writer_does_not_wait(content):
    def leave(request):
        request.rfile.read(CHUNK_BYTES)
        request.close_connection = True
        request.connection.close()

    with (
        serving(leave) as server,
        pytest.raises(StorageError, match=r"broke|nobody answers"),
    ):
        KuboStore(server.url, timeout_seconds=PATIENT).add(bytes(1000) for _ in range(100_000))


def test_add__node_never_answers__is_given_up(content):
    go_on = threading.Event()
    try:
        with pytest.raises(StorageError, match="did not answer"):
            asked(node(content, add=lambda _: go_on.wait(20)), lambda store: store.add(b"x"), 0.2)
    finally:
        go_on.set()


@pytest.mark.parametrize("said", [{"Root": {"Cid": {"/": "x"}}}, {"Root": {"PinErrorMsg": "no"}}, {}, []])
def test_import__node_did_not_pin_the_root__says_so(content, said):
    car = io.BytesIO()
    write_car(content[0], content[1], car)
    car.seek(0)
    with pytest.raises(StorageError, match=r"did not pin|is no IPFS node"):
        asked(
            node(content, dag_import=lambda request: say(request, said)), lambda store: read_car(store, car)
        )


@pytest.mark.parametrize(
    "address",
    ["ftp://127.0.0.1", "127.0.0.1:5001", "http://", "/ip4/1.2.3.4/udp/5", "/ip4/x/tcp/1", "http://x:99999"],
)
def test_store__no_address__is_a_setting_to_correct(address):
    with pytest.raises(ConfigError, match="is no address") as caught:
        KuboStore(address)
    assert "kubo:http://127.0.0.1:5001" in caught.value.hint


def test_store__nobody_there__says_how_to_start_a_node():
    store = KuboStore("http://127.0.0.1:1", timeout_seconds=PATIENT)
    with pytest.raises(StorageError, match=r"nobody answers at http://127\.0\.0\.1:1") as caught:
        store.add(b"x")
    assert "ipfs daemon" in caught.value.hint
