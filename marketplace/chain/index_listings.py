"""What the events of `Assets` come to: the current terms and state of each asset, kept as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, select

from marketplace.chain.events import Event
from marketplace.chain.index_decode import topic_of
from marketplace.chain.index_tables import events, insert_rows, listings, manifests

BEARING = ("AssetListed", "AssetActivated")
CHANGING = ("AssetRevised", "AssetUnlisted", "BondReleased", "BondSlashed")
CHUNK = 500
"""Values of one IN list: far below what SQLite and PostgreSQL take."""

Row = dict[str, Any]


def apply_events(connection: Connection, source: int, found: Iterable[tuple[int, Event]]) -> None:
    """Bring the rows of assets up to date with new events, given in order with their ids."""
    new = [(place, event) for place, event in found if event.name in (*BEARING, *CHANGING)]
    if not new:
        return
    touched = {topic_of(event["assetId"]) for _, event in new}
    born = {topic_of(event["assetId"]) for _, event in new if event.name in BEARING}
    rows = {row["asset"]: row for row in _read(connection, source, touched - born)}
    for place, event in new:
        _apply(rows, source, place, event)
    _delete(connection, source, touched)
    _insert(connection, rows.values())


def roll_back(
    connection: Connection, source: int, bound: int, kinds: Sequence[int], decode: Callable[[Any], Event]
) -> None:
    """Make the rows what the events up to the id ``bound`` say; later events are deleted already."""
    own = listings.c.source == source
    query = select(listings.c.asset).where(own, listings.c.changed > bound)
    touched = list(connection.scalars(query))
    _delete(connection, source, touched)
    rows: dict[bytes, Row] = {}
    for part in chunks(touched):
        wanted = events.c.kind.in_(kinds) & events.c.topic1.in_(part)
        for row in connection.execute(select(events).where(wanted).order_by(events.c.id)):
            _apply(rows, source, row.id, decode(row))
    _insert(connection, rows.values())


def derive(source: int, found: Iterable[tuple[int, Event]]) -> dict[bytes, Row]:
    """Return the rows that events, in order and with their ids, come to."""
    rows: dict[bytes, Row] = {}
    for place, event in found:
        _apply(rows, source, place, event)
    return rows


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Cut values into lists that fit one statement."""
    iterator = iter(values)
    while part := list(islice(iterator, CHUNK)):
        yield part


def _apply(rows: dict[bytes, Row], source: int, place: int, event: Event) -> None:
    asset = topic_of(event["assetId"])
    if event.name in BEARING:
        rows[asset] = {"source": source, "asset": asset, "place": place, "state": "listed"}
    row = rows.get(asset)
    if row is None:
        return  # the contract emits no change before the birth
    row["changed"] = place
    if event.name in (*BEARING, "AssetRevised"):
        terms = event["terms"]
        row |= {
            "seller": topic_of(terms["seller"])[12:],
            "kind": terms["kind"],
            "price": terms["price"].to_bytes(16, "big"),
            "manifest": terms["manifest"],
            "content_root": terms["contentRoot"],
        }
    elif event.name == "AssetUnlisted":
        row["state"] = "unlisted"
    else:
        row["state"] = "retired"


def _read(connection: Connection, source: int, assets: Iterable[bytes]) -> Iterator[Row]:
    for part in chunks(assets):
        query = select(listings).where(listings.c.source == source, listings.c.asset.in_(part))
        yield from (dict(row) for row in connection.execute(query).mappings())


def _delete(connection: Connection, source: int, assets: Iterable[bytes]) -> None:
    for part in chunks(assets):
        connection.execute(delete(listings).where(listings.c.source == source, listings.c.asset.in_(part)))


def _insert(connection: Connection, rows: Iterable[Row]) -> None:
    given = list(rows)
    names = [column.name for column in listings.columns]
    insert_rows(connection, listings, [{name: row[name] for name in names} for row in given])
    waiting = {"status": 0, "tries": 0, "retry_at": 0}
    wanted = [{"digest": digest, **waiting} for digest in dict.fromkeys(row["manifest"] for row in given)]
    insert_rows(connection, manifests, wanted, "ON CONFLICT DO NOTHING")
