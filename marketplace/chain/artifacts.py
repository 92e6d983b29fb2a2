"""Compiled contracts that ship inside the package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from eth_utils import keccak

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


def link_placeholder(library: str) -> str:
    """Return what stands in bytecode for the address of a library that is called from outside.

    References
    ----------
    https://docs.soliditylang.org/en/v0.8.30/using-the-compiler.html#library-linking
    """
    name = f"contracts/libraries/{library}.sol:{library}"
    return f"__${keccak(text=name).hex()[:34]}$__"


@cache
def libraries_of(name: str) -> tuple[str, ...]:
    """Return the shipped libraries that a contract calls, those they call first.

    Raises
    ------
    ValueError
        If its bytecode names a library that is not shipped.
    """
    code = load_artifact(name).bytecode
    direct = [library for library in artifact_names() if link_placeholder(library) in code]
    for library in direct:
        code = code.replace(link_placeholder(library), "")
    if "__$" in code:
        raise ValueError(f"{name} calls a library that is not shipped")
    return tuple(dict.fromkeys(item for library in direct for item in (*libraries_of(library), library)))


def linked_bytecode(name: str, addresses: Mapping[str, str]) -> str:
    """Return a contract's bytecode with the addresses of its libraries filled in."""
    code = load_artifact(name).bytecode
    for library in libraries_of(name):
        code = code.replace(link_placeholder(library), addresses[library].removeprefix("0x").lower())
    return code


def _hex(value: str) -> str:
    return value if value.startswith("0x") else "0x" + value
