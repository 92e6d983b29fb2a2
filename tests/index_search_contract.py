"""What must hold of the event index whatever the database is: searching."""

import pytest

from marketplace.chain import Node
from marketplace.chain.index_search import (
    Description,
    Query,
    describe,
    give_up,
    postpone,
    search,
    waiting,
)
from tests.index_contract import Contract
from tests.indexing import ALICE, BOB, COIN, listed


class SearchContract(Contract):
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
