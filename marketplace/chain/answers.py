"""What a node's answers must look like, and that they answer what was asked.

A node is trusted with the truth of what it says of the chain, and with no more: an answer of another shape,
to another question or of another chain is refused here, before anything is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eth_utils import keccak

from marketplace.errors import ChainError

MAX_ANSWER_BYTES = 256 * 2**20
"""Logs of 10,000 full blocks have less; what is longer is not read to its end."""

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_WORD = re.compile(r"0x[0-9a-fA-F]{64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")

Check = Callable[[Sequence[Any], Any], bool]


def check_answer(method: str, params: Sequence[Any], result: Any) -> None:
    """Refuse a result that is no answer to a request.

    Parameters
    ----------
    method : str
        Of JSON-RPC; those that are not known here are not looked at.
    params : sequence
    result : object
        As JSON has it.

    Raises
    ------
    ChainError
        The reason without the node's name, which the caller knows.
    """
    check = _CHECKS.get(method)
    try:
        fine = check is None or check(params, result)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        fine = False
    if not fine:
        raise ChainError(f"{method} was answered with something else: {str(result)[:60]}")


def _is(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _quantity(_: Sequence[Any], result: Any) -> bool:
    return _is(_QUANTITY, result)


def _count(_: Sequence[Any], result: Any) -> bool:
    return _is(_QUANTITY, result) and int(result, 16) < 2**63  # the journal's databases keep no more


def _data(_: Sequence[Any], result: Any) -> bool:
    return _is(_DATA, result)


def _block(params: Sequence[Any], result: Any) -> bool:
    if result is None:
        return True
    fields = all(_is(_QUANTITY, result[name]) for name in ("number", "timestamp", "gasLimit"))
    fee = result.get("baseFeePerGas")
    asked = params[0]
    number = not _is(_QUANTITY, asked) or int(asked, 16) == int(result["number"], 16)
    small = int(result["timestamp"], 16) < 2**63 and int(result["number"], 16) < 2**63
    return fields and _is(_WORD, result["hash"]) and number and small and (fee is None or _is(_QUANTITY, fee))


def _block_by_hash(params: Sequence[Any], result: Any) -> bool:
    return result is None or (_block(("latest",), result) and _same(result["hash"], params[0]))


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _receipt(params: Sequence[Any], result: Any) -> bool:
    if result is None:
        return True
    numbers = all(_is(_QUANTITY, result[name]) for name in ("blockNumber", "gasUsed", "status"))
    logs = isinstance(result["logs"], list) and all(_log(one) for one in result["logs"])
    return (
        numbers and logs and _is(_WORD, result["blockHash"]) and _same(result["transactionHash"], params[0])
    )


def _log(log: Mapping[str, Any]) -> bool:
    return _is(_DATA, log["data"]) and all(_is(_WORD, topic) for topic in log["topics"])


def _transaction(params: Sequence[Any], result: Any) -> bool:
    return result is None or (isinstance(result, Mapping) and _same(result["hash"], params[0]))


def _sent(params: Sequence[Any], result: Any) -> bool:
    return _is(_WORD, result) and _same(result, "0x" + keccak(hexstr=params[0]).hex())


def _logs(_: Sequence[Any], result: Any) -> bool:
    return isinstance(result, list) and all(type(one) is dict for one in result)


_CHECKS: Mapping[str, Check] = {
    "eth_chainId": _quantity,
    "eth_blockNumber": _quantity,
    "eth_getBalance": _quantity,
    "eth_getTransactionCount": _count,
    "eth_estimateGas": _quantity,
    "eth_gasPrice": _quantity,
    "eth_maxPriorityFeePerGas": _quantity,
    "eth_call": _data,
    "eth_getCode": _data,
    "eth_getBlockByNumber": _block,
    "eth_getBlockByHash": _block_by_hash,
    "eth_getTransactionReceipt": _receipt,
    "eth_getTransactionByHash": _transaction,
    "eth_sendRawTransaction": _sent,
    "eth_getLogs": _logs,
}
