"""Content stores: encrypted artifacts and manifests, by CID."""

from marketplace.storage.folder import FolderStore
from marketplace.storage.memory import MemoryStore
from marketplace.storage.source import Verified
from marketplace.storage.store import ContentStore, ContentWriter
from marketplace.storage.unixfs import CidHasher

__all__ = ["CidHasher", "ContentStore", "ContentWriter", "FolderStore", "MemoryStore", "Verified"]
