"""Turn what a reverting contract returned into the Solidity error it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from eth_abi import abi as eth_abi
from eth_abi.exceptions import DecodingError
from eth_utils import keccak, to_checksum_address
from eth_utils.abi import collapse_if_tuple

from marketplace.chain.artifacts import artifact_names, load_artifact
from marketplace.chain.hints import hint_for
from marketplace.errors import ContractReverted

PANIC_REASONS = {
    0x00: "compiler-inserted panic",
    0x01: "an assertion failed",
    0x11: "arithmetic overflow or underflow",
    0x12: "division by zero",
    0x21: "conversion to an enum that has no such member",
    0x22: "damaged storage byte array",
    0x31: "pop of an empty array",
    0x32: "index out of bounds",
    0x41: "too much memory",
    0x51: "call of an uninitialised function",
}
"""https://docs.soliditylang.org/en/v0.8.30/control-structures.html#panic-via-assert-and-error-via-require"""

_BUILT_IN: tuple[dict[str, Any], ...] = (
    {"name": "Error", "inputs": [{"name": "reason", "type": "string"}]},
    {"name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
)


class ErrorCatalog:
    """Errors by selector.

    Parameters
    ----------
    abis : iterable of list of dict
        ABIs whose errors are known; ``Error(string)`` and ``Panic(uint256)`` always are.
    """

    def __init__(self, abis: Iterable[list[dict[str, Any]]]) -> None:
        entries = [item for abi in abis for item in abi if item.get("type") == "error"]
        self._by_selector = {selector(item): item for item in (*_BUILT_IN, *entries)}

    def decode(self, data: bytes) -> ContractReverted:
        """Decode revert data.

        Parameters
        ----------
        data : bytes
            Selector and values; empty if the contract gave no reason.

        Returns
        -------
        ContractReverted
            With ``.name`` and ``.args_by_name``; the name ``Unknown`` if no ABI has the selector.
        """
        if not data:
            return ContractReverted("NoReason", {}, hint_for("NoReason"))
        item = self._by_selector.get(data[:4])
        if item is None:
            return ContractReverted("Unknown", {"data": "0x" + data[:68].hex()}, hint_for("Unknown"))
        inputs = item["inputs"]
        try:
            values = eth_abi.decode([collapse_if_tuple(i) for i in inputs], data[4:])
        except DecodingError:
            return ContractReverted("Unknown", {"data": "0x" + data[:68].hex()}, hint_for("Unknown"))
        named = {
            i["name"] or f"arg{n}": _shown(i["type"], v)
            for n, (i, v) in enumerate(zip(inputs, values, strict=True))
        }
        if item["name"] == "Panic":
            named["reason"] = PANIC_REASONS.get(values[0], "unknown code")
        return ContractReverted(item["name"], named, hint_for(item["name"]))


@cache
def shipped_errors() -> ErrorCatalog:
    """Return the catalog of every error in every shipped ABI.

    One catalog for all, since a revert of one contract travels through the others.
    """
    return ErrorCatalog(load_artifact(name).abi for name in artifact_names())


def selector(item: dict[str, Any]) -> bytes:
    """Return the four bytes that open an error's or a function's data."""
    signature = f"{item['name']}({','.join(collapse_if_tuple(i) for i in item['inputs'])})"
    return keccak(text=signature)[:4]


def _shown(kind: str, value: Any) -> object:
    if kind == "address":
        return to_checksum_address(value)
    return "0x" + value.hex() if isinstance(value, bytes) else value
