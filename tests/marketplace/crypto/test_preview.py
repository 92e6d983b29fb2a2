"""Previews and random access."""

import io
import json

import pytest

from marketplace.codec import canonical_json
from marketplace.crypto.envelope import seal
from marketplace.crypto.preview import Reader, verify_preview
from marketplace.errors import ContentMismatch, DataError, DecryptionError

KEY, NONCE, LENGTH = 77, b"n" * 32, 70_000
PLAIN = bytes(i % 253 for i in range(LENGTH))


@pytest.fixture
def sealed():
    sink = io.BytesIO()
    return seal(io.BytesIO(PLAIN), sink, KEY, NONCE), sink


@pytest.mark.parametrize("i", [0, 1, 15, 16, 17])
def test_reader__any_piece__read_and_proved(sealed, i):
    facts, artifact = sealed
    reader = Reader(artifact, facts.content_root, LENGTH)
    expected = PLAIN[4096 * i : 4096 * i + 4096]
    assert reader.facts == facts
    assert reader.piece(i, KEY) == expected
    shown = verify_preview(reader.preview(i, KEY), facts.content_root, LENGTH)
    assert (shown.index, shown.plain) == (i, expected)


def test_reader__wrong_key_index_or_damage__refused(sealed):
    facts, artifact = sealed
    reader = Reader(artifact, facts.content_root, LENGTH)
    with pytest.raises(DecryptionError):
        reader.piece(3, KEY + 1)
    with pytest.raises(DecryptionError):
        reader.piece(3, 0)
    for i in (-1, 18):
        with pytest.raises(IndexError):
            reader.piece(i, KEY)
    artifact.getbuffer()[64 + 3 * 4096] ^= 1
    with pytest.raises(ContentMismatch, match="piece 3"):
        reader.piece(3, KEY)
    artifact.getbuffer()[64 + LENGTH + 4 * 64] ^= 1
    with pytest.raises(ContentMismatch, match="piece 4"):
        reader.piece(4, KEY)
    with pytest.raises(ContentMismatch):
        Reader(artifact, facts.content_root, LENGTH)


def changed(preview, **fields):
    return canonical_json({**json.loads(preview), **fields})


def test_verify_preview__anything_changed__refused(sealed):
    facts, artifact = sealed
    good = Reader(artifact, facts.content_root, LENGTH).preview(2, KEY)
    proof = json.loads(good)["proof"]
    for bad in (
        {"index": 3},
        {"index": 18},
        {"index": -1},
        {"length": LENGTH + 1},
        {"plain": "AAAA"},
        {"nonce": "00" * 32},
        {"salt": "00" * 32},
        {"cipherHash": "00" * 32},
        {"proof": ["00" * 32, *proof[1:]]},
    ):
        with pytest.raises(ContentMismatch):
            verify_preview(changed(good, **bad), facts.content_root, LENGTH)
    with pytest.raises(ContentMismatch):
        verify_preview(good, bytes(32), LENGTH)
    with pytest.raises(ContentMismatch):
        verify_preview(changed(good, length=0), facts.content_root, 0)


def test_verify_preview__malformed__data_error(sealed):
    facts, artifact = sealed
    good = Reader(artifact, facts.content_root, LENGTH).preview(2, KEY)
    proof = json.loads(good)["proof"]
    for bad in (
        {"type": "other"},
        {"more": 1},
        {"salt": "zz"},
        {"salt": "AB" * 32},
        {"salt": 5},
        {"plain": 5},
        {"plain": "A"},
        {"proof": proof[1:]},
        {"proof": "text"},
    ):
        with pytest.raises(DataError):
            verify_preview(changed(good, **bad), facts.content_root, LENGTH)
    for data in (b"[]", b"", b"x" * 20_000):
        with pytest.raises(DataError):
            verify_preview(data, facts.content_root, LENGTH)
