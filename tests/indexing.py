"""What tests of the event index share: a chain in memory that can be reorganized, and what must hold
whatever the database is."""

import random
from hashlib import sha256

import pytest
from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic
from web3.providers import BaseProvider

from marketplace.chain import ChainClient, Deployment, Node, Placed
from marketplace.chain.artifacts import artifact_names, load_artifact
from marketplace.chain.index import EventIndex
from marketplace.chain.index_check import check_listings, check_sums, compare_range
from marketplace.chain.index_search import (
    Description,
    Query,
    asset_ids,
    describe,
    give_up,
    postpone,
    search,
    waiting,
)
from marketplace.errors import ChainError, IndexUnavailable

COIN = 10**18
CONTRACTS = [name for name in artifact_names() if name != "TestToken"]


def address(number):
    return f"0x{number:040x}"


DEPLOYMENT = Deployment(
    31337, address(9), {name: Placed(address(i + 16), 1) for i, name in enumerate(CONTRACTS)}
)
ALICE, BOB = "0x" + 20 * "aA", "0x" + 20 * "Bb"


def event_abi(contract, name):
    return next(one for one in load_artifact(contract).abi if one["type"] == "event" and one["name"] == name)


def make_log(contract, name, args):
    """Encode an event with values by name; what is not given is zero."""
    abi = event_abi(contract, name)
    indexed = [one for one in abi["inputs"] if one["indexed"]]
    plain = [one for one in abi["inputs"] if not one["indexed"]]
    topics = [event_abi_to_log_topic(abi)]
    topics += [encode([one["type"]], [args.get(one["name"], zero(one))]) for one in indexed]
    data = encode(
        [collapse_if_tuple(one) for one in plain], [args.get(one["name"], zero(one)) for one in plain]
    )
    return {
        "address": DEPLOYMENT.address(contract),
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
    }


def zero(item):
    return some(item, None)


def some(item, chance):
    """Return a value of a type: random ones, or zero."""
    kind = item["type"]
    if kind.endswith("[]"):
        count = chance.randint(0, 4) if chance else 0
        return [some({**item, "type": kind[:-2]}, chance) for _ in range(count)]
    if kind == "tuple":
        return tuple(some(one, chance) for one in item["components"])
    if kind == "address":
        return "0x" + (chance.randbytes(20) if chance else bytes(20)).hex()
    if kind == "bool":
        return bool(chance and chance.randint(0, 1))
    if kind.startswith("uint"):
        bits = int(kind[4:] or 256)
        return chance.choice((0, 1, 2**bits - 1, chance.randrange(2**bits))) if chance else 0
    if kind == "string":
        return "".join(chance.choice("aäß€𝕏") for _ in range(chance.randint(0, 70))) if chance else ""
    return chance.randbytes(int(kind[5:])) if chance else bytes(int(kind[5:]))


def listed(asset, seller=BOB, price=COIN, manifest=bytes(32), root=bytes(32)):
    terms = (seller, 1, price, 0, 60, 60, root, manifest, (5, 27), (6, 28))
    return make_log("Assets", "AssetListed", {"assetId": asset, "seller": seller, "terms": terms})


def unlisted(asset, seller=BOB):
    return make_log("Assets", "AssetUnlisted", {"assetId": asset, "seller": seller, "at": 7})


def deposited(owner=ALICE, amount=COIN):
    return make_log("Vault", "Deposited", {"owner": owner, "amount": amount})


class MadeUpChain(BaseProvider):
    """A chain in memory. Switches: ``most_blocks`` and ``most_logs`` of one answer, ``times`` in logs,
    ``garbage`` instead of logs, ``height`` below the real one, ``on_logs`` called at each request of logs."""

    def __init__(self):
        super().__init__()
        self.blocks = []
        self.most_blocks, self.most_logs, self.times, self.garbage = None, None, True, None
        self.height, self.on_logs, self.requests = None, None, []
        self.mine(salt="genesis")

    def mine(self, *logs, salt=""):
        """Add a block with logs; return its number."""
        number = len(self.blocks)
        parent = self.blocks[-1]["hash"] if self.blocks else "0x" + 64 * "0"
        found = "0x" + sha256(f"{parent} {salt} {logs}".encode()).hexdigest()
        self.blocks.append({"hash": found, "time": 1_700_000_000 + number, "logs": logs})
        return number

    def drop(self, depth):
        """Forget the newest blocks."""
        del self.blocks[len(self.blocks) - depth :]

    def make_request(self, method, params):
        self.requests.append(method)
        answer = getattr(self, method)(*params)
        if isinstance(answer, dict) and "code" in answer:
            return {"jsonrpc": "2.0", "id": 1, "error": answer}
        return {"jsonrpc": "2.0", "id": 1, "result": answer}

    def top(self):
        return len(self.blocks) - 1 if self.height is None else min(self.height, len(self.blocks) - 1)

    def eth_chainId(self):
        return hex(31337)

    def eth_getBlockByNumber(self, which, _full):
        number = self.top() if which == "latest" else int(which, 16)
        if number > self.top():
            return None
        block = self.blocks[number]
        return {"number": hex(number), "hash": block["hash"], "timestamp": hex(block["time"])}

    def eth_getLogs(self, wanted):
        if self.on_logs is not None:
            self.on_logs(self)
        if self.garbage is not None:
            return self.garbage
        low = int(wanted["fromBlock"], 16)
        high = min(int(wanted["toBlock"], 16), self.top())
        if self.most_blocks is not None and high - low >= self.most_blocks:
            return {"code": -32600, "message": f"block range is too wide, at most {self.most_blocks}"}
        found = [log for number in range(low, high + 1) for log in self._logs_of(number)]
        topics = wanted.get("topics")
        if topics:
            found = [log for log in found if _matches(log, wanted["address"], topics)]
        if self.most_logs is not None and len(found) > self.most_logs:
            return {"code": -32005, "message": "query returned more than 10000 results"}
        return found

    def _logs_of(self, number):
        block = self.blocks[number]
        for index, log in enumerate(block["logs"]):
            whole = {
                **log,
                "blockNumber": hex(number),
                "blockHash": block["hash"],
                "transactionHash": "0x" + sha256(f"{block['hash']}{index}".encode()).hexdigest(),
                "transactionIndex": "0x0",
                "logIndex": hex(index),
                "removed": False,
            }
            yield {**whole, "blockTimestamp": hex(block["time"])} if self.times else whole


def _matches(log, place, topics):
    places = [place] if isinstance(place, str) else place
    if log["address"].lower() not in [one.lower() for one in places]:
        return False
    for topic, wanted in zip(log["topics"], topics):
        allowed = [wanted] if isinstance(wanted, str) else wanted
        if allowed is not None and topic not in allowed:
            return False
    return True


def fill(chain, blocks, start=0):
    """Add blocks with a few events each."""
    for i in range(start, start + blocks):
        logs = [deposited(amount=i + 1)]
        if i % 3 == 0:
            logs.append(listed(2**200 + i, price=(i + 1) * COIN))
        chain.mine(*logs) if i % 4 else chain.mine()


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

    # --- search

    def stock(self, chain, index):
        """List three assets and keep what their manifests say."""
        texts = (
            ("Glucose of patients", "Tiere & Ärzte: a table", "CC-BY-4.0", ("age", "blood_pressure")),
            ("Weather", "rain, wind and 'quotes' \"too\" -- ; DROP TABLE", "CC0-1.0", ("rain_mm",)),
            ("Glucose models", "of other patients", "LicenseRef-Own", ()),
        )
        found = []
        for i, (name, about, licence, columns) in enumerate(texts):
            digest, root = bytes([i + 1]) * 32, bytes([i + 10]) * 32
            chain.mine(listed(i + 1, price=(3 - i) * COIN, manifest=digest, root=root))
            uses = ("research", "commercial")[: i + 1]
            found.append(Description(digest, root, 1, name, about, licence, uses, columns, {"records": i}))
        index.sync(Node(chain))
        assert sorted(waiting(index, 9, None)) == [one.digest for one in found]
        describe(index, found)
        describe(index, found)
        assert waiting(index, 9, None) == []

    def found(self, chain, index, words="", **filters):
        hits, total = search(index, Node(chain), Query(words, **filters))
        assert total >= len(hits)
        return [hit.asset_id for hit in hits]

    def test_search__words_and_filters__find_those(self, chain, index):
        self.stock(chain, index)
        assert sorted(self.found(chain, index, "GLUCOSE")) == [1, 3]
        assert self.found(chain, index, "gluc", sort="cheapest") == [3, 1]
        assert self.found(chain, index, "glucose model") == [3]
        assert self.found(chain, index, "pressure") == [1]
        assert self.found(chain, index, "arzte") == [1]
        assert self.found(chain, index, "", sort="name") == [3, 1, 2]
        assert self.found(chain, index, "", sort="oldest", limit=1, offset=1) == [2]
        assert self.found(chain, index, "", max_price=2 * COIN, sort="dearest") == [2, 3]
        assert self.found(chain, index, "", licence="cc", sort="oldest") == [1, 2]
        assert self.found(chain, index, "", uses=("commercial",), sort="oldest") == [2, 3]
        assert self.found(chain, index, "", seller=ALICE) == []
        assert self.found(chain, index, "", kind=2) == []

    def test_search__rank__name_before_description(self, chain, index):
        self.stock(chain, index)
        assert self.found(chain, index, "patients") == [1, 3]

    @pytest.mark.parametrize(
        "words",
        [
            '"',
            "'",
            "' OR 1=1 --",
            "a AND",
            "NEAR(a b)",
            "name:x",
            "-rain",
            "* ^ ( ) { }",
            "\\",
            "%",
            "rain' | 'x",
            "rain:*",
            "!rain",
            "a & b | c <-> d",
            "\x00",
            "x" * 100_000,
            "é" * 500,
            "🦀 \ud800",
            "; DROP TABLE tessera_listings",
        ],
    )
    def test_search__syntax_of_databases__is_only_text(self, chain, index, words):
        self.stock(chain, index)
        self.found(chain, index, words)
        self.found(chain, index, words, licence=words.replace("\x00", "").replace("\ud800", ""))
        assert sorted(self.found(chain, index, "")) == [1, 2, 3]

    def test_search__manifest_of_another_file_kind_or_seller__does_not_count(self, chain, index):
        digests = [bytes([i]) * 32 for i in range(1, 5)]
        for i, digest in enumerate(digests):
            chain.mine(listed(i + 1, manifest=digest, root=b"r" * 32))
        index.sync(Node(chain))
        rest = ("name", "about", "CC0-1.0", (), (), {})
        describe(
            index,
            [
                Description(digests[0], b"x" * 32, 1, *rest),
                Description(digests[1], b"r" * 32, 2, *rest),
                Description(digests[2], b"r" * 32, 1, *rest, ALICE, 31337),
                Description(digests[3], b"r" * 32, 1, *rest, BOB, 31337),
            ],
        )
        assert self.found(chain, index, "name") == [4]

    def test_waiting__absent_and_unusable__later_and_never(self, chain, index):
        one, two = b"1" * 32, b"2" * 32
        chain.mine(listed(1, manifest=one), listed(2, manifest=two))
        index.sync(Node(chain))
        postpone(index, [one], 1000)
        give_up(index, [two])
        assert waiting(index, 9, 1000) == []
        assert waiting(index, 9, 1015) == [one]
        assert waiting(index, 9, None) == [one]
