"""A computer whose clock is a day wrong: deadlines are the chain's, and no key is shown late."""

import json

import pytest

from tests.integration.daemons import WAIT_SECONDS, Daemon
from tests.integration.shell import citizen

PERSON = citizen

DAY = 86_400
SHIFTED = (
    "import time; real = time.time; time.time = lambda: real() + {0}; "
    "from marketplace.cli import main; main()"
)


@pytest.fixture
def now(town):
    """The chain's time and this computer's are the same when the test begins: other tests move the former."""
    import time

    return town.node.block().timestamp - int(time.time())


def shifted(shell, seconds, *words):
    """Run a command on a computer whose clock is wrong; return exit code and what it says."""
    daemon = Daemon(shell.settings, *words, code=SHIFTED.format(seconds))
    return daemon.process.wait(WAIT_SECONDS), daemon.text()


def test_clock__a_day_behind__a_sale_goes_well_and_the_chain_decides(
    town, bob, alice, asset, table, now, tmp_path
):
    clock = now - DAY
    code, text = shifted(alice, clock, "order", "create", asset)
    assert code == 0, text
    order = json.loads(text[text.index("{\n") :])["order"]
    assert shifted(bob, clock, "order", "settle")[0] == 0
    out = tmp_path / "bought.csv"
    assert shifted(alice, clock, "order", "receive", order, "--out", str(out))[0] == 0
    assert out.read_bytes() == table.read_bytes()
    late = alice.json("order", "create", asset, "--again")["order"]
    town.advance(3600 - 60)
    code, text = shifted(bob, clock - 3540, "order", "settle", late)
    assert code == 1
    assert "too few to publish its key safely" in text
    town.advance(120)
    assert shifted(alice, clock, "order", "refund", late)[0] == 0
    assert alice.json("vault", "show")["free"] == "10"


def test_clock__a_day_ahead__no_key_is_shown_and_no_refund_taken_early(town, bob, alice, asset, now):
    clock = now + DAY
    code, text = shifted(alice, clock, "order", "create", asset)
    assert code == 0, text
    order = json.loads(text[text.index("{\n") :])["order"]
    sent = town.node.web3.eth.get_transaction_count(bob.address)
    code, text = shifted(bob, clock, "order", "settle", order)
    assert code == 1
    assert "clock is" in text
    assert "tessera doctor" in text
    assert town.node.web3.eth.get_transaction_count(bob.address) == sent
    code, text = shifted(alice, clock, "order", "refund", order)
    assert code == 1
    assert "has time until" in text
    code, text = shifted(alice, clock, "vault", "sweep")
    assert (code, '"steps": []' in text) == (0, True)
    assert bob.json("order", "settle", order)["settled"] == [order]
