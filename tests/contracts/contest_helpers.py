"""A whole contest in a few calls: terms, keys, submissions, panels, attestations, deliveries.

Scores are whole rows: the test set has 1,000, so that ``claim(bob, 900)`` claims 900 correct ones.
"""

import copy

from brownie import ZERO_ADDRESS, accounts, chain, web3
from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from marketplace.crypto.points import Point, contest_h, lock_address, settlement_scalar, shared_address
from tests.contracts.conftest import SEAT_BOND, SUBMISSION_FEE
from tests.contracts.contest_chain import mine, now, rpc, send, sleep, view
from tests.contracts.contest_signing import bundle, short
from tests.contracts.contest_twin import Money
from tests.contracts.contest_values import (
    CLAIMING,
    DONE,
    FILES,
    ONE,
    PARENTS,
    RELEASED,
    ROWS,
    ROWS_GOOD,
    RULES,
    TERMS,
    TYPES,
    UNIT,
    UNSCORABLE,
    WINDOW,
    ZERO,
    plain,
    point,
    scalar_of,
    schedule,
    scored,
)


def _word(value):
    """Return an address or a number as 32 bytes in hex."""
    return f"{int(value, 16) if isinstance(value, str) else value:064x}"


class Contest:
    """One bounty and all that its people hold. ``changes`` are fields of its terms."""

    def __init__(self, house, requester, *, lengths=(), **changes):
        self.house, self.requester = house, requester
        self.bounties, self.panels, self.operators, self.vault = (
            house.bounties, house.panels, house.operators, house.vault
        )  # fmt: skip
        self.r, self.rows_key = scalar_of("r"), scalar_of("rows")
        self.fields = {
            "requester": requester.address,
            "salt": ZERO,
            "reward": 1_600 * UNIT,
            "deposit": 1_280 * UNIT,
            "panelFee": 10 * UNIT,
            "claimBond": 130 * UNIT,
            "metric": 1,
            "classes": 2,
            "panelSize": 3,
            "quorum": 2,
            "errorBound": 0,
            "threshold": ONE // 2,
            "rowCount": ROWS,
            "schema": keccak(text="schema"),
            "rowsRoot": keccak(text="rows root"),
            "contentRoot": keccak(text="rows file"),
            "contentLength": 12_345,
            "contentDigest": keccak(text="rows cid"),
            "key": point(self.rows_key),
            "seal": point(self.r),
            "schedule": schedule(**dict(lengths)),
            "datasets": [],
            **changes,
        }
        self.fast = False
        self.owners, self.names = {}, [account.address for account in accounts]
        self.submissions, self.order, self.commitments, self.opened = {}, [], [], {}
        self.money = Money(self.fields, SEAT_BOND, SUBMISSION_FEE)

    def fork(self):
        """Return a copy, so that a test can go on from a stage that others share."""
        other = copy.copy(self)
        for name in ("submissions", "order", "commitments", "opened", "owners", "money"):
            setattr(other, name, copy.deepcopy(getattr(self, name)))
        return other

    # what everybody computes alike

    @property
    def whole(self):
        """All terms, as `open` takes them."""
        core = (*(self[name] for name in "requester reward deposit panelFee claimBond".split()), self.rules)
        files = "salt schema rowsRoot contentRoot contentLength contentDigest seal".split()
        return (*core, self["schedule"]), self["key"], tuple(self[name] for name in files), self["datasets"]

    @property
    def terms(self):
        """The terms as most steps pass them: their core, and the hash of the rest."""
        rest = keccak(encode(["bytes32", "bytes32"], [self.rows, self.rows_proof[2]]))
        return self.whole[0], rest

    @property
    def rows(self):
        """The hash of the rows' key and files."""
        return keccak(encode(["(uint256,uint8)", "bytes32"], self.rows_proof[:2]))

    @property
    def rows_proof(self):
        """The rows' key, and the hashes of the files and of the datasets."""
        _, key, files, datasets = self.whole
        return key, keccak(encode([FILES], [files])), keccak(encode([PARENTS], [datasets]))

    @property
    def rules(self):
        """How models are judged, in one word."""
        word, at = 0, 0
        for name, bits in RULES:
            assert self[name] < 2**bits
            word |= self[name] << at
            at += bits
        return word

    @property
    def id(self):
        types = ["uint256", "address", TERMS]
        return int.from_bytes(keccak(encode(types, [chain.id, self.bounties.address, self.terms])), "big")

    def __getitem__(self, field):
        return self.fields[field]

    @property
    def state(self):
        return view(self.bounties.bountyOf, self.id)

    @property
    def round(self):
        return view(self.panels.roundOf, self.id)

    @property
    def sitting(self):
        return view(self.panels.sittingOf, self.id)

    @property
    def stage(self):
        return self.state["stage"]

    @property
    def bucket(self):
        return view(self.vault.bucketOf, self.bounties, self.id)

    @property
    def total(self):
        return self["reward"] + self["deposit"] + self["panelSize"] * self["panelFee"]

    def flag(self, bit):
        """Tell whether the bounty has the flag."""
        return bool(self.state["flags"] & bit)

    def pass_deadline(self):
        """Let the deadline of the bounty's stage pass."""
        self._wait(self.state["deadline"])

    def pass_phase(self):
        """Let the deadline of the panel's phase pass."""
        self._wait(self.round["deadline"])

    def _wait(self, deadline):
        if deadline >= now():
            sleep(deadline - now() + 10)

    def _send(self, method, *arguments, who):
        """Send a transaction: through Brownie, or quickly if it must succeed and nobody looks at it."""
        if self.fast:
            return send(method, *arguments, sender=who)
        return method(*arguments, {"from": who})

    # money

    def balances(self):
        """Return everybody's free balance, every operator's bonds, and every dataset's income."""
        names = self.names
        datasets = [asset_id for asset_id, _ in self["datasets"]]
        balance_of, bucket_of = self.vault.balanceOf.signature, self.vault.bucketOf.signature
        calls = [balance_of + _word(name) for name in names]
        calls += [bucket_of + _word(self.operators.address) + _word(name) for name in names]
        calls += [bucket_of + _word(self.house.assets.address) + _word(asset_id) for asset_id in datasets]
        amounts = iter([int.from_bytes(bytes(x), "big") for x in view(self.vault.multicall, calls)])
        return tuple({key: next(amounts) for key in keys} for keys in (names, names, datasets))

    def check_money(self):
        """Compare all balances with the twin's."""
        assert self.money.total() == 0
        assert self.bucket == self.money.bucket
        twin = (self.money.free, self.money.bonds, self.money.income)
        for before, after, changes in zip(self.before, self.balances(), twin):
            got = {name: after[name] - before[name] for name in after if after[name] != before[name]}
            assert got == {name: change for name, change in changes.items() if change}

    def check_end(self, outcome):
        """Check that it ended so; release every maker, then the bucket is empty and every seat free."""
        assert self.stage == DONE
        for maker in self.order:
            if not self.bounties.entryOf(self.id, maker)["flags"] & RELEASED:
                self.release(maker)
                self.money.release(maker)
        self.check_money()
        assert self.bucket == 0
        live, free = self.operators.census(self.operators.count(), 2**40)
        assert live == free
        assert self.outcome == outcome

    @property
    def outcome(self):
        """How the bounty ended, from the log."""
        topic = web3.keccak(text="BountyEnded(uint256,address,uint8,uint256,uint256,bytes32)").hex()
        logs = web3.eth.get_logs(
            {
                "fromBlock": self.first_block,
                "address": self.bounties.address,
                "topics": ["0x" + topic.removeprefix("0x"), "0x" + self.id.to_bytes(32, "big").hex()],
            }
        )
        assert len(logs) == 1
        return int.from_bytes(bytes(logs[0]["data"])[:32], "big")

    # from open to claim

    def open(self):
        self.before, self.first_block = self.balances(), int(rpc("eth_blockNumber"), 16)
        tx = self._send(self.bounties.open, self.whole, who=self.requester)
        self.money.open()
        return tx

    def submission(self, maker, **changes):
        """Return the fields that ``maker`` hands in."""
        fields = {
            "maker": maker.address,
            "contentRoot": keccak(text=f"content {maker.address}"),
            "contentLength": 50_000,
            "contentDigest": keccak(text=f"cid {maker.address}"),
            "modelHash": keccak(text=f"model {maker.address}"),
            "listingHash": ZERO,
            "key": point(self.k(maker)),
            "seal": point(self.w(maker)),
            **changes,
        }
        return tuple(fields.values())

    def k(self, maker):
        return scalar_of("k", maker.address)

    def w(self, maker):
        return scalar_of("w", maker.address)

    def submit(self, maker, **changes):
        submission = self.submission(maker, **changes)
        tx = self._send(self.bounties.submit, self.id, submission, who=maker)
        self.submissions[maker.address] = submission
        self.order.append(maker.address)
        self.money.submit(maker.address)
        return tx

    def open_rows(self):
        self.pass_deadline()
        return self._send(
            self.bounties.openRows, self.terms, *self.rows_proof, self.rows_key, who=self.requester
        )

    def claim(self, maker, correct):
        tx = self._send(self.bounties.claim, self.terms, correct * ONE // ROWS, who=maker)
        self.money.claim(maker.address)
        return tx

    def claim_bad_rows(self, maker):
        tx = self._send(self.bounties.claimBadRows, self.terms, who=maker)
        self.money.claim(maker.address)
        return tx

    def ready(self, claims, rows=None):
        """Open, submit for each maker in ``claims``, claim; ``rows``: who calls the rows bad."""
        self.open()
        for maker in claims:
            self.submit(maker)
        self.open_rows()
        if rows is not None:
            self.claim_bad_rows(rows)
        for maker, correct in claims.items():
            if correct is not None:
                self.claim(maker, correct)
        return self

    def choose(self, who=None):
        if self.stage == CLAIMING:
            self.pass_deadline()
        return self._send(self.bounties.choose, self.terms, self.order, who=who or self.requester)

    # the panel

    def past_seed(self):
        """Mine until the seed's block is behind us."""
        missing = self.round["seedBlock"] - int(rpc("eth_blockNumber"), 16)
        if missing >= 0:
            mine(missing + 1)

    def draw(self, who=None):
        """Draw until the panel is complete or the draw has failed; ``who`` sends it."""
        self.past_seed()
        self.commitments, self.opened = [], {}
        return self._send(self.panels.draw, self.terms, who=who or self.requester)

    def seat(self, place):
        return (self.sitting["seats"] >> (16 * place)) & 0xFFFF

    def evaluator(self, place):
        """Return the account that owns the seat at ``place``."""
        return self.owner(self.seat(place))

    def owner(self, seat):
        """Return the account that owns ``seat``; asked once, since seats rarely change hands."""
        if seat not in self.owners:
            self.owners[seat] = accounts.at(view(self.operators.ownerOf, seat))
        return self.owners[seat]

    def places(self, field="seated"):
        """Return the places of the panel that are ``seated``, ``committed`` or ``revealed``."""
        mask = self.sitting[field]
        return [i for i in range(7) if mask >> i & 1]

    def panel(self):
        """Return the evaluators of the panel by place."""
        sitting = self.sitting
        places = [i for i in range(7) if sitting["seated"] >> i & 1]
        return {i: self.owner(sitting["seats"] >> 16 * i & 0xFFFF) for i in places}

    def signers(self, *places):
        """Return the addresses of the evaluators at ``places``, by default of all."""
        panel = self.panel()
        return [panel[place].address for place in places or panel]

    def grant(self, maker, digest=b"\x11" * 32):
        return self._send(self.bounties.grant, self.id, digest, who=maker)

    def digest(self, place, attestation, **changes):
        """Return the EIP-712 digest of an attestation, as a wallet computes it, and what the wallet signs."""
        verdict, score, sums, root, evidence = attestation
        message = {
            "bountyId": self.id,
            "candidate": self.state["candidate"],
            "round": self.round["number"],
            "seat": self.seat(place),
            "verdict": verdict,
            "score": score,
            "sums": sums,
            "evidenceRoot": root,
            "evidence": evidence,
            **changes,
        }
        domain = {
            "name": "Tessera Panels",
            "version": "1",
            "chainId": chain.id,
            "verifyingContract": self.panels.address,
        }
        signable = encode_typed_data(domain, TYPES, message)
        return keccak(b"\x19" + signable.version + signable.header + signable.body), signable

    def prepare(self, place, attestation, signer=None, **changes):
        """Return the hash to commit to, and what will open it."""
        digest, signable = self.digest(place, attestation, **changes)
        salt = keccak(text=f"salt {place}")
        signature = Account.sign_message(signable, (signer or self.evaluator(place)).private_key).signature
        return keccak(encode(["bytes32", "bytes32"], [digest, salt])), (
            place,
            salt,
            attestation,
            *short(signature),
        )

    def commit(self, place, attestation, **changes):
        """Let the evaluator at ``place`` commit to ``attestation``."""
        committed, self.opened[place] = self.prepare(place, attestation, **changes)
        return self.commit_hash(place, committed)

    def commit_hash(self, place, committed, who=None):
        tx = self._send(self.panels.commit, self.id, place, committed, who=who or self.evaluator(place))
        self.commitments.append((place, committed))
        return tx

    def reveal(self, *places, who=None):
        """Open what ``places`` committed to, in one transaction of ``who``, by default of a stranger."""
        opened = [self.opened[place] for place in places or sorted(self.opened)]
        return self._send(
            self.panels.reveal, self.terms, self.commitments, *bundle(opened), who=who or self.requester
        )

    def close_commits(self):
        self.pass_phase()
        return self._send(self.panels.closeCommits, self.terms, who=self.requester)

    def close_reveals(self):
        self.pass_phase()
        return self._send(self.panels.closeReveals, self.terms, who=self.requester)

    def judge(self, *attestations):
        """Draw a panel, let its places attest in order, all alike if one is given; None: silent in revealing.

        Who sat on it is in ``last_panel``, even when its seats are free again.
        """
        self.draw()
        attestations = attestations * self["panelSize"] if len(attestations) == 1 else attestations
        for place, attestation in enumerate(attestations):
            self.commit(place, attestation or plain(UNSCORABLE if self.state["candidate"] else ROWS_GOOD))
        speaking = [place for place, attestation in enumerate(attestations) if attestation]
        self.last_panel = self.signers()
        tx = self.reveal(*speaking) if speaking else None
        return tx if len(speaking) == len(attestations) else self.close_reveals()

    def no_quorum(self):
        """Let a panel of three come to three different results."""
        return self.judge(scored(700), scored(701), scored(702))

    def lose_seats(self, left):
        """Kill seats until ``left`` live ones are on no panel, as slashing them would."""
        panels = accounts.at(self.panels.address, force=True)
        seats = range(self.operators.count())
        free = [
            i for i in seats if self.operators.seatOf(i)["parts"] == 16 and not self.operators.isLocked(i)
        ]
        for seat in free[left:]:
            self.money.silent(self.operators.ownerOf(seat))
            send(self.operators.slashSilent, seat, sender=panels)

    # from the verdict to the end

    def key_lock(self, maker):
        """Return the right lock, as the requester computes it from r, and the scalar that opens it."""
        shared = shared_address(self.r, Point(*point(self.w(maker))))
        h = contest_h(shared, chain.id, self.bounties.address, self.submission_id(maker))
        return lock_address(Point(*point(self.k(maker))), h), settlement_scalar(self.k(maker), h)

    def submission_id(self, maker):
        return view(self.bounties.submissionIdOf, self.id, maker)

    def lock(self, maker):
        return self._send(self.bounties.lock, self.terms, self.key_lock(maker)[0], who=self.requester)

    def deliver(self, maker, who=None):
        return self._send(self.bounties.deliver, self.terms, self.key_lock(maker)[1], who=who or maker)

    def refute(self, maker):
        return self.bounties.refute(
            self.whole, self.submissions[maker.address], self.w(maker), {"from": maker}
        )

    def publish(self, maker, who=None):
        return self.bounties.publishKey(
            self.terms, self.submissions[maker.address], self.k(maker), {"from": who or maker}
        )

    def lapse(self, maker=None):
        self.pass_deadline()
        return self._send(self.bounties.lapse, self.terms, maker or ZERO_ADDRESS, who=self.requester)

    def finalize(self, maker=None):
        if self.stage == WINDOW:
            self.pass_deadline()
        submission = self.submissions[maker.address] if maker else EMPTY
        rest = submission, self.rows, self["datasets"]
        return self._send(self.bounties.finalize, self.terms, *rest, who=self.requester)

    def release(self, *makers):
        return self._send(self.bounties.release, self.terms, list(makers), who=self.requester)

    def void(self, challenger):
        return self._send(self.bounties.voidVerdict, self.terms, challenger, who=self.house.referee)

    def collect(self, who=None):
        return self._send(self.panels.collect, self.terms, who=who or self.requester)

    def void_and_collect(self, challenger):
        self.void(challenger)
        return self.collect()

    # shortcuts to a stage

    def to_window(self, maker, correct):
        """Judge the candidate ``maker`` at ``correct`` rows, lock and deliver."""
        self.judge(scored(correct))
        self.lock(maker)
        return self.deliver(maker)


EMPTY = (ZERO_ADDRESS, ZERO, 0, ZERO, ZERO, ZERO, (0, 0), (0, 0))
