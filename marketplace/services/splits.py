"""Test rows of one's own table, chosen at random but always the same ones."""

from __future__ import annotations

from hashlib import sha256

from marketplace.datasets import Table, split, write_table
from marketplace.services.market import Market

LABEL_SPLIT = "tessera/v1/split"


def secret_split(market: Market, table: Table, test_share_percent: int) -> tuple[Table, Table]:
    """Split a table into training and test rows by a seed that only this wallet knows.

    The same wallet and table give the same split again: after a crash no other rows become test rows.

    Returns
    -------
    tuple of (Table, Table)
        Training rows and test rows.

    Raises
    ------
    DataError
        If the table has one row only.
    """
    mark = sha256(write_table(table)).digest()
    secret = market.require_wallet().secret
    seed = secret.scalar(LABEL_SPLIT, market.chain_id, market.address("Bounties"), mark)
    return split(table, test_share_percent, seed)
