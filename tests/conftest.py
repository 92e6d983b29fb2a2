"""What all tests share: the package's own tests can't reach a network; chance has a seed, to be repeated."""

import random
import socket
from pathlib import Path

import pytest

OFFLINE = Path(__file__).parent / "marketplace"


def pytest_addoption(parser):
    group = parser.getgroup("tessera")
    group.addoption("--deep", action="store_true", help="sweep everything instead of a sample (make deep)")
    group.addoption("--seed", type=int, help="repeat what an earlier run drew by chance")


def pytest_configure(config):
    if hasattr(config, "workerinput"):  # of xdist: it is told the seed of the run that started it
        config.option.seed = config.workerinput["seed"]
    elif config.option.seed is None:
        config.option.seed = random.SystemRandom().randrange(2**32)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["seed"] = node.config.option.seed


def pytest_report_collectionfinish(config):
    return said_of_chance(config)


def said_of_chance(config):
    return f"chance: --seed {config.option.seed}{' --deep' if config.option.deep else ''}"


def pytest_terminal_summary(terminalreporter, config):
    """Say how many bad inputs were tried, and what chance began with where several processes tested."""
    if getattr(config.option, "numprocesses", None):
        terminalreporter.write_line(said_of_chance(config))
    found = [one for each in ("passed", "failed") for one in terminalreporter.getreports(each)]
    pairs = [pair for one in found if one.when == "call" for pair in one.user_properties]
    tried, refused = (sum(count for name, count in pairs if name == key) for key in ("tried", "refused"))
    if tried:
        terminalreporter.write_line(f"bad inputs: {tried:,} tried, {refused:,} refused, the rest taken")


@pytest.fixture(scope="session")
def deep(pytestconfig):
    """Tell whether everything is tried, or a sample."""
    return pytestconfig.option.deep


@pytest.fixture
def chance(pytestconfig, request):
    """Return the random numbers of this test, the same whenever the run's seed is the same."""
    return random.Random(f"{pytestconfig.option.seed} {request.node.nodeid}")


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    """Refuse connections over IP in tests of the package."""
    if OFFLINE not in request.path.parents:
        return
    connect = socket.socket.connect

    def refuse(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError(f"a unit test opened a connection to {address}")
        return connect(self, address, *rest)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
