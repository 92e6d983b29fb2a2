"""How a content store is named, and where a gateway may send us."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from marketplace.config import GATEWAY, KUBO, is_multiaddress
from marketplace.errors import ConfigError, StorageError
from marketplace.storage.folder import FolderStore
from marketplace.storage.store import ContentStore

_PORTS = {"http": 5001, "https": 443}


class StoreSettings(Protocol):
    """What `open_store` reads of the settings."""

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
        return FolderStore(place)
    if place.startswith(GATEWAY):
        from marketplace.storage.gateway import GatewayStore

        urls = place.removeprefix(GATEWAY).split(",")
        return GatewayStore(urls, FolderStore(settings.store_path), timeout_seconds=wait)
    from marketplace.storage.kubo import KuboStore

    address, base = kubo_address(place.removeprefix(KUBO))
    return KuboStore(address, base, timeout_seconds=wait)


def kubo_address(text: str) -> tuple[str, str]:
    """Return the multiaddress of a node's API and the path of it, from a URL or a multiaddress.

    Raises
    ------
    ConfigError
        If it is neither.
    """
    if is_multiaddress(text):
        return text, "api/v0"
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS[parts.scheme]
        host = parts.hostname or ""
        kind = "dns" if not _is_number(host) else f"ip{ipaddress.ip_address(host).version}"
    except (KeyError, ValueError) as error:
        hint = "TESSERA_STORE=kubo:http://127.0.0.1:5001 names the one on this computer"
        raise ConfigError(f"no address of an IPFS node: {text[:80]!r}", hint) from error
    return f"/{kind}/{host}/tcp/{port}/{parts.scheme}", f"{parts.path.strip('/')}/api/v0".lstrip("/")


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
    return _is_number(name) and not ipaddress.ip_address(name).is_global


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
