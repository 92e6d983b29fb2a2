"""The piece that convicts a seller: found, wherever it is, and proved."""

import io
from hashlib import sha256

import pytest

from marketplace import merkle
from marketplace.crypto.envelope import check, open_sealed, seal
from marketplace.crypto.pieces import PieceKeys, content_root, leaf
from marketplace.crypto.preview import verify_preview
from marketplace.crypto.wrong_piece import find_wrong_piece
from marketplace.errors import ContentMismatch, DecryptionError
from marketplace.services.two_faced import seal_another

KEY, NONCE = 77, b"n" * 32


def plain(length):
    return bytes(i % 253 for i in range(length))


def two_faced(length, at):
    given = bytearray(plain(length))
    given[at] ^= 0x80
    return seal_another(plain(length), bytes(given), KEY, NONCE)


@pytest.mark.parametrize(
    ("length", "at"),
    [(1, 0), (4096, 4095), (4097, 4096), (9000, 8999), (70_000, 65_536), (1_300_000, 1_200_000)],
)
def test_find_wrong_piece__one_byte_differs__proves_its_piece(length, at):
    artifact, root = two_faced(length, at)
    check(io.BytesIO(artifact), root, length)  # without the key nothing shows
    proof = find_wrong_piece(io.BytesIO(artifact), KEY, root, length)
    assert proof.index == at // 4096
    below = leaf(proof.index, proof.plain_hash + sha256(proof.cipher).digest())
    tree = merkle.fold(below, proof.index, proof.pieces, list(proof.path))
    assert content_root(proof.nonce, proof.length, tree) == root
    opened = bytearray(len(proof.cipher))
    keys = PieceKeys(KEY, NONCE)
    keys.crypt(proof.index, memoryview(proof.cipher), memoryview(opened))
    assert keys.plain_hash(proof.index, opened) != proof.plain_hash
    with pytest.raises(DecryptionError, match=f"piece {proof.index} of"):
        open_sealed(io.BytesIO(artifact), io.BytesIO(), KEY, root, length)


def test_find_wrong_piece__several_differ__proves_the_first():
    artifact, root = seal_another(plain(20_000), bytes(20_000), KEY, NONCE)
    assert find_wrong_piece(io.BytesIO(artifact), KEY, root, 20_000).index == 0


@pytest.mark.parametrize("length", [1, 4096, 70_000, 1_300_000])
def test_find_wrong_piece__honest_file__finds_none_and_reads_all(length):
    sink, seen = io.BytesIO(), []
    facts = seal(io.BytesIO(plain(length)), sink, KEY, NONCE)
    assert find_wrong_piece(sink, KEY, facts.content_root, length, seen.append) is None
    assert seen[-1] == length


def test_find_wrong_piece__damaged_store__is_no_proof():
    """What the store lost is not the seller's doing: the artifact must be whole, behind the piece too."""
    artifact, root = two_faced(70_000, 5)
    for at in (64 + 3, 64 + 60_000, len(artifact) - 1):
        damaged = bytearray(artifact)
        damaged[at] ^= 1
        with pytest.raises(ContentMismatch):
            find_wrong_piece(io.BytesIO(bytes(damaged)), KEY, root, 70_000)
    with pytest.raises(ContentMismatch):
        find_wrong_piece(io.BytesIO(artifact[:-1]), KEY, root, 70_000)


def test_proof__shown__keeps_the_key_to_itself():
    artifact, root = two_faced(9000, 0)
    proof = find_wrong_piece(io.BytesIO(artifact), KEY, root, 9000)
    assert "key" not in repr(proof)


def test_preview__of_a_two_faced_file__is_what_the_buyer_misses():
    """A verified preview shows the committed side: a file that opens to another is disproved by it."""
    artifact, root = two_faced(9000, 4096 + 7)
    proof = find_wrong_piece(io.BytesIO(artifact), KEY, root, 9000)
    shown = preview_of(proof, plain(9000)[4096:8192])
    assert verify_preview(shown, root, 9000).index == proof.index == 1


def preview_of(proof, piece):
    """Make the preview that the cheating seller showed: his honest face, under his own salt."""
    import base64

    from marketplace.codec import canonical_json

    return canonical_json(
        {
            "cipherHash": sha256(proof.cipher).hexdigest(),
            "index": proof.index,
            "length": proof.length,
            "nonce": proof.nonce.hex(),
            "plain": base64.b64encode(piece).decode(),
            "proof": [one.hex() for one in proof.path],
            "salt": PieceKeys(KEY, NONCE).salt(proof.index).hex(),
            "type": "tessera/v1/preview",
        }
    )
