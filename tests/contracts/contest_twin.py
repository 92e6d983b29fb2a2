"""The money of a contest in a few lines of Python: what everybody's balance must be after each step.

Written from the rules, not from the contracts. Nothing here reads the chain; names are any hashable thing.
"""

from collections import Counter

SILENCE_PARTS, SEAT_PARTS, CHALLENGER_PART, FULL_BPS = 128, 16, 4, 10_000


class Money:
    """Changes of balances since before the bounty, in token base units.

    Attributes
    ----------
    free : Counter
        Of free balances, by person.
    bonds : Counter
        Of the money behind an operator's seats, by operator.
    income : Counter
        Of the buckets of datasets, by asset id.
    bucket : int
        What lies in the bounty's bucket.
    burned : int
        What nobody has any more.
    """

    def __init__(self, fields, seat_bond, submission_fee):
        self.fields, self.seat_bond, self.submission_fee = fields, seat_bond, submission_fee
        self.requester = fields["requester"]
        self.free, self.bonds, self.income, self.bucket, self.burned = Counter(), Counter(), Counter(), 0, 0
        self.owed, self.makers = Counter(), []

    @property
    def pot(self):
        return self.fields["panelSize"] * self.fields["panelFee"]

    def _lock(self, who, amount):
        self.free[who] -= amount
        self.bucket += amount

    def _pay(self, who, amount):
        self.free[who] += amount
        self.bucket -= amount

    def _burn(self, amount):
        self.bucket -= amount
        self.burned += amount

    def open(self):
        """The requester locks reward, deposit and one fee a place."""
        self._lock(self.requester, self.fields["reward"] + self.fields["deposit"] + self.pot)

    def submit(self, maker):
        """The fee is burned at once and never touches the bucket."""
        self.free[maker] -= self.submission_fee
        self.burned += self.submission_fee
        self.makers.append(maker)

    def claim(self, maker):
        """A claim of a score, or of bad rows, locks one claim bond."""
        self._lock(maker, self.fields["claimBond"])
        self.owed[maker] += self.fields["claimBond"]

    def forfeit(self, maker, signers=()):
        """A false claim: its bond pays the round that stands, the rest is burned."""
        for who in signers:
            self._pay(who, self.fields["panelFee"])
        self._burn(self.fields["claimBond"] - len(signers) * self.fields["panelFee"])
        self.owed[maker] -= self.fields["claimBond"]

    def paid(self, winner, signers):
        """The end that everybody hopes for: datasets, maker and panel are paid."""
        shares = 0
        for asset_id, bps in self.fields["datasets"]:
            share = self.fields["reward"] * bps // FULL_BPS
            self.income[asset_id] += share
            self.bucket -= share
            shares += share
        self._pay(winner, self.fields["reward"] - shares + self.owed.pop(winner))
        self._fees(signers)
        self._pay(self.requester, self.fields["deposit"] + self.pot - len(signers) * self.fields["panelFee"])

    def halved(self, maker):
        """Delivered, but nobody can judge: half each; the panels fees go back."""
        half = self.fields["reward"] // 2
        self._pay(maker, half)
        self._pay(self.requester, self.fields["reward"] - half + self.fields["deposit"] + self.pot)

    def back(self):
        """Nobody won and nobody is at fault: the requester gets all he locked."""
        self._pay(self.requester, self.fields["reward"] + self.fields["deposit"] + self.pot)

    def requester_at_fault(self, signers=()):
        """Rows withheld or bad: a 128th of the deposit a submission, the rest is burned; signers are paid."""
        each = self.fields["deposit"] // SILENCE_PARTS
        self._burn(self.fields["deposit"] - each * len(self.makers))
        for maker in self.makers:
            self.owed[maker] += each
        self._fees(signers)
        self._pay(self.requester, self.fields["reward"] + self.pot - len(signers) * self.fields["panelFee"])

    def _fees(self, signers):
        for who in signers:
            self._pay(who, self.fields["panelFee"])

    def release(self, maker):
        """Bonds, and what a requester at fault owes, are collected one by one."""
        self._pay(maker, self.owed.pop(maker, 0))

    def silent(self, operator):
        """A silent seat loses a sixteenth, which is burned whole."""
        self.bonds[operator] -= self.seat_bond // SEAT_PARTS
        self.burned += self.seat_bond // SEAT_PARTS

    def voided(self, signers, challenger):
        """Signers of a false verdict lose their whole bond, a quarter of it to the challenger."""
        for who in signers:
            self.bonds[who] -= self.seat_bond
            self.free[challenger] += self.seat_bond // CHALLENGER_PART
            self.burned += self.seat_bond - self.seat_bond // CHALLENGER_PART

    def total(self):
        """Always zero: money is neither made nor lost."""
        return sum(map(Counter.total, (self.free, self.bonds, self.income))) + self.bucket + self.burned
