"""Lists of assets from the index: filters, order, pages, and full-text search in what manifests say.

Words are taken apart here, the same way for both databases, and only letters and digits of them reach a
query: what somebody types, or writes into a manifest, is never read as syntax.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_utils.address import to_checksum_address
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)

from marketplace.chain.index import EventIndex
from marketplace.chain.index_decode import topic_of
from marketplace.chain.index_tables import listings, manifests
from marketplace.chain.rpc import Node

WAITING, KNOWN, UNUSABLE = 0, 1, 2
"""What is known of a manifest: nothing yet, all of it, or that it can't be used."""

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 15, 86_400
MAX_WORD, MAX_WORDS = 64, 20_000
MOST_QUERY_WORDS = 32

SORTS = ("relevance", "newest", "oldest", "cheapest", "dearest", "name")

_WORD = re.compile(r"[^\W_]+")
_PLAIN = re.compile(r"[A-Za-z0-9.+-]{1,100}")


@dataclass(frozen=True)
class Query:
    """What is looked for.

    Parameters
    ----------
    words : str
        All of them must be there; each may be the beginning of a word.
    seller : str, optional
        Address.
    kind : int, optional
        As the contract numbers them.
    states : sequence of str
        Any of them; empty for all.
    min_price, max_price : int, optional
        Token base units.
    licence : str, optional
        Beginning of it; case does not matter.
    uses : sequence of str
        All of them are allowed.
    sort : str
        One of `SORTS`.
    limit : int, optional
    offset : int
    """

    words: str = ""
    seller: str | None = None
    kind: int | None = None
    states: Sequence[str] = ()
    min_price: int | None = None
    max_price: int | None = None
    licence: str | None = None
    uses: Sequence[str] = ()
    sort: str = "relevance"
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True)
class Hit:
    """An asset that was found; ``name`` is None while its manifest is not known.

    Parameters
    ----------
    asset_id, kind, price : int
        Price in token base units.
    seller, state : str
    name, description, licence : str or None
    uses : tuple of str
    facts : dict
        What else a list shows, as `Description.facts` gave it.
    """

    asset_id: int
    kind: int
    price: int
    seller: str
    state: str
    name: str | None
    description: str | None
    licence: str | None
    uses: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Description:
    """What a manifest says, as far as it is searched and listed.

    Parameters
    ----------
    digest, content_root : bytes
    kind : int
    name, description, licence : str
    uses : tuple of str
    columns : tuple of str
    facts : dict
        Plain data.
    creator : str
        Address of the account that it names, or empty.
    creator_chain : int
        Its chain.
    """

    digest: bytes
    content_root: bytes
    kind: int
    name: str
    description: str
    licence: str
    uses: tuple[str, ...]
    columns: tuple[str, ...]
    facts: Mapping[str, Any]
    creator: str = ""
    creator_chain: int = 0


def search(index: EventIndex, node: Node, query: Query) -> tuple[list[Hit], int]:
    """Return a page of the assets that a query finds, and how many there are.

    Manifests that are not known, or speak of something else than the terms, don't count as words.
    """
    cursor, _ = index.sync(node)
    found = _select(index, cursor.source, query)
    if found is None:
        return [], 0
    wanted, rank = found
    page = wanted.order_by(*_order(query, rank)).limit(query.limit).offset(query.offset)
    with index.database.errors(), index.database.engine.connect() as connection:
        total = connection.scalar(select(func.count()).select_from(_counted(cursor.source, query, wanted)))
        return [_hit(row) for row in connection.execute(page).mappings()], int(total or 0)


def asset_ids(index: EventIndex, node: Node, query: Query) -> list[int]:
    """Return the ids of a page of assets, by what their terms say alone."""
    cursor, _ = index.sync(node)
    wanted = select(listings.c.asset).where(*_by_terms(cursor.source, query))
    page = wanted.order_by(*_order(query, None)).limit(query.limit).offset(query.offset)
    with index.database.errors(), index.database.engine.connect() as connection:
        return [int.from_bytes(asset, "big") for asset in connection.scalars(page)]


def waiting(index: EventIndex, most: int, now: int | None) -> list[bytes]:
    """Return digests of manifests to fetch, those never tried first; those due by ``now``, or all."""
    wanted = [manifests.c.status == WAITING]
    if now is not None:
        wanted.append(manifests.c.retry_at <= now)
    query = select(manifests.c.digest).where(*wanted).order_by(manifests.c.tries, manifests.c.id).limit(most)
    with index.database.errors(), index.database.engine.connect() as connection:
        return list(connection.scalars(query))


def count_manifests(index: EventIndex) -> dict[str, int]:
    """Return how many manifests are known, waited for, and unusable."""
    query = select(manifests.c.status, func.count()).group_by(manifests.c.status)
    with index.database.errors(), index.database.engine.connect() as connection:
        found = {row[0]: int(row[1]) for row in connection.execute(query)}
    return {
        "known": found.get(KNOWN, 0),
        "waiting": found.get(WAITING, 0),
        "unusable": found.get(UNUSABLE, 0),
    }


def describe(index: EventIndex, found: Iterable[Description]) -> None:
    """Keep what manifests say; what is known already stays."""
    with index.database.errors(), index.database.engine.begin() as connection:
        for one in found:
            _describe(connection, one)


def retry_all(index: EventIndex) -> None:
    """Make every manifest that is waited for due now."""
    with index.database.errors(), index.database.engine.begin() as connection:
        connection.execute(update(manifests).where(manifests.c.status == WAITING).values(retry_at=0))


def postpone(index: EventIndex, digests: Iterable[bytes], now: int) -> None:
    """Look for manifests that are not there again later, ever more seldom."""
    _each(index, digests, lambda tries: {"retry_at": now + _pause(tries), "tries": tries + 1})


def give_up(index: EventIndex, digests: Iterable[bytes]) -> None:
    """Note that the bytes of these digests are no usable manifests: they never will be."""
    _each(index, digests, lambda tries: {"status": UNUSABLE, "tries": tries + 1})


def words_of(value: str) -> list[str]:
    """Take a text apart into words of letters and digits, without case and accents."""
    plain = unicodedata.normalize("NFKD", value).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return [word[:MAX_WORD] for word in _WORD.findall(plain)]


def _each(index: EventIndex, digests: Iterable[bytes], change: Any) -> None:
    with index.database.errors(), index.database.engine.begin() as connection:
        for digest in digests:
            mine = (manifests.c.digest == digest) & (manifests.c.status == WAITING)
            tries = connection.scalar(select(manifests.c.tries).where(mine))
            if tries is not None:
                connection.execute(update(manifests).where(mine).values(**change(tries)))


def _pause(tries: int) -> int:
    return int(min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(tries, 20)))


def values_of(one: Description) -> dict[str, Any]:
    """Return the columns of a manifest that is known."""
    return {
        "status": KNOWN,
        "kind": one.kind,
        "content_root": one.content_root,
        "name": one.name,
        "description": one.description,
        "licence": one.licence,
        "uses": f" {' '.join(one.uses)} ",
        "facts": json.dumps(one.facts),
        "creator": topic_of(one.creator)[12:] if one.creator else None,
        "creator_chain": one.creator_chain,
    }


def _describe(connection: Connection, one: Description) -> None:
    mine = (manifests.c.digest == one.digest) & (manifests.c.status != KNOWN)
    if connection.execute(update(manifests).where(mine).values(**values_of(one))).rowcount == 0:
        return  # known already, or of no listing
    row = connection.scalar(select(manifests.c.id).where(manifests.c.digest == one.digest))
    keep_words(connection, int(row or 0), one.name, one.columns, one.description)


def keep_words(
    connection: Connection, row: int, name_said: str, columns_said: Iterable[str], about_said: str
) -> None:
    """Enter what a manifest says, by its row's number, into the full-text index."""
    parts = (name_said, " ".join(columns_said), about_said)
    name, columns, about = (words_of(part) for part in parts)
    if connection.dialect.name == "sqlite":
        given = (row, " ".join(name), " ".join(columns), " ".join(about))
        statement = "INSERT INTO tessera_words (rowid, name, columns, description) VALUES (?, ?, ?, ?)"
        connection.exec_driver_sql(statement, given)
        return
    statement = (
        "INSERT INTO tessera_words (id, words) VALUES (:id, CAST(:words AS tsvector)) ON CONFLICT DO NOTHING"
    )
    connection.execute(text(statement), {"id": row, "words": _tsvector(name, columns, about)})


def _tsvector(*parts: Sequence[str]) -> str:
    """Write words with places and weights, the first part the heaviest; PostgreSQL counts to 16,383."""
    found: dict[str, list[str]] = {}
    place = 0
    for weight, words in zip("ABD", parts):
        for word in words[:MAX_WORDS]:
            place = min(place + 1, 16_383)
            places = found.setdefault(word, [])
            if len(places) < 100:
                places.append(f"{place}{weight}")
    return " ".join(f"'{word}':{','.join(places)}" for word, places in found.items())


def _select(
    index: EventIndex, source: int, query: Query
) -> tuple[Select[Any], ColumnElement[Any] | None] | None:
    """Put the query together, and what it is ranked by; None if it can't find anything."""
    speaks_of = and_(
        manifests.c.digest == listings.c.manifest,
        manifests.c.status == KNOWN,
        manifests.c.content_root == listings.c.content_root,
        manifests.c.kind == listings.c.kind,
        or_(
            manifests.c.creator.is_(None),
            and_(
                manifests.c.creator == listings.c.seller,
                manifests.c.creator_chain == index.deployment.chain_id,
            ),
        ),
    )
    given = words_of(query.words)[:MOST_QUERY_WORDS]
    if query.words.strip() and not given:
        return None
    if not all(_PLAIN.fullmatch(text) for text in (query.licence or "x", *query.uses)):
        return None  # no manifest says that
    described = ("name", "description", "licence", "uses", "facts")
    chosen: list[Any] = [listings, *(manifests.c[name].label(f"said_{name}") for name in described)]
    wanted = select(*chosen).select_from(
        listings.join(manifests, speaks_of, isouter=not _needs_manifest(query))
    )
    wanted = wanted.where(*_by_terms(source, query))
    if query.licence:
        wanted = wanted.where(
            func.lower(manifests.c.licence).startswith(query.licence.lower(), autoescape=True)
        )
    for use in query.uses:
        wanted = wanted.where(manifests.c.uses.contains(f" {use} ", autoescape=True))
    rank: ColumnElement[Any] | None = None
    if given:
        matches, rank = _matches(index.database.is_sqlite, given)
        wanted = wanted.join(matches, matches.c.id == manifests.c.id)
        rank = matches.c.rank
    return wanted, rank


def _needs_manifest(query: Query) -> bool:
    return bool(words_of(query.words) or query.licence or query.uses)


def _counted(source: int, query: Query, wanted: Select[Any]) -> Any:
    """Return as many rows as a query finds: one a listing, where nothing of its manifest counts."""
    if _needs_manifest(query):
        return wanted.subquery()
    return select(listings.c.place).where(*_by_terms(source, query)).subquery()


def _matches(is_sqlite: bool, given: Sequence[str]) -> tuple[Any, Any]:
    """Return the manifests in which every word begins a word, with a rank: the lower the better."""
    if is_sqlite:
        value = " ".join(f'"{word}"*' for word in given)
        statement = (
            "SELECT rowid AS id, bm25(tessera_words, 8.0, 3.0, 1.0) AS rank "
            "FROM tessera_words WHERE tessera_words MATCH :words"
        )
    else:
        value = " & ".join(f"'{word}':*" for word in given)
        statement = (
            "SELECT id, -ts_rank(words, CAST(:words AS tsquery)) AS rank "
            "FROM tessera_words WHERE words @@ CAST(:words AS tsquery)"
        )
    names = {"id": manifests.c.id.type, "rank": func.count().type}
    found = text(statement).bindparams(bindparam("words", value)).columns(**names).subquery("matches")
    return found, found.c.rank


def _by_terms(source: int, query: Query) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [listings.c.source == source]
    if query.seller is not None:
        wanted.append(listings.c.seller == topic_of(query.seller)[12:])
    if query.kind is not None:
        wanted.append(listings.c.kind == query.kind)
    if query.states:
        wanted.append(listings.c.state.in_(list(query.states)))
    if query.min_price is not None:
        wanted.append(listings.c.price >= query.min_price.to_bytes(16, "big"))
    if query.max_price is not None:
        wanted.append(listings.c.price <= query.max_price.to_bytes(16, "big"))
    return wanted


def _order(query: Query, rank: ColumnElement[Any] | None) -> list[Any]:
    if query.sort not in SORTS:
        raise ValueError(f"no such order: {query.sort}")
    newest = listings.c.place.desc()
    return {
        "relevance": [newest] if rank is None else [rank, newest],
        "newest": [newest],
        "oldest": [listings.c.place],
        "cheapest": [listings.c.price, newest],
        "dearest": [listings.c.price.desc(), newest],
        "name": [func.lower(manifests.c.name).is_(None), func.lower(manifests.c.name), newest],
    }[query.sort]


def _hit(row: Mapping[Any, Any]) -> Hit:
    return Hit(
        asset_id=int.from_bytes(row["asset"], "big"),
        kind=row["kind"],
        price=int.from_bytes(row["price"], "big"),
        seller=str(to_checksum_address(row["seller"])),
        state=row["state"],
        name=row["said_name"],
        description=row["said_description"],
        licence=row["said_licence"],
        uses=tuple((row["said_uses"] or "").split()),
        facts=json.loads(row["said_facts"] or "{}"),
    )
