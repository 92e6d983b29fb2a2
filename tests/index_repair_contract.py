"""An index that somebody edited by hand is found and mended; the same tests for every database."""

from dataclasses import replace

import pytest

from marketplace.chain import ChainClient, Node
from marketplace.chain.index import EventIndex
from marketplace.errors import IndexUnavailable
from marketplace.services.index_health import check_index
from marketplace.services.index_repair import Damage, mend, plan_for
from marketplace.services.manifest import DATASET, Manifest, Stored
from marketplace.services.market import Market
from marketplace.services.search import Query, fetch_manifests, search_assets
from marketplace.storage import MemoryStore
from tests.indexing import ALICE, BOB, COIN, DEPLOYMENT, MadeUpChain, deposited, listed, unlisted

FIRST = "(SELECT min(id) FROM tessera_events)"
LAST = "(SELECT max(id) FROM tessera_events)"
SOURCE = "(SELECT min(id) FROM tessera_sources)"
ANY_TX = "SELECT tx FROM tessera_events LIMIT 1"
ANY_ASSET = "SELECT asset FROM tessera_listings LIMIT 1"
BLOCK = f"({SOURCE} * 4294967296 + %d)"

EDITS = {
    "newest event deleted": f"DELETE FROM tessera_events WHERE id = {LAST}",
    "oldest event deleted": f"DELETE FROM tessera_events WHERE id = {FIRST}",
    "all events deleted": "DELETE FROM tessera_events",
    "data changed": f"UPDATE tessera_events SET data = tx WHERE id = {FIRST}",
    "topic changed": f"UPDATE tessera_events SET topic1 = tx WHERE id = {LAST}",
    "transaction changed": f"UPDATE tessera_events SET tx = topic1 WHERE id = {LAST}",
    "kind changed": f"UPDATE tessera_events SET kind = 7 WHERE id = {FIRST}",
    "kind below zero": f"UPDATE tessera_events SET kind = -7 WHERE id = {FIRST}",
    "event moved in its block": f"UPDATE tessera_events SET id = id + 3 WHERE id = {LAST}",
    "event moved to another block": f"UPDATE tessera_events SET id = id + 524288 + 9 WHERE id = {FIRST}",
    "event copied": "INSERT INTO tessera_events SELECT id + 1, kind, tx, topic1, topic2, topic3, about, data "
    f"FROM tessera_events WHERE id = {LAST}",
    "event above the newest block": "INSERT INTO tessera_events SELECT id + 99 * 524288, kind, tx, topic1, "
    f"topic2, topic3, about, data FROM tessera_events WHERE id = {LAST}",
    "listing made up for nobody": "INSERT INTO tessera_events SELECT id - 9 * 2251799813685248, kind, tx, "
    f"topic1, topic2, topic3, about, data FROM tessera_events WHERE id = {FIRST}",
    "hash of a block changed": f"UPDATE tessera_blocks SET hash = digest WHERE id = {BLOCK % 3}",
    "hash of the newest block changed": f"UPDATE tessera_blocks SET hash = digest WHERE id = {BLOCK % 9}",
    "hashes of all blocks changed": "UPDATE tessera_blocks SET hash = digest",
    "time of a block changed": f"UPDATE tessera_blocks SET time = time + 1 WHERE id = {BLOCK % 4}",
    "sum of a block changed": f"UPDATE tessera_blocks SET digest = hash WHERE id = {BLOCK % 4}",
    "block deleted": f"DELETE FROM tessera_blocks WHERE id = {BLOCK % 5}",
    "newest block deleted": "DELETE FROM tessera_blocks WHERE id = (SELECT max(id) FROM tessera_blocks)",
    "all blocks deleted": "DELETE FROM tessera_blocks",
    "block made up": f"INSERT INTO tessera_blocks SELECT id + 70, hash, time, digest FROM tessera_blocks "
    f"WHERE id = {BLOCK % 5}",
    "cursor set back": f"UPDATE tessera_sources SET block = 4, block_hash = "
    f"(SELECT hash FROM tessera_blocks WHERE id = {BLOCK % 4})",
    "cursor set back, another hash": "UPDATE tessera_sources SET block = 4",
    "cursor set to nothing": "UPDATE tessera_sources SET block = -1, block_hash = ''",
    "cursor beyond the chain": "UPDATE tessera_sources SET block = 1000",
    "cursor beyond all chains": "UPDATE tessera_sources SET block = 4000000000000",
    "cursor's hash changed": f"UPDATE tessera_sources SET block_hash = ({ANY_TX})",
    "cursor's hash deleted": "UPDATE tessera_sources SET block_hash = ''",
    "number of events changed": "UPDATE tessera_sources SET events = events + 1",
    "first block changed": "UPDATE tessera_sources SET first = 5",
    "market deleted": "DELETE FROM tessera_sources",
    "market renumbered": "UPDATE tessera_sources SET id = id + 5",
    "market renamed": "UPDATE tessera_sources SET fingerprint = 'another'",
    "asset deleted": f"DELETE FROM tessera_listings WHERE asset = ({ANY_ASSET})",
    "all assets deleted": "DELETE FROM tessera_listings",
    "asset's state changed": "UPDATE tessera_listings SET state = 'retired'",
    "asset's price changed": "UPDATE tessera_listings SET price = seller",
    "asset of nobody": "UPDATE tessera_listings SET source = 77",
    "manifest's name changed": "UPDATE tessera_manifests SET name = 'Something dear'",
    "manifest's file changed": "UPDATE tessera_manifests SET content_root = digest",
    "manifest deleted": "DELETE FROM tessera_manifests",
    "version changed": "UPDATE tessera_facts SET value = '0'",
    "facts gone": "DROP TABLE tessera_facts",
    "events gone": "DROP TABLE tessera_events",
    "sources gone": "DROP TABLE tessera_sources",
    "words gone": "DROP TABLE tessera_words",
    "column gone": "ALTER TABLE tessera_blocks RENAME COLUMN time TO moment",
}  # fmt: skip

SELF_MENDING = {
    "event above the newest block", "newest block deleted", "block made up", "cursor set back",
    "cursor set back, another hash", "cursor set to nothing", "cursor beyond the chain",
    "cursor beyond all chains", "cursor's hash changed", "cursor's hash deleted", "market deleted",
    "market renamed", "hash of the newest block changed", "hashes of all blocks changed",
}  # fmt: skip
"""Edits that the next reading undoes by itself."""


class RepairContract:
    """What must hold in every database; subclasses have a fixture ``where``."""

    @pytest.fixture
    def chain(self):
        """A chain of nine blocks: assets, one of them unlisted, and deposits."""
        self.store = MemoryStore()
        found = MadeUpChain()
        found.mine(listed(1, manifest=self.manifest("Weather in Bern")))
        found.mine(listed(2, price=2 * COIN, manifest=self.manifest("Rivers")), deposited(ALICE, 5))
        for number in range(6):
            found.mine(deposited(BOB, number))
        found.mine(unlisted(2), deposited(ALICE, 9))
        return found

    def manifest(self, name):
        stored = Stored(self.store.add(b"bytes"), bytes(32), 5, bytes(32))
        subject = {"records": 3, "fields": [{"name": "day", "dataType": "integer", "missing": True}]}
        words = (name, "daily", "CC0-1.0", ("research",), "text/csv")
        manifest = Manifest(DATASET, *words, subject, stored, bytes(32), published="2026-01-31")
        return self.store.add(manifest.to_bytes()).digest

    @pytest.fixture
    def market(self, chain, where, tmp_path):
        index = EventIndex(where, DEPLOYMENT)
        client = ChainClient(Node(chain), DEPLOYMENT, index=index, warn=pytest.fail)
        yield Market(client, self.store, None, tmp_path / "work")
        index.close()

    def again(self, market, where):
        """Return the market as another process sees it."""
        index = EventIndex(where, DEPLOYMENT)
        client = ChainClient(market.client.node, DEPLOYMENT, index=index, warn=pytest.fail)
        return replace(market, client=client)

    def edit(self, market, statement):
        with market.client.index.database.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        market.client.index.close()

    @pytest.mark.parametrize("edit", EDITS)
    def test_repair__edited_by_hand__is_found_and_mended(self, market, where, edit):
        market.client.index.sync(market.client.node)
        fetch_manifests(market)
        assert check_index(market).problems == ()
        self.edit(market, EDITS[edit])
        other = self.again(market, where)
        plan = plan_for(other)
        if edit not in SELF_MENDING:
            assert plan.damage is not Damage.NONE, "not found"
            assert plan.problems
            assert plan.steps
        assert mend(other, plan.damage).problems == ()
        found = search_assets(other, Query(words="weather", sort="oldest")).hits
        assert [(one.asset_id, one.name, one.state) for one in found] == [(1, "Weather in Bern", "listed")]
        assert {one.name: one.state for one in search_assets(other, Query()).hits}["Rivers"] == "unlisted"
        plain = ChainClient(market.client.node, DEPLOYMENT)
        for contract, name in (
            ("Vault", "Deposited"),
            ("Assets", "AssetListed"),
            ("Assets", "AssetUnlisted"),
        ):
            assert other.client.events(contract, name) == plain.events(contract, name)
        other.client.index.close()

    def test_repair__sums_changed_as_well__is_found(self, market, where):
        """Whoever knows how sums are made is found by the chain."""
        from marketplace.chain.index_check import _digest
        from marketplace.chain.index_tables import blocks, events

        index = market.client.index
        index.sync(market.client.node)
        with index.database.engine.begin() as connection:
            row = list(connection.execute(events.select().order_by(events.c.id.desc())).first())
            connection.execute(events.update().where(events.c.id == row[0]).values(tx=bytes(32)))
            row[2] = bytes(32)
            same = events.c.id.between(row[0] - 1, row[0] - 1)
            before = [tuple(one) for one in connection.execute(events.select().where(same))]
            mine = blocks.c.id == row[0] >> 19
            connection.execute(blocks.update().where(mine).values(digest=_digest([*before, row])))
        plan = plan_for(market)
        assert plan.problems == ("block 9 has other events on the chain",)
        assert mend(market, plan.damage).is_sound

    def test_repair__words_deleted__are_found_again(self, market):
        from marketplace.chain.index_mend import _clear_words

        market.client.index.sync(market.client.node)
        fetch_manifests(market)
        with market.client.index.database.engine.begin() as connection:
            _clear_words(connection)
        plan = plan_for(market)
        assert plan.problems == ("a search does not find the words of 2 manifests",)
        assert mend(market, plan.damage).is_sound
        assert [one.asset_id for one in search_assets(market, Query(words="rivers")).hits] == [2]

    def test_repair__manifest_is_not_in_the_store__keeps_what_is_known(self, market):
        market.client.index.sync(market.client.node)
        fetch_manifests(market)
        self.store.blocks.clear()
        with market.client.index.database.engine.begin() as connection:
            connection.exec_driver_sql(EDITS["all assets deleted"])
        plan = plan_for(market)
        assert mend(market, plan.damage).is_sound
        assert [one.name for one in search_assets(market, Query(words="weather")).hits] == ["Weather in Bern"]

    def test_repair__another_program_s_tables__are_left_alone(self, market, where):
        database = market.client.index.database
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE tessera_facts")
            connection.exec_driver_sql("CREATE TABLE recipes (name text)")
        market.client.index.close()
        other = self.again(market, where)
        if database.is_sqlite:
            with pytest.raises(IndexUnavailable, match="not an index"):
                plan_for(other)
        else:
            assert mend(other, plan_for(other).damage).is_sound
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM recipes").scalar() == 0
        database.close()
        other.client.index.close()
