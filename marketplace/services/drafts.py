"""Listings under way: what their transaction depends on, on disk before it is sent."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from marketplace import foreign
from marketplace.codec import canonical_json
from marketplace.constants import LABEL_DRAFT, MAX_RECORD_BYTES
from marketplace.crypto import envelope
from marketplace.crypto.files import atomic_writer
from marketplace.errors import DataError
from marketplace.services.artifacts import seal_into
from marketplace.services.catalog import read_manifest
from marketplace.services.manifest import Manifest, parse_manifest
from marketplace.services.market import Market
from marketplace.services.structs import AssetTerms
from marketplace.types import RAW_CODEC, Cid

if TYPE_CHECKING:
    from marketplace.services.planning import Plan

Progress = Callable[[int], object]


@dataclass(frozen=True)
class Draft:
    """A listing under way, on disk: salt, and once sealed the manifest's digest."""

    file: Path
    plan: Plan
    salt: bytes
    digest: bytes = b""

    @classmethod
    def load(cls, market: Market, plan: Plan, purpose: str) -> Draft:
        """Return the draft of the same file and wishes, or a new one."""
        stat = file_facts(plan.path)
        wishes = canonical_json(
            {
                "purpose": purpose,
                "network": market.client.node.network,
                "assets": market.address("Assets"),
                "account": market.account,
                "file": [str(plan.path.resolve()), stat.st_size, stat.st_mtime_ns],
                "manifest": plan.manifest.public(),
                "terms": [plan.price, plan.bond, plan.settle_window, plan.dispute_window],
                "content": "" if plan.content is None else sha256(plan.content).hexdigest(),
                "parents": [[parent.asset_id, parent.bps] for parent in plan.parents],
            }
        )
        folder = market.workspace() / "drafts"
        folder.mkdir(exist_ok=True, mode=0o700)
        file = folder / f"{sha256(wishes).hexdigest()}.json"
        try:
            kept = json.loads(foreign.read_text(file, MAX_RECORD_BYTES))
            return cls(file, plan, bytes.fromhex(kept["salt"]), bytes.fromhex(kept["manifest"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            draft = cls(file, plan, _first_salt(market, sha256(wishes).digest()))
            draft._save()
            return draft

    def renewed(self) -> Draft:
        """Return a draft of another asset for the same file."""
        draft = replace(self, salt=os.urandom(32), digest=b"")
        draft._save()
        return draft

    def manifest(self, market: Market, terms: AssetTerms) -> Manifest:
        """Return the manifest that was made before; that of the listing if the draft was lost."""
        if not self.digest:
            return read_manifest(market, terms)
        return parse_manifest(b"".join(market.store.get(Cid(RAW_CODEC, self.digest))))

    def sealed(self, market: Market, asset_id: int, progress: Progress | None) -> tuple[Draft, Manifest]:
        """Seal the file and store its manifest, unless that was done before.

        A seal that was cut off is begun again under a fresh nonce, hence key: never twice under one.
        """
        if self.digest and market.store.has(Cid(RAW_CODEC, self.digest)):
            manifest = parse_manifest(b"".join(market.store.get(Cid(RAW_CODEC, self.digest))))
            if manifest.stored is not None and market.store.has(manifest.stored.cid):
                return self, manifest
        before, nonce = file_facts(self.plan.path), envelope.new_nonce()
        k = market.artifact_key("Assets", asset_id, nonce)
        with _open_plan(self.plan) as source:
            counted = _Counting(source, progress)
            stored = seal_into(market.store, cast(BinaryIO, counted), k, nonce)
        after = file_facts(self.plan.path)
        if (before.st_mtime_ns, self.plan.size_bytes) != (after.st_mtime_ns, stored.length):
            raise DataError(f"{self.plan.path.name} changed while it was read", "publish it again")
        manifest = self.plan.manifest.with_artifact(stored, nonce, **_identity(market, asset_id))
        draft = replace(self, digest=market.store.add(manifest.to_bytes()).digest)
        draft._save()
        return draft, manifest

    def _save(self) -> None:
        with atomic_writer(self.file) as sink:
            sink.write(canonical_json({"salt": self.salt.hex(), "manifest": self.digest.hex()}))


def _identity(market: Market, asset_id: int) -> dict[str, str]:
    """Say when, by whom and as what an asset is published, in names other tools know."""
    chain = f"eip155:{market.chain_id}"
    return {
        "published": datetime.fromtimestamp(market.now(), UTC).date().isoformat(),
        "creator": f"did:pkh:{chain}:{market.account}",
        "url": f"{chain}/erc1155:{market.address('Assets')}/{asset_id}",
    }


def _open_plan(plan: Plan) -> BinaryIO:
    """Open what is to be sealed: the file, or what was made of it."""
    return open_file(plan.path) if plan.content is None else io.BytesIO(plan.content)


def _first_salt(market: Market, wishes: bytes) -> bytes:
    """Derive the salt of a listing: without his drafts one lists the same asset, which is there already."""
    secret = market.require_wallet().secret
    return secret.scalar(LABEL_DRAFT, market.chain_id, market.address("Assets"), wishes).to_bytes(32, "big")


class _Counting:
    """A source that tells how much of it was read."""

    def __init__(self, source: BinaryIO, progress: Progress | None) -> None:
        self._source, self._progress, self._done = source, progress, 0

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._done += len(data)
        if self._progress is not None:
            self._progress(self._done)
        return data


def file_facts(path: Path) -> os.stat_result:
    try:
        return Path(path).stat()
    except OSError as error:
        raise DataError(f"can't read {path}: {error.strerror}", "check the path of the file") from error


def open_file(path: Path) -> BinaryIO:
    try:
        return foreign.open_file(path)
    except OSError as error:
        raise DataError(f"can't read {path}: {error.strerror}", "check the path of the file") from error
