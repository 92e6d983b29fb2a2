"""`tessera proved` with what others or oneself got wrong: models, rows, schemas, proofs, ids, turns."""

import secrets

import pytest

from marketplace.chain import Localnet, save_deployment
from marketplace.constants import LABEL_R, LABEL_READER
from marketplace.crypto.points import Point
from marketplace.datasets import BREAST_CANCER_TARGET, load_breast_cancer_table, split
from marketplace.proving import grumpkin
from marketplace.proving.shapes import LINEAR, NETWORK, TREE
from marketplace.services import proof_request
from marketplace.services.proof_models import encode_any
from marketplace.services.proof_request import DAY, STAGES
from marketplace.services.proof_structs import ProofTerms
from marketplace.services.proof_train import train_for
from marketplace.types import format_id
from tests.integration.conftest import COIN, Town
from tests.integration.shell import citizen
from tests.integration.test_every_command import IDS
from tests.integration.test_rubbish_lines import try_line
from tests.marketplace.rubbish import spoiling

LINES_OF_ID = (
    "show ID", "history ID", "rows ID", "vindicate ID", "release ID", "close ID", "follow --once ID",
    "schema ID --out OUT", "receive ID --out OUT", "train ID TABLE --out OUT", "commit ID MODEL",
    "prove ID MODEL",
)  # fmt: skip


class Rubbish:
    """A market in which somebody opens proved bounties over rubbish, and somebody else reads them."""

    def __init__(self, folder, url):
        self.town, self.folder = Town(folder, url), folder
        save_deployment(self.town.proofs, self.town.file)
        self.requester = self.town.person("mallory", 10_000)
        self.maker = citizen(self.town, "alice")
        self.rest, tests = split(load_breast_cancer_table(), 30, 7)
        self.schema = proof_request.coarse_schema(tests, BREAST_CANCER_TARGET)
        self.models = {shape.circuit: self._model(shape) for shape in (LINEAR, TREE, NETWORK)}
        self.table = folder / "rest.csv"
        self.rest.frame.to_csv(self.table, index=False)

    def _model(self, shape):
        return encode_any(train_for(shape, self.rest, self.schema))

    def open(self, schema=None, sheet=b"no rows", **changes):
        """Open a bounty whose files are what they are; return its id."""
        market, salt = self.requester, secrets.token_bytes(32)
        reader = grumpkin.multiply(market.proof_key(LABEL_READER, salt))
        schema = self.schema.to_bytes() if schema is None else schema
        terms = {
            "requester": market.account, "salt": salt, "reward": COIN, "bond": COIN, "makers": 1,
            "circuit": 0, "least": 1, "row_count": 170, "rows": 1, **dict.fromkeys(STAGES, DAY),
            "schema": market.store.add(schema).digest, "sheet": market.store.add(sheet).digest,
            "key": Point.from_scalar(5), "seal": Point.from_scalar(market.proof_key(LABEL_R, salt)),
            "reader_x": reader[0], "reader_y": reader[1],
        }  # fmt: skip
        return format_id(proof_request.open_proof(market, ProofTerms(**(terms | changes))))

    def state(self):
        """Return what a refused command leaves as it was: what the maker has sent, and his files."""
        sent = self.town.node.web3.eth.get_transaction_count(self.maker.address)
        home = self.maker.settings.home
        files = {path.relative_to(home): path.stat().st_size for path in home.rglob("work/*")}
        return sent, files, sorted(self.folder.glob("out*"))

    def words(self, line, bounty, model):
        given = {"ID": bounty, "MODEL": model, "TABLE": self.table, "OUT": self.folder / "out.bin"}
        return ["proved", *(str(given.get(word, word)) for word in line.split()), "--yes"]


@pytest.fixture(scope="module")
def rubbish(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rubbish")
    with Localnet(folder / "localnet") as state:
        yield Rubbish(folder, state.url)


class Tries:
    """Lines that are refused, and change nothing."""

    def __init__(self, rubbish):
        self.rubbish, self.wrong, self.count, self.taken = rubbish, [], 0, 0

    def refused(self, title, line, bounty, model="missing", codes=(1,)):
        """Try a line; only what chance spoiled so little that it is good still may be taken."""
        before, told = self.rubbish.state(), len(self.wrong)
        words = self.rubbish.words(line, bounty, model)
        if not try_line(self.rubbish.maker, words, self.wrong, codes):
            self.taken += 1
            (self.rubbish.folder / "out.bin").unlink()
        if self.rubbish.state() != before:
            self.wrong.append(f"something was written or sent: {self.rubbish.state()}")
        self.wrong[told:] = [f"{title}, {line}: {one}" for one in self.wrong[told:]]
        self.count += 1

    def end(self, record_property):
        record_property("tried", self.count)
        record_property("refused", self.count - self.taken)
        assert not self.wrong, f"{len(self.wrong)} of {self.count}:\n" + "\n".join(self.wrong)


def some(chance, deep, found, count):
    """Return all of some things, or a sample, by name."""
    names = sorted(found) if deep else chance.sample(sorted(found), min(count, len(found)))
    return {name: found[name] for name in names}


def test_ids__of_nothing_or_of_another_kind__are_refused(rubbish, chance, deep, record_property):
    tries = Tries(rubbish)
    asset = rubbish.maker.json("asset", "publish", rubbish.table, "--price", "1", "--bond", "1")["asset"]
    model = rubbish.folder / "good.bin"
    model.write_bytes(rubbish.models["linear"])
    lines = {f"{line} {one!r}": (one, line) for line in LINES_OF_ID for one in (*IDS, asset)}
    for one, line in some(chance, deep, lines, 10).values():
        tries.refused(repr(one), line, one, model)
    tries.end(record_property)


def test_models__rubbish_or_of_another_kind__are_refused(rubbish, chance, deep, record_property):
    """By who would stake a bond on them."""
    tries, bounty = Tries(rubbish), rubbish.open()
    ways = spoiling.spoiled(chance, rubbish.models["linear"], 200 if deep else 4)
    found = some(chance, deep, spoiling.anything() | ways, 5)
    found |= {f"a {kind}": rubbish.models[kind] for kind in ("tree", "network")}
    for number, (title, data) in enumerate(found.items()):
        path = rubbish.folder / f"model-{number}"
        path.write_bytes(data)
        for line in ("commit ID MODEL", "prove ID MODEL"):
            tries.refused(title, line, bounty, path)
    for kind, number in (("network", 3), ("tree", 1)):
        bounty = rubbish.open(circuit=number)
        for title, data in spoiling.spoiled(chance, rubbish.models[kind], 100 if deep else 3).items():
            path = rubbish.folder / f"{kind}-{title}".replace(" ", "-")
            path.write_bytes(data)
            tries.refused(f"{kind}, {title}", "commit ID MODEL", bounty, path)
    tries.end(record_property)


def test_schemas_and_sheets__that_somebody_published__are_refused(rubbish, chance, deep, record_property):
    tries, model = Tries(rubbish), rubbish.folder / "mine.bin"
    model.write_bytes(rubbish.models["linear"])
    good = rubbish.schema.to_bytes()
    ways = spoiling.spoiled(chance, good, 60)
    for title, data in some(chance, deep, spoiling.anything() | ways, 4).items():
        bounty, codes = rubbish.open(schema=data), (0, 1) if title in ways else (1,)
        for line in ("schema ID --out OUT", "train ID TABLE --out OUT"):
            tries.refused(f"schema, {title}", line, bounty, model, codes)
        tries.refused(f"schema, {title}", "commit ID MODEL", bounty, model)
    length = proof_request.sheet_length(LINEAR.sheet)
    sheets = spoiling.anything() | {
        "zeros": bytes(length),
        "ones": b"\xff" * length,
        "short": bytes(length - 1),
    }
    for title, data in some(chance, deep, sheets, 3).items():
        tries.refused(f"sheet, {title}", "commit ID MODEL", rubbish.open(sheet=data), model)
    for changes in ({"schema": b"\1" * 32}, {"sheet": b"\1" * 32}):
        tries.refused(f"nowhere: {changes}", "commit ID MODEL", rubbish.open(**changes), model)
    tries.end(record_property)


def test_turns__of_others_or_too_early__are_refused(rubbish, record_property):
    tries, model = Tries(rubbish), rubbish.folder / "early.bin"
    model.write_bytes(rubbish.models["linear"])
    bounty = rubbish.open()
    for line in ("rows ID", "vindicate ID", "close ID", "receive ID --out OUT", "prove ID MODEL"):
        tries.refused("not his turn", line, bounty, model)
    rubbish.town.advance(86_401)
    for line in ("commit ID MODEL", "prove ID MODEL", "rows ID"):
        tries.refused("too late", line, bounty, model)
    tries.end(record_property)
