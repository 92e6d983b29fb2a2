"""One contest from the opening to the listing of the winner, with a stranger relaying what can be relayed."""

from eth_abi import encode
from eth_utils import keccak

from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_people import listing
from tests.contracts.contest_values import PAID, SCORED, scored

LISTING = "(address,uint8,uint128,uint128,uint32,uint32,bytes32,bytes32,(uint256,uint8),(uint256,uint8))"


def test_contest__everybody_honest__model_listed_with_its_attestation(
    house, evaluators, alice, bob, dave, mallory, datasets
):
    contest = Contest(house, alice, datasets=[(datasets[0], 1_000), (datasets[1], 500)])
    terms, root = listing(bob, contest.k(bob)), keccak(text="evidence root")
    contest.open()
    contest.submit(bob, listingHash=keccak(encode([LISTING], [terms])))
    contest.submit(dave)
    contest.open_rows()
    contest.claim(bob, 900)
    contest.claim(dave, 800)
    contest.choose(who=mallory)
    contest.draw(who=mallory)
    contest.grant(bob)
    for place in range(3):
        contest.commit(place, scored(910, root, evidence=keccak(place)))
    contest.reveal(who=mallory)
    panel = contest.signers()
    contest.lock(bob)
    contest.deliver(bob, who=mallory)
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)

    birth = (
        bob.address,
        house.bounties.address,
        contest.submission_id(bob).to_bytes(32, "big"),
        contest["datasets"],
    )
    asset_id = house.assets.assetIdOf(birth)
    attestation = keccak(
        encode(["uint8", "uint64", "uint128[]", "bytes32"], [SCORED, 910_000_000, [910], root])
    )
    assert house.assets.termsHashOf(asset_id) == "0x" + "00" * 32  # dormant until its maker activates it
    house.assets.activate(asset_id, birth, terms, attestation, {"from": bob})
    assert house.assets.balanceOf(bob, asset_id) == 10_000
