"""Canonical bytes: one form, and nothing else is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.codec import canonical_json, parse_canonical_json, read_u32, read_u64, u32, u64
from marketplace.errors import DataError

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_parse_canonical_json__what_was_encoded__comes_back(obj):
    assert parse_canonical_json(canonical_json(obj), 100_000) == obj


def test_canonical_json__keys_and_spaces__sorted_and_none():
    assert canonical_json({"b": [1, True, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,true,null]}'.encode()


@pytest.mark.parametrize("obj", [1.0, {"a": float("nan")}, b"x", {1: 2}, [object()]])
def test_canonical_json__no_canonical_form__refused(obj):
    with pytest.raises(TypeError):
        canonical_json(obj)


def test_canonical_json__half_a_surrogate_pair__refused():
    with pytest.raises(ValueError):
        canonical_json("\ud800")


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b"1.0",
        b"1e3",
        b"NaN",
        b"Infinity",
        b"-0",
        b"01",
        b'"\\u0041"',
        b'"\\ud800"',
        b"\xff",
        b"\xef\xbb\xbf1",
        b"",
        b"{",
        b"9" * 5000,
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
    ],
)
def test_parse_canonical_json__not_canonical__data_error(data):
    with pytest.raises(DataError):
        parse_canonical_json(data, 1_000_000)


def test_parse_canonical_json__at_the_depth_limit__accepted():
    assert parse_canonical_json(b"[" * 32 + b"]" * 32, 100)


def test_parse_canonical_json__too_long__data_error():
    with pytest.raises(DataError, match="at most 3"):
        parse_canonical_json(b"1234", 3)


def test_integers__both_widths__big_endian_and_bounded():
    assert u32(258) == b"\0\0\1\2"
    assert u64(258) == bytes(6) + b"\1\2"
    assert read_u32(b"x" + u32(7), 1) == 7
    assert read_u64(u64(2**64 - 1)) == 2**64 - 1
    for encode, value in ((u32, 2**32), (u64, 2**64), (u32, -1), (u64, -1)):
        with pytest.raises(ValueError):
            encode(value)
    with pytest.raises(DataError):
        read_u64(bytes(7))
    with pytest.raises(DataError):
        read_u32(bytes(8), -1)
