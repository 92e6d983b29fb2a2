"""The tables of the transaction journal, and what its queries share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table

PENDING, MINED, FAILED, DROPPED = "pending", "mined", "failed", "dropped"

metadata = MetaData()
transactions = Table(
    "transactions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("network", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("intent", String, nullable=False),
    Column("nonce", Integer, nullable=False),
    Column("tx_hash", String, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("gas_limit", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("created", Integer, nullable=False),
    Column("block", Integer),
    Column("gas_used", Integer),
)
spending = Table(
    "spending",
    metadata,
    Column("transaction_id", Integer, primary_key=True),
    Column("amount", String, nullable=False),  # token base units: more than 64 bits
    Column("command", String, nullable=False),
)
live = transactions.c.status.in_((PENDING, MINED))
Index(
    "one_live_intent",
    transactions.c.network,
    transactions.c.sender,
    transactions.c.intent,
    unique=True,
    sqlite_where=live,
    postgresql_where=live,
)
Index(
    "one_live_nonce",
    transactions.c.network,
    transactions.c.sender,
    transactions.c.nonce,
    unique=True,
    sqlite_where=transactions.c.status == PENDING,
    postgresql_where=transactions.c.status == PENDING,
)

# Every signed version of a transaction whose fee was raised: any of them may be the one that is mined.
versions = Table(
    "versions",
    metadata,
    Column("transaction_id", Integer, primary_key=True),
    Column("tx_hash", String, primary_key=True),
    Column("raw", LargeBinary, nullable=False),
    Column("created", Integer, nullable=False),
)

# Until when a transaction that shows a secret may be sent, if nobody has seen it yet.
expiry = Table(
    "expiry",
    metadata,
    Column("network", String, primary_key=True),
    Column("sender", String, primary_key=True),
    Column("intent", String, primary_key=True),
    Column("until", Integer, nullable=False),  # Unix seconds
)

# What shows a secret, by its intent, once a node has taken it: from then on the secret is public.
shown = Table(
    "shown",
    metadata,
    Column("network", String, primary_key=True),
    Column("sender", String, primary_key=True),
    Column("intent", String, primary_key=True),
)


def of_sender(network: str, sender: str) -> Any:
    """Return the condition that a transaction is of an account on a network."""
    return (transactions.c.network == network) & (transactions.c.sender == sender)
