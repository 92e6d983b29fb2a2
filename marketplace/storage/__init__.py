"""Content stores: encrypted artifacts and manifests, by CID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace.storage.car import check_car, read_car, write_car
from marketplace.storage.folder import FolderStore
from marketplace.storage.memory import MemoryStore
from marketplace.storage.places import open_store
from marketplace.storage.source import Verified
from marketplace.storage.store import ContentStore, ContentWriter
from marketplace.storage.unixfs import CidHasher

if TYPE_CHECKING:
    from marketplace.storage.gateway import GatewayStore
    from marketplace.storage.kubo import KuboStore

__all__ = [
    "CidHasher",
    "ContentStore",
    "ContentWriter",
    "FolderStore",
    "GatewayStore",
    "KuboStore",
    "MemoryStore",
    "Verified",
    "check_car",
    "open_store",
    "read_car",
    "write_car",
]


def __getattr__(name: str) -> Any:
    # The client libraries of these are loaded when one of them is used.
    if name == "KuboStore":
        from marketplace.storage.kubo import KuboStore

        return KuboStore
    if name == "GatewayStore":
        from marketplace.storage.gateway import GatewayStore

        return GatewayStore
    raise AttributeError(f"module 'marketplace.storage' has no attribute {name!r}")
