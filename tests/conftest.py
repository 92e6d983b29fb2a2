"""What all tests share: the package's own tests can't reach a network."""

import socket
from pathlib import Path

import pytest

OFFLINE = Path(__file__).parent / "marketplace"


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
