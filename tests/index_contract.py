"""What must hold of the event index whatever the database is: following the chain."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.chain import ChainClient, Node
from marketplace.chain.artifacts import load_artifact
from marketplace.chain.index import EventIndex
from marketplace.chain.index_check import check_listings, check_sums, compare_range
from marketplace.chain.index_search import (
    Query,
    asset_ids,
)
from marketplace.errors import ChainError, IndexUnavailable
from tests.indexing import (
    ALICE,
    BOB,
    CONTRACTS,
    DEPLOYMENT,
    MadeUpChain,
    deposited,
    fill,
    listed,
    make_log,
    some,
    unlisted,
)

WRITER = """
import sys

sys.path.insert(0, sys.argv[2])
from marketplace.chain import Node, index_sync
from marketplace.chain.index import EventIndex
from tests.indexing import DEPLOYMENT, MadeUpChain, fill

chain = MadeUpChain()
fill(chain, 100)
chain.most_blocks = 7
EventIndex(sys.argv[1], DEPLOYMENT).sync(Node(chain))
"""


def clients(node, index):
    """Return a client that reads the node, and one that reads the index, and nothing else."""
    return ChainClient(node, DEPLOYMENT), ChainClient(node, DEPLOYMENT, index=index, warn=pytest.fail)


class Contract:
    """What must hold in every database; subclasses have a fixture ``where``."""

    @pytest.fixture
    def chain(self):
        return MadeUpChain()

    @pytest.fixture
    def node(self, chain):
        return Node(chain)

    @pytest.fixture
    def open_index(self, where):
        opened = []

        def make():
            opened.append(EventIndex(where, DEPLOYMENT))
            return opened[-1]

        yield make
        for one in opened:
            one.close()

    @pytest.fixture
    def index(self, open_index):
        return open_index()

    def same(self, index, chain):
        """Compare all that the index has with what web3.py reads from the node."""
        node = Node(chain)
        plain, kept = clients(node, index)
        for contract, name in (
            ("Vault", "Deposited"),
            ("Assets", "AssetListed"),
            ("Assets", "AssetUnlisted"),
        ):
            assert kept.events(contract, name) == plain.events(contract, name)
        cursor = index.cursor()
        assert check_sums(index, cursor)[1] == []
        assert check_listings(index, cursor) == []
        assert compare_range(index, node, cursor, 1, chain.top()) == []

    def test_events__every_kind_with_random_values__are_those_of_web3(self, chain, node, index):
        chance = random.Random(5)
        kinds = [
            (contract, one)
            for contract in CONTRACTS
            for one in load_artifact(contract).abi
            if one["type"] == "event"
        ]
        for _ in range(8):
            logs = [
                make_log(contract, abi["name"], {one["name"]: some(one, chance) for one in abi["inputs"]})
                for contract, abi in kinds
            ]
            chain.mine(*logs)
        plain, kept = clients(node, index)
        for contract, abi in kinds:
            one, other = plain.events(contract, abi["name"]), kept.events(contract, abi["name"])
            assert len(one) == 8
            assert repr(one) == repr(other)

    def test_events__filters_and_spans__find_what_web3_finds(self, chain, node, index):
        fill(chain, 12)
        chain.mine(deposited(BOB, 5), deposited(ALICE, 6))
        plain, kept = clients(node, index)
        for options in (
            {"argument_filters": {"owner": BOB}},
            {"argument_filters": {"owner": [ALICE, BOB]}},
            {"from_block": 4, "to_block": 7},
            {"to_block": 0},
            {"to_block": 99},
            {"from_block": 99},
        ):
            assert kept.events("Vault", "Deposited", **options) == plain.events(
                "Vault", "Deposited", **options
            )
        both = kept.events("Assets", ["AssetListed", "AssetUnlisted"])
        assert both == plain.events("Assets", ["AssetListed", "AssetUnlisted"])

    @pytest.mark.parametrize("depth", [1, 5, 20])
    def test_sync__reorg__follows_the_new_branch(self, chain, index, depth):
        fill(chain, 30)
        self.same(index, chain)
        chain.drop(depth)
        fill(chain, depth + 2, start=1000)
        self.same(index, chain)
        assert index.cursor().rollbacks == 1

    def test_sync__reorg_to_a_shorter_branch__forgets_what_is_gone(self, chain, index):
        fill(chain, 30)
        self.same(index, chain)
        chain.drop(7)
        chain.mine(unlisted(2**200 + 3), salt="other")
        self.same(index, chain)

    def test_sync__reorg_of_a_change__restores_the_terms_before(self, chain, node, index):
        chain.mine(listed(2**200))
        index.sync(node)
        chain.mine(unlisted(2**200))
        assert asset_ids(index, node, Query(states=("listed",), sort="oldest")) == []
        chain.drop(1)
        chain.mine()
        assert asset_ids(index, node, Query(states=("listed",), sort="oldest")) == [2**200]
        self.same(index, chain)

    def test_sync__another_chain__starts_anew(self, index):
        first = MadeUpChain()
        fill(first, 10)
        self.same(index, first)
        other = MadeUpChain()
        other.drop(1)
        other.mine(salt="another genesis")
        fill(other, 6, start=500)
        self.same(index, other)

    def test_sync__reorg_while_reading__stores_one_branch_only(self, chain, index):
        fill(chain, 10)

        def change(one):
            one.on_logs = None
            one.drop(4)
            fill(one, 6, start=700)

        chain.on_logs = change
        self.same(index, chain)

    def test_sync__node_lags_behind__serves_its_blocks_and_goes_on(self, chain, node, index):
        fill(chain, 10)
        self.same(index, chain)
        chain.height = 6
        found = clients(node, index)[1].events("Vault", "Deposited")
        assert found == ChainClient(node, DEPLOYMENT).events("Vault", "Deposited")
        chain.height = None
        self.same(index, chain)

    def test_sync__node_refuses_wide_ranges__asks_for_smaller_ones(self, chain, index):
        fill(chain, 40)
        chain.most_blocks = 3
        index.sync(Node(chain))
        chain.most_blocks = None
        self.same(index, chain)

    def test_sync__node_limits_logs__asks_for_smaller_ranges(self, chain, index):
        fill(chain, 40)
        chain.most_logs = 5
        index.sync(Node(chain))
        chain.most_logs = None
        self.same(index, chain)

    def test_sync__logs_without_times__fetches_them(self, chain, index):
        chain.times = False
        fill(chain, 5)
        self.same(index, chain)
        assert index.times([2, 3]) == {2: 1_700_000_002, 3: 1_700_000_003}

    def test_sync__garbage__is_refused_and_nothing_is_kept(self, chain, node, index):
        fill(chain, 5)
        good = next(chain._logs_of(2))
        for bad in (
            7,
            [7],
            [{}],
            [{**good, "data": "0x12"}],
            [{**good, "data": 5}],
            [{**good, "blockNumber": "0x63"}],
            [{**good, "topics": good["topics"][:1]}],
            [{**good, "topics": None}],
            [{**good, "blockHash": "0x12"}],
            [good, {**good, "logIndex": "0x1", "blockHash": "0x" + 64 * "1"}],
            [good, good],
        ):
            chain.garbage = bad
            with pytest.raises(ChainError):
                index.sync(node)
            assert index.cursor().events == 0
        chain.garbage = None
        self.same(index, chain)

    def test_sync__restarted__goes_on(self, chain, open_index):
        fill(chain, 9)
        open_index().sync(Node(chain))
        chain.requests.clear()
        fill(chain, 3, start=50)
        again = open_index()
        again.sync(Node(chain))
        assert chain.requests.count("eth_getLogs") == 1
        self.same(again, chain)

    def test_sync__two_at_once__both_are_right(self, chain, open_index):
        fill(chain, 60)
        first, second = open_index(), open_index()

        def interfere(one):
            one.on_logs = None
            second.sync(Node(chain))

        chain.on_logs = interfere
        first.sync(Node(chain))
        assert first.cursor() == second.cursor()
        self.same(first, chain)

    def test_sync__four_processes_at_once__write_each_event_once(self, where, open_index):
        place = where if isinstance(where, str) else f"sqlite:///{where}"
        command = [sys.executable, "-c", WRITER, place, str(Path(__file__).parents[1])]
        several = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
        for one in several:
            said = one.communicate(timeout=600)[1]
            assert one.returncode == 0, said
        chain = MadeUpChain()
        fill(chain, 100)
        index = open_index()
        self.same(index, chain)
        assert index.cursor().block == 100

    def test_events__rolled_back_by_another__are_read_again(self, chain, node, open_index, monkeypatch):
        fill(chain, 8)
        first, second = open_index(), open_index()
        first.sync(node)
        select = type(first)._select

        def meanwhile(self, *given):
            monkeypatch.setattr(type(first), "_select", select)
            chain.drop(3)
            fill(chain, 5, start=900)
            second.sync(node)
            return select(self, *given)

        monkeypatch.setattr(type(first), "_select", meanwhile)
        found = clients(node, first)[1].events("Vault", "Deposited")
        assert found == ChainClient(node, DEPLOYMENT).events("Vault", "Deposited")

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM tessera_events WHERE id = (SELECT max(id) FROM tessera_events)",
            "UPDATE tessera_events SET data = tx WHERE id = (SELECT min(id) FROM tessera_events)",
            "UPDATE tessera_blocks SET hash = digest WHERE id = (SELECT min(id) FROM tessera_blocks)",
            "DELETE FROM tessera_blocks WHERE id = (SELECT min(id) FROM tessera_blocks)",
            "UPDATE tessera_listings SET state = 'retired'",
            "DELETE FROM tessera_listings",
            "DELETE FROM tessera_events",
        ],
    )
    def test_check__edited_by_hand__is_found(self, chain, node, index, statement):
        fill(chain, 10)
        self.same(index, chain)
        with index.database.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        cursor = index.cursor()
        found = check_sums(index, cursor)[1] + check_listings(index, cursor)
        found += compare_range(index, node, cursor, 2, 2)
        assert found
        index.rebuild(node)
        self.same(index, chain)

    def test_sync__wiped__starts_anew(self, chain, node, index):
        fill(chain, 10)
        index.sync(node)
        with index.database.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM tessera_sources")
        self.same(index, chain)

    def test_sync__cursor_set_back_by_hand__reads_again(self, chain, node, index):
        fill(chain, 10)
        index.sync(node)
        with index.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE tessera_sources SET block = 4, block_hash = "
                "(SELECT hash FROM tessera_blocks WHERE id = (1 << 30) * 4 + 4)"
                if index.database.is_sqlite
                else "UPDATE tessera_sources SET block = 0, block_hash = ''"
            )
        self.same(index, chain)

    def test_events__damaged_row__is_done_without_and_said(self, chain, node, index):
        fill(chain, 6)
        index.sync(node)
        with index.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE tessera_events SET topic1 = data, data = tx")
            connection.exec_driver_sql(
                "DELETE FROM tessera_blocks WHERE id < (SELECT max(id) FROM tessera_blocks)"
            )
        said = []
        client = ChainClient(node, DEPLOYMENT, index=index, warn=said.append)
        assert client.events("Vault", "Deposited") == ChainClient(node, DEPLOYMENT).events(
            "Vault", "Deposited"
        )
        client.events("Vault", "Deposited")
        assert len(said) == 1
        assert "damaged" in said[0]
        assert "tessera index rebuild" in said[0]

    def test_database__another_version__is_refused_then_rebuilt(self, chain, node, index, open_index):
        fill(chain, 4)
        index.sync(node)
        with index.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE tessera_facts SET value = '0'")
        with pytest.raises(IndexUnavailable, match="another version") as caught:
            open_index().sync(node)
        assert "tessera index rebuild" in caught.value.hint
        again = open_index()
        again.rebuild(node)
        self.same(again, chain)

    def test_find_ids__prefix__finds_those(self, chain, node, index):
        chain.mine(listed(0xAB << 248), listed((0xAB << 248) + 1), listed(0xCD << 248))
        plain, client = clients(node, index)
        for prefix in ("ab", "a", "cd", "cd00", "ff"):
            given = ("Assets", "AssetListed", "assetId", prefix)
            assert sorted(client.find_ids(*given)) == sorted(plain.find_ids(*given))

    def test_about__address_and_ids__finds_topics_and_plain_ids(self, chain, node, index):
        asset = 2**255 + 5
        chain.mine(
            listed(asset),
            make_log("Assets", "TransferSingle", {"id": asset, "to": ALICE, "value": 7}),
            deposited(ALICE),
            deposited(BOB),
        )
        assert [e.name for e in index.about(node, asset)] == ["AssetListed", "TransferSingle"]
        assert [e.name for e in index.about(node, ALICE)] == ["TransferSingle", "Deposited"]
