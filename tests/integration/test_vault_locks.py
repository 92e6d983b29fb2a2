"""``tessera vault show`` and ``sweep`` as they are typed: asked once, said before, killed and repeated."""

import signal

from tests.integration.daemons import START, WAIT_SECONDS, Daemon
from tests.integration.shell import citizen

PERSON = citizen


def ordered(alice, asset, count):
    return [alice.json("order", "create", asset, "--again")["order"] for _ in range(count)]


def test_show__each_lock__says_why_until_when_and_what_to_type(town, alice, bob, asset):
    (order,) = ordered(alice, asset, 1)
    (lock,) = alice.json("vault", "show")["locked"]
    assert (lock["kind"], lock["module"], lock["amount"], lock["ready"]) == ("order", "Exchange", "10", False)
    assert bob.address in lock["why"]
    assert lock["command"] == f"tessera order refund {order[:14]}"
    assert lock["until"]["iso"].endswith("Z")
    assert lock["until"]["words"].startswith(("in 1 h", "in 59 min", "in 58 min"))
    shown = alice.ok("vault", "show")
    assert f"then   tessera order refund {order[:14]}" in shown
    (bond,) = bob.json("vault", "show")["locked"]
    assert (bond["kind"], bond["until"]) == ("listing bond", None)
    assert "nothing frees it until you unlist it" in bob.ok("vault", "show")
    town.advance(3700)
    shown = alice.ok("vault", "show")
    assert f"now    tessera order refund {order[:14]}" in shown
    assert "10 tokens: tessera vault sweep" in shown


def test_sweep__asks_once_with_amounts__no_does_nothing(town, alice, asset):
    ordered(alice, asset, 2)
    assert "nothing can be freed now; 20 tokens are locked" in alice.ok("vault", "sweep")
    assert alice.json("vault", "sweep")["steps"] == []
    town.advance(3700)
    refused = alice.run("vault", "sweep", answer="n\n")
    assert refused.exit_code == 1
    assert refused.stderr.count("Go on?") == 1
    assert refused.stderr.count("  10 tokens, order 0x") == 2
    assert alice.json("vault", "show")["free"] == "0"
    done = alice.json("vault", "sweep")
    assert (done["freed"], len(done["steps"]), done["kept"]) == ("20", 2, {})
    assert alice.json("vault", "show")["free"] == "20"


KILLS = 2
"""Points at which it is killed, when not at all of them."""


def swept_by_a_process(town, alice, asset, log, left=0):
    """Sweep one refund in a process that dies at a point of its own writes and sends; tell what it said."""
    ordered(alice, asset, 1)
    town.advance(3700)
    given = f"{left}, [{str(alice.settings.home)!r}], {str(log)!r}"
    code = f"from tests.integration.deaths import arm; arm({given}); {START}"
    process = Daemon(alice.settings, "vault", "sweep", code=code)
    return process.process.wait(WAIT_SECONDS), process.text()


def test_sweep__killed_at_a_write_or_send__everything_comes_once(town, alice, asset, deep, chance, tmp_path):
    code, said = swept_by_a_process(town, alice, asset, tmp_path / "points")
    assert code == 0, said
    alice.ok("vault", "withdraw", "10")
    points, kills = range(1, len((tmp_path / "points").read_text().splitlines()) + 1), 0
    for point in points if deep else chance.sample(points[: len(points) // 2], KILLS):
        code, said = swept_by_a_process(town, alice, asset, tmp_path / "log", point)
        assert code in (0, -signal.SIGKILL), said  # a second one makes fewer files
        kills += code != 0
        nonce = town.node.web3.eth.get_transaction_count(alice.address)
        alice.json("vault", "sweep")
        sent = town.node.web3.eth.get_transaction_count(alice.address) - nonce
        shown = alice.json("vault", "show")
        assert (shown["locked"], shown["free"]) == ([], "10"), f"after death at point {point}"
        assert sent <= 1, f"after death at point {point}"
        alice.ok("vault", "withdraw", "10")
    assert kills
