"""What the contract tests share: a fresh chain state each, and errors by name."""

import gc
import time

import brownie
import pytest
from brownie._config import CONFIG
from brownie.network.rpc import anvil
from web3.exceptions import TransactionNotFound

# A chain leaves its old states in the home folder when it ends: gigabytes, after all these tests.
anvil.CLI_FLAGS["kept_states"] = "--max-persisted-states"
CONFIG.networks["development"]["cmd_settings"]["kept_states"] = 0

NODE_RETRIES, NODE_PAUSE_SECONDS = 1500, 0.02


@pytest.fixture(autouse=True)
def isolate(chain):
    """Every test starts from the same chain state.

    Brownie's own ``fn_isolation`` would also undo, for each file, what was deployed for the session.
    """
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture(scope="session", autouse=True)
def remembered_chain_id():
    """Ask for the chain's id once: web3 asks before every call, which takes as long as the call."""
    brownie.web3.provider.cache_allowed_requests = True
    brownie.web3.provider.cacheable_requests = {"eth_chainId"}


@pytest.fixture(scope="session", autouse=True)
def patient_node():
    """Ask again: a busy node counts a nonce before it finds its transaction, which Brownie calls dropped."""
    eth = brownie.web3.eth
    looks = {name: getattr(eth, name) for name in ("get_transaction", "get_transaction_receipt")}
    for name, look in looks.items():
        setattr(eth, name, patient(look))
    yield
    for name, look in looks.items():
        setattr(eth, name, look)


def patient(look):
    """Return ``look``, which asks again for what is not found at once."""

    def looked(transaction_id):
        for _ in range(NODE_RETRIES):
            try:
                return look(transaction_id)
            except TransactionNotFound:
                time.sleep(NODE_PAUSE_SECONDS)
        return look(transaction_id)

    return looked


def shown(value):
    """Return an argument of an error as Brownie prints it: addresses in lower case, bytes as Python's."""
    value = getattr(value, "address", value)
    if isinstance(value, str) and value.startswith("0x"):
        return value.lower() if len(value) == 42 else str(bytes.fromhex(value[2:]))
    return str(bytes(value)) if isinstance(value, bytes) else str(value)


def reverts_with(error, *args):
    """Expect the Solidity custom error ``error(*args)``; hides Brownie's text format."""
    return brownie.reverts(f"{error}: {', '.join(map(shown, args))}")


SEAT_BOND = 1_600 * 10**18
SUBMISSION_FEE = 10**18
FUNDS = 1_000_000 * 10**18
MODULES = ("assets", "exchange", "operators", "bounties")


class House:
    """All contracts of one deployment, each knowing the others by their predicted addresses.

    ``referee`` stands where the contract of that name belongs, which is deployed all the same.
    """

    def __init__(self, contracts, deployer, referee=None, token=None):
        names = ("TestToken", "Vault", "Assets", "Exchange", "Operators", "Panels", "Bounties", "Referee")
        for library in ("BountyEnds", "BountyRules", "ChaCha20", "Demands", "PanelEnds", "Scores"):
            contracts[library].deploy({"from": deployer})
        if token is None:
            token = contracts["TestToken"].deploy({"from": deployer})
        first = deployer.nonce
        at = {name: deployer.get_deployment_address(first + i) for i, name in enumerate(names[1:])}
        decides = referee or at["Referee"]
        arguments = {
            "Vault": (token,),
            "Assets": (at["Vault"], at["Exchange"], at["Bounties"]),
            "Exchange": (at["Vault"], at["Assets"], decides),
            "Operators": (at["Vault"], at["Panels"], SEAT_BOND),
            "Panels": (at["Operators"], at["Bounties"]),
            "Bounties": (at["Vault"], at["Assets"], at["Operators"], at["Panels"], decides, SUBMISSION_FEE),
            "Referee": (at["Vault"], at["Exchange"], at["Bounties"], at["Panels"]),
        }
        self.token = token
        for name, values in arguments.items():
            deployed = contracts[name].deploy(*values, {"from": deployer})
            assert deployed.address == at[name]
            setattr(self, name.lower(), deployed)
        self.referee = referee or self.referee

    def fund(self, who, amount=FUNDS):
        """Give ``who`` tokens in the Vault, and approve every module for them."""
        self.token.mint(who, amount, {"from": who})
        self.token.approve(self.vault, amount, {"from": who})
        self.vault.deposit(amount, {"from": who})
        for module in MODULES:
            self.vault.approve(getattr(self, module), 2**256 - 1, {"from": who})


@pytest.fixture(scope="session")
def people(accounts):
    """Return the cast by name: the deployer, the referee, and people with money to come."""
    names = "deployer referee alice bob carol mallory dave erin frank grace heidi ivan judy".split()
    return dict(zip(names, accounts))


@pytest.fixture(scope="session")
def house(people):
    """Deploy everything once; the referee is an ordinary account, so that its seam can be tested."""
    contracts = {c._name: c for c in brownie.project.get_loaded_projects()[0]}
    made = House(contracts, people["deployer"], people["referee"])
    for name, who in people.items():
        if name not in ("deployer", "referee"):
            made.fund(who)
    gc.freeze()  # Brownie collects garbage after each test: spare it what the session keeps
    return made


@pytest.fixture
def alice(people):
    """Buy."""
    return people["alice"]


@pytest.fixture
def bob(people):
    """Sell."""
    return people["bob"]


@pytest.fixture
def carol(people):
    """Evaluate."""
    return people["carol"]


@pytest.fixture
def mallory(people):
    """Attack."""
    return people["mallory"]
