"""Listings that a submission promised, found again from the market secret and the store alone.

The chain keeps only the hash of a promised listing. What it was made of goes encrypted into the store,
as one raw block whose digest becomes the nonce of the submission's artifact: the nonce is in the
artifact's header, the artifact on the chain, and the key derives from the market secret. A digest of
bytes that hold fresh randomness is as unique as random bytes, which is what a nonce must be.
"""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from marketplace.codec import canonical_json, parse_canonical_json
from marketplace.constants import LABEL_RECORD
from marketplace.errors import DataError
from marketplace.models import IntegerModel
from marketplace.services import artifacts
from marketplace.services.artifacts import Stored
from marketplace.services.market import Market
from marketplace.services.prizes import ModelListing, listing_terms, model_manifest
from marketplace.services.structs import AssetTerms, Submission
from marketplace.types import RAW_CODEC, Cid, format_id

MAX_RECORD_BYTES = 4096
_AEAD_NONCE_BYTES = 12


def keep_listing(market: Market, submission: int, listing: ModelListing) -> bytes:
    """Put what a listing is made of into the store, encrypted; return the nonce that leads to it.

    Parameters
    ----------
    market : Market
    submission : int
        Id of the submission.
    listing : ModelListing

    Returns
    -------
    bytes of length 32
        To be the nonce of the submission's artifact; another one each time.
    """
    plain = canonical_json({"listing": asdict(listing), "fresh": os.urandom(32).hex()})
    aead_nonce = os.urandom(_AEAD_NONCE_BYTES)
    sealed = ChaCha20Poly1305(_key(market, submission)).encrypt(aead_nonce, plain, None)
    return market.store.add(aead_nonce + sealed).digest


def find_listing(market: Market, submission: int, nonce: bytes) -> ModelListing:
    """Return the listing that a nonce leads to.

    Raises
    ------
    ContentNotFound
        If the store does not have it.
    DataError
        If it is not this wallet's.
    """
    data = b"".join(market.store.get(Cid(RAW_CODEC, nonce), 0, MAX_RECORD_BYTES + 1))
    try:
        cipher = ChaCha20Poly1305(_key(market, submission))
        plain = cipher.decrypt(data[:_AEAD_NONCE_BYTES], data[_AEAD_NONCE_BYTES:], None)
        return ModelListing(**parse_canonical_json(plain, MAX_RECORD_BYTES)["listing"])
    except (InvalidTag, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"the listing kept with submission {format_id(submission)[:10]} can't be opened",
            "use the wallet that submitted, with its market secret",
        ) from error


def rebuild_terms(
    market: Market, submission: int, entry: Submission, stored: Stored, model: IntegerModel
) -> AssetTerms:
    """Make the terms of a promised listing again and compare them with the hash on the chain.

    Raises
    ------
    ContentNotFound
        If the store does not have what is needed.
    DataError
        If they can't be made again.
    """
    nonce = artifacts.read_nonce(market.store, stored)
    listing = find_listing(market, submission, nonce)
    manifest = model_manifest(listing, model).with_artifact(_measured(market, stored), nonce)
    terms = listing_terms(market, listing, manifest, entry.key)
    if terms.digest() != entry.listing_hash:
        raise DataError(
            "the listing made again is not the one that was promised",
            "use the version of this program that submitted the model",
        )
    return terms


def _measured(market: Market, stored: Stored) -> Stored:
    """Return an artifact with the hash of all its bytes, which manifests name."""
    whole = sha256()
    for part in market.store.get(stored.cid):
        whole.update(part)
    return replace(stored, sha256=whole.digest())


def _key(market: Market, submission: int) -> bytes:
    owner = submission.to_bytes(32, "big")
    secret = market.require_wallet().secret
    return secret.scalar(LABEL_RECORD, market.chain_id, market.address("Bounties"), owner).to_bytes(32, "big")
