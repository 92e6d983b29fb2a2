"""Targets for a fuzzer: models, rows, tables, schemas, manifests, relay files, wallets, settings, logs."""

import io
import json
import tempfile
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np

from marketplace.chain.deployment import load_deployment
from marketplace.chain.index_decode import BadLog, codecs_of
from marketplace.chain.index_logs import Header, Schema
from marketplace.codec import canonical_json
from marketplace.config import load_settings
from marketplace.crypto import keystore, secret_box
from marketplace.crypto.backup import read_backup
from marketplace.datasets import build_schema, parse_rows, parse_schema, parse_table, write_table
from marketplace.datasets.rows import serialise_rows
from marketplace.errors import MarketplaceError
from marketplace.models import decode_model, encode_model, model_hash, raw_outputs
from marketplace.models.skops_file import dump_estimator, estimator_class, open_estimator_bytes
from marketplace.services import attestations, relay_files
from marketplace.services.artifacts import Stored
from marketplace.services.manifest import Manifest, parse_manifest
from marketplace.types import RAW_CODEC, Cid
from tests.fuzz.lenient import canonical
from tests.indexing import CONTRACTS, DEPLOYMENT, listed, make_log

ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
MARKET = SimpleNamespace(chain_id=31337, address=lambda _: ADDRESS)
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "models.json").read_text())
CSV = b"age,income,town,ill\n" + b"".join(
    f"{i},{i * 7}.5,{'AB'[i % 2]},{'yn'[i % 3 == 0]}\n".encode() for i in range(1, 40)
)


def model(data):
    """A model has one form, and computes."""
    found = decode_model(data)
    assert encode_model(found) == data
    assert len(model_hash(found)) == 32
    raw_outputs(found, np.zeros((2, found.head.features), dtype=np.int32))


def models():
    return [bytes.fromhex(one["bytes"]) for one in VECTORS["models"]]


def rows(data):
    """Rows have one form."""
    found = parse_rows(data)
    assert serialise_rows(found) == data


def row_files():
    return [bytes.fromhex(VECTORS["rows_file"])]


def table(data):
    """A table that can be read can be written, and read again; of odd ones the separator is a guess."""
    found = parse_table(data, "table")
    parse_table(write_table(found), "table")
    made = build_schema(found, found.columns[-1])
    assert parse_schema(made.to_bytes()) == made
    made.encode(found)


def tables():
    return [
        CSV,
        CSV.replace(b",", b";").replace(b".", b","),
        CSV.decode().encode("utf-16"),
        b'a,b\n"x\ny",1\n',
    ]


def schema(data):
    """A row schema has one form, and reads a table or refuses it."""
    for one in canonical(data):
        try:
            found = parse_schema(one)
            assert found.to_bytes() == one
            found.encode(parse_table(CSV, "table"))
        except MarketplaceError:
            continue


def schemas():
    read = parse_table(CSV, "table")
    return [build_schema(read, name).to_bytes() for name in ("ill", "income", "age>=10")]


def manifest(data):
    """What is read from a manifest can be written and read again."""
    for one in canonical(data):
        try:
            found = parse_manifest(one)
        except MarketplaceError:
            continue
        assert parse_manifest(found.to_bytes()) == found


def manifests():
    fields = [{"name": "age", "dataType": "integer", "missing": True}]
    stored = Stored(Cid(RAW_CODEC, bytes(range(32))), b"\x01" * 32, 4321, b"\x02" * 32)
    subject = {"records": 3, "fields": fields}
    licence, uses = "CC-BY-4.0", ("research", "redistribute")
    one = Manifest(1, "Patients", "Ages\nof some", licence, uses, "text/csv", subject, stored, b"\x03" * 32)
    facts = {"hash": "ab", "shape": "trees", "trees": 4}
    two = replace(
        one, kind=2, subject=facts, encoding="application/vnd.tessera.model", published="2026-01-31"
    )
    return [one.to_bytes(), two.to_bytes(), replace(one, accepted_only=True, url="eip155:1/x").to_bytes()]


SIGNATURE = (b"\x01" * 64 + b"\x1b").hex()
HEAD = {"chain": 31337, "bounty": "0x" + 64 * "a", "round": 1}
ITEMS = {
    relay_files.CLAIMS: {"maker": ADDRESS, "score": 5, "signature": SIGNATURE},
    relay_files.COMMITMENTS: {"place": 1, "hash": 64 * "b", "signature": SIGNATURE},
    relay_files.LOCK: {"candidate": 1, "lock": ADDRESS, "signature": SIGNATURE},
}


def relay(data):
    """What others signed fits the contract's numbers, or is refused."""
    for one in canonical(data):
        for read in (relay_files.read_claims, relay_files.read_commitments, attestations.read_opened):
            try:
                _, found = read(MARKET, [one])
            except MarketplaceError:
                continue
            for item in found:
                assert 0 <= getattr(item, "score", 0) < 2**64
                assert 0 <= getattr(item, "place", 0) < 2**8
        try:
            assert 0 <= relay_files.read_lock(MARKET, one)[1].candidate < 2**8
        except MarketplaceError:
            continue


def relays():
    files = [{**HEAD, "format": kind, "bounties": ADDRESS, "items": [one]} for kind, one in ITEMS.items()]
    told = {"place": 1, "salt": 64 * "c", "signature": SIGNATURE, "verdict": 1, "score": 7, "sums": [1, 2]}
    told |= {"evidenceRoot": 64 * "d", "evidence": 64 * "e"}
    files.append({**HEAD, "format": attestations.FORMAT, "panels": ADDRESS, "attestations": [told]})
    return [canonical_json(one) for one in files]


def _scrypt(_, salt, key_len, N, r, p, num_keys=1):
    assert 128 * N * r <= 2**30 + 2**20
    assert N * r * p <= 2**28
    assert key_len <= 1024
    return bytes(key_len)


def _pbkdf2(hash_name, password, salt, iterations, dklen=None):
    assert iterations * -(-(dklen or 32) // 20) <= 10**8
    return bytes(dklen or 32)


def _stretch(_password, _salt, n):
    assert n <= 2**20
    return bytes(32)


def wallet(data):
    """No file of a wallet makes this computer stretch a key for longer, or in more memory, than it has."""
    with (
        mock.patch("eth_keyfile.keyfile.scrypt", _scrypt),
        mock.patch("eth_keyfile.keyfile.hashlib.pbkdf2_hmac", _pbkdf2),
        mock.patch.object(secret_box, "_stretch", _stretch),
    ):
        for read in (
            lambda: keystore.open_plain_keystore(data, "password"),
            lambda: keystore.open_keystore(keystore.parse_keystore(data, "this"), "alice", "password"),
            lambda: read_backup(data).open("alice", "password"),
        ):
            try:
                read()
            except MarketplaceError:
                continue


@cache
def wallets():
    folder = Path(tempfile.mkdtemp(prefix="tessera-fuzz-"))
    keys = keystore.Keystore(folder, 2)
    obj = keys.read(keys.import_key("alice", b"\x01" * 32, "password").name)
    params = {"c": 2, "dklen": 32, "prf": "hmac-sha256", "salt": "00" * 16}
    plain = {**obj["crypto"], "kdf": "pbkdf2", "kdfparams": params}
    four = {"kdf": {"function": "scrypt", "params": obj["crypto"]["kdfparams"]}, "kdfparams": {"n": 2}}
    found = [obj, {**obj, "crypto": plain}, {**obj, "version": 4, "crypto": {**obj["crypto"], **four}}]
    found.append({**obj, "CRYPTO": obj["crypto"], "backup": {"version": 1, "notes": {}, "mac": "00"}})
    return [json.dumps(one).encode() for one in found]


@cache
def _codecs():
    return [codec for name in CONTRACTS for codec in codecs_of(name).values()]


def logs(data):
    """A log is read or refused; what is read is no larger than the log."""
    head, data = data[:1] or b"\0", data[1:]
    codec = _codecs()[head[0] % len(_codecs())]
    topics = [data[32 * i : 32 * i + 32].ljust(32, b"\0") for i in range(len(codec.indexed))]
    body = data[32 * len(topics) :]
    try:
        found = codec.decode(topics, body)
    except BadLog:
        return
    assert len(repr(found)) <= 400 * (len(body) + 32 * len(topics) + 64)


def log_bytes():
    found = []
    for number, codec in enumerate(_codecs()):
        log = make_log(codec.contract, codec.name, {})
        parts = [bytes.fromhex(one[2:]) for one in (*log["topics"][1:], log["data"])]
        found.append(bytes([number]) + b"".join(parts))
    return found


@cache
def _index():
    return Schema(DEPLOYMENT, 31337)


def answers(data):
    """A node's logs and blocks are kept in a form that a database takes, or refused."""
    try:
        obj = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        header = Header.parse(obj)
        assert 0 <= header.number < 2**63
        assert 0 <= header.time < 2**63
        assert len(header.hash) == 32
    except MarketplaceError:
        pass
    found = _index().read(obj, 1, 0, 2**31)
    for row in found.rows:
        assert 0 <= row[0] < 2**63
        assert len(row[2]) == 32
        assert all(one is None or len(one) == 32 for one in row[3:6])
    for block_hash, when, _ in found.blocks.values():
        assert len(block_hash) == 32
        assert when is None or 0 <= when < 2**63


def answer_texts():
    place = {"blockNumber": "0x5", "logIndex": "0x0", "blockHash": "0x" + 64 * "1"}
    place |= {"transactionHash": "0x" + 64 * "2", "blockTimestamp": "0x6567"}
    header = {"number": "0x5", "hash": "0x" + 64 * "1", "timestamp": "0x6567"}
    return [json.dumps(one).encode() for one in ([{**listed(7), **place}], header, [])]


def skops_zip(data):
    """A file of an estimator is looked at without opening more than it may."""
    estimator_class(data)
    open_estimator_bytes(data)


@cache
def _estimator():
    from sklearn.tree import DecisionTreeClassifier

    x = np.arange(12.0).reshape(6, 2)
    return dump_estimator(DecisionTreeClassifier(max_depth=2).fit(x, x[:, 0] > 5))


def skops_zips():
    return [_estimator()]


def skops_schema(data):
    """Whatever a schema asks to be made, only trusted types are made, and whole trees."""
    with zipfile.ZipFile(io.BytesIO(_estimator())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, part in {**parts, "schema.json": data}.items():
            archive.writestr(name, part)
    open_estimator_bytes(sink.getvalue())


def skops_schemas():
    with zipfile.ZipFile(io.BytesIO(_estimator())) as archive:
        return [archive.read("schema.json")]


def settings(data):
    """An .env file is read or refused."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        found = load_settings({}, environ={}, env_file=Path(file.name))
    for path in (found.home, found.store_path, found.password_file, found.anvil):
        assert path is None or "\0" not in str(path)


def setting_texts():
    lines = b"TESSERA_HOME=~/x\nexport TESSERA_RPC_URL='http://127.0.0.1:1'\n# note\nTESSERA_STORE=kubo:http://a:1\n"
    return [lines, b"TESSERA_INDEX_URL=off\nTESSERA_POLL_SECONDS=3\nTESSERA_DEPLOYMENT=main\nOTHER=1\n"]


def deployment(data):
    """A record of contracts is read or refused."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        load_deployment(Path(file.name)).addresses()


def deployments():
    placed = {"address": ADDRESS, "block": 1, "transaction": "0x" + 64 * "1"}
    found = {
        "chain_id": 31337,
        "token": ADDRESS,
        "contracts": {"Vault": placed},
        "parameters": {"referee": "0x0"},
    }
    return [json.dumps(found).encode()]
