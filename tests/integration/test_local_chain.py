"""The chain client against a real local chain: anvil, and the shipped contracts."""

import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account

from marketplace.chain import (
    TOKEN,
    ChainClient,
    Journal,
    LocalChain,
    Localnet,
    LocalSigner,
    Node,
    Placed,
    deploy_all,
    new_intent,
    verify_deployment,
)
from marketplace.errors import ChainError, ContractReverted

COIN = 10**18


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with Localnet(tmp_path_factory.mktemp("localnet")) as state:
        yield Node(state.url)


@pytest.fixture(scope="module")
def local(node):
    return LocalChain(node)


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    return Journal(tmp_path_factory.mktemp("journal") / "journal.db")


def person(local):
    account = LocalSigner(Account.create())
    local.set_balance(account.address, 100 * COIN)
    return account


@pytest.fixture(scope="module")
def deployment(node, local, journal):
    return deploy_all(ChainClient(node, None, person(local), journal))


@pytest.fixture
def alice(node, local, journal, deployment):
    client = ChainClient(node, deployment, person(local), journal)
    local.mint(deployment.token, client.account, 1000 * COIN)
    client.send(TOKEN, "approve", deployment.address("Vault"), 1000 * COIN, intent="approve")
    return client


def test_deploy_all__fresh_chain__contracts_know_each_other(node, deployment):
    verify_deployment(node, deployment)
    client = ChainClient(node, deployment)
    assert client.call("Exchange", "VAULT") == deployment.address("Vault")
    assert client.call("Operators", "SEAT_BOND") == deployment.parameters["seatBond"]


def test_verify_deployment__two_contracts_exchanged__is_noticed(node, deployment):
    swapped = {**deployment.contracts, "Exchange": deployment.contracts["Assets"]}
    with pytest.raises(ChainError):
        verify_deployment(node, replace(deployment, contracts=swapped))


def test_verify_deployment__no_code__is_noticed(node, deployment):
    nowhere = {**deployment.contracts, "Vault": Placed("0x" + 40 * "1", 0)}
    with pytest.raises(ChainError, match="no contract Vault"):
        verify_deployment(node, replace(deployment, contracts=nowhere))


def test_send__deposit__tells_events_gas_and_cost(alice):
    receipt = alice.send("Vault", "deposit", 5 * COIN, intent="deposit")
    assert receipt.event("Deposited").args == {"owner": alice.account, "amount": 5 * COIN}
    assert 21_000 < receipt.gas_used < 150_000
    assert receipt.cost_wei == receipt.gas_used * receipt.gas_price_wei
    assert alice.send("Vault", "deposit", 5 * COIN, intent="deposit").reused
    assert alice.call(TOKEN, "balanceOf", alice.account) == 995 * COIN


def test_send__too_much__is_decoded_before_sending(alice, node):
    before = node.web3.eth.get_transaction_count(alice.account)
    with pytest.raises(ContractReverted) as caught:
        alice.send("Vault", "withdraw", COIN, alice.account, intent="withdraw")
    assert caught.value.name == "Vault_TooLittle"
    assert caught.value.args_by_name == {"owner": alice.account, "got": 0, "expected": COIN}
    assert "tessera vault deposit" in caught.value.hint
    assert node.web3.eth.get_transaction_count(alice.account) == before


def test_send__openzeppelin_error__is_decoded(alice):
    with pytest.raises(ContractReverted, match="ERC20InsufficientBalance"):
        alice.send(TOKEN, "transfer", "0x" + 40 * "2", 10**30, intent="transfer")


def test_submit__several_before_waiting__all_are_mined(alice):
    waiting = [alice.submit("Vault", "deposit", COIN, intent=new_intent("deposit")) for _ in range(5)]
    assert len({alice.wait(item).tx_hash for item in waiting}) == 5


def test_events__by_indexed_argument__finds_those(alice):
    first = alice.send("Vault", "deposit", 1, intent="one")
    second = alice.send("Vault", "deposit", 2, intent="two")
    found = alice.events("Vault", "Deposited", argument_filters={"owner": alice.account})
    assert [(e.tx_hash, e["amount"]) for e in found] == [(first.tx_hash, 1), (second.tx_hash, 2)]
    assert alice.events("Vault", "Deposited", from_block=second.block + 1) == []


def test_at__block__does_not_see_what_follows(alice):
    with alice.at() as before:
        alice.send(TOKEN, "transfer", "0x" + 40 * "2", COIN, intent="transfer")
        assert before.call(TOKEN, "balanceOf", alice.account) == 1000 * COIN
    assert alice.call(TOKEN, "balanceOf", alice.account) == 999 * COIN


def test_resume__not_yet_mined__follows_it(alice, node):
    node.request("evm_setAutomine", False)
    try:
        waiting = alice.submit("Vault", "deposit", COIN, intent="slow")
    finally:
        node.request("evm_setAutomine", True)
        node.request("evm_mine")
    assert [receipt.tx_hash for receipt in alice.resume()] == [waiting.entry.tx_hash]
    assert alice.resume() == []


def test_send__no_coin__says_so(node, deployment, journal):
    poor = ChainClient(node, deployment, LocalSigner(Account.create()), journal)
    with pytest.raises(ChainError, match="coins for gas"):
        poor.send("Vault", "approve", deployment.address("Exchange"), 1, intent="approve")


def test_advance__an_hour__moves_time_and_mines(local, node):
    before = node.block()
    assert local.advance(3600) >= before.timestamp + 3600
    assert local.mine(3) == before.number + 4


def test_localnet__started_by_one_object__is_stopped_by_another(tmp_path):
    state = Localnet(tmp_path).start(port=0)
    assert Localnet(tmp_path).status() == state
    assert Localnet(tmp_path).start() == state
    assert Localnet(tmp_path).stop()
    assert Localnet(tmp_path).status() is None
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", state.port), timeout=1)
    with pytest.raises(ChainError, match="no node answers"):
        _ = Node(state.url).chain_id


def test_localnet__stopped__leaves_no_state_on_disk(tmp_path):
    """A chain writes its old states to disk, and leaves them there: gigabytes by and by."""
    chain = Localnet(tmp_path)
    try:
        LocalChain(Node(chain.start(port=0).url)).mine(600)
        assert list((tmp_path / "states").glob("anvil-state-*"))
    finally:
        chain.stop()
    assert not (tmp_path / "states").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends the chain on Linux only")
def test_localnet__its_program_is_killed__ends_too(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from marketplace.chain import Localnet\n"
        "with Localnet(Path(sys.argv[1])) as state: print(state.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    pid = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and Localnet(tmp_path).status() is not None:
        time.sleep(0.05)
    assert Localnet(tmp_path).status() is None
    # Gone, or dead and not yet reaped.
    status = Path(f"/proc/{pid}/status")
    assert not status.exists() or "Z (zombie)" in status.read_text()
