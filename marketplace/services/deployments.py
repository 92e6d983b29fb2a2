"""Recorded deployments: list them, find one by name, write what explorers need to verify it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from marketplace.chain import Deployment, Node, load_deployment
from marketplace.chain.verification import Verification, verifications
from marketplace.config import SHARED_DEPLOYMENTS, Settings, name_or_path
from marketplace.crypto.files import atomic_writer
from marketplace.errors import ConfigError, DataError

INDEX = "verification.json"


@dataclass(frozen=True)
class Recorded:
    """A deployment with its record.

    Parameters
    ----------
    name : str
        By which TESSERA_DEPLOYMENT finds it.
    path : Path
    deployment : Deployment
    """

    name: str
    path: Path
    deployment: Deployment


def list_deployments(settings: Settings) -> list[Recorded]:
    """Return every recorded deployment by name: this user's, then the repository's.

    Files that are none are passed over; `find_deployment` says what is wrong with one.
    """
    found: dict[str, Recorded] = {}
    for folder in (settings.deployments_path, SHARED_DEPLOYMENTS):
        for path in sorted(folder.glob("*.json")):
            try:
                found.setdefault(path.stem, Recorded(path.stem, path, load_deployment(path)))
            except ConfigError:
                continue
    return [found[name] for name in sorted(found)]


def find_deployment(settings: Settings, name: str | None = None) -> Recorded:
    """Return a deployment by name or file; by default the one that commands would use.

    Raises
    ------
    ConfigError
        If there is none, or its file can't be used.
    ChainError
        If no name is given, none is set, and no node tells its chain id.
    """
    if name is not None:
        settings = replace(settings, deployment=name_or_path(name))
    by_chain = settings.deployment is None
    chain_id = Node(settings.rpc_url).chain_id if by_chain else 0
    path = settings.deployment_path(chain_id)
    return Recorded(path.stem, path, load_deployment(path))


def write_verification(deployment: Deployment, folder: Path) -> list[Verification]:
    """Write, for each contract, files that Etherscan and Sourcify accept, and an index of them.

    Raises
    ------
    DataError
        If the folder can't be written to.
    """
    found = verifications(deployment)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in found:
            _write(folder / f"{one.name}.input.json", one.standard_input)
            _write(folder / f"{one.name}.sourcify.json", one.for_sourcify())
        _write(folder / INDEX, {"chain_id": deployment.chain_id, "contracts": [_entry(one) for one in found]})
    except OSError as error:
        raise DataError(f"can't write to {folder}: {error.strerror}", "name a folder with --out") from error
    return found


def _entry(one: Verification) -> dict[str, Any]:
    return {
        "name": one.name,
        "address": one.address,
        "contract": one.identifier,
        "compiler": one.compiler,
        "constructor_arguments": one.arguments,
        "libraries": one.libraries,
        "transaction": one.transaction or None,
        "standard_input": f"{one.name}.input.json",
        "sourcify": f"{one.name}.sourcify.json",
        "etherscan": one.for_etherscan(),
    }


def _write(path: Path, data: Any) -> None:
    with atomic_writer(path) as sink:
        sink.write((json.dumps(data, indent=2) + "\n").encode())
