"""``tessera vault show`` and ``sweep`` as they are typed: asked once, said before, killed and repeated."""

import signal

from tests.integration.daemons import Daemon
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


POINTS = 40
"""A sweep of one refund has fewer writes and sends."""


def dying(settings, point):
    """Return the program of a command that dies at a point of its own writes and sends."""
    return (
        f"from tests.integration.deaths import arm; arm({point}, [{str(settings.home)!r}]); "
        "from marketplace.cli import main; main()"
    )


def test_sweep__killed_at_a_write_or_send__everything_comes_once(town, alice, asset, deep, chance):
    points = range(1, POINTS) if deep else chance.sample(range(1, 16), 3)
    kills = 0
    for point in points:
        ordered(alice, asset, 1)
        town.advance(3700)
        first = Daemon(alice.settings, "vault", "sweep", code=dying(alice.settings, point))
        code = first.process.wait(60)
        assert code in (0, -signal.SIGKILL), first.text()
        kills += code != 0
        nonce = town.node.web3.eth.get_transaction_count(alice.address)
        alice.json("vault", "sweep")
        sent = town.node.web3.eth.get_transaction_count(alice.address) - nonce
        shown = alice.json("vault", "show")
        assert (shown["locked"], shown["free"]) == ([], "10"), f"after death at point {point}"
        assert sent <= 1, f"after death at point {point}"
        alice.ok("vault", "withdraw", "10")
    assert kills
