"""What daemons share that follow bounties of their account: which these are, and which of them are over."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from marketplace.chain.rpc import Block
from marketplace.node.orders import is_part
from marketplace.node.role import Role
from marketplace.types import format_id


@dataclass
class Watcher(Role, ABC):
    """Follows bounties of one account.

    Parameters
    ----------
    named : tuple of int
        Bounties to follow; none: all in which this account has a part.
    out : Path or None
        Folder for the models that are delivered to this account.
    """

    PARTS: ClassVar[tuple[tuple[str, str, str], ...]]
    """Events that give an account a part: contract, event, and the argument that holds the account."""

    named: tuple[int, ...] = ()
    out: Path | None = None
    _over: set[int] = field(default_factory=set)
    _seen: Block | None = None

    def followed(self) -> tuple[Block, list[int]]:
        """Return the newest block, and the bounties that are to be looked at, oldest first."""
        if self._seen is not None and not is_part(self.market, self._seen):
            self._over.clear()  # what ended a bounty may be gone
        self._seen = self.market.client.node.block()
        return self._seen, [one for one in self.named or self._own() if one not in self._over]

    def leave(self, bounty_id: int) -> None:
        """Look at a bounty no more: nothing can come for this account."""
        self._over.add(bounty_id)
        self.report.waits(name_of(bounty_id), "")

    def _own(self) -> list[int]:
        me, client = self.market.account, self.market.client
        found = [
            event
            for contract, name, argument in self.PARTS
            for event in client.events(contract, name, argument_filters={argument: me})
        ]
        found.sort(key=lambda event: (event.block, event.log_index))
        return list(dict.fromkeys(event["bountyId"] for event in found))

    def model_path(self, bounty_id: int) -> Path:
        """Return where a delivered model is written."""
        return (self.out or Path()) / f"model-{format_id(bounty_id)}.bin"

    def is_received(self, bounty_id: int) -> bool:
        """Tell whether a delivered model is on disk already, or nobody asked for it."""
        return self.out is None or self.model_path(bounty_id).exists()


def name_of(bounty_id: int) -> str:
    """Return how lines call a bounty."""
    return f"bounty {format_id(bounty_id)[:12]}…"
