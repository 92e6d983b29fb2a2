"""Files of this program's own that a disk has damaged: one line of error, never a traceback."""

from types import SimpleNamespace

import pytest
from eth_abi import encode

from marketplace.crypto.points import Point
from marketplace.errors import DataError
from marketplace.services.prizes import read_listing
from marketplace.services.request import read_terms
from marketplace.services.structs import (
    ASSET_TERMS,
    BOUNTY_TERMS,
    SUBMISSION,
    AssetTerms,
    BountyTerms,
    Parent,
    Submission,
    flat,
)
from marketplace.services.submit import kept_listing, read_submission
from marketplace.types import format_id

ME, WORD, POINT = "0x" + "11" * 20, b"\x07" * 32, Point.from_scalar(5)
LISTING = AssetTerms(ME, 1, 10, 2, 600, 600, WORD, WORD, POINT, POINT)
CONTEST = BountyTerms(
    *(ME, WORD, 10, 2, 3, 4, 1, 2, 3, 2, 5, 0, 9),
    *(WORD, WORD, WORD, 99, WORD, POINT, POINT, 77, (Parent(1, 100), Parent(2, 50))),
)
MODEL = Submission(ME, WORD, 99, WORD, WORD, WORD, POINT, POINT)
KINDS = pytest.mark.parametrize(
    ("read", "kind", "whole"),
    [
        (read_listing, ASSET_TERMS, LISTING),
        (read_terms, BOUNTY_TERMS, CONTEST),
        (read_submission, SUBMISSION, MODEL),
    ],
    ids=["listing", "contest", "submission"],
)


@KINDS
def test_read__as_written__is_the_same(tmp_path, read, kind, whole):
    path = tmp_path / "kept"
    path.write_bytes(encode([kind], [flat(whole)]))
    assert read(path) == whole


@KINDS
def test_read__damaged__is_said_with_what_to_do(tmp_path, read, kind, whole, chance):
    path, data = tmp_path / "kept", encode([kind], [flat(whole)])
    cut = [data[:size] for size in (0, 1, 31, 32, len(data) // 2, len(data) - 1)]
    noise = [chance.randbytes(len(data)) for _ in range(50)]
    for bad in (*cut, *noise, b"\xff" * len(data), b"x" * 2**21):
        path.write_bytes(bad)
        with pytest.raises(DataError, match="was damaged") as caught:
            read(path)
        assert "tessera wallet recover" in caught.value.hint


def test_kept_listing__one_of_its_files_is_damaged__the_other_is_taken(tmp_path):
    promised = SimpleNamespace(submission=SimpleNamespace(listing_hash=LISTING.digest()))
    view = SimpleNamespace(bounty_id=7, entrant_of=lambda _: promised)
    market = SimpleNamespace(account=ME, workspace=lambda: tmp_path)
    for mark in "acb":  # whichever the folder gives first
        path = tmp_path / f"submission-{format_id(7)}-{ME}-{mark}.listing"
        path.write_bytes(b"x" if mark != "b" else encode([ASSET_TERMS], [flat(LISTING)]))
    assert kept_listing(market, view) == LISTING
