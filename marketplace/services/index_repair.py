"""Mend an index that somebody edited: say what would be done, and do it.

Everything in the index comes from the chain, or from manifests in the store. What does not (the journal,
drafts, wallets, what you bought) lies in other files, which are not opened here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from marketplace.chain.index_mend import drop_ownerless, kept_manifests, mend_manifests
from marketplace.config import Settings
from marketplace.errors import IndexUnavailable, StorageError
from marketplace.services.index_health import IndexHealth, check_index
from marketplace.services.market import Market
from marketplace.services.search import fetch_manifests, read_manifests, require_index

SIDE_FILES = ("-wal", "-shm", "")
"""What SQLite keeps beside a file, by the end of its name; the file itself is moved last."""

_FILE = ("malformed", "not a database", "disk image")
_TABLES = ("no such table", "no such column", "does not exist", "another version", "is damaged")


class Damage(StrEnum):
    """What is wrong with an index."""

    NONE = "none"
    ROWS = "rows"
    TABLES = "tables"
    FILE = "file"


@dataclass(frozen=True)
class Repair:
    """What would be done to an index.

    Parameters
    ----------
    damage : Damage
    problems, steps : tuple of str
        What is wrong; what a repair does, one sentence each.
    """

    damage: Damage
    problems: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


def plan_repair(settings: Settings) -> Repair:
    """Look what is wrong with the index, and return what would mend it.

    Raises
    ------
    IndexUnavailable
        If there is none, if its database does not answer, or if it holds something else.
    ChainError
        If the node does not answer: the chain is where the index is read from again.
    """
    market = Market.connect(settings)
    try:
        return plan_for(market, None if settings.index_url else settings.index_path)
    finally:
        require_index(market).close()


def plan_for(market: Market, file: Path | None = None) -> Repair:
    """Return what would mend a market's index.

    Parameters
    ----------
    market : Market
    file : Path, optional
        The database, if it is this program's own file, which may be moved away.
    """
    index = require_index(market)
    try:
        health = check_index(market)
    except IndexUnavailable as error:
        return _plan_without_reading(error, file)
    if health.is_sound:
        return Repair(Damage.NONE)
    node, first = market.client.node.where, index.schema.first
    steps = [
        f"delete what {index.database.shown} keeps of this market: {health.events:,} events",
        f"read the events again from the node at {node}, from block {first:,} on",
        "write anew what manifests say, as far as the store has them; the others stay as they are",
    ]
    return Repair(Damage.ROWS, health.problems, tuple(steps))


def repair_index(
    settings: Settings, plan: Repair, tell: Callable[[str], object] | None = None
) -> IndexHealth:
    """Mend the index as planned, and check it again.

    It can be killed at any time: what is there then is an index that is not read to its end, or one that
    is repaired anew.

    Parameters
    ----------
    settings : Settings
    plan : Repair
    tell : callable (str), optional
        Told what is being done.
    """
    if plan.damage is Damage.FILE:
        _move_away(settings.index_path)
    market = Market.connect(settings)
    try:
        return mend(market, plan.damage, tell or (lambda _: None))
    finally:
        require_index(market).close()


def mend(market: Market, damage: Damage, tell: Callable[[str], object] = lambda _: None) -> IndexHealth:
    """Read a market's index again from chain and store, and check it."""
    index = require_index(market)
    if damage is not Damage.NONE:
        tell("reading the chain …")
        index.rebuild(market.client.node, anew=damage is Damage.TABLES)
        drop_ownerless(index)
        tell("reading manifests …")
        fetch_manifests(market, again=True)
        mend_manifests(index, read_manifests(market.store, list(kept_manifests(index))))
    tell("checking …")
    return check_index(market)


def _plan_without_reading(error: IndexUnavailable, file: Path | None) -> Repair:
    """Plan for tables that can't be read; raises the error again where nothing may be touched."""
    says = str(error)
    read_again = "read the events again from the chain, and manifests from the store"
    if any(word in says for word in _FILE) and file is not None:
        move = f"move {file} to {_free_name(file).name}, where it is kept"
        return Repair(Damage.FILE, (says,), (move, read_again))
    if any(word in says for word in _TABLES):
        drop = "delete all tables of the index and make them anew"
        others = "what it keeps of other markets is read again when it is used"
        return Repair(Damage.TABLES, (says,), (drop, read_again, others))
    raise error


def _free_name(path: Path) -> Path:
    """Return a name beside a file that nothing has."""
    number = 1
    while (found := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return found


def _move_away(path: Path) -> None:
    kept = _free_name(path)
    try:
        for end in SIDE_FILES:
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).rename(kept.with_name(kept.name + end))
    except OSError as error:
        raise StorageError(
            f"the damaged index {path} can't be moved: {error.strerror}",
            "check the permissions of TESSERA_HOME",
        ) from error
