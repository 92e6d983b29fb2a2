"""
disputePiece
├── the caller is not the order's buyer: reverts Referee_NotBuyer
├── the scalar is not that of the terms' key: reverts Referee_WrongKey
├── the file has no such piece: reverts Referee_NoPiece
├── the path has not the depth of the tree: reverts Referee_WrongDepth
├── the piece is of another file, or of another place: reverts Referee_NotInFile
├── the piece is right: reverts Referee_PieceRight
├── the terms are not those of the order: reverts Exchange_NotOffered
├── the order is open, refunded, reversed or collected: reverts Exchange_NotSettled
├── the window is over: reverts Exchange_DisputeOver
├── any piece of any length that differs: the buyer has his money and a quarter of the bond
└── a second buyer of the same file: has his money too, the bond is gone
"""

import io
import random
from dataclasses import replace

import pytest

from marketplace import merkle
from marketplace.crypto.artifact import read_index
from marketplace.crypto.pieces import PieceKeys
from marketplace.crypto.wrong_piece import PieceProof, find_wrong_piece
from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import Terms, at, bytes32
from tests.contracts.referee.conftest import KEY, NONCE, bought, plain_bytes, right_artifact, wrong_artifact

LENGTH = 5 * 4096 + 77
"""Six pieces: a tree with two leaves of padding."""


@pytest.fixture
def wrong(house, alice, bob):
    """Return alice's order of a file whose piece 2 is wrong, and the proof."""
    root, proof = wrong_artifact(LENGTH, 2 * 4096 + 9)
    return bought(house, bob, alice, root), proof


@pytest.fixture
def right(house, alice, bob):
    """Return alice's order of an honest file, and true proofs of its pieces."""
    root, artifact = right_artifact(LENGTH)
    return bought(house, bob, alice, root), [proof_of(artifact, root, i) for i in range(6)]


def proof_of(artifact, root, i):
    """Prove a piece that is right: what no client does."""
    leaves = []
    facts = read_index(io.BytesIO(artifact), root, LENGTH, leaves.append)
    start = 64 + LENGTH + 64 * i
    cipher = artifact[64 + 4096 * i : 64 + min(4096 * (i + 1), LENGTH)]
    plain_hash = artifact[start : start + 32]
    return PieceProof(KEY, facts.nonce, LENGTH, i, plain_hash, cipher, tuple(merkle.proof(leaves, i)))


def test_dispute_piece__wrong_piece__refunds_and_slashes(house, alice, bob, wrong):
    order, proof = wrong
    assert proof.index == 2
    at(order.settled_at + order.sale.terms.dispute_window)
    tx = house.referee.disputePiece(*order.arguments(proof), {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS + order.sale.terms.bond // 4
    assert house.vault.balanceOf(bob) == FUNDS - order.sale.terms.bond
    assert dict(tx.events["PieceDisproved"]) == {"orderId": order.sale.id, "index": 2, "key": KEY}
    assert tx.events["OrderReversed"]["amount"] == order.sale.terms.price
    assert bytes(house.assets.termsHashOf(order.sale.order.asset_id)) == bytes32(1)


@pytest.mark.parametrize("length", [1, 63, 64, 448, 449, 4095, 4096, 4097, 16 * 4096 + 5, 33 * 4096])
def test_dispute_piece__any_length__its_last_byte_convicts(house, alice, bob, length):
    root, proof = wrong_artifact(length, length - 1)
    order = bought(house, bob, alice, root)
    house.referee.disputePiece(*order.arguments(proof), {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS + order.sale.terms.bond // 4


def test_dispute_piece__random_files__contract_says_what_the_package_says(house, alice, bob):
    """Where the package finds no wrong piece the contract finds none, and the other way round."""
    rolled = random.Random(8)
    for salt in range(1, 9):
        length = rolled.randint(1, 60_000)
        place = rolled.randrange(length)
        root, proof = wrong_artifact(length, place)
        assert proof.index == place // 4096
        order = bought(house, bob, alice, root, salt)
        house.referee.disputePiece(*order.arguments(proof), {"from": alice})
        assert bytes(house.exchange.stateOf(order.sale.id)) == bytes32(1)


def test_dispute_piece__second_buyer__has_his_money_too(house, alice, bob, mallory, wrong):
    order, proof = wrong
    house.referee.disputePiece(*order.arguments(proof), {"from": alice})
    root, _ = wrong_artifact(LENGTH, 2 * 4096 + 9)
    other = bought(house, bob, mallory, root, salt=2)  # listed again, as another asset
    house.referee.disputePiece(*other.arguments(proof), {"from": mallory})
    assert house.vault.balanceOf(mallory) == FUNDS + other.sale.terms.bond // 4


@pytest.mark.parametrize("who", ["bob", "mallory", "deployer", "referee"])
def test_dispute_piece__anybody_else__reverts_not_buyer(house, people, alice, wrong, who):
    order, proof = wrong
    with reverts_with("Referee_NotBuyer", order.sale.id, people[who], alice):
        house.referee.disputePiece(*order.arguments(proof), {"from": people[who]})


def test_dispute_piece__other_scalar__reverts_wrong_key(house, alice, wrong):
    order, proof = wrong
    for key, got in (
        (KEY + 1, twin.address(twin.point(KEY + 1))),
        (0, "0x" + 40 * "0"),
        (twin.N + KEY, "0x" + 40 * "0"),
    ):
        with reverts_with("Referee_WrongKey", got, twin.address(twin.point(KEY))):
            house.referee.disputePiece(*order.arguments(proof, key=key), {"from": alice})


def test_dispute_piece__past_the_last__reverts_no_piece(house, alice, right):
    order, proofs = right
    with reverts_with("Referee_NoPiece", 6, 6):  # where the tree has padding
        house.referee.disputePiece(*order.arguments(proofs[5], index=6), {"from": alice})


@pytest.mark.parametrize("change", [-1, 1])
def test_dispute_piece__truncated_or_longer_path__reverts_wrong_depth(house, alice, right, change):
    order, proofs = right
    path = (*proofs[0].path, bytes(32))[: 3 + change]
    with reverts_with("Referee_WrongDepth", 3 + change, 3):
        house.referee.disputePiece(*order.arguments(proofs[0], path=path), {"from": alice})


CHANGES = {
    "nonce": lambda p: replace(p, nonce=bytes(32)),
    "length": lambda p: replace(p, length=p.length + 1),
    "index": lambda p: replace(p, index=p.index ^ 1),
    "plain side": lambda p: replace(p, plain_hash=bytes(32)),
    "cipher": lambda p: replace(p, cipher=bytes(len(p.cipher))),
    "cut cipher": lambda p: replace(p, cipher=p.cipher[:-1]),
    "path": lambda p: replace(p, path=(bytes(32), *p.path[1:])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_dispute_piece__of_another_file_or_place__reverts_not_in_file(house, alice, right, change):
    order, proofs = right
    proof = CHANGES[change](proofs[1])
    leaf = merkle_leaf(proof)
    root = root_of(proof, leaf)
    with reverts_with("Referee_NotInFile", root, order.sale.terms.content_root):
        house.referee.disputePiece(*order.arguments(proof), {"from": alice})


def merkle_leaf(proof):
    """Return the leaf that a proof speaks of."""
    from hashlib import sha256

    from marketplace.crypto.pieces import leaf

    return leaf(proof.index, proof.plain_hash + sha256(proof.cipher).digest())


def root_of(proof, leaf):
    """Return the content root that a proof leads to."""
    from marketplace.crypto.pieces import content_root

    return content_root(
        proof.nonce, proof.length, merkle.fold(leaf, proof.index, proof.pieces, list(proof.path))
    )


def test_dispute_piece__right_pieces__revert_piece_right(house, alice, right):
    order, proofs = right
    for proof in proofs:
        with reverts_with("Referee_PieceRight", proof.index):
            house.referee.disputePiece(*order.arguments(proof), {"from": alice})


def test_dispute_piece__inner_node_shown_as_a_leaf__reverts(house, alice, right):
    order, proofs = right
    with reverts_with("Referee_WrongDepth", 2, 3):
        house.referee.disputePiece(*order.arguments(proofs[0], path=proofs[0].path[1:]), {"from": alice})


def test_dispute_piece__under_other_terms__reverts_not_offered(house, alice, bob, right):
    order, _ = right
    root, proof = wrong_artifact(LENGTH, 0)
    forged = Terms(bob.address, content_root=root, key=twin.point(KEY))
    sale_id, made, _, values = order.arguments(proof)
    with reverts_with(
        "Exchange_NotOffered", made.asset_id, twin.terms_hash(forged), twin.terms_hash(order.sale.terms)
    ):
        house.referee.disputePiece(sale_id, made, forged, values, {"from": alice})


def test_dispute_piece__late__reverts_dispute_over(house, alice, wrong):
    order, proof = wrong
    end = order.settled_at + order.sale.terms.dispute_window
    at(end + 1)
    with reverts_with("Exchange_DisputeOver", order.sale.id, end + 1, end):
        house.referee.disputePiece(*order.arguments(proof), {"from": alice})


def test_dispute_piece__reversed_before__reverts_not_settled(house, alice, wrong):
    order, proof = wrong
    house.referee.disputePiece(*order.arguments(proof), {"from": alice})
    with reverts_with("Exchange_NotSettled", order.sale.id, twin.order_state(order.sale.order), bytes32(1)):
        house.referee.disputePiece(*order.arguments(proof), {"from": alice})


def test_dispute_piece__order_of_another__reverts_not_settled(house, alice, mallory, wrong):
    """Mallory names himself the buyer of alice's order."""
    order, proof = wrong
    sale_id, made, terms, values = order.arguments(proof)
    forged = made._replace(buyer=mallory.address)
    state = twin.order_state(made, order.settled_at)
    with reverts_with("Exchange_NotSettled", sale_id, twin.order_state(forged), state):
        house.referee.disputePiece(sale_id, forged, terms, values, {"from": mallory})


def test_find_wrong_piece__honest_file__finds_none():
    root, artifact = right_artifact(LENGTH)
    assert find_wrong_piece(io.BytesIO(artifact), KEY, root, LENGTH) is None


def test_cipher__random_bytes__contract_decrypts_what_the_package_encrypts(house, ChaCha20):
    """The library against the package, piece by piece, in every segment's corner."""
    rolled, keys = random.Random(20), PieceKeys(KEY, NONCE)
    for first in (0, 1, 15, 16, 17, 255, 2**20 + 3, 2**32 + 7):
        plain = rolled.randbytes(rolled.choice((1, 31, 64, 65, 447, 1000, 4096)))
        cipher = bytearray(len(plain))
        keys.crypt(first, memoryview(plain), memoryview(cipher))
        nonce, counter = (first // 16).to_bytes(12, "big"), 64 * (first % 16)
        assert bytes(ChaCha20[-1].crypt(keys._key, nonce, counter, bytes(cipher))) == plain


def test_plain_bytes__are_not_all_alike():
    assert len(set(plain_bytes(LENGTH))) > 100
