"""Reading tables: what is detected, and what is refused in one line with a hint."""

import numpy as np
import pandas as pd
import pytest

from marketplace.datasets import load_breast_cancer_table, parse_table, read_table, write_table
from marketplace.errors import DataError

TEXT = "name;höhe;kind\nx;1,5;ä\ny;2,25;b\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_parse_table__any_encoding__gives_the_same(encoding, newline):
    table = parse_table(TEXT.replace("\n", newline).encode(encoding), "t")
    assert table.columns == ["name", "höhe", "kind"]
    assert table.frame["höhe"].tolist() == [1.5, 2.25]
    assert table.frame["kind"].tolist() == ["ä", "b"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_parse_table__any_separator__is_detected(separator):
    data = separator.join("abc") + "\n" + separator.join(["1", '"x, y; z"', "3.5"]) + "\n"
    table = parse_table(data.encode(), "t")
    assert table.columns == ["a", "b", "c"]
    assert table.frame.iloc[0].tolist() == [1.0, "x, y; z", 3.5]


def test_parse_table__missing_words__are_missing():
    table = parse_table(b"a,b\n1,x\nNA,\n?,None\n", "t")
    assert table.frame["a"].isna().tolist() == [False, True, True]
    assert table.frame["b"].isna().tolist() == [False, True, True]
    assert table.is_number("a")
    assert not table.is_number("b")


def test_parse_table__one_column_and_blank_lines__is_read():
    assert parse_table(b"a\n\n1\n2\n\n", "t").frame["a"].tolist() == [1.0, 2.0]


def test_parse_table__number_with_a_stray_text__says_the_row():
    data = "a,b\n" + "".join(f"{i},1\n" for i in range(20)) + "x,1\n"
    table = parse_table(data.encode(), "t")
    assert not table.is_number("a")
    assert any("'a'" in note and "22" in note for note in table.notes)


def test_parse_table__written_table__comes_back():
    table = load_breast_cancer_table()
    again = parse_table(write_table(table), table.name)
    pd.testing.assert_frame_equal(again.frame, table.frame)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1,2\n1,2,3\n", "line 3 .* 3 fields"),
        (b"a,b\n1,2\n1\n", "line 3 .* 1 fields"),
        (b"1,2\n3,4\n", "numbers, not names"),
        (b"a,a\n3,4\n", "twice"),
        (b"a,,c\n3,4,5\n", "no name"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "binary"),
        (b"PK\x03\x04" + bytes(100), "binary"),
        (b"a,b\n\x01\x02,3\n", "binary"),
        (b"a,b\n1,1e999\n", "too large"),
    ],
)
def test_parse_table__unusable__is_refused_with_the_place(data, message):
    with pytest.raises(DataError, match=message) as caught:
        parse_table(data, "t")
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("seed", range(30))
def test_parse_table__random_bytes__is_read_or_refused(seed):
    data = np.random.default_rng(seed).bytes(400)
    with pytest.raises(DataError):
        parse_table(data, "t")


def test_read_table__no_such_file__is_refused(tmp_path):
    with pytest.raises(DataError, match="can't read"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(DataError):
        read_table(tmp_path)


@pytest.mark.parametrize("sign", [";", "|", "\t", "\r"])
def test_write_table__other_separators_in_texts__same_table_is_read_back(sign):
    data = "".join(f'"a{sign}b{sign}{i}",{i}\n' for i in range(9)).encode()
    table = parse_table(f'"x{sign}y{sign}z",n\n'.encode() + data, "signs")
    assert table.columns == [f"x{sign}y{sign}z", "n"]
    again = parse_table(write_table(table), "signs")
    assert again.frame.equals(table.frame)


def test_parse_table__two_marks_of_its_encoding__none_is_in_a_name():
    table = parse_table("\ufeff\ufeffa,b\n1,2\n".encode(), "marks")
    assert table.columns == ["a", "b"]
