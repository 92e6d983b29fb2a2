"""Mend what the index keeps besides a market's events: rows of nobody, and what manifests say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from marketplace.chain.index import EventIndex
from marketplace.chain.index_search import KNOWN, Description, keep_words, values_of
from marketplace.chain.index_sync import ownerless
from marketplace.chain.index_tables import manifests


def drop_ownerless(index: EventIndex) -> None:
    """Delete rows that belong to no source."""
    with index.database.errors(), index.database.engine.begin() as connection:
        for table, condition in ownerless():
            connection.execute(delete(table).where(condition))


def kept_manifests(index: EventIndex, most: int | None = None) -> dict[bytes, Mapping[str, Any]]:
    """Return what is kept of the manifests that are known, the newest first, by digest."""
    query = select(manifests).where(manifests.c.status == KNOWN).order_by(manifests.c.id.desc()).limit(most)
    with index.database.errors(), index.database.engine.connect() as connection:
        return {row["digest"]: dict(row) for row in connection.execute(query).mappings()}


def unsearchable(index: EventIndex) -> int:
    """Return how many manifests are known whose words a search does not find."""
    known = select(manifests.c.id).where(manifests.c.status == KNOWN)
    with index.database.errors(), index.database.engine.connect() as connection:
        name = "rowid" if index.database.is_sqlite else "id"
        entered = set(connection.exec_driver_sql(f"SELECT {name} FROM tessera_words").scalars())
        return len(set(connection.scalars(known)) - entered)


def is_as_said(kept: Mapping[str, Any], said: Description) -> bool:
    """Tell whether a row says what the manifest says."""
    return all(kept[name] == value for name, value in values_of(said).items())


def mend_manifests(index: EventIndex, found: Iterable[Description]) -> None:
    """Write anew what manifests say, and every word that a search finds.

    Manifests that are not given, because the store has them no more, stay as they are.
    """
    given = {one.digest: one for one in found}
    with index.database.errors(), index.database.engine.begin() as connection:
        for digest, one in given.items():
            connection.execute(update(manifests).where(manifests.c.digest == digest).values(**values_of(one)))
        _clear_words(connection)
        query = select(manifests).where(manifests.c.status == KNOWN).order_by(manifests.c.id)
        for row in connection.execute(query).mappings().all():
            said = given.get(row["digest"])
            columns = said.columns if said is not None else _columns(row["facts"])
            keep_words(connection, row["id"], row["name"] or "", columns, row["description"] or "")


def _clear_words(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # https://www.sqlite.org/fts5.html#the_delete_all_command
        connection.exec_driver_sql("INSERT INTO tessera_words (tessera_words) VALUES ('delete-all')")
    else:
        connection.exec_driver_sql("DELETE FROM tessera_words")


def _columns(facts: str | None) -> list[str]:
    try:
        found = json.loads(facts or "{}").get("columns", [])
    except (ValueError, AttributeError):
        return []
    return [str(one) for one in found] if isinstance(found, list) else []
