"""A house in which the shipped referee decides, and files that bob sealed, rightly or not."""

import io
from typing import NamedTuple

import brownie
import pytest

from marketplace.crypto.envelope import seal
from marketplace.crypto.wrong_piece import PieceProof, find_wrong_piece
from marketplace.services.two_faced import seal_another
from tests.contracts import twin
from tests.contracts.conftest import House
from tests.contracts.contest_chain import undone
from tests.contracts.contest_fixtures import contest  # noqa: F401
from tests.contracts.contest_people import make_evaluators
from tests.contracts.goods import Sale, Terms, list_asset, order_of, settle
from tests.contracts.referee.demanding import Case

KEY, NONCE = 0xC0FFEE, b"nonce of 32 bytes, said only once"[:32]


class Bought(NamedTuple):
    """An order as its buyer disputes it."""

    sale: Sale
    settled_at: int

    def arguments(self, proof, **changes):
        """Return what `disputePiece` takes."""
        values = {name: getattr(proof, name) for name in PieceProof.__dataclass_fields__}
        return self.sale.id, self.sale.order, self.sale.terms, tuple({**values, **changes}.values())


@pytest.fixture(scope="session")
def house(people):
    """Deploy everything once more: here the contract decides, not an account."""
    contracts = {c._name: c for c in brownie.project.get_loaded_projects()[0]}
    made = House(contracts, people["deployer"])
    for name in ("alice", "bob", "mallory"):
        made.fund(people[name])
    return made


@pytest.fixture(scope="package")
def evaluators(house, people):
    """Return twelve evaluators with a seat each, until the folder is tested."""
    with undone():
        yield make_evaluators(house, people)


def plain_bytes(length):
    """Return some bytes."""
    return bytes(i * i % 251 for i in range(length))


def right_artifact(length):
    """Return an honest artifact and its content root."""
    sink = io.BytesIO()
    return seal(io.BytesIO(plain_bytes(length)), sink, KEY, NONCE).content_root, sink.getvalue()


def wrong_artifact(length, at):
    """Return an artifact whose byte ``at`` decrypts to another than was committed to, its root, a proof."""
    given = bytearray(plain_bytes(length))
    given[at] ^= 1
    artifact, root = seal_another(plain_bytes(length), bytes(given), KEY, NONCE)
    return root, find_wrong_piece(io.BytesIO(artifact), KEY, root, length)


def bought(house, seller, buyer, root, salt=1):
    """List a file, order it and settle."""
    terms = Terms(seller.address, content_root=root, key=twin.point(KEY))
    asset, _ = list_asset(house, seller, terms, salt=salt)
    sale = order_of(house, buyer, asset, terms, salt=salt)
    return Bought(sale, settle(house, sale, seller))


@pytest.fixture
def case(contest, people, house):  # noqa: F811
    """Return a contest of alice in its window: bob's model has 90 of 100 rows, as a panel attested."""
    made = Case(contest, people)
    for name in ("mallory", "alice"):
        house.vault.approve(house.referee, 2**256 - 1, {"from": people[name]})
    return made


@pytest.fixture
def asked(case):
    """Return the case of which mallory has demanded the nodes below the root."""
    case.demand(case.nodes(7, 0))
    return case
