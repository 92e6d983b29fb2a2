"""Manifests: what is said about an asset in public, one raw block of canonical JSON on IPFS.

Field names are Croissant's where it has them (``name``, ``description``, ``license``, ``recordSet``,
``encodingFormat``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marketplace.codec import canonical_json, parse_canonical_json
from marketplace.constants import NONCE_BYTES
from marketplace.errors import DataError
from marketplace.services.artifacts import Stored
from marketplace.types import CHUNK_BYTES, Cid

FORMAT = "tessera/manifest/v1"
MAX_MANIFEST_BYTES = CHUNK_BYTES
"""One raw block, so that the digest on the chain is the hash of the manifest itself."""

MAX_TEXT = 20_000
DATASET, MODEL = 1, 2
KINDS = {DATASET: "dataset", MODEL: "model"}
"""Kinds of assets as the contract numbers them (contracts/types/Asset.sol)."""

DEFAULT_LICENCE = "LicenseRef-Proprietary"
"""An SPDX reference to terms outside its list. https://spdx.github.io/spdx-spec/v2.3/other-licensing-information-detected/"""

USES = ("research", "commercial", "train-models", "sell-models", "redistribute")
DEFAULT_USES = ("research", "commercial", "train-models", "sell-models")

_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,99}")


@dataclass(frozen=True)
class Manifest:
    """What a seller says of an asset; public.

    Parameters
    ----------
    kind : int
        `DATASET` or `MODEL`.
    name, description : str
    licence : str
        SPDX id, or ``LicenseRef-`` and a name.
    uses : tuple of str
        What buyers may do; each one of `USES`.
    encoding : str
        Media type of the file.
    subject : dict
        Of a dataset ``records`` and ``fields``; of a model ``hash`` and its shape. Plain data, no floats.
    stored : Stored or None
        The encrypted artifact; None in a preview.
    nonce : bytes
        In the artifact's header as well; with it the seller finds the key again.
    """

    kind: int
    name: str
    description: str
    licence: str
    uses: tuple[str, ...]
    encoding: str
    subject: Mapping[str, Any]
    stored: Stored | None = None
    nonce: bytes = b""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= 200:
            raise DataError("the name of an asset has 1 to 200 characters", "give another with --name")
        if len(self.description) > MAX_TEXT:
            raise DataError(f"the description has more than {MAX_TEXT} characters", "shorten it")
        if not _SPDX.fullmatch(self.licence):
            raise DataError(
                f"not an SPDX licence id: {self.licence[:60]!r}",
                "see https://spdx.org/licenses/, or use LicenseRef- and a name of your own",
            )
        unknown = [use for use in self.uses if use not in USES]
        if unknown or len(set(self.uses)) != len(self.uses):
            raise DataError(
                f"not a use, or given twice: {(unknown or list(self.uses))[0][:40]!r}", _uses_hint()
            )

    def with_artifact(self, stored: Stored, nonce: bytes) -> Manifest:
        """Return the manifest of a sealed artifact."""
        return replace(self, stored=stored, nonce=nonce)

    def public(self) -> dict[str, Any]:
        """Return everything that becomes public, as plain data."""
        part = "recordSet" if self.kind == DATASET else "model"
        found: dict[str, Any] = {
            "type": FORMAT,
            "kind": KINDS[self.kind],
            "name": self.name,
            "description": self.description,
            "license": self.licence,
            "usage": list(self.uses),
            "encodingFormat": self.encoding,
            part: dict(self.subject),
        }
        if self.stored is not None:
            found["artifact"] = {
                "cid": str(self.stored.cid),
                "contentRoot": self.stored.content_root.hex(),
                "length": self.stored.length,
                "nonce": self.nonce.hex(),
            }
        return found

    def to_bytes(self) -> bytes:
        """Encode it as canonical JSON.

        Raises
        ------
        DataError
            If it does not fit one block.
        """
        try:
            data = canonical_json(self.public())
        except ValueError as error:
            raise DataError(f"the manifest can't be written: {error}") from error
        if len(data) > MAX_MANIFEST_BYTES:
            raise DataError(
                f"the manifest has {len(data)} bytes, at most {MAX_MANIFEST_BYTES} fit",
                "shorten the description, or publish fewer columns",
            )
        return data


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest that somebody else may have made.

    Raises
    ------
    DataError
        If it is not a manifest with its artifact, in canonical form.
    """
    obj = parse_canonical_json(data, MAX_MANIFEST_BYTES)
    try:
        if obj["type"] != FORMAT:
            raise ValueError(f"its type is not {FORMAT}")
        kind = {name: number for number, name in KINDS.items()}[obj["kind"]]
        subject = obj["recordSet" if kind == DATASET else "model"]
        if not isinstance(subject, dict) or not isinstance(obj["usage"], list):
            raise ValueError("a part has another shape")
        if not all(isinstance(text, str) for text in (obj["description"], *obj["usage"])):
            raise ValueError("a part has another shape")
        if not _is_printable(obj):
            raise ValueError("a text holds control characters")
        item = obj["artifact"]
        root, nonce = bytes.fromhex(item["contentRoot"]), bytes.fromhex(item["nonce"])
        length = item["length"]
        if len(root) != 32 or len(nonce) != NONCE_BYTES or type(length) is not int or not 0 < length < 2**63:
            raise ValueError("the facts of the artifact are out of range")
        stored = Stored(Cid.parse(item["cid"]), root, length)
        return Manifest(
            kind=kind,
            name=obj["name"],
            description=obj["description"],
            licence=obj["license"],
            uses=tuple(obj["usage"]),
            encoding=obj["encodingFormat"],
            subject=subject,
            stored=stored,
            nonce=nonce,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"this is not a manifest: {error}", "ask the seller to publish it again") from error


def _is_printable(value: Any) -> bool:
    """Tell whether every text inside can be shown on a terminal as it is."""
    if isinstance(value, str):
        return all(line.isprintable() for line in value.splitlines())
    if isinstance(value, dict):
        return all(_is_printable(part) for pair in value.items() for part in pair)
    return not isinstance(value, list) or all(map(_is_printable, value))


def _uses_hint() -> str:
    return f"choose among {', '.join(USES)}"
