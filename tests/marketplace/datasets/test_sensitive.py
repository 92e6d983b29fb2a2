"""Columns that say who somebody is are pointed out; docs/publishing.md tells what was measured."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketplace.datasets import Table, find_sensitive, find_singling, parse_table
from marketplace.datasets.headers import ADDRESS, BIRTH, EMAIL, NAME, PHONE, RECORD, announced
from marketplace.datasets.sensitive import SAMPLE
from marketplace.datasets.singling import Group
from tests.tools import load

REPOSITORY = Path(__file__).parents[3]


TOOL = load("sensitive")


@pytest.mark.parametrize(("name", "table", "people"), [(n, *pair) for n, pair in TOOL.tables().items()])
def test_find_sensitive__each_table__as_documented(name, table, people):
    found = {one.column for one in find_sensitive(table)}
    docs = (REPOSITORY / "docs" / "publishing.md").read_text("utf-8")
    assert TOOL.line(name, table, people, found) in docs
    assert people <= found
    assert found - people <= {"price"}


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("First Name", NAME),
        ("patientName", NAME),
        ("Nachname", NAME),
        ("Prénom", NAME),
        ("apellidos", NAME),
        ("Имя", NAME),
        ("姓名", NAME),
        ("e-mail", EMAIL),
        ("E-Mail-Adresse", EMAIL),
        ("Date of birth", BIRTH),
        ("geburtsdatum", BIRTH),
        ("Data de Nascimento", BIRTH),
        ("Födelsedatum", BIRTH),
        ("生年月日", BIRTH),
        ("Téléphone", PHONE),
        ("telefon_nr", PHONE),
        ("Mobile", PHONE),
        ("patient_id", RECORD),
        ("MRN", RECORD),
        ("Numéro dossier", RECORD),
        ("PLZ", ADDRESS),
        ("zip", ADDRESS),
        ("School Name", None),
        ("file_name", None),
        ("mean radius", None),
        ("mobile home", None),
        ("cell size", None),
        ("tip", None),
        ("Age", None),
        ("G1", None),
    ],
)
def test_announced__headers_of_several_languages(header, kind):
    assert announced(header) == kind


def column(name, values):
    return Table(pd.DataFrame({name: pd.Series(values, dtype=object)}), "t")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a note", "write to x@example.com please", "none"] * 10, EMAIL),
        ([f"DE89370400440532{i:06d}" for i in range(30)], RECORD),
        ([f"078-05-1{i:03d}" for i in range(120, 150)], RECORD),
        ([f"A-{i * 7919 % 100000:05d}" for i in range(50)], RECORD),
        ([f"19{i:02d}-03-1{i % 9}" for i in range(30, 95)], BIRTH),
        ([f"2024-03-{i:02d}" for i in range(1, 29)], None),
        ([f"+49 89 636{i:05d}" for i in range(100, 140)], PHONE),
        ([f"1.{i}" for i in range(40)], None),
        (["red", "green"] * 30, None),
        (["setosa", "virginica", "versicolor"] * 30, None),
        ([f"word{'abc'[i % 3]} text {i}" for i in range(40)], None),
    ],
)
def test_find_sensitive__by_content_alone(values, kind):
    found = find_sensitive(column("x", values))
    assert [one.kind for one in found] == ([] if kind is None else [kind])


def test_find_sensitive__names_of_few_things__are_not_people():
    assert find_sensitive(column("name", ["pump", "valve"] * 50)) == []
    assert find_sensitive(column("first name", ["Ana", "Jo"] * 50))[0].kind == NAME


def test_find_sensitive__counter_of_rows__is_no_record_number():
    text = "id,v\n" + "\n".join(f"{i},1" for i in range(1, 2000))
    assert find_sensitive(parse_table(text.encode(), "t")) == []
    text = "patient id,v\n" + "\n".join(f"{i},1" for i in range(1, 2000))
    assert find_sensitive(parse_table(text.encode(), "t"))[0].kind == RECORD


def test_find_sensitive__reasons__hold_no_cell():
    for table, _ in TOOL.tables().values():
        for one in find_sensitive(table):
            cells = {str(value) for value in table.frame[one.column].dropna().unique()}
            assert not any(len(cell) > 4 and cell in one.reason for cell in cells)


def test_find_sensitive__huge_column__looks_at_a_sample_over_all_of_it(monkeypatch):
    seen = []
    from marketplace.datasets import detectors

    monkeypatch.setattr(detectors, "is_phone", lambda cell: seen.append(cell) or False)
    find_sensitive(column("x", [f"value {i}" for i in range(50_000)]))
    assert SAMPLE <= len(seen) <= 2 * SAMPLE
    assert any(int(cell.split()[1]) > 40_000 for cell in seen)


# --- rare combinations


def people(rows):
    return parse_table(("sex,age,town,weight\n" + "\n".join(rows)).encode(), "t")


def test_find_singling__one_rare_row__is_counted():
    table = people(["f,30,A,50.5", "m,40,B,60.5"] * 10 + ["f,40,A,70.5"])
    found = find_singling(table)
    assert found.together == Group(("sex", "age", "town"), alone=1, rare=1, smallest=1)
    assert found.singles == ()
    assert [group.columns for group in found.pairs] == [("age", "town"), ("sex", "age")]
    assert found.is_rare
    assert not find_singling(table, except_for=("age",)).is_rare


def test_find_singling__equal_groups__are_not_rare():
    found = find_singling(people(["f,30,A,1.5", "m,30,A,2.5"] * 20))
    assert (found.together.alone, found.together.rare, found.together.smallest) == (0, 0, 20)
    assert not found.is_rare
    assert find_singling(parse_table(b"a\n1.5\n2.5\n", "t")).together is None


def test_find_singling__missing_cell__is_a_value():
    found = find_singling(people(["f,30,A,1.5"] * 20 + [",30,A,1.5"]))
    assert found.singles == (Group(("sex",), 1, 1, 1),)


def test_find_singling__many_columns__agrees_with_pandas():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({f"c{i}": rng.integers(0, 3 + i, 3000).astype(float) for i in range(40)})
    found = find_singling(Table(frame, "t"))
    sizes = frame.groupby(list(frame.columns)).size()
    assert found.together.alone == int((sizes == 1).sum())
    pair = next(group for group in found.pairs)
    sizes = frame.groupby(list(pair.columns)).size()
    assert (pair.alone, pair.rare) == (int((sizes == 1).sum()), int(sizes[sizes < 5].sum()))
