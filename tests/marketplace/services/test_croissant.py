"""Manifests are Croissant that mlcroissant accepts, read strictly, and load what was bought."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import mlcroissant
import numpy as np
import pytest
from croissants import ABOUT, ACCOUNT, NONCE, STORED, issues, student_table
from sklearn.linear_model import LogisticRegression

from marketplace.codec import canonical_json
from marketplace.datasets import load_breast_cancer_table, parse_table, write_table
from marketplace.errors import DataError
from marketplace.models import FeatureSpace, convert, encode_model
from marketplace.services import received
from marketplace.services.croissant import CONTEXT, LATER, field_ids
from marketplace.services.manifest import MAX_MANIFEST_BYTES, parse_manifest
from marketplace.services.planning import plan_dataset, plan_model
from marketplace.services.prizes import ModelListing, model_manifest

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(params=["breast cancer", "students", "awkward"])
def table_file(request, tmp_path):
    data = {
        "breast cancer": write_table(load_breast_cancer_table()),
        "students": student_table(),
        "awkward": b'id, flag,"a ""quoted"", name",text\n1,TRUE,x,\n2,false,,NA\n?,True,"y, z",5\n',
    }[request.param]
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    return path


@pytest.fixture
def model():
    fitted = LogisticRegression().fit(np.array([[0, 1], [1, 0], [2, 5], [7, 1]]), [0, 0, 1, 1])
    return convert(fitted, FeatureSpace(("a", "b"), (1, 1), (1, 1)))


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "small.csv"
    path.write_text("a b,größe\n1,x\n2,y\n")
    return plan_dataset(path, price=1).manifest.with_artifact(STORED, NONCE, **ABOUT)


# --- what mlcroissant says


def test_dataset__every_form__has_no_errors_and_no_warnings(table_file):
    manifest = plan_dataset(table_file, price=1, accepted_only=True).manifest
    assert issues(manifest.with_artifact(STORED, NONCE, **ABOUT).public()) == ([], [])


def test_model__listed__has_no_errors_and_no_warnings(model, tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(encode_model(model))
    manifest = plan_model(path, price=1).manifest.with_artifact(STORED, NONCE, **ABOUT)
    assert issues(manifest.public()) == ([], [])
    assert manifest.subject["features"] == 2
    assert parse_manifest(manifest.to_bytes()) == manifest


def test_model__of_a_contest__lacks_its_date_only(model):
    """It is fixed with the submission and must be the same whenever it is made again."""
    manifest = model_manifest(ModelListing("winner", 1, 1), model).with_artifact(STORED, NONCE)
    errors, warnings = issues(manifest.public())
    assert errors == []
    assert len(warnings) == 1
    assert "datePublished" in warnings[0] or "date_published" in warnings[0]


def test_dataset__context__is_that_of_the_standard():
    from mlcroissant._src.core.context import Context, CroissantVersion
    from mlcroissant._src.core.rdf import make_context

    ctx = Context(conforms_to=CroissantVersion.V_1_1)
    wanted = make_context(ctx)
    assert {key: CONTEXT[key] for key in wanted} == wanted


def test_document__changed_by_who_asked_for_it__leaves_the_next_one_alone(table_file):
    made = plan_dataset(table_file, price=1).manifest.with_artifact(STORED, NONCE, **ABOUT)
    before = made.to_bytes()
    document = made.public()
    document["@context"]["name"] = "sc:description"
    document["@context"].clear()
    assert made.to_bytes() == before


def test_bought_file__with_its_description__loads(table_file, tmp_path):
    plan = plan_dataset(table_file, price=1)
    manifest = plan.manifest.with_artifact(STORED, NONCE, **ABOUT)
    folder = tmp_path / "bought"
    folder.mkdir()
    bought = folder / "my copy.csv"
    bought.write_bytes(table_file.read_bytes() if plan.content is None else plan.content)
    path = received.write_description(manifest, bought)
    assert path == folder / "my copy.croissant.json"
    rows = list(mlcroissant.Dataset(path).records("records"))
    table = parse_table(table_file.read_bytes(), "table")
    assert len(rows) == table.count
    ids = field_ids(table.columns)
    for row, (_, wanted) in zip(rows, table.frame.iterrows(), strict=True):
        for one, name in zip(ids, table.columns, strict=True):
            got, value = row[one], wanted[name]
            if isinstance(got, bool):
                got = str(got).lower().encode()
                value = value.lower()
            if value is None or value != value:
                assert got is None
            else:
                assert (got.decode() if isinstance(got, bytes) else got) == value


def test_bought_file__of_another_content__is_refused_by_its_description(manifest, tmp_path):
    bought = tmp_path / "bought.csv"
    bought.write_text("a b,größe\n1,x\n2,y\n")
    path = received.write_description(manifest, bought)
    bought.write_text("a b,größe\n1,x\n2,z\n")
    with pytest.raises(Exception, match="Download"):
        list(mlcroissant.Dataset(path).records("records"))


# --- what is published


def test_plan__plain_file__is_sold_byte_by_byte(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_bytes(write_table(load_breast_cancer_table()))
    assert plan_dataset(path, price=1).content is None


def test_plan__other_forms__sold_as_plain_csv_unless_wished(tmp_path):
    path = tmp_path / "students.csv"
    path.write_bytes(student_table())
    plan = plan_dataset(path, price=1)
    first = plan.content.decode().splitlines()
    assert first[0] == 'School Name,Gender,Age,"Größe, cm",Mother Job,Wants College,Absences,G1,G3'
    assert any("plain CSV" in note for note in plan.notes)
    before, after = parse_table(student_table(), "a"), parse_table(plan.content, "a")
    assert before.frame.equals(after.frame)
    assert plan_dataset(path, price=1, as_is=True).content is None
    assert path.read_bytes() == student_table()


def test_plan__chosen_columns__only_they_are_in_it(tmp_path):
    path = tmp_path / "students.csv"
    path.write_bytes(student_table())
    plan = plan_dataset(path, price=1, columns=["G3", "Age", "G1"], drop=["G1"])
    assert plan.content.decode().splitlines()[0] == "Age,G3"
    assert [field["name"] for field in plan.manifest.subject["fields"]] == ["Age", "G3"]
    assert plan.size_bytes == len(plan.content)
    for wrong in ({"columns": ["Aeg"]}, {"drop": ["Aeg"]}, {"columns": ["Age"], "drop": ["Age"]}):
        with pytest.raises(DataError):
            plan_dataset(path, price=1, **wrong)
    with pytest.raises(DataError, match="keeps all its columns"):
        plan_dataset(path, price=1, drop=["Age"], as_is=True)


def test_public__before_encryption__says_what_is_not_known_yet(manifest):
    shown = replace(manifest, stored=None, nonce=b"").public()
    assert shown["distribution"][0]["contentUrl"] == LATER
    assert set(shown) == set(manifest.public())


def test_public__no_cell_and_no_plain_hash__is_in_it(table_file):
    import hashlib

    plan = plan_dataset(table_file, price=1)
    data = table_file.read_bytes() if plan.content is None else plan.content
    text = plan.manifest.with_artifact(STORED, NONCE, **ABOUT).to_bytes().decode()
    assert hashlib.sha256(data).hexdigest() not in text
    assert "teacher" not in text
    assert "benign" not in text


@pytest.mark.parametrize("licence", ["CC-BY-4.0", "MIT", "LicenseRef-Mine", "ODbL-1.0"])
def test_plan__licence_of_the_list_or_own__is_taken(tmp_path, licence):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    assert plan_dataset(tmp_path / "a.csv", price=1, licence=licence).manifest.licence == licence


@pytest.mark.parametrize(("licence", "meant"), [("CC-BY-4", "CC-BY-4.0"), ("mit", "MIT"), ("my own", "")])
def test_plan__licence_misspelt__is_refused_with_what_looks_alike(tmp_path, licence, meant):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="not an SPDX licence") as caught:
        plan_dataset(tmp_path / "a.csv", price=1, licence=licence)
    assert meant in caught.value.hint


# --- foreign manifests


def test_parse__what_was_made__is_the_same(manifest):
    assert parse_manifest(manifest.to_bytes()) == manifest
    assert parse_manifest(manifest.to_bytes()).to_bytes() == manifest.to_bytes()


def changed(manifest, *path, value):
    obj = copy.deepcopy(manifest.public())
    inner = obj
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return canonical_json(obj)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("@context",), "https://evil.example/context.jsonld"),
        (("@context", "name"), "sc:description"),
        (("@context", "license"), "tessera:ignored"),
        (("@type",), "sc:Thing"),
        (("@graph",), []),
        (("conformsTo",), "http://mlcommons.org/croissant/1.0"),
        (("distribution", 0, "@context"), {"sha256": "tessera:x"}),
        (("distribution", 0, "sha256"), "00"),
        (("distribution", 0, "sha256"), "AB" * 32),
        (("distribution", 0, "contentUrl"), "http://example.com/x"),
        (("distribution", 0, "contentUrl"), "ipfs://nonsense"),
        (("distribution", 0, "tessera:length"), -1),
        (("distribution", 0, "tessera:length"), True),
        (("distribution", 0, "tessera:nonce"), ...),
        (("distribution", 1, "@id"), "other"),
        (("distribution",), []),
        (("distribution",), None),
        (("name",), ""),
        (("name",), 5),
        (("name",), "a\x1b[31mred"),
        (("name",), "two\nlines"),
        (("description",), "a\x0bb"),
        (("description",), "a\x85b"),
        (("license",), "LicenseRef-a\n"),
        (("recordSet", 0, "name"), "a\x1cb"),
        (("description",), {"@value": "x"}),
        (("description",), "line\u2028\u202eevil"),
        (("license",), "https://spdx.org/licenses/not a licence"),
        (("version",), "1"),
        (("datePublished",), "yesterday"),
        (("tessera:kind",), "job"),
        (("tessera:buyers",), "some"),
        (("usageInfo", "odrl:permission", 0, "odrl:action"), {"@id": "odrl:anything"}),
        (("usageInfo", "odrl:permission"), "odrl:use"),
        (("usageInfo",), ...),
        (("recordSet", 0, "field", 0, "dataType"), "sc:Thing"),
        (("recordSet", 0, "field", 0, "source", "extract", "column"), "other"),
        (("recordSet", 0, "tessera:records"), "3"),
        (("recordSet",), []),
    ],
)
def test_parse__foreign_and_wrong__is_refused(manifest, path, value):
    with pytest.raises(DataError):
        parse_manifest(changed(manifest, *path, value=value))


def test_parse__unknown_words__are_left_alone(manifest):
    data = changed(manifest, "rai:dataBiases", value="few old patients")
    assert parse_manifest(data) == manifest


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50 + b"1" + b"}" * 50,
        b'{"@context":1.5}',
        b" " * (MAX_MANIFEST_BYTES + 1),
    ],
)
def test_parse__bombs_and_rubbish__are_refused(data):
    with pytest.raises(DataError):
        parse_manifest(data)


def test_to_bytes__too_many_columns__is_said(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"column number {i}" for i in range(1500)) + "\n" + ",".join("1" * 1500) + "\n")
    with pytest.raises(DataError, match="at most 262144 fit") as caught:
        plan_dataset(path, price=1)
    assert "fewer columns" in caught.value.hint


@pytest.mark.parametrize("header", ['"a\tb",c', '"a\x0bb",c', '"a\u202eb",c'])
def test_to_bytes__column_that_no_terminal_shows__is_refused(tmp_path, header):
    path = tmp_path / "odd.csv"
    path.write_text(f"{header}\n1,2\n")
    with pytest.raises(DataError):
        plan_dataset(path, price=1)


def test_plan__name_of_two_lines__is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="no line ends"):
        plan_dataset(tmp_path / "a.csv", price=1, name="x\nlicence: MIT")


def test_field_ids__any_names__are_one_each_without_spaces():
    names = ["a b", "a_b", "a  b", "  ", "größe/cm", "<script>", "名前", "a\tb"]
    found = field_ids(names)
    assert len(set(found)) == len(names)
    assert not any(c in one for one in found for c in ' <>"{}|\\^`\t')


def test_vocabulary__every_own_word__is_documented(manifest, model):
    """What no other vocabulary has is in docs/vocabulary.md, term by term."""
    text = (REPOSITORY / "docs" / "vocabulary.md").read_text("utf-8")
    contest = model_manifest(ModelListing("winner", 1, 1), model).with_artifact(STORED, NONCE)
    local = received.local_description(manifest, REPOSITORY / "README.md")
    shown = json.dumps([replace(manifest, accepted_only=True).public(), contest.public(), local])
    used = {word.split('"')[0] for word in shown.split('"tessera:')[1:]} - {""}
    assert len(used) > 12
    for word in used:
        assert f"`tessera:{word}`" in text, f"{word} is not in docs/vocabulary.md"


def test_creator__address__is_named_once(manifest):
    assert manifest.public()["creator"]["name"] == ACCOUNT
