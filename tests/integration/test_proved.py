"""A proved bounty, whole: real proofs, verified and paid by the contract, read by the requester alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketplace.chain import save_deployment
from marketplace.datasets import BREAST_CANCER_TARGET, Table, load_breast_cancer_table, split
from marketplace.proving.shapes import LINEAR, LINEAR_LARGE, NETWORK, TREE
from marketplace.proving.toolchain import Toolchain
from marketplace.services import proof_request, proof_submit
from marketplace.services.conservation import conservation
from marketplace.services.proof_models import encode_any, to_integers, to_proved
from marketplace.services.proof_structs import Turn
from marketplace.services.proof_train import train_for
from marketplace.services.proofs import load_proof
from tests.integration.spending import spending_counted  # noqa: F401 (a fixture)

COIN = 10**18
TOOLS = Toolchain(Path(__file__).parents[2] / "build" / "proving")
pytestmark = pytest.mark.proving


@pytest.fixture(scope="module")
def proving_town(town):
    """A market whose deployment has the contract of proofs."""
    town.deployment = town.proofs
    save_deployment(town.deployment, town.file)
    return town


def cancer(kind):
    """Return what is trained on, and what is asked for."""
    table = load_breast_cancer_table()
    schema = proof_request.coarse_schema(table, BREAST_CANCER_TARGET)
    rest, tests = split(table, 40, 7)
    return rest, proof_request.ProofDraft(schema, tests, tests.count // 10, 100 * COIN, 2 * COIN, kind=kind)


def large():
    """Return a table of as many rows as there can be, which is what is asked for too."""
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.normal(size=(4096, 30)), columns=[f"f{i}" for i in range(30)])
    frame["y"] = np.where(frame.sum(axis=1) + random.normal(size=4096) > 0, "yes", "no")
    table = Table(frame, "large")
    return table, proof_request.ProofDraft(
        proof_request.coarse_schema(table, "y"), table, 500, 100 * COIN, 2 * COIN
    )


MAKE = {TREE: lambda: cancer("tree")}
AT_LENGTH = {LINEAR: lambda: cancer("linear"), NETWORK: lambda: cancer("network"), LINEAR_LARGE: large}
"""Small linear models are proved and paid in `proved_stories` and `proved_world` too; others take long."""


def pytest_generate_tests(metafunc):
    """Prove by every circuit, or by that which nothing else here proves with and is quick."""
    if "shape" in metafunc.fixturenames:
        shapes = [*MAKE, *(AT_LENGTH if metafunc.config.getoption("deep") else ())]
        metafunc.parametrize("shape", shapes, ids=lambda shape: shape.name)


def test_story__real_proof__paid_and_read(shape, proving_town, tmp_path, spending_counted):  # noqa: F811
    town = proving_town
    alice, bob, carol = (town.person(name) for name in ("alice", "bob", "carol"))
    table, draft = (MAKE | AT_LENGTH)[shape]()
    assert draft.shape is shape
    trained = train_for(shape, table, draft.schema)
    terms = proof_request.draft_proof(alice, draft, TOOLS)
    bounty_id = proof_request.open_proof(alice, terms)
    assert proof_request.open_proof(alice, proof_request.draft_proof(alice, draft, TOOLS)) == bounty_id

    proof_submit.commit_model(bob, bounty_id, trained)
    proof_submit.commit_model(carol, bounty_id, trained)
    town.advance(view(alice, bounty_id).terms.committing + 1)
    assert [how for _, how in proof_request.hand_out(alice, bounty_id)] == ["opened", "opened"]

    proof = proof_submit.make_proof(bob, view(bob, bounty_id), trained, TOOLS)
    before = bob.client.call("Vault", "balanceOf", bob.account)
    proof_submit.send_proof(bob, view(bob, bounty_id), proof)
    assert view(alice, bounty_id).winner == bob.account
    assert bob.client.call("Vault", "balanceOf", bob.account) == before + 102 * COIN

    assert {("Proofs", "open"), ("Proofs", "commit")} <= spending_counted

    received = proof_request.receive_proved(alice, bounty_id, tmp_path / "model.bin")
    expected = to_integers(to_proved(trained, shape), draft.schema.width)
    assert encode_any(received) == encode_any(expected) == (tmp_path / "model.bin").read_bytes()

    proof_submit.release(alice, bounty_id)
    proof_request.close_proof(alice, bounty_id)
    assert {one.turn for one in view(alice, bounty_id).pledges} == {Turn.DONE}
    assert carol.client.call("Vault", "bucketOf", alice.address("Proofs"), bounty_id) == 0
    assert conservation(alice).holds


def view(market, bounty_id):
    return load_proof(market, bounty_id)
