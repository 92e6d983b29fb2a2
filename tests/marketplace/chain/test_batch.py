"""Many transactions at once: journalled before any is sent, each once, none stopped by another."""

import time

import pytest
from fakes import ALICE, BOB, history

from marketplace.chain import ChainClient, Limits
from marketplace.chain.batch import Wish, send_many
from marketplace.chain.journal_tables import DROPPED, MINED, PENDING
from marketplace.chain.sender import Call
from marketplace.errors import ChainError, ContractReverted, MarketplaceError

NAMES = [f"pay {number}" for number in range(5)]


def wishes(names=NAMES, until=None):
    return [Wish(name, Call(BOB, "0x", 1), until) for name in names]


def test_send_many__plain__all_are_mined_in_order_of_their_nonces(client, journal):
    found = send_many(client._writer(), wishes())
    assert [entry.intent for entry, _, _ in found] == NAMES
    assert [entry.nonce for entry in history(client, journal)] == list(range(5))
    assert {entry.status for entry in history(client, journal)} == {MINED}


def test_send_many__before_the_first_is_sent__all_are_on_disk(client, node, journal):
    seen, original = [], node.eth_sendRawTransaction
    node.eth_sendRawTransaction = lambda raw: seen.append(len(history(client, journal))) or original(raw)
    send_many(client._writer(), wishes())
    assert seen == [5] * 5


def test_send_many__again__nothing_is_sent_twice(client, journal):
    first = send_many(client._writer(), wishes())
    again = send_many(client._writer(), wishes([*NAMES, "one more"]))
    assert [one[0].tx_hash for one in again[:5]] == [one[0].tx_hash for one in first]
    assert [before for _, _, before in again] == [True] * 5 + [False]
    assert len(history(client, journal)) == 6


def test_send_many__killed_after_the_journal__goes_on_with_the_same(client, node, journal):
    original = node.eth_sendRawTransaction

    def die(_raw):
        raise KeyboardInterrupt

    node.eth_sendRawTransaction = die
    with pytest.raises(KeyboardInterrupt):
        send_many(client._writer(), wishes())
    before = [entry.tx_hash for entry in history(client, journal)]
    assert {entry.status for entry in history(client, journal)} == {PENDING}
    node.eth_sendRawTransaction = original
    again = ChainClient(node, None, ALICE, journal, limits=Limits(receipt_timeout_seconds=0.05))
    assert [one[0].tx_hash for one in send_many(again._writer(), wishes())] == before


@pytest.mark.parametrize(("seconds", "dropped"), [(-1, True), (3600, False)])
def test_send_many__killed_before_sending_a_secret__dropped_when_its_time_is_over(
    client, node, journal, seconds, dropped
):
    original, sent = node.eth_sendRawTransaction, []

    def die(_raw):
        raise KeyboardInterrupt

    node.eth_sendRawTransaction = die
    now = max(int(time.time()), client.node.block().timestamp)
    with pytest.raises(KeyboardInterrupt):
        send_many(client._writer(), wishes(["secret"], now + 3600))
    client.expire("secret", now + seconds)
    node.eth_sendRawTransaction = lambda raw: sent.append(raw) or original(raw)
    again = ChainClient(node, None, ALICE, journal, limits=Limits(receipt_timeout_seconds=0.05))
    again.resume()
    assert (sent == []) is dropped
    assert history(client, journal)[0].status == (DROPPED if dropped else MINED)


def test_send_many__one_would_revert__the_others_are_sent(client, node, journal):
    estimate, call, estimated, tried = node.eth_estimateGas, node.eth_call, [], []

    def once_refused(asked, turn, original):
        def answer(*given):
            asked.append(given)
            if len(asked) == turn:
                raise ChainError("the contract refused")
            return original(*given)

        return answer

    # Of calls that are alike the first is estimated, the others are tried; what fails is estimated as well.
    node.eth_estimateGas = once_refused(estimated, 2, estimate)
    node.eth_call = once_refused(tried, 1, call)
    found = send_many(client._writer(), wishes())
    assert [isinstance(one, MarketplaceError) for one in found] == [False, True, False, False, False]
    assert [entry.nonce for entry in history(client, journal)] == list(range(4))


def test_send_many__not_mined_in_time__says_so_and_stays_pending(client, node, journal):
    node.mine = lambda: None
    node.eth_getTransactionReceipt = lambda _found: None
    found = send_many(client._writer(), wishes())
    assert all("not final" in str(one) for one in found)
    assert {entry.status for entry in history(client, journal)} == {PENDING}


def test_expire__known_to_the_node__is_sent_again_all_the_same(client, node, journal):
    client.transfer_wei(BOB, 5, intent="pay")
    client.expire("pay", 1)
    assert client.was_sent("pay")
    assert not client.was_sent("another")
    assert client.transfer_wei(BOB, 5, intent="pay").reused


def test_send_many__coin_for_some__sends_those_and_says_it_of_the_others(client, node, journal):
    """A seller whose coin runs out delivers as much as he can pay for."""
    most = (node.estimate * 125 // 100 + 1024) * (2 * node.base_fee + 10**9) + 1
    node.balance = 3 * most
    found = send_many(client._writer(), wishes())
    assert [isinstance(one, ChainError) for one in found] == [False] * 3 + [True] * 2
    assert "coins for gas" in str(found[4])
    assert [entry.nonce for entry in history(client, journal)] == list(range(3))


def test_send_many__coin_for_none__is_said_once(client, node, journal):
    node.balance = 1
    with pytest.raises(ChainError, match="coins for gas"):
        send_many(client._writer(), wishes())
    assert history(client, journal) == []


def test_send_many__single_one_reverts__has_its_name(client, node, journal):
    """It is asked for by itself, not in a batch."""
    node.revert = "0x4e487b71" + f"{0x11:064x}"
    (found,) = send_many(client._writer(), wishes(["pay"]))
    assert isinstance(found, ContractReverted)
    assert found.name == "Panic"
    assert history(client, journal) == []
