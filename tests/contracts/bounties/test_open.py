"""Bounties.open

├── the same terms were opened before → reverts Bounties_Exists
├── the caller is not the requester of the terms → reverts Bounties_NotRequester
├── the caller owns a seat, live or slashed → reverts Bounties_OwnsSeat
├── a term is out of bounds → reverts Bounties_BadTerm with its field; at the bound it is taken
├── a point is no point → reverts Bounties_BadPoint
├── a dataset was never listed → reverts Bounties_NoDataset
├── fewer than 3 m live seats → reverts Bounties_TooFewSeats
├── the Vault holds too little of the requester's → reverts Vault_TooLittle
└── else
    ├── reward, deposit and panel fees are locked in the bucket
    └── the state holds stage, deadline and what of the terms is needed alone
"""

import pytest
from brownie import accounts

from tests.contracts.conftest import FUNDS, SEAT_BOND, SUBMISSION_FEE, reverts_with
from tests.contracts.contest_chain import now, set_next
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_values import DAY, HOUR, ONE, STAGES, SUBMITTING, UNIT, schedule

SECP256K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
MOST_REWARD = 2 * SEAT_BOND * 3 // 4  # of two seats of a quorum, less what a challenger gets
TOO_SHORT, TOO_LONG = 10 * 60 - 1, 30 * DAY + 1


def test_open__same_terms_again__reverts_exists(contest):
    contest.open()
    with reverts_with("Bounties_Exists", contest.id):
        contest.bounties.open(contest.whole, {"from": contest.requester})


def test_open__anybody_but_the_requester__reverts_not_requester(contest, people, evaluators, alice):
    for who in (people["bob"], people["mallory"], people["referee"], people["deployer"]):
        with reverts_with("Bounties_NotRequester", contest.id, who, alice):
            contest.bounties.open(contest.whole, {"from": who})


def test_open__owner_of_a_seat__reverts_owns_seat(house, evaluators):
    contest = Contest(house, evaluators[0])
    with reverts_with("Bounties_OwnsSeat", evaluators[0], 1):
        contest.open()


def test_open__owner_of_a_slashed_seat__reverts_owns_seat(house, evaluators):
    panels = accounts.at(house.panels.address, force=True)
    house.operators.slashSilent(0, {"from": panels})
    contest = Contest(house, evaluators[0])
    with reverts_with("Bounties_OwnsSeat", evaluators[0], 1):
        contest.open()


@pytest.mark.parametrize(
    ("field", "got", "bound", "changes"),
    [
        (3, 0, 1, {"reward": 0}),
        (3, MOST_REWARD + 1, MOST_REWARD, {"reward": MOST_REWARD + 1}),
        (4, 128 * SUBMISSION_FEE - 1, 128 * SUBMISSION_FEE, {"deposit": 128 * SUBMISSION_FEE - 1}),
        (6, 130 * UNIT - 1, 130 * UNIT, {"claimBond": 130 * UNIT - 1}),
        (7, 0, 2, {"metric": 0}),
        (7, 5, 2, {"metric": 5}),
        (7, 1, 1, {"classes": 1}),
        (7, 1, 17, {"classes": 17}),
        (7, 1, 2, {"errorBound": 1}),
        (7, 3, 0, {"metric": 3, "classes": 0}),
        (7, 4, 2, {"metric": 4, "errorBound": 9}),
        (7, 3, 0, {"metric": 3, "classes": 0, "errorBound": 2**32}),
        (9, 2, 3, {"panelSize": 2}),
        (9, 8, 7, {"panelSize": 8, "quorum": 5}),
        (10, 1, 2, {"quorum": 1}),
        (10, 4, 3, {"quorum": 4}),
        (10, 2, 3, {"panelSize": 4, "quorum": 2}),
        (12, 0, 1, {"threshold": 0}),
        (12, ONE + 1, ONE, {"threshold": ONE + 1}),
        (13, 0, 1, {"rowCount": 0}),
        (13, 2**24 + 1, 2**24, {"rowCount": 2**24 + 1}),
        *[(21, TOO_SHORT, TOO_SHORT + 1, {"schedule": schedule(**{name: TOO_SHORT})}) for name in STAGES],
        *[
            (21, TOO_LONG, TOO_LONG - 1, {"schedule": schedule(**{name: TOO_LONG})})
            for name in STAGES
            if name != "drawing"
        ],
        (21, 3 * DAY + 1, 3 * DAY, {"schedule": schedule(drawing=3 * DAY + 1)}),
    ],
)
def test_open__term_out_of_bounds__reverts_bad_term(house, evaluators, alice, field, got, bound, changes):
    contest = Contest(house, alice, **changes)
    with reverts_with("Bounties_BadTerm", field, got, bound):
        contest.open()


@pytest.mark.parametrize(
    "changes",
    [
        {"reward": MOST_REWARD, "claimBond": 180 * UNIT},
        {"deposit": 128 * SUBMISSION_FEE},
        {"panelFee": 0, "claimBond": 100 * UNIT},
        {"metric": 2, "classes": 16},
        {"metric": 3, "classes": 0, "errorBound": 1},
        {"metric": 4, "classes": 0, "errorBound": 2**32 - 1},
        {"panelSize": 4, "quorum": 4, "claimBond": 140 * UNIT},
        {"threshold": 1},
        {"threshold": ONE},
        {"rowCount": 1},
        {"rowCount": 2**24},
        {"schedule": schedule(**dict.fromkeys(STAGES, TOO_SHORT + 1))},
        {"schedule": schedule(**{**dict.fromkeys(STAGES, TOO_LONG - 1), "drawing": 3 * DAY})},
    ],
)
def test_open__term_at_its_bound__is_taken(house, evaluators, alice, changes):
    contest = Contest(house, alice, **changes)
    contest.open()
    contest.check_money()


@pytest.mark.parametrize("field", ["key", "seal"])
@pytest.mark.parametrize(("x", "parity"), [(0, 0), (5, 0), (1, 2), (SECP256K1_N, 0), (2**256 - 1, 1)])
def test_open__no_point__reverts_bad_point(house, evaluators, alice, field, x, parity):
    contest = Contest(house, alice, **{field: (x, parity)})
    with reverts_with("Bounties_BadPoint", x, parity):
        contest.open()


def test_open__dataset_never_listed__reverts_no_dataset(house, evaluators, alice, datasets):
    contest = Contest(house, alice, datasets=[(datasets[0], 1), (77, 1)])
    with reverts_with("Bounties_NoDataset", 77):
        contest.open()


def test_open__datasets_out_of_bounds__reverts_bad_term(house, evaluators, alice, datasets):
    first, second = datasets[:2]
    for shares, got, bound in (
        ([(first, 0)], 0, 1),
        ([(first, 10_001)], 10_001, 10_000),
        ([(first, 10_000), (second, 1)], 10_001, 10_000),
        ([(first, 1)] * 17, 17, 16),
    ):
        with reverts_with("Bounties_BadTerm", 22, got, bound):
            Contest(house, alice, datasets=shares).open()


def test_open__too_few_live_seats__reverts_too_few_seats(house, contest):
    panels = accounts.at(house.panels.address, force=True)
    for seat in range(4):
        house.operators.slashSilent(seat, {"from": panels})
    with reverts_with("Bounties_TooFewSeats", 8, 9):
        contest.open()


def test_open__not_enough_money__reverts_too_little(house, contest, alice):
    house.vault.withdraw(FUNDS - contest.total + 1, alice, {"from": alice})
    with reverts_with("Vault_TooLittle", alice, contest.total - 1, contest.total):
        contest.open()


def test_open__everything_in_order__money_locked_and_state_set(contest, alice):
    at = now() + 100
    set_next(at)
    tx = contest.open()
    state = contest.state
    assert tx.return_value == contest.id == contest.bounties.bountyIdOf(contest.whole)
    assert (state["stage"], state["deadline"], state["openedAt"]) == (SUBMITTING, at + HOUR, at)
    assert contest.bucket == contest.total
    assert tx.events["BountyOpened"]["terms"]["core"]["schedule"] == contest["schedule"]
    contest.check_money()


def test_open__two_bounties_of_one_requester__their_buckets_are_apart(house, contest, alice):
    other = Contest(house, alice, salt=b"\1" * 32, reward=16 * UNIT)
    contest.open()
    other.open()
    assert (contest.bucket, other.bucket) == (contest.total, other.total)
