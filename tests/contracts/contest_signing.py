"""What makers, requesters and evaluators sign for others to send, as a wallet signs it."""

from brownie import accounts, chain
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.contracts.contest_values import ONE, ROWS, scalar_of


def sign(contract, name, kind, fields, message, signer, changes):
    """Return the short signature of an EIP-712 message; ``changes`` go to the domain or to the message."""
    domain = {"name": name, "version": "1", "chainId": chain.id, "verifyingContract": contract.address}
    changes = dict(changes)
    domain |= {key: value for key, value in changes.items() if key in domain}
    members = [dict(zip(("type", "name"), part.split())) for part in fields.split(",")]
    signable = encode_typed_data(
        domain, {kind: members}, {key: changes.get(key, value) for key, value in message.items()}
    )
    key = getattr(signer, "private_key", None) or signer.key
    return short(bytes(Account.sign_message(signable, key).signature))


def signed_claim(contest, maker, correct, changes=()):
    """Return a claim that ``maker`` signed, as `claimMany` takes it."""
    score = correct * ONE // ROWS
    message = {"bountyId": contest.id, "score": score}
    fields = "uint256 bountyId,uint64 score"
    where = contest.bounties, "Tessera Bounties"
    return (score, *sign(*where, "Claim", fields, message, maker, changes))


def signed_lock(contest, key_lock, signer=None, changes=()):
    """Return the requester's short signature of a lock."""
    signer = Account.from_key(scalar_of(signer)) if signer else contest.requester
    message = {"bountyId": contest.id, "candidate": contest.state["candidate"], "keyLock": key_lock}
    fields = "uint256 bountyId,uint8 candidate,address keyLock"
    return sign(contest.bounties, "Tessera Bounties", "Lock", fields, message, signer, changes)


def signed_commitment(contest, place, hidden, signer=None, changes=()):
    """Return a commitment that the owner of the seat at ``place`` signed, as `commitMany` takes it."""
    message = {
        "bountyId": contest.id,
        "candidate": contest.state["candidate"],
        "round": contest.round["number"],
        "place": place,
        "seat": contest.seat(place),
        "hash": hidden,
    }
    fields = "uint256 bountyId,uint8 candidate,uint8 round,uint8 place,uint16 seat,bytes32 hash"
    where = contest.panels, "Tessera Panels"
    signer = signer or contest.evaluator(place)
    return (place, hidden, *sign(*where, "Commitment", fields, message, signer, changes))


def make_signers(house, count):
    """Return ``count`` funded accounts whose private keys the tests hold."""
    made = [accounts.add(hex(scalar_of("signer", i))) for i in range(count)]
    for account in made:
        house.fund(account)
    return made


def claimer(contest, claim):
    """Return whom the contract takes for the signer of a claim."""
    score, r, vs = claim
    types = {"Claim": [{"name": "bountyId", "type": "uint256"}, {"name": "score", "type": "uint64"}]}
    domain = {
        "name": "Tessera Bounties",
        "version": "1",
        "chainId": chain.id,
        "verifyingContract": contest.bounties.address,
    }
    signable = encode_typed_data(domain, types, {"bountyId": contest.id, "score": score})
    signature = r + bytes([vs[0] & 127]) + vs[1:] + bytes([27 + (vs[0] >> 7)])
    return Account.recover_message(signable, signature=signature)


def bundle(opened):
    """Return the distinct findings of what is opened, and the reveals that name them."""
    findings = []
    for _, _, attestation, *_ in opened:
        if attestation[:4] not in findings:
            findings.append(attestation[:4])
    reveals = [
        (place, findings.index(attestation[:4]), attestation[4], salt, *signature)
        for place, salt, attestation, *signature in opened
    ]
    return findings, reveals


def short(signature):
    """Return a signature in the short form of EIP-2098: r, and s with the parity in its highest bit."""
    r, s, v = signature[:32], signature[32:64], signature[64]
    return bytes(r), (int.from_bytes(s, "big") | (v - 27) << 255).to_bytes(32, "big")
