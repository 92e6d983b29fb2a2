"""A model's key is not first shown when it might be mined too late, by either clock."""

from types import SimpleNamespace

import pytest

from marketplace.crypto.points import Point, lock_address
from marketplace.errors import DataError
from marketplace.services import relays, request, submit
from marketplace.services.sell import SETTLE_MARGIN_SECONDS
from marketplace.services.structs import Stage

DEADLINE = 1_000_000


class Maker:
    """A maker whose turn it is to deliver, and what he sends."""

    chain_id, account = 1, "0x" + "11" * 20

    def __init__(self, *, public=False):
        self.sent, self.until, self.time = [], {}, 0
        self.client = SimpleNamespace(was_sent=lambda _: public, expire=self.until.__setitem__)

    def now(self):
        return self.time

    def address(self, _):
        return "0x" + "22" * 20

    def submission_key(self, _):
        return 3

    def send(self, *words, intent):
        self.sent.append((words[2], self.until[intent]))


@pytest.fixture
def contest(monkeypatch):
    """Let every check but those of time pass."""
    key = Point.from_scalar(5)
    candidate = SimpleNamespace(
        maker=Maker.account, submission_id=1, index=1, submission=SimpleNamespace(key=key)
    )
    terms = SimpleNamespace(seal=key, ref=lambda: ())
    view = SimpleNamespace(
        **{"bounty_id": 1, "stage": Stage.DELIVERING, "deadline": DEADLINE, "terms": terms, "now": 0},
        **{"candidate": candidate, "key_lock": lock_address(key, 7), "flags": 0},
    )
    for module in (submit, relays):
        monkeypatch.setattr(module, "load_bounty", lambda *_: view)
        monkeypatch.setattr(module, "require_confirmed", lambda *_: view)
    monkeypatch.setattr(submit, "require_candidate_maker", lambda *_: candidate)
    monkeypatch.setattr(submit, "delivery_h", lambda *_: 7)
    monkeypatch.setattr(submit, "own_key", lambda *_: 5)
    monkeypatch.setattr(relays, "_delivery", lambda *_: (12, b"", b""))
    return view


def clocks(monkeypatch, contest, maker, *, chain, computer):
    """Let so many seconds be left by the one and by the other."""
    maker.time = contest.now = DEADLINE - chain
    monkeypatch.setattr("time.time", lambda: DEADLINE - computer)


def deliver(maker, **options):
    submit.deliver(maker, 1, **options)


def deliver_signed(maker, **options):
    relays.deliver_signed(maker, 1, SimpleNamespace(candidate=1), **options)


WAYS = pytest.mark.parametrize("way", [deliver, deliver_signed], ids=lambda one: one.__name__)
DAY, ENOUGH = 86_400, SETTLE_MARGIN_SECONDS


@WAYS
@pytest.mark.parametrize("left", [{"chain": ENOUGH - 1, "computer": DAY}, {"chain": DAY, "computer": 0}])
def test_deliver__too_late_by_one_clock__shows_nothing(monkeypatch, contest, way, left):
    maker = Maker()
    clocks(monkeypatch, contest, maker, **left)
    with pytest.raises(DataError, match="too few to show the model's key safely"):
        way(maker)
    assert maker.sent == []


@WAYS
def test_deliver__time_enough_by_both__is_sent_and_not_first_sent_later(monkeypatch, contest, way):
    maker = Maker()
    clocks(monkeypatch, contest, maker, chain=ENOUGH, computer=ENOUGH)
    way(maker)
    assert [until for _, until in maker.sent] == [DEADLINE - ENOUGH]


@WAYS
def test_deliver__public_before__is_sent_to_the_last_moment(monkeypatch, contest, way):
    maker = Maker(public=True)
    clocks(monkeypatch, contest, maker, chain=0, computer=0)
    way(maker)
    assert len(maker.sent) == 1


@WAYS
def test_deliver__its_owner_was_told__is_sent_to_the_last_moment_and_not_after(monkeypatch, contest, way):
    maker = Maker()
    clocks(monkeypatch, contest, maker, chain=1, computer=1)
    way(maker, late=True)
    assert [until for _, until in maker.sent] == [DEADLINE]
    clocks(monkeypatch, contest, maker, chain=-1, computer=-1)
    with pytest.raises(DataError, match="this was possible until"):
        way(maker, late=True)
    assert len(maker.sent) == 1


def open_rows(maker):
    request.open_rows(maker, 1)


def publish_key(maker):
    submit.publish_key(maker, 1)


@pytest.mark.parametrize(
    ("work", "stage"), [(open_rows, Stage.SUBMITTING), (publish_key, Stage.CURE)], ids=["rows", "key"]
)
def test_show__where_silence_costs_more__is_sent_to_the_last_moment_and_not_after(
    monkeypatch, contest, work, stage
):
    """A deposit, a claim bond: both are lost if nothing is shown, so that trying costs nothing more."""
    maker = Maker()
    contest.stage, contest.rows_key, contest.rows_deadline = stage, None, DEADLINE
    contest.terms.rows_proof = tuple
    if work is open_rows:
        contest.deadline = 0
    for name in ("require_requester", "require_over", "require_confirmed_over"):
        monkeypatch.setattr(request, name, lambda *_: None)
    monkeypatch.setattr(request, "load_bounty", lambda *_: contest)
    monkeypatch.setattr(request, "rows_key", lambda *_: 5)
    maker.time = contest.now = DEADLINE - 1
    work(maker)
    assert [until for _, until in maker.sent] == [DEADLINE]
    contest.now = DEADLINE + 1
    with pytest.raises(DataError, match="this was possible until"):
        work(maker)
