"""Verified previews: pieces of a listed file that its seller shows, and can be held to (docs/envelope.md).

A preview file holds whole pieces of 4 KiB, because that is what the content root proves: it shows
the rows that were asked for, and whatever else lies in their pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from marketplace.codec import canonical_json, parse_canonical_json
from marketplace.constants import PIECE_BYTES
from marketplace.crypto.pieces import Layout
from marketplace.crypto.preview import MAX_PREVIEW_BYTES, Reader, verify_preview
from marketplace.errors import ContentMismatch, DataError
from marketplace.services.catalog import Listing, find_asset, read_manifest
from marketplace.services.manifest import MODEL, Manifest
from marketplace.services.market import Market
from marketplace.services.sell import artifact_scalar, require_seller
from marketplace.services.structs import AssetTerms
from marketplace.types import format_id

FORMAT = "tessera/previews/v1"
MAX_PIECES = 64
"""Pieces in one file: 256 KiB of the plain file."""

MAX_PREVIEWS_BYTES = MAX_PIECES * (MAX_PREVIEW_BYTES + 1) + 1024


@dataclass(frozen=True)
class Shown:
    """Consecutive bytes of a listed file, proved to be in it.

    Parameters
    ----------
    start : int
        Where they begin in the file.
    plain : bytes
    """

    start: int
    plain: bytes


@dataclass(frozen=True)
class Preview:
    """What a preview shows.

    Parameters
    ----------
    listing : Listing
    terms : AssetTerms
        The version of the asset that it belongs to.
    manifest : Manifest
    length : int
        Bytes of the whole plain file.
    parts : tuple of Shown
        In the order of the file.
    """

    listing: Listing
    terms: AssetTerms
    manifest: Manifest
    length: int
    parts: tuple[Shown, ...]

    @property
    def is_current(self) -> bool:
        """Whether it belongs to the file that is sold now."""
        return self.terms.content_root == self.listing.terms.content_root


def make_preview(
    market: Market,
    listing: Listing,
    *,
    rows: tuple[int, int] | None = None,
    pieces: Sequence[int] = (),
) -> bytes:
    """Make the preview file of rows or pieces of an asset's newest file; nothing is published.

    Parameters
    ----------
    market : Market
        The seller's.
    listing : Listing
    rows : tuple of (int, int), optional
        First and last row, the first after the header is 1.
    pieces : sequence of int, optional
        Numbers of pieces, from 0.

    Raises
    ------
    DataError
        If this is not the seller, there are no such rows or pieces, or they are too many.
    ContentNotFound, ContentMismatch
        If the store's copy is missing or damaged.
    """
    require_seller(market, listing.terms)
    manifest = read_manifest(market, listing.terms)
    if manifest.stored is None:
        raise DataError("the manifest names no artifact", "publish it again")
    k = artifact_scalar(market, listing, listing.terms)
    with market.store.open(manifest.stored.cid) as source:
        content_root, length = listing.terms.content_root, manifest.stored.length
        reader = Reader(cast(BinaryIO, source), content_root, length)
        chosen = set(pieces)
        if rows is not None:
            if manifest.kind == MODEL:
                raise DataError("a model has no rows", "choose pieces: --pieces 0")
            chosen |= _pieces_of_rows(reader, k, *rows)
        count = Layout(length).pieces
        if not chosen or min(chosen) < 0 or max(chosen) >= count:
            raise DataError(f"no such piece: the file has pieces 0 to {count - 1}", "choose among these")
        if len(chosen) > MAX_PIECES:
            raise DataError(
                f"these are {len(chosen)} pieces of 4 KiB, at most {MAX_PIECES} fit a preview",
                "choose fewer rows",
            )
        made = [parse_canonical_json(reader.preview(i, k), MAX_PREVIEW_BYTES) for i in sorted(chosen)]
    return canonical_json({"type": FORMAT, "asset": format_id(listing.asset_id), "previews": made})


def check_preview(market: Market, data: bytes) -> Preview:
    """Check a preview file that anybody may have made, against the chain.

    Raises
    ------
    DataError
        If it is no preview file, or of no asset of this market.
    ContentMismatch
        If a piece is not in any version of the asset.
    """
    obj = parse_canonical_json(data, MAX_PREVIEWS_BYTES)
    if not isinstance(obj, dict) or set(obj) != {"type", "asset", "previews"} or obj["type"] != FORMAT:
        raise DataError("this is not a preview file", "make one with: tessera asset preview")
    items = obj["previews"]
    if not isinstance(obj["asset"], str) or not isinstance(items, list) or not 1 <= len(items) <= MAX_PIECES:
        raise DataError("this is not a preview file", "make one with: tessera asset preview")
    listing = find_asset(market, obj["asset"])
    encoded = [canonical_json(item) for item in items]
    error: Exception | None = None
    for terms in [listing.terms, *reversed(list(listing.versions.values()))]:
        manifest = read_manifest(market, terms)
        length = manifest.stored.length if manifest.stored else 0
        try:
            found = [verify_preview(item, terms.content_root, length) for item in encoded]
        except ContentMismatch as failure:
            error = error or failure
            continue
        parts = _joined((one.index, one.plain) for one in found)
        return Preview(listing, terms, manifest, length, parts)
    raise ContentMismatch(
        f"the preview does not belong to asset {obj['asset'][:12]}: {error}",
        "do not trust it: ask the seller for another",
    )


def _joined(pieces: Iterable[tuple[int, bytes]]) -> tuple[Shown, ...]:
    """Put neighbouring pieces together."""
    found: list[Shown] = []
    for index, plain in sorted(dict(pieces).items()):
        start = index * PIECE_BYTES
        if found and found[-1].start + len(found[-1].plain) == start:
            found[-1] = Shown(found[-1].start, found[-1].plain + plain)
        else:
            found.append(Shown(start, plain))
    return tuple(found)


def _pieces_of_rows(reader: Reader, k: int, first: int, last: int) -> set[int]:
    """Return the pieces in which rows lie; a line end within quotes ends no row."""
    if not 1 <= first <= last:
        raise DataError(f"no such rows: {first}-{last}", "write the first and the last one, like 1-20")
    row, top, is_quoted, found = 0, 0, False, set()
    for i in range(Layout(reader.facts.length).pieces):
        plain = reader.piece(i, k)
        ends = plain.count(b"\n")
        if not is_quoted and b'"' not in plain and row + ends < first:  # far before: counting is enough
            row += ends
            continue
        for byte in plain:
            top = row
            if first <= row <= last:
                found.add(i)
            if byte == 0x22:
                is_quoted = not is_quoted
            elif byte == 0x0A and not is_quoted:
                row += 1
        if row > last:
            return found
    if top < last:
        raise DataError(f"the file has no row {last}", "see how many it has: tessera asset show")
    return found
