"""What may lie where a database is expected."""

import os
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
