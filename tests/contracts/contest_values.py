"""What a contest is made of, as the contracts number and encode it.

Scores are whole rows: the test set has 1,000, so that 900 correct ones are 900,000,000 parts of a billion.
"""

from eth_utils import keccak

from marketplace.crypto.points import Point

UNIT = 10**18
HOUR = 3_600
DAY = 24 * HOUR
SEED_DELAY, SEED_LIFE_BLOCKS, SEED_LIFE = 4, 8_191, 28 * HOUR
ROWS, ONE = 1_000, 10**9
ZERO = b"\0" * 32

# stages, phases, verdicts, outcomes and flags as the contracts number them
SUBMITTING, CLAIMING, CHOOSING, JUDGING, CURE, LOCKING, DELIVERING, WINDOW, HALVING, ABANDONED, DONE = range(
    1, 12
)
IDLE, DRAWING, COMMITTING, REVEALING, JUDGED, VOIDED = range(6)
NOTHING, SCORED, UNSCORABLE, BAD_ROWS, ROWS_GOOD = range(5)
PAID, HALVED, NO_SUBMISSION, SILENT, ROWS_BAD, NOBODY, TOO_FEW_SEATS = range(1, 8)
KEY_PUBLIC, DELIVERED, PASSED, NO_QUORUM, ROWS_CLAIMED, MET, VOID_ONE = (1 << i for i in range(7))
CLAIMED, TRIED, FORFEITED, RELEASED = (1 << i for i in range(4))

STAGES = "submitting rows claiming drawing committing revealing locking delivering window cure".split()
LENGTHS = dict.fromkeys(STAGES, HOUR)
SEATS = 12

PARENTS = "(uint256,uint16)[]"
FILES = "(bytes32,bytes32,bytes32,bytes32,uint64,bytes32,(uint256,uint8))"
TERMS = "((address,uint128,uint128,uint128,uint96,uint256,uint256),bytes32)"
RULES = (
    ("metric", 8),
    ("classes", 8),
    ("panelSize", 8),
    ("quorum", 8),
    ("rowCount", 32),
    ("errorBound", 64),
    ("threshold", 64),
)

TYPES = {
    "Attestation": [
        {"name": name, "type": kind}
        for kind, name in (
            part.split()
            for part in (
                "uint256 bountyId,uint8 candidate,uint8 round,uint16 seat,uint8 verdict,uint64 score,"
                "uint128[] sums,bytes32 evidenceRoot,bytes32 evidence"
            ).split(",")
        )
    ]
}


def schedule(**lengths):
    """Pack stage lengths in seconds, 24 bits each; those not named last an hour."""
    all_of_them = {**LENGTHS, **lengths}
    return sum(all_of_them[name] << (24 * i) for i, name in enumerate(STAGES))


def point(scalar):
    """Return ``scalar * G`` as it travels on the chain."""
    p = Point.from_scalar(scalar)
    return (p.x, p.parity)


def point_address(pair):
    """Return the address of a point as it travels on the chain."""
    return Point(*pair).address()


def scalar_of(*names):
    """Return a scalar that nobody else has, from words."""
    return int.from_bytes(keccak(text="/".join(map(str, names))), "big") >> 1 or 1


def scored(correct, root=ZERO, evidence=ZERO):
    """Return an attestation of so many correct rows."""
    return (SCORED, correct * ONE // ROWS, [correct], root, evidence)


def plain(verdict, evidence=ZERO):
    """Return an attestation that has no score."""
    return (verdict, 0, [], ZERO, evidence)
