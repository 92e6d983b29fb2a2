"""Mending an index that was edited by hand, in SQLite."""

import pytest

from tests.index_repair_contract import RepairContract


class TestSqlite(RepairContract):
    @pytest.fixture
    def where(self, tmp_path):
        return tmp_path / "index.db"
