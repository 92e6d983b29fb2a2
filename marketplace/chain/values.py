"""Small helpers around what is sent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def to_abi(value: Any) -> Any:
    """Turn a dataclass, also inside lists and tuples, into the tuple its ABI struct wants."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(to_abi(getattr(value, item.name)) for item in fields(value))
    if isinstance(value, list | tuple):
        return type(value)(map(to_abi, value)) if not hasattr(value, "_fields") else tuple(map(to_abi, value))
    if isinstance(value, Mapping):
        return {key: to_abi(item) for key, item in value.items()}
    return value


def new_intent(purpose: str) -> str:
    """Return an intent that no other has, for what may be done again and again."""
    return f"{purpose}:{secrets.token_hex(8)}"
