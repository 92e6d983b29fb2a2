"""SQLite files that several processes make, open and write at once."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from pathlib import Path

from sqlalchemy import Engine, MetaData, inspect

LOCK_TIMEOUT_SECONDS = 30
_POLL_SECONDS = 0.02


def make_file(path: Path) -> None:
    """Make an empty file that only its owner reads, and its folder, unless they are there."""
    require_file(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def require_file(path: Path) -> None:
    """Refuse what can be no database: on a pipe that nobody writes to SQLite would wait for ever.

    Raises
    ------
    OSError
        If something else than a file is there.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "what is there is not a file", str(path))


def enter_wal(connection: sqlite3.Connection) -> None:
    """Let readers run beside a writer: https://www.sqlite.org/wal.html."""
    end = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # The one statement that does not wait for a lock by itself.
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(_POLL_SECONDS)


def create_tables(engine: Engine, metadata: MetaData) -> None:
    """Make the tables that are missing; one process at a time, as looking and making are two steps."""
    if set(metadata.tables) <= set(inspect(engine).get_table_names()):
        return
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        metadata.create_all(connection)
