"""What may lie where a database is expected."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from marketplace.chain import Journal
from marketplace.chain.index_tables import Database
from marketplace.errors import ChainError, IndexUnavailable


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_database__pipe_folder_or_device__is_said_at_once(tmp_path, make):
    path = tmp_path / "some.db"
    make(path)
    with pytest.raises(ChainError, match=r"some\.db"):
        Journal(path)
    with pytest.raises(IndexUnavailable):
        Database(path)


def test_database__analysed_by_hand__is_an_index_still(tmp_path):
    """``ANALYZE`` and ``PRAGMA optimize`` leave tables of SQLite's own."""
    path = tmp_path / "index.db"
    Database(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ANALYZE")
        assert connection.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 0
    Database(path).close()
