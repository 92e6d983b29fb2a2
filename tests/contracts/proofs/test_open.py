"""
open
├── the same terms were opened before: reverts Proofs_Exists
├── by another than the requester of the terms: reverts Proofs_NotRequester
├── the circuit has no verifier here: reverts Proofs_NoVerifier
├── a term is out of its bounds: reverts Proofs_BadTerm, with its place
├── a point is off secp256k1: reverts Proofs_BadPoint
├── the reader is off Grumpkin: reverts Proofs_BadReader
├── the money is not there, or not approved: reverts as the Vault does
└── else: reward and a bond for each maker there can be are locked
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.proofs.deal import FIELD, Deal

OFF_CURVE = next(x for x in range(5, 100) if not twin.on_curve(x))
DAY = 24 * 60 * 60


def test_open__good_terms__locks_reward_and_all_bonds(house, alice, draft):
    tx = draft.open()
    locked = draft.terms.reward + 3 * draft.terms.bond
    assert house.vault.balanceOf(alice) == FUNDS - locked
    assert draft.bucket(house.vault) == locked
    event = tx.events["ProofAsked"]
    assert (event["bountyId"], event["requester"]) == (draft.id, alice)
    assert draft.state["openedAt"] == tx.timestamp


def test_open__twice__reverts_exists_unless_the_salt_is_another(deployed, alice, deal):
    with reverts_with("Proofs_Exists", deal.id):
        deal.open()
    Deal(*deployed, alice, salt=b"\1" * 32).open()


def test_open__by_another__reverts_not_requester(mallory, draft):
    with reverts_with("Proofs_NotRequester", draft.id, mallory, draft.requester):
        draft.proofs.open(draft.terms, {"from": mallory})


@pytest.mark.parametrize("circuit", [3, 4, 255])
def test_open__circuit_without_verifier__reverts_no_verifier(deployed, alice, circuit):
    with reverts_with("Proofs_NoVerifier", circuit):
        Deal(*deployed, alice, circuit=circuit).open()


@pytest.mark.parametrize(
    ("name", "place", "least", "most"),
    [
        ("reward", 3, 1, None),
        ("bond", 4, 100, 6_400),  # a 64th of the reward, and all of it
        ("makers", 5, 1, 32),
        ("least", 7, 1, 100),
        ("committing", 9, 60, 30 * DAY),
        ("opening", 10, 60, 30 * DAY),
        ("proving", 11, 60, 30 * DAY),
        ("rows", 12, 0, FIELD - 1),
    ],
)
def test_open__term_out_of_its_bounds__reverts_bad_term(deployed, alice, name, place, least, most):
    wrong = [(least - 1, least)] if least else []
    wrong += [(most + 1, most)] if most else []
    for got, bound in wrong:
        with reverts_with("Proofs_BadTerm", place, got, bound):
            Deal(*deployed, alice, **{name: got}).open()
    for salt, good in enumerate({least, most} - {None}):
        others = {"bond": 1} if name == "reward" else {}
        Deal(*deployed, alice, salt=bytes([salt] * 32), **{name: good}, **others).open()


@pytest.mark.parametrize(("circuit", "most"), [(0, 512), (1, 512), (2, 4_096)])
def test_open__more_rows_than_the_circuit_has__reverts_bad_term(deployed, alice, circuit, most):
    with reverts_with("Proofs_BadTerm", 8, most + 1, most):
        Deal(*deployed, alice, circuit=circuit, row_count=most + 1).open()
    Deal(*deployed, alice, circuit=circuit, row_count=most).open()


@pytest.mark.parametrize("name", ["key", "seal"])
def test_open__point_off_its_curve__reverts_bad_point(deployed, alice, name):
    with reverts_with("Proofs_BadPoint", OFF_CURVE, 0):
        Deal(*deployed, alice, **{name: (OFF_CURVE, 0)}).open()


def test_open__reader_off_its_curve__reverts_bad_reader(deployed, alice, draft):
    x, y = draft.terms.reader_x, draft.terms.reader_y
    for wrong in ((x + 1, y), (x, y + 1), (x + FIELD, y), (x, y + FIELD)):
        with reverts_with("Proofs_BadReader", *wrong):
            Deal(*deployed, alice, reader_x=wrong[0], reader_y=wrong[1]).open()
    Deal(*deployed, alice, reader_y=FIELD - y).open()


def test_open__without_approval__reverts_as_the_vault_does(house, alice, draft):
    house.vault.approve(draft.proofs, 0, {"from": alice})
    with reverts_with("Vault_NotApproved", alice, draft.proofs, 0, 6_700):
        draft.open()
