"""Brownie's user: a script per story, a market in the console, keystores and deployments both ways.

Brownie runs as he runs it, in a home of its own, with its own local chain.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from click.testing import CliRunner
from eth_account import Account

from marketplace.chain import LocalChain, Localnet, Node, load_deployment
from marketplace.chain.artifacts import artifact_names
from marketplace.cli import cli
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore

REPOSITORY = Path(__file__).parents[2]
BIN = REPOSITORY / ".venv" / "bin"
DEPLOYMENTS = REPOSITORY / "deployments"
LIVE_CHAIN = 424242
PASSWORD = "correct horse"
COLOURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
SECONDS = 900


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Somebody who never ran brownie."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environ(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TESSERA_")}
    return {**kept, "HOME": str(home), "TERM": "dumb", "PROMPT_TOOLKIT_NO_CPR": "1"}


@pytest.fixture(autouse=True)
def records():
    """Leave the repository's record of deployments as it was."""
    before = {path: path.read_bytes() for path in DEPLOYMENTS.glob("*.json")}
    yield
    for path in DEPLOYMENTS.glob("*.json"):
        path.unlink()
    for path, data in before.items():
        path.write_bytes(data)


def brownie(environ, *words):
    """Run brownie; return what it wrote. It ends with 0 when a script fails, so look at that."""
    words = [str(BIN / "brownie"), *words]
    done = subprocess.run(words, cwd=REPOSITORY, env=environ, capture_output=True, text=True, timeout=SECONDS)
    text = COLOURS.sub("", done.stdout + done.stderr)
    assert "Traceback" not in text, text
    return text


class Terminal:
    """A program on a terminal: waits for words, answers."""

    def __init__(self, environ, *words):
        self.child = pexpect.spawn(
            str(BIN / words[0]),
            list(words[1:]),
            cwd=str(REPOSITORY),
            env=environ,
            encoding="utf-8",
            timeout=SECONDS,
            dimensions=(50, 200),
        )
        self.child.logfile_read = self.log = io.StringIO()

    def answer(self, prompt, text):
        self.child.expect_exact(prompt)
        self.child.send(f"{text}\r")

    def paste(self, prompt, line):
        """Answer in one piece: the console completes what is typed, key by key, which takes long."""
        self.answer(prompt, f"\x1b[200~{line}\x1b[201~")

    def rest(self):
        """Wait for its end; return all it wrote."""
        self.child.expect(pexpect.EOF)
        return COLOURS.sub("", self.log.getvalue()).replace("\r", "")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sale", "hospital has earned 150 tokens"),
        ("contest", "won 1000 tokens, less what the dataset earns with it"),
        ("demo", "insurer   asks for a model  -1,030.0"),
    ],
)
def test_script__of_a_story__plays_it(environ, script, said):
    text = brownie(environ, "run", script)
    assert said in text
    assert "The Vault's conservation held" in text


def lines_by_hand(number):
    """Return the lines of a Python block of docs/brownie.md, comments aside."""
    block = (REPOSITORY / "docs" / "brownie.md").read_text().split("```python\n")[number].partition("```")[0]
    return [line.partition("  #")[0] for line in block.splitlines() if line.strip()]


def test_console__market__is_there_to_play_with(environ):
    """The lines of docs/brownie.md do what they say."""
    console = Terminal(environ, "brownie", "console")
    for line in (
        "from scripts.helpers import local_market",
        'm = run("market")',
        "m",
        "say = lambda *answer: print('=' + '>', *answer)",
        "say(m.order.state)",
        *lines_by_hand(1),
        "say(m.order.state, int(m.contracts.Exchange.stateOf(m.order.order_id).hex(), 16) > 1)",
        "say(dave.account in accounts, len(t.list_orders(dave)), len(t.list_assets(dave)))",
        "say(m.bounty.stage.name, m.bounty.entrants[0].claimed > 9 * 10**8, len(t.list_seats(dave)))",
        *lines_by_hand(2),
        "say(t.load_order(dave, made.order_id).state, int(vault.balanceOf(a)) == 100 * 10**18)",
        "quit()",
    ):
        console.paste(">>> ", line)
    text = console.rest()
    for line in (
        r"dataset  0x\w+  50 tokens, listed by hospital",
        r"model    0x\w+  80 tokens, listed by ada",
        r"order    0x\w+  open: clinic waits for the key of hospital until",
        r"bounty   0x\w+  submitting: 1000 tokens, 1 submission, until",
    ):
        assert re.search(line, text), text
    assert "Error" not in text, text
    answers = [line.strip() for line in text.splitlines() if line.startswith("=> ")]
    assert answers == [
        "=> open",
        "=> settled True",
        "=> True 5 2",
        "=> CLAIMING True 10",
        "=> refunded True",
    ], text


def test_script__on_another_network__refuses_to_play(environ, live):
    text = brownie(environ, "run", "sale", "--network", "somewhere")
    assert "run it on the development network" in text


# --- keystores


def test_keystores__both_ways__are_the_same_account(environ, home, tmp_path):
    """Brownie's own `accounts.load` opens our wallet; our `wallet import` opens brownie's."""
    own = Keystore(tmp_path / "wallets", SCRYPT_N_LIGHT).create("bob", PASSWORD)
    folder = home / ".brownie" / "accounts"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bob.json").write_bytes((tmp_path / "wallets" / "bob.keystore.json").read_bytes())
    code = (
        "from brownie import accounts\n"
        f"bob = accounts.load('bob', password={PASSWORD!r})\n"
        "carol = accounts.add()\n"
        f"carol.save('carol', password='brownie password')\n"
        "print(bob.address, bob.private_key, carol.address)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    address, key, carol = done.stdout.split()[-3:]
    assert (address, key) == (own.address, "0x" + own.account.key.hex().removeprefix("0x"))

    (tmp_path / "old").write_text("brownie password\n")
    (tmp_path / "new").write_text(PASSWORD)
    words = ["wallet", "import", "carol", "--light", "--keystore", folder / "carol.json"]
    words += ["--keystore-password-file", tmp_path / "old", "--password-file", tmp_path / "new"]
    words += ["--home", tmp_path, "--json", "--yes"]
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["address"] == carol


def test_keystores__brownie_imports_a_wallet_file__lists_it(environ, tmp_path):
    own = Keystore(tmp_path, SCRYPT_N_LIGHT).create("dora", PASSWORD)
    words = ("brownie", "accounts", "import", "dora", str(tmp_path / "dora.keystore.json"))
    terminal = Terminal(environ, *words)
    terminal.answer('password for "dora.keystore"', PASSWORD)
    assert "has been imported with the id 'dora'" in terminal.rest()
    assert own.address in brownie(environ, "accounts", "list")


# --- deployments


def forget_live_deployments():
    """Take away what brownie remembers of that chain: it would look for it on the next one."""
    folder = REPOSITORY / "build" / "deployments"
    shutil.rmtree(folder / str(LIVE_CHAIN), ignore_errors=True)
    if (folder / "map.json").exists():
        known = json.loads((folder / "map.json").read_text())
        known.pop(str(LIVE_CHAIN), None)
        (folder / "map.json").write_text(json.dumps(known))


@pytest.fixture(scope="module")
def live(environ, home, tmp_path_factory):
    """A network that brownie does not take for its own, and an account with coin on it."""
    folder = tmp_path_factory.mktemp("live")
    forget_live_deployments()
    state = Localnet(folder).start(port=0, chain_id=LIVE_CHAIN, bound=True)
    wallet = Keystore(folder / "wallets", SCRYPT_N_LIGHT).create("deployer", PASSWORD)
    LocalChain(Node(state.url)).set_balance(wallet.address, 100 * 10**18)
    brownie(environ, "networks", "add", "live", "somewhere", f"host={state.url}", f"chainid={LIVE_CHAIN}")
    accounts = home / ".brownie" / "accounts"
    accounts.mkdir(parents=True, exist_ok=True)
    (accounts / "deployer.json").write_bytes((folder / "wallets" / "deployer.keystore.json").read_bytes())
    yield state
    Localnet(folder).stop()
    forget_live_deployments()


def test_deploy__on_its_own_chain__is_recorded_with_transactions(environ):
    text = brownie(environ, "run", "deploy")
    made = load_deployment(DEPLOYMENTS / "31337.json")
    assert f"Bounties deployed at: {made.address('Bounties')}" in text
    assert all(placed.transaction for placed in made.contracts.values())


def test_deploy__to_any_endpoint__is_found_by_its_chain_id(environ, live, tmp_path):
    token = deployed_token(live)
    terminal = Terminal(environ, "brownie", "run", "deploy", "--network", "somewhere")
    terminal.answer("Account", "deployer")
    terminal.answer('password for "deployer"', PASSWORD)
    terminal.answer("Address of the token", "0x1234")  # nothing was sent yet: asked again
    terminal.child.expect_exact("not an address: '0x1234'")
    terminal.answer("Address of the token", Account.create().address)
    terminal.child.expect_exact("there is no contract at")
    terminal.answer("Address of the token", token)
    terminal.answer("Bond of a seat", "160")
    terminal.answer("Fee of a submission", "")
    terminal.answer("Go on?", "y")
    assert f"tessera deploy sources {LIVE_CHAIN}" in terminal.rest()

    def tessera(*words):
        command = [str(BIN / "tessera"), *words, "--home", str(tmp_path), "--rpc-url", live.url, "--json"]
        done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    shown = tessera("deploy", "show")
    assert shown["file"] == str(DEPLOYMENTS / f"{LIVE_CHAIN}.json")
    assert shown["parameters"]["seatBond"] == 160 * 10**18
    assert tessera("asset", "list") == []
    written = tessera("deploy", "sources", str(LIVE_CHAIN), "--out", str(tmp_path / "sources"))
    assert "TestToken" not in written["contracts"]  # it is somebody else's
    later = {"Proofs"}  # put beside the others by: tessera proved deploy
    assert set(written["contracts"]) == set(artifact_names()) - {"TestToken"} - later


def test_deploy__not_agreed_to__sends_nothing(environ, live):
    node = Node(live.url)
    before = node.block().number
    terminal = Terminal(environ, "brownie", "run", "deploy", "--network", "somewhere")
    terminal.answer("Account", "nobody")  # asked again, with the names there are
    terminal.child.expect_exact("'nobody' is not")
    terminal.answer("Account", "deployer")
    terminal.answer('password for "deployer"', PASSWORD)
    terminal.answer("Address of the token", "test")
    terminal.answer("Bond of a seat", "")
    terminal.answer("Fee of a submission", "")
    terminal.answer("Go on?", "n")
    text = terminal.rest()
    assert "for trying out only" in text
    assert "nothing was sent" in text
    assert "Traceback" not in text
    assert node.block().number == before


def deployed_token(live):
    from marketplace.chain import ChainClient, Journal, LocalSigner

    node, account = Node(live.url), Account.create()
    LocalChain(node).set_balance(account.address, 10**18)
    client = ChainClient(node, None, LocalSigner(account), Journal(None))
    return client.deploy("TestToken", intent="token").contract_address
