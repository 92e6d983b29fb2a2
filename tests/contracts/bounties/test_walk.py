"""A random walk through contests, compared with the twin after every step.

Everybody does at random what he may do; whatever he does, the bucket holds what the twin says, money is
neither made nor lost, and the bounty ends by itself, with an empty bucket.
"""

import random

import pytest

from tests.contracts.contest_values import (
    ABANDONED,
    BAD_ROWS,
    CHOOSING,
    CLAIMING,
    COMMITTING,
    CURE,
    DELIVERED,
    DELIVERING,
    DONE,
    DRAWING,
    HALVING,
    JUDGING,
    KEY_PUBLIC,
    LOCKING,
    MET,
    REVEALING,
    ROWS_GOOD,
    UNSCORABLE,
    VOIDED,
    WINDOW,
    plain,
    scored,
)


class Walk:
    """One contest with people who act at random."""

    def __init__(self, contest, people, seed):
        self.contest, self.people, self.random = contest, people, random.Random(seed)
        self.makers, self.claims, self.rows, self.candidate, self.verdict, self.steps = (
            [],
            {},
            None,
            None,
            None,
            0,
        )

    def chance(self, share):
        return self.random.random() < share

    def begin(self):
        contest = self.contest
        contest.open()
        for name in "bob dave erin".split()[: self.random.randint(0, 3)]:
            contest.submit(self.people[name])
            self.makers.append(self.people[name])
        if not self.makers:
            contest.lapse()
            return contest.money.back()
        if self.chance(0.1):
            contest.pass_deadline()
            contest._wait(contest.state["deadline"] + 3_600)
            contest.lapse()
            return contest.money.requester_at_fault()
        contest.open_rows()
        for maker in self.makers:
            if self.chance(0.8):
                self.claims[maker.address] = maker
                contest.claim(maker, self.random.randint(500, 1_000))
        if self.chance(0.2):
            self.rows = self.makers[0]
            contest.claim_bad_rows(self.rows)
        return None

    def step(self):
        """Do what the stage asks for, or let it lapse."""
        contest, stage = self.contest, self.contest.stage
        self.steps += 1
        if stage in (CLAIMING, CHOOSING):
            self.choose()
        elif stage == JUDGING:
            self.sit()
        elif stage == LOCKING:
            if self.chance(0.7):
                contest.lock(self.candidate)
            else:
                contest.lapse(self.candidate)
        elif stage == DELIVERING:
            self.deliver()
        elif stage == CURE:
            self.cure()
        elif stage == WINDOW:
            self.window()
        elif stage == HALVING:
            contest.finalize(self.candidate)
            contest.money.halved(self.candidate.address)
        elif stage == ABANDONED:
            contest.finalize()
            contest.money.back()

    def choose(self):
        contest = self.contest
        contest.choose()
        if contest.stage == DONE:
            return contest.money.back()
        index = contest.state["candidate"]
        self.candidate = self.makers[index - 1] if index else None
        return None

    def attestation(self):
        if self.candidate is None:
            return plain(self.random.choice([BAD_ROWS, ROWS_GOOD]))
        claimed = contest_rows(self.contest.state["claimed"])
        return self.random.choice(
            [scored(claimed)] * 6 + [scored(claimed - 1)] * 2 + [plain(UNSCORABLE)] * 2 + [plain(BAD_ROWS)]
        )

    def sit(self):
        contest, phase = self.contest, self.contest.round["phase"]
        if phase == VOIDED:
            contest.collect()
        elif phase == DRAWING:
            before = contest.places() and (contest.commitments, contest.opened)
            contest.past_seed()
            if self.short_of_seats():
                contest.pass_phase()
            contest.draw()
            if before:
                contest.commitments, contest.opened = before
            self.common = self.attestation()
        elif phase == COMMITTING:
            for place in contest.places():
                if place not in contest.places("committed") and self.chance(0.9):
                    contest.commit(place, self.common if self.chance(0.8) else self.attestation())
            if contest.round["phase"] == COMMITTING:
                silent = set(contest.places()) - set(contest.places("committed"))
                self.slash(silent)
                contest.close_commits()
        elif phase == REVEALING:
            places = [place for place in contest.places("committed") if self.chance(0.95)]
            silent = set(contest.places()) - set(places)
            self.slash(silent)
            if places:
                contest.reveal(*places)
            if silent:
                contest.close_reveals()

    def slash(self, places):
        for who in self.contest.signers(*places) if places else []:
            self.contest.money.silent(who)

    def short_of_seats(self):
        round_ = self.contest.round
        live, free = self.contest.operators.census(round_["seatCount"], round_["cutoff"])
        seated = len(self.contest.places())
        return free < round_["size"] - seated or 3 * (free + seated) < 2 * live

    def signers(self):
        """Return who signed the verdict: the largest group, of equal ones the lowest place's."""
        contest, sitting = self.contest, self.contest.sitting
        groups = {}
        for place in contest.places("revealed"):
            groups.setdefault(sitting["groups"] >> 4 * place & 15, []).append(place)
        best = max(groups.values(), key=lambda places: (len(places), -min(places)), default=[])
        stands = len(best) >= contest["quorum"] or (contest.flag(KEY_PUBLIC) and contest.stage == WINDOW)
        return contest.signers(*best) if stands else []

    def deliver(self):
        contest = self.contest
        if self.chance(0.8):
            return contest.deliver(self.candidate)
        signers = self.signers()
        contest.lapse(self.candidate)
        return contest.money.forfeit(self.candidate.address, signers)

    def cure(self):
        contest = self.contest
        if self.chance(0.6):
            return contest.publish(self.candidate)
        signers, delivered = self.signers(), contest.flag(DELIVERED)
        contest.lapse(self.candidate)
        if delivered:
            return contest.money.halved(self.candidate.address)
        return contest.money.forfeit(self.candidate.address, signers)

    def window(self):
        contest, signers = self.contest, self.signers()
        if self.chance(0.15):
            contest.void(self.people["mallory"])
            if contest.stage != JUDGING and self.chance(0.5):
                contest.collect()  # else the next round, or the end, does it
            return contest.money.voided(signers, self.people["mallory"].address)
        verdict, met = contest.state["verdict"], contest.flag(MET)
        contest.finalize(self.candidate)
        if verdict == BAD_ROWS:
            return contest.money.requester_at_fault(signers)
        if met:
            return contest.money.paid(self.candidate.address, signers)
        return contest.money.forfeit((self.candidate or self.rows).address, signers)


def contest_rows(score):
    """Return the correct rows behind a score."""
    return score * 1_000 // 10**9


@pytest.mark.parametrize("seed", range(24))
def test_contest__random_actions__money_is_that_of_the_twin(contest, people, seed):
    contest.fast = True
    walk = Walk(contest, people, seed)
    walk.begin()
    while contest.stage != DONE:
        walk.step()
        assert contest.bucket == contest.money.bucket
        assert contest.money.total() == 0
        assert walk.steps < 200
    contest.check_end(contest.outcome)
