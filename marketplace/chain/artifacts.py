"""Compiled contracts that ship inside the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_PACKAGE = "marketplace.chain"
_FOLDER = "artifacts"


@dataclass(frozen=True)
class Artifact:
    """A compiled contract.

    Parameters
    ----------
    name : str
    abi : list of dict
    bytecode : str
        Hex of the code that deploys, without constructor arguments.
    deployed_bytecode : str
        Hex of the code at the address; immutables are zero in it.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: str
    deployed_bytecode: str


@cache
def artifact_names() -> tuple[str, ...]:
    """Return the names of the shipped contracts, sorted."""
    folder = resources.files(_PACKAGE) / _FOLDER
    if not folder.is_dir():
        return ()
    return tuple(sorted(f.name.removesuffix(".json") for f in folder.iterdir() if f.name.endswith(".json")))


@cache
def load_artifact(name: str) -> Artifact:
    """Load a shipped contract by name.

    Raises
    ------
    ValueError
        If no such contract is shipped.
    """
    if name not in artifact_names():
        raise ValueError(
            f"no contract {name!r} is shipped; there are {', '.join(artifact_names()) or 'none'}"
        )
    text = (resources.files(_PACKAGE) / _FOLDER / f"{name}.json").read_text("utf-8")
    data = json.loads(text)
    return Artifact(name, data["abi"], _hex(data["bytecode"]), _hex(data["deployedBytecode"]))


def _hex(value: str) -> str:
    return value if value.startswith("0x") else "0x" + value
