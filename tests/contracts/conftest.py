"""What the contract tests share: a fresh chain state each, and errors by name."""

import brownie
import pytest


@pytest.fixture(autouse=True)
def isolate(fn_isolation):
    """Every test starts from the same chain state."""


def shown(value):
    """Return an argument of an error as Brownie prints it: lower-case addresses, bytes as Python's literals."""
    value = getattr(value, "address", value)
    if isinstance(value, str) and value.startswith("0x"):
        return value.lower() if len(value) == 42 else str(bytes.fromhex(value[2:]))
    return str(bytes(value)) if isinstance(value, bytes) else str(value)


def reverts_with(error, *args):
    """Expect the Solidity custom error ``error(*args)``; hides Brownie's text format."""
    return brownie.reverts(f"{error}: {', '.join(map(shown, args))}")
