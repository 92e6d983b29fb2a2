"""Bytes and files that are none of what a command reads."""

import contextlib
import json
import os
import re

ODD_NUMBERS = (
    b"-1",
    b"0",
    b"NaN",
    b"Infinity",
    b"1e400",
    b"1" * 400,
    b"1" * 5000,
    b"0x10",
    b"1.5",
    b"\xd9\xa3",
    b"",
)
ODD_VALUES = (
    None, True, -1, 0, 1.5, 2**63, 2**256, 10**4000, float("nan"), float("inf"), "", "x", "x" * 70_000, "\0",
    "\n", "\u202e", "💾", "0x", "../../x", [], {}, [[]], {"": {}}, [None], "Infinity", "1e9", "\ud800",
)  # fmt: skip


def nested(depth, inner="1"):
    """Return JSON that is nested deep."""
    return (b"[" * depth) + inner.encode() + (b"]" * depth)


def anything():
    """Return what is rubbish whatever is expected, by name."""
    return {
        "empty": b"",
        "a zero": b"\0",
        "a line": b"\n",
        "binary": bytes(range(256)) * 20,
        "random": bytes((i * i * 7919 >> 3) & 255 for i in range(5000)),
        "null": b"null",
        "a number": b"1",
        "a text": b'"text"',
        "an object": b"{}",
        "a list": b"[]",
        "a list of everything": b'[1, null, {"b": {}}, "x"]',
        "10,000 deep": nested(10_000),
        "10,000 objects deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        "never closed": b"[" * 100_000,
        "a million digits": b'{"version": ' + b"9" * 10**6 + b"}",
        "not a number": b'{"version": NaN, "crypto": Infinity}',
        "a key twice": b'{"format": 1, "format": 2}',
        "a mark": b"\xef\xbb\xbf{}",
        "utf-16": '{"version": 3}'.encode("utf-16"),
        "half a pair": b'{"format": "\\ud800"}',
        "latin": "{größe}".encode("latin-1"),
        "zip": b"PK\x03\x04" + bytes(60),
        "gzip": b"\x1f\x8b\x08\0" + bytes(40),
        "elf": b"\x7fELF" + bytes(60),
        "pickle": b"\x80\x03cos\nsystem\nq\0X\x02\0\0\0idq\x01\x85q\x02Rq\x03.",
        "onnx": b"\x08\x07\x12\x04onnx:\x10\n\x04node\x12\x01x",
        "lines of spaces": b" \n" * 5000,
        "carriage returns": b"\r" * 5000,
        "quotes": b'"' * 5001,
    }


def places():
    """Return what may lie where a file should, by name: functions that make it."""
    found = {
        "a folder": lambda path: path.mkdir(),
        "nothing": lambda path: None,
        "a link in a circle": lambda path: path.symlink_to(path.name),
        "a link to nothing": lambda path: path.symlink_to("nowhere/file"),
        "a pipe that nobody writes to": os.mkfifo,
        "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
        "/dev/null": lambda path: path.symlink_to("/dev/null"),
        "/dev/random": lambda path: path.symlink_to("/dev/urandom"),
        "10 GB of holes": _holes,
    }
    if os.geteuid():  # nothing keeps root out
        found["no permission"] = _closed
    return found


def _holes(path):
    with path.open("wb") as sink:
        sink.truncate(10 * 2**30)


def _closed(path):
    path.write_bytes(b"x")
    path.chmod(0)


def spoiled(chance, good, count):
    """Return good bytes spoiled in many ways, by name; the names are those of the ways."""
    found = {}
    for number in range(count):
        way = chance.choice(WAYS)
        with contextlib.suppress(ValueError, TypeError, RecursionError, IndexError):
            data = way(chance, good)
            if data != good:
                found[f"{way.__name__.strip('_')} {number}"] = data
    return found


def _flip(chance, data):
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _cut(chance, data):
    return data[: chance.randrange(len(data))]


def _drop(chance, data):
    at, length = chance.randrange(len(data)), chance.choice((1, 2, 16, 100))
    return data[:at] + data[at + length :]


def _repeat(chance, data):
    at, length = chance.randrange(len(data)), chance.choice((1, 4, 64))
    return data[:at] + data[at : at + length] * chance.choice((2, 3, 500)) + data[at + length :]


def _insert(chance, data):
    at = chance.randrange(len(data) + 1)
    return (
        data[:at] + chance.choice((b"\0", b"\n", b'"', b"\xff\xfe", b",,,,", b"{", b"\x80" * 9)) + data[at:]
    )


def _append(chance, data):
    return data + chance.choice((b"\0", b"\n", b" ", data, data[:50], b"}" * 3))


def _extreme(chance, data):
    out, width = bytearray(data), chance.choice((1, 2, 4, 8))
    at = chance.randrange(max(1, len(out) - width))
    out[at : at + width] = chance.choice((b"\xff", b"\0", b"\x7f", b"\x80")) * width
    return bytes(out)


def _number(chance, data):
    digits = list(re.finditer(rb"\d+", data))
    one = chance.choice(digits)
    return data[: one.start()] + chance.choice(ODD_NUMBERS) + data[one.end() :]


def _value(chance, data):
    """Put an odd value somewhere into JSON, and write it as canonically as can be."""
    document = json.loads(data)
    where = [document]
    while where[-1] and isinstance(where[-1], dict | list) and chance.random() < 0.9:
        inside = list(where[-1].values()) if isinstance(where[-1], dict) else where[-1]
        child = chance.choice(inside)
        if not isinstance(child, dict | list) or not child:
            break
        where.append(child)
    last = where[-1]
    key = chance.choice(list(last) if isinstance(last, dict) else range(len(last)))
    if chance.random() < 0.15:
        del last[key]
    else:
        last[key] = chance.choice(ODD_VALUES)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


WAYS = (_flip, _cut, _drop, _repeat, _insert, _append, _extreme, _number, _value, _value, _value)
