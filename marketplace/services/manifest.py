"""Manifests: what is said about an asset in public, one raw block of canonical JSON on IPFS.

Written as Croissant 1.1 (`marketplace.services.croissant`, docs/vocabulary.md).
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
from marketplace.services.croissant import PERMISSIONS, document, read_document
from marketplace.types import CHUNK_BYTES, Cid

MAX_MANIFEST_BYTES = CHUNK_BYTES
"""One raw block, so that the digest on the chain is the hash of the manifest itself."""

MAX_TEXT = 20_000
DATASET, MODEL = 1, 2
KINDS = {DATASET: "dataset", MODEL: "model"}
"""Kinds of assets as the contract numbers them (contracts/types/Asset.sol)."""

DEFAULT_LICENCE = "LicenseRef-Proprietary"
"""An SPDX reference to terms outside its list. https://spdx.github.io/spdx-spec/v2.3/other-licensing-information-detected/"""

USES = tuple(PERMISSIONS)
DEFAULT_USES = ("research", "commercial", "train-models", "sell-models")

_VERSION = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
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
    version : str
        Major, minor and patch number; a changed file is a new major version.
    published : str
        Date, or empty before it is published.
    creator : str
        The seller as ``did:pkh:eip155:CHAIN:ADDRESS``, or empty.
    url : str
        The asset by CAIP-19, ``eip155:CHAIN/erc1155:CONTRACT/ID``, or empty.
    accepted_only : bool
        The seller settles for buyers he has accepted; whom is not said.

    References
    ----------
    https://chainagnostic.org/CAIPs/caip-19, https://w3c-ccg.github.io/did-pkh/ (names of assets, accounts)
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
    version: str = "1.0.0"
    published: str = ""
    creator: str = ""
    url: str = ""
    accepted_only: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= 200 or not self.name.isprintable():
            raise DataError(
                "the name of an asset has 1 to 200 characters and no line ends", "give another with --name"
            )
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
        if not _VERSION.fullmatch(self.version) or not _DATE.fullmatch(self.published or "2000-01-01"):
            raise DataError(
                "the manifest's version or date is malformed", "write them like 1.0.0, 2026-01-31"
            )

    def with_artifact(self, stored: Stored, nonce: bytes, **about: str) -> Manifest:
        """Return the manifest of a sealed artifact; ``about``: ``published``, ``creator``, ``url``."""
        return replace(self, stored=stored, nonce=nonce, **about)  # type: ignore[arg-type]

    def next_version(self, old: Manifest) -> Manifest:
        """Return this manifest as the version that follows another's."""
        return replace(self, version=f"{int(old.version.split('.')[0]) + 1}.0.0")

    def public(self) -> dict[str, Any]:
        """Return everything that becomes public, as plain data: a Croissant document."""
        return document(self, is_dataset=self.kind == DATASET)

    def to_bytes(self) -> bytes:
        """Encode it as canonical JSON.

        Raises
        ------
        DataError
            If it does not fit one block.
        """
        try:
            document = self.public()
            data = canonical_json(document)
        except ValueError as error:
            raise DataError(f"the manifest can't be written: {error}") from error
        if not _is_printable(document):  # nobody would read it
            raise DataError(
                "a column's name or a text holds control characters", "rename the column, or write it anew"
            )
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
        found = read_document(obj)
        if not _is_printable(obj):
            raise ValueError("a text holds control characters")
        lines = ("name", "licence", "encoding", "version", "published", "creator", "url")
        if not all(isinstance(found[name], str) and "\n" not in found[name] for name in lines):
            raise ValueError("a part has another shape")
        if not isinstance(found["description"], str):
            raise ValueError("its description is no text")
        stored, nonce = _read_artifact(found.pop("artifact"))
        kind = DATASET if found.pop("is_dataset") else MODEL
        return Manifest(kind=kind, stored=stored, nonce=nonce, **found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"this is not a manifest: {error}", "ask the seller to publish it again") from error


def _read_artifact(item: Any) -> tuple[Stored, bytes]:
    """Take the facts of the encrypted file, each of its size and in its one spelling."""
    root, nonce, digest = (_hex(item[key]) for key in ("tessera:contentRoot", "tessera:nonce", "sha256"))
    length = item["tessera:length"]
    if len(root) != 32 or len(nonce) != NONCE_BYTES or len(digest) != 32:
        raise ValueError("the facts of the artifact are out of range")
    if type(length) is not int or not 0 < length < 2**63:
        raise ValueError("the length of the artifact is out of range")
    scheme, _, cid = item["contentUrl"].partition("://")
    if scheme != "ipfs":
        raise ValueError("its artifact is not on IPFS")
    return Stored(Cid.parse(cid), root, length, digest), nonce


def _hex(text: str) -> bytes:
    data = bytes.fromhex(text)
    if data.hex() != text:
        raise ValueError("a hash is not written in lower-case hex digits")
    return data


def _is_printable(value: Any) -> bool:
    """Tell whether every text inside can be shown on a terminal as it is."""
    if isinstance(value, str):
        return all(line.isprintable() for line in value.split("\n"))
    if isinstance(value, dict):
        return all(_is_printable(part) for pair in value.items() for part in pair)
    return not isinstance(value, list) or all(map(_is_printable, value))


def _uses_hint() -> str:
    return f"choose among {', '.join(USES)}"
