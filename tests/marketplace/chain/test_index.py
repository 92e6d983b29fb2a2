"""The event index in SQLite, without a network; tests/index_contract.py has what holds in any database."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event

from marketplace.chain import ChainClient, Node
from marketplace.chain.index import EventIndex
from marketplace.chain.index_search import waiting
from marketplace.chain.index_tables import Database
from marketplace.errors import IndexUnavailable
from tests.index_contract import Contract
from tests.index_search_contract import SearchContract
from tests.indexing import ALICE, DEPLOYMENT, MadeUpChain, deposited, fill

KILLED = """
import os, signal, sys
from pathlib import Path

sys.path.insert(0, sys.argv[2])
from marketplace.chain import Node, index_sync
from marketplace.chain.index import EventIndex
from tests.indexing import DEPLOYMENT, MadeUpChain, fill

chain = MadeUpChain()
fill(chain, 60)
chain.most_blocks = 10
index_sync.START_BLOCKS = 10
moment, count = sys.argv[3], 0
kept = getattr(index_sync, moment)


def die(*given):
    global count
    count += 1
    if count == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(*given)


setattr(index_sync, moment, die)
EventIndex(Path(sys.argv[1]), DEPLOYMENT).sync(Node(chain))
"""


class TestSqlite(SearchContract):
    @pytest.fixture
    def where(self, tmp_path):
        return tmp_path / "index.db"


@pytest.mark.parametrize("moment", ["_insert_rows", "apply_events"])
def test_sync__killed_in_a_range__goes_on_where_it_was(tmp_path, moment):
    path = tmp_path / "index.db"
    command = [sys.executable, "-c", KILLED, str(path), str(Path(__file__).parents[3]), moment]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    chain = MadeUpChain()
    fill(chain, 60)
    index = EventIndex(path, DEPLOYMENT)
    assert 0 < index.cursor().block < 60
    Contract().same(index, chain)


def test_database__file__is_its_owners_only(tmp_path):
    path = tmp_path / "new" / "in?dex#1.db"
    Database(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_database__some_other_file__is_refused_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but longer than a header of a hundred bytes " * 5)
    with pytest.raises(IndexUnavailable, match="can't be used"):
        Database(path)
    assert path.read_text().startswith("not a database")


def test_database__of_another_program__is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name text)")
    with pytest.raises(IndexUnavailable, match="not an index of Tessera's"):
        Database(path, renew=True)
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


@pytest.mark.parametrize(
    "where",
    [
        "postgresql+psycopg://tester:planted@127.0.0.1:1/x",
        "postgresql://tester:planted@/x?host=/nowhere/at/all",
        "mysql://tester:planted@127.0.0.1/x",
        "postgresql+nothing://tester:planted@127.0.0.1/x",
        "planted",
        "sqlite:////proc/planted-not/x.db",
    ],
)
def test_database__can_t_be_opened__says_why_without_the_password(where):
    with pytest.raises(IndexUnavailable) as caught:
        Database(where)
    error = caught.value
    assert "planted@" not in f"{error} {error.hint} {error!r}"
    assert "tester:planted" not in f"{error} {error.__cause__}"
    assert len(str(error).splitlines()) == 1


def test_events__index_can_t_be_opened__come_from_the_node_with_one_warning(tmp_path):
    chain = MadeUpChain()
    chain.mine(deposited(ALICE))
    node = Node(chain)
    said = []
    (tmp_path / "folder.db").mkdir()
    client = ChainClient(
        node, DEPLOYMENT, index=EventIndex(tmp_path / "folder.db", DEPLOYMENT), warn=said.append
    )
    for _ in range(2):
        assert len(client.events("Vault", "Deposited")) == 1
    assert client.block_times([1]) == {1: 1_700_000_001}
    assert len(said) == 1
    with pytest.warns(RuntimeWarning, match="reading from the node"):
        ChainClient(node, DEPLOYMENT, index=EventIndex(tmp_path / "folder.db", DEPLOYMENT)).events(
            "Vault", "Deposited"
        )


def test_events__of_the_token__are_not_kept():
    index = EventIndex("sqlite://", DEPLOYMENT)
    assert not index.covers("TestToken")
    assert index.covers("Vault")


def test_waiting__of_many__sorts_none(tmp_path):
    """Else each batch would cost as much as all that wait: the square of them, to fetch them all."""
    index = EventIndex(tmp_path / "index.db", DEPLOYMENT)
    asked = []
    engine = index.database.engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    waiting(index, 64, 1_700_000_000)
    [(statement, values)] = [one for one in asked if "tessera_manifests" in one[0]]
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert not [step for *_, step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")], plan
