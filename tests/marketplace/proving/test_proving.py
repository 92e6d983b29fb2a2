"""Hashes, curves, tables and statements of proved scores, against Noir's own values and a real proof's."""

import json
from pathlib import Path

import pytest
from coincurve import PrivateKey
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from marketplace.constants import BN254_P, BN254_R
from marketplace.errors import DataError
from marketplace.proving import curve, grumpkin, reference, tables
from marketplace.proving.linear import ProvedModel
from marketplace.proving.poseidon2 import permute
from marketplace.proving.shapes import LINEAR, LINEAR_LARGE, SHAPES, SHEET, TREE, WIDTH, shape_for
from marketplace.proving.statement import model_commitment, read_model, unseal
from marketplace.proving.tables import TestTable
from marketplace.proving.toolchain import ProvingError, Toolchain

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "proof.json").read_text())
NOIR_PERMUTATION = (
    0x224785A48A72C75E2CBB698143E71D5D41BD89A2B9A7185871E39A54CE5785B1,
    0x225BB800DB22C4F4B09ACE45CB484D42B0DD7DFE8708EE26AACDE6F2C1FB2CB8,
    0x1180F4260E60B4264C987B503075EA8374B53ED06C5145F8C21C2AADB5087D21,
    0x16C877B5B9C04D873218804CCBF65D0EEB12DB447F66C9CA26FEC380055DF7E9,
)
"""What Noir's poseidon2_permutation gives for 1, 2, 3, 4."""
NOIR_MULTIPLE = (
    0x0A9812C13FE707D0FCD983FF4EA5C5AE841BB684646D50DE8A50CC5F202AA9F4,
    0x0E6D5C3709896652458C0A530AFA953ECF7DDD5B4FE0FC79B2BF4B7C9B732060,
)
"""What Noir's fixed_base_scalar_mul gives for 77 + 5 x 2^128."""


def vector_table():
    return TestTable(tuple(tuple(row) for row in VECTOR["features"]), tuple(VECTOR["labels"]))


def test_permute__one_to_four__is_noirs():
    assert permute((1, 2, 3, 4)) == NOIR_PERMUTATION


def test_multiply__of_the_generator__is_noirs_and_on_the_curve():
    point = grumpkin.multiply(77 + (5 << 128))
    assert point == NOIR_MULTIPLE
    assert grumpkin.is_on_curve(point)
    assert not grumpkin.is_on_curve((point[0], point[1] + 1))
    assert grumpkin.multiply(grumpkin.ORDER) == grumpkin.INFINITY
    assert grumpkin.add(point, (point[0], -point[1] % BN254_R)) == grumpkin.INFINITY


def test_multiply__both_sides_of_an_exchange__agree():
    ours, theirs = grumpkin.multiply(1234567), grumpkin.multiply(7654321)
    assert grumpkin.multiply(7654321, ours) == grumpkin.multiply(1234567, theirs)


def test_sheet__of_a_real_proof__opens_to_its_rows_with_the_key_alone():
    inputs = [int(number, 16) for number in VECTOR["sheet_inputs"]]
    sheet = inputs[65:]
    salt, words = tables.open_sheet(VECTOR["k"], sheet)
    table = tables.read_table(words, SHEET, 2, 100)
    assert (salt, table) == (VECTOR["rows_salt"], vector_table())
    assert tables.rows_commitment(salt, words) == inputs[64]
    other, _ = tables.open_sheet(VECTOR["k"] + 1, sheet)
    assert other != salt


def test_sheet__as_a_file__comes_back_and_nothing_else_does():
    sheet = [int(number, 16) for number in VECTOR["sheet_inputs"]][65:]
    proof = bytes.fromhex(VECTOR["sheet_proof"][2:])
    data = tables.sheet_bytes(sheet, proof)
    assert tables.parse_sheet(data, SHEET) == (sheet, proof)
    for bad in (data[:-1], data + b"\0", b"", b"\xff" * len(data)):
        with pytest.raises(DataError, match="not a sheet"):
            tables.parse_sheet(bad, SHEET)


@pytest.mark.parametrize("k", [1, 2, 101, 2**255])
def test_key_signature__is_a_valid_signature_of_nonce_one(k):
    s = int.from_bytes(tables.key_signature(k), "big")
    data = PrivateKey(k.to_bytes(32, "big")).public_key.format(compressed=False)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), data)
    signature = utils.encode_dss_signature(tables.SECP256K1_GX, s)
    key.verify(signature, tables.MESSAGE, ec.ECDSA(utils.Prehashed(hashes.SHA256())))


def test_unseal__of_a_real_proof__gives_the_model_to_its_reader_alone():
    sealed = [int(number, 16) for number in VECTOR["sealed"]]
    context = int(VECTOR["context"], 16)
    model = read_model(unseal(int(VECTOR["reader"], 16), context, sealed))
    assert model == ProvedModel(tuple(VECTOR["weights"]), VECTOR["bias"])
    assert model_commitment(606, model) == int(VECTOR["model"], 16)
    with pytest.raises(DataError, match="another key"):
        read_model(unseal(int(VECTOR["reader"], 16) + 1, context, sealed))
    with pytest.raises(DataError, match="another key"):
        read_model(unseal(int(VECTOR["reader"], 16), context + 1, sealed))
    with pytest.raises(DataError, match="not on the curve"):
        unseal(5, context, [sealed[0] + 1, *sealed[1:]])


def test_words__of_random_models__come_back(chance):
    for _ in range(200):
        weights = tuple(chance.randrange(-(2**39), 2**39) for _ in range(WIDTH))
        model = ProvedModel(weights, chance.randrange(-(2**52), 2**52))
        assert read_model(model.words()) == model


@pytest.mark.parametrize("model", [((2**39,), 0), ((-(2**39) - 1,), 0), ((0,), 2**52), ((0,), -(2**52) - 1)])
def test_words__beyond_their_bits__are_refused(model):
    weights, bias = model
    with pytest.raises(DataError, match="too large"):
        ProvedModel(weights + (0,) * (WIDTH - 1), bias).words()


def test_table__random_rows__come_back(chance):
    for shape, count in [*((LINEAR, count) for count in (1, 27, 28, 29, 512)), (LINEAR_LARGE, 3000)]:
        width = chance.randrange(1, WIDTH + 1)
        rows = tuple(tuple(chance.randrange(-256, 256) for _ in range(width)) for _ in range(count))
        table = TestTable(rows, tuple(chance.randrange(2) for _ in range(count)))
        table.check(shape)
        words = tables.table_words(*table.cells(shape))
        assert len(words) == shape.table_words
        assert max(words) < 2**252
        assert tables.read_table(words, shape, width, count) == table


def test_table__other_rows_than_promised__are_refused():
    words = tables.table_words(*vector_table().cells(LINEAR))
    for width, count in ((2, 99), (2, 101), (1, 100)):
        with pytest.raises(DataError, match="sheet has"):
            tables.read_table(words, LINEAR, width, count)


@pytest.mark.parametrize(
    ("rows", "labels", "why"),
    [
        (((256,),), (0,), "outside"),
        (((-257,),), (0,), "outside"),
        (((-(2**31),),), (0,), "outside"),
        (((0,),), (2,), "no class"),
        (((0,) * 31,), (0,), "31 features"),
        (((0,),) * 513, (0,) * 513, "513 test rows"),
    ],
)
def test_check__what_does_not_fit__is_named(rows, labels, why):
    with pytest.raises(DataError, match=why):
        TestTable(rows, labels).check(LINEAR)


def test_lead__of_the_vectors_model__is_what_was_proved():
    assert ProvedModel(tuple(VECTOR["weights"]), VECTOR["bias"]).lead(vector_table()) == 80


def test_powers__each__is_the_one_before_times_the_base():
    base = reference.secret_power()
    points = list(curve.powers(base, 5))
    assert points[0] == curve.G1
    for i, (x, y) in enumerate(points):
        assert (y * y - x * x * x - 3) % BN254_P == 0
        assert (x, y) == slow_multiple(pow(base, i, BN254_R))


def slow_multiple(scalar):
    """Double and add, one inversion each."""
    total = None
    for bit in f"{scalar:b}":
        total = total and slow_add(total, total)
        if bit == "1":
            total = slow_add(total, curve.G1) if total else curve.G1
    return total


def slow_add(first, second):
    (x1, y1), (x2, y2) = first, second
    over, under = (y2 - y1, x2 - x1) if x1 != x2 else (3 * x1 * x1, 2 * y1)
    slope = over * pow(under, -1, BN254_P)
    x = (slope * slope - x1 - x2) % BN254_P
    return x, (slope * (x1 - x) - y1) % BN254_P


def test_reference__that_is_there__is_kept(tmp_path):
    reference.make_reference(tmp_path, 4)
    made = (tmp_path / "bn254_g1.dat").read_bytes()
    assert len(made) == 4 * 64
    assert made[:64] == (1).to_bytes(32, "big") + (2).to_bytes(32, "big")
    (tmp_path / "bn254_g1.dat").write_bytes(b"\0" * 300)
    reference.make_reference(tmp_path, 4)
    assert (tmp_path / "bn254_g1.dat").read_bytes() == b"\0" * 300


def test_shape_for__each_number_of_rows__is_the_smallest_that_fits():
    assert [shape_for("linear", rows) for rows in (1, 512, 513, 4096)] == [LINEAR] * 2 + [LINEAR_LARGE] * 2
    assert shape_for("tree", 512) is TREE
    for kind, rows in (("tree", 513), ("linear", 4097)):
        with pytest.raises(DataError, match=f"{rows} test rows"):
            shape_for(kind, rows)


@pytest.mark.parametrize(
    ("name", "shape"), [("proof", LINEAR), ("proof_tree", TREE), ("proof_large", LINEAR_LARGE)]
)
def test_proof_bytes__of_a_real_proof__are_what_the_shape_says(name, shape):
    vector = json.loads((Path(__file__).parents[2] / "vectors" / f"{name}.json").read_text())
    assert len(vector["proof"]) == 2 + 2 * shape.proof_bytes
    model = read_model(unseal(int(vector["reader"], 16), int(vector["context"], 16), numbers(vector)), shape)
    assert model_commitment(606, model) == int(vector["model"], 16)


def numbers(vector):
    return [int(number, 16) for number in vector["sealed"]]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_verifier__each_shipped__is_known_as_unsafe_and_says_so(shape):
    code = shape.artifact()["verifier"]["bytecode"]
    assert reference.is_insecure(code)
    assert b"UNSAFE: for tests and local chains" in bytes.fromhex(code[2:])
    assert not reference.is_insecure("0x60806040")


def test_prove__without_the_tools__says_how_to_get_them(tmp_path):
    with pytest.raises(ProvingError, match="not installed") as found:
        Toolchain(tmp_path).prove(LINEAR, {})
    assert "tessera proved setup" in found.value.hint
