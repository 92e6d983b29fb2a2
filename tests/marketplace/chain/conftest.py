"""A node in memory, a journal, and alice who sends."""

import pytest
from fakes import FakeNode, make_client

from marketplace.chain import Journal


@pytest.fixture
def node():
    """The node; a module may have one of its own."""
    return FakeNode()


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "home" / "journal.db")


@pytest.fixture
def client(node, journal):
    return make_client(node, journal)
