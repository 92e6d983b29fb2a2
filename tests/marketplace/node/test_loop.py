"""Turns, pauses, errors and the end of a daemon; what it says; its lock and its health."""

import json
import os
import signal
import threading
from types import SimpleNamespace

import pytest

from marketplace.chain import Receipt
from marketplace.errors import ChainError, ConfigError, DataError, SpendingLimitReached
from marketplace.node.health import LEAST_SECONDS, health, parse_address
from marketplace.node.lock import alone
from marketplace.node.loop import run
from marketplace.node.patience import MOST_SECONDS, Patience, pause_after
from marketplace.node.report import Report
from marketplace.node.role import Role
from marketplace.node.stopping import stop_on_signals
from marketplace.services.market import Step

NODE = SimpleNamespace(block=lambda: SimpleNamespace(number=7, timestamp=1))
MARKET = SimpleNamespace(client=SimpleNamespace(node=NODE))


class Script(Role):
    """A role whose turns do what a list says."""

    def plan(self, *turns):
        self.turns = list(turns)
        return self

    def turn(self):
        found = self.turns.pop(0)
        if isinstance(found, Exception):
            raise found
        return found() if callable(found) else found


@pytest.fixture
def lines():
    return []


@pytest.fixture
def role(lines):
    return Script(MARKET, Report("test", lines.append, True), Patience(0.01))


def test_run__once__until_a_turn_finds_nothing(role):
    run(role.plan(2, 1, 0, 5), threading.Event(), poll_seconds=9, once=True)
    assert role.turns == [5]
    assert role.report.block == 7


def test_run__node_away__tries_again_and_says_so_once(role, lines):
    stop = threading.Event()
    away = [ChainError("no node answers") for _ in range(3)]
    run(role.plan(*away, 1, lambda: stop.set() or 0), stop, poll_seconds=0.001)
    assert [json.loads(one)["event"] for one in lines] == ["error"]
    assert role.report.errors == 3
    assert role.report.trouble == ""


def test_run__once_and_node_away__ends_with_the_error(role):
    with pytest.raises(ChainError, match="no node"):
        run(role.plan(ChainError("no node answers")), threading.Event(), poll_seconds=1, once=True)


@pytest.mark.parametrize("error", [SpendingLimitReached("too much"), ConfigError("wrong")])
def test_run__for_the_user_to_mend__ends(role, error):
    with pytest.raises(type(error)):
        run(role.plan(error), threading.Event(), poll_seconds=1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run__signal__finishes_the_step_under_way(role, number):
    finished = []

    def work():
        os.kill(os.getpid(), number)
        finished.append(True)
        return 1

    with stop_on_signals() as stop:
        stop.begin()
        run(role.plan(work, AssertionError("another turn")), stop, poll_seconds=60)
    assert finished == [True]
    assert stop.is_set()


@pytest.mark.parametrize(
    ("number", "end"), [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)]
)
def test_signal__before_the_first_turn__ends_at_once(number, end):
    """A question at the terminal would wait for its answer for ever."""

    def be_asked():
        os.kill(os.getpid(), number)
        threading.Event().wait(120)

    with stop_on_signals() as stop, pytest.raises(end) as ended:
        be_asked()
    assert stop.is_set()
    assert getattr(ended.value, "code", 0) == 0


def test_role__without_a_turn__can_not_be_made(lines):
    with pytest.raises(TypeError, match="abstract"):
        Role(MARKET, Report("test", lines.append), Patience(1))


def test_run__fault_of_the_program__told_by_its_place_and_tried_again(role, lines):
    """Its text is not told: it may hold anything, a secret too."""
    stop = threading.Event()
    run(role.plan(KeyError("a secret"), lambda: stop.set() or 0), stop, poll_seconds=0.001)
    (line,) = map(json.loads, lines)
    assert "a fault of this program: KeyError in" in line["error"]
    assert "secret" not in lines[0]


def test_look_at__one_fails__others_are_looked_at(role, lines):
    def poisoned():
        raise DataError("not a model", "leave it")

    def broken():
        raise IndexError("nobody thought of this")

    assert role.look_at("bounty 1", poisoned) == 0
    assert role.look_at("bounty 2", broken) == 0
    assert role.look_at("bounty 3", lambda: 2) == 2
    assert [json.loads(one)["subject"] for one in lines if "subject" in one] == ["bounty 1", "bounty 2"]
    assert role.look_at("bounty 1", lambda: pytest.fail("too early")) == 0


def test_look_at__spending_limit_or_node_away__ends_the_turn(role):
    def spend():
        raise SpendingLimitReached("too much")

    with pytest.raises(SpendingLimitReached):
        role.look_at("bounty 1", spend)


def test_run__nobody_reads__ends(role):
    with pytest.raises(BrokenPipeError):
        run(role.plan(BrokenPipeError()), threading.Event(), poll_seconds=1)


def test_attempt__fails__is_put_off_and_stops_nothing_else(role, lines):
    def fail():
        raise DataError("what is wrong", "what to do")

    assert not role.attempt("one", "order 1", fail)
    assert not role.attempt("one", "order 1", lambda: pytest.fail("too early"))
    assert role.attempt("two", "order 2", lambda: None)
    (line,) = map(json.loads, lines)
    assert (line["subject"], line["error"], line["hint"]) == ("order 1", "what is wrong", "what to do")


def test_attempt__spending_limit__ends_the_daemon(role):
    def spend():
        raise SpendingLimitReached("too much")

    with pytest.raises(SpendingLimitReached):
        role.attempt("one", "order 1", spend)


def test_attempt__asked_to_stop__begins_nothing(role):
    role.stopping = lambda: True
    assert not role.attempt("one", "order 1", lambda: pytest.fail("began"))


def test_pause__grows_to_a_bound():
    assert [pause_after(n, 2) for n in (1, 2, 3)] == [2, 4, 8]
    assert pause_after(10**6, 2) == MOST_SECONDS
    assert (
        10 * MOST_SECONDS <= 600 / 2
    )  # a store that is away for half of the shortest stage makes nobody miss it


def test_patience__holds_back_by_rank_then_no_more():
    now = [0.0]
    patience = Patience(10, clock=lambda: now[0])
    assert patience.held_back("a", 2)
    now[0] = 19.9
    assert patience.held_back("a", 2)
    now[0] = 20
    assert not patience.held_back("a", 2)
    assert not patience.held_back("b", 0)


def test_report__step__one_line_and_its_numbers(lines):
    report = Report("serve", lines.append, True)
    receipt = Receipt("0xaa", 5, "0xbb", "0xcc", 21000, 1, ())
    with report.about("order 1"):
        report.sent(Step("settle an order", "0xcc", receipt))
    data = json.loads(lines[0])
    assert (data["what"], data["subject"], data["transaction"]) == ("settle an order", "order 1", "0xaa")
    report.as_json = False
    report.note("start", "two\nlines")
    assert lines[1].endswith("two lines")


def test_report__waits__said_once_until_it_changes(lines):
    report = Report("follow", lines.append)
    for why in ("a", "a", "b", "", "b"):
        report.waits("bounty 1", why)
    assert [one[-1] for one in lines] == ["a", "b", "b"]


def test_health__late__says_so(lines):
    report = Report("serve", lines.append)
    assert health(report, 1)[0]
    report.turned -= LEAST_SECONDS + 1
    well, data = health(report, 1)
    assert not well
    assert data["status"] == "late"
    assert health(report, 100)[0]


@pytest.mark.parametrize("text", ["9100", ":9100", "host:", "host:x", "host:70000", "host:-1"])
def test_listen__no_address__is_refused(text):
    with pytest.raises(ConfigError, match="not an address"):
        parse_address(text)


def test_listen__addresses__are_read():
    assert parse_address("127.0.0.1:9100") == ("127.0.0.1", 9100)
    assert parse_address("[::1]:0") == ("::1", 0)


def test_lock__held__second_one_is_refused_and_the_next_is_not(tmp_path):
    market = SimpleNamespace(workspace=lambda: tmp_path, chain_id=1, account="0xabc")
    with alone(market, "serve"):
        with pytest.raises(ConfigError, match=str(os.getpid())), alone(market, "serve"):
            pass
        with alone(market, "operator"):
            pass
    with alone(market, "serve"):
        pass
