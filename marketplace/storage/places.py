"""How a content store is named, and where a gateway may send us."""

from __future__ import annotations

import contextlib
import ipaddress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from marketplace.config import GATEWAY, KUBO
from marketplace.errors import StorageError
from marketplace.storage.folder import FolderStore
from marketplace.storage.store import ContentStore


class StoreSettings(Protocol):
    """What `open_store` reads of the settings."""

    @property
    def home(self) -> Path:
        """Folder of all that is the user's; what lies there is for him alone."""

    @property
    def store_place(self) -> Path | str:
        """A folder, ``kubo:…``, a multiaddress or ``gateway:…``."""

    @property
    def store_path(self) -> Path:
        """Folder of the store, or of what was fetched from gateways."""

    @property
    def store_timeout_seconds(self) -> int:
        """Longest wait for one block."""


def open_store(settings: StoreSettings) -> ContentStore:
    """Open the content store that the settings name: a folder, a Kubo node or gateways.

    Nothing is asked over the network yet.

    Raises
    ------
    ConfigError
        If the name is none.
    StorageError
        If a folder can't be made.
    """
    place, wait = settings.store_place, settings.store_timeout_seconds
    if isinstance(place, Path):
        return _folder(settings)
    if place.startswith(GATEWAY):
        from marketplace.storage.gateway import GatewayStore

        urls = place.removeprefix(GATEWAY).split(",")
        return GatewayStore(urls, _folder(settings), timeout_seconds=wait)
    from marketplace.storage.kubo import KuboStore

    return KuboStore(place.removeprefix(KUBO), timeout_seconds=wait)


def _folder(settings: StoreSettings) -> FolderStore:
    """Return the store in a folder; at home it is made, with those above it, for its owner only."""
    path = settings.store_path
    if path.is_relative_to(settings.home):
        with contextlib.suppress(OSError):  # the store says so
            for one in (*reversed(path.parents), path):
                if not one.exists():
                    one.mkdir(mode=0o700, exist_ok=True)
    return FolderStore(path)


def check_redirect(gateway: str, here: str, onward: str) -> None:
    """Make sure that a gateway sends us somewhere harmless.

    Raises
    ------
    StorageError
        If it leads from https to http, off the web, or from the internet into this computer or its network.
    """
    try:
        start, old, new = urlsplit(gateway), urlsplit(here), urlsplit(onward)
        fine = new.scheme == "https" or (new.scheme == "http" and old.scheme == "http")
        inward = _is_inside(new.hostname or "") and not _is_inside(start.hostname or "")
        fine = fine and bool(new.hostname) and not new.username and not inward
    except ValueError:
        fine = False
    if not fine:
        raise StorageError(f"{gateway} sends to a place that is not asked: {onward[:100]!r}")


def _is_inside(host: str) -> bool:
    """Tell whether a host, as it is written, is this computer or in its own network."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return is_number(name) and not ipaddress.ip_address(name).is_global


def is_number(host: str) -> bool:
    """Tell an IP address from a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
