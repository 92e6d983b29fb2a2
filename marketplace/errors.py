"""The exception tree: everything the world can do wrong, each with a hint.

Built-ins (``ValueError``, ``TypeError``) are for a programmer's mistake; this tree is for the
world's. The command line turns each into ``error: …`` and ``hint: …`` and exit code 1.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

MAX_MESSAGE_CHARS = 2000
"""Most characters of a message, or of a hint: it may quote what somebody else wrote."""

_YEAR_3000 = 32_503_680_000
"""Unix seconds: what is larger is no moment."""


class MarketplaceError(Exception):
    """Base of every error that a user can meet.

    Parameters
    ----------
    message : str
        One line: what went wrong, with the values that matter. Never a secret.
    hint : str, optional
        One line: what to do next.
    """

    default_hint = "run the command again with --help to see what it expects"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(_one_line(message))
        self.hint = _one_line(hint or self.default_hint)
        self.add_note(f"hint: {self.hint}")  # tracebacks show it: scripts, notebooks


class ConfigError(MarketplaceError):
    """A setting is missing or malformed; all of them are listed at once."""

    default_hint = "see .env.example for every setting, its unit and its default"


class ChainError(MarketplaceError):
    """The node can't be reached, or answers what it should not."""

    default_hint = "check TESSERA_RPC_URL, or start a local chain with: tessera localnet start"


class NodeUnavailable(ChainError):
    """No node answers, or one with what can't be used: later it may be well again."""

    default_hint = (
        "check TESSERA_RPC_URL, and that the node runs; a local chain is started with: tessera localnet start"
    )


class TransactionFailed(ChainError):
    """A transaction was not mined, or ran out of gas."""

    default_hint = "nothing is lost: run the same command again, it picks up the journalled transaction"


class ContractReverted(ChainError):
    """A contract said no.

    Parameters
    ----------
    name : str
        The Solidity error, for instance ``Exchange_NotOpen``.
    args_by_name : dict of str to object
        Its values by parameter name.
    """

    default_hint = "look at the state with: tessera order show, asset show or bounty show"

    def __init__(self, name: str, args_by_name: dict[str, Any], hint: str | None = None) -> None:
        shown = ", ".join(f"{key}={_readable(name, key, value)}" for key, value in args_by_name.items())
        super().__init__(f"the contract refused: {name}({shown})", hint)
        self.name = name
        self.args_by_name = args_by_name


def _readable(error: str, key: str, value: Any) -> str:
    """Show an id as in every table, and a moment as a date."""
    if not isinstance(value, int):
        return str(value)
    if key.endswith("Id"):
        return f"0x{value:064x}"
    if error.endswith(("BeforeDeadline", "AfterDeadline")) and 0 < value < _YEAR_3000:
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return str(value)


class IndexUnavailable(ChainError):
    """The database of the event index can't be opened, or holds something else."""

    default_hint = "check TESSERA_INDEX_URL and the free space, or make it anew with: tessera index rebuild"


class SpendingLimitReached(MarketplaceError):
    """More money would leave the user's control than he allows a command, or a day."""

    default_hint = "spend less, or raise the limit first: tessera wallet limit"


class StorageError(MarketplaceError):
    """The content store can't be read or written."""

    default_hint = "check TESSERA_STORE and the free space of that disk"


class ContentNotFound(StorageError):
    """No block with that CID is in the store."""

    default_hint = "ask whoever published it to keep it available, or add the file with: tessera storage add"


class ContentMismatch(StorageError):
    """Bytes do not hash to their CID, or a piece not to its root."""

    default_hint = "the copy is damaged: fetch it again from another source"


class DataError(MarketplaceError):
    """A table, manifest or model that can't be used; the message says where."""

    default_hint = "correct the file and run the command again"


class DecryptionError(MarketplaceError):
    """The key does not open the content. One message for every cause."""

    default_hint = "make sure that the key belongs to this artifact"


class KeystoreError(MarketplaceError):
    """Wrong password, or a damaged or locked keystore."""

    default_hint = "check the password (or --password-file) and the wallet's name: tessera wallet list"


class InvalidSignature(MarketplaceError):
    """A signature does not belong to the signer it names."""

    default_hint = "sign again with the account that is named"


class TrainingError(MarketplaceError):
    """Training diverged, or shapes disagree."""

    default_hint = "check the table's target and columns"


def _one_line(text: str) -> str:
    """Leave out line breaks, control characters and what is endless."""
    text = str(text)
    text = text if len(text) <= MAX_MESSAGE_CHARS else text[:MAX_MESSAGE_CHARS] + " …"
    return "".join(char if char.isprintable() else " " for char in text)
