"""Calls put into bytes quickly: what web3.py looks up for each call is looked up once for each function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from eth_abi.exceptions import EncodingError
from eth_utils.abi import function_abi_to_4byte_selector, get_abi_input_types
from web3 import Web3

from marketplace.chain.artifacts import load_artifact


def encode_call(web3: Web3, contract: str, function: str, args: Sequence[Any]) -> str | None:
    """Return the data of a call, hex; None where web3.py's own way has to be gone.

    That is for functions of one name, structs given as mappings, and values that don't fit, which it names.

    Parameters
    ----------
    web3 : Web3
        For its ABI codec.
    contract, function : str
        Of a shipped artifact.
    args : sequence
        As `to_abi` gives them.
    """
    known = _function(contract, function)
    if known is None or len(known[1]) != len(args) or any(map(_has_mapping, args)):
        return None
    try:
        return "0x" + (known[0] + web3.codec.encode(known[1], args)).hex()
    except (EncodingError, TypeError, ValueError, OverflowError):
        return None


@cache
def _function(contract: str, name: str) -> tuple[bytes, list[str]] | None:
    """Return selector and types of the only function of a name."""
    found: list[Any] = [
        item for item in load_artifact(contract).abi if item["type"] == "function" and item["name"] == name
    ]
    if len(found) != 1:
        return None
    return function_abi_to_4byte_selector(found[0]), get_abi_input_types(found[0])


def _has_mapping(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_has_mapping, value))
    return isinstance(value, Mapping)
