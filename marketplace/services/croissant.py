"""Manifests as Croissant 1.1 documents: JSON-LD that other tools read (docs/vocabulary.md).

What Croissant and schema.org have words for is said in them; allowed uses are ODRL permissions; the rest
is a small vocabulary under the prefix ``tessera``. All of it is plain data without floats.

References
----------
http://mlcommons.org/croissant/1.1, https://www.w3.org/TR/odrl-model/, https://spdx.org/licenses/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marketplace.services.manifest import Manifest

CROISSANT = "http://mlcommons.org/croissant/1.1"
FORMAT = "urn:tessera:manifest:2"
"""The second specification every manifest conforms to: docs/vocabulary.md, this version of it."""

ENVELOPE_MEDIA_TYPE = "application/vnd.tessera.envelope"
"""Media type of an encrypted artifact (docs/envelope.md)."""

LATER = "(known once the file is encrypted)"
"""Stands in a preview for what depends on the nonce of the encryption."""

SPDX = "https://spdx.org/licenses/"
ARTIFACT, FILE, RECORDS = "artifact", "file", "records"
"""Ids of the encrypted file, the plain file in it, and its rows."""

_CROISSANT_TERMS = (
    "annotation arrayShape citeAs column containedIn equivalentProperty excludes extract field fileObject "
    "fileProperty fileSet format includes isArray isLiveDataset jsonPath key md5 parentField path readLines "
    "recordSet references regex repeated replace samplingRate sdVersion separator source subField transform "
    "unArchive"
).split()
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "tessera": "urn:tessera:terms:",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _CROISSANT_TERMS},
}
"""The JSON-LD context; a manifest with another is refused, so that every word means what it says here."""

DATA_TYPES = {"integer": "sc:Integer", "number": "sc:Float", "text": "sc:Text", "boolean": "sc:Boolean"}
FILE_NAMES = {
    "text/csv": "table.csv",
    "application/vnd.tessera.model": "model.bin",
    "application/vnd.skops": "model.skops",
}


def _purpose(name: str) -> dict[str, Any]:
    return {
        "@type": "odrl:Permission",
        "odrl:action": {"@id": "odrl:use"},
        "odrl:constraint": {
            "@type": "odrl:Constraint",
            "odrl:leftOperand": {"@id": "odrl:purpose"},
            "odrl:operator": {"@id": "odrl:eq"},
            "odrl:rightOperand": {"@id": name},
        },
    }


def _action(name: str) -> dict[str, Any]:
    return {"@type": "odrl:Permission", "odrl:action": {"@id": name}}


PERMISSIONS: dict[str, dict[str, Any]] = {
    "research": _purpose("tessera:research"),
    "commercial": _purpose("tessera:commercial"),
    "train-models": _action("tessera:trainModels"),
    "sell-models": _action("tessera:sellModels"),
    "redistribute": _action("odrl:distribute"),
}
"""What each allowed use is in ODRL."""


def document(manifest: Manifest, *, is_dataset: bool) -> dict[str, Any]:
    """Return a manifest as Croissant; before the file is encrypted some values say `LATER`."""
    found: dict[str, Any] = {
        "@context": deepcopy(CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": [CROISSANT, FORMAT],
        "name": manifest.name,
        "description": manifest.description,
        "license": licence_url(manifest.licence),
        "version": manifest.version,
        "citeAs": ", ".join(filter(None, (manifest.name, f"version {manifest.version}", manifest.published))),
        "tessera:kind": "dataset" if is_dataset else "model",
        "usageInfo": {
            "@type": ["CreativeWork", "odrl:Offer"],
            "odrl:permission": [PERMISSIONS[use] for use in manifest.uses],
            "odrl:target": {"@id": ARTIFACT},
        },
        "distribution": _distribution(manifest),
    }
    if manifest.accepted_only:
        found["tessera:buyers"] = "accepted"
    if manifest.published:
        found["datePublished"] = manifest.published
    if manifest.creator:
        name = manifest.creator.rpartition(":")[2]
        found["creator"] = {"@type": "Person", "name": name, "url": manifest.creator}
        found["usageInfo"]["odrl:assigner"] = {"@id": manifest.creator}
    if manifest.url:
        found["url"] = manifest.url
    if is_dataset:
        found["recordSet"] = [_record_set(manifest.subject)]
    else:
        facts = {f"tessera:{name}": value for name, value in manifest.subject.items()}
        found["tessera:model"] = {"@type": "tessera:Model", **facts}
    return found


def read_document(obj: Any) -> dict[str, Any]:
    """Take the fields of a `Manifest` from a document that somebody else may have made.

    Unknown words are left alone, except that nothing may change what the known ones mean.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If it is not such a document.
    """
    if obj["@context"] != CONTEXT or obj["@type"] != "sc:Dataset":
        raise ValueError("its context or its type is another")
    if obj["conformsTo"] != [CROISSANT, FORMAT]:
        raise ValueError(f"it does not conform to {CROISSANT} and {FORMAT}")
    _require_plain_nodes({key: value for key, value in obj.items() if key != "@context"})
    is_dataset = {"dataset": True, "model": False}[obj["tessera:kind"]]
    artifact, plain = obj["distribution"]
    if (artifact["@id"], plain["@id"]) != (ARTIFACT, FILE):
        raise ValueError("its files are others")
    return {
        "is_dataset": is_dataset,
        "name": obj["name"],
        "description": obj["description"],
        "licence": obj["license"].removeprefix(SPDX),
        "uses": tuple(_use(one) for one in obj["usageInfo"]["odrl:permission"]),
        "version": obj["version"],
        "published": obj.get("datePublished", ""),
        "creator": obj["creator"]["url"] if "creator" in obj else "",
        "url": obj.get("url", ""),
        "accepted_only": {"accepted": True, None: False}[obj.get("tessera:buyers")],
        "encoding": plain["encodingFormat"],
        "subject": _read_records(obj["recordSet"]) if is_dataset else _read_facts(obj["tessera:model"]),
        "artifact": artifact,
    }


def licence_url(licence: str) -> str:
    """Return an SPDX licence as a URL of its list; a reference to other terms stays a text."""
    return licence if licence.startswith("LicenseRef-") else SPDX + licence


def field_ids(names: list[str]) -> list[str]:
    """Return a JSON-LD id for each column: no spaces or signs, none twice, readable."""
    found: dict[str, None] = {}
    for name in names:
        base = one = f"{RECORDS}/" + (re.sub(r"[^\w.-]+", "_", name).strip("_") or "column")
        count = 1
        while one in found:
            count += 1
            one = f"{base}_{count}"
        found[one] = None
    return list(found)


def _distribution(manifest: Manifest) -> list[dict[str, Any]]:
    stored = manifest.stored
    name = FILE_NAMES.get(manifest.encoding, "file.bin")
    artifact: dict[str, Any] = {
        "@type": "cr:FileObject",
        "@id": ARTIFACT,
        "name": name + ".tessera",
        "contentUrl": LATER if stored is None else f"ipfs://{stored.cid}",
        "encodingFormat": ENVELOPE_MEDIA_TYPE,
        "sha256": LATER if stored is None else _required(stored.sha256),
        "tessera:contentRoot": LATER if stored is None else stored.content_root.hex(),
        "tessera:length": LATER if stored is None else stored.length,
        "tessera:nonce": LATER if stored is None else manifest.nonce.hex(),
    }
    plain = {
        "@type": "cr:FileObject",
        "@id": FILE,
        "name": name,
        "contentUrl": name,
        "containedIn": {"@id": ARTIFACT},
        "encodingFormat": manifest.encoding,
    }
    return [artifact, plain]


def _required(digest: bytes) -> str:
    if len(digest) != 32:
        raise ValueError("the artifact of a manifest has the hash of all its bytes")
    return digest.hex()


def _record_set(subject: Mapping[str, Any]) -> dict[str, Any]:
    columns = list(subject["fields"])
    fields = []
    for column, one in zip(columns, field_ids([column["name"] for column in columns]), strict=True):
        field = {
            "@type": "cr:Field",
            "@id": one,
            "name": column["name"],
            "dataType": DATA_TYPES[column["dataType"]],
            "source": {"fileObject": {"@id": FILE}, "extract": {"column": column["name"]}},
        }
        if column["missing"]:
            field["tessera:missing"] = True
        fields.append(field)
    return {
        "@type": "cr:RecordSet",
        "@id": RECORDS,
        "name": RECORDS,
        "tessera:records": subject["records"],
        "field": fields,
    }


def _read_records(record_sets: Any) -> dict[str, Any]:
    (rows,) = record_sets
    if type(rows["tessera:records"]) is not int or not 0 <= rows["tessera:records"] < 2**53:
        raise ValueError("its number of rows is no number")
    kinds = {uri: name for name, uri in DATA_TYPES.items()}
    fields = []
    for item in rows["field"]:
        if not isinstance(item["name"], str) or item["source"]["extract"]["column"] != item["name"]:
            raise ValueError("a column has two names")
        missing = item.get("tessera:missing", False) is True
        fields.append({"name": item["name"], "dataType": kinds[item["dataType"]], "missing": missing})
    return {"records": rows["tessera:records"], "fields": fields}


def _read_facts(model: Any) -> dict[str, Any]:
    """Take the facts of a model: texts, integers and booleans only."""
    facts = {key.removeprefix("tessera:"): v for key, v in model.items() if key.startswith("tessera:")}
    if not all(type(value) in (str, int, bool) for value in facts.values()):
        raise ValueError("a fact of the model is no text or number")
    return facts


def _use(permission: Any) -> str:
    for use, known in PERMISSIONS.items():
        if permission == known:
            return use
    raise ValueError("it permits a use that is not known")


def _require_plain_nodes(value: Any) -> None:
    """Refuse JSON-LD keywords that would change the meaning of a part, or fetch something."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key.startswith("@") and key not in ("@id", "@type"):
                raise ValueError(f"{key[:40]} is not allowed in it")
            _require_plain_nodes(part)
    elif isinstance(value, list):
        for part in value:
            _require_plain_nodes(part)
