"""What commands read without a chain: for each kind of file the lines that read it, and bad ones by hand."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from trying import MIB

from marketplace.codec import canonical_json
from marketplace.crypto.keystore import Keystore
from marketplace.datasets import build_schema, parse_table
from marketplace.models import decode_model
from marketplace.models.skops_file import dump_estimator
from marketplace.storage.dagpb import Link, encode_node, encode_varint
from marketplace.types import DAG_PB_CODEC, RAW_CODEC, Cid
from tests.fuzz import content, documents

CSV = documents.CSV
SCHEMA = build_schema(parse_table(CSV, "table"), "ill").to_bytes()
WIDTH = len(json.loads(SCHEMA)["features"])
TREE_HEAD = struct.Struct(">4sBBBBHQI")
PASSWORD = "correct horse"


def tree_model(trees, counts=(), *, features=4, outputs=1, task=1, divisor=1, shape=2, body=b""):
    head = TREE_HEAD.pack(b"TSRM", 1, shape, task, outputs, features, divisor, trees)
    return head + bytes(8) * max(outputs, 1) + b"".join(n.to_bytes(4, "big") for n in counts) + body


LEAF, NODE = b"\x80\0\0\0\0\0\1", b"\0\0\0\0\0\0\1"


def models():
    """Models that claim more than they have, or lead nowhere."""
    deep = NODE * 70 + LEAF * 71
    return {
        "40 bytes for 10^9 trees": tree_model(10**9).ljust(40, b"\0"),
        "40 bytes for 65,536 trees": tree_model(65_536).ljust(40, b"\0"),
        "4,294,967,295 nodes": tree_model(1, (2**32 - 1,), body=LEAF),
        "65,536 trees of 4 billion nodes": tree_model(65_536, (2**32 - 1,) * 65_536),
        "no tree": tree_model(0),
        "a tree of no node": tree_model(1, (0,)),
        "no leaf": tree_model(1, (3,), body=NODE * 3),
        "leaves only": tree_model(1, (3,), body=LEAF * 3),
        "71 deep": tree_model(1, (141,), body=deep),
        "unknown flags": tree_model(1, (1,), body=b"\x90" + LEAF[1:]),
        "a feature that is not there": tree_model(1, (3,), body=b"\0\xff\xff\0\0\0\1" + LEAF * 2),
        "no feature": tree_model(1, (1,), features=0, body=LEAF),
        "65,535 features": tree_model(1, (1,), features=65_535, body=LEAF),
        "255 outputs": tree_model(255, (1,) * 255, outputs=255, body=LEAF * 255),
        "divisor zero": tree_model(1, (1,), task=2, divisor=0, body=LEAF),
        "divisor 2^64 - 1": tree_model(1, (1,), task=2, divisor=2**64 - 1, body=LEAF),
        "unknown task": tree_model(1, (1,), task=9, body=LEAF),
        "unknown shape": tree_model(1, (1,), shape=9, body=LEAF),
        "65,535 columns": tree_model(0, shape=1)[:18] + b"\xff\xff" + bytes(8),
        "a byte too many": tree_model(1, (1,), body=LEAF) + b"\0",
        "another version": b"TSRM\x02" + tree_model(1, (1,), body=LEAF)[5:],
        "33 MiB": tree_model(1, (1,), body=LEAF).ljust(33 * MIB, b"\0"),
    }


def _zip(parts, compression=zipfile.ZIP_DEFLATED):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", compression) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return sink.getvalue()


def _lying(data, size):
    """Make every part of an archive say that it has another length, and what it begins with as its sum."""
    import zlib

    out, at = bytearray(data), 0
    while (at := out.find(b"PK\x01\x02", at)) >= 0:
        out[at + 16 : at + 20] = zlib.crc32(b"0" * size).to_bytes(4, "little")
        out[at + 24 : at + 28] = size.to_bytes(4, "little")
        at += 4
    return bytes(out)


def skops_files():
    """Archives that unfold into more than they say, or hold what is to be run."""
    nothing = '{"__class__": "Ridge", "__module__": "sklearn.linear_model._ridge", "content": %s}'
    bomb = _zip([("schema.json", b"0" * (600 * MIB))])
    call = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": "os.system"}
    deep = nothing % ("[" * 10_000 + "]" * 10_000)
    return {
        "600 MiB of schema in 600 KB": bomb,
        "600 MiB that say they are 10 bytes": _lying(bomb, 10),
        "70 MiB of schema": _zip([("schema.json", b"0" * (70 * MIB))]),
        "3,000 parts": _zip([(str(i), b"") for i in range(3000)]),
        "no schema": _zip([("other.json", b"{}")]),
        "schema in lzma": _zip([("schema.json", nothing % "1")], zipfile.ZIP_LZMA),
        "schema in bzip2": _zip([("schema.json", nothing % "1")], zipfile.ZIP_BZIP2),
        "schema twice": _zip([("schema.json", nothing % "1")] * 2),
        "schema 10,000 deep": _zip([("schema.json", deep)]),
        "schema of digits": _zip([("schema.json", "9" * 10**6)]),
        "schema of a number": _zip([("schema.json", "1")]),
        "schema of bytes": _zip([("schema.json", bytes(range(256)))]),
        "a call": _zip([("schema.json", json.dumps(call))]),
        "a path": _zip([("../../schema.json", "{}"), ("schema.json", "{}")]),
        "end only": b"PK\x05\x06" + bytes(18),
    }


def tables():
    """Tables that are none."""
    ragged = b"a,b,c\n1,2\n3,4,5\n"
    return {
        "header only": b"a,b,c\n",
        "numbers only": b"1,2,3\n4,5,6\n",
        "ragged": ragged,
        "two columns of one name": b"a,a\n1,2\n",
        "no name": b"a,,c\n1,2,3\n",
        "5,000 columns": b",".join(b"c%d" % i for i in range(5000))
        + b"\n"
        + b",".join([b"1"] * 5000)
        + b"\n",
        "a field of 200 KB": b"age,income,town,ill\n1,2," + b"x" * 200_000 + b",y\n",
        "a line of 20 MB": b"a,b\n" + b"1" * (20 * MIB) + b",2\n",
        "a number too large": b"age,income,town,ill\n1e999,1,A,y\n2,2,B,n\n",
        "never closed": b'age,income,town,ill\n1,2,"A,y\n3,4,B,n\n',
        "another table": b"x,y\n1,2\n3,4\n",
        "zeros inside": b"a,b\n1,\0\n",
        "html": b"<!doctype html><html><body>404</body></html>\n",
        "json": b'{"a": [1, 2], "b": [3, 4]}\n',
        "xlsx": b"PK\x03\x04\x14\0\x06\0" + bytes(100),
        "parquet": b"PAR1" + bytes(100) + b"PAR1",
        "text for numbers": b"age,income,town,ill\nold,rich,A,y\nyoung,poor,B,n\n",
        "labels that are unknown": b"age,income,town,ill\n1,2,A,maybe\n",
        "no label": b"age,income,town,ill\n1,2,A,\n2,3,B,?\n",
    }


def _schema(**fields):
    return canonical_json({**json.loads(SCHEMA), **fields})


def schemas():
    """Row schemas with numbers, names and targets that can't be."""
    feature = {"column": "age", "kind": "number", "scale": 1, "divisor": 1}
    target = json.loads(SCHEMA)["target"]
    return {
        "no feature": _schema(features=[]),
        "1,025 features": _schema(features=[{**feature, "column": str(i)} for i in range(1025)]),
        "one twice": _schema(features=[feature, feature]),
        "scale zero": _schema(features=[{**feature, "scale": 0}]),
        "divisor zero": _schema(features=[{**feature, "divisor": 0}]),
        "divisor negative": _schema(features=[{**feature, "divisor": -1}]),
        "scale 2^63": _schema(features=[{**feature, "scale": 2**63}]),
        "scale of 4,000 digits": _schema(features=[{**feature, "scale": 10**4000}]),
        "a column that is not there": _schema(features=[{**feature, "column": "height"}]),
        "a column that is a list": _schema(features=[{**feature, "column": ["age"]}]),
        "a category without text": _schema(
            features=[{"column": "town", "kind": "indicator", "category": None}]
        ),
        "17 classes": _schema(target={**target, "classes": [str(i) for i in range(17)]}),
        "one class": _schema(target={**target, "classes": ["y"]}),
        "a class twice": _schema(target={**target, "classes": ["y", "y"]}),
        "classes that are numbers": _schema(target={**target, "classes": [1, 2]}),
        "a condition of 400,000 spaces": _schema(target={**target, "spec": "a" + " " * 400_000 + "b"}),
        "another format": _schema(format="tessera/row-schema/v2"),
        "another missing": _schema(missing=0),
        "a member more": _schema(more=1),
        "spaces": json.dumps(json.loads(SCHEMA)).encode(),
        "2 MiB": SCHEMA.ljust(2 * MIB),
    }


def _car(root, *blocks):
    header = b"\xa2\x65roots\x81\xd8\x2a\x58\x25\x00" + bytes(root) + b"\x67version\x01"
    parts = [encode_varint(len(header)) + header]
    parts += [encode_varint(36 + len(data)) + bytes(cid) + data for cid, data in blocks]
    return b"".join(parts)


def _raw(data):
    from hashlib import sha256

    return Cid(RAW_CODEC, sha256(data).digest()), data


def _node(*links):
    from hashlib import sha256

    block = encode_node(list(links))
    return Cid(DAG_PB_CODEC, sha256(block).digest()), block


def chain(depth, width, size=1):
    """Return a tree of few blocks in which each node names the one below over and over, root first."""
    blocks = [_raw(b"x" * size)]
    total = size
    for _ in range(depth):
        blocks.append(_node(*[Link(blocks[-1][0], total, total)] * width))
        total *= width
    return blocks[::-1]


def cars():
    """CARs of what nobody asked for, or of files that have no end."""
    one, other = _raw(b"hello"), _raw(b"world")
    node = _node(Link(one[0], 5, 5), Link(other[0], 5, 5))
    deep, lie = chain(9, 2), _node(Link(one[0], 6, 5))
    far = _node(Link(node[0], 2**62, 1))
    return {
        "no block": _car(one[0]),
        "another block": _car(one[0], other),
        "a block too many": _car(one[0], one, other),
        "a block that lies": _car(one[0], (one[0], b"HELLO")),
        "half a file": _car(node[0], node, one),
        "leaves first": _car(node[0], one, other, node),
        "a size that lies": _car(lie[0], lie, one),
        "2^62 bytes": _car(far[0], far, node, one, other),
        "ten levels": _car(deep[0][0], *deep),
        "a block of 2^60 bytes": _car(one[0]) + encode_varint(2**60),
        "a header of 2^60 bytes": encode_varint(2**60) + b"\xa2",
        "a header of a gigabyte": encode_varint(2**30) + b"\xa2" * 100,
        "no root": b"\x11\xa2\x65roots\x80\x67version\x01",
        "version 2": b"\x0a\xa1\x67version\x02" + bytes(40),
        "lengths without end": _car(one[0]) + b"\x80" * 1000,
        "a node that is none": _car(*(lambda b: (b[0], b))((Cid(DAG_PB_CODEC, one[0].digest), one[1]))),
    }


def wallets(keystore, *, wrap):
    """Keystores that ask for what this computer does not have; ``wrap`` makes the file of an object."""
    crypto = keystore["crypto"]
    pbkdf = {"c": 10, "dklen": 32, "prf": "hmac-sha256", "salt": "00" * 16}

    def stretched(**params):
        return {**keystore, "crypto": {**crypto, "kdfparams": {**crypto["kdfparams"], **params}}}

    def pbkdf2(**params):
        return {**keystore, "crypto": {**crypto, "kdf": "pbkdf2", "kdfparams": {**pbkdf, **params}}}

    four = {"function": "scrypt", "params": {**crypto["kdfparams"], "n": 2**40}}
    version_4 = {**keystore, "version": 4, "crypto": {**crypto, "kdf": four}}
    hostile = {**crypto, "kdfparams": {**crypto["kdfparams"], "n": 2**40}}
    found = {
        "scrypt n = 2^40": stretched(n=2**40),
        "scrypt n = 3": stretched(n=3),
        "scrypt n = 0": stretched(n=0),
        "scrypt n = -2": stretched(n=-2),
        "scrypt n is a text": stretched(n="4096"),
        "scrypt n is true": stretched(n=True),
        "scrypt r = 2^40": stretched(r=2**40),
        "scrypt p = 2^40": stretched(p=2**40),
        "scrypt of 10^12 bytes": stretched(dklen=10**12),
        "scrypt of one byte": stretched(dklen=1),
        "scrypt salt is none": stretched(salt="zz"),
        "pbkdf2 c = 10^12": pbkdf2(c=10**12),
        "pbkdf2 of 10^12 bytes": pbkdf2(dklen=10**12),
        "pbkdf2 of 2^31 - 1 bytes": pbkdf2(dklen=2**31 - 1),
        "pbkdf2 of an unknown hash": pbkdf2(prf="hmac-md17"),
        "pbkdf2 of no hmac": pbkdf2(prf="crc32"),
        "version 4, n = 2^40": version_4,
        "version 9": {**keystore, "version": 9},
        "names in other cases": {**keystore, "CRYPTO": hostile},
        "names in other cases, inside": stretched(N=2**40),
        "no kdf": {**keystore, "crypto": {name: part for name, part in crypto.items() if name != "kdf"}},
        "a vector of 40 bytes": {**keystore, "crypto": {**crypto, "cipherparams": {"iv": "ff" * 40}}},
        "a text of 1,000 bytes": {**keystore, "crypto": {**crypto, "ciphertext": "ff" * 1000}},
        "another address": {**keystore, "address": "11" * 20},
        "no address": {**keystore, "address": None},
    }
    return {name: wrap(one) for name, one in found.items()}


def _sealed(**fields):
    def wrap(keystore):
        return {**keystore, "tessera": {**keystore["tessera"], **fields}}

    return wrap


def own_wallets(keystore):
    """What else can be wrong with a wallet of this program: its market secret."""
    found = {
        "secret n = 2^40": _sealed(n=2**40),
        "secret n = 3": _sealed(n=3),
        "secret n is a text": _sealed(n="4096"),
        "secret of another version": _sealed(version=2),
        "secret without nonce": _sealed(nonce=""),
        "secret is a number": _sealed(secret=7),
        "secret is short": _sealed(secret="00"),
    }
    return {name: json.dumps(make(keystore)).encode() for name, make in found.items()}


def deployments():
    """Records of contracts that are none."""
    (good,) = map(json.loads, documents.deployments())
    placed = good["contracts"]["Vault"]
    found = {
        "a chain that is a text": {**good, "chain_id": "31337"},
        "a chain that is true": {**good, "chain_id": True},
        "a negative chain": {**good, "chain_id": -1},
        "no token": {key: value for key, value in good.items() if key != "token"},
        "a token that is a number": {**good, "token": 7},
        "a short address": {**good, "token": "0x1234"},
        "contracts that are a list": {**good, "contracts": [placed]},
        "contracts that are a text": {**good, "contracts": "Vault"},
        "a block that is a fraction": {**good, "contracts": {"Vault": {**placed, "block": 1.5}}},
        "a transaction that is none": {**good, "contracts": {"Vault": {**placed, "transaction": "0xzz"}}},
        "a transaction that is a list": {**good, "contracts": {"Vault": {**placed, "transaction": [1]}}},
        "parameters that are a number": {**good, "parameters": 7},
    }
    return {name: json.dumps(one).encode() for name, one in found.items()}


def settings():
    """Texts of .env that no settings are."""
    lines = {
        "no sign": "TESSERA_HOME",
        "no such setting": "TESSERA_HOUSE=/tmp",
        "a name that is none": "TESSERA-HOME=/tmp",
        "a zero byte": "TESSERA_HOME=a\0b",
        "a zero byte in an address": "TESSERA_RPC_URL=http://a\0b",
        "somebody's home": "TESSERA_HOME=~nobody-of-that-name/x",
        "a port of six digits": "TESSERA_RPC_URL=http://127.0.0.1:123456",
        "a port of letters": "TESSERA_RPC_URL=http://127.0.0.1:port",
        "half an address": "TESSERA_RPC_URL=http://[::1",
        "no host": "TESSERA_RPC_URL=http://",
        "another scheme": "TESSERA_RPC_URL=file:///etc/passwd",
        "a number of 5,000 digits": "TESSERA_POLL_SECONDS=" + "9" * 5000,
        "a negative number": "TESSERA_CONFIRMATIONS=-1",
        "a fraction": "TESSERA_CONFIRMATIONS=1.5",
        "not a number": "TESSERA_MAX_FEE_GWEI=NaN",
        "digits of elsewhere": "TESSERA_CONFIRMATIONS=٣",
        "a square": "TESSERA_CONFIRMATIONS=²",
        "too small": "TESSERA_RPC_TIMEOUT_SECONDS=0",
        "a limit that is none": "TESSERA_MAX_SPEND_PER_DAY=1e3",
        "a limit of 19 digits": "TESSERA_MAX_SPEND_PER_DAY=" + "9" * 19,
        "an index of elsewhere": "TESSERA_INDEX_URL=mysql://x",
        "a store of elsewhere": "TESSERA_STORE=s3://bucket",
        "two nodes": "TESSERA_STORE=kubo:http://a:1,http://b:1",
        "a store with a password": "TESSERA_STORE=gateway:https://me:secret@host",
        "a wallet with a slash": "TESSERA_WALLET=../other",
        "a wallet of spaces": "TESSERA_WALLET=a b",
    }
    return {name: (line + "\n").encode() for name, line in lines.items()}


def blocks():
    """Stored files that are no files, by name: (CID, blocks by CID)."""
    bomb, deep = chain(8, 174), chain(2000, 1)
    nodes = {
        "not a node": b"\x0a\x03abc",
        "a folder": b"\x0a\x02\x08\x01",
        "empty": b"",
        "a varint without end": b"\x80" * 100,
        "a node of 40 KB": b"\x0a\x03abc" * 8000,
        "no size": content.nodes()[0][:-4],
    }
    found = {}
    for name, data in nodes.items():
        (cid, _) = _raw(data)
        found[name] = (Cid(DAG_PB_CODEC, cid.digest), {Cid(DAG_PB_CODEC, cid.digest): data})
    found["2,000 levels"] = (deep[0][0], dict(deep))
    found["nine blocks of 174^8 bytes"] = (bomb[0][0], dict(bomb))
    found["a leaf of a megabyte"] = (_raw(bytes(MIB))[0], dict([_raw(bytes(MIB))]))
    found["bytes of another file"] = (_raw(b"a")[0], {_raw(b"a")[0]: b"b"})
    missing = _node(Link(_raw(b"gone")[0], 4, 4))
    found["a leaf that is gone"] = (missing[0], dict([missing]))
    far = _node(Link(_raw(b"a")[0], 2**63, 1), Link(_raw(b"a")[0], 2**62, 1))
    found["sizes that lie"] = (far[0], dict([far, _raw(b"a")]))
    return found


@dataclass(frozen=True)
class Kind:
    """A kind of file: a good one, the lines that read it (``FILE`` is its name), bad ones by hand."""

    good: bytes
    lines: tuple[str, ...]
    by_hand: Callable[[], dict[str, bytes]] = dict
    place: str = "file"
    most: int = 400 * MIB
    env: tuple[tuple[str, str | None], ...] = ()


def kinds(template):
    """Return all kinds; the template is the folder that `furnish` filled."""
    keystore = Keystore(template / "home" / "wallets")
    own = keystore.read("default")
    plain = {key: value for key, value in own.items() if key != "tessera"}
    backup = (template / "backup.json").read_bytes()
    member = json.loads(backup)["backup"]

    def text(one):
        return json.dumps(one).encode()

    on_rows = "model score model.bin FILE --schema schema.json"
    kept = "home/wallets/other.keystore.json"

    as_other = "wallet import new --light --keystore FILE --keystore-password-file password"

    def as_backup(one):
        return text({**one, "backup": member})

    skops = ("model inspect FILE", "model convert FILE --schema schema.json --out out.bin")
    return {
        "table": Kind(CSV, ("model train FILE --schema schema.json --out out.bin", on_rows), tables),
        "schema": Kind(SCHEMA, ("model train table.csv --schema FILE --out out.bin",), schemas),
        "rows": Kind(documents.row_files()[0], (on_rows,)),
        "model": Kind((template / "model.bin").read_bytes(),
                      ("model inspect FILE", "model export FILE out.onnx",
                       "model score FILE table.csv --schema schema.json"), models),
        "skops": Kind((template / "model.skops").read_bytes(), skops, skops_files, most=600 * MIB),
        "car": Kind(content.cars()[1], ("storage import FILE --yes",), cars),
        "keystore": Kind(text(plain), (as_other,),
                         lambda: wallets(plain, wrap=text)),
        "wallet": Kind(text(own), ("wallet backup other --out out.json",),
                       lambda: {**wallets(own, wrap=text), **own_wallets(own)}, place=kept),
        "backup": Kind(backup, ("wallet restore new --from FILE",), lambda: wallets(own, wrap=as_backup)),
        "deployment": Kind(documents.deployments()[0], ("deploy show other",), deployments,
                           place="home/deployments/other.json"),
        "settings": Kind(documents.setting_texts()[1], ("wallet list",), settings, place=".env",
                         env=(("TESSERA_HOME", None),)),
        "password": Kind(PASSWORD.encode(), ("wallet backup default --out out.json --password-file FILE",)),
    }  # fmt: skip


def furnish(folder):
    """Make the folder in which each case begins."""
    import numpy as np
    from sklearn.tree import DecisionTreeClassifier

    from marketplace.constants import SCRYPT_N_LIGHT
    from marketplace.crypto.backup import make_backup
    from marketplace.models import convert, encode_model

    home = folder / "home"
    for name in ("store/blocks", "store/tmp", "wallets", "deployments"):
        (home / name).mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    (folder / "password").write_text(PASSWORD)
    keystore = Keystore(home / "wallets", SCRYPT_N_LIGHT)
    wallet = keystore.create("default", PASSWORD)
    (folder / "backup.json").write_bytes(make_backup(keystore.read("default"), wallet, {"a": 1}))
    (folder / "table.csv").write_bytes(CSV)
    (folder / "schema.json").write_bytes(SCHEMA)
    x = np.arange(60 * WIDTH, dtype=float).reshape(60, WIDTH) % 17
    tree = DecisionTreeClassifier(max_depth=3, random_state=1).fit(x, (x[:, 0] > 8).astype(int))
    (folder / "model.skops").write_bytes(dump_estimator(tree))
    from marketplace.models import FeatureSpace

    model = convert(tree, FeatureSpace(tuple(map(str, range(WIDTH))), (1,) * WIDTH))
    (folder / "model.bin").write_bytes(encode_model(model))
    assert decode_model(encode_model(model))
