"""Content stores: encrypted artifacts and manifests, by CID."""

from marketplace.storage.folder import FolderStore
from marketplace.storage.memory import MemoryStore
from marketplace.storage.store import ContentStore, ContentWriter, Verified
from marketplace.storage.unixfs import CidHasher

__all__ = ["CidHasher", "ContentStore", "ContentWriter", "FolderStore", "MemoryStore", "Verified"]
