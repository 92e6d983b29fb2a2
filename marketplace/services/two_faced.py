"""A seller who cheats, for the demonstration and the tests: promises one file, sells another.

Its artifact passes every check that needs no key: the ciphertext is exactly what was listed. Only with the
key does it show that pieces do not open to what their leaves commit to, and then one of them convicts him.
"""

from __future__ import annotations

import io
from dataclasses import replace
from hashlib import sha256

from marketplace.constants import INDEX_ENTRY_BYTES
from marketplace.crypto import envelope
from marketplace.crypto.pieces import Layout, content_root, leaf
from marketplace.crypto.points import Point
from marketplace.hashing import DIGEST_BYTES
from marketplace.merkle import Builder
from marketplace.services.artifacts import Stored
from marketplace.services.catalog import Listing, load_asset, read_manifest
from marketplace.services.market import Market
from marketplace.services.publish import revise


def seal_another(promised: bytes, given: bytes, k: int, nonce: bytes) -> tuple[bytes, bytes]:
    """Return an artifact that commits to one file and holds another of its length, and its content root.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    if len(promised) != len(given):
        raise ValueError("both files have one length: the content root says it")
    layout = Layout(len(promised))
    faces = []
    for plain in (promised, given):
        sink = io.BytesIO()
        envelope.seal(io.BytesIO(plain), sink, k, nonce)
        faces.append(sink.getvalue())
    shown, held = faces
    entries, tree = [], Builder()
    for i in range(layout.pieces):
        start = layout.index_offset + i * INDEX_ENTRY_BYTES
        middle, end = start + DIGEST_BYTES, start + INDEX_ENTRY_BYTES
        entries.append(shown[start:middle] + held[middle:end])
        tree.add(leaf(i, entries[-1]))
    artifact = held[: layout.index_offset] + b"".join(entries)
    return artifact, content_root(nonce, len(promised), tree.root())


def sell_another(market: Market, listing: Listing, promised: bytes, given: bytes) -> Listing:
    """Put an artifact that commits to one file and holds another in the place of what an asset sells."""
    nonce = envelope.new_nonce()
    k = market.artifact_key("Assets", listing.asset_id, nonce)
    artifact, root = seal_another(promised, given, k, nonce)
    stored = Stored(market.store.add(artifact), root, len(promised), sha256(artifact).digest())
    manifest = read_manifest(market, listing.terms).with_artifact(stored, nonce)
    digest = market.store.add(manifest.to_bytes()).digest
    terms = replace(listing.terms, content_root=root, manifest=digest, key=Point.from_scalar(k))
    revise(market, listing, terms, "list another file than was promised")
    return load_asset(market, listing.asset_id)
