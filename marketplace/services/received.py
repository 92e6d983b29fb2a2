"""Descriptions that lie beside bought files, so that other tools load them."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from marketplace.crypto.files import atomic_writer
from marketplace.errors import DataError
from marketplace.foreign import open_file
from marketplace.services.croissant import FILE
from marketplace.services.manifest import Manifest

ENDING = ".croissant.json"
_READ_BYTES = 2**20


def description_path(path: Path) -> Path:
    """Return where the description of a file lies: ``table.csv`` has ``table.croissant.json`` beside it."""
    path = Path(path)
    return path.with_name((path.stem if path.suffix else path.name) + ENDING)


def local_description(manifest: Manifest, path: Path) -> dict[str, Any]:
    """Return a manifest as the description of a plain file on this computer.

    The file has its own name and its own hash here. Neither is in the public manifest, where the hash
    of a guessable file would give it away: keep the description as private as the file.

    Parameters
    ----------
    manifest : Manifest
    path : Path
        The file it describes.

    Raises
    ------
    DataError
        If it can't be read.
    """
    path = Path(path)
    whole = sha256()
    try:
        with open_file(path) as source:
            while data := source.read(_READ_BYTES):
                whole.update(data)
        size = path.stat().st_size
    except OSError as error:
        raise DataError(f"can't read {path}: {error.strerror}", "check the path of the file") from error
    found = manifest.public()
    artifact, plain = found["distribution"]
    facts = {key: value for key, value in artifact.items() if key.startswith("tessera:")}
    del plain["containedIn"]
    about = {"name": path.name, "contentUrl": path.name, "contentSize": f"{size} B"}
    source_url = {"tessera:artifact": artifact["contentUrl"]}
    found["distribution"] = [{**plain, **about, "sha256": whole.hexdigest(), **facts, **source_url}]
    found["usageInfo"]["odrl:target"] = {"@id": FILE}
    return found


def write_description(manifest: Manifest, path: Path) -> Path:
    """Write the description of a file beside it, whole or not at all; return where.

    ``mlcroissant.Dataset(write_description(manifest, path)).records("records")`` yields the rows.

    Parameters
    ----------
    manifest : Manifest
        From `receive` or `read_manifest`.
    path : Path
        The bought file.

    Raises
    ------
    DataError
        If the file can't be read, or the description can't be written.
    """
    data = json.dumps(local_description(manifest, path), indent=1, ensure_ascii=False)
    target = description_path(path)
    try:
        with atomic_writer(target) as sink:
            sink.write(data.encode("utf-8") + b"\n")
    except OSError as error:
        raise DataError(f"can't write {target}: {error.strerror}", "check that folder") from error
    return target
