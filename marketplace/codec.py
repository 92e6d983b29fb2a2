"""Canonical bytes: JSON with one form only, and big-endian integers.

Whatever is hashed or signed is encoded here, so that two programs that agree on the content agree
on the bytes.
"""

from __future__ import annotations

import json
from typing import Any

from marketplace.errors import DataError

MAX_JSON_DEPTH = 32
"""Nesting allowed in a document; far above every format here, far below the parser's recursion."""

U32_MAX = 2**32 - 1
U64_MAX = 2**64 - 1


def u32(value: int) -> bytes:
    """Encode an unsigned 32-bit integer, big-endian.

    Parameters
    ----------
    value : int
        0 to 2**32 - 1.

    Returns
    -------
    bytes of length 4

    Raises
    ------
    ValueError
        If it does not fit.
    """
    if not 0 <= value <= U32_MAX:
        raise ValueError(f"{value} is not an unsigned 32-bit integer")
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    """Encode an unsigned 64-bit integer, big-endian.

    Parameters
    ----------
    value : int
        0 to 2**64 - 1.

    Returns
    -------
    bytes of length 8

    Raises
    ------
    ValueError
        If it does not fit.
    """
    if not 0 <= value <= U64_MAX:
        raise ValueError(f"{value} is not an unsigned 64-bit integer")
    return value.to_bytes(8, "big")


def read_u32(data: bytes, offset: int = 0) -> int:
    """Decode the unsigned 32-bit big-endian integer at ``offset``.

    Raises
    ------
    DataError
        If fewer than 4 bytes are left.
    """
    return _read(data, offset, 4)


def read_u64(data: bytes, offset: int = 0) -> int:
    """Decode the unsigned 64-bit big-endian integer at ``offset``.

    Raises
    ------
    DataError
        If fewer than 8 bytes are left.
    """
    return _read(data, offset, 8)


def _read(data: bytes, offset: int, width: int) -> int:
    if offset < 0 or offset + width > len(data):
        raise DataError(f"{width} bytes expected at offset {offset}, the data has {len(data)}")
    return int.from_bytes(data[offset : offset + width], "big")


def canonical_json(obj: Any) -> bytes:
    """Encode plain data as the one JSON text it has.

    UTF-8, keys sorted by code point, no spaces, nothing escaped that need not be, no floats.

    Parameters
    ----------
    obj : None, bool, int, str, or list, tuple or dict of them
        Keys are strings. At most 32 levels deep.

    Returns
    -------
    bytes

    Raises
    ------
    TypeError
        If anything else is inside, a float for instance.
    ValueError
        If it is too deep, or a string holds half a surrogate pair.
    """
    _require_plain(obj, 0)
    text = json.dumps(obj, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def _require_plain(obj: Any, depth: int) -> None:
    """Refuse types that JSON would change silently, and nesting above the limit."""
    if obj is None or type(obj) in (bool, int, str):
        return
    if isinstance(obj, (dict, list, tuple)):
        if depth >= MAX_JSON_DEPTH:
            raise ValueError(f"nested deeper than {MAX_JSON_DEPTH} levels")
        if isinstance(obj, dict):
            if not all(type(key) is str for key in obj):
                raise TypeError("every key of a canonical object is a string")
            obj = obj.values()
        for item in obj:
            _require_plain(item, depth + 1)
        return
    raise TypeError(f"{type(obj).__name__} has no canonical form")


def parse_canonical_json(data: bytes, max_bytes: int) -> Any:
    """Decode JSON, refusing every text but the canonical one.

    Parameters
    ----------
    data : bytes
        As written by `canonical_json`.
    max_bytes : int
        Longest text accepted.

    Returns
    -------
    None, bool, int, str, list or dict

    Raises
    ------
    DataError
        If it is too long, too deep, not JSON, has a key twice or a float, or is not canonical.
    """
    if len(data) > max_bytes:
        raise DataError(f"the document has {len(data)} bytes, at most {max_bytes} are accepted")
    try:
        obj = json.loads(
            bytes(data).decode("utf-8"),
            object_pairs_hook=_unique_pairs,
            parse_float=_refuse_float,
            parse_constant=_refuse_float,
        )
        again = canonical_json(obj)
    except DataError:
        raise
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"the document can't be read: {reason}") from error
    if again != data:
        raise DataError("the document is not in canonical form (sorted keys, no spaces, shortest text)")
    return obj


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    obj = dict(pairs)
    if len(obj) != len(pairs):
        raise DataError("the document has a key twice")
    return obj


def _refuse_float(text: str) -> Any:
    raise DataError(f"the document has a number that is not an integer: {text[:40]}")
