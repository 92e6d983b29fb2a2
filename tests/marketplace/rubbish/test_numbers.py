"""Numbers that others write: in files to be relayed, in a node's answers, on a command line."""

import json

import pytest
from click.testing import CliRunner

from marketplace.chain.index_logs import Header, Schema
from marketplace.cli import cli
from marketplace.codec import canonical_json
from marketplace.errors import ChainError, DataError, MarketplaceError
from marketplace.services import attestations, relay_files
from marketplace.services.amounts import parse_seconds, parse_tokens
from tests.fuzz import documents
from tests.indexing import DEPLOYMENT

CLAIMS, COMMITMENTS, LOCK, OPENED = map(json.loads, documents.relays())
ODD = (-1, 2**64, 2**256, 10**4000, True, None, "7", [7])


def with_number(document, key, value):
    """Return a file with another number in its one item."""
    (name,) = {"items", "attestations"} & set(document)
    return canonical_json({**document, name: [{**document[name][0], key: value}]})


@pytest.mark.parametrize("odd", ODD, ids=lambda value: str(value)[:20])
def test_relay_files__number_that_no_contract_takes__refused(odd):
    readers = [
        (relay_files.read_claims, CLAIMS, "score"),
        (relay_files.read_commitments, COMMITMENTS, "place"),
        (attestations.read_opened, OPENED, "place"),
        (attestations.read_opened, OPENED, "score"),
    ]
    for read, document, key in readers:
        read(documents.MARKET, [canonical_json(document)])
        with pytest.raises(DataError):
            read(documents.MARKET, [with_number(document, key, odd)])
    with pytest.raises(DataError):
        relay_files.read_lock(documents.MARKET, with_number(LOCK, "candidate", odd))


@pytest.mark.parametrize("sums", [[2**128], [-1], [True], ["1"]], ids=str)
def test_attestations__sum_that_no_contract_takes__refused(sums):
    with pytest.raises(DataError):
        attestations.read_opened(documents.MARKET, [with_number(OPENED, "sums", sums)])


LOGS, HEADER, _ = map(json.loads, documents.answer_texts())
HUGE = ("0x" + "f" * 16, "0x" + "f" * 10_000, "-0x1")


@pytest.mark.parametrize("odd", HUGE, ids=lambda value: value[:20])
def test_logs__number_that_no_database_keeps__refused(odd):
    schema = Schema(DEPLOYMENT, 31337)
    assert schema.read(LOGS, 1, 0, 9).rows
    for key in ("blockTimestamp", "blockNumber", "logIndex"):
        with pytest.raises(ChainError):
            schema.read([{**LOGS[0], key: odd}], 1, 0, 9)
    for key in ("number", "timestamp"):
        with pytest.raises(ChainError):
            Header.parse({**HEADER, key: odd})


def test_logs__hash_with_spaces__refused():
    spaced = "0x" + "11 " * 21 + "1"
    assert len(spaced) == len(HEADER["hash"])
    with pytest.raises(ChainError):
        Header.parse({**HEADER, "hash": spaced[:-1] + " "})


@pytest.mark.parametrize(
    "text", ["9" * 5000, "1" * 100_000, "٣", "1e9", "-1", "NaN", ""], ids=lambda t: t[:8]
)
def test_amounts__that_are_none__refused(text):
    for read in (parse_tokens, parse_seconds):
        with pytest.raises(MarketplaceError):
            read(text)


def test_error__that_quotes_without_end__is_cut():
    error = DataError("x" * 10**6, "y" * 10**6)
    assert len(str(error)) < 2100
    assert len(error.hint) < 2100


@pytest.mark.parametrize(
    "line", ["asset list --limit", "asset list --offset", "asset search --offset", "vault history --limit"]
)
def test_lists__number_that_no_database_counts_to__is_a_wrong_option(line):
    result = CliRunner().invoke(cli, [*line.split(), str(10**30)])
    assert result.exit_code == 2
    assert "is not in the range" in result.stderr
