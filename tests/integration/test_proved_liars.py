"""Every liar in a proved bounty pays: each ends poorer, nobody honest does, and no token is lost or made.

Sheet and alice's proof are real, verified by the contracts that ship; docs/disputes.md has the table.
"""

import secrets
from dataclasses import replace

import pytest

from marketplace.crypto.points import Point
from marketplace.errors import ContractReverted, DataError, TransactionFailed
from marketplace.proving.shapes import LINEAR
from marketplace.proving.toolchain import Proof, ProvingError
from marketplace.services import proof_request, proof_setup, proof_submit
from marketplace.services.proof_structs import Turn
from marketplace.services.proofs import ANNOUNCED_SECONDS, load_proof
from marketplace.services.sell import SETTLE_MARGIN_SECONDS
from marketplace.storage import FolderStore
from marketplace.types import RAW_CODEC, Cid
from tests.integration.proved_world import BOND, REWARD, TOOLS, other_terms

pytestmark = pytest.mark.proving


@pytest.fixture
def world(built_proved):
    found = built_proved.fresh()
    gas = {name: coin(found, name) for name in found.start}
    yield found
    assert all(coin(found, name) <= had for name, had in gas.items())


def coin(world, name):
    return world.node.web3.eth.get_balance(world[name].account)


def refused(error, call, *arguments, **options):
    """Make a call that a contract refuses; return the arguments of its error."""
    with pytest.raises(ContractReverted) as found:
        call(*arguments, **options)
    assert found.value.name == error
    return found.value


def send(market, function, *arguments):
    """Send what no client would."""
    intent = f"lie:{secrets.token_hex(8)}"
    return market.send("lie", "Proofs", function, *arguments, intent=intent)


def prove_as(world, name, proof, commitment=None):
    """Show a proof under a name, as it is."""
    market, view = world[name], world.view()
    given = commitment or view.pledge_of(market.account).commitment
    return send(market, "prove", view.terms, market.account, given, list(proof.inputs[6:]), proof.data)


def open_other(world, name, **changes):
    """Open another bounty, under another salt; return its id."""
    market = world[name]
    return proof_request.open_proof(market, other_terms(world.terms, requester=market.account, **changes))


# --- makers


def test_maker_who_claims_too_much__can_not_prove_it_and_loses_the_bond(world):
    world.commit("mallory", model=world.bad)
    world.end_commits()
    world.hand_out()
    mallory, view = world["mallory"], world.view()
    with pytest.raises(DataError, match="is wrong on"):
        proof_submit.make_proof(mallory, view, world.bad, TOOLS)
    with pytest.MonkeyPatch.context() as patch:  # with a client of her own the statement is as false
        patch.setattr(proof_submit, "require_lead", lambda *_: 0)
        with pytest.raises(ProvingError):
            proof_submit.make_proof(mallory, view, world.bad, TOOLS)
    proof_submit.announce(mallory, view)
    refused("Proofs_NotProved", prove_as, world, "mallory", Proof(bytes(8640), tuple(range(14))))
    world.finish()
    assert world.gains() == {"mallory": -BOND}


def test_maker_who_swaps_the_model__can_not_prove_it_and_loses_the_bond(world):
    world.commit("alice", model=world.bad)
    honest = proof_submit.to_proved(world.good)
    better = proof_submit.prepare(world["alice"], world.view(), honest)
    world.end_commits()
    world.hand_out()
    # with the rows in her hands she has a better one, and a proof of it: that of the other tests is hers
    with pytest.raises(DataError, match="not the model that you have committed to"):
        proof_submit.make_proof(world["alice"], world.view(), world.good, TOOLS)
    proof_submit.announce(world["alice"], world.view())
    refused("Proofs_NotProved", prove_as, world, "alice", world.proof)
    refused("Proofs_NotCommitted", prove_as, world, "alice", world.proof, better)
    world.finish()
    assert world.gains() == {"alice": -BOND}


def test_maker_who_stays_silent__loses_the_bond(world):
    world.served("mallory", "bob")
    world.finish()
    assert world.gains() == {"mallory": -BOND, "bob": -BOND}


def test_maker_who_announces_without_a_proof__loses_the_bond_though_another_proves(world):
    world.served("alice", "mallory")
    proof = world.proof
    proof_submit.announce(world["mallory"], world.view())
    with pytest.raises(DataError, match="has announced a proof"):
        proof_submit.send_proof(world["alice"], world.view(), proof)
    world.until(world.view().on_turn.until)
    world.prove()
    world.finish()
    assert world.gains() == {"mallory": -BOND, "alice": REWARD, "requester": -REWARD}


def test_maker_with_the_proof_of_another_payee__is_refused_and_loses_the_bond(world):
    world.served("alice", "mallory")
    proof = world.proof
    proof_submit.announce(world["mallory"], world.view())
    refused("Proofs_NotProved", prove_as, world, "mallory", proof)
    alices = world.view().pledge_of(world["alice"].account).commitment
    refused("Proofs_NotCommitted", prove_as, world, "mallory", proof, alices)
    world.until(world.view().on_turn.until)
    world.prove()
    world.finish()
    assert world.gains() == {"mallory": -BOND, "alice": REWARD, "requester": -REWARD}


@pytest.mark.parametrize("how", ["bounty", "contract"])
def test_maker_with_the_proof_of_another_place__is_refused_and_loses_the_bond(world, how):
    proof, requester = world.proof, world["requester"]
    k = requester.artifact_key("Proofs", world.terms.salt, b"")
    r = requester.proof_key(proof_request.LABEL_R, world.terms.salt)
    world.finish()  # nobody has committed to the first one
    deployment = world.deployment
    if how == "contract":
        world.deployment = proof_setup.deploy_proofs(world["anybody"].client, deployment)
        world._connect()
    try:
        bounty = open_other(world, "requester")
        proof_submit.commit_model(world["alice"], bounty, world.good)
        world.until(world.view(bounty).committing_until)
        view = world.view(bounty)
        assert proof_request._serve(world["requester"], view, view.pledges[0], k, r) == "opened"
        alice = world["alice"]
        view = proof_submit.announce(alice, load_proof(alice, bounty))
        arguments = (
            view.terms,
            alice.account,
            view.pledges[0].commitment,
            list(proof.inputs[6:]),
            proof.data,
        )
        refused("Proofs_NotProved", send, alice, "prove", *arguments)
        world.until(world.view(bounty).proving_until)
        proof_submit.release(world["anybody"], bounty)
        proof_request.close_proof(world["anybody"], bounty)
        assert world.gains() == {"alice": -BOND}
    finally:
        world.deployment = deployment


def test_maker_who_proves_too_late__shows_nothing_and_loses_the_bond(world):
    world.served("alice")
    proof = world.proof
    proof_submit.announce(world["alice"], world.view())
    world.until(world.view().on_turn.until - SETTLE_MARGIN_SECONDS)
    with pytest.raises(TransactionFailed):
        world.prove()  # in time for the contract, but who knows when it is mined: nothing is shown
    world.until(world.view().on_turn.until)
    with pytest.raises(DataError, match="did not send it in time"):
        world.prove()
    refused("Proofs_AfterDeadline", prove_as, world, "alice", proof)
    world.finish()
    assert world.gains() == {"alice": -BOND}


def test_maker_with_a_poisoned_lock__is_declined_and_loses_the_bond(world):
    mallory = world["mallory"]
    fair = proof_submit.prepare(mallory, world.view(), proof_submit.ZERO_MODEL)
    poison = Point.from_scalar(secrets.randbits(255)).address()
    proof_submit.send_commitment(mallory, world.view(), replace(fair, key_lock=poison))
    world.commit("alice")
    world.end_commits()
    assert world.hand_out() == {mallory.account: "declined", world["alice"].account: "opened"}
    refused("Proofs_LockIsWrong", proof_submit.vindicate, mallory, world.bounty)
    world.prove()
    world.finish()
    assert world.gains() == {"mallory": -BOND, "alice": REWARD, "requester": -REWARD}


# --- requesters


def test_requester_who_stays_silent__pays_every_maker_a_bond(world):
    world.commit("alice", "bob")
    world.until(world.view().opening_until)
    with pytest.raises(DataError, match="the time for rows is over"):
        world.hand_out()
    world.finish()
    assert world.gains() == {"alice": BOND, "bob": BOND, "requester": -2 * BOND}


def test_requester_who_opens_a_wrong_key__is_refused_and_pays_for_silence(world):
    world.commit("alice")
    world.end_commits()
    view = world.view()
    pledge = view.pledges[0]
    refused(
        "Proofs_WrongKey",
        send,
        world["requester"],
        "openSheet",
        view.terms,
        pledge.maker,
        pledge.commitment,
        7,
    )
    world.until(view.opening_until)
    world.finish()
    assert world.gains() == {"alice": BOND, "requester": -BOND}


def test_requester_who_declines_a_right_lock__pays_the_maker_a_bond(world):
    world.commit("alice", "bob")
    world.end_commits()
    for name in ("alice", "bob"):
        send(world["requester"], "decline", world.view().terms, world[name].account)
    proof_submit.vindicate(world["alice"], world.bounty)
    proof_submit.vindicate(world["bob"], world.bounty)
    sent = world.nonce("alice")
    proof_submit.vindicate(world["alice"], world.bounty)
    assert world.nonce("alice") == sent, "typed again it is done"
    world.finish()
    assert world.gains() == {"alice": BOND, "bob": BOND, "requester": -2 * BOND}


def test_requester_who_serves_an_accomplice_alone__pays_the_other_a_bond(world):
    """Who is served first gains nothing: proofs wait until the others have the rows, or can get none."""
    world.commit("mallory", "alice")
    world.end_commits()
    view, requester = world.view(), world["requester"]
    k = requester.artifact_key("Proofs", view.terms.salt, b"")
    r = requester.proof_key(proof_request.LABEL_R, view.terms.salt)
    assert proof_request._serve(requester, view, view.pledges[0], k, r) == "opened"
    with pytest.raises(DataError, match="not all makers have the rows"):
        proof_submit.announce(world["mallory"], world.view())
    refused("Proofs_BeforeDeadline", send, world["mallory"], "announce", view.terms)
    world.until(view.opening_until)
    world.finish()
    assert world.gains() == {"alice": BOND, "mallory": -BOND, "requester": -BOND}


@pytest.mark.parametrize("how", ["rows", "sheet", "key"])
def test_requester_whose_rows_are_not_the_promised_ones__gets_no_commitment(world, how):
    world.finish()
    changes = {
        "rows": lambda: {"rows": world.terms.rows ^ 1},  # another root, or other labels under it
        "sheet": lambda: {"sheet": world["requester"].store.add(other_sheet(world)).digest},
        "key": lambda: {
            "key": Point.from_scalar(4)
        },  # of which the sheet says nothing: opened, it would show rubbish
    }[how]()
    bounty = open_other(world, "requester", **changes)
    for name in ("alice", "bob"):
        with pytest.raises(DataError, match="is not valid"):
            proof_submit.commit_model(world[name], bounty, world.good)
    world.until(world.view(bounty).committing_until)
    proof_request.close_proof(world["anybody"], bounty)
    assert world.gains() == {}


def other_sheet(world):
    """Return a sheet with one bit of its rows changed."""
    length = proof_request.sheet_length(LINEAR.sheet)
    data = bytearray(b"".join(world["alice"].store.get(Cid.from_digest(world.terms.sheet, length))))
    data[1000] ^= 1
    return bytes(data)


def test_requester_with_a_poisoned_seal__can_not_tell_locks_and_pays_every_maker(world):
    world.finish()
    stranger = Point.from_scalar(secrets.randbits(255))
    bounty = open_other(world, "requester", seal=stranger)  # nobody knows its scalar
    for name in ("alice", "bob"):
        proof_submit.commit_model(world[name], bounty, world.good)
    world.until(world.view(bounty).committing_until)
    assert set(dict(proof_request.hand_out(world["requester"], bounty)).values()) == {"declined"}
    proof_submit.vindicate(world["alice"], bounty)
    proof_submit.vindicate(world["bob"], bounty)
    assert len(proof_submit.release(world["anybody"], bounty)) == 2
    world.until(world.view(bounty).proving_until)
    proof_request.close_proof(world["anybody"], bounty)
    assert world.gains() == {"alice": BOND, "bob": BOND, "requester": -2 * BOND}


def test_requester_who_copies_anothers_rows__can_not_open_them_and_pays_every_maker(world):
    bounty = open_other(world, "mallory")
    proof_submit.commit_model(world["alice"], bounty, world.good)
    world.until(world.view(bounty).committing_until)
    world.hand_out()  # the true requester's bounty ends too
    mallory, view = world["mallory"], world.view(bounty)
    pledge = view.pledges[0]
    own_k = mallory.artifact_key("Proofs", view.terms.salt, b"")
    own_r = mallory.proof_key(proof_request.LABEL_R, view.terms.salt)
    assert (
        proof_request._serve(mallory, view, pledge, own_k, own_r) == "declined"
    )  # by a seal that is not hers
    proof_submit.vindicate(world["alice"], bounty)
    assert proof_submit.release(world["anybody"], bounty) == [world["alice"].account]
    world.until(world.view(bounty).proving_until)
    proof_request.close_proof(world["anybody"], bounty)
    world.finish()
    assert world.gains() == {"alice": BOND, "mallory": -BOND}


def test_requester_who_reads_a_proof_on_its_way__can_not_be_faster_with_his_own(world):
    """Mallory is his: she has committed to a model that knows the rows by heart, with a proof in reserve."""
    world.served("alice", "mallory")
    proof, view = world.proof, world.view()
    proof_submit.announce(world["alice"], view)
    # alice's proof is in the pool, and the requester reads her model: now is the time to pay himself
    refused("Proofs_BeforeDeadline", send, world["mallory"], "announce", view.terms)
    assert refused("Proofs_WrongTurn", prove_as, world, "mallory", proof)
    world.prove()
    refused("Proofs_Paid", send, world["mallory"], "announce", view.terms)
    world.finish()
    assert world.gains() == {"alice": REWARD, "requester": -REWARD}


def test_requester_who_takes_the_rows_away__does_not_take_them_from_who_committed(world, tmp_path):
    class Reaching(FolderStore):
        """Reads what is not here from the requester, as long as he gives it."""

        def get(self, cid, start=0, stop=None):
            here = self.has(cid) or not given
            return super().get(cid, start, stop) if here else world["anybody"].store.get(cid, start, stop)

    given = True
    world.markets["alice"] = replace(world["alice"], store=Reaching(tmp_path / "alice"))
    world.commit("alice")
    given = False
    world.end_commits()
    world.hand_out()
    table, _ = proof_submit.own_rows(world["alice"], world.view())
    assert len(table.labels) == world.terms.row_count
    assert world["alice"].store.has(Cid(RAW_CODEC, world.terms.schema))


# --- strangers


def test_stranger_who_sends_a_proof_first__pays_its_maker(world):
    world.served("alice")
    alice, stranger, proof = world["alice"], world["anybody"], world.proof
    view = proof_submit.announce(alice, world.view())
    arguments = (view.terms, alice.account, view.pledges[0].commitment, list(proof.inputs[6:]), proof.data)
    real, before = alice.client.send, coin(world, "anybody")

    def beaten(contract, function, *args, **options):
        if function == "prove":
            send(stranger, "prove", *arguments)
        return real(contract, function, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alice.client, "send", beaten)
        proof_submit.send_proof(alice, view, proof)  # says nothing: she is paid
    proof_submit.send_proof(alice, world.view(), proof)
    assert coin(world, "anybody") < before
    world.finish()
    assert world.gains() == {"alice": REWARD, "requester": -REWARD}


def test_stranger_who_copies_a_commitment__is_declined_and_loses_the_bond(world):
    seen = proof_submit.prepare(world["alice"], world.view(), proof_submit.to_proved(world.good))
    proof_submit.send_commitment(world["mallory"], world.view(), seen)
    world.commit("alice")
    world.end_commits()
    mallory = world["mallory"]
    assert world.hand_out()[mallory.account] == "declined"
    b = world["alice"].proof_key(proof_request.LABEL_R, 1)
    refused("Proofs_WrongKey", send, mallory, "vindicate", world.view().terms, mallory.account, seen, b)
    world.prove()
    world.finish()
    assert world.gains() == {"mallory": -BOND, "alice": REWARD, "requester": -REWARD}


def test_stranger_who_opens_a_lock_first__has_done_the_requesters_work(world):
    world.commit("alice", "bob")
    world.end_commits()
    requester, stranger = world["requester"], world["anybody"]
    real = requester.client.send

    def beaten(contract, function, *args, **options):
        if function == "openSheet":
            send(stranger, "openSheet", *args)
        return real(contract, function, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requester.client, "send", beaten)
        assert set(world.hand_out().values()) == {"opened"}
    assert {one.turn for one in world.view().pledges} == {Turn.OPENED}


def test_release__some_can_be_ended_and_some_not__ends_those_and_later_the_others(world):
    world.served("alice", "mallory", "bob")
    assert proof_submit.release(world["anybody"], world.bounty) == []
    proof_submit.announce(world["mallory"], world.view())
    world.chain.advance(ANNOUNCED_SECONDS + 1)
    first = proof_submit.release(world["anybody"], world.bounty)
    assert first == [world["mallory"].account]
    world.prove()
    second = proof_submit.release(world["anybody"], world.bounty)
    assert second == [world["bob"].account]  # as many as before: not the same wish
    assert proof_submit.release(world["anybody"], world.bounty) == []
    proof_request.close_proof(world["anybody"], world.bounty)
    assert world.view().closed
    world.finish()
    assert world.gains() == {"mallory": -BOND, "alice": REWARD, "requester": -REWARD}
