"""The event index in a real PostgreSQL: all that holds in SQLite, and two processes at once."""

from itertools import count

import psycopg
import pytest

from marketplace.chain import Node
from marketplace.chain.index import EventIndex
from marketplace.chain.index_tables import Database
from marketplace.errors import IndexUnavailable
from tests.index_repair_contract import RepairContract
from tests.index_search_contract import SearchContract
from tests.indexing import DEPLOYMENT, MadeUpChain, fill
from tests.integration.postgres import HOW_TO_GET_IT, Server, programs

pytestmark = pytest.mark.postgres

NUMBERS = count(1)


@pytest.fixture(scope="module")
def server():
    # Not skipped: tools/test.py says how to get it before it runs this file.
    assert programs() is not None, f"PostgreSQL is not on this machine: {HOW_TO_GET_IT}"
    running = Server()
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def where(server):
    return server.new_database(f"index{next(NUMBERS)}")


class TestPostgres(SearchContract):
    pass


class TestRepair(RepairContract):
    pass


def test_database__wrong_password__is_not_shown(server):
    with pytest.raises(IndexUnavailable) as caught:
        Database(server.url(password="planted-secret"))
    assert "planted-secret" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert "password authentication failed" in str(caught.value)


def test_database__shared_with_another_program__leaves_its_tables_alone(server, where):
    with psycopg.connect(where.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("CREATE TABLE recipes (name text)")
        index = EventIndex(where, DEPLOYMENT)
        chain = MadeUpChain()
        fill(chain, 5)
        index.sync(Node(chain))
        index.database.drop()
        assert other.execute("SELECT count(*) FROM recipes").fetchone() == (0,)
        assert repr(index.database) == f"Database({index.database.shown!r})"
        assert Server.PASSWORD not in repr(index.database)
    index.close()
