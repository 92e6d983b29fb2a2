"""Targets, row schemas, hidden rows, descriptions and splits."""

import json

import numpy as np
import pytest

from marketplace import merkle
from marketplace.constants import INT32_MAX, MISSING
from marketplace.datasets import (
    TestRows,
    build_schema,
    describe,
    load_breast_cancer_table,
    make_salts,
    pack_rows,
    parse_rows,
    parse_schema,
    parse_table,
    parse_target,
    row_leaf,
    row_proof,
    serialise_rows,
    split,
    unpack_rows,
)
from marketplace.datasets.scaling import choose_scale
from marketplace.errors import DataError

TABLE = parse_table(
    b"id,size,color,flag,same,grade,kind\n"
    b"1,1.25,red,yes,k,9,a\n2,2.5,green,no,k,10,b\n3,,blue,,k,11,a\n4,-3,red,yes,k,,c\n",
    "t",
)


def test_parse_target__condition__has_two_classes_and_no_leak():
    schema = build_schema(TABLE, "grade>=10")
    rows, y = schema.encode(TABLE)
    assert y.tolist() == [0, 1, 1]
    assert "grade" not in [feature.column for feature in schema.features]
    assert schema.target.classes == ("not grade>=10", "grade>=10")
    assert any("1 rows without the target" in note for note in schema.notes)
    assert rows.shape == (3, schema.width)


@pytest.mark.parametrize(
    ("spec", "labels"),
    [
        ("grade > 10", [0, 0, 1]),
        ("grade<10", [1, 0, 0]),
        ("grade<=10", [1, 1, 0]),
        ("grade==10", [0, 1, 0]),
        ("grade=10", [0, 1, 0]),
        ("grade!=10", [1, 0, 1]),
        ("kind==a", [1, 0, 1, 0]),
        ("kind!='a'", [0, 1, 0, 1]),
        ("kind", [0, 1, 0, 2]),
        ("grade", [0, 1, 2]),
    ],
)
def test_labels__each_sign__are_right(spec, labels):
    target = parse_target(TABLE, spec)
    y, known = target.labels(TABLE)
    assert y[known].tolist() == labels


def test_parse_target__number__has_scale_and_bound():
    target = parse_target(TABLE, "size", task="regress")
    assert (target.classes, target.scale, target.bound) == ((), 100, 550)
    y, known = target.labels(TABLE)
    assert y[known].tolist() == [125, 250, -300]


@pytest.mark.parametrize("spec", ["none", "none>=3", "kind>=3", "grade>=abc", "grade>=99", "same", "", ">=3"])
def test_parse_target__unusable__is_refused(spec):
    with pytest.raises(DataError):
        parse_target(TABLE, spec)


def test_build_schema__columns_of_each_kind__become_features_or_notes():
    schema = build_schema(TABLE, "kind")
    assert schema.names == ("size", "color=blue", "color=green", "color=red", "flag=yes", "grade")
    assert len(schema.notes) == 2  # id and same
    rows, _ = schema.encode(TABLE)
    assert rows.tolist() == [
        [125, 0, 0, 1, 1, 9],
        [250, 0, 1, 0, 0, 10],
        [MISSING, 1, 0, 0, MISSING, 11],
        [-300, 0, 0, 1, 1, MISSING],
    ]
    decoded = schema.decode(rows)
    assert decoded[:, 0].tolist()[:2] == [1.25, 2.5]
    assert np.isnan(decoded[2, 0])


def test_build_schema__many_texts__are_left_out():
    lines = "".join(f"{i % 2},name{i % 40},{i % 3}\n" for i in range(200))
    schema = build_schema(parse_table(f"y,who,x\n{lines}".encode(), "t"), "y")
    assert schema.names == ("x",)
    assert "40 values" in schema.notes[0]


def test_encode__other_rows__clips_and_knows_no_new_category():
    schema = build_schema(TABLE, "kind")
    other = parse_table(b"size,color,flag,grade,kind\n1e30,pink,no,-1e30,a\n", "t")
    assert schema.encode(other)[0].tolist() == [[INT32_MAX, 0, 0, 0, 0, MISSING + 1]]


@pytest.mark.parametrize(
    "data",
    [b"size,color,flag,kind\n1,red,no,a\n", b"size,color,flag,grade,kind\nx,red,no,1,a\n",
     b"size,color,flag,grade,kind\n1,red,no,1,zzz\n", b"size,color,flag,grade,kind\n1,red,no,1,\n"],
)  # fmt: skip
def test_encode__table_that_does_not_fit__is_refused(data):
    with pytest.raises(DataError):
        build_schema(TABLE, "kind").encode(parse_table(data, "t"))


@pytest.mark.parametrize("spec", ["kind", "grade>=10", "grade"])
def test_parse_schema__own_bytes__come_back(spec):
    schema = build_schema(TABLE, spec)
    again = parse_schema(schema.to_bytes())
    assert again == schema
    assert again.digest() == schema.digest()
    assert again.encode(TABLE)[0].tolist() == schema.encode(TABLE)[0].tolist()


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(format="other"),
        lambda d: d.update(more=1),
        lambda d: d.update(features=[]),
        lambda d: d.update(features=5),
        lambda d: d.update(target=None),
        lambda d: d["features"][0].update(scale=0),
        lambda d: d["features"][0].update(scale=True),
        lambda d: d["features"][0].update(kind="code"),
        lambda d: d["features"][1].update(category=3),
        lambda d: d["features"].append(d["features"][0]),
        lambda d: d["target"].update(classes=["a"]),
        lambda d: d["target"].update(classes=["a", "a"]),
        lambda d: d["target"].update(classes=["a", 2]),
        lambda d: d["target"].update(classes=[str(i) for i in range(17)]),
        lambda d: d["target"].update(classes=5),
    ],
)
def test_parse_schema__changed__is_refused(change):
    document = json.loads(build_schema(TABLE, "kind").to_bytes())
    change(document)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    with pytest.raises(DataError):
        parse_schema(text)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 300], (1, 1)),
        ([0.5, 1.25], (100, 1)),
        ([0.1, 0.2, 12345.6], (10, 1)),
        ([1 / 3, 2 / 3], (10**7, 1)),
        ([1e5 / 3], (100, 1)),
        ([4e9], (1, 1000)),
        ([2e9], (1, 1)),
        ([0.0], (1, 1)),
    ],
)
def test_choose_scale__values__keep_their_digits_below_2_to_23(values, expected):
    assert choose_scale(np.array(values, dtype=float)) == expected


def test_decode__float32__keeps_the_order():
    table = load_breast_cancer_table()
    schema = build_schema(table, "diagnosis")
    rows, _ = schema.encode(table)
    seen = schema.decode(rows).astype(np.float32)
    for i in range(schema.width):
        assert len(np.unique(seen[:, i])) == len(np.unique(rows[:, i]))
    assert np.abs(rows).max() < 2**24


def make_test_rows(count=5, width=3):
    rng = np.random.default_rng(0)
    rows = rng.integers(MISSING, INT32_MAX, (count, width), endpoint=True).astype(np.int32)
    return TestRows(pack_rows(rows, rng.integers(-(2**63), 2**63 - 1, count)), make_salts(count))


def test_parse_rows__own_file__comes_back():
    test = make_test_rows()
    again = parse_rows(serialise_rows(test))
    assert again == test
    assert again.root() == test.root()
    rows, y = again.arrays()
    assert pack_rows(rows, y) == test.rows


def test_parse_rows__cut_or_longer__is_refused():
    data = serialise_rows(make_test_rows())
    for wrong in (*(data[:n] for n in range(len(data))), data + b"\0", b"X" + data[1:]):
        with pytest.raises(DataError):
            parse_rows(wrong)
    huge = data[:7] + (2**24).to_bytes(4, "big") + data[11:]
    with pytest.raises(DataError, match="announces"):
        parse_rows(huge)


def test_unpack_rows__any_bytes_of_the_length__are_a_row():
    rows, y = unpack_rows([b"\xff" * 12, b"\x80" + bytes(7) + b"\x80\0\0\0"])
    assert rows.tolist() == [[-1], [MISSING]]
    assert y.tolist() == [-1, -(2**63)]
    for wrong in ([], [b"\0" * 8], [b"\0" * 13], [b"\0" * 12, b"\0" * 16]):
        with pytest.raises(DataError):
            unpack_rows(wrong)


def test_row_proof__each_row__folds_to_the_root():
    test = make_test_rows()
    for i in range(test.count):
        leaf = row_leaf(i, test.salts[i], test.rows[i])
        assert merkle.fold(leaf, i, test.count, row_proof(test, i)) == test.root()


def test_describe__table__has_no_cell():
    text = json.dumps(describe(TABLE))
    for cell in ("red", "green", "blue", "yes", "1.25", "-3", "11"):
        assert cell not in text
    assert describe(TABLE)["rows"] == 4
    assert describe(TABLE)["columns"][1] == {"name": "size", "type": "number", "missing": True}


def test_split__same_seed__is_the_same_and_disjoint():
    table = load_breast_cancer_table()
    train, test = split(table, 30, 7)
    again, _ = split(table, 30, 7)
    assert (train.count, test.count) == (569 - 170, 170)
    assert train.frame.equals(again.frame)
    assert not train.frame.equals(split(table, 30, 8)[0].frame)
    merged = set(map(tuple, train.frame.to_numpy())) | set(map(tuple, test.frame.to_numpy()))
    assert len(merged) == 569
