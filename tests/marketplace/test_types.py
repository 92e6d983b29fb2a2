"""Content ids and ids."""

import pytest

from marketplace.types import CHUNK_BYTES, DAG_PB_CODEC, RAW_CODEC, Cid, format_id, parse_id

EMPTY = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


def test_parse__what_str_gave__is_the_same_cid():
    for codec in (RAW_CODEC, DAG_PB_CODEC):
        cid = Cid(codec, bytes(range(32)))
        assert Cid.parse(str(cid)) == cid
        assert Cid.from_bytes(bytes(cid)) == cid


def test_from_digest__size__tells_the_codec():
    digest = bytes(32)
    assert Cid.from_digest(digest, 0).codec == RAW_CODEC
    assert Cid.from_digest(digest, CHUNK_BYTES).codec == RAW_CODEC
    assert Cid.from_digest(digest, CHUNK_BYTES + 1).codec == DAG_PB_CODEC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        EMPTY.upper(),
        EMPTY[:-1],
        EMPTY + "a",
        EMPTY[:-1] + "v",  # unused bits of the last character set
        "z" + EMPTY[1:],
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
        "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",  # dag-cbor
        EMPTY[:10] + "\n" + EMPTY[10:],
    ],
)
def test_parse__anything_else__is_refused(text):
    with pytest.raises(ValueError):
        Cid.parse(text)


def test_parse_id__what_format_gave__is_the_same_id():
    for value in (0, 1, 2**256 - 1):
        assert parse_id(format_id(value)) == value
    assert format_id(1) == "0x" + 63 * "0" + "1"


@pytest.mark.parametrize(
    "text", ["", "0x", "0x1", "0x" + 63 * "0" + "g", "0x" + 65 * "0", "0x" + 62 * "0" + "_1"]
)
def test_parse_id__anything_else__is_refused(text):
    with pytest.raises(ValueError):
        parse_id(text)


def test_format_id__out_of_range__is_refused():
    for value in (-1, 2**256):
        with pytest.raises(ValueError):
            format_id(value)
